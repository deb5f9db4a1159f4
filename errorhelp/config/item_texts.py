"""The infobases of a file as texts, so that each can be read by itself, and again only when it changes."""

import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import cast

import yaml
from yaml import MappingNode, Node, SequenceNode

from errorhelp.config.yaml_tree import NotPlain, Value, compose, has_anchor, plain_value

KEY = "infobases"
"""The list that is long enough to be worth it."""

# A tenth of the time is in each call of the parser, and few nodes at once are in memory.
_AT_ONCE = 10
_BOM = b"\xef\xbb\xbf"
# The list begins in a line of its own, and its first item behind nothing but empty lines and comments.
_BEGINNING = re.compile(
    rb"^infobases:[ \t]*(?:#[^\n]*)?\r?\n(?: *(?:#[^\n]*)?\r?\n)*(?P<first>( *)-[ \r\n])", re.M
)
_EXPLICIT_KEY = re.compile(rb"(?:^|[\s\[{,:-])\?(?:\s|$)")
# Line ends that are not counted here, though YAML knows them.
_OTHER_LINE_ENDS = (b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")


class UnusualItem(Exception):
    """An item that must be read together with its whole file."""


@dataclass(frozen=True)
class ItemTexts:
    """A YAML text, divided: the lines of each item of its list `infobases`, and the `rest`.

    In the rest the first item stands for all; the lines of the others are empty, so that every place is as in the
    whole. `bounds` are where each item begins and the last ends, for `cut`. The first item begins `first_line` lines
    behind the file's first, and the list's key stands in `key_line`.

    The items read one by one are the same as when the whole is read, if `fits` says so and `values` takes them.
    YAML is read from left to right, and an item ends where the next line is indented no more than its dash. So when
    an item is complete by itself, the next dash in its column begins the next item. What could reach further, an
    anchor, makes it unusual; what is not complete, like half of a quoted text, is no YAML by itself.
    """

    rest: bytes
    texts: list[bytes]
    bounds: Sequence[int]
    key_line: int
    first_line: int

    @cached_property
    def first_lines(self) -> Sequence[int]:
        """How many lines stand in the file before each item."""
        return [*accumulate((text.count(b"\n") for text in self.texts), initial=self.first_line)]

    def fits(self, root: MappingNode) -> bool:
        """Whether the list is where it was looked for, given the top-level mapping of the rest."""
        for key, node in root.value:
            if key.value == KEY and key.start_mark.line == self.key_line and key.start_mark.column == 0:
                return isinstance(node, SequenceNode) and not node.flow_style and len(node.value) == 1
        return False


def divide(text: bytes) -> ItemTexts | None:
    """The text of a file, divided; None where its list of infobases is not written as an item behind each dash."""
    text = text.removeprefix(_BOM)
    beginning = _BEGINNING.search(text)
    if beginning is None or any(end in text for end in _OTHER_LINE_ENDS):
        return None
    if text.count(b"\r") != text.count(b"\r\n"):
        return None
    start, column = beginning.start("first"), len(beginning[2])
    starts, end = array("Q"), len(text)
    # A line that is indented no more than the dashes begins an item, or is behind the list.
    lines = re.compile(rb"^(?:( {%d}-(?=[ \r\n]|\Z))| {0,%d}[^ \n\r#])" % (column, column), re.M)
    for line in lines.finditer(text, start):
        if not line.lastindex:
            end = line.start()
            break
        starts.append(line.start())
    starts.append(end)
    second = starts[1]
    key_line = text.count(b"\n", 0, beginning.start())
    return ItemTexts(
        rest=text[:second] + b"\n" * text.count(b"\n", second, end) + text[end:],
        texts=cut(text, starts),
        bounds=starts,
        key_line=key_line,
        first_line=key_line + text.count(b"\n", beginning.start(), start),
    )


def cut(text: bytes, bounds: Sequence[int]) -> list[bytes]:
    """The texts of items, given the text of their file and where each begins and the last ends."""
    text = text.removeprefix(_BOM)
    return [text[start:end] for start, end in pairwise(bounds)]


def node_of(text: bytes) -> Node:
    """The item in a text, its marks counted from the first line of that; UnusualItem if it is not one by itself."""
    return _nodes_in(text, 1)[0]


def values(texts: Iterable[bytes], known: Collection[bytes]) -> Iterator[Value | bytes]:
    """Of each item its text, if that is known, else its plain value; UnusualItem if it cannot be read by itself."""
    waiting: list[bytes] = []
    for text in texts:
        is_known = text in known
        if not is_known:
            waiting.append(text)
        if waiting and (is_known or len(waiting) == _AT_ONCE):
            yield from _values_in(waiting)
            waiting.clear()
        if is_known:
            yield text
    if waiting:
        yield from _values_in(waiting)


def _values_in(texts: Sequence[bytes]) -> list[Value]:
    try:
        return [plain_value(node, depth=2) for node in _nodes_in(b"".join(texts), len(texts))]
    except NotPlain as error:
        raise UnusualItem from error


def _nodes_in(text: bytes, count: int) -> list[Node]:
    """The items in a text of so many: with so many dashes that may begin one, each of them does."""
    try:
        root = compose(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise UnusualItem from error
    if not isinstance(root, SequenceNode) or root.flow_style or len(root.value) != count:
        raise UnusualItem
    # What stands in another item could mean it.
    if b"&" in text and has_anchor(text):
        raise UnusualItem
    # The value of a key behind "? " may be missing, and then has its place in what stands behind the item.
    if b"?" in text and _EXPLICIT_KEY.search(text):
        raise UnusualItem
    return cast(list[Node], root.value)
