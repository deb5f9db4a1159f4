"""The embedded store: one SQLite file, written by one process at a time and durable at every commit."""

import asyncio
import os
import re
import sqlite3
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, ColumnElement, Connection, event, func
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from errorhelp.store import RESTORE_UNDER_WAY, StoreUnavailable
from errorhelp.store.sql import Store
from errorhelp.system.state_directory import StateDirectory, Work

# Result codes that are about the file and its surroundings (sqlite.org/rescode.html): why, what to do.
_RESTORE = "stop errorhelp, then restore the file from a backup, or move it away to begin with an empty one"
_FOREIGN = "this is no database of errorhelp"
_REASONS = {
    sqlite3.SQLITE_BUSY: (
        "the database is locked by another process",
        "end whatever holds it (a backup, an SQLite shell, a second errorhelp), then try again",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "the database can't be opened",
        "check that its folder exists and that this account may read and write there",
    ),
    sqlite3.SQLITE_READONLY: (
        "the database can't be written",
        "let this account write the file and its folder, and check that the disk isn't read-only",
    ),
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space, then try again"),
    sqlite3.SQLITE_IOERR: (
        "the disk failed to read or write",
        "check the disk, its quota and the system's log, then try again",
    ),
    sqlite3.SQLITE_CORRUPT: ("the database is damaged", _RESTORE),
    sqlite3.SQLITE_ERROR: ("the database is not as errorhelp left it", _RESTORE),
    sqlite3.SQLITE_NOTADB: ("the file is not a database, or is damaged", _RESTORE),
}
# So long a command that has the database open may take to end.
_SECONDS_TO_END = 10.0
# Other messages with the code SQLITE_ERROR come from wrong statements of ours.
_OTHER_TABLES = re.compile(r"no such (table|column)|has no column|already exists")


class SqliteStore(Store):
    """A store in the file `path`, made at need, readable by its owner only.

    A write waits up to `busy_seconds` for another process that writes; changes are looked for every
    `poll_seconds`.
    """

    def __init__(self, path: Path, *, busy_seconds: float = 5, poll_seconds: float = 1) -> None:
        engine = create_async_engine(
            URL.create("sqlite+aiosqlite", database=str(path)),
            # No isolation level: the driver leaves transactions to _begin.
            connect_args={"isolation_level": None, "timeout": busy_seconds},
        )
        event.listen(engine.sync_engine, "connect", _configure)
        event.listen(engine.sync_engine, "begin", _begin)
        super().__init__(engine, str(path))
        self._writer = engine.execution_options(writes=True)
        # Writers of this process queue here, in turn, and leave the engine's connections to readers.
        self._one_writer = asyncio.Lock()
        self._path = path
        self._busy_seconds = busy_seconds
        self._poll_seconds = poll_seconds
        self._watch: _Watch | None = None

    async def open(self) -> None:
        if self._watch is not None:
            # It is opened again, after an error.
            self._watch.close()
            self._watch = None
        try:
            with self._translated():
                self._watch = _Watch(await asyncio.to_thread(_create, self._path, self._busy_seconds))
            await super().open()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        await super().close()
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    @property
    def leads(self) -> bool:
        # The state directory's lock leaves no other node.
        return True

    async def changes(self) -> AsyncGenerator[None, None]:
        seen = None
        while self._watch is not None:
            with self._translated():
                version = await asyncio.to_thread(self._watch.version)
            if version != seen:
                seen = version
                yield
            await asyncio.sleep(self._poll_seconds)

    @staticmethod
    def _position(text: ColumnElement[str], part: str) -> ColumnElement[int]:
        return func.instr(text, part)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        with self._translated():
            async with self._one_writer, self._writer.begin() as connection:
                yield connection

    def _translated(self) -> AbstractContextManager[None]:
        return _translated(self._path)


def copy_database(database: Path, target: Path) -> None:
    """Copy a database, also one in use, as it is at one moment; StoreUnavailable if it can't be read."""
    with (
        _translated(database),
        closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)
        # With a write-ahead log it would be more than one file.
        writing.execute("PRAGMA journal_mode = DELETE")


def replace_database(database: Path, copy: Path, keep: Callable[[], AbstractContextManager[Path]]) -> bool:
    """Put a database in the place of one that nobody else has open, after keeping that: whether it could be.

    All at once or not at all: whoever is killed meanwhile leaves the one that was there. `keep` says where to make
    a copy of it, which is there when that is left; of an empty one there is none. A damaged one stays as it is, and
    is no database to copy: False then. StoreUnavailable while somebody else has it open, or the disk fails.
    """
    with (
        _translated(database),
        closing(sqlite3.connect(database, timeout=_SECONDS_TO_END, isolation_level=None)) as replaced,
        closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as replacement,
    ):
        try:
            # From here on nobody else opens it, until this connection is closed.
            replaced.execute("PRAGMA locking_mode = EXCLUSIVE")
            replaced.execute("BEGIN EXCLUSIVE")
            replaced.execute("COMMIT")
            if _names(replaced):
                with keep() as kept, closing(sqlite3.connect(kept)) as keeping:
                    replaced.backup(keeping)
                    keeping.execute("PRAGMA journal_mode = DELETE")
            replacement.backup(replaced)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                return False
            raise
    return True


def check_database(database: Path) -> None:
    """StoreUnavailable unless the file is a whole database of an errorhelp."""
    with _translated(database), closing(sqlite3.connect(database)) as connection:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise StoreUnavailable(str(database), "the database is damaged", "take another backup")
        if "schema_version" not in _names(connection):
            raise StoreUnavailable(str(database), _FOREIGN, "take another file")


def _names(connection: sqlite3.Connection) -> set[str]:
    """What is in the database: tables and what belongs to them."""
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turns the database's errors into StoreUnavailable."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        # The low byte of an extended code is its primary one.
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        reason = _REASONS.get(code)
        if reason is None or (code == sqlite3.SQLITE_ERROR and not _OTHER_TABLES.search(str(cause))):
            raise
        if code == sqlite3.SQLITE_BUSY and _is_restored_by_another(path):
            reason = RESTORE_UNDER_WAY
        raise StoreUnavailable(str(path), *reason) from error


def _is_restored_by_another(path: Path) -> bool:
    """Whether another process restores the state directory that the database is in."""
    holder = StateDirectory(path.parent).holder
    return holder is not None and holder.work is Work.RESTORE and holder.process_id != os.getpid()


def _create(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """A connection to the file, which is made if there is none and has a write-ahead log from then on.

    StoreUnavailable if it holds somebody else's tables.
    """
    with suppress(OSError):  # SQLite says it better below
        path.touch(mode=0o600)
    give_up_at = time.monotonic() + busy_seconds
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    while True:
        try:
            if (names := _names(connection)) and "schema_version" not in names:
                raise StoreUnavailable(str(path), _FOREIGN, "stop errorhelp, then move the file away")
            connection.execute("PRAGMA journal_mode = WAL")
            return connection
        except sqlite3.OperationalError as error:
            # SQLite itself does not wait when two processes do this to a new file at once.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                connection.close()
                raise
        except (sqlite3.Error, StoreUnavailable):
            connection.close()
            raise
        time.sleep(0.01)


class _Watch:
    """A plain connection that is looked at in threads: whoever waits for one may be cancelled, it goes on."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # SQLite crashes when a connection is closed while it is used.
        self._in_use = threading.Lock()

    def version(self) -> int:
        """A number that changes when others commit (sqlite.org/pragma.html#pragma_data_version)."""
        with self._in_use:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        with self._in_use:
            self._connection.close()


def _configure(connection: DBAPIConnection, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that turns from reading to writing would fail at once where this one waits.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
