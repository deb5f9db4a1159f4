"""The catalog: infobases, folders, connection lists, help and maintenance windows, and what they mean.

It is the configuration, compiled: whole, checked and never changed. Everything here is pure.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta, tzinfo
from enum import StrEnum
from functools import cache, cached_property

from errorhelp.formats.connection import Connection
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.messages import Window
from errorhelp.texts import Text

EVERYTHING = "*"
"""The target that means every infobase."""

ROOT = "/"
"""The folder above all folders."""

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_DEVICE = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
# ISO 639-1.
_LANGUAGE_CODES = re.compile(
    r"aa|ab|ae|af|ak|am|an|ar|as|av|ay|az|ba|be|bg|bh|bi|bm|bn|bo|br|bs|ca|ce|ch|co|cr|cs|cu|cv|cy|da|"
    r"de|dv|dz|ee|el|en|eo|es|et|eu|fa|ff|fi|fj|fo|fr|fy|ga|gd|gl|gn|gu|gv|ha|he|hi|ho|hr|ht|hu|hy|hz|"
    r"ia|id|ie|ig|ii|ik|io|is|it|iu|ja|jv|ka|kg|ki|kj|kk|kl|km|kn|ko|kr|ks|ku|kv|kw|ky|la|lb|lg|li|ln|"
    r"lo|lt|lu|lv|mg|mh|mi|mk|ml|mn|mr|ms|mt|my|na|nb|nd|ne|ng|nl|nn|no|nr|nv|ny|oc|oj|om|or|os|pa|pi|"
    r"pl|ps|pt|qu|rm|rn|ro|ru|rw|sa|sc|sd|se|sg|sh|si|sk|sl|sm|sn|so|sq|sr|ss|st|su|sv|sw|ta|te|tg|th|"
    r"ti|tk|tl|tn|to|tr|ts|tt|tw|ty|ug|uk|ur|uz|ve|vi|vo|wa|wo|xh|yi|yo|za|zh|zu"
)


def check_id(text: str) -> str:
    """The text, if it may be an infobase's or list's id; ValueError says why not and what would do."""
    if not _ID.fullmatch(text):
        raise ValueError(
            f"{text!r} must be a lower-case id: a-z, 0-9, '_' and '-', at most 64 characters (e.g. erp)"
        )
    if _LANGUAGE_CODES.fullmatch(text):
        raise ValueError(f"{text!r} is a language code, which the addresses use otherwise (e.g. {text}_base)")
    if _DEVICE.fullmatch(text):
        raise ValueError(
            f"{text!r} is a device name on Windows and cannot be a file there (e.g. {text}_base)"
        )
    return text


def check_folder(text: str) -> str:
    """The folder path in its one spelling, `/Finance/Payroll`; ValueError when it is no path."""
    parts = text.split("/")
    if not text.startswith("/") or any(ord(character) < 32 for character in text):
        raise ValueError(f"{text!r} must be a folder path that starts with '/' (e.g. /Finance/Payroll)")
    return "/" + "/".join(part.strip() for part in parts if part.strip())


@cache
def ancestors(folder: str) -> tuple[str, ...]:
    """The folder and those above it, from the root down: `/`, `/Finance`, `/Finance/Payroll`."""
    if folder == ROOT:
        return (ROOT,)
    parent, _, _ = folder.rpartition("/")
    return (*ancestors(parent or ROOT), folder)


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that people see instead of their infobase, and what to do then: a section of the help page.

    `title` is plain, `text` is Markdown; each is None where it is inherited from above. An empty text leaves the
    cause out.
    """

    id: str
    title: Text | None = None
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """Help text and help URL, each None where it is inherited from above, and causes that differ there."""

    text: Text | None = None
    url: str | None = None
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class InheritedHelp:
    """What an infobase's help comes to, and where each part comes from: an id, a folder path or `*`."""

    text: Text = ""
    text_from: str = EVERYTHING
    url: str = ""
    url_from: str = EVERYTHING
    causes: tuple[Cause, ...] = ()


def _nearer(inherited: InheritedHelp, source: str, help_: Help) -> InheritedHelp:
    """The help with what a nearer layer says of it."""
    if help_.text is not None:
        inherited = replace(inherited, text=help_.text, text_from=source)
    if help_.url is not None:
        inherited = replace(inherited, url=help_.url, url_from=source)
    if help_.causes:
        inherited = replace(inherited, causes=_nearer_causes(inherited.causes, help_.causes))
    return inherited


def _nearer_causes(above: Iterable[Cause], nearer: Iterable[Cause]) -> tuple[Cause, ...]:
    """The causes with what a nearer layer says of them; those that only it has stand last."""
    causes = {cause.id: cause for cause in above}
    for cause in nearer:
        known = causes.get(cause.id, cause)
        title = known.title if cause.title is None else cause.title
        causes[cause.id] = Cause(cause.id, title, known.text if cause.text is None else cause.text)
    return tuple(causes.values())


@dataclass(frozen=True, slots=True)
class Folder:
    """A node of the tree that launchers show; `v8i` are further keys of its connection list entry."""

    path: str
    help: Help = Help()
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
    help: Help = Help()
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


class Access(StrEnum):
    """Who may read a connection list."""

    PUBLIC = "public"
    TOKEN = "token"  # noqa: S105 - the name of a way in, not a secret
    PROXY = "proxy"


@dataclass(frozen=True, slots=True)
class Rule:
    """Which infobases of a list, by folders and ids, are for these users and for members of these groups."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    targets: tuple[str, ...] = ()


MOST_RULES = 60
"""As many rules fit into the id of a launcher, which remembers those that matched."""


@dataclass(frozen=True, slots=True)
class ConnectionList:
    """A named selection of infobases: those in `folders` (and below) and those named.

    `token` opens a list with token access. A list with `rules` shows each user what the rules that match give
    them, and has no selection of its own. `carries_messages`: the current user message stands in front of the
    help text.
    """

    id: str
    folders: tuple[str, ...] = ()
    infobases: tuple[str, ...] = ()
    language: str | None = None
    access: Access = Access.PUBLIC
    token: str | None = field(default=None, repr=False)
    rules: tuple[Rule, ...] = ()
    carries_messages: bool = False

    def matching(self, user: str, groups: Iterable[str]) -> int:
        """The rules that match, as a bit mask: the first rule is bit 0. Case does not count."""
        folded, folded_groups = user.casefold(), {group.casefold() for group in groups}
        return sum(
            1 << number
            for number, rule in enumerate(self.rules)
            if folded in rule.users or not folded_groups.isdisjoint(rule.groups)
        )


class UnknownTarget(ValueError):
    """A target that means no infobase or folder of the catalog."""

    def __init__(self, target: str, like: Sequence[str]) -> None:
        self.target = target
        hint = f"; did you mean {' or '.join(repr(each) for each in like)}?" if like else ""
        if target.startswith("/"):
            super().__init__(f"there is no folder {target!r}{hint}")
        else:
            super().__init__(
                f"{target!r} is neither an infobase id, nor a folder path such as /Finance, nor '*'{hint}"
            )


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
        return _nearer(InheritedHelp(causes=self.causes), EVERYTHING, self.help)

    def inherited_help(self, infobase: Infobase) -> InheritedHelp:
        """The infobase's help: everything → folder → infobase, the nearest wins, field by field."""
        return _nearer(self.help_in(infobase.folder), infobase.id, infobase.help)

    def help_in(self, folder: str) -> InheritedHelp:
        """What infobases inherit that are in a folder."""
        return self._help_by_folder[folder]

    @cached_property
    def _help_by_folder(self) -> Mapping[str, InheritedHelp]:
        inherited: dict[str, InheritedHelp] = {}
        for path in self._by_folder:
            above = self.default_help if path == ROOT else inherited[ancestors(path)[-2]]
            folder = self.folders.get(path)
            inherited[path] = _nearer(above, path, folder.help) if folder else above
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
