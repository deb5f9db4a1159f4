"""Problems as SQL has them: a row, and traits that are counted and listed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from errorhelp.reports.report import Kind, Problem
from errorhelp.store.query_slices import chunks
from errorhelp.store.rows import instant
from errorhelp.store.tables import problem_traits

USER, VERSION = "user", "version"
"""What is told apart of a problem."""


def problem_of(row: Any) -> Problem:
    """The problem of a row of `problems`, without its traits."""
    return Problem(
        id=row.id,
        infobase=row.infobase,
        kind=Kind(row.kind),
        stack_hash=row.stack_hash,
        title=row.title,
        first_seen=instant(row.first_seen),
        last_seen=instant(row.last_seen),
        count=row.count,
        dismissed_at=None if row.dismissed_at is None else instant(row.dismissed_at),
    )


async def problems_of(connection: AsyncConnection, rows: Iterable[Any]) -> list[Problem]:
    """The problems of rows of `problems`, with their traits."""
    return await with_traits(connection, list(map(problem_of, rows)))


async def with_traits(connection: AsyncConnection, problems: Sequence[Problem]) -> list[Problem]:
    """The problems with the users and versions that they have by now."""
    found: list[Problem] = []
    # Some at a time, so that public reads get in between.
    for some in chunks(problems):
        ids = [each.id for each in some]
        counts = await trait_counts(connection, ids)
        versions = await _versions(connection, ids)
        found += (
            replace(each, users=counts.get((each.id, USER), 0), versions=tuple(versions.get(each.id, ())))
            for each in some
        )
    return found


async def trait_counts(connection: AsyncConnection, ids: list[str]) -> dict[tuple[str, str], int]:
    """How many users and versions problems have, by the id and `USER` or `VERSION`."""
    counts: dict[tuple[str, str], int] = {}
    traits = problem_traits.c
    for some in chunks(ids):
        query = (
            select(traits.problem_id, traits.trait, func.count())
            .where(traits.problem_id.in_(some))
            .group_by(traits.problem_id, traits.trait)
        )
        counts |= {(found, trait): count for found, trait, count in await connection.execute(query)}
    return counts


async def _versions(connection: AsyncConnection, ids: list[str]) -> dict[str, list[str]]:
    versions: dict[str, list[str]] = {}
    traits = problem_traits.c
    for some in chunks(ids):
        query = (
            select(traits.problem_id, traits.value)
            .where(traits.trait == VERSION, traits.problem_id.in_(some))
            .order_by(traits.value)
        )
        for found, version in await connection.execute(query):
            versions.setdefault(found, []).append(version)
    return versions
