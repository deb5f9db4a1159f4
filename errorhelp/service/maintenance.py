"""Maintenance windows: what people do to their occurrences. The configuration stays as it is."""

import logging
from collections.abc import Callable
from datetime import datetime

from errorhelp.messages.occurrences import (
    Deed,
    Occurrence,
    Override,
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
        await self._reach.wait_for(self._store.add_window_change(change))
        try:
            # Somebody else may have changed the same occurrence: the store knows in which order.
            await self._followers.read_messages()
        except StoreUnavailable:
            self._live.override(change)
        log.info("maintenance %s %s by %s", occurrence_id, deed, who.name)
        return Occurrence(occurrence.planned, None if deed is Deed.RESTORED else change.override)
