"""The history some at a time: changes of messages, maintenance and problems in one order, the newest first."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.window import Window
from errorhelp.service.history import (
    HistoryEntry,
    HistoryQuery,
    of_event,
    of_problem,
    of_template,
    of_window,
    of_window_event,
)
from errorhelp.store.list_place import LARGEST_NUMBER, ListPlace
from errorhelp.store.rows import unix_seconds
from errorhelp.store.sql import Store
from errorhelp.store.sql_history import ChangesBefore
from errorhelp.system.worker_thread import in_thread

_Change = TypeVar("_Change")

# Of one second those of templates come first, then those of made windows, of messages and of maintenance.
_PROBLEMS, _WINDOWS, _MESSAGES, _MADE_WINDOWS, _TEMPLATES = range(5)
_DIGITS = 19
_AT_ONCE = 1000
_KEY = re.compile(rf"[{_PROBLEMS}-{_TEMPLATES}][0-9]{{{_DIGITS}}}")


def is_in_history(place: ListPlace) -> bool:
    """Whether it can be a place in this list."""
    return bool(_KEY.fullmatch(place.key)) and int(place.key[1:]) < LARGEST_NUMBER


async def history_after(
    store: Store,
    catalog: Catalog,
    windows: Sequence[Window],
    wanted: HistoryQuery,
    after: ListPlace | None,
    limit: int,
) -> list[tuple[HistoryEntry, ListPlace]]:
    """Up to `limit` changes that are wanted and follow a place, the newest first, each with its own place."""
    by_id: Mapping[str, Window] = {window.id: window for window in windows}
    search = _HistorySearch(wanted, _wanted_of_store(wanted, windows), after, limit)
    found = await _of_kind(_MESSAGES, store.history.of_messages, of_event, search)
    found += await _of_kind(
        _MADE_WINDOWS,
        store.history.of_made_windows,
        lambda event: of_window_event(event, by_id, catalog),
        search,
    )
    found += await _of_kind(
        _WINDOWS, store.history.of_windows, lambda change: of_window(change, by_id, catalog), search
    )
    found += await _of_kind(_TEMPLATES, store.history.of_templates, of_template, search)
    found += await _of_kind(_PROBLEMS, store.history.of_problems, of_problem, search)
    return sorted(found, key=lambda each: (each[1].number, each[1].key), reverse=True)[:limit]


@dataclass(frozen=True, slots=True)
class _HistorySearch:
    wanted: HistoryQuery
    of_store: ChangesBefore
    after: ListPlace | None
    limit: int


def _wanted_of_store(wanted: HistoryQuery, windows: Sequence[Window]) -> ChangesBefore:
    """What a database can look for; what a target stands in may be another value of a message."""
    changes = ChangesBefore(wanted.who, wanted.since, wanted.until)
    if wanted.infobase is None:
        return changes
    keys = wanted.infobase.target_keys
    own = [each.id for each in windows if not set(keys).isdisjoint(each.targets)]
    return replace(changes, targets=keys, windows=own)


async def _of_kind(
    kind: int,
    read: Callable[[ChangesBefore, int], Awaitable[Sequence[tuple[int, _Change]]]],
    entry_of: Callable[[_Change], HistoryEntry],
    search: _HistorySearch,
) -> list[tuple[HistoryEntry, ListPlace]]:
    def placed(changes: Sequence[tuple[int, _Change]]) -> list[tuple[HistoryEntry, ListPlace]]:
        entries = ((entry_of(change), number) for number, change in changes)
        return [
            (entry, ListPlace(unix_seconds(entry.at), f"{kind}{number:0{_DIGITS}}"))
            for entry, number in entries
        ]

    found: list[tuple[HistoryEntry, ListPlace]] = []
    at_once = min(search.limit, _AT_ONCE)
    at, seq = _before(kind, search.after)
    while len(found) < search.limit:
        changes = await read(replace(search.of_store, at=at, seq=seq), at_once)
        entries = await in_thread(placed, changes)
        found += (each for each in entries if search.wanted.holds(each[0]))
        if len(changes) < at_once:
            break
        at, seq = entries[-1][1].number, changes[-1][0]
    return found[: search.limit]


def _before(kind: int, after: ListPlace | None) -> tuple[int | None, int | None]:
    """Where changes of a kind go on: before a second, or in it before a number."""
    if after is None:
        return None, None
    kind_there, number = int(after.key[:1]), int(after.key[1:])
    if kind < kind_there:
        return after.number, None
    # What is of a later kind in that second was listed already.
    return after.number, number if kind == kind_there else 0
