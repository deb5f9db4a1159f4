"""What a copy in object storage has and what it lacks, in a file: the queue of a copy, which survives restarts.

The queue holds changes, not files: a change is the targets of messages that came, went or were changed, so that
one for all of 100,000 infobases is one line. It also holds the state that was queued last, from which the next
start finds out what changed meanwhile.
"""

import json
import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from errorhelp.store.query_slices import chunks

log = logging.getLogger(__name__)

_FORMAT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changes (number INTEGER PRIMARY KEY AUTOINCREMENT, targets TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, digest BLOB, etag TEXT) WITHOUT ROWID;
"""
_BUSY_SECONDS = 5.0
# Above it those that wait become one: they may be many while a copy cannot be reached.
_MOST_CHANGES = 20


@dataclass(frozen=True, slots=True)
class Queued:
    """The state up to which changes are queued: what was `shown` at a time (Unix seconds), of which `catalog`."""

    catalog: str
    at: float
    shown: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """A file that a copy has: its name, a digest of what is in it, and the ETag that the storage gave it."""

    name: str
    digest: bytes
    etag: str | None


class CopyRecord:
    """The record in `file`, or in memory alone without one; sqlite3.Error from everything here if that is broken.

    A file whose digest is unknown may hold anything, or not be there. For one thread at a time.
    """

    def __init__(self, file: Path | None) -> None:
        if file is not None:
            file.parent.mkdir(mode=0o700, exist_ok=True)
            file.touch(mode=0o600)
        self._database = sqlite3.connect(
            file or ":memory:", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            # What is under way must be known after a power loss.
            self._database.execute("PRAGMA synchronous = FULL")
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
            if version not in (0, _FORMAT):
                raise sqlite3.DatabaseError(f"{file} is of another version of errorhelp")
            with self._changing():
                for statement in _TABLES.split(";"):
                    self._database.execute(statement)
                self._database.execute(f"PRAGMA user_version = {_FORMAT}")
        except BaseException:
            self._database.close()
            raise

    @classmethod
    def opened(cls, file: Path) -> "CopyRecord":
        """The record in a file, made anew if that is damaged; one in memory where no disk has it."""
        try:
            try:
                return cls(file)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                log.warning("%s is damaged and is made anew: %s", file, error)
                remove(file)
                return cls(file)
        except (OSError, sqlite3.Error) as error:
            log.error("what copies have cannot be kept in %s, so all is looked at again: %s", file, error)
            return cls(None)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @property
    def token(self) -> bytes | None:
        """What the copy is marked with since this record knows what it has."""
        return self._about("token")

    def set_token(self, token: bytes) -> None:
        """The copy is marked with it from now on."""
        self._set("token", token)

    # The queue

    @property
    def queued(self) -> Queued | None:
        """The state up to which changes are queued."""
        found = [self._about(name) for name in ("catalog", "at", "shown")]
        if any(each is None for each in found):
            return None
        catalog, at, shown = (each or b"" for each in found)
        return Queued(catalog.decode(), float(at), shown)

    @property
    def changes(self) -> list[tuple[int, frozenset[str]]]:
        """The changes that are not all in the copy, with their numbers, the oldest first."""
        found = self._database.execute("SELECT number, targets FROM changes ORDER BY number")
        return [(number, frozenset(json.loads(targets))) for number, targets in found]

    @property
    def is_look_due(self) -> bool:
        """Whether every file has to be looked at."""
        return self._about("looked") is None

    def queue(self, state: Queued, targets: Collection[str], *, is_look_due: bool) -> int:
        """Queue a change up to that state; with `is_look_due` also a look at every file. The change's number."""
        with self._changing():
            if is_look_due:
                self._unset("looked")
            waiting = self.changes
            if len(waiting) >= _MOST_CHANGES:
                numbers = [number for number, _ in waiting]
                self._database.execute("DELETE FROM changes WHERE number <= ?", (numbers[-1],))
                targets = frozenset(targets).union(*(each for _, each in waiting))
            self._set("catalog", state.catalog.encode())
            self._set("at", repr(state.at).encode())
            self._set("shown", state.shown)
            added = self._database.execute(
                "INSERT INTO changes (targets) VALUES (?)", (json.dumps(sorted(targets)),)
            )
        return int(added.lastrowid or 0)

    def finish(self, change: int) -> None:
        """A change is all in the copy."""
        self._database.execute("DELETE FROM changes WHERE number = ?", (change,))

    def begin_look(self) -> None:
        """A look at every file begins: those that are wanted follow."""
        self._database.execute("DROP TABLE IF EXISTS wanted")
        self._database.execute("CREATE TEMP TABLE wanted (name TEXT PRIMARY KEY) WITHOUT ROWID")

    def want(self, names: Iterable[str]) -> None:
        """The copy is to have these files."""
        with self._changing():
            self._database.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", [(name,) for name in names])

    def unwanted(self, limit: int) -> list[str]:
        """Files that the copy has or may have, and that were not wanted since the look began."""
        found = self._database.execute(
            "SELECT name FROM files WHERE name NOT IN (SELECT name FROM wanted) LIMIT ?", (limit,)
        )
        return [name for (name,) in found]

    def finish_look(self) -> None:
        """Every file was looked at, and what was not wanted is gone."""
        self._set("looked", b"")
        self._database.execute("DROP TABLE wanted")

    # What the copy has

    def known(self, names: Sequence[str]) -> Mapping[str, tuple[bytes | None, str | None]]:
        """What is known of these files: the digest, and the ETag."""
        found: dict[str, tuple[bytes | None, str | None]] = {}
        for some in chunks(names):
            marks = ", ".join("?" * len(some))
            rows = self._database.execute(
                f"SELECT name, digest, etag FROM files WHERE name IN ({marks})",  # noqa: S608 - marks alone
                some,
            )
            found.update((name, (digest, etag)) for name, digest, etag in rows)
        return found

    def begin(self, names: Iterable[str]) -> None:
        """These files are about to be written or removed: nothing is known of them until that was acknowledged."""
        with self._changing():
            self._database.executemany(
                "INSERT INTO files (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET digest = NULL, etag = NULL",
                ((name,) for name in names),
            )

    def note_written(self, files: Iterable[Written]) -> None:
        """These files are in the copy."""
        with self._changing():
            self._database.executemany(
                "UPDATE files SET digest = ?, etag = ? WHERE name = ?",
                [(each.digest, each.etag, each.name) for each in files],
            )

    def note_removed(self, names: Iterable[str]) -> None:
        """These files are not in the copy any more."""
        with self._changing():
            self._database.executemany("DELETE FROM files WHERE name = ?", ((name,) for name in names))

    # What the storage says that the copy has

    @property
    def compared_at(self) -> float:
        """When that was found out last, in Unix seconds."""
        return float(self._about("compared") or 0)

    def begin_listing(self) -> None:
        """A list of what the storage has follows."""
        self._database.execute("DROP TABLE IF EXISTS listed")
        self._database.execute("CREATE TEMP TABLE listed (name TEXT PRIMARY KEY, etag TEXT) WITHOUT ROWID")

    def list(self, files: Iterable[tuple[str, str | None]]) -> None:
        """The storage has these files, each with that ETag."""
        with self._changing():
            self._database.executemany("INSERT OR REPLACE INTO listed VALUES (?, ?)", files)

    def finish_listing(self, at: float) -> int:
        """Know no more of files that the storage has otherwise, or not at all; how many those are.

        What the record lacked comes into it. Of all those it knows the ETag that was listed. `at` is now, in Unix
        seconds.
        """
        with self._changing():
            different = self._database.execute(
                "UPDATE files SET digest = NULL, etag = (SELECT etag FROM listed WHERE listed.name = files.name)"
                " WHERE digest IS NULL OR etag IS NULL OR etag IS NOT"
                " (SELECT etag FROM listed WHERE listed.name = files.name)"
            ).rowcount
            new = self._database.execute(
                "INSERT OR IGNORE INTO files (name, etag) SELECT name, etag FROM listed"
            ).rowcount
            if different or new:
                self._unset("looked")
            self._set("compared", repr(at).encode())
        self._database.execute("DROP TABLE listed")
        return different + new

    def _about(self, name: str) -> bytes | None:
        found = self._database.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if found is None else found[0]

    def _set(self, name: str, value: bytes) -> None:
        self._database.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def _unset(self, name: str) -> None:
        self._database.execute("DELETE FROM about WHERE name = ?", (name,))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def remove(file: Path) -> None:
    """Have no record in that file."""
    for each in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
        with suppress(OSError):
            each.unlink()
