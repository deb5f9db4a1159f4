"""The tree of folders with what messages are about: the worst in front, and folded to what fits a screen. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from errorhelp.admin.pages.infobase_tree import Branch
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.names import ROOT, ancestors
from errorhelp.messages.message import Severity

MOST_OPEN = 24
"""How many folders and infobases are in sight without being unfolded."""

_NO_RANK = len(Severity)


@dataclass(frozen=True, slots=True)
class AffectedFolder:
    """A folder with `count` infobases in it and below, and how many of them are affected, the most severe first.

    `infobases` and `folders` are those of its own that are shown; `more` folders are left out.
    """

    path: str
    name: str
    count: int
    affected: Mapping[Severity, int]
    folders: tuple["AffectedFolder", ...]
    infobases: tuple[Infobase, ...]
    more: int = 0
    is_open: bool = False

    @property
    def is_mixed(self) -> bool:
        """Whether some of what is in it is affected, and not all of it alike."""
        return bool(self.affected) and self.count not in self.affected.values()

    @property
    def lines(self) -> int:
        """How many lines it takes when everything is unfolded, without its own."""
        return len(self.infobases) + sum(1 + each.lines for each in self.folders)


def affected_tree(branch: Branch, worst: Mapping[str, Severity], catalog: Catalog) -> AffectedFolder:
    """The tree with what is affected, `worst` by the infobase's id.

    What is affected stands in front, the worst first. All is unfolded where that is short; else the folders in which
    only some is affected, as long as there is room.
    """
    affected_in = _affected_in(worst, catalog)

    def leaf_rank(infobase: Infobase) -> int:
        return worst[infobase.id].rank if infobase.id in worst else _NO_RANK

    def made(shown: Branch) -> AffectedFolder:
        return AffectedFolder(
            path=shown.path,
            name=shown.name,
            count=catalog.reach([shown.path]),
            affected=affected_in(shown.path),
            folders=tuple(sorted(map(made, shown.folders), key=_folder_rank)),
            infobases=tuple(sorted(shown.infobases, key=leaf_rank)),
            more=shown.more,
        )

    whole = made(branch)
    if whole.lines <= MOST_OPEN:
        return replace(whole, folders=tuple(map(_unfolded, whole.folders)))
    if len(whole.infobases) > MOST_OPEN // 2:
        whole = _without_own(whole, worst, catalog)
    room = MOST_OPEN - len(whole.folders) - len(whole.infobases)
    folders, _ = _unfolded_where_mixed(whole.folders, room)
    return replace(whole, folders=folders)


def _affected_in(worst: Mapping[str, Severity], catalog: Catalog) -> Callable[[str], Mapping[Severity, int]]:
    """What is affected in a folder and below."""
    found: dict[str, Counter[Severity]] = {}
    for infobase_id, severity in worst.items():
        for path in ancestors(catalog.infobases[infobase_id].folder):
            found.setdefault(path, Counter())[severity] += 1
    return lambda path: _in_order(found.get(path, Counter()))


def _in_order(counts: Mapping[Severity, int]) -> Mapping[Severity, int]:
    return {each: counts[each] for each in sorted(counts, key=lambda severity: severity.rank)}


def _folder_rank(folder: AffectedFolder) -> tuple[int, int]:
    if not folder.affected:
        return _NO_RANK, 0
    severity, count = next(iter(folder.affected.items()))
    return severity.rank, -count


def _unfolded(folder: AffectedFolder) -> AffectedFolder:
    return replace(folder, folders=tuple(map(_unfolded, folder.folders)), is_open=True)


def _unfolded_where_mixed(
    folders: Iterable[AffectedFolder], room: int
) -> tuple[tuple[AffectedFolder, ...], int]:
    """The folders, those that are mixed unfolded as long as there is room, and the room that is left."""
    found: list[AffectedFolder] = []
    for folder in folders:
        own = len(folder.folders) + len(folder.infobases)
        if folder.is_mixed and own <= room:
            below, room = _unfolded_where_mixed(folder.folders, room - own)
            folder = replace(folder, folders=below, is_open=True)
        found.append(folder)
    return tuple(found), room


def _without_own(root: AffectedFolder, worst: Mapping[str, Severity], catalog: Catalog) -> AffectedFolder:
    """The root with its many own infobases in a folder without a name."""
    count = sum(each.folder == ROOT for each in catalog.infobases.values())
    affected = Counter(worst[each.id] for each in root.infobases if each.id in worst)
    own = AffectedFolder(ROOT, "", count, _in_order(affected), (), root.infobases)
    folders: Sequence[AffectedFolder] = sorted((*root.folders, own), key=_folder_rank)
    return replace(root, folders=tuple(folders), infobases=())
