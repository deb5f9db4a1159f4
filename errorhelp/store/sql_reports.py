"""Problems and reports in SQL."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, Row, Table, Text, case, cast, delete, func, or_, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from errorhelp.reports.known_problems import KnownProblem
from errorhelp.reports.report import (
    MOST_AFFECTED,
    MOST_HOURS,
    MOST_TRAITS,
    MOST_VERSIONS,
    HourCount,
    Kind,
    Problem,
    ProblemChange,
    Report,
)
from errorhelp.reports.report_batch import ReportBatch, ReportTally
from errorhelp.store import UnknownProblem, UnknownReport
from errorhelp.store.list_place import ListPlace
from errorhelp.store.query_slices import LARGE_ROWS_AT_ONCE, in_slices
from errorhelp.store.rows import instant, refuse_unkeepable, unix_seconds
from errorhelp.store.sql_access import Connecting
from errorhelp.store.sql_problem_changes import (
    What,
    change_problem,
    move_to_other,
    problem_change_of,
    tallies_of,
)
from errorhelp.store.sql_problems import (
    USER,
    VERSION,
    problem_of,
    problems_of,
    trait_counts,
    with_traits,
)
from errorhelp.store.sql_report_counts import ReportCounts
from errorhelp.store.tables import problem_changes, problem_hours, problem_traits, problems, reports
from errorhelp.system.worker_thread import in_thread

_MOST = {USER: MOST_AFFECTED, VERSION: MOST_VERSIONS}
# The details as they are kept: they are read in a thread.
_WITHOUT_SCREENSHOT = [
    cast(column, Text).label("details") if column.name == "details" else column
    for column in reports.c
    if column.name != "screenshot"
]
_FOR_TABLES = [column for column in _WITHOUT_SCREENSHOT if column.name != "details"]
_LAST_SEEN_FIRST = problems.c.last_seen.desc(), problems.c.id.desc()


class ProblemSearch(TypedDict, total=False):
    """Of an infobase, of a kind, seen at some time in `[since, until)` as far as first and last time say.

    Those that were dismissed only where they are asked for, with the others.
    """

    infobase: str | None
    kind: Kind | None
    since: datetime | None
    until: datetime | None
    dismissed: bool


class ReportSearch(TypedDict, total=False):
    """Of a problem, of an infobase, of a kind, received in `[since, until)`."""

    problem_id: str | None
    infobase: str | None
    kind: Kind | None
    since: datetime | None
    until: datetime | None


class ReportStore:
    """Problems and reports in a database, under the same terms as the rest of a `Store`.

    On the connections of an SQL store: `reading`, and `writing` in a transaction.
    """

    def __init__(self, reading: Connecting, writing: Connecting) -> None:
        self._reading = reading
        self._writing = writing
        self._counts = ReportCounts(reading)

    @property
    def counts(self) -> ReportCounts:
        """How many there were, by hour, infobase and problem."""
        return self._counts

    async def add(self, batch: ReportBatch) -> None:
        """Count the batch and keep its reports, all in one transaction.

        What was dismissed and comes again is listed again. Of the problems that give way those go that have one
        report or were dismissed; their counts and reports go to `OTHER` of their infobase and kind.
        """
        async with self._writing() as connection:
            gone = await tallies_of(connection, batch.gives_way)
            # Only now: a report of the batch may be of a problem that gave way before, and begins again.
            await _count(connection, [each.as_other() for each in gone])
            await _add_traits(connection, [each.as_other() for each in gone])
            await move_to_other(connection, gone)
            tallies = list(batch.tallies.values())
            await _count(connection, tallies)
            await _add_traits(connection, tallies)
            if batch.kept:
                await connection.execute(reports.insert(), list(map(_report_row, batch.kept)))

    async def problems(
        self, *, limit: int = 1000, after: ListPlace | None = None, **wanted: Unpack[ProblemSearch]
    ) -> list[Problem]:
        """Up to `limit` such problems, the last seen first; those that follow a place."""
        query = select(problems).where(*_problems_found(**wanted)).order_by(*_LAST_SEEN_FIRST).limit(limit)
        if after is not None:
            query = query.where(after.is_before(problems.c.last_seen, problems.c.id))
        found: list[Problem] = []
        async with self._reading() as connection:
            async for rows in in_slices(connection, query):
                found += map(problem_of, rows)
            return await with_traits(connection, found)

    async def problem_ids(self, *, limit: int | None = None, **wanted: Unpack[ProblemSearch]) -> list[str]:
        """The ids of all such problems, the last seen first: what is seen meanwhile changes its place in no list."""
        query = (
            select(problems.c.id).where(*_problems_found(**wanted)).order_by(*_LAST_SEEN_FIRST).limit(limit)
        )
        ids: list[str] = []
        async with self._reading() as connection:
            async for rows in in_slices(connection, query):
                ids += (row.id for row in rows)
        return ids

    async def problems_named(self, ids: Sequence[str]) -> list[Problem]:
        """Those of the problems that are still there, in the order of the ids, of which there are few hundred."""
        async with self._reading() as connection:
            rows = await connection.execute(select(problems).where(problems.c.id.in_(ids)))
            by_id = {each.id: each for each in await problems_of(connection, rows)}
        return [by_id[each] for each in ids if each in by_id]

    async def count_problems(self, **wanted: Unpack[ProblemSearch]) -> int:
        """How many such problems there are."""
        found = _problems_found(**wanted)
        async with self._reading() as connection:
            return await connection.scalar(select(func.count()).select_from(problems).where(*found)) or 0

    async def known_problems(self) -> list[KnownProblem]:
        """Every problem, the last seen at the end."""
        columns = problems.c.infobase, problems.c.kind, problems.c.id, problems.c.count
        query = select(*columns, problems.c.dismissed_at.is_not(None))
        query = query.order_by(problems.c.last_seen, problems.c.id)
        found: list[KnownProblem] = []
        async with self._reading() as connection:
            async for rows in in_slices(connection, query):
                found += (
                    KnownProblem(name, Kind(kind), problem, count, bool(is_dismissed))
                    for name, kind, problem, count, is_dismissed in rows
                )
        return found

    async def problem(self, problem_id: str) -> Problem:
        """One problem, or UnknownProblem."""
        async with self._reading() as connection:
            rows = await connection.execute(select(problems).where(problems.c.id == problem_id))
            found = await problems_of(connection, rows)
        if not found:
            raise UnknownProblem(problem_id)
        return found[0]

    async def dismiss(self, problem_id: str, who: str, at: datetime) -> Problem:
        """List a problem no more, until a report of it comes; UnknownProblem if there is none."""
        return await self._change(problem_id, "dismissed", who, at)

    async def bring_back(self, problem_id: str, who: str, at: datetime) -> Problem:
        """List a problem that was dismissed again; UnknownProblem if there is none."""
        return await self._change(problem_id, "brought back", who, at)

    async def _change(self, problem_id: str, what: What, who: str, at: datetime) -> Problem:
        refuse_unkeepable(who)
        async with self._writing() as connection:
            await change_problem(connection, problem_id, what, who, at)
        return await self.problem(problem_id)

    async def problem_changes(self) -> list[ProblemChange]:
        """What people did to problems, the oldest first; what changed nothing is not among it."""
        found: list[ProblemChange] = []
        async with self._reading() as connection:
            async for rows in in_slices(connection, select(problem_changes).order_by(problem_changes.c.seq)):
                found += map(problem_change_of, rows)
        return found

    async def with_traits(self, problems: Sequence[Problem]) -> list[Problem]:
        """The problems with the users and versions that they have by now."""
        async with self._reading() as connection:
            return await with_traits(connection, problems)

    async def hours(
        self,
        since: datetime,
        until: datetime,
        *,
        infobase: str | None = None,
        problem_id: str | None = None,
    ) -> list[HourCount]:
        """How many reports came in each hour that begins in `[since, until)`; hours without are left out.

        In their order; of all, of one infobase, or of one problem.
        """
        columns = problems.c.infobase, problems.c.kind, problem_hours.c.hour
        query = (
            select(*columns, func.sum(problem_hours.c.count).label("count"))
            .join(problems, problems.c.id == problem_hours.c.problem_id)
            .where(problem_hours.c.hour >= unix_seconds(since), problem_hours.c.hour < unix_seconds(until))
            .group_by(*columns)
            .order_by(problem_hours.c.hour, problems.c.infobase, problems.c.kind)
        )
        if infobase is not None:
            query = query.where(problems.c.infobase == infobase)
        if problem_id is not None:
            query = query.where(problems.c.id == problem_id)
        found: list[HourCount] = []
        async with self._reading() as connection:
            async for rows in in_slices(connection, query):
                found += (
                    HourCount(name, Kind(kind), instant(hour), int(count)) for name, kind, hour, count in rows
                )
        return found

    async def reports(
        self,
        *,
        limit: int = 1000,
        before_seq: int | None = None,
        details: bool = True,
        **wanted: Unpack[ReportSearch],
    ) -> list[Report]:
        """Up to `limit` such reports that are kept whole, the newest first.

        Those kept before the one with the number `before_seq`. Their screenshots are left out, and without
        `details` these too.
        """
        columns = _WITHOUT_SCREENSHOT if details else _FOR_TABLES
        query = select(*columns).order_by(reports.c.seq.desc()).limit(limit)
        query = query.where(*_reports_found(**wanted))
        if before_seq is not None:
            query = query.where(reports.c.seq < before_seq)
        found: list[Report] = []
        async with self._reading() as connection:
            async for rows in in_slices(connection, query, LARGE_ROWS_AT_ONCE):
                # Details may be large.
                found += await in_thread(list, map(_listed_report_of, rows))
        return found

    async def count_reports(self, **wanted: Unpack[ReportSearch]) -> int | None:
        """How many such reports are kept; None where every one would have to be looked at for it."""
        if wanted.get("infobase") is not None or wanted.get("kind") is not None:
            return None
        found = _reports_found(**wanted)
        async with self._reading() as connection:
            return await connection.scalar(select(func.count()).select_from(reports).where(*found)) or 0

    async def report(self, report_id: str) -> Report:
        """One report with its screenshot, or UnknownReport."""
        async with self._reading() as connection:
            query = select(reports).where(reports.c.id == report_id)
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise UnknownReport(report_id)
        return _report_of(row, row.details)

    async def collect(
        self,
        *,
        reports_before: datetime,
        problems_before: datetime,
        largest: int,
        most_traits: int = MOST_TRAITS,
        most_hours: int = MOST_HOURS,
    ) -> int:
        """Delete what is older, reports by when they came and problems by when they were last seen or changed.

        Of the reports that stay the oldest go until no more than `largest` bytes are kept. Of the counts by the
        hour the newest `most_hours` stay, of users and versions `most_traits`: those of the problems that were
        seen last. Returns how many reports went.
        """
        size_up_to = func.sum(reports.c.size).over(order_by=reports.c.seq.desc()).label("size_up_to")
        newest_first = select(reports.c.seq, size_up_to).subquery()
        too_much = select(newest_first.c.seq).where(newest_first.c.size_up_to > largest)
        over = or_(reports.c.at < unix_seconds(reports_before), reports.c.seq.in_(too_much))
        async with self._writing() as connection:
            collected = (await connection.execute(delete(reports).where(over))).rowcount
            # What belongs to a problem goes with it: ON DELETE CASCADE.
            old = problems.c.last_seen < unix_seconds(problems_before)
            await connection.execute(delete(problems).where(old))
            old = problem_changes.c.at < unix_seconds(problems_before)
            await connection.execute(delete(problem_changes).where(old))
            await _collect_counts(connection, most_traits, most_hours)
            return collected


def _problems_found(
    infobase: str | None = None,
    kind: Kind | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    dismissed: bool = False,
) -> Iterator[ColumnElement[bool]]:
    if not dismissed:
        yield problems.c.dismissed_at.is_(None)
    if infobase is not None:
        yield problems.c.infobase == infobase
    if kind is not None:
        yield problems.c.kind == kind.value
    if since is not None:
        yield problems.c.last_seen >= unix_seconds(since)
    if until is not None:
        yield problems.c.first_seen < unix_seconds(until)


def _reports_found(
    problem_id: str | None = None,
    infobase: str | None = None,
    kind: Kind | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[ColumnElement[bool]]:
    if problem_id is not None:
        yield reports.c.problem_id == problem_id
    if infobase is not None:
        yield reports.c.infobase == infobase
    if kind is not None:
        yield reports.c.kind == kind.value
    if since is not None:
        yield reports.c.at >= unix_seconds(since)
    if until is not None:
        yield reports.c.at < unix_seconds(until)


async def _collect_counts(connection: AsyncConnection, most_traits: int, most_hours: int) -> None:
    hours = select(problem_hours.c.hour).order_by(problem_hours.c.hour.desc()).offset(most_hours).limit(1)
    if (first_too_many := await connection.scalar(hours)) is not None:
        await connection.execute(delete(problem_hours).where(problem_hours.c.hour <= first_too_many))
    # A node of an earlier version, beside this one while they are upgraded, does not say of which infobase.
    of_problem = select(problems.c.infobase).where(problems.c.id == problem_hours.c.problem_id)
    await connection.execute(
        update(problem_hours)
        .where(problem_hours.c.infobase == "")
        .values(infobase=of_problem.scalar_subquery())
    )
    traits = problem_traits.c
    counts = select(traits.problem_id, func.count().label("count")).group_by(traits.problem_id).subquery()
    order = problems.c.last_seen.desc(), problems.c.id
    up_to = func.sum(counts.c.count).over(order_by=order).label("up_to")
    joined = counts.join(problems, problems.c.id == counts.c.problem_id)
    last_seen_first = select(counts.c.problem_id, up_to).select_from(joined).subquery()
    too_many = select(last_seen_first.c.problem_id).where(last_seen_first.c.up_to > most_traits)
    await connection.execute(delete(problem_traits).where(traits.problem_id.in_(too_many)))


async def _count(connection: AsyncConnection, tallies: Sequence[ReportTally]) -> None:
    rows = [_problem_row(tally) for tally in tallies]
    hours = [
        {
            "problem_id": tally.problem_id,
            "hour": unix_seconds(hour),
            "count": count,
            "infobase": tally.infobase,
        }
        for tally in tallies
        for hour, count in tally.hours.items()
    ]
    if not rows:
        return
    add, new = upsert(connection, problems)
    await connection.execute(
        add.on_conflict_do_update(
            index_elements=[problems.c.id],
            set_={
                "count": problems.c.count + new.count,
                "first_seen": case(
                    (new.first_seen < problems.c.first_seen, new.first_seen), else_=problems.c.first_seen
                ),
                "last_seen": case(
                    (new.last_seen > problems.c.last_seen, new.last_seen), else_=problems.c.last_seen
                ),
                "dismissed_at": None,
            },
        ),
        rows,
    )
    add, new = upsert(connection, problem_hours)
    await connection.execute(
        add.on_conflict_do_update(
            index_elements=[problem_hours.c.problem_id, problem_hours.c.hour],
            set_={"count": problem_hours.c.count + new.count},
        ),
        hours,
    )


async def _add_traits(connection: AsyncConnection, tallies: Sequence[ReportTally]) -> None:
    """Add users and versions that a problem does not have yet, as long as it has few enough."""
    ids = [tally.problem_id for tally in tallies if tally.users or tally.versions]
    counts = await trait_counts(connection, ids)
    rows = [
        {"problem_id": tally.problem_id, "trait": trait, "value": value}
        for tally in tallies
        for trait, values in ((USER, tally.users), (VERSION, tally.versions))
        for value in sorted(values)[: max(_MOST[trait] - counts.get((tally.problem_id, trait), 0), 0)]
    ]
    if rows:
        add, _ = upsert(connection, problem_traits)
        await connection.execute(add.on_conflict_do_nothing(), rows)


def upsert(connection: AsyncConnection, table: Table) -> tuple[Any, Any]:
    """An insert that may say what to do on a conflict, and the row that conflicts."""
    if connection.dialect.name == "sqlite":
        insert: Any = sqlite.insert(table)
    else:
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - an eighth of the time to start, without it

        insert = postgresql.insert(table)
    return insert, insert.excluded


def _problem_row(tally: ReportTally) -> dict[str, Any]:
    return {
        "id": tally.problem_id,
        "infobase": tally.infobase,
        "kind": tally.kind.value,
        "stack_hash": tally.stack_hash,
        "title": tally.title,
        "first_seen": unix_seconds(tally.first_seen),
        "last_seen": unix_seconds(tally.last_seen),
        "count": tally.count,
    }


def _report_row(report: Report) -> dict[str, Any]:
    values = {
        name: getattr(report, name)
        for name in ("id", "infobase", "text", "stack", "stack_hash", "user", "address", "app", "version")
    }
    return values | {
        "problem_id": report.problem,
        "at": unix_seconds(report.at),
        "kind": report.kind.value,
        "details": dict(report.details),
        "screenshot": report.screenshot,
        "size": report.size,
    }


def _listed_report_of(row: Row[Any]) -> Report:
    return _report_of(row, json.loads(getattr(row, "details", "{}")))


def _report_of(row: Row[Any], details: Mapping[str, Any]) -> Report:
    return Report(
        id=row.id,
        at=instant(row.at),
        infobase=row.infobase,
        kind=Kind(row.kind),
        text=row.text,
        stack=row.stack,
        stack_hash=row.stack_hash,
        user=row.user,
        address=row.address,
        app=row.app,
        version=row.version,
        details=details,
        screenshot=getattr(row, "screenshot", None),
        problem=row.problem_id,
        seq=row.seq,
    )
