"""Problems: reports by hour and by day, whether a message was on display, and which problems they are of."""

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import partial
from itertools import pairwise
from typing import Any

from aiohttp import hdrs, web

from errorhelp.admin.csv_tables import csv_file, local
from errorhelp.admin.pages.page_rendering import Renderer, person
from errorhelp.admin.pages.page_routes import PageRoute
from errorhelp.admin.pages.page_times import Moments
from errorhelp.admin.pages.report_timeline import by_day, by_hour, last_days, last_hours
from errorhelp.admin.pages.spike_marks import Spiking
from errorhelp.reports.announcements import Announcements
from errorhelp.reports.report import HourCount, Kind
from errorhelp.reports.spikes import find, hour_of
from errorhelp.service.service import Service
from errorhelp.system.worker_thread import in_thread
from errorhelp.text.texts import readable
from errorhelp.text.times import FIRST_YEAR, format_instant, local_to_instant

_MOST_PROBLEMS = 20
_MOST_INFOBASES = 50
_HEAD = ("hour", "infobase", "kind", "count")
_Row = tuple[str, str, str, int]
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ProblemFilters:
    """What is looked for: reports of an infobase, by id, and of a kind, up to the `last_hour`; None means all.

    `until` is the day as it was typed, `is_wrong` if it is none. `whole`: tables are of all days of the chart,
    not of its hours alone.
    """

    infobase: str | None
    kind: Kind | None
    until: str
    is_wrong: bool
    whole: bool
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
        failing = await self._service.reports.counts.by_infobase(
            filters.days[0], filters.end, kind=filters.kind
        )
        return await self._renderer.page(
            request,
            "problems.html",
            filters=filters,
            is_known=filters.infobase in (None, *failing) or filters.infobase in catalog.infobases,
            kinds=tuple(Kind),
            is_on=self._service.loaded.settings.reports.enabled,
            alarm=await self._spiking.look(person(request)),
            query={name: value for name, value in request.query.items() if name != "over"},
            refresh_at=self._service.now() + _MINUTE,
            **await self._charts(filters, failing, self._renderer.moments(request)),
            **await self._tables(filters, failing),
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
            }

        return await in_thread(charts)

    async def _tables(self, filters: ProblemFilters, failing: Mapping[str, int]) -> dict[str, Any]:
        """What failed most: problems, and infobases, of which `failing` are those of all days."""
        counts_of, kind, infobases = self._service.reports.counts, filters.kind, failing
        since = filters.days[0] if filters.whole else filters.hours[0]
        if not filters.whole:
            infobases = await counts_of.by_infobase(since, filters.end, kind=kind)
        problems = await counts_of.by_problem(
            since, filters.end, infobase=filters.infobase, kind=kind, limit=_MOST_PROBLEMS
        )
        return {
            "infobases": list(infobases.items())[:_MOST_INFOBASES],
            "infobase_count": len(infobases),
            "problems": problems,
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

    async def _spikes(self, filters: ProblemFilters, counts: Mapping[datetime, int]) -> set[datetime]:
        """The hours that are spikes of the chosen infobase; of all together, or of one kind, there are none."""
        began = await self._service.reports.counts.began()
        if filters.infobase is None or filters.kind is not None or began is None:
            return set()
        found = find({filters.infobase: counts}, filters.hours, filters.zone, began)
        return {spike.hour for spike in found}

    def _filters(self, request: web.Request) -> ProblemFilters:
        typed, kind, until = (request.query.get(name, "").strip() for name in ("infobase", "kind", "until"))
        infobase = self._service.catalog.infobase(typed)
        now, end = self._service.now(), self._end_of(until)
        return ProblemFilters(
            infobase=infobase.id if infobase else readable(typed) or None,
            kind=Kind(kind) if kind in set(Kind) else None,
            until=until,
            is_wrong=bool(until) and end is None,
            whole=request.query.get("over") == "days",
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
