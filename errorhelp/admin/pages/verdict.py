"""The verdict on a moment: what is the worst that users read, where, and until when. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.message import Message, Severity


@dataclass(frozen=True, slots=True)
class Grade:
    """The `count` infobases whose worst message is as severe; the first and the last of them are free of it then."""

    severity: Severity
    count: int
    first_end: datetime
    last_end: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """The grades there are, the most severe first, of `total` infobases; none: nothing is said to users.

    `is_doubtful` says that more is reported than usual where nothing is said.
    """

    grades: tuple[Grade, ...]
    total: int
    is_doubtful: bool = False

    @property
    def severity(self) -> Severity | None:
        """The worst there is."""
        return self.grades[0].severity if self.grades else None


def verdict(
    active: Iterable[Message], worst: Mapping[str, Severity], catalog: Catalog, *, is_doubtful: bool = False
) -> Verdict:
    """The verdict on the messages that are shown; `worst` is the severity of the worst by the infobase's id."""
    ends: dict[Severity, dict[str, datetime]] = {severity: {} for severity in Severity}
    for message in active:
        for infobase in catalog.meant_by(message.targets):
            if worst[infobase.id] is message.severity:
                known = ends[message.severity]
                known[infobase.id] = max(message.shown_until, known.get(infobase.id, message.shown_until))
    grades = (
        Grade(severity, len(known), min(known.values()), max(known.values()))
        for severity, known in ends.items()
        if known
    )
    return Verdict(
        tuple(sorted(grades, key=lambda each: each.severity.rank)), len(catalog.infobases), is_doubtful
    )


def by_weight(messages: Iterable[Message], catalog: Catalog) -> list[Message]:
    """The most severe first, then what reaches more infobases, then what started first."""
    return sorted(
        messages,
        key=lambda each: (each.severity.rank, -catalog.reach(each.targets), each.starts_at, each.id),
    )
