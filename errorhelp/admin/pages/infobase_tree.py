"""The tree of folders and infobases, as the pages show it. Pure."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from errorhelp.answers.situation import folder_name
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.names import EVERYTHING, ROOT, SERVER, ancestors
from errorhelp.people.people import Person, may_write


@dataclass(frozen=True, slots=True)
class Branch:
    """A folder with what is in it; `count` infobases are in it and below, `more` of its folders are left out."""

    path: str
    name: str
    folders: tuple["Branch", ...]
    infobases: tuple[Infobase, ...]
    count: int
    more: int = 0


def tree(catalog: Catalog, wanted: Iterable[Infobase] | None = None, most: int | None = None) -> Branch:
    """The tree of all infobases, or of those that are wanted, from the root; empty folders are left out.

    It has the `most` folders that are nearest to the root.
    """
    infobases_in: dict[str, list[Infobase]] = {}
    for infobase in catalog.infobases.values() if wanted is None else wanted:
        infobases_in.setdefault(infobase.folder, []).append(infobase)
    folders_in: dict[str, dict[str, None]] = {}
    count: Counter[str] = Counter()
    for folder, infobases in infobases_in.items():
        for path in ancestors(folder):
            count[path] += len(infobases)
        for above, below in pairwise(ancestors(folder)):
            folders_in.setdefault(above, {})[below] = None
    shown = {*islice(_nearest_first(folders_in), most)}

    def branch(path: str) -> Branch:
        below = folders_in.get(path, {})
        folders = tuple(branch(each) for each in below if each in shown)
        own = tuple(infobases_in.get(path, ()))
        return Branch(path, path.rpartition("/")[2], folders, own, count[path], len(below) - len(folders))

    return branch(ROOT)


def _nearest_first(folders_in: Mapping[str, Iterable[str]]) -> Iterable[str]:
    waiting = deque(folders_in.get(ROOT, ()))
    while waiting:
        path = waiting.popleft()
        yield path
        waiting.extend(folders_in.get(path, ()))


def counted(infobases: Iterable[Infobase]) -> Counter[str]:
    """How many of the infobases are in each folder and below."""
    found: Counter[str] = Counter()
    for folder, count in Counter(infobase.folder for infobase in infobases).items():
        for path in ancestors(folder):
            found[path] += count
    return found


def writable(catalog: Catalog, person: Person) -> list[Infobase]:
    """The infobases that somebody may write messages for."""
    infobases = catalog.infobases.values()
    if may_write(person, [EVERYTHING], catalog):
        return list(infobases)
    return [each for each in infobases if may_write(person, [each.id], catalog)]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen: a folder or 1C server with `count` infobases, or an infobase in a `folder`.

    `wider` are the targets that mean it too.
    """

    target: str
    name: str
    folder: str = ""
    count: int = 0
    wider: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """A part of what can be chosen, from the one with the number `start` on; there are `more` behind it.

    `found` infobases of those that are `offered` are like what is searched.
    """

    choices: Sequence[Choice]
    start: int
    more: int
    found: int
    offered: int


MOST_CHOICES = 100
"""How many are in one part."""

MOST_AT_ONCE = 200
"""So many infobases that were found can be chosen at once; more of them have a folder or a server for that."""


def choices(
    catalog: Catalog, person: Person, offered: Sequence[Infobase], find: str, start: int = 0
) -> Choices:
    """What has all the words in what is searched: folders and 1C servers to choose, then infobases `offered`."""
    words = find.casefold().split()
    count = counted(offered)
    folders = (
        path
        for path in catalog.folder_paths
        if path != ROOT and count[path] and all(word in path.casefold() for word in words)
    )
    wanted = [folder_choice(path, count[path]) for path in folders if may_write(person, [path], catalog)]
    wanted += (each for each in servers(catalog, person) if all(word in each.target for word in words))
    found = matching(offered, find)
    end = start + MOST_CHOICES
    own = found[max(start - len(wanted), 0) : max(end - len(wanted), 0)]
    part = [*wanted[start:end], *map(infobase_choice, own)]
    return Choices(part, start, max(len(wanted) + len(found) - end, 0), len(found), len(offered))


def servers(catalog: Catalog, person: Person) -> list[Choice]:
    """The 1C servers for which somebody may write messages, in the order of their names."""
    targets = (SERVER + host for host in sorted(catalog.servers))
    return [server_choice(catalog, each) for each in targets if may_write(person, [each], catalog)]


def chosen(catalog: Catalog, targets: Iterable[str]) -> list[Choice]:
    """What was chosen already, but for everything; what there is no more as it is written."""
    found = []
    for target in targets:
        infobase = catalog.infobase(target)
        if infobase is not None:
            found.append(infobase_choice(infobase))
        elif target.startswith("/") and target != ROOT:
            found.append(folder_choice(target, catalog.reach([target])))
        elif target.startswith(SERVER) and catalog.reach([target]):
            found.append(server_choice(catalog, target))
        elif target not in (EVERYTHING, ROOT):
            found.append(Choice(target, target))
    return found


def folder_choice(path: str, count: int) -> Choice:
    """A whole folder."""
    return Choice(path, folder_name(path), count=count, wider=(EVERYTHING, *ancestors(path)[:-1]))


def server_choice(catalog: Catalog, target: str) -> Choice:
    """A whole 1C server."""
    name, wider = target.removeprefix(SERVER), (EVERYTHING, ROOT)
    return Choice(target, name, count=catalog.reach([target]), wider=wider)


def infobase_choice(infobase: Infobase) -> Choice:
    """A single infobase."""
    wider = tuple(key for key in infobase.target_keys if key != infobase.id)
    return Choice(infobase.id, infobase.name, infobase.folder, wider=wider)


def matching(infobases: Iterable[Infobase], find: str) -> list[Infobase]:
    """The infobases with all the words in what is searched, in whatever case."""
    words = find.casefold().split()
    if not words:
        return list(infobases)
    return [each for each in infobases if _has_all(words, each)]


def _has_all(words: Iterable[str], infobase: Infobase) -> bool:
    text = searched(infobase).casefold()
    return all(word in text for word in words)


def searched(infobase: Infobase) -> str:
    """What of an infobase is searched: its name, id, aliases and folder, and where it is."""
    connection = infobase.connection
    where = (getattr(connection, each) for each in connection.__slots__)
    return " ".join((infobase.name, infobase.id, *infobase.aliases, infobase.folder, *where))
