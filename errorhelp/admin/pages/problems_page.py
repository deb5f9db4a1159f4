"""Problems: reports by hour and by day, whether a message was on display, and which problems they are of."""

import io
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import partial
from heapq import nlargest
from itertools import pairwise
from typing import Any

from aiohttp import hdrs, web

from errorhelp.admin.csv_tables import csv_file, local
from errorhelp.admin.pages.page_rendering import Renderer, person
from errorhelp.admin.pages.page_routes import PageRoute
from errorhelp.admin.pages.page_times import Moments
from errorhelp.admin.pages.report_timeline import by_day, by_hour, last_days, last_hours
from errorhelp.admin.pages.spike_marks import Spiking
from errorhelp.admin.pages.table_period import PeriodKind, TablePeriod
from errorhelp.reports.announcements import Announcements
from errorhelp.reports.report import HourCount, Kind, Report
from errorhelp.reports.spikes import EARLIER_DAYS, FLOOR, Counts, find, hour_of
from errorhelp.service.service import Service
from errorhelp.system.worker_thread import in_thread
from errorhelp.text.texts import readable
from errorhelp.text.times import FIRST_YEAR, format_instant, local_to_instant

_MOST_PROBLEMS = 20
_MOST_INFOBASES = 50
_MOST_REPORTS = 20
_MOST_SPIKING = 300
_HEAD = ("hour", "infobase", "kind", "count")
_Row = tuple[str, str, str, int]
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ProblemFilters:
    """What is looked for: reports of an infobase, by id, and of a kind, up to the `last_hour`; None means all.

    `until` is the day as it was typed, `is_wrong` if it is none. `over` says which period the tables are of.
    """

    infobase: str | None
    kind: Kind | None
    until: str
    is_wrong: bool
    over: str
    last_hour: datetime
    zone: tzinfo

    @property
    def end(self) -> datetime:
        """The end of the last hour."""
        return self.last_hour + _HOUR

    @property
    def hours(self) -> list[datetime]:
        """The hours that are shown."""
        return last_hours(self.last_hour)

    @property
    def days(self) -> list[datetime]:
        """The beginnings of the days that are shown, and the end of the last one."""
        return last_days(self.last_hour, self.zone)

    @property
    def period(self) -> TablePeriod:
        """What the tables are of."""
        return TablePeriod.read(self.over, self.hours, self.days, self.zone)


class ProblemsPage:
    """The page, and what it counts as CSV and JSON."""

    def __init__(self, service: Service, renderer: Renderer, spiking: Spiking) -> None:
        self._service = service
        self._renderer = renderer
        self._spiking = spiking

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        return (
            PageRoute("GET", "/problems", self.get),
            PageRoute("GET", "/problems.csv", self.get_csv),
            PageRoute("GET", "/problems.json", self.get_json),
        )

    async def get(self, request: web.Request) -> web.Response:
        """See the problems."""
        filters, catalog = self._filters(request), self._service.catalog
        period = filters.period
        failing = await self._service.reports.counts.by_infobase(
            filters.days[0], filters.end, kind=filters.kind
        )
        return await self._renderer.page(
            request,
            "problems.html",
            filters=filters,
            period=period,
            is_up_to_now=not filters.until and not period.is_chosen,
            is_known=filters.infobase in (None, *failing) or filters.infobase in catalog.infobases,
            kinds=tuple(Kind),
            is_on=self._service.loaded.settings.reports.enabled,
            alarm=await self._spiking.look(person(request)),
            query={name: value for name, value in request.query.items() if name != "over"},
            refresh_at=self._service.now() + _MINUTE,
            **await self._charts(filters, failing, self._renderer.moments(request)),
            **await self._tables(filters, period, failing),
        )

    async def get_csv(self, request: web.Request) -> web.Response:
        """Get the counts of the days by hour, infobase and kind, as CSV."""
        filters = self._filters(request)
        rows = await self._counted(filters, partial(local, zone=filters.zone))
        return await in_thread(csv_file, "problems.csv", _HEAD, rows)

    async def get_json(self, request: web.Request) -> web.Response:
        """Get the same as JSON."""
        rows = await self._counted(self._filters(request), format_instant)
        return web.Response(
            body=await in_thread(_document, rows),
            content_type="application/json",
            headers={hdrs.CONTENT_DISPOSITION: 'attachment; filename="problems.json"'},
        )

    async def _charts(
        self, filters: ProblemFilters, failing: Iterable[str], moments: Moments
    ) -> dict[str, Any]:
        """The charts, with the periods of messages about the infobase, or about any that failed."""
        counts = await self._service.reports.counts.by_hour(
            filters.days[0], filters.end, infobase=filters.infobase, kind=filters.kind
        )
        catalog = self._service.catalog
        about = list(failing) if filters.infobase is None else [filters.infobase]
        keys = () if filters.infobase is None else catalog.target_keys(filters.infobase)
        shown = await self._service.shown_between(
            filters.days[0], min(filters.end, self._service.now()), any_of=keys
        )
        spikes = await self._spikes(filters, counts)

        def charts() -> dict[str, Any]:
            periods = Announcements(shown, catalog).periods(*about)
            return {
                "by_hour": by_hour(counts, filters.hours, periods, spikes, moments),
                "by_day": by_day(counts, filters.days, periods, moments),
                "spikes": spikes,
            }

        return await in_thread(charts)

    async def _tables(
        self, filters: ProblemFilters, period: TablePeriod, failing: Mapping[str, int]
    ) -> dict[str, Any]:
        """What failed most in the period: problems, and infobases, of which `failing` are those of all days.

        Of a single hour or day, the newest reports that are kept, too.
        """
        counts_of, kind, infobases = self._service.reports.counts, filters.kind, failing
        if period.kind is not PeriodKind.DAYS:
            infobases = await counts_of.by_infobase(period.since, period.until, kind=kind)
        problems = await counts_of.by_problem(
            period.since, period.until, infobase=filters.infobase, kind=kind, limit=_MOST_PROBLEMS
        )
        reports: list[Report] = []
        if period.is_chosen:
            reports = await self._service.reports.reports(
                infobase=filters.infobase,
                kind=kind,
                since=period.since,
                until=period.until,
                limit=_MOST_REPORTS,
                details=False,
            )
        return {
            "infobases": list(infobases.items())[:_MOST_INFOBASES],
            "infobase_count": len(infobases),
            "problems": problems,
            "reports": reports,
            "most_reports": _MOST_REPORTS,
        }

    async def _counted(self, filters: ProblemFilters, written: Callable[[datetime], str]) -> list[_Row]:
        """The counts with their hours as `written`, read day by day so that public reads get in between."""
        found: list[_Row] = []
        for since, until in pairwise(filters.days):
            of_day = await self._service.reports.hours(
                since, min(until, filters.end), infobase=filters.infobase
            )
            # Plain values: of hundreds of thousands of objects the garbage collection would be felt.
            found += await in_thread(_rows, of_day, filters.kind, written)
        return found

    async def _spikes(
        self, filters: ProblemFilters, counts: Mapping[datetime, int]
    ) -> dict[datetime, list[str]]:
        """The hours that are spikes, each with the infobases that have one: of the chosen one, or of any.

        Of one kind alone there are none.
        """
        counts_of = self._service.reports.counts
        began = await counts_of.began()
        if filters.kind is not None or began is None:
            return {}
        by_infobase: Mapping[str, Counts]
        if filters.infobase is not None:
            by_infobase = {filters.infobase: counts}
        else:
            high = await counts_of.in_hours(filters.hours, at_least=FLOOR)
            # In a storm there are thousands, and each has two weeks to be held against.
            highest = nlargest(_MOST_SPIKING, high, key=lambda each: max(high[each].values()))
            since = filters.hours[0] - EARLIER_DAYS * _DAY - _HOUR
            by_infobase = await counts_of.of_infobases(since, filters.end, highest) if highest else {}
        return await in_thread(_spikes_by_hour, by_infobase, filters.hours, filters.zone, began)

    def _filters(self, request: web.Request) -> ProblemFilters:
        typed, kind, until = (request.query.get(name, "").strip() for name in ("infobase", "kind", "until"))
        infobase = self._service.catalog.infobase(typed)
        now, end = self._service.now(), self._end_of(until)
        return ProblemFilters(
            infobase=infobase.id if infobase else readable(typed) or None,
            kind=Kind(kind) if kind in set(Kind) else None,
            until=until,
            is_wrong=bool(until) and end is None,
            over=request.query.get("over", ""),
            last_hour=hour_of(now if end is None else min(now, end - _MINUTE)),
            zone=self._service.catalog.zone,
        )

    def _end_of(self, day: str) -> datetime | None:
        """The end of a day that was typed, None if it is none."""
        try:
            after = date.fromisoformat(day) + _DAY
        except (ValueError, OverflowError):
            return None
        if after.year < FIRST_YEAR:
            return None
        return local_to_instant(datetime.combine(after, time()), self._service.catalog.zone)


def _spikes_by_hour(
    counts: Mapping[str, Counts], hours: Collection[datetime], zone: tzinfo, began: datetime
) -> dict[datetime, list[str]]:
    """The infobases with a spike, by its hour, the highest first."""
    found: dict[datetime, list[str]] = {}
    for spike in sorted(find(counts, hours, zone, began), key=lambda each: (-each.count, each.infobase)):
        found.setdefault(spike.hour, []).append(spike.infobase)
    return found


def _rows(counts: Iterable[HourCount], kind: Kind | None, written: Callable[[datetime], str]) -> list[_Row]:
    return [
        (written(each.hour), each.infobase, each.kind.value, each.count)
        for each in counts
        if kind in (None, each.kind)
    ]


def _document(rows: Iterable[_Row]) -> io.BytesIO:
    """The JSON, to be sent piece by piece."""
    data = io.BytesIO(b'{"counts": [')
    data.seek(0, io.SEEK_END)
    for number, row in enumerate(rows):
        data.write(b", " if number else b"")
        data.write(json.dumps(dict(zip(_HEAD, row, strict=True))).encode())
    data.write(b"]}")
    data.seek(0)
    return data
