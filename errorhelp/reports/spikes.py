"""Spikes: hours in which many more reports of an infobase come than usual at that time of day. Pure.

What is usual for an hour is the median of the same hour, by local time, of the `EARLIER_DAYS` days before: an
hour without reports counts as zero, and hours from before the first report of all do not count. An hour is
a spike when it has at least `FLOOR` reports and at least `FACTOR` times what is usual. The hour that runs is
held against whole ones, so it becomes a spike late rather than wrongly.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from statistics import median

from errorhelp.text.times import local_to_instant

EARLIER_DAYS = 14
FLOOR = 10
"""Fewer reports in an hour are never a spike."""
FACTOR = 3

Counts = Mapping[datetime, int]
"""Reports by the hour that begins then, an instant; hours without any are left out."""

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Spike:
    """An hour that has `count` reports of an infobase where `usual` ones were to be expected."""

    infobase: str
    hour: datetime
    count: int
    usual: float

    @property
    def ends_at(self) -> datetime:
        """The end of the hour."""
        return self.hour + _HOUR


def hour_of(instant: datetime) -> datetime:
    """The full hour in which the instant is."""
    return instant.replace(minute=0, second=0, microsecond=0)


def hours_to_look_at(now: datetime) -> tuple[datetime, datetime]:
    """The last full hour, and the one that runs."""
    return hour_of(now) - _HOUR, hour_of(now)


def same_hours(hour: datetime, zone: tzinfo) -> list[datetime]:
    """The same hour, by local time, of the days before, the latest first."""
    local = hour.astimezone(zone).replace(tzinfo=None)
    days = (timedelta(days=number + 1) for number in range(EARLIER_DAYS))
    return [hour_of(local_to_instant(local - each, zone)) for each in days]


def is_spike(count: int, usual: float) -> bool:
    """Whether so many reports in an hour are too many."""
    return count >= max(FLOOR, FACTOR * usual)


def find(
    counts: Mapping[str, Counts], hours: Collection[datetime], zone: tzinfo, began: datetime
) -> Iterator[Spike]:
    """The spikes among the hours, by infobase id; `began` is when the first report of all came."""
    first, asked = hour_of(began), frozenset(hours)
    earlier: dict[datetime, list[datetime]] = {}
    for infobase, own in counts.items():
        for hour in sorted(each for each, count in own.items() if count >= FLOOR and each in asked):
            if hour not in earlier:
                earlier[hour] = [each for each in same_hours(hour, zone) if each >= first]
            usual = median([own.get(each, 0) for each in earlier[hour]] or [0])
            if is_spike(own[hour], usual):
                yield Spike(infobase, hour, own[hour], usual)
