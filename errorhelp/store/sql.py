"""What the SQL stores share: every query, and which of them make one transaction."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from errorhelp.messages.message import Message, State
from errorhelp.messages.occurrences import WindowChange
from errorhelp.store import MessageEvent, StaleRevision, UnknownMessage, What
from errorhelp.store.database_copy import Progress, copy_rows
from errorhelp.store.list_place import ListPlace
from errorhelp.store.message_filter import MessageFilter, has_any_target, shown_until, state_at
from errorhelp.store.migrations import is_current, migrate
from errorhelp.store.query_slices import LARGE_ROWS_AT_ONCE, in_slices
from errorhelp.store.request_records import RequestKey
from errorhelp.store.rows import (
    event_of,
    event_row,
    message_of,
    message_row,
    stored_row,
    unix_seconds,
    window_change_of,
    window_change_row,
)
from errorhelp.store.sql_access import AccessStore
from errorhelp.store.sql_done_requests import DoneRequestStore, note_request
from errorhelp.store.sql_forwarding import ForwardingStore
from errorhelp.store.sql_history import HistoryStore
from errorhelp.store.sql_reports import ReportStore
from errorhelp.store.sql_retention import RetentionStore
from errorhelp.store.sql_templates import TemplateStore
from errorhelp.store.sql_windows import WindowStore
from errorhelp.store.tables import events, messages, template_changes, window_changes, windows

_Item = TypeVar("_Item")

_MESSAGES = select(
    messages,
    select(func.max(events.c.at))
    .where(events.c.message_id == messages.c.id)
    .scalar_subquery()
    .label("changed_at"),
)


class Store(ABC):
    """Messages, their events, and changes of maintenance windows' occurrences, in a database.

    A write is one transaction that holds a message and its event together, and returns when both are
    durable. Instants are kept in whole seconds. NUL and lone surrogates in a text are a ValueError. Any
    method may raise StoreUnavailable.

    A store behind an SQLAlchemy engine; a subclass says how to write, to watch and to name an error.
    `where` names the database.
    """

    def __init__(self, engine: AsyncEngine, where: str) -> None:
        self._engine = engine
        self._where = where
        self._access = AccessStore(self._reading, self._writing_aside)
        self._reports = ReportStore(self._reading, self._writing_reports)
        self._forwarding = ForwardingStore(self._reading, self._writing_aside)
        self._history = HistoryStore(self._reading, self._position)
        self._done_requests = DoneRequestStore(self._reading, self._writing_aside)
        self._retention = RetentionStore(self._reading, self._writing)
        self._templates = TemplateStore(self._reading, self._writing_aside)
        self._windows = WindowStore(self._reading, self._writing)

    @abstractmethod
    def _translated(self) -> AbstractContextManager[None]:
        """Turns the database's errors into StoreUnavailable."""

    @abstractmethod
    def _writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that may write, committed at its end; its errors are translated."""

    def _writing_aside(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """The same, of what is no message: nobody has to read those again."""
        return self._writing()

    def _writing_reports(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """The same, of reports."""
        return self._writing()

    def _replacing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that replaces everything; nobody else writes from its beginning to its end."""
        return self._writing()

    @staticmethod
    @abstractmethod
    def _position(text: ColumnElement[str], part: str) -> ColumnElement[int]:
        """Where a part stands in a text, from 1; 0 for nowhere."""

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        with self._translated():
            async with self._engine.connect() as connection:
                yield connection

    async def _found(self, query: Select[Any], made: Callable[[Row[Any]], _Item]) -> list[_Item]:
        """What is made of each row of a query, some at a time so that public reads get in between."""
        found: list[_Item] = []
        async with self._reading() as connection:
            async for rows in in_slices(connection, query, LARGE_ROWS_AT_ONCE):
                found += map(made, rows)
        return found

    def _one_moment(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that reads what was there when it began."""
        return self._reading()

    @property
    def access(self) -> AccessStore:
        """API tokens and sign-ins."""
        return self._access

    @property
    def reports(self) -> ReportStore:
        """Problems and reports."""
        return self._reports

    @property
    def forwarding(self) -> ForwardingStore:
        """What targets were notified of, and the outbox."""
        return self._forwarding

    @property
    def history(self) -> HistoryStore:
        """What people did, some at a time."""
        return self._history

    @property
    def done_requests(self) -> DoneRequestStore:
        """Requests that clients may send again."""
        return self._done_requests

    @property
    def retention(self) -> RetentionStore:
        """How long messages are kept."""
        return self._retention

    @property
    def templates(self) -> TemplateStore:
        """Templates that people made."""
        return self._templates

    @property
    def windows(self) -> WindowStore:
        """Maintenance windows that people made."""
        return self._windows

    async def open(self) -> None:
        """Connect, create what is missing and migrate an older schema; NewerSchema refuses a newer one."""
        async with self._reading() as connection:
            # What is as it should be needs nobody who may change it.
            if await is_current(connection, self._where):
                return
        async with self._writing_aside() as connection:
            await migrate(connection)

    async def close(self) -> None:
        """Let go of the database; whoever iterates `changes` must have ended."""
        await self._engine.dispose()

    async def copy_to(
        self,
        target: "Store",
        *,
        replace: bool,
        progress: Progress,
        first: Callable[[], Awaitable[object]] | None = None,
    ) -> dict[str, int]:
        """Copy all that is here at one moment, in one transaction: how many rows of each table.

        The target is open; this store need not be. `first` is done before anything is replaced, when nobody
        else writes there any more. See `copy_rows`.
        """
        async with self._one_moment() as source, target._replacing() as writing:
            if first is not None:
                await first()
            return await copy_rows(source, writing, replace=replace, progress=progress)

    async def messages(self, shown_after: datetime | None = None) -> list[Message]:
        """Every message that is kept, or those not over at an instant, the earliest start first."""
        query = _MESSAGES.order_by(messages.c.starts_at, messages.c.id)
        if shown_after is not None:
            now = unix_seconds(shown_after)
            query = query.where(*_not_over(now))
        return await self._found(query, message_of)

    async def shown_between(
        self, since: datetime, until: datetime, any_of: Collection[str] = ()
    ) -> list[Message]:
        """The messages on display at some time from `since` to `until`, the earliest start first.

        Only those with one of the targets `any_of`, if there are some. When they were changed is left out.
        """
        query = (
            select(messages, null().label("changed_at"))
            .where(*_not_over(unix_seconds(since)), messages.c.starts_at <= unix_seconds(until))
            .where(messages.c.starts_at < messages.c.ends_at)
            .where(or_(messages.c.ended_at.is_(None), messages.c.starts_at < messages.c.ended_at))
            .order_by(messages.c.starts_at, messages.c.id)
        )
        if any_of:
            query = query.where(has_any_target(messages.c.targets, any_of, self._position))
        return await self._found(query, message_of)

    async def past_messages(self, since: datetime, until: datetime, limit: int = 500) -> list[Message]:
        """Up to `limit` messages whose shown end is in `[since, until]`, those that ended last in front.

        Also those that were ended before they start, whenever that is.
        """
        start, end = unix_seconds(since), unix_seconds(until)
        # What ends by itself is found by an index.
        query = (
            _MESSAGES.where(messages.c.ends_at >= start, shown_until >= start)
            .where(or_(shown_until <= end, shown_until <= messages.c.starts_at))
            .order_by(shown_until.desc(), messages.c.id)
            .limit(limit)
        )
        return await self._found(query, message_of)

    async def find_messages(
        self, wanted: MessageFilter, now: datetime, limit: int, after: ListPlace | None = None
    ) -> list[Message]:
        """Up to `limit` messages that fit at `now`, those posted last in front; those that follow a place."""
        found = wanted.clauses(now, self._position)
        query = (
            _MESSAGES.where(*found).order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(limit)
        )
        if after is not None:
            query = query.where(after.is_before(messages.c.created_at, messages.c.id))
        return await self._found(query, message_of)

    async def count_found(self, wanted: MessageFilter, now: datetime) -> int:
        """How many messages fit at `now`."""
        query = select(func.count()).select_from(messages).where(*wanted.clauses(now, self._position))
        async with self._reading() as connection:
            return await connection.scalar(query) or 0

    async def count_messages(self, now: datetime) -> dict[State, int]:
        """How many messages are kept, by their state at `now`."""
        state = state_at(now).label("state")
        query = select(state, func.count()).group_by(state)
        async with self._reading() as connection:
            return {State(row[0]): row[1] for row in await connection.execute(query)}

    async def latest_messages(self, limit: int) -> list[Message]:
        """Up to `limit` messages, those posted last in front."""
        query = _MESSAGES.order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(limit)
        return await self._found(query, message_of)

    async def message(self, message_id: str) -> Message:
        """One message, or UnknownMessage."""
        async with self._reading() as connection:
            return await _find(connection, message_id)

    async def add(self, message: Message, who: str, at: datetime, key: RequestKey | None = None) -> None:
        """Keep a message under an id of its own, with its event `posted`.

        RequestDone, and nothing is kept, if a request with that key was done before.
        """
        row, event = message_row(message), event_row(message, "posted", who, at)
        async with self._writing() as connection:
            if key is not None:
                await note_request(connection, key, message, at)
            await connection.execute(insert(messages).values(stored_row(row)))
            await connection.execute(insert(events).values(event))

    async def replace(
        self,
        message: Message,
        *,
        expected_revision: int,
        what: What,
        who: str,
        at: datetime,
        key: RequestKey | None = None,
    ) -> Message:
        """Put the message in the place of its revision `expected_revision`, and return it with the next one.

        StaleRevision if it has another revision by now, UnknownMessage if it is gone; RequestDone if a request with
        that key was done before.
        """
        replaced = dataclasses.replace(message, revision=expected_revision + 1)
        row, event = message_row(replaced), event_row(replaced, what, who, at)
        expected = (messages.c.id == message.id, messages.c.revision == expected_revision)
        async with self._writing() as connection:
            if key is not None:
                await note_request(connection, key, replaced, at)
            result = await connection.execute(update(messages).where(*expected).values(stored_row(row)))
            if result.rowcount == 0:
                raise StaleRevision(await _find(connection, message.id))
            await connection.execute(insert(events).values(event))
        return replaced

    async def events(
        self,
        message_id: str | None = None,
        after_seq: int = 0,
        limit: int = 1000,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[MessageEvent]:
        """Up to `limit` events that follow the event `after_seq`, of one message or all, in their order.

        Of those in `[since, until)`.
        """
        query = select(events).where(events.c.seq > after_seq).order_by(events.c.seq).limit(limit)
        if message_id is not None:
            query = query.where(events.c.message_id == message_id)
        if since is not None:
            query = query.where(events.c.at >= unix_seconds(since))
        if until is not None:
            query = query.where(events.c.at < unix_seconds(until))
        return await self._found(query, event_of)

    async def add_window_change(self, change: WindowChange) -> None:
        """Keep what somebody did to an occurrence of a maintenance window."""
        row = window_change_row(change)
        async with self._writing() as connection:
            await connection.execute(insert(window_changes).values(row))

    async def window_changes(self, since: datetime | None = None) -> list[WindowChange]:
        """Every such change that is kept, or those of occurrences not over at an instant, the oldest first."""
        query = select(window_changes).order_by(window_changes.c.seq)
        if since is not None:
            query = query.where(_is_not_over_by(unix_seconds(since)))
        return await self._found(query, window_change_of)

    async def collect(self, before: datetime) -> int:
        """Delete the messages whose shown end is before the instant, each with its events: how many.

        Changes of occurrences go when all of an occurrence is before the instant, made windows when they were ended
        before it, and changes of templates by themselves.
        """
        end = unix_seconds(before)
        over = or_(messages.c.ends_at < end, messages.c.ended_at < end)
        async with self._writing() as connection:
            await connection.execute(delete(window_changes).where(~_matters_since(end)))
            await connection.execute(delete(template_changes).where(template_changes.c.at < end))
            await connection.execute(delete(windows).where(windows.c.ended_at < end))
            # Its events go with a message: ON DELETE CASCADE.
            return (await connection.execute(delete(messages).where(over))).rowcount

    @property
    @abstractmethod
    def leads(self) -> bool:
        """Whether this node is the one that does what one node must do, as known now without asking anybody.

        Never two nodes at once; another one takes over when it dies. Needs somebody who iterates `changes`.
        """

    @property
    def report_writes(self) -> int | None:
        """A number that is another one after anybody wrote reports or changed problems; None if it is not known."""
        return None

    @abstractmethod
    def changes(self) -> AsyncGenerator[None, None]:
        """Yield at once, and then after each change by anybody, this store included: read `messages` again.

        StoreUnavailable ends it when it can't watch any longer. Iterating anew misses nothing, since it
        yields at once.
        """


def _not_over(now: int) -> tuple[ColumnElement[bool], ...]:
    """Whether a message is not over at that time (Unix seconds)."""
    return messages.c.ends_at > now, or_(messages.c.ended_at.is_(None), messages.c.ended_at > now)


def _matters_since(end: int) -> ColumnElement[bool]:
    """Whether anything about a change's occurrence is at that time (Unix seconds) or later."""
    other = window_changes.alias()
    return _of_same_occurrence(
        other, or_(other.c.at >= end, other.c.planned_until >= end, other.c.ends_at >= end)
    )


def _is_not_over_by(now: int) -> ColumnElement[bool]:
    """Whether a change's occurrence, as planned or as it was ever changed, is not over at that time."""
    other = window_changes.alias()
    return _of_same_occurrence(other, or_(other.c.planned_until > now, other.c.ends_at > now))


def _of_same_occurrence(other: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a change of the same occurrence, the alias `other`, is so.

    Together or not at all: an older change would be in force again without the last one.
    """
    return (
        select(other.c.seq)
        .where(other.c.window_id == window_changes.c.window_id)
        .where(other.c.planned_for == window_changes.c.planned_for)
        .where(condition)
        .exists()
    )


async def _find(connection: AsyncConnection, message_id: str) -> Message:
    row = (await connection.execute(_MESSAGES.where(messages.c.id == message_id))).one_or_none()
    if row is None:
        raise UnknownMessage(message_id)
    return message_of(row)
