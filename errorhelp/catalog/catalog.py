"""The catalog: infobases, folders, connection lists, help and maintenance windows, and what they mean.

It is the configuration, compiled: whole, checked and never changed. Everything here is pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from itertools import filterfalse

from errorhelp.catalog.help import Cause, Help, InheritedHelp, nearer
from errorhelp.catalog.infobase import Folder, Infobase
from errorhelp.catalog.lists import ConnectionList
from errorhelp.catalog.names import EVERYTHING, ROOT, ancestors
from errorhelp.catalog.organisation import NO_ORGANISATION, Organisation
from errorhelp.catalog.targets import TargetIndex
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.messages.window import Window
from errorhelp.text.texts import Text

LONGEST_OFFLINE_TIMEOUT = timedelta(seconds=60)
"""Browsers and web servers give a page load up after that time, whatever a worker does."""


@dataclass(frozen=True, slots=True)
class Offline:
    """The offline page and its service worker.

    Without `workers` every worker takes itself away. `timeout` is how long a worker waits for the 1C web
    server; `longest_pause` is between two looks of the page for recovery. With `reports` the page reports that it
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
    see all infobases and messages. `organisation` is whose they are. `afterwards` is how long pages show the closing
    words of messages. `revised_at` is when the configuration was last written to, where that is known.
    `values` are texts that messages name in braces.
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
    organisation: Organisation = NO_ORGANISATION
    afterwards: timedelta = timedelta(hours=2)
    revised_at: datetime | None = None
    values: Mapping[str, Text] = field(default_factory=dict)

    @cached_property
    def _targets(self) -> TargetIndex:
        return TargetIndex(self.infobases, self.folders)

    def prepare(self, targets: TargetIndex) -> None:
        """Look at all infobases and folders once, which takes a while for many: whoever asks later waits no more.

        `targets` is the index of them, which is there already.
        """
        vars(self)["_targets"] = targets
        if self.infobases:
            self.inherited_help(next(iter(self.infobases.values())))

    @property
    def collections(self) -> Iterable[object]:
        """The collections in it that grow with the number of infobases."""
        return (self.infobases, *self._targets.collections)

    @property
    def folder_paths(self) -> Iterable[str]:
        """Every folder: those configured, those that infobases are in, and those above them."""
        return self._targets.folder_paths

    @property
    def servers(self) -> Iterable[str]:
        """The hosts of all 1C servers that infobases are on, in lower case."""
        return self._targets.servers

    def infobase(self, any_id: str) -> Infobase | None:
        """The infobase of an id or an alias."""
        return self._targets.infobase(any_id)

    def infobases_not_in(self, other: "Catalog") -> list[str]:
        """The ids of infobases of which another catalog knows neither that nor an alias."""
        unknown = filterfalse(other.infobases.__contains__, self.infobases)
        return [each for each in unknown if other.infobase(each) is None]

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
        for path in self.folder_paths:
            above = self.default_help if path == ROOT else inherited[ancestors(path)[-2]]
            folder = self.folders.get(path)
            inherited[path] = nearer(above, path, folder.help) if folder else above
        return inherited

    def check_target(self, target: str) -> str:
        """The target in its one spelling; UnknownTarget when nothing is meant by it."""
        return self._targets.check(target)

    def target_keys(self, infobase_id: str) -> tuple[str, ...]:
        """Every target that means an infobase; one that is gone must be named, or everything be meant."""
        infobase = self.infobase(infobase_id)
        return infobase.target_keys if infobase else (EVERYTHING, infobase_id)

    def meant_by(self, targets: Iterable[str]) -> list[Infobase]:
        """The infobases that targets mean, each once, in the catalog's order; unknown targets mean none."""
        return self._targets.meant_by(targets)

    def reach(self, targets: Iterable[str]) -> int:
        """How many infobases targets mean at most; one that several mean counts as often."""
        return self._targets.reach(targets)

    def most_in_list(self, connection_list: ConnectionList) -> int:
        """How many infobases a list has at most."""
        return self.reach(connection_list.targets)

    def lists_any(self, connection_list: ConnectionList, targets: Iterable[str]) -> bool:
        """Whether one of the infobases that targets mean is in the list."""
        fewer, others = sorted((connection_list.targets, tuple(targets)), key=self.reach)
        wanted = frozenset(others)
        return any(not wanted.isdisjoint(each.target_keys) for each in self.meant_by(fewer))

    def in_list(self, connection_list: ConnectionList, matching: int = -1) -> list[Infobase]:
        """The infobases of a connection list, in the catalog's order; of rules, those that are matching."""
        by_rules = (
            target
            for number, rule in enumerate(connection_list.rules)
            if matching >> number & 1
            for target in rule.targets
        )
        return self.meant_by((*connection_list.folders, *connection_list.infobases, *by_rules))
