"""The files of a configuration, merged: included lists add up, every other setting stands in one file."""

import glob
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from errorhelp.config import item_texts
from errorhelp.config.item_texts import ItemTexts
from errorhelp.config.yaml_tree import (
    Diagnostic,
    Location,
    Place,
    Value,
    is_nothing,
    parse,
    place_of,
    value_of,
    written,
)
from errorhelp.system.file_stamps import Stamp, stamp
from errorhelp.system.memory import free

_ADD_UP = ("folders", "infobases", "lists", "maintenance_windows")


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a part of the merged configuration stands: its file, its path there, its key and its value.

    The value's place counts from the file's line behind `lines_before`.
    """

    file: Path
    path: Location
    key: Node
    value: Node
    lines_before: int = 0


@dataclass(frozen=True, slots=True)
class FileItems:
    """The items of a list that stand in one file, behind a key there: nodes, or each the text it stands in.

    `before` are those of files that were read earlier.
    """

    file: Path
    key: Node
    items: Sequence[Node] | ItemTexts
    before: int

    @property
    def count(self) -> int:
        return len(self.items.texts if isinstance(self.items, ItemTexts) else self.items)


@dataclass(slots=True)
class Files:
    """The merged settings and lists of items, and what is needed to say where each stands.

    `is_whole` is false when a file is missing or unreadable, so that what it would hold is not known. `seen`
    is how each file, and each folder where others may appear, looked before it was read. With `divided` a file's
    infobases are read one by one where its text allows, so that not all of them are in memory as nodes.
    """

    divided: bool = True
    values: dict[str, Value] = field(default_factory=dict)
    lists: dict[str, list[FileItems]] = field(default_factory=dict)
    is_whole: bool = True
    errors: list[Diagnostic] = field(default_factory=list)
    contents: dict[Path, bytes] = field(default_factory=dict)
    seen: dict[Path, Stamp] = field(default_factory=dict)
    _sources: dict[Location, _Source] = field(default_factory=dict)
    _known: set[Path] = field(default_factory=set)

    @property
    def revised_at(self) -> datetime | None:
        """When one of the files was last written to, None where that is not known."""
        times = [found[0] for file in self.contents if (found := self.seen.get(file))]
        return datetime.fromtimestamp(max(times) // 1_000_000_000, UTC) if times else None

    def digest(self, elsewhere: Iterable[str]) -> str:
        """A name for exactly these contents, and for what belongs to them and stands elsewhere, as secrets do."""
        digest = sha256()
        for text in (*self.contents.values(), *(each.encode() for each in elsewhere)):
            digest.update(sha256(text).digest())
        return digest.hexdigest()[:12]

    def diagnostic(
        self, location: Location, message: str, *, key: bool = False, other: Location | None = None
    ) -> Diagnostic:
        """What is wrong at a location of the merged configuration, as an error or warning with its place in a file.

        With `key` it is the key there that is wrong, not its value; `other` is where it clashes with.
        """
        place, path = self._find(location, key=key)
        if other is not None:
            message += f" ({self._find(other)[0]})"
        return Diagnostic(place, written(path), message)

    def _find(self, location: Location, *, key: bool = False) -> tuple[Place, Location]:
        """The place of a location of the merged configuration, and its path in the file there."""
        depth = 2 if location and location[0] in self.lists else 1
        source = self._source_of_item(*location[:2]) if depth == 2 else self._sources.get(location[:1])
        if source is None:
            return Place(next(iter(self.contents), Path()), 1, 1), location
        rest = location[depth:]
        if key and not rest:
            return place_of(source.file, source.key, ()), source.path
        place = place_of(source.file, source.value, rest, key=key)
        return replace(place, line=place.line + source.lines_before), (*source.path, *rest)

    def _source_of_item(self, name: str | int, index: str | int = -1) -> _Source | None:
        """Where an item of a list stands."""
        for each in self.lists[str(name)]:
            own = int(index) - each.before
            if 0 <= own < each.count:
                path: Location = (name, own)
                if not isinstance(each.items, ItemTexts):
                    return _Source(each.file, path, each.key, each.items[own])
                node = item_texts.node_of(each.items.texts[own])
                return _Source(each.file, path, each.key, node, each.items.first_lines[own])
        return None

    def items(self, name: str, known: Collection[bytes] = ()) -> Iterator[Value | bytes]:
        """Of each item of a list the plain value, or the text it stands in if that is known.

        UnusualItem if the files must be read undivided.
        """
        for each in self.lists.get(name, ()):
            if isinstance(each.items, ItemTexts):
                yield from item_texts.values(each.items.texts, known)
            else:
                yield from map(value_of, each.items)

    def free(self) -> None:
        """Free the texts of divided files, so that nobody waits for it; no place is known any more."""
        for each in (items for lists in self.lists.values() for items in lists):
            if isinstance(each.items, ItemTexts):
                free(each.items.texts)

    def read(self, file: Path) -> None:
        """Add a file and those that it includes."""
        self._known.add(file.resolve())
        for path in (file.absolute().parent, file):
            self.seen.setdefault(path, stamp(path))
        try:
            text = file.read_bytes()
        except FileNotFoundError:
            remedy = "name yours with --config (or in ERRORHELP_CONFIG), or begin one: errorhelp init conf"
            self._miss(Diagnostic(Place(file, 1, 1), "", f"there is no such file; {remedy}"))
            return
        except OSError as error:
            self._miss(Diagnostic(Place(file, 1, 1), "", f"cannot be read: {error.strerror}"))
            return
        root = self.take(file, text)
        for key, node in root.value if root is not None else ():
            if key.value == "include":
                self._include(file, node)

    def take(self, file: Path, text: bytes) -> MappingNode | None:
        """Add what stands in a file, without those that it includes; its mapping, None where it has none."""
        self.contents[file] = text
        divided = item_texts.divide(text) if self.divided else None
        document = parse(file, text if divided is None else divided.rest)
        if divided is not None and (document.errors or not document.root or not divided.fits(document.root)):
            divided, document = None, parse(file, text)
        self.errors += document.errors
        if document.root is None:
            self.is_whole = self.is_whole and not document.errors
            return None
        names = set()
        for key, node in document.root.value:
            if key.value not in names:
                names.add(key.value)
                if divided is not None and key.value == item_texts.KEY:
                    self._add_to_list(file, key, divided)
                else:
                    self._add(file, key, node)
        return document.root

    def _add(self, file: Path, key: Node, node: Node) -> None:
        name = key.value
        if name == "include":
            return
        if name in _ADD_UP:
            self._add_items(file, key, node)
        elif name in self.values:
            first = self._sources[(name,)]
            place = place_of(first.file, first.key, ())
            message = f"is already set at {place}; it can stand in one file only"
            self.errors.append(Diagnostic(place_of(file, key, ()), name, message))
        else:
            self.values[name] = value_of(node)
            self._sources[(name,)] = _Source(file, (name,), key, node)

    def _add_items(self, file: Path, key: Node, node: Node) -> None:
        name = key.value
        if is_nothing(node):
            return
        if not isinstance(node, SequenceNode):
            message = "must be a list, each item behind a '- '"
            self.errors.append(Diagnostic(place_of(file, node, ()), name, message))
            return
        self._add_to_list(file, key, node.value)

    def _add_to_list(self, file: Path, key: Node, items: Sequence[Node] | ItemTexts) -> None:
        known = self.lists.setdefault(key.value, [])
        before = known[-1].before + known[-1].count if known else 0
        known.append(FileItems(file, key, items, before))

    def counts(self, name: str) -> tuple[tuple[Path, int, Sequence[int]], ...]:
        """Each file with items of a list, in the order of the items, how many it has, and their bounds if divided."""
        return tuple(
            (each.file, each.count, each.items.bounds if isinstance(each.items, ItemTexts) else ())
            for each in self.lists.get(name, ())
        )

    def _include(self, file: Path, node: Node) -> None:
        patterns = node.value if isinstance(node, SequenceNode) else [node]
        for pattern in patterns:
            if is_nothing(pattern):
                continue
            if not isinstance(pattern, ScalarNode):
                message = 'must be a file name or pattern, or a list of them (e.g. ["*.yaml"])'
                self._miss(Diagnostic(place_of(file, pattern, ()), "include", message))
                continue
            # Path.glob takes no absolute pattern.
            found = sorted(glob.glob(pattern.value, root_dir=file.parent))  # noqa: PTH207
            if not found and not glob.has_magic(pattern.value):
                message = f"there is no file {pattern.value!r} beside {file}"
                self._miss(Diagnostic(place_of(file, pattern, ()), "include", message))
            for name in found:
                included = file.parent / name
                if included.resolve() not in self._known:
                    self.read(included)

    def _miss(self, error: Diagnostic) -> None:
        self.errors.append(error)
        self.is_whole = False
