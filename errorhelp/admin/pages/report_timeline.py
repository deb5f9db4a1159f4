"""Reports over time, by hour and by day: a chart, and the columns of which it and its table are made. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from itertools import pairwise

from errorhelp.admin.pages.charts import Bar, Chart, chart
from errorhelp.admin.pages.page_times import Moments
from errorhelp.reports.announcements import Period
from errorhelp.text.times import format_instant, local_to_instant

HOURS, DAYS = 48, 30

_HOUR = timedelta(hours=1)
_LABEL_EVERY_HOURS = 12


@dataclass(frozen=True, slots=True)
class Column:
    """The reports in `[start, end)`: whether any message was on display then, and whether they are a spike.

    `key` names it in addresses, as `TablePeriod` reads it.
    """

    start: datetime
    end: datetime
    count: int
    is_covered: bool
    is_spike: bool
    key: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Columns in order of time, and their chart, behind which are the periods of messages."""

    columns: Sequence[Column]
    chart: Chart

    @property
    def total(self) -> int:
        """The reports of all columns."""
        return sum(each.count for each in self.columns)

    @property
    def highest(self) -> Column:
        """The column with the most reports, the latest of several."""
        return max(self.columns, key=lambda each: (each.count, each.start))


def last_hours(last: datetime) -> list[datetime]:
    """The hours of a timeline up to the last one, which begins then."""
    return [last - _HOUR * number for number in reversed(range(HOURS))]


def last_days(last: datetime, zone: tzinfo) -> list[datetime]:
    """The beginnings of the days of a timeline up to the day of the last hour, and the end of that day."""
    today = last.astimezone(zone).date()
    days = (today - timedelta(days=number) for number in reversed(range(-1, DAYS)))
    return [local_to_instant(datetime.combine(day, time()), zone) for day in days]


def by_hour(
    counts: Mapping[datetime, int],
    hours: Sequence[datetime],
    periods: Sequence[Period],
    spikes: Collection[datetime],
    moments: Moments,
) -> Timeline:
    """A column for each hour, of which the spikes stand out."""

    def label(start: datetime) -> str:
        hour = moments.local(start).hour
        if hour % _LABEL_EVERY_HOURS:
            return ""
        return moments.clock(start) if hour else moments.day(start)

    columns = [
        Column(
            each,
            each + _HOUR,
            counts.get(each, 0),
            _is_covered(each, each + _HOUR, periods),
            each in spikes,
            format_instant(each),
        )
        for each in hours
    ]
    return Timeline(columns, _chart(columns, periods, label, lambda each: moments.span(each.start, each.end)))


def by_day(
    counts: Mapping[datetime, int], days: Sequence[datetime], periods: Sequence[Period], moments: Moments
) -> Timeline:
    """A column for each day; the last instant of `days` is the end of the last one."""

    def label(start: datetime) -> str:
        return "" if moments.local(start).weekday() else moments.day(start)

    columns = [
        Column(
            start,
            end,
            sum(count for hour, count in counts.items() if start <= hour < end),
            _is_covered(start, end, periods),
            is_spike=False,
            key=moments.local(start).date().isoformat(),
        )
        for start, end in pairwise(days)
    ]
    return Timeline(columns, _chart(columns, periods, label, lambda each: moments.day(each.start)))


def _chart(
    columns: Sequence[Column],
    periods: Sequence[Period],
    label: Callable[[datetime], str],
    name: Callable[[Column], str],
) -> Chart:
    start, end = columns[0].start, columns[-1].end
    bars = [
        Bar(each.count, f"{name(each)}: {each.count}", label(each.start), each.is_spike, each.key)
        for each in columns
    ]
    bands = [
        ((since - start) / (end - start), (until - start) / (end - start))
        for since, until in periods
        if since < end and start < until
    ]
    return chart(bars, bands)


def _is_covered(start: datetime, end: datetime, periods: Sequence[Period]) -> bool:
    return any(since < end and start < until for since, until in periods)
