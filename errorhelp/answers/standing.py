"""How folders stand: how many of their infobases have an outage or maintenance, and until when. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.names import ancestors
from errorhelp.messages.board import Board
from errorhelp.messages.message import Severity


@dataclass(frozen=True, slots=True)
class WorstMessage:
    """How severe the worst message of an infobase is, and the last end of those that are as severe."""

    severity: Severity
    until: datetime


@dataclass(frozen=True, slots=True)
class Affected:
    """So many infobases have a message of a severity, and none that is worse.

    The first of them is free of it at `first_end`, the last at `last_end`.
    """

    count: int
    first_end: datetime
    last_end: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Of `total` infobases those that are affected, by severity, the worst first.

    Messages that only inform do not count.
    """

    total: int
    affected: Mapping[Severity, Affected]

    @property
    def severity(self) -> Severity | None:
        """The worst that there is."""
        return next(iter(self.affected), None)

    @property
    def rank(self) -> tuple[int, int]:
        """Where it stands among others: the worst in front, then what has more of it."""
        if not self.affected:
            return len(Severity), 0
        severity, affected = next(iter(self.affected.items()))
        return severity.rank, -affected.count


def worst_message(board: Board, infobase: Infobase, now: datetime) -> WorstMessage | None:
    """What affects an infobase at `now`, if something does."""
    shown = board.notice(infobase.target_keys, now).shown
    if not shown or shown[0].severity is Severity.INFO:
        return None
    ends = (each.shown_until for each in shown if each.severity is shown[0].severity)
    return WorstMessage(shown[0].severity, max(ends))


def standings(found: Iterable[tuple[Infobase, WorstMessage | None]]) -> dict[str, Standing]:
    """How each folder stands with what is below it, by path, the root among them."""
    # Many infobases have the same folder and message.
    alike = Counter((infobase.folder, worst) for infobase, worst in found)
    totals: Counter[str] = Counter()
    ends: dict[str, dict[Severity, Counter[datetime]]] = {}
    for (folder, worst), count in alike.items():
        for path in ancestors(folder):
            totals[path] += count
            if worst is not None:
                ends.setdefault(path, {}).setdefault(worst.severity, Counter())[worst.until] += count
    return {path: Standing(total, _affected(ends.get(path, {}))) for path, total in totals.items()}


def _affected(ends: Mapping[Severity, Counter[datetime]]) -> dict[Severity, Affected]:
    return {
        severity: Affected(ends[severity].total(), min(ends[severity]), max(ends[severity]))
        for severity in sorted(ends, key=lambda each: each.rank)
    }
