"""The store of several nodes: PostgreSQL, which signals every node at once when messages changed."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from sqlalchemy import ColumnElement, event, func, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import greenlet_spawn

from errorhelp.formats.postgres_address import parse_postgres_address
from errorhelp.store import RestoreUnderWay
from errorhelp.store.database_copy import sequence_of
from errorhelp.store.postgres_connections import PostgresConnector
from errorhelp.store.postgres_errors import ERRORS, PooledByTransaction, unavailable
from errorhelp.store.postgres_watch import (
    HEARTBEAT_SECONDS,
    LEADS_AFTER_SECONDS,
    NOTIFY_CHANGE,
    NOTIFY_REPORTS,
    REPLACING_LOCK,
    WRITING_LOCK,
    PostgresWatch,
)
from errorhelp.store.sql import Store
from errorhelp.store.tables import metadata, schema_version

_STATEMENT_SECONDS = 10.0
# So long a connection that nobody needed is kept for the next who does.
_IDLE_SECONDS = 15.0

# False, and no lock, while everything is being replaced.
_MAY_WRITE = f"""
    SELECT CASE WHEN pg_try_advisory_xact_lock_shared({REPLACING_LOCK})
        THEN pg_advisory_xact_lock({WRITING_LOCK}) IS NOT NULL ELSE false END
"""
_SET = text("SELECT set_config(:name, :value, true)")
# A restore may rest for long while it keeps what there was, and must not be waited for when its node is gone.
_LONG_WORK = (
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
)


class PostgresStore(Store):
    """A store in the database at `address`, a URI; ValueError if that is none.

    A statement has `statement_seconds`. While `changes` is iterated the node has one connection that hears of
    them and asks, each `heartbeat_seconds`, whether it lives; `leads_after_seconds` after it got the lock for it
    the node leads. What else it needs connections for takes them from a pool, which is emptied when nobody did
    for `idle_seconds`.
    """

    def __init__(
        self,
        address: str,
        *,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        leads_after_seconds: float = LEADS_AFTER_SECONDS,
        statement_seconds: float = _STATEMENT_SECONDS,
        idle_seconds: float = _IDLE_SECONDS,
    ) -> None:
        parsed = parse_postgres_address(address)
        self._connector = PostgresConnector(parsed, statement_seconds)
        self._heartbeat_seconds = heartbeat_seconds
        self._leads_after_seconds = leads_after_seconds
        self._idle_seconds = idle_seconds
        self._watch: PostgresWatch | None = None
        self._report_writes = 0
        self._used_at = time.monotonic()
        self._is_pooled = False
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self._connector.connect,
            # A connection that the server closed meanwhile is noticed before it is used.
            pool_pre_ping=True,
            pool_timeout=_STATEMENT_SECONDS,
            pool_use_lifo=True,
        )
        event.listen(engine.sync_engine, "checkin", self._note_use)
        super().__init__(engine, str(parsed.without_password))

    async def open(self) -> None:
        with self._translated():
            try:
                await self._connector.check_pooling()
            except PooledByTransaction:
                self._is_pooled = True
                raise
        self._is_pooled = False
        await super().open()

    async def changes(self) -> AsyncGenerator[None, None]:
        with self._translated():
            watch = PostgresWatch(
                await self._connector.connect(),
                self._heartbeat_seconds,
                self._leads_after_seconds,
                self._let_go_of_idle,
                self._note_reports,
            )
            self._watch = watch
            changes = watch.changes()
            try:
                async for _ in changes:
                    yield
            finally:
                self._watch = None
                await changes.aclose()

    @property
    def leads(self) -> bool:
        return self._watch is not None and self._watch.leads

    @property
    def report_writes(self) -> int | None:
        return self._report_writes

    async def prepare(self, role: str | None) -> None:
        """Make the tables, or bring them to this version, and give a role the rights that a service needs.

        For the database's owner; a service whose tables are prepared need not be allowed to make any.
        """
        await self.open()
        if role is not None:
            async with self._writing_aside() as connection:
                await _grant(role, connection)

    @staticmethod
    def _position(text: ColumnElement[str], part: str) -> ColumnElement[int]:
        return func.strpos(text, part)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        self._refuse_pooling()
        async with super()._reading() as connection:
            yield connection

    @asynccontextmanager
    async def _writing_aside(self) -> AsyncIterator[AsyncConnection]:
        self._refuse_pooling()
        with self._translated():
            async with self._engine.begin() as connection:
                # One writer at a time, so that events are numbered in the order of their commits.
                if not await connection.scalar(text(_MAY_WRITE)):
                    raise RestoreUnderWay(self._where)
                yield connection

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        async with self._writing_aside() as connection:
            yield connection
            # Is heard when, and only if, this transaction is committed.
            await connection.exec_driver_sql(NOTIFY_CHANGE)

    @asynccontextmanager
    async def _writing_reports(self) -> AsyncIterator[AsyncConnection]:
        async with self._writing_aside() as connection:
            yield connection
            await connection.exec_driver_sql(NOTIFY_REPORTS)

    @asynccontextmanager
    async def _replacing(self) -> AsyncIterator[AsyncConnection]:
        with self._translated():
            async with self._engine.begin() as connection:
                for name, value in _LONG_WORK:
                    await connection.execute(_SET, {"name": name, "value": value})
                # The first keeps those out who come, the second waits for earlier versions, which know no other.
                for lock in (REPLACING_LOCK, WRITING_LOCK):
                    await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock})")
                yield connection
                for notify in (NOTIFY_CHANGE, NOTIFY_REPORTS):
                    await connection.exec_driver_sql(notify)

    @asynccontextmanager
    async def _one_moment(self) -> AsyncIterator[AsyncConnection]:
        async with self._reading() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def _refuse_pooling(self) -> None:
        """StoreUnavailable behind a pooler: some of what is asked would work, and some not."""
        if self._is_pooled:
            raise unavailable(self._where, PooledByTransaction())

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            # A mistake of ours, and no trouble of the database.
            raise
        except ERRORS as error:
            raise unavailable(self._where, error) from error

    def _note_use(self, *_: object) -> None:
        self._used_at = time.monotonic()

    def _note_reports(self) -> None:
        self._report_writes += 1

    async def _let_go_of_idle(self) -> None:
        """Close the connections that nobody needed for a while."""
        pool = self._engine.sync_engine.pool
        if not isinstance(pool, QueuePool) or time.monotonic() - self._used_at < self._idle_seconds:
            return
        if pool.checkedout() or not pool.checkedin():
            return
        # Whoever comes from now on gets another pool, so that none of this one is in use.
        await self._engine.dispose(close=False)
        with suppress(*ERRORS):
            await greenlet_spawn(pool.dispose)


async def _grant(role: str, connection: AsyncConnection) -> None:
    """Let a role read and write what is there, number rows as a restore does, and change no table."""
    quoted = connection.dialect.identifier_preparer.quote_identifier
    schema = quoted(str(await connection.scalar(text("SELECT current_schema()"))))
    grants = [("USAGE", f"SCHEMA {schema}"), ("SELECT", f"TABLE {schema}.{schema_version.name}")]
    for table in metadata.sorted_tables:
        if table is schema_version:
            continue
        grants.append(("SELECT, INSERT, UPDATE, DELETE", f"TABLE {schema}.{table.name}"))
        if "seq" in table.c:
            grants.append(("SELECT, UPDATE", f"SEQUENCE {await sequence_of(connection, table)}"))
    for rights, thing in grants:
        await connection.exec_driver_sql(f"GRANT {rights} ON {thing} TO {quoted(role)}")
