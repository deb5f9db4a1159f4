"""Targets: which infobases an id, an alias, a folder path, a 1C server or `*` means. Pure."""

import difflib
from collections.abc import Iterable, Mapping, Sequence

from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.names import EVERYTHING, ROOT, SERVER, UnknownTarget, ancestors, check_folder


class TargetIndex:
    """All that can be a target, given the infobases by id, in the catalog's order, and the folders configured."""

    def __init__(self, infobases: Mapping[str, Infobase], folders: Iterable[str]) -> None:
        self._infobases = infobases
        self._positions = {infobase_id: position for position, infobase_id in enumerate(infobases)}
        self._by_alias = {
            alias: each for each in infobases.values() if each.aliases for alias in each.aliases
        }
        self._by_folder: Mapping[str, Sequence[Infobase]] = _by_folder(self._infobases.values(), folders)
        self._by_server: Mapping[str, Sequence[Infobase]] = _by_server(self._infobases.values())

    @property
    def collections(self) -> Iterable[object]:
        """Its collections that grow with the number of infobases."""
        return (self._positions, *self._by_folder.values(), *self._by_server.values())

    @property
    def folder_paths(self) -> Iterable[str]:
        """Every folder, behind those above it: those configured and those that infobases are in."""
        return self._by_folder.keys()

    @property
    def servers(self) -> Iterable[str]:
        """The hosts of all 1C servers that infobases are on, in lower case."""
        return self._by_server.keys()

    def infobase(self, any_id: str) -> Infobase | None:
        """The infobase of an id or an alias."""
        return self._infobases.get(any_id) or self._by_alias.get(any_id)

    def check(self, target: str) -> str:
        """The target in its one spelling; UnknownTarget when nothing is meant by it."""
        if target == EVERYTHING:
            return target
        if target.startswith("/"):
            path = check_folder(target)
            if path in self._by_folder:
                return path
        elif target.startswith(SERVER):
            host = target.removeprefix(SERVER).strip().lower()
            if host in self._by_server:
                return SERVER + host
        elif (infobase := self.infobase(target)) is not None:
            return infobase.id
        raise UnknownTarget(target, self._resembling(target.strip().lower()))

    def meant_by(self, targets: Iterable[str]) -> list[Infobase]:
        """The infobases that targets mean, each once, in the catalog's order; unknown targets mean none."""
        targets = tuple(targets)
        if EVERYTHING in targets or ROOT in targets:
            return list(self._infobases.values())
        meant = {infobase.id: infobase for target in targets for infobase in self._meant_by_one(target)}
        return sorted(meant.values(), key=lambda infobase: self._positions[infobase.id])

    def reach(self, targets: Iterable[str]) -> int:
        """How many infobases targets mean at most; one that several mean counts as often."""
        return sum(len(self._meant_by_one(target)) for target in targets)

    def _meant_by_one(self, target: str) -> Sequence[Infobase]:
        if target == EVERYTHING:
            target = ROOT
        if target.startswith("/"):
            return self._by_folder.get(target, ())
        if target.startswith(SERVER):
            return self._by_server.get(target.removeprefix(SERVER), ())
        infobase = self.infobase(target)
        return () if infobase is None else (infobase,)

    def _resembling(self, folded: str) -> list[str]:
        """The targets that are spelled much like a text in lower case, or whose infobase is named so."""
        any_ids = dict.fromkeys((*self._by_alias, *self._infobases))
        known = [(each.lower(), each) for each in (*any_ids, *self._by_folder)]
        known += [(each.name.lower(), each.id) for each in self._infobases.values()]
        known += [(spelling, SERVER + each) for each in self._by_server for spelling in (each, SERVER + each)]
        close = difflib.get_close_matches(folded, dict.fromkeys(spelling for spelling, _ in known), n=2)
        found = [target for name in close for spelling, target in known if spelling == name]
        return list(dict.fromkeys(found))


def _by_folder(infobases: Iterable[Infobase], folders: Iterable[str]) -> Mapping[str, Sequence[Infobase]]:
    """The infobases in each folder and below it; folders stand behind those above them."""
    below: dict[str, list[Infobase]] = {ROOT: []}
    for folder in folders:
        for path in ancestors(folder):
            below.setdefault(path, [])
    # Folders are few and infobases are many.
    around: dict[str, list[list[Infobase]]] = {}
    for infobase in infobases:
        lists = around.get(infobase.folder)
        if lists is None:
            paths = ancestors(infobase.folder)
            lists = around[infobase.folder] = [below.setdefault(path, []) for path in paths]
        for each in lists:
            each.append(infobase)
    return below


def _by_server(infobases: Iterable[Infobase]) -> Mapping[str, Sequence[Infobase]]:
    on: dict[str, list[Infobase]] = {}
    for infobase in infobases:
        for host in infobase.hosts:
            on.setdefault(host, []).append(infobase)
    return on
