"""The history some at a time: changes of messages, maintenance and problems in one order, the newest first."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from errorhelp.messages.window import Window
from errorhelp.service.history import HistoryEntry, HistoryQuery, of_event, of_problem, of_window
from errorhelp.store.list_place import LARGEST_NUMBER, ListPlace
from errorhelp.store.rows import unix_seconds
from errorhelp.store.sql import Store
from errorhelp.store.sql_history import ChangesBefore

_Change = TypeVar("_Change")

# Of one second those of messages come first, then those of maintenance.
_PROBLEMS, _WINDOWS, _MESSAGES = range(3)
_DIGITS = 19
_KEY = re.compile(rf"[{_PROBLEMS}-{_MESSAGES}][0-9]{{{_DIGITS}}}")


def is_in_history(place: ListPlace) -> bool:
    """Whether it can be a place in this list."""
    return bool(_KEY.fullmatch(place.key)) and int(place.key[1:]) < LARGEST_NUMBER


async def history_after(
    store: Store, windows: Sequence[Window], wanted: HistoryQuery, after: ListPlace | None, limit: int
) -> list[tuple[HistoryEntry, ListPlace]]:
    """Up to `limit` changes that are wanted and follow a place, the newest first, each with its own place."""
    by_id: Mapping[str, Window] = {window.id: window for window in windows}
    found = await _of_kind(_MESSAGES, store.history.of_messages, of_event, wanted, after, limit)
    found += await _of_kind(
        _WINDOWS, store.history.of_windows, lambda change: of_window(change, by_id), wanted, after, limit
    )
    found += await _of_kind(_PROBLEMS, store.history.of_problems, of_problem, wanted, after, limit)
    return sorted(found, key=lambda each: (each[1].number, each[1].key), reverse=True)[:limit]


async def _of_kind(
    kind: int,
    read: Callable[[ChangesBefore, int], Awaitable[Sequence[tuple[int, _Change]]]],
    entry_of: Callable[[_Change], HistoryEntry],
    wanted: HistoryQuery,
    after: ListPlace | None,
    limit: int,
) -> list[tuple[HistoryEntry, ListPlace]]:
    found: list[tuple[HistoryEntry, ListPlace]] = []
    at, seq = _before(kind, after)
    while len(found) < limit:
        changes = await read(ChangesBefore(wanted.who, wanted.since, wanted.until, at, seq), limit)
        entries = [(entry_of(change), number) for number, change in changes]
        found += (
            (entry, ListPlace(unix_seconds(entry.at), f"{kind}{number:0{_DIGITS}}"))
            for entry, number in entries
            if wanted.holds(entry)
        )
        if len(changes) < limit:
            break
        at, seq = unix_seconds(entries[-1][0].at), entries[-1][1]
    return found[:limit]


def _before(kind: int, after: ListPlace | None) -> tuple[int | None, int | None]:
    """Where changes of a kind go on: before a second, or in it before a number."""
    if after is None:
        return None, None
    kind_there, number = int(after.key[:1]), int(after.key[1:])
    if kind < kind_there:
        return after.number, None
    # What is of a later kind in that second was listed already.
    return after.number, number if kind == kind_there else 0
