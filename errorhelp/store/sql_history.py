"""What people did to messages, maintenance and problems, in SQL: some at a time, the newest first."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Table, and_, or_, select, true

from errorhelp.messages.message_template import TemplateChange
from errorhelp.messages.occurrences import WindowChange
from errorhelp.reports.report import ProblemChange
from errorhelp.store import MessageEvent, WindowEvent
from errorhelp.store.message_filter import Position, has_any_target
from errorhelp.store.query_slices import LARGE_ROWS_AT_ONCE, in_slices
from errorhelp.store.rows import event_of, unix_seconds, window_change_of, window_event_of
from errorhelp.store.sql_access import Connecting
from errorhelp.store.sql_problem_changes import problem_change_of
from errorhelp.store.sql_templates import template_change_of
from errorhelp.store.tables import (
    events,
    problem_changes,
    template_changes,
    window_changes,
    window_events,
)

_Change = TypeVar("_Change")


@dataclass(frozen=True, slots=True)
class ChangesBefore:
    """Changes that are looked for: by a person, in `[since, until)`, and before a place among all of a kind.

    That is before an instant (Unix seconds), and of that instant those with a smaller number than `seq`; None: all.
    With `targets` only messages that name one of them, or have it as another of their values, and problems of
    infobases among them; of maintenance windows only those with these ids, None for all.
    """

    who: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    targets: Collection[str] = ()
    windows: Collection[str] | None = None
    at: int | None = None
    seq: int | None = None

    def clauses(self, table: Table) -> Iterator[ColumnElement[bool]]:
        """The same as conditions on a table of changes."""
        if self.who is not None:
            yield table.c.who == self.who
        if self.since is not None:
            yield table.c.at >= unix_seconds(self.since)
        if self.until is not None:
            yield table.c.at < unix_seconds(self.until)
        if self.at is not None:
            same = true() if self.seq is None else table.c.seq < self.seq
            yield and_(table.c.at <= self.at, or_(table.c.at < self.at, same))


class HistoryStore:
    """The history in a database, under the same terms as the rest of a `Store`, on its connections for reading.

    Each gives up to `limit` changes with their numbers, which grow with every change of the kind, the newest first.
    """

    def __init__(self, reading: Connecting, position: Position) -> None:
        self._reading = reading
        self._position = position

    async def of_messages(self, wanted: ChangesBefore, limit: int) -> Sequence[tuple[int, MessageEvent]]:
        """Changes of messages."""
        named = has_any_target(events.c.data, wanted.targets, self._position) if wanted.targets else true()
        return await self._changes(events, event_of, wanted, named, limit)

    async def of_windows(self, wanted: ChangesBefore, limit: int) -> Sequence[tuple[int, WindowChange]]:
        """Changes of occurrences of maintenance windows."""
        named = true() if wanted.windows is None else window_changes.c.window_id.in_(wanted.windows)
        return await self._changes(window_changes, window_change_of, wanted, named, limit)

    async def of_made_windows(self, wanted: ChangesBefore, limit: int) -> Sequence[tuple[int, WindowEvent]]:
        """Changes of maintenance windows that people made."""
        named = (
            has_any_target(window_events.c.data, wanted.targets, self._position) if wanted.targets else true()
        )
        return await self._changes(window_events, window_event_of, wanted, named, limit)

    async def of_problems(self, wanted: ChangesBefore, limit: int) -> Sequence[tuple[int, ProblemChange]]:
        """Changes of problems."""
        named = problem_changes.c.infobase.in_(wanted.targets) if wanted.targets else true()
        return await self._changes(problem_changes, problem_change_of, wanted, named, limit)

    async def of_templates(self, wanted: ChangesBefore, limit: int) -> Sequence[tuple[int, TemplateChange]]:
        """Changes of templates, which are about no infobase."""
        if wanted.targets:
            return []
        return await self._changes(template_changes, template_change_of, wanted, true(), limit)

    async def _changes(
        self,
        table: Table,
        made: Callable[[Row[Any]], _Change],
        wanted: ChangesBefore,
        named: ColumnElement[bool],
        limit: int,
    ) -> Sequence[tuple[int, _Change]]:
        query = select(table).where(named, *wanted.clauses(table))
        query = query.order_by(table.c.at.desc(), table.c.seq.desc()).limit(limit)
        found: list[tuple[int, _Change]] = []
        async with self._reading() as connection:
            async for rows in in_slices(connection, query, LARGE_ROWS_AT_ONCE):
                found += ((row.seq, made(row)) for row in rows)
        return found
