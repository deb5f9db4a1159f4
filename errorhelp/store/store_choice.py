"""Which store a configuration means."""

from pathlib import Path

from errorhelp.store import StoreUnavailable
from errorhelp.store.sql import Store
from errorhelp.store.sqlite import SqliteStore


def store_at(address: str | None, database: Path) -> Store:
    """PostgreSQL at an address, or without one the embedded store in the file `database`.

    StoreUnavailable when what PostgreSQL needs is not installed.
    """
    if address is None:
        return SqliteStore(database)
    try:
        from errorhelp.store.postgres import PostgresStore  # noqa: PLC0415 - it needs an extra
    except ImportError:
        remedy = "install the extra: pip install 'errorhelp[postgres]'"
        raise StoreUnavailable(address, "the driver asyncpg is not installed", remedy) from None
    return PostgresStore(address)
