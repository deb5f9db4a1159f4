"""Which store a configuration means."""

from pathlib import Path
from typing import TYPE_CHECKING

from errorhelp.store import StoreUnavailable
from errorhelp.store.sql import Store
from errorhelp.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from errorhelp.store.postgres import PostgresStore

_LONG_WORK_SECONDS = 3600.0


def store_at(address: str | None, database: Path, *, works_long: bool = False) -> Store:
    """PostgreSQL at an address, or without one the embedded store in the file `database`.

    What `works_long` waits an hour for a statement, not seconds: nobody waits for it. StoreUnavailable when what
    PostgreSQL needs is not installed, or the address is none.
    """
    return SqliteStore(database) if address is None else _postgres_at(address, works_long=works_long)


async def prepare(address: str, role: str | None) -> None:
    """Make or migrate the tables of a PostgreSQL database, as their owner; see `PostgresStore.prepare`."""
    store = _postgres_at(address, works_long=True)
    try:
        await store.prepare(role)
    finally:
        await store.close()


def _postgres_at(address: str, *, works_long: bool) -> "PostgresStore":
    try:
        from errorhelp.store.postgres import PostgresStore  # noqa: PLC0415 - it needs an extra
    except ImportError:
        remedy = "install the extra: pip install 'errorhelp[postgres]'"
        raise StoreUnavailable(address, "the driver asyncpg is not installed", remedy) from None
    try:
        if works_long:
            return PostgresStore(address, statement_seconds=_LONG_WORK_SECONDS)
        return PostgresStore(address)
    except ValueError as error:
        raise StoreUnavailable("the address of the database", str(error), "correct it") from None
