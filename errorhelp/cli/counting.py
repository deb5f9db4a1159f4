"""Numbers with the words for what they count."""


def number(count: int, one: str, many: str = "") -> str:
    """`1 infobase`, `2 infobases`; `many` is the word for several where it is not `one` with an s."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"
