"""The list of infobases: filtered by state, sorted, and grouped by folder. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from errorhelp.catalog.infobase import Infobase
from errorhelp.messages.message import Severity

_MOST_DIGITS = 18
_NUMBERS = re.compile(r"(\d+)")


class ListedState(StrEnum):
    """Which infobases are listed: those that a message is about now, of a severity or any, and so on."""

    MESSAGE = "message"
    OUTAGE = "outage"
    MAINTENANCE = "maintenance"
    INFO = "info"
    NO_MESSAGE = "none"
    SPIKE = "spike"
    NO_HELP = "no-help"
    NEVER_ASKED = "never-asked"


class ListOrder(StrEnum):
    """What the list is sorted by: by folder it is grouped, too."""

    FOLDER = "folder"
    NAME = "name"
    STATE = "state"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class InfobaseStates:
    """What is known of the infobases now: by id, the worst that is said about each, and which have a spike.

    `has_help` and `asked` look one up: whether it has a help text, and when clients asked for it last.
    """

    affected: Mapping[str, Severity]
    spikes: Container[str]
    has_help: Callable[[Infobase], bool]
    asked: Callable[[Infobase], datetime | None]

    def is_in(self, infobase: Infobase, wanted: ListedState) -> bool:
        """Whether an infobase is in that state."""
        match wanted:
            case ListedState.MESSAGE:
                return infobase.id in self.affected
            case ListedState.NO_MESSAGE:
                return infobase.id not in self.affected
            case ListedState.SPIKE:
                return infobase.id in self.spikes
            case ListedState.NO_HELP:
                return not self.has_help(infobase)
            case ListedState.NEVER_ASKED:
                return self.asked(infobase) is None
        return self.affected.get(infobase.id) == wanted.value


@dataclass(frozen=True, slots=True)
class FolderGroup:
    """The infobases of a folder that stand on a page, of all `count` of it that are listed.

    `severities` are how many of these have a message now, by how severe the worst is, and `spikes` have a spike.
    """

    folder: str
    infobases: Sequence[Infobase]
    count: int
    severities: Mapping[Severity, int]
    spikes: int

    @property
    def worst(self) -> Severity | None:
        """The most severe that is said about any of them."""
        return min(self.severities, key=attrgetter("rank"), default=None)


def listed(
    found: Iterable[Infobase], states: InfobaseStates, state: ListedState | None, order: ListOrder
) -> list[Infobase]:
    """Those in a state, or all, in an order; what is alike stays in the order it comes in."""
    wanted = [each for each in found if state is None or states.is_in(each, state)]
    match order:
        case ListOrder.NAME:
            return sorted(wanted, key=lambda each: natural(each.name))
        case ListOrder.STATE:
            return sorted(wanted, key=lambda each: _rank(each, states))
        case ListOrder.ASKED:
            return sorted(wanted, key=lambda each: _seconds(states.asked(each)))
    # There are far fewer folders than infobases.
    folders = sorted({each.folder for each in wanted}, key=_folder_key)
    place = {folder: number for number, folder in enumerate(folders)}
    return sorted(wanted, key=lambda each: place[each.folder])


def groups(wanted: Sequence[Infobase], start: int, most: int, states: InfobaseStates) -> list[FolderGroup]:
    """The groups of a page that begins with the infobase of the number `start`; those listed are sorted by folder."""
    on_page = wanted[start : start + most]
    shown = {each.folder for each in on_page}
    count: Counter[str] = Counter()
    severities: dict[str, Counter[Severity]] = {}
    spikes: Counter[str] = Counter()
    for each in wanted:
        if each.folder not in shown:
            continue
        count[each.folder] += 1
        if (severity := states.affected.get(each.id)) is not None:
            severities.setdefault(each.folder, Counter())[severity] += 1
        if each.id in states.spikes:
            spikes[each.folder] += 1
    return [
        FolderGroup(folder, list(own), count[folder], severities.get(folder, {}), spikes[folder])
        for folder, own in groupby(on_page, key=attrgetter("folder"))
    ]


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """What sorts texts as people do: `Branch 9` before `Branch 10`, whatever the case."""
    parts = _NUMBERS.split(text.casefold())
    # Texts stand at even places, and only what stands at the same place is compared.
    return tuple(
        (number % 2, int(part[:_MOST_DIGITS]) if number % 2 else part) for number, part in enumerate(parts)
    )


def _folder_key(path: str) -> tuple[tuple[tuple[int, int | str], ...], ...]:
    return tuple(natural(part) for part in path.split("/") if part)


def _rank(infobase: Infobase, states: InfobaseStates) -> int:
    severity = states.affected.get(infobase.id)
    if severity is not None:
        return severity.rank
    return len(Severity) + (infobase.id not in states.spikes)


def _seconds(asked: datetime | None) -> float:
    """Who asked last comes first, who never did last."""
    return -asked.timestamp() if asked else 0.0
