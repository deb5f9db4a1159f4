"""Numbers with the words for what they count."""

from errorhelp.cli.language import LANGUAGES, catalogue, spoken


def number(count: int, one: str, many: str = "") -> str:
    """`1 infobase`, `2 infobases`; `many` is the word for several where it is not `one` with an s."""
    several = many or f"{one}s"
    if spoken() == LANGUAGES[0]:
        return f"{count} {one if count == 1 else several}"
    return f"{count} {catalogue(spoken()).counted(count, one, several)}"
