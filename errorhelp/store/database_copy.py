"""Copying all that one database holds into another, SQLite or PostgreSQL, table by table."""

from collections.abc import Callable

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from errorhelp.store import StoreError
from errorhelp.store.migrations import MIGRATIONS, version_of
from errorhelp.store.tables import metadata, schema_version

Progress = Callable[[str, int, int], None]
"""Is called with a table, how many of its rows are copied, and how many there are."""

# In the order in which rows may refer to those of another table.
_TABLES = [table for table in metadata.sorted_tables if table is not schema_version]
# Some reports have a screenshot of megabytes.
_ROWS_AT_ONCE = 100


class NotEmpty(StoreError):
    """The database to copy into holds something already."""

    def __init__(self, table: str) -> None:
        super().__init__(f"the database to copy into is not empty: it holds {table}; nothing was changed")


class OtherSchema(StoreError):
    """The database to copy from has another schema than this errorhelp."""

    def __init__(self, found: int) -> None:
        if found == 0:
            super().__init__("the database to copy from holds no errorhelp")
        else:
            super().__init__(
                f"the database to copy from has schema {found} and this errorhelp copies schema "
                f"{len(MIGRATIONS)}; copy with the errorhelp that serves it, or upgrade that first"
            )


async def copy_rows(
    source: AsyncConnection, target: AsyncConnection, *, replace: bool, progress: Progress
) -> dict[str, int]:
    """Copy every row of every table, in the callers' transactions: how many of each table.

    OtherSchema if the source has not the last version; NotEmpty if the target has rows that are not to be
    replaced.
    """
    found = await version_of(source)
    if found != len(MIGRATIONS):
        raise OtherSchema(found)
    for table in reversed(_TABLES):
        if replace:
            await target.execute(table.delete())
        elif await _count(target, table):
            raise NotEmpty(table.name)
    return {table.name: await _copy_table(table, source, target, progress) for table in _TABLES}


async def _copy_table(
    table: Table, source: AsyncConnection, target: AsyncConnection, progress: Progress
) -> int:
    copied, count = 0, await _count(source, table)
    rows = await source.stream(select(table).order_by(*table.primary_key))
    async for batch in rows.partitions(_ROWS_AT_ONCE):
        await target.execute(insert(table), [dict(row._mapping) for row in batch])
        copied += len(batch)
        progress(table.name, copied, count)
    if "seq" in table.c:
        # A number is never used twice, though its row is gone: it may be higher than any that was copied.
        last = max(await _last_number(source, table), await _last_number(target, table))
        await _go_on_after(last, target, table)
    return copied


async def _count(connection: AsyncConnection, table: Table) -> int:
    return await connection.scalar(select(func.count()).select_from(table)) or 0


async def _last_number(connection: AsyncConnection, table: Table) -> int:
    """The last number that the database gave to a row of the table, 0 before the first."""
    if connection.dialect.name == "sqlite":
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :name").bindparams(name=table.name)
    else:
        sequence = await sequence_of(connection, table)
        query = text(f"SELECT last_value FROM {sequence} WHERE is_called")  # noqa: S608 - a name of our own
    return await connection.scalar(query) or 0


async def _go_on_after(last: int, connection: AsyncConnection, table: Table) -> None:
    """Have the database number the next row one higher than `last`."""
    if last == 0:
        return
    if connection.dialect.name == "sqlite":
        name = {"name": table.name}
        await connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), name)
        number = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
        await connection.execute(number, name | {"last": last})
    else:
        sequence = await sequence_of(connection, table)
        await connection.execute(
            text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last}
        )


async def sequence_of(connection: AsyncConnection, table: Table) -> str:
    """What PostgreSQL numbers the rows of a table with."""
    query = text("SELECT pg_get_serial_sequence(:name, 'seq')").bindparams(name=table.name)
    return str(await connection.scalar(query))
