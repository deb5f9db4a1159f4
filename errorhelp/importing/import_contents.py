"""What the files of an import held so far."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from errorhelp.catalog.infobase import Folder, Infobase
from errorhelp.formats.connect_string import Connection, normal_form
from errorhelp.importing.import_result import Imported, ImportSummary
from errorhelp.importing.imported_ids import Ids
from errorhelp.text.texts import one_line


@dataclass(frozen=True, slots=True)
class Found:
    """An infobase, still without an id, where it was found: its file, and the place for the report.

    In a cluster's registry an infobase stands once, so that its name and ID say nothing more of it.
    """

    infobase: Infobase
    file: str
    place: str
    in_registry: bool = False

    def is_same(self, other: "Found") -> bool:
        """Whether they are one infobase in two files; entries of one file are meant to be several."""
        if self.file == other.file or _reached(self) != _reached(other):
            return False
        if self.in_registry or other.in_registry:
            return True
        return not set(_called(self)).isdisjoint(_called(other))


@dataclass(slots=True)
class Collected:
    """Infobases, folders and notes; `places` are where a name or ID was first met."""

    files: list[str] = field(default_factory=list)
    folders: dict[str, Folder] = field(default_factory=dict)
    left_over: list[str] = field(default_factory=list)
    ids: Ids = field(default_factory=Ids)
    _found: list[Found] = field(default_factory=list)
    _by_connection: dict[Connection, list[Found]] = field(default_factory=dict)
    _notes: list[str] = field(default_factory=list)
    _places: dict[tuple[str, str], str] = field(default_factory=dict)

    def note(self, place: str, text: str) -> None:
        """Note something for the admin about a place."""
        self._notes.append(f"{place}: {one_line(text)}")

    def leave_over(self, place: str, text: str) -> None:
        """Keep a line as it stands in the file."""
        bare = text.removeprefix("\ufeff").strip()
        self.left_over.append(f"{place}: {bare}")

    def add(self, found: Found, called: str) -> None:
        """Add an infobase with an id like `called`, unless an earlier file has it."""
        alike = self._by_connection.setdefault(_reached(found), [])
        same = next((each for each in alike if each.is_same(found)), None)
        if same is not None:
            which = f"{same.infobase.id} of {same.place}"
            self.note(found.place, f"{found.infobase.name}: is the infobase {which}, which counts")
            return
        infobase_id = self.ids.take(called)
        if not found.infobase.name:
            self.note(found.place, f": it has no name and is now called {infobase_id}")
        name = found.infobase.name or infobase_id
        found = replace(found, infobase=replace(found.infobase, id=infobase_id, name=name))
        self._note_repetitions(found)
        alike.append(found)
        self._found.append(found)

    def imported(self) -> Imported:
        """All of it."""
        infobases = tuple(found.infobase for found in self._found)
        return Imported(
            files=tuple(self.files),
            infobases=infobases,
            folders=tuple(self.folders.values()),
            left_over=tuple(dict.fromkeys(self.left_over)),
            report=ImportSummary(len(infobases), len(self.folders), tuple(self._notes)),
        )

    def _note_repetitions(self, found: Found) -> None:
        for kind, text in _called(found):
            first = self._places.setdefault((kind, text), found.place)
            if first != found.place:
                self.note(
                    found.place,
                    f"{found.infobase.name}: its {kind} {text!r} is also that of {first}; both are kept",
                )


def _reached(found: Found) -> Connection:
    return normal_form(found.infobase.connection)


def _called(found: Found) -> Iterator[tuple[str, str]]:
    """Its name and its `ID`, for comparison."""
    yield "name", found.infobase.name.casefold()
    yield from (("ID", value.casefold()) for key, value in found.infobase.v8i if key == "ID" and value)
