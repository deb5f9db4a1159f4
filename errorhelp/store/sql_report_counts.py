"""Counts of reports in SQL."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, select

from errorhelp.reports.report import Kind, Problem
from errorhelp.store.query_slices import SMALL_ROWS_AT_ONCE, chunks, in_slices
from errorhelp.store.rows import instant, unix_seconds
from errorhelp.store.sql_access import Connecting
from errorhelp.store.sql_problems import problems_of
from errorhelp.store.tables import problem_hours, problems, reports

_HOUR_SECONDS = 3600
_JOINED = problem_hours.join(problems, problems.c.id == problem_hours.c.problem_id)
_counted = func.sum(problem_hours.c.count)


class ReportCounts:
    """Exact counts, also of reports that are not kept, under the same terms as the rest of a `ReportStore`.

    Times are hours that begin in `[since, until)`.

    On the connections for reading of an SQL store.
    """

    def __init__(self, reading: Connecting) -> None:
        self._reading = reading

    async def began(self) -> datetime | None:
        """When the first report came of all problems that are kept; None if there is none."""
        async with self._reading() as connection:
            first = await connection.scalar(select(func.min(problems.c.first_seen)))
        return None if first is None else instant(first)

    async def by_hour(
        self,
        since: datetime,
        until: datetime,
        *,
        infobase: str | None = None,
        kind: Kind | None = None,
        problem_id: str | None = None,
    ) -> dict[datetime, int]:
        """How many in each hour, in order: of all, of an infobase, of a kind, of a problem."""
        query = (
            select(problem_hours.c.hour, _counted)
            .select_from(_source(kind))
            .where(*_conditions(since, until, infobase, kind))
            .group_by(problem_hours.c.hour)
            .order_by(problem_hours.c.hour)
        )
        if problem_id is not None:
            query = query.where(problem_hours.c.problem_id == problem_id)
        async with self._reading() as connection:
            return {instant(hour): int(count) for hour, count in await connection.execute(query)}

    async def by_infobase(
        self, since: datetime, until: datetime, *, kind: Kind | None = None
    ) -> dict[str, int]:
        """How many of each infobase, the most first: of all kinds, or of one."""
        query = (
            select(problem_hours.c.infobase, _counted)
            .select_from(_source(kind))
            .where(*_conditions(since, until, None, kind))
            .group_by(problem_hours.c.infobase)
            .order_by(_counted.desc(), problem_hours.c.infobase)
        )
        async with self._reading() as connection:
            return {infobase: int(count) for infobase, count in await connection.execute(query)}

    async def by_problem(
        self,
        since: datetime,
        until: datetime,
        *,
        infobase: str | None = None,
        kind: Kind | None = None,
        limit: int = 100,
    ) -> list[tuple[Problem, int]]:
        """Up to `limit` problems, each with how many there were in that time, the most first."""
        query = (
            select(problems.c.id, _counted)
            .select_from(_JOINED)
            .where(*_conditions(since, until, infobase, kind), problems.c.dismissed_at.is_(None))
            .group_by(problems.c.id)
            .order_by(_counted.desc(), problems.c.id)
            .limit(limit)
        )
        async with self._reading() as connection:
            counts = {found: int(count) for found, count in await connection.execute(query)}
            rows = await connection.execute(select(problems).where(problems.c.id.in_(counts)))
            found = await problems_of(connection, rows)
        by_id = {problem.id: problem for problem in found}
        return [(by_id[each], count) for each, count in counts.items() if each in by_id]

    async def in_hours(
        self, hours: Collection[datetime], *, at_least: int = 1
    ) -> dict[str, dict[datetime, int]]:
        """How many of an infobase in each of these hours, where there are `at_least` so many."""
        columns = problem_hours.c.infobase, problem_hours.c.hour
        query = (
            select(*columns, _counted)
            .where(problem_hours.c.hour.in_(map(unix_seconds, hours)))
            .group_by(*columns)
            .having(_counted >= at_least)
        )
        by_second = {unix_seconds(hour): hour for hour in hours}
        found: dict[str, dict[datetime, int]] = {}
        async with self._reading() as connection:
            async for rows in in_slices(connection, query):
                for infobase, hour, count in rows:
                    found.setdefault(infobase, {})[by_second[hour]] = int(count)
        return found

    async def of_infobases(
        self, since: datetime, until: datetime, infobases: Collection[str] | None = None
    ) -> dict[str, dict[datetime, int]]:
        """How many of each infobase in each hour: of all, or of these."""
        columns = problem_hours.c.infobase, problem_hours.c.hour
        query = (
            select(*columns, _counted)
            .where(*_conditions(since, until, None, None))
            .group_by(problem_hours.c.hour, problem_hours.c.infobase)
        )
        found: dict[str, dict[datetime, int]] = {}
        # There are thousands of counts, of some hundred hours.
        instant_of = lru_cache(maxsize=None)(instant)
        async with self._reading() as connection:
            for some in [None] if infobases is None else chunks(list(infobases)):
                of_some = query if some is None else query.where(problem_hours.c.infobase.in_(some))
                async for rows in in_slices(connection, of_some, SMALL_ROWS_AT_ONCE):
                    for infobase, hour, count in rows:
                        found.setdefault(infobase, {})[instant_of(hour)] = int(count)
        return found

    async def first_reports(
        self, hours: Collection[tuple[str, datetime]]
    ) -> dict[tuple[str, datetime], datetime]:
        """When the first report came that is kept, of an infobase in an hour, for those that are asked for."""
        start = reports.c.at - reports.c.at % _HOUR_SECONDS
        found: dict[tuple[str, datetime], datetime] = {}
        async with self._reading() as connection:
            for some in chunks(sorted(hours)):
                seconds = {unix_seconds(hour) for _, hour in some}
                query = (
                    select(reports.c.infobase, start, func.min(reports.c.at))
                    .where(
                        reports.c.infobase.in_({infobase for infobase, _ in some}),
                        reports.c.at >= min(seconds),
                        reports.c.at < max(seconds) + _HOUR_SECONDS,
                        start.in_(seconds),
                    )
                    .group_by(reports.c.infobase, start)
                )
                async for rows in in_slices(connection, query):
                    found |= {(infobase, instant(hour)): instant(first) for infobase, hour, first in rows}
        return {each: found[each] for each in hours if each in found}


def _source(kind: Kind | None) -> FromClause:
    """Where the counts of a kind are; those of all kinds say enough alone."""
    return problem_hours if kind is None else _JOINED


def _conditions(
    since: datetime, until: datetime, infobase: str | None, kind: Kind | None
) -> list[ColumnElement[Any]]:
    found: list[ColumnElement[Any]] = [
        problem_hours.c.hour >= unix_seconds(since),
        problem_hours.c.hour < unix_seconds(until),
    ]
    if infobase is not None:
        found.append(problem_hours.c.infobase == infobase)
    if kind is not None:
        found.append(problems.c.kind == kind.value)
    return found
