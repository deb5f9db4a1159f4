"""The tree of folders and infobases, as the pages show it. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from itertools import pairwise

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.names import ROOT, ancestors
from errorhelp.people.people import Person, may_write


@dataclass(frozen=True, slots=True)
class Branch:
    """A folder with what is in it; `count` infobases are in it and below."""

    path: str
    name: str
    folders: tuple["Branch", ...]
    infobases: tuple[Infobase, ...]
    count: int


def tree(catalog: Catalog, wanted: Iterable[Infobase] | None = None) -> Branch:
    """The tree of all infobases, or of those that are wanted, from the root; empty folders are left out."""
    infobases_in: dict[str, list[Infobase]] = {}
    folders_in: dict[str, dict[str, None]] = {}
    for infobase in catalog.infobases.values() if wanted is None else wanted:
        infobases_in.setdefault(infobase.folder, []).append(infobase)
        for above, below in pairwise(ancestors(infobase.folder)):
            folders_in.setdefault(above, {})[below] = None

    def branch(path: str) -> Branch:
        folders = tuple(branch(below) for below in folders_in.get(path, ()))
        own = tuple(infobases_in.get(path, ()))
        count = len(own) + sum(folder.count for folder in folders)
        return Branch(path, path.rpartition("/")[2], folders, own, count)

    return branch(ROOT)


def counted(infobases: Iterable[Infobase]) -> Counter[str]:
    """How many of the infobases are in each folder and below."""
    return Counter(path for infobase in infobases for path in ancestors(infobase.folder))


def writable(catalog: Catalog, person: Person) -> list[Infobase]:
    """The infobases that somebody may write messages for."""
    return [each for each in catalog.infobases.values() if may_write(person, [each.id], catalog)]


def matching(infobases: Iterable[Infobase], find: str) -> list[Infobase]:
    """The infobases with all the words in what is searched, in whatever case."""
    words = find.casefold().split()
    return [each for each in infobases if _has_all(words, each)]


def _has_all(words: Iterable[str], infobase: Infobase) -> bool:
    text = searched(infobase).casefold()
    return all(word in text for word in words)


def searched(infobase: Infobase) -> str:
    """What of an infobase is searched: its name, id, aliases and folder, and where it is."""
    where = astuple(infobase.connection)
    return " ".join((infobase.name, infobase.id, *infobase.aliases, infobase.folder, *where))
