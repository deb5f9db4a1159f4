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

    `starts_at` is the first start in local time of `zone`, without an offset; a duration is elapsed time. From
    `ended_at` on it does not come, and an occurrence that is shown then ends. `revised_at` is when it was last
    changed, if somebody made it in the pages.
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
    ended_at: datetime | None = None
    revised_at: datetime | None = field(default=None, compare=False)
    _recurrence: Recurrence = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_recurrence", Recurrence(self.rule, self.starts_at, self.zone))

    @property
    def recurrence(self) -> Recurrence:
        """When it recurs."""
        return self._recurrence

    def occurrences(self, after: datetime, before: datetime) -> list[Message]:
        """Its occurrences that are not over at `after` and start at `before` or earlier, in order."""
        starts = takewhile(lambda start: start <= before, self._starts(after - self.duration))
        found = (self._occurrence(start) for start in starts)
        return [each for each in found if after < each.ends_at]

    def following(self, after: datetime) -> Iterator[Message]:
        """Its occurrences that start after the instant, in order, until the rule runs out."""
        return (self._occurrence(start) for start in self._starts(after) if after < start)

    def next_occurrence(self, after: datetime) -> Message | None:
        """The first occurrence that starts after the instant, or None when the rule has run out."""
        return next(self.following(after), None)

    def occurrence(self, starts_at: datetime) -> Message | None:
        """The occurrence that its rule has start at exactly that instant, or None."""
        start = next(self._starts(starts_at), None)
        return self._occurrence(starts_at) if start == starts_at else None

    def occurrence_named(self, occurrence_id: str) -> Message | None:
        """The occurrence with that id, or None."""
        try:
            start = datetime.strptime(occurrence_id, f"{self.id}@{OCCURRENCE}").replace(tzinfo=UTC)
            return self.occurrence(start)
        except (ValueError, OverflowError):
            return None

    def _starts(self, since: datetime) -> Iterator[datetime]:
        starts = self._recurrence.starts(since)
        return starts if self.ended_at is None else takewhile(self.ended_at.__gt__, starts)

    def _occurrence(self, starts_at: datetime) -> Message:
        ends_at = starts_at + self.duration
        return Message(
            id=f"{self.id}@{starts_at.strftime(OCCURRENCE)}",
            targets=self.targets,
            text=self.text,
            live_text=self.text if any(map(names_in, in_each_language(self.text))) else None,
            severity=self.severity,
            starts_at=starts_at,
            ends_at=ends_at if self.ended_at is None else min(ends_at, self.ended_at),
            created_at=starts_at,
            note=self.note,
            window=self.id,
        )
