"""All that the store holds: into a backup, out of one, and from one database into another.

A backup is one SQLite file, whatever database it is of. It has no sign-ins in it: one that somebody ended
must not come back with it.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from errorhelp.store import NewerSchema, StoreUnavailable
from errorhelp.store.database_copy import Progress
from errorhelp.store.spool import Spool, hand_over
from errorhelp.store.sql import Store
from errorhelp.store.sqlite import SqliteStore, check_database, copy_database, replace_database
from errorhelp.store.store_choice import store_at
from errorhelp.system import atomic_files
from errorhelp.system.state_directory import StateDirectory, StateError

_OWNER_ONLY = 0o600
_POSTGRES = "postgresql:"


@dataclass(frozen=True, slots=True)
class Restored:
    """How many rows of each table are there now, how many messages of them are not over, and what was there.

    `kept` is the backup of what was there before, if anything was.
    """

    rows: dict[str, int]
    not_over: int
    kept: Path | None


async def back_up(
    state: StateDirectory, address: str | None, file: Path, progress: Progress, tree: Path | None = None
) -> dict[str, int]:
    """Write all that the store holds into a file: how many rows of each table. A service may run meanwhile.

    `address` is PostgreSQL's, None for the state's own database. What was written directly and the store has
    not yet is in it too, also what lies in the published tree. StateError without a database,
    StoreUnavailable if it can't be read.
    """
    if address is None and not state.database.exists():
        raise StateError(f"{state.path} holds no database; name the service's state directory with --state")
    if _is_same(file, state.database):
        raise StateError(f"{file} is the database itself; name another file for the backup")
    try:
        with atomic_files.replacing(file, _OWNER_ONLY) as copy:
            if address is None:
                await asyncio.to_thread(copy_database, state.database, copy)
            else:
                async with _opened(SqliteStore(copy)) as target, _source(address) as source:
                    await source.copy_to(target, replace=False, progress=progress)
            if spooled := Spool(state.spool).read(tree):
                async with _opened(SqliteStore(copy)) as store:
                    for each in spooled:
                        await hand_over(each, store)
            return await asyncio.to_thread(_finish, copy)
    except OSError as error:
        raise StateError(f"{file} cannot be written: {error.strerror or error}") from error


def _is_same(file: Path, other: Path) -> bool:
    return file.resolve() == other.resolve()


async def restore(
    state: StateDirectory, address: str | None, backup: BinaryIO, now: datetime, progress: Progress
) -> Restored:
    """Put a backup in the place of all that the store holds; the caller has locked the state.

    What was there is kept beside the state's database. StoreUnavailable if the file is no whole backup, or the
    database can't be written, NewerSchema if the file is of a newer errorhelp; nothing is changed then.
    """
    kept = state.path / f"replaced-{now:%Y-%m-%dT%H%M%S.%f}.db"
    with TemporaryDirectory(prefix=".", dir=state.path) as folder:
        copy = Path(folder) / "backup.db"
        copy.touch(_OWNER_ONLY)
        with copy.open("wb") as written:
            await asyncio.to_thread(shutil.copyfileobj, backup, written)
        await asyncio.to_thread(_check, copy, backup.name)
        # It may be of an older version, which is brought up to this one.
        async with _opened(SqliteStore(copy), backup.name) as store:
            not_over = len(await store.messages(shown_after=now))
        rows = await asyncio.to_thread(_finish, copy)
        if address is None:
            await asyncio.to_thread(_exchange, state.database, copy, kept)
        else:
            # An empty database gets its tables when it is opened.
            async with _opened(SqliteStore(copy)) as source, _opened(_store(address)) as target:
                # What anybody wrote until nobody may is in the copy of what was there.
                keep = partial(back_up, state, address, kept, progress)
                await source.copy_to(target, replace=True, progress=progress, first=keep)
    # It is of what was replaced.
    state.kept_messages.unlink(missing_ok=True)
    return Restored(rows, not_over, kept if kept.exists() else None)


async def copy_store(source: str, target: str, *, replace: bool, progress: Progress) -> dict[str, int]:
    """Copy all of one store into another: how many rows of each table.

    Each is an address of PostgreSQL or an SQLite file. NotEmpty unless the target is, or is to be replaced.
    """
    async with _source(source) as opened, _opened(_store(target)) as other:
        return await opened.copy_to(other, replace=replace, progress=progress)


@asynccontextmanager
async def _source(address: str) -> AsyncIterator[Store]:
    """A store to copy from, which stays as it is: of a file a copy is read, for it may be of an older version."""
    if address.startswith(_POSTGRES):
        store = _store(address)
        try:
            yield store
        finally:
            await store.close()
        return
    if not (file := Path(address)).exists():
        raise StoreUnavailable(address, "there is no such file", "name a database to copy from")
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "source.db"
        await asyncio.to_thread(copy_database, file, copy)
        await asyncio.to_thread(_check, copy, address)
        async with _opened(SqliteStore(copy), address) as store:
            yield store


def _store(address: str) -> Store:
    is_postgres = address.startswith(_POSTGRES)
    return store_at(address, Path(), works_long=True) if is_postgres else SqliteStore(Path(address))


@asynccontextmanager
async def _opened(store: Store, name: str = "") -> AsyncIterator[Store]:
    """The store, open; `name` is what its file is a copy of."""
    try:
        try:
            await store.open()
        except NewerSchema as error:
            raise NewerSchema(name or error.where, error.found, error.known) from None
        yield store
    finally:
        await store.close()


def _check(copy: Path, name: str) -> None:
    """StoreUnavailable, by the name of what was copied, unless it is a whole database."""
    try:
        check_database(copy)
    except StoreUnavailable as error:
        raise StoreUnavailable(name, error.reason, "take another backup") from None


def _finish(database: Path) -> dict[str, int]:
    """Make it one file without sign-ins, in whatever schema it has: how many rows of each table."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
        tables = {name for (name,) in names if name != "schema_version" and not name.startswith("sqlite_")}
        if "sign_ins" in tables:
            connection.execute("DELETE FROM sign_ins")
        # What was deleted is in no free page either.
        connection.execute("VACUUM")
        connection.execute("PRAGMA journal_mode = DELETE")
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - its own
            for name in sorted(tables - {"sign_ins"})
        }


def _exchange(database: Path, copy: Path, kept: Path) -> None:
    """Put the copy in the database's place and keep what was there; OSError leaves the database as it was."""
    database.touch(_OWNER_ONLY)
    if not replace_database(database, copy, partial(atomic_files.replacing, kept, _OWNER_ONLY)):
        _exchange_damaged(database, copy, kept)


def _exchange_damaged(database: Path, copy: Path, kept: Path) -> None:
    """The same with a damaged database, which is moved away with what belongs to it."""
    moved: list[tuple[Path, Path]] = []
    try:
        for suffix in ("-wal", "-shm", ""):
            file = database.with_name(database.name + suffix)
            if file.exists():
                aside = kept.with_name(kept.name + suffix)
                file.rename(aside)
                moved.append((file, aside))
        atomic_files.move(copy, database)
    except OSError:
        for file, aside in reversed(moved):
            aside.rename(file)
        raise
