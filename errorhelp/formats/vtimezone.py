"""A time zone as calendars carry it with their events: VTIMEZONE (RFC 5545, 3.6.5)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=10)
def vtimezone(zone: tzinfo, first_year: int, last_year: int) -> Timezone:
    """The zone with every change of its offset from the first of these years to the last."""
    timezone = Timezone()
    timezone.add("TZID", str(zone))
    start = datetime(first_year, 1, 1, tzinfo=UTC)
    timezone.add_component(_observance(start, start.astimezone(zone), start.astimezone(zone)))
    for change in _changes(zone, start, datetime(last_year + 1, 1, 1, tzinfo=UTC)):
        before = (change - _SECOND).astimezone(zone)
        timezone.add_component(_observance(change, before, change.astimezone(zone)))
    return timezone


def _observance(change: datetime, before: datetime, after: datetime) -> TimezoneStandard | TimezoneDaylight:
    """The offset that holds from an instant on; the local time of that is by the offset before."""
    observance = TimezoneDaylight() if after.dst() else TimezoneStandard()
    offset_before, offset_after = before.utcoffset() or timedelta(), after.utcoffset() or timedelta()
    observance.add("DTSTART", (change + offset_before).replace(tzinfo=None))
    observance.add("TZOFFSETFROM", offset_before)
    observance.add("TZOFFSETTO", offset_after)
    observance.add("TZNAME", after.tzname())
    return observance


def _changes(zone: tzinfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """The instants at which the zone's offset becomes another one."""
    day = start
    while day < end:
        offset = day.astimezone(zone).utcoffset()
        if (day + _DAY).astimezone(zone).utcoffset() != offset:
            before, change = day, day + _DAY
            while change - before > _SECOND:
                middle = (before + (change - before) / 2).replace(microsecond=0)
                if middle.astimezone(zone).utcoffset() == offset:
                    before = middle
                else:
                    change = middle
            yield change
        day += _DAY
