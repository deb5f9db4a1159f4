"""Maintenance windows: messages that recur. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import takewhile

from errorhelp.messages.message import OCCURRENCE, Message, Severity
from errorhelp.messages.recurrence import Recurrence
from errorhelp.text.placeholders import names_in
from errorhelp.text.texts import Text, in_each_language


@dataclass(frozen=True, slots=True)
class Window:
    """A maintenance window: a message that recurs by an RFC 5545 recurrence rule.

    `starts_at` is the first start in local time of `zone`, without an offset; a duration is elapsed time.
    """

    id: str
    targets: tuple[str, ...]
    text: Text
    severity: Severity
    starts_at: datetime
    duration: timedelta
    rule: str
    zone: tzinfo
    note: str = ""
    _recurrence: Recurrence = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_recurrence", Recurrence(self.rule, self.starts_at, self.zone))

    @property
    def recurrence(self) -> Recurrence:
        """When it recurs."""
        return self._recurrence

    def occurrences(self, after: datetime, before: datetime) -> list[Message]:
        """Its occurrences that are not over at `after` and start at `before` or earlier, in order."""
        starts = takewhile(lambda start: start <= before, self._recurrence.starts(after - self.duration))
        return [self._occurrence(start) for start in starts if after < start + self.duration]

    def following(self, after: datetime) -> Iterator[Message]:
        """Its occurrences that start after the instant, in order, until the rule runs out."""
        return (self._occurrence(start) for start in self._recurrence.starts(after) if after < start)

    def next_occurrence(self, after: datetime) -> Message | None:
        """The first occurrence that starts after the instant, or None when the rule has run out."""
        return next(self.following(after), None)

    def occurrence(self, starts_at: datetime) -> Message | None:
        """The occurrence that its rule has start at exactly that instant, or None."""
        start = next(self._recurrence.starts(starts_at), None)
        return self._occurrence(starts_at) if start == starts_at else None

    def occurrence_named(self, occurrence_id: str) -> Message | None:
        """The occurrence with that id, or None."""
        try:
            start = datetime.strptime(occurrence_id, f"{self.id}@{OCCURRENCE}").replace(tzinfo=UTC)
            return self.occurrence(start)
        except (ValueError, OverflowError):
            return None

    def _occurrence(self, starts_at: datetime) -> Message:
        return Message(
            id=f"{self.id}@{starts_at.strftime(OCCURRENCE)}",
            targets=self.targets,
            text=self.text,
            live_text=self.text if any(map(names_in, in_each_language(self.text))) else None,
            severity=self.severity,
            starts_at=starts_at,
            ends_at=starts_at + self.duration,
            created_at=starts_at,
            note=self.note,
            window=self.id,
        )
