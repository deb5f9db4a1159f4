"""A month of reports: how many of each infobase were announced, and how soon its outages were. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from errorhelp.messages.message import Message
from errorhelp.reports.announcements import Announcements, in_announced_hours
from errorhelp.reports.spikes import Counts, Spike, find, hour_of

_HOUR = timedelta(hours=1)

FirstReports = Mapping[tuple[str, datetime], datetime]
"""When the first report came that is kept, by infobase id and the hour in which it came."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Hours in a row that are spikes of an infobase, `[starts_at, ends_at)`, with `count` reports.

    It starts with the first report of its first hour. `message` is the first one that covered some of it.
    """

    infobase: str
    starts_at: datetime
    ends_at: datetime
    count: int
    message: Message | None = None

    @property
    def until_message(self) -> timedelta | None:
        """From the first report until the message, nothing if it was there before; None without one."""
        return None if self.message is None else max(self.message.starts_at - self.starts_at, timedelta())


@dataclass(frozen=True, slots=True)
class InfobaseMonth:
    """The reports of an infobase in a month; `announced` of them fell into announced hours."""

    infobase: str
    count: int
    announced: int
    outages: tuple[Outage, ...]


def month(
    counts: Mapping[str, Counts],
    hours: Sequence[datetime],
    announcements: Announcements,
    first_reports: FirstReports,
    zone: tzinfo,
    began: datetime,
    now: datetime,
) -> list[InfobaseMonth]:
    """The infobases that failed in the hours of a month, those that did most in front.

    `counts` go back as far as spikes look; `began` is when the first report of all came. An outage belongs
    to the month in which it begins.
    """
    of_month = frozenset(hours)
    # With a spike in the hour before, the outage began in the last month.
    spikes = find(counts, (hours[0] - _HOUR, *hours), zone, began)
    outages: dict[str, list[Outage]] = {}
    for each in runs(spikes, first_reports):
        if hour_of(each.starts_at) in of_month:
            outages.setdefault(each.infobase, []).append(_with_message(each, announcements))
    found = []
    for infobase, own in counts.items():
        in_month = {hour: count for hour, count in own.items() if hour in of_month}
        if in_month:
            announced = in_announced_hours(in_month, announcements.periods(infobase), now)
            own_outages = tuple(outages.get(infobase, ()))
            found.append(InfobaseMonth(infobase, sum(in_month.values()), announced, own_outages))
    return sorted(found, key=lambda each: (-each.count, each.infobase))


def runs(spikes: Iterable[Spike], first_reports: FirstReports) -> list[Outage]:
    """Spikes that follow each other hour by hour, as outages, none of them with a message yet."""
    found: list[Outage] = []
    for spike in spikes:
        last = found[-1] if found else None
        if last and (last.infobase, last.ends_at) == (spike.infobase, spike.hour):
            found[-1] = replace(last, ends_at=spike.hour + _HOUR, count=last.count + spike.count)
        else:
            start = first_reports.get((spike.infobase, spike.hour), spike.hour)
            found.append(Outage(spike.infobase, start, spike.hour + _HOUR, spike.count))
    return found


def _with_message(outage: Outage, announcements: Announcements) -> Outage:
    about = announcements.about(outage.infobase)
    covering = (
        each for each in about if each.starts_at < outage.ends_at and outage.starts_at < each.shown_until
    )
    return replace(outage, message=next(covering, None))
