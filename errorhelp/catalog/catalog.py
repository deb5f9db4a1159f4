"""The catalog: infobases, folders, connection lists, help and maintenance windows, and what they mean.

It is the configuration, compiled: whole, checked and never changed. Everything here is pure.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from functools import cached_property

from errorhelp.catalog.help import Cause, Help, InheritedHelp, nearer
from errorhelp.catalog.lists import ConnectionList
from errorhelp.catalog.names import EVERYTHING, ROOT, UnknownTarget, ancestors, check_folder
from errorhelp.formats.connect_string import Connection
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.messages.window import Window


@dataclass(frozen=True, slots=True)
class Folder:
    """A node of the tree that launchers show; `v8i` are further keys of its connection list entry."""

    path: str
    help: Help = field(default_factory=Help)
    v8i: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Publication:
    """A web address where browsers reach an infobase, and whether our service worker guards it."""

    url: str
    worker: bool = False


@dataclass(frozen=True, slots=True)
class Infobase:
    """One 1C database that people log in to.

    `v8i` are further keys of its connection list entry, in order; they win over those that errorhelp writes,
    but not over a message that is shown.
    """

    id: str
    name: str
    connection: Connection
    aliases: tuple[str, ...] = ()
    folder: str = ROOT
    language: str | None = None
    help: Help = field(default_factory=Help)
    publications: tuple[Publication, ...] = ()
    v8i: tuple[tuple[str, str], ...] = ()

    @property
    def target_keys(self) -> tuple[str, ...]:
        """Every target that means this infobase."""
        return (EVERYTHING, *ancestors(self.folder), self.id, *self.aliases)


@dataclass(frozen=True, slots=True)
class Offline:
    """The offline page and its service worker.

    Without `workers` every worker takes itself away. `timeout` is how long a worker waits for the 1C web
    server; `longest_pause` is between two looks of the page for recovery. With `reports` the page tells that it
    was shown.
    """

    workers: bool = True
    timeout: timedelta = timedelta(seconds=30)
    longest_pause: timedelta = timedelta(seconds=60)
    reports: bool = False


@dataclass(frozen=True)
class Catalog:
    """All infobases, folders, lists, help and windows, in the order of the configuration.

    `causes` are those that help pages have before anything is said of them. `overview`: whether everybody may
    see all infobases and messages.
    """

    infobases: Mapping[str, Infobase]
    folders: Mapping[str, Folder]
    lists: Mapping[str, ConnectionList]
    windows: tuple[Window, ...]
    help: Help
    languages: tuple[str, ...]
    zone: tzinfo
    help_json: HelpJsonFormat
    public_url: str = ""
    offline: Offline = Offline()
    causes: tuple[Cause, ...] = ()
    overview: bool = True

    @cached_property
    def _by_any_id(self) -> Mapping[str, Infobase]:
        by_alias = {alias: infobase for infobase in self.infobases.values() for alias in infobase.aliases}
        return {**by_alias, **self.infobases}

    @cached_property
    def _by_folder(self) -> Mapping[str, Sequence[Infobase]]:
        # Folders stand behind those above them.
        below: dict[str, list[Infobase]] = {ROOT: []}
        for folder in self.folders:
            below.update((path, []) for path in ancestors(folder))
        for infobase in self.infobases.values():
            for path in ancestors(infobase.folder):
                below.setdefault(path, []).append(infobase)
        return below

    @property
    def folder_paths(self) -> Iterable[str]:
        """Every folder: those configured, those that infobases are in, and those above them."""
        return self._by_folder.keys()

    def infobase(self, any_id: str) -> Infobase | None:
        """The infobase of an id or an alias."""
        return self._by_any_id.get(any_id)

    def language_of(self, infobase: Infobase) -> str:
        """The language of answers that name none: the infobase's own, else the first configured."""
        return infobase.language or self.languages[0]

    @cached_property
    def default_help(self) -> InheritedHelp:
        """The help of what is in no folder and says nothing itself."""
        return nearer(InheritedHelp(causes=self.causes), EVERYTHING, self.help)

    def inherited_help(self, infobase: Infobase) -> InheritedHelp:
        """The infobase's help: everything → folder → infobase, the nearest wins, field by field."""
        return nearer(self.help_in(infobase.folder), infobase.id, infobase.help)

    def help_in(self, folder: str) -> InheritedHelp:
        """What infobases inherit that are in a folder."""
        return self._help_by_folder[folder]

    @cached_property
    def _help_by_folder(self) -> Mapping[str, InheritedHelp]:
        inherited: dict[str, InheritedHelp] = {}
        for path in self._by_folder:
            above = self.default_help if path == ROOT else inherited[ancestors(path)[-2]]
            folder = self.folders.get(path)
            inherited[path] = nearer(above, path, folder.help) if folder else above
        return inherited

    def check_target(self, target: str) -> str:
        """The target in its one spelling; UnknownTarget when nothing is meant by it."""
        if target == EVERYTHING:
            return target
        if target.startswith("/"):
            path = check_folder(target)
            if path in self._by_folder:
                return path
        elif (infobase := self.infobase(target)) is not None:
            return infobase.id
        raise UnknownTarget(target, self._resembling(target.strip().lower()))

    def _resembling(self, folded: str) -> list[str]:
        """The targets that are spelled much like a text in lower case, or whose infobase is named so."""
        known = [(each.lower(), each) for each in (*self._by_any_id, *self._by_folder)]
        known += [(each.name.lower(), each.id) for each in self.infobases.values()]
        close = difflib.get_close_matches(folded, dict.fromkeys(spelling for spelling, _ in known), n=2)
        found = [target for name in close for spelling, target in known if spelling == name]
        return list(dict.fromkeys(found))

    def target_keys(self, infobase_id: str) -> tuple[str, ...]:
        """Every target that means an infobase; one that is gone must be named, or everything be meant."""
        infobase = self.infobase(infobase_id)
        return infobase.target_keys if infobase else (EVERYTHING, infobase_id)

    def meant_by(self, targets: Iterable[str]) -> list[Infobase]:
        """The infobases that targets mean, each once, in the catalog's order; unknown targets mean none."""
        targets = tuple(targets)
        if EVERYTHING in targets or ROOT in targets:
            return list(self.infobases.values())
        meant = {infobase.id: infobase for target in targets for infobase in self._meant_by_one(target)}
        return sorted(meant.values(), key=lambda infobase: self._positions[infobase.id])

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {infobase_id: position for position, infobase_id in enumerate(self.infobases)}

    def _meant_by_one(self, target: str) -> Iterable[Infobase]:
        if target in (EVERYTHING, ROOT):
            return self.infobases.values()
        if target.startswith("/"):
            return self._by_folder.get(target, ())
        infobase = self.infobase(target)
        return () if infobase is None else (infobase,)

    def in_list(self, connection_list: ConnectionList, matching: int = -1) -> list[Infobase]:
        """The infobases of a connection list, in the catalog's order; of rules, those that are matching."""
        by_rules = (
            target
            for number, rule in enumerate(connection_list.rules)
            if matching >> number & 1
            for target in rule.targets
        )
        return self.meant_by((*connection_list.folders, *connection_list.infobases, *by_rules))
