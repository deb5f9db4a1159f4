"""Markdown as the reference pages need it."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

Translate = Callable[[str], str]
"""Gives a text, which is not empty, in the language of a page."""


def cell(text: str) -> str:
    """The text as it stands in a cell of a table."""
    return " ".join(text.replace("|", "\\|").split())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, with an empty one behind it."""
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield f"| {' | '.join(map(cell, row))} |"
    yield ""


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
