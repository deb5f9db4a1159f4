"""Problems that are dismissed, and those that give way to others, in SQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from errorhelp.notifications.decision import Phase
from errorhelp.reports.report import OTHER, Kind, ProblemChange
from errorhelp.reports.report_batch import ReportTally
from errorhelp.store import UnknownProblem
from errorhelp.store.query_slices import chunks
from errorhelp.store.rows import instant, unix_seconds
from errorhelp.store.sql_problems import USER
from errorhelp.store.tables import (
    forwarded,
    problem_changes,
    problem_hours,
    problem_traits,
    problems,
    reports,
)

What = Literal["dismissed", "brought back"]


async def change_problem(
    connection: AsyncConnection, problem_id: str, what: What, who: str, at: datetime
) -> None:
    """Dismiss a problem or bring it back, and note who did; UnknownProblem if there is none.

    One that is so already stays as it is. Targets are notified of what was dismissed when it begins again.
    """
    found = (await connection.execute(select(problems).where(problems.c.id == problem_id))).one_or_none()
    if found is None:
        raise UnknownProblem(problem_id)
    dismisses = what == "dismissed"
    if dismisses == (found.dismissed_at is not None):
        return
    dismissed_at = unix_seconds(at) if dismisses else None
    changed = update(problems).where(problems.c.id == problem_id).values(dismissed_at=dismissed_at)
    await connection.execute(changed)
    row = {"at": unix_seconds(at), "who": who, "what": what, "problem_id": problem_id}
    row |= {"infobase": found.infobase, "title": found.title}
    await connection.execute(insert(problem_changes).values(row))
    if dismisses:
        changed = update(forwarded).where(forwarded.c.problem_id == problem_id)
        await connection.execute(changed.values(count=found.count, phase=Phase.CLOSED.value))


def problem_change_of(row: Row[Any]) -> ProblemChange:
    """The change of a row of `problem_changes`."""
    return ProblemChange(instant(row.at), row.who, row.what, row.problem_id, row.infobase, row.title)


async def tallies_of(connection: AsyncConnection, ids: Collection[str]) -> list[ReportTally]:
    """What the store has of those of the problems that may give way: with one report, or dismissed."""
    found: dict[str, ReportTally] = {}
    may = or_(problems.c.count <= 1, problems.c.dismissed_at.is_not(None))
    for some in chunks(sorted(ids)):
        query = select(problems).where(problems.c.id.in_(some), problems.c.stack_hash != OTHER, may)
        for row in await connection.execute(query.with_for_update()):
            found[row.id] = ReportTally(
                problem_id=row.id,
                infobase=row.infobase,
                kind=Kind(row.kind),
                stack_hash=row.stack_hash,
                title=row.title,
                first_seen=instant(row.first_seen),
                last_seen=instant(row.last_seen),
            )
    for some in chunks(list(found)):
        of_hours = problem_hours.c
        hours = select(of_hours.problem_id, of_hours.hour, of_hours.count).where(
            of_hours.problem_id.in_(some)
        )
        for problem_id, hour, count in await connection.execute(hours):
            found[problem_id].hours[instant(hour)] = count
        traits = select(problem_traits).where(problem_traits.c.problem_id.in_(some))
        for row in await connection.execute(traits):
            tally = found[row.problem_id]
            (tally.users if row.trait == USER else tally.versions).add(row.value)
    return list(found.values())


async def move_to_other(connection: AsyncConnection, gone: Sequence[ReportTally]) -> None:
    """Give the reports of problems to `OTHER`, which is there already, and delete the problems."""
    for tally in gone:
        moved = {"problem_id": tally.as_other().problem_id}
        of_problem = reports.c.problem_id == tally.problem_id
        await connection.execute(update(reports).where(of_problem).values(moved))
    for some in chunks([tally.problem_id for tally in gone]):
        # What else belongs to a problem goes with it: ON DELETE CASCADE.
        await connection.execute(delete(problems).where(problems.c.id.in_(some)))


async def ids_there(connection: AsyncConnection, ids: Sequence[str]) -> set[str]:
    """Those of the problems that are there, and stay so until the transaction ends."""
    there: set[str] = set()
    for some in chunks(ids):
        query = select(problems.c.id).where(problems.c.id.in_(some))
        there.update((await connection.scalars(query.with_for_update(read=True, key_share=True))).all())
    return there
