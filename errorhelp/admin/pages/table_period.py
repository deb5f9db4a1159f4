"""The period that tables of reports are of: the hours or the days of the charts, or one of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from errorhelp.reports.spikes import hour_of
from errorhelp.text.times import FIRST_YEAR, local_to_instant, parse_instant

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class PeriodKind(StrEnum):
    """All hours or all days of a chart, or one of them that was chosen."""

    HOURS = "hours"
    DAYS = "days"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class TablePeriod:
    """`[since, until)`, the same for every number of a table; `key` is how an address names it."""

    kind: PeriodKind
    since: datetime
    until: datetime
    key: str = ""

    @property
    def is_chosen(self) -> bool:
        """Whether it is a single bar of a chart."""
        return self.kind in (PeriodKind.HOUR, PeriodKind.DAY)

    @classmethod
    def read(
        cls, key: str, hours: Sequence[datetime], days: Sequence[datetime], zone: tzinfo
    ) -> "TablePeriod":
        """What an address says: `days`, a day like `2026-11-21` or the beginning of an hour; else the `hours`.

        `days` are the beginnings of the days of the chart, and the end of the last one.
        """
        end = hours[-1] + _HOUR
        if key == PeriodKind.DAYS:
            return cls(PeriodKind.DAYS, days[0], end, key)
        try:
            return _day(key, zone) if len(key) == len("2026-11-21") else _hour(key)
        except (ValueError, OverflowError):
            return cls(PeriodKind.HOURS, hours[0], end)


def chosen_hour(key: str) -> TablePeriod | None:
    """The hour that an address names; None if it names none."""
    try:
        return _hour(key)
    except (ValueError, OverflowError):
        return None


def _hour(key: str) -> TablePeriod:
    start = hour_of(parse_instant(key))
    return TablePeriod(PeriodKind.HOUR, start, start + _HOUR, key)


def _day(key: str, zone: tzinfo) -> TablePeriod:
    day = date.fromisoformat(key)
    if day.year < FIRST_YEAR:
        raise ValueError(f"{key!r} is before {FIRST_YEAR}")
    since, until = (local_to_instant(datetime.combine(each, time()), zone) for each in (day, day + _DAY))
    return TablePeriod(PeriodKind.DAY, since, until, key)
