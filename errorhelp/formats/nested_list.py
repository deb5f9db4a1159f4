"""1C's internal list format, `{1,"text",{…}}`: nested lists of texts in quotes and of bare values.

Quotes inside a text are doubled, and a text may hold line breaks; bare values are numbers, UUIDs, dates and
base64. The 1C cluster's registry is written in it (docs/en/1c-formats.md#the-clusters-registry).
"""

import re
from dataclasses import dataclass

_SPACE = re.compile(r"\s*")
_TEXT = re.compile(r'"([^"]*(?:""[^"]*)*)"')
_BARE = re.compile(r'[^\s{},"]+')


@dataclass(frozen=True, slots=True)
class Bare:
    """A value without quotes, as it stands: `00010101000000` is a date and must not lose its zeros."""

    text: str

    def __post_init__(self) -> None:
        if not _BARE.fullmatch(self.text):
            raise ValueError(f"{self.text!r} cannot stand without quotes")


Value = str | Bare | tuple["Value", ...]
"""A text, a bare value, or a list of values."""


class BrokenList(ValueError):
    """A text that is no such list; the message begins with line:column, both from 1."""

    def __init__(self, text: str, position: int, expected: str) -> None:
        line = text.count("\n", 0, position) + 1
        column = position - text.rfind("\n", 0, position)
        # One character only: the rest may be somebody's password.
        found = repr(text[position]) if position < len(text) else "the end"
        super().__init__(f"{line}:{column}: {expected} expected, found {found}")


def parse(text: str) -> tuple[Value, ...]:
    """The one list that a text holds; BrokenList says where it is not right."""
    position = _skip(text, 0)
    if not text.startswith("{", position):
        raise BrokenList(text, position, "'{'")
    # A stack of our own: no depth of nesting is too deep for it.
    open_lists: list[list[Value]] = [[]]
    position = _skip(text, position + 1)
    may_close = True
    while True:
        if text.startswith("{", position):
            open_lists.append([])
            position, may_close = _skip(text, position + 1), True
            continue
        if not (may_close and text.startswith("}", position)):
            value, position = _read_scalar(text, position)
            open_lists[-1].append(value)
        while text.startswith("}", position):
            done = tuple(open_lists.pop())
            position = _skip(text, position + 1)
            if not open_lists:
                return _only(text, position, done)
            open_lists[-1].append(done)
        if not text.startswith(",", position):
            raise BrokenList(text, position, "',' or '}'")
        position, may_close = _skip(text, position + 1), False


def to_text(value: Value) -> str:
    """The value as 1C writes it, with a line break before each list within a list and behind it."""
    match value:
        case str():
            return '"' + value.replace('"', '""') + '"'
        case Bare(text):
            return text
        case _:
            inner = ",".join(("\n" if isinstance(each, tuple) else "") + to_text(each) for each in value)
            return "{" + inner + ("\n}" if value and isinstance(value[-1], tuple) else "}")


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _read_scalar(text: str, position: int) -> tuple[str | Bare, int]:
    if match := _TEXT.match(text, position):
        return match[1].replace('""', '"'), _skip(text, match.end())
    if match := _BARE.match(text, position):
        return Bare(match[0]), _skip(text, match.end())
    what = "a text that ends with a quote" if text.startswith('"', position) else "a value"
    raise BrokenList(text, position, what)


def _only(text: str, position: int, value: tuple[Value, ...]) -> tuple[Value, ...]:
    if position < len(text):
        raise BrokenList(text, position, "the end")
    return value
