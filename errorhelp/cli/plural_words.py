"""Numbers with the words for what they count, and whether that is all."""

import sys
from collections.abc import Mapping, Sized
from typing import Any

from errorhelp.cli.language import LANGUAGES, catalogue, spoken, translated


def number(count: int, one: str, many: str = "") -> str:
    """`1 infobase`, `2 infobases`; `many` is the word for several where it is not `one` with an s."""
    several = many or f"{one}s"
    if spoken() == LANGUAGES[0]:
        return f"{count} {one if count == 1 else several}"
    return f"{count} {catalogue(spoken()).counted(count, one, several)}"


def warn_of_more(page: Mapping[str, Any], listed: Sized) -> None:
    """Say on standard error that a page of the API is not the whole list; an older service does not know."""
    if page.get("next"):
        warning = f"these are the first {len(listed)}; there are more: give a larger --limit"
        print("errorhelp:", translated(warning), file=sys.stderr)
