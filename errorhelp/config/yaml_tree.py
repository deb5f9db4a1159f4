"""YAML with positions: plain values for the models, and the place of each for error messages.

Every scalar stays the text that was typed (`23:00`, `on`, `010`, `no`), so that nothing is mangled before the
models see it; only an empty value, `~` and `null` mean nothing. Keys may not repeat.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

_STR, _SEQ, _MAP = _PLAIN_TAGS = (
    "tag:yaml.org,2002:str",
    "tag:yaml.org,2002:seq",
    "tag:yaml.org,2002:map",
)
_TAGS = {ScalarNode: _STR, SequenceNode: _SEQ, MappingNode: _MAP}

# The C loader is six times faster; wheels of PyYAML bring it, some distributions do not.
_FastestLoader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Loader(_FastestLoader):  # type: ignore[misc]
    """Gives each node without a tag that of its kind, as the base does, which looks for rules first: a third slower."""

    def resolve(self, kind: type[Node], _value: object, _implicit: object) -> str:
        return _TAGS[kind]

    def descend_resolver(self, _parent: object, _index: object) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


_NULLS = ("", "~", "null", "Null", "NULL")
# Real settings are four levels deep; Python's own limit is at a thousand calls.
_DEEPEST = 20

Value = str | None | list["Value"] | dict[str, "Value"]
Location = tuple[str | int, ...]
"""A path in a configuration: keys and indexes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file; line and column count from 1."""

    file: Path
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or warning of a configuration: where, under which path (`infobases[2].help.url`), and what."""

    place: Place
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.path}: {self.message}" if self.path else f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its top-level mapping and what is wrong with it as YAML."""

    file: Path
    root: MappingNode | None
    errors: tuple[Diagnostic, ...]


def parse(file: Path, text: bytes) -> Document:
    """The YAML document in `text`, read from `file`."""
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = text[: error.start].decode("utf-8-sig")
        return _broken(
            Place(file, *_line_and_column(before)), "this is not UTF-8 text; save the file as UTF-8"
        )
    try:
        root = compose(decoded)
    except yaml.MarkedYAMLError as error:
        return _broken(_place(file, error.problem_mark or error.context_mark), _explained(error, decoded))
    except yaml.reader.ReaderError as error:
        before = decoded.partition(chr(error.character))[0]
        message = f"the character U+{error.character:04X} must not stand in YAML; remove it"
        return _broken(Place(file, *_line_and_column(before)), message)
    except RecursionError:
        return _broken(Place(file, 1, 1), "is nested too deeply to be a configuration")
    if root is None or is_nothing(root):
        return Document(file, None, ())
    if not isinstance(root, MappingNode):
        return _broken(
            _place(file, root.start_mark),
            "must hold settings, one 'name: value' a line (e.g. time_zone: Europe/Moscow)",
        )
    examination = _Examination(file)
    usable = examination.look_at(root, ())
    return Document(file, root if usable else None, tuple(examination.errors))


def compose(text: str | bytes) -> Node | None:
    """The nodes of the one document in a text, None where it is empty; YAMLError or RecursionError else."""
    return yaml.compose(text, Loader=_Loader)


def has_anchor(text: bytes) -> bool:
    """Whether something in a YAML text has a name (`&name`) under which it can stand elsewhere, too."""
    return any(getattr(event, "anchor", None) for event in yaml.parse(text, Loader=_Loader))


class NotPlain(ValueError):
    """A node against which `parse` would say something."""


def plain_value(node: Node, depth: int) -> Value:
    """What `value_of` gives, for a node so deep below the top of a file; NotPlain if `parse` would not take it."""
    if depth > _DEEPEST or node.tag not in _PLAIN_TAGS:
        raise NotPlain
    if isinstance(node, ScalarNode):
        return None if is_nothing(node) else cast(str, node.value)
    if isinstance(node, SequenceNode):
        return [plain_value(item, depth + 1) for item in node.value]
    values: dict[str, Value] = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode) or key.value in values or key.value == "<<":
            raise NotPlain
        # Most values are texts: a third of the time is calls.
        if (
            isinstance(value, ScalarNode)
            and value.value not in _NULLS
            and value.tag is _STR
            and depth < _DEEPEST
        ):
            values[key.value] = value.value
        else:
            values[key.value] = plain_value(value, depth + 1)
    return values


def value_of(node: Node) -> Value:
    """The plain value of a node: texts, lists and mappings; of a repeated key the first."""
    if isinstance(node, MappingNode):
        values: dict[str, Value] = {}
        for key, value in node.value:
            if key.value not in values:
                values[key.value] = value_of(value)
        return values
    if isinstance(node, SequenceNode):
        return [value_of(item) for item in node.value]
    if is_nothing(node):
        return None
    # A copy, since a text that stays would keep the memory between nodes that go from going back to the system.
    return cast(str, node.value).encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")


def is_nothing(node: Node) -> bool:
    """Whether the value is left out, or written as YAML's null."""
    return isinstance(node, ScalarNode) and not node.style and node.value in _NULLS


def place_of(file: Path, node: Node, path: Location, *, key: bool = False) -> Place:
    """The place of what stands under `path` below a node, or of the nearest thing above it that exists.

    With `key` the place of the last key instead of its value.
    """
    mark = node.start_mark
    for depth, step in enumerate(path):
        if isinstance(node, MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == step), None)
            if pair is None:
                break
            node = pair[1]
            last = depth == len(path) - 1
            mark = pair[0].start_mark if key and last else node.start_mark
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            mark = node.start_mark
        else:
            break
    return _place(file, mark)


def written(path: Location) -> str:
    """A path as people write it: `infobases[2].help.url`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


class _Examination:
    """Looks for what is valid YAML but no configuration."""

    def __init__(self, file: Path) -> None:
        self.errors: list[Diagnostic] = []
        self._file = file
        self._above: set[int] = set()

    def look_at(self, node: Node, path: Location) -> bool:
        """Whether a value can be made of the node; what is wrong with it goes to `errors`."""
        if id(node) in self._above:
            return self._unusable(node, path, "refers to itself")
        if len(path) > _DEEPEST:
            return self._unusable(node, path[:1], "is nested too deeply to be a configuration")
        if node.tag not in _PLAIN_TAGS:
            self._error(node, path, f"has the YAML tag {node.tag!r}; write the plain value without it")
        if isinstance(node, ScalarNode):
            return True
        self._above.add(id(node))
        if isinstance(node, MappingNode):
            usable = self._look_at_mapping(node, path)
        else:
            usable = all([self.look_at(item, (*path, index)) for index, item in enumerate(node.value)])
        self._above.discard(id(node))
        return usable

    def _look_at_mapping(self, node: MappingNode, path: Location) -> bool:
        usable = True
        lines: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                usable = self._unusable(key, path, "a key must be a plain word")
                continue
            here = (*path, key.value)
            if key.value == "<<":
                usable = self._unusable(
                    key, here, "cannot merge mappings; write the settings out, or use what is inherited"
                )
            elif key.value in lines:
                line = lines[key.value]
                message = f"key {key.value!r} stands here a second time; the first is in line {line}"
                self._error(key, here, message)
            lines.setdefault(key.value, key.start_mark.line + 1)
            usable = self.look_at(value, here) and usable
        return usable

    def _unusable(self, node: Node, path: Location, message: str) -> bool:
        self._error(node, path, message)
        return False

    def _error(self, node: Node, path: Location, message: str) -> None:
        self.errors.append(Diagnostic(_place(self._file, node.start_mark), written(path), message))


def _broken(place: Place, message: str) -> Document:
    return Document(place.file, None, (Diagnostic(place, "", message),))


def _place(file: Path, mark: yaml.Mark | None) -> Place:
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)


def _line_and_column(before: str) -> tuple[int, int]:
    """The line and column behind a text, from 1."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _explained(error: yaml.MarkedYAMLError, text: str) -> str:
    """What the parser says, and what people mostly did when it says so."""
    said = ", ".join(filter(None, (error.context, error.problem)))
    mark, begun = error.problem_mark, error.context_mark
    if mark and begun and begun.line < mark.line:
        said = f"{said} (it begins in line {begun.line + 1})"
    if mark and text[mark.index : mark.index + 1] == "\t":
        return f"not YAML: {said}; indent with spaces, not with tabs"
    if "escape" in said or "hexdecimal" in said:
        return f"not YAML: {said}; put a text with backslashes in single quotes (e.g. 'C:\\bases')"
    return f"not YAML: {said}; check the indentation, and put a text with : # * & {{ [ @ or % in it in quotes"
