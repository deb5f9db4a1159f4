"""What people did to messages, maintenance and problems, in SQL: some at a time, the newest first."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Table, and_, or_, select, true

from errorhelp.messages.occurrences import WindowChange
from errorhelp.reports.report import ProblemChange
from errorhelp.store import MessageEvent
from errorhelp.store.rows import event_of, unix_seconds, window_change_of
from errorhelp.store.sql_access import Connecting
from errorhelp.store.sql_problem_changes import problem_change_of
from errorhelp.store.tables import events, problem_changes, window_changes

_Change = TypeVar("_Change")


@dataclass(frozen=True, slots=True)
class ChangesBefore:
    """Changes that are looked for: by a person, in `[since, until)`, and before a place among all of a kind.

    That is before an instant (Unix seconds), and of that instant those with a smaller number than `seq`; None: all.
    """

    who: str | None = None
    since: datetime | None = None
    until: datetime | None = None
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

    def __init__(self, reading: Connecting) -> None:
        self._reading = reading

    async def of_messages(self, wanted: ChangesBefore, limit: int) -> Sequence[tuple[int, MessageEvent]]:
        """Changes of messages."""
        return await self._changes(events, event_of, wanted, limit)

    async def of_windows(self, wanted: ChangesBefore, limit: int) -> Sequence[tuple[int, WindowChange]]:
        """Changes of occurrences of maintenance windows."""
        return await self._changes(window_changes, window_change_of, wanted, limit)

    async def of_problems(self, wanted: ChangesBefore, limit: int) -> Sequence[tuple[int, ProblemChange]]:
        """Changes of problems."""
        return await self._changes(problem_changes, problem_change_of, wanted, limit)

    async def _changes(
        self, table: Table, made: Callable[[Row[Any]], _Change], wanted: ChangesBefore, limit: int
    ) -> Sequence[tuple[int, _Change]]:
        query = select(table).where(*wanted.clauses(table))
        query = query.order_by(table.c.at.desc(), table.c.seq.desc()).limit(limit)
        async with self._reading() as connection:
            return [(row.seq, made(row)) for row in await connection.execute(query)]
