"""Maintenance windows: what people do to their occurrences. The configuration stays as it is."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from errorhelp.messages.occurrences import (
    Deed,
    Occurrence,
    Override,
    UnknownOccurrence,
    WindowChange,
    ended,
    moved,
    occurrence_of,
    restored,
    skipped,
)
from errorhelp.people.people import Person, check_may_write
from errorhelp.service.followers import Followers
from errorhelp.service.live_state import Clock, LiveState
from errorhelp.service.undo import OFFERED_FOR, OwnChange, own_ends, undone_end
from errorhelp.store import StoreUnavailable
from errorhelp.store.reachability import Reach
from errorhelp.store.sql import Store

log = logging.getLogger(__name__)


class Maintenance:
    """Changes single occurrences, in the store and in what is live, and returns them as they are then.

    UnknownOccurrence, CannotOverride or NotAllowed if it cannot be.
    """

    def __init__(
        self, live: LiveState, store: Store, reach: Reach, followers: Followers, clock: Clock
    ) -> None:
        self._live = live
        self._store = store
        self._reach = reach
        self._followers = followers
        self._clock = clock

    async def end(self, occurrence_id: str, who: Person) -> Occurrence:
        """End a running occurrence now."""
        return await self._override(occurrence_id, Deed.ENDED, ended, who)

    async def skip(self, occurrence_id: str, who: Person) -> Occurrence:
        """Leave out an occurrence to come."""
        return await self._override(occurrence_id, Deed.SKIPPED, skipped, who)

    async def move(self, occurrence_id: str, starts_at: datetime, who: Person) -> Occurrence:
        """Show an occurrence to come at another time, for as long as planned."""

        def moved_there(occurrence: Occurrence, now: datetime) -> Override:
            return moved(occurrence, starts_at, now)

        return await self._override(occurrence_id, Deed.MOVED, moved_there, who)

    async def restore(self, occurrence_id: str, who: Person) -> Occurrence:
        """Let an occurrence be as its window plans it."""
        return await self._override(occurrence_id, Deed.RESTORED, restored, who)

    async def undo_end(self, occurrence_id: str, who: Person) -> None:
        """Let an occurrence run again that the person just ended, as before; CannotUndo if that cannot be."""
        now = self._clock()
        found = (window.occurrence_named(occurrence_id) for window in self._live.catalog.windows)
        planned = next(filter(None, found), None)
        if planned is None:
            raise UnknownOccurrence(occurrence_id)
        check_may_write(who, planned.targets, self._live.catalog)
        occurrence = planned.window, planned.starts_at
        changes = [
            each
            for each in await self._last_changes(now)
            if (each.override.window, each.override.planned_for) == occurrence
        ]
        if not changes:
            raise UnknownOccurrence(occurrence_id)
        await self._keep(undone_end(changes, who, now, occurrence_id), occurrence_id)

    async def own_ends(self, who: Person) -> Mapping[str, OwnChange]:
        """The occurrences that the person just ended, or let run again, by their ids."""
        now, windows = self._clock(), {each.id: each for each in self._live.catalog.windows}
        found: dict[str, OwnChange] = {}
        for change, until in own_ends(await self._last_changes(now), who, now):
            override = change.override
            window = windows.get(override.window)
            planned = window.occurrence(override.planned_for) if window else None
            if planned is not None:
                left = replace(planned, starts_at=override.starts_at, ends_at=override.ends_at)
                found[planned.id] = OwnChange("ended" if change.what is Deed.ENDED else "undone", left, until)
        return found

    async def _last_changes(self, now: datetime) -> list[WindowChange]:
        return await self._reach.wait_for(self._store.window_changes(now - OFFERED_FOR))

    async def _keep(self, change: WindowChange, occurrence_id: str) -> None:
        """Keep a change, and show it."""
        await self._reach.wait_for(self._store.add_window_change(change))
        try:
            # Somebody else may have changed the same occurrence: the store knows in which order.
            await self._followers.read_messages()
        except StoreUnavailable:
            self._live.override(change)
        log.info("maintenance %s %s by %s", occurrence_id, change.what, change.who)

    async def _override(
        self,
        occurrence_id: str,
        deed: Deed,
        override: Callable[[Occurrence, datetime], Override],
        who: Person,
    ) -> Occurrence:
        now = self._clock()
        occurrence = occurrence_of(self._live.snapshot.windows, occurrence_id, now, self._live.overrides)
        check_may_write(who, occurrence.planned.targets, self._live.catalog)
        change = WindowChange(now.replace(microsecond=0), who.name, deed, override(occurrence, now))
        await self._keep(change, occurrence_id)
        return Occurrence(occurrence.planned, None if deed is Deed.RESTORED else change.override)
