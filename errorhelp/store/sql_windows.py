"""Maintenance windows that people made, in SQL, each change with its event."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.occurrences import WindowChange
from errorhelp.store import StaleWindow, UnknownWindow, WindowDeed, WindowEvent
from errorhelp.store.query_slices import LARGE_ROWS_AT_ONCE, in_slices
from errorhelp.store.rows import (
    window_change_row,
    window_event_of,
    window_event_row,
    window_of,
    window_row,
)
from errorhelp.store.sql_access import Connecting
from errorhelp.store.tables import window_changes, window_events, windows

_WINDOWS = select(
    windows,
    select(func.max(window_events.c.at))
    .where(window_events.c.window_id == windows.c.id)
    .scalar_subquery()
    .label("changed_at"),
)


class WindowStore:
    """Made windows in a database, under the same terms as the rest of a `Store`.

    On the connections of an SQL store: `reading`, and `writing` in a transaction.
    """

    def __init__(self, reading: Connecting, writing: Connecting) -> None:
        self._reading = reading
        self._writing = writing

    async def all(self, *, ended: bool = False) -> list[MadeWindow]:
        """Those in force, and with `ended` those that people ended too, in the order in which they were made."""
        query = _WINDOWS.order_by(windows.c.created_at, windows.c.id)
        if not ended:
            query = query.where(windows.c.ended_at.is_(None))
        found: list[MadeWindow] = []
        async with self._reading() as connection:
            async for rows in in_slices(connection, query, LARGE_ROWS_AT_ONCE):
                found += map(window_of, rows)
        return found

    async def window(self, window_id: str) -> MadeWindow:
        """One window, or UnknownWindow."""
        async with self._reading() as connection:
            return await _find(connection, window_id)

    async def add(self, window: MadeWindow, who: str, at: datetime) -> None:
        """Keep a window under an id of its own, with its event `made`."""
        row, event = window_row(window), window_event_row(window, "made", who, at)
        async with self._writing() as connection:
            await connection.execute(insert(windows).values(row))
            await connection.execute(insert(window_events).values(event))

    async def replace(
        self,
        window: MadeWindow,
        *,
        expected_revision: int,
        what: WindowDeed,
        who: str,
        at: datetime,
        changes: Iterable[WindowChange] = (),
    ) -> MadeWindow:
        """Put the window in the place of its revision `expected_revision`, and return it with the next one.

        With it, what becomes of occurrences that people changed. StaleWindow if it has another revision by now,
        UnknownWindow if it is gone.
        """
        replaced = dataclasses.replace(window, revision=expected_revision + 1)
        row, event = window_row(replaced), window_event_row(replaced, what, who, at)
        expected = (windows.c.id == window.id, windows.c.revision == expected_revision)
        async with self._writing() as connection:
            result = await connection.execute(update(windows).where(*expected).values(row))
            if result.rowcount == 0:
                raise StaleWindow(await _find(connection, window.id))
            await connection.execute(insert(window_events).values(event))
            for change in changes:
                await connection.execute(insert(window_changes).values(window_change_row(change)))
        return replaced

    async def events(self, window_id: str | None = None) -> list[WindowEvent]:
        """The history of a window, or of all, the oldest first."""
        query = select(window_events).order_by(window_events.c.seq)
        if window_id is not None:
            query = query.where(window_events.c.window_id == window_id)
        async with self._reading() as connection:
            return [window_event_of(row) for row in await connection.execute(query)]


async def _find(connection: AsyncConnection, window_id: str) -> MadeWindow:
    row = (await connection.execute(_WINDOWS.where(windows.c.id == window_id))).one_or_none()
    if row is None:
        raise UnknownWindow(window_id)
    return window_of(row)
