"""The one connection that a node always has: it hears of changes, and says who leads."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Final

import asyncpg

from errorhelp.store.postgres_connections import PostgresConnection
from errorhelp.store.postgres_errors import NotAnswered, PooledByTransaction

_CHANGES, _REPORTS = "errorhelp_changes", "errorhelp_reports"
# Advisory locks (postgresql.org, "Explicit Locking"). Any numbers do.
_WRITING, _LEADING, _REPLACING = 0x6572726F72, 0x6572726F73, 0x6572726F74
# In the schema that is usual, names and numbers are those of earlier versions, which may run beside this one.
_OWN = "(SELECT oid FROM pg_namespace WHERE nspname = current_schema() AND nspname <> 'public')"


def _lock(number: int) -> str:
    """SQL of the number of a lock; another installation, in another schema of the database, has another."""
    return f"{number} + (coalesce({_OWN}, 0)::bigint << 40)"


def _channel(name: str) -> str:
    return f"concat('{name}', '_' || {_OWN})"


WRITING_LOCK: Final = _lock(_WRITING)
"""SQL: whoever writes has it."""

REPLACING_LOCK: Final = _lock(_REPLACING)
"""SQL: whoever writes shares it; who replaces everything has it alone."""

NOTIFY_CHANGE: Final = f"SELECT pg_notify({_channel(_CHANGES)}, '')"
NOTIFY_REPORTS: Final = f"SELECT pg_notify({_channel(_REPORTS)}, '')"

HEARTBEAT_SECONDS = 2.0
"""So often a node asks whether its connection lives."""

LEADS_AFTER_SECONDS = 6.0
"""So long after it got the lock a node leads: whoever had it before knows by then that it has not."""

_ANSWER_SECONDS = 2.5
# Less than those six, and no less than what passes until a missing answer is noticed.
_LEADS_WITHOUT_ANSWER_SECONDS = 5.0

# The server lets go of a node that went silently (tcp(7)); on a socket of the machine these do nothing.
_BEGIN = f"""
    SELECT pg_backend_pid(), {_channel(_CHANGES)}, {_channel(_REPORTS)},
        set_config('tcp_keepalives_idle', '5', false),
        set_config('tcp_keepalives_interval', '2', false),
        set_config('tcp_keepalives_count', '3', false)
"""
_NEWEST = "(SELECT max(seq) FROM events), (SELECT max(seq) FROM window_changes)"
_BEAT = f"SELECT pg_backend_pid(), {_NEWEST}, true"
_BEAT_AND_TRY = f"SELECT pg_backend_pid(), {_NEWEST}, pg_try_advisory_lock({_lock(_LEADING)})"


def _seconds() -> float:
    """A clock that never goes back, and on Linux goes on while the machine sleeps."""
    if sys.platform == "win32":
        return time.monotonic()
    return time.clock_gettime(_CLOCK)


_CLOCK = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", 0))


class PostgresWatch:
    """Watches over a connection of its own, which it ends at the end of `changes`.

    Each `heartbeat_seconds` it asks whether the connection lives, and tries to get the lock of who leads;
    `each_time` is done then as well. `on_reports` is called when somebody wrote reports.
    """

    def __init__(
        self,
        connection: PostgresConnection,
        heartbeat_seconds: float,
        leads_after_seconds: float,
        each_time: Callable[[], Awaitable[None]],
        on_reports: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._heartbeat_seconds = heartbeat_seconds
        self._leads_after_seconds = leads_after_seconds
        self._each_time = each_time
        self._on_reports = on_reports
        self._news = asyncio.Event()
        self._has_lock_since: float | None = None
        self._had_lock_at = 0.0
        self._newest: tuple[object, ...] | None = None
        self._has_heard = False

    @property
    def leads(self) -> bool:
        """Whether the node leads: it has had the lock for a while, and the server said so just now."""
        now, since = _seconds(), self._has_lock_since
        return (
            since is not None
            and now - since >= self._leads_after_seconds
            and now - self._had_lock_at < _LEADS_WITHOUT_ANSWER_SECONDS
        )

    async def changes(self) -> AsyncGenerator[None, None]:
        """Yield at once and after each change; an error of the driver ends it when the connection is gone."""
        connection = self._connection
        beating: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                (process, changes, reports, *_), *_ = await connection.fetch(_BEGIN)
                await connection.add_listener(changes, self._hear_change)
                await connection.add_listener(reports, self._hear_reports)
            beating = asyncio.create_task(self._beat(int(process)))
            beating.add_done_callback(lambda _: self._news.set())
            self._on_reports()
            yield
            while True:
                await self._news.wait()
                self._news.clear()
                if beating.done():
                    await beating
                yield
        finally:
            self._has_lock_since = None
            if beating is not None:
                beating.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await beating
            connection.terminate()

    def _hear_change(self, *_: object) -> None:
        self._has_heard = True
        self._news.set()

    def _hear_reports(self, *_: object) -> None:
        self._on_reports()

    async def _beat(self, process: int) -> None:
        """Ask again and again; what fails ends it, and so does the end of the connection."""
        ended = asyncio.Event()

        def end(*_: object) -> None:
            # Nobody needs to ask to know that.
            self._has_lock_since = None
            ended.set()

        self._connection.add_termination_listener(end)
        while not ended.is_set():
            await self._ask(process)
            await self._each_time()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._heartbeat_seconds):
                    await ended.wait()
        raise asyncpg.InterfaceError("the connection was closed")

    async def _ask(self, process: int) -> None:
        asked_at = _seconds()
        query = _BEAT_AND_TRY if self._has_lock_since is None else _BEAT
        try:
            ((answered_by, *newest, has_lock),) = await self._connection.fetch(query, timeout=_ANSWER_SECONDS)
        except TimeoutError as error:
            raise NotAnswered(_ANSWER_SECONDS) from error
        if answered_by != process:
            raise PooledByTransaction
        if has_lock:
            self._had_lock_at = asked_at
            if self._has_lock_since is None:
                self._has_lock_since = _seconds()
        # Whoever did not hear of a change reads it all the same.
        before, self._newest = self._newest, tuple(newest)
        if before not in (None, self._newest) and not self._has_heard:
            self._news.set()
        self._has_heard = False
