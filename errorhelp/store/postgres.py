"""The store of several nodes: PostgreSQL, which signals every node at once when messages changed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

import asyncpg
from sqlalchemy import ColumnElement, func, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from errorhelp.store import StoreUnavailable
from errorhelp.store.sql import Store

_CHANNEL: Final = "errorhelp_changes"
# Advisory locks (postgresql.org, "Explicit Locking"): who writes, and who leads. Any two numbers do.
_WRITING, _LEADING = 0x6572726F72, 0x6572726F73
_CONNECT_SECONDS, _STATEMENT_SECONDS = 3.0, 10.0
_REMEDY = (
    "check that it runs and can be reached, and that the address, user and password in `store` are right"
)


class PostgresStore(Store):
    """A store in the database at `address`, `postgresql://user:password@host/name`.

    A listener that hears nothing asks after `heartbeat_seconds` whether its connection still lives, and then
    also has the messages read again, in case a notification was lost.
    """

    def __init__(self, address: str, *, heartbeat_seconds: float = 5) -> None:
        url = make_url(address).set(drivername="postgresql+asyncpg")
        self._where = url.set(drivername="postgresql").render_as_string(hide_password=True)
        self._url = url
        self._heartbeat_seconds = heartbeat_seconds
        self._leading: asyncpg.Connection[asyncpg.Record] | None = None
        # A connection answers one question at a time.
        self._one_asks = asyncio.Lock()
        super().__init__(
            create_async_engine(
                url,
                # A connection that the server closed meanwhile is noticed before it is used.
                pool_pre_ping=True,
                pool_timeout=_STATEMENT_SECONDS,
                connect_args={"timeout": _CONNECT_SECONDS, "command_timeout": _STATEMENT_SECONDS},
            )
        )

    async def close(self) -> None:
        self._stop_leading()
        await super().close()

    async def changes(self) -> AsyncGenerator[None, None]:
        with self._translated():
            # A connection of its own: one of a pool forgets that it listens.
            connection = await self._connect()
            try:
                changed = asyncio.Event()
                await connection.add_listener(_CHANNEL, lambda *_: changed.set())
                yield
                while True:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self._heartbeat_seconds):
                            await changed.wait()
                    if not changed.is_set():
                        # After a silent network loss this is what fails.
                        await connection.fetchval("SELECT 1", timeout=_CONNECT_SECONDS)
                    changed.clear()
                    yield
            finally:
                connection.terminate()

    async def leads(self) -> bool:
        async with self._one_asks:
            return await self._leads()

    async def _leads(self) -> bool:
        with self._translated():
            try:
                if self._leading is not None:
                    await self._leading.fetchval("SELECT 1", timeout=_CONNECT_SECONDS)
                    return True
                # The lock lasts as long as this connection: when the node dies, another one gets it.
                self._leading = await self._connect()
                query = "SELECT pg_try_advisory_lock($1)"
                if await self._leading.fetchval(query, _LEADING, timeout=_CONNECT_SECONDS):
                    return True
            except BaseException:
                self._stop_leading()
                raise
        self._stop_leading()
        return False

    def _stop_leading(self) -> None:
        if self._leading is not None:
            self._leading.terminate()
            self._leading = None

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        url = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await asyncpg.connect(url, timeout=_CONNECT_SECONDS, command_timeout=_STATEMENT_SECONDS)

    @staticmethod
    def _position(text: ColumnElement[str], part: str) -> ColumnElement[int]:
        return func.strpos(text, part)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        with self._translated():
            async with self._engine.begin() as connection:
                # One writer at a time, so that events are numbered in the order of their commits.
                await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITING})")
                yield connection
                # Is heard when, and only if, this transaction is committed.
                await connection.exec_driver_sql(f"NOTIFY {_CHANNEL}")

    @asynccontextmanager
    async def _one_moment(self) -> AsyncIterator[AsyncConnection]:
        async with self._reading() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, PoolTimeout) as error:
            cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
            raise StoreUnavailable(self._where, _first_line(cause), _REMEDY) from error


def _first_line(error: BaseException) -> str:
    """What the driver says, without the statement and its values."""
    text = str(error).strip().partition("\n")[0]
    return text.rpartition(">: ")[2] or type(error).__name__
