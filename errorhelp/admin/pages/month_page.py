"""Month: the reports of each infobase, how many were announced, and how soon its outages were."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from statistics import median

from aiohttp import web

from errorhelp.admin.csv_tables import csv_file
from errorhelp.admin.pages.page_rendering import Renderer
from errorhelp.admin.pages.page_routes import PageRoute
from errorhelp.reports.announcements import Announcements
from errorhelp.reports.outages import InfobaseMonth, Outage, first_hours, month, month_spikes
from errorhelp.reports.spikes import EARLIER_DAYS, FLOOR, hour_of
from errorhelp.service.service import Service
from errorhelp.system.worker_thread import in_thread
from errorhelp.text.times import FIRST_YEAR, local_to_instant

_MOST_SHOWN = 200
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A month of a year, `2026-11`, with the months beside it; `[starts_at, ends_at)` by local time."""

    name: str
    previous: str
    following: str
    starts_at: datetime
    ends_at: datetime

    @property
    def last_day(self) -> date:
        """Its last day."""
        return date.fromisoformat(f"{self.following}-01") - _DAY

    @classmethod
    def read(cls, name: str, zone: tzinfo) -> "Calendar":
        """The month of that name; ValueError if it is none."""
        first = date.fromisoformat(f"{name}-01")
        if first.year < FIRST_YEAR:
            raise ValueError(f"{name!r} is before {FIRST_YEAR}")
        after = (first + 31 * _DAY).replace(day=1)
        starts_at, ends_at = (
            local_to_instant(datetime.combine(each, time()), zone) for each in (first, after)
        )
        return cls(name, f"{first - _DAY:%Y-%m}", f"{after:%Y-%m}", starts_at, ends_at)


@dataclass(frozen=True, slots=True)
class Summary:
    """All infobases together; `after` are the minutes until a message came, of outages that got one late."""

    reports: int
    announced: int
    outages: int
    announced_before: int
    unannounced: int
    after: Sequence[int]

    @classmethod
    def of(cls, rows: Sequence[InfobaseMonth]) -> "Summary":
        """What the rows come to."""
        waits = [outage.until_message for row in rows for outage in row.outages]
        return cls(
            reports=sum(row.count for row in rows),
            announced=sum(row.announced for row in rows),
            outages=len(waits),
            announced_before=waits.count(timedelta()),
            unannounced=waits.count(None),
            after=[minutes(wait) for wait in waits if wait],
        )

    @property
    def usual_wait(self) -> timedelta:
        """How long it usually took, the median, a minute at least; there are some."""
        return max(round(median(self.after)), 1) * _MINUTE


class MonthPage:
    """The page of each month, and the same as CSV."""

    def __init__(self, service: Service, renderer: Renderer) -> None:
        self._service = service
        self._renderer = renderer

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        name = r"{month:\d{4}-\d{2}}"
        return (
            PageRoute("GET", f"/problems/{name}", self.get),
            PageRoute("GET", f"/problems/{name}.csv", self.get_csv),
        )

    async def get(self, request: web.Request) -> web.Response:
        """See a month."""
        calendar = self._calendar(request)
        rows = await self._rows(calendar)
        return await self._renderer.page(
            request,
            "month.html",
            calendar=calendar,
            is_to_come=self._service.now() < calendar.ends_at,
            rows=rows[:_MOST_SHOWN],
            count=len(rows),
            summary=Summary.of(rows),
            minutes=minutes,
        )

    async def get_csv(self, request: web.Request) -> web.Response:
        """Get a month as CSV."""
        calendar = self._calendar(request)
        head = ("infobase", "name", "failures", "announced", "not_announced", "outages", "minutes_to_message")
        rows = await self._rows(calendar)
        return await in_thread(csv_file, f"problems-{calendar.name}.csv", head, self._csv_rows(rows))

    def _calendar(self, request: web.Request) -> Calendar:
        try:
            return Calendar.read(request.match_info["month"], self._service.catalog.zone)
        except (ValueError, OverflowError):
            raise web.HTTPNotFound from None

    async def _rows(self, calendar: Calendar) -> list[InfobaseMonth]:
        service, now = self._service, self._service.now()
        counts_of = service.reports.counts
        first, end = hour_of(calendar.starts_at), min(calendar.ends_at, hour_of(now) + _HOUR)
        began = await counts_of.began()
        if began is None or end <= first:
            return []
        # The hour before the month shows whether an outage began there.
        counts, shown = await asyncio.gather(
            counts_of.of_infobases(first - _HOUR, end), service.shown_between(first, min(end, now))
        )
        # Of the days before only those count that may have had an outage.
        high = [each for each, own in counts.items() if max(own.values()) >= FLOOR]
        earlier = await counts_of.of_infobases(
            first - EARLIER_DAYS * _DAY - 2 * _HOUR, first - _HOUR, infobases=high
        )
        for infobase, own in earlier.items():
            counts[infobase].update(own)
        hours = list(_hours(first, end))
        may_spike = {each: counts[each] for each in high}
        spikes = await in_thread(month_spikes, may_spike, hours, service.catalog.zone, began)
        first_reports = await counts_of.first_reports(first_hours(spikes))
        return await in_thread(
            lambda: month(counts, hours, spikes, Announcements(shown, service.catalog), first_reports, now)
        )

    def _csv_rows(self, rows: Sequence[InfobaseMonth]) -> Iterator[Sequence[object]]:
        for row in rows:
            infobase = self._service.catalog.infobase(row.infobase)
            yield (
                row.infobase,
                infobase.name if infobase else "",
                row.count,
                row.announced,
                row.count - row.announced,
                len(row.outages),
                " ".join(map(_until_message, row.outages)),
            )


def minutes(duration: timedelta) -> int:
    """The full minutes."""
    return duration // _MINUTE


def _until_message(outage: Outage) -> str:
    """The minutes until the first message, or `never`."""
    return "never" if outage.until_message is None else str(minutes(outage.until_message))


def _hours(since: datetime, until: datetime) -> Iterator[datetime]:
    hour = since
    while hour < until:
        yield hour
        hour += _HOUR
