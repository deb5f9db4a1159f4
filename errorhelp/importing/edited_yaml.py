"""A configuration file that is changed in places, with all else in it as its admin wrote it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from yaml import CollectionNode, MappingNode, Node, SequenceNode

from errorhelp.config.yaml_tree import parse, value_of
from errorhelp.importing.imported_yaml import dump

_BOM = "\ufeff"
_INDENT = 2


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a section, and its values."""

    node: MappingNode
    values: Mapping[str, Any]


class EditedYaml:
    """The file and the changes to it, which `to_bytes` makes.

    ValueError, with file:line:column, for what is no YAML or is written in a way that is not changed here.
    """

    def __init__(self, name: str, data: bytes) -> None:
        document = parse(Path(name), data)
        if document.errors:
            raise ValueError(str(document.errors[0]))
        self._name = name
        self._bom = _BOM if data.decode().startswith(_BOM) else ""
        # Marks count from behind the BOM.
        self._text = data.decode("utf-8-sig")
        self._root = document.root
        # What stands at [start, end) becomes a text.
        self._changes: list[tuple[int, int, str]] = []

    def items(self, section: str) -> list[Item]:
        """The items of a section."""
        found = self._section(section)
        return [self._item(node) for node in (found.value if isinstance(found, SequenceNode) else ())]

    def change(self, item: Item, values: Mapping[str, Any]) -> None:
        """Give an item some values; its other keys stay as they are."""
        node, column = item.node, item.node.start_mark.column
        if node.flow_style:
            text = _at(column, dump({**item.values, **values}))
            self._replace(node.start_mark.index, node.end_mark.index, text)
            return
        pairs = {key.value: (key, value) for key, value in node.value}
        for name, value in values.items():
            text = _at(column, dump({name: value}))
            if name in pairs:
                key, old = pairs[name]
                if old.start_mark.index < key.end_mark.index:
                    self._refuse(key, "takes its value from an anchor; write the value itself")
                self._replace(key.start_mark.index, self._end(old), text)
            else:
                self._insert(self._line_end(self._end(node)), f"\n{' ' * column}{text}")

    def append(self, section: str, items: Iterable[Mapping[str, Any]]) -> None:
        """Add items to the end of a section."""
        found = self._section(section)
        if isinstance(found, SequenceNode) and found.value:
            if found.flow_style:
                self._refuse(found, "stands in brackets; write each item on lines of its own, behind '- '")
            column, head, at = found.start_mark.column, "\n", self._line_end(self._end(found))
        elif found is not None:
            if value_of(found):
                self._refuse(found, "is no list")
            self._replace(found.start_mark.index, found.end_mark.index, "")
            column, head, at = _INDENT, "", self._line_end(found.end_mark.index)
        else:
            column, head, at = _INDENT, f"\n{section}:", len(self._text)
        margin = f"\n{' ' * column}"
        written = "\n".join(margin + _at(column, dump([dict(item)])) for item in items)
        tail = "\n" if at == len(self._text) else ""
        self._insert(at, head + written + tail)

    def comment_out(self, section: str, item: Item, why: str) -> None:
        """Make the lines of an item comments, below one that says why."""
        found = self._section(section)
        if not isinstance(found, SequenceNode) or found.flow_style:
            self._refuse(item.node, "stands in brackets; write it on lines of its own, behind '- '")
        dash = self._text.rindex("-", 0, item.node.start_mark.index)
        start = self._text.rfind("\n", 0, dash) + 1
        margin = self._text[start:dash]
        lines = self._text[start : self._end(item.node)].split("\n")
        commented = [f"{margin}# {line.removeprefix(margin)}".rstrip(" ") for line in lines]
        self._replace(start, self._end(item.node), "\n".join([f"{margin}# {why}:", *commented]))

    def to_bytes(self) -> bytes:
        """The file with the changes."""
        line_end = "\r\n" if "\r\n" in self._text else "\n"
        parts, position = [self._bom], 0
        for start, end, new in sorted(self._changes, key=lambda change: change[:2]):
            parts += [self._text[position:start], new.replace("\r\n", "\n").replace("\n", line_end)]
            position = end
        return "".join([*parts, self._text[position:]]).encode()

    def _item(self, node: Node) -> Item:
        values = value_of(node)
        if not isinstance(node, MappingNode) or not isinstance(values, dict):
            self._refuse(node, "is no mapping of settings")
        return Item(node, values)

    def _section(self, name: str) -> Node | None:
        pairs = self._root.value if self._root else []
        return next((value for key, value in pairs if key.value == name), None)

    def _replace(self, start: int, end: int, new: str) -> None:
        self._changes.append((start, end, new))

    def _insert(self, at: int, new: str) -> None:
        self._changes.append((at, at, new))

    def _end(self, node: Node) -> int:
        """Where what a node says ends; its own mark may stand behind comments and blank lines."""
        while isinstance(node, CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            node = last[1] if isinstance(last, tuple) else last
        end = node.end_mark.index
        while end > node.start_mark.index and self._text[end - 1].isspace():
            end -= 1
        return end

    def _line_end(self, position: int) -> int:
        end = self._text.find("\n", position)
        end = len(self._text) if end == -1 else end
        return end - 1 if self._text[position:end].endswith("\r") else end

    def _refuse(self, node: Node, why: str) -> NoReturn:
        mark = node.start_mark
        raise ValueError(f"{self._name}:{mark.line + 1}:{mark.column + 1}: {why}")


def _at(column: int, lines: str) -> str:
    """The lines of YAML, all but the first indented to a column."""
    return lines.rstrip("\n").replace("\n", "\n" + " " * column)
