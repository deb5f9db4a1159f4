"""How many reports came while a message was shown, beside as many hours before it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from errorhelp.reports.announcements import is_covered
from errorhelp.reports.spikes import hour_of

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WhileShown:
    """`count` reports in the `hours` hours of the message, `before` in as many right before these."""

    hours: int
    count: int
    before: int


def hours_of(starts_at: datetime, ends_at: datetime, now: datetime) -> list[datetime]:
    """The hours that count as those of a message: at least half of each is, or the one with most of it.

    Reports are counted by the hour, so nothing finer is known. Of the hour that runs only what has passed is looked at.
    """
    end = min(ends_at, now)
    if end <= starts_at:
        return []
    first = hour_of(starts_at)
    all_hours = [first + _HOUR * number for number in range((end - first + _HOUR) // _HOUR)]
    period = (starts_at, end)
    covered = [each for each in all_hours if is_covered(each, min(each + _HOUR, now), [period])]
    return covered or [max(all_hours, key=lambda each: min(each + _HOUR, end) - max(each, starts_at))]


def while_shown(counts: Mapping[datetime, int], hours: list[datetime]) -> WhileShown:
    """The sums of the counts, by the hour that begins then, in these hours and in as many before the first."""
    before = [hours[0] - _HOUR * (number + 1) for number in range(len(hours))]
    in_hours, in_hours_before = (sum(counts.get(each, 0) for each in some) for some in (hours, before))
    return WhileShown(len(hours), in_hours, in_hours_before)
