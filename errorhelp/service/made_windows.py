"""Maintenance windows that people make, change and end; those of the configuration stay as they are."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from errorhelp.messages.made_window import (
    MADE,
    MadeWindow,
    changes_with_window,
    ended_window,
    lost_occurrences,
)
from errorhelp.messages.message import CANCELLED_FOR
from errorhelp.messages.occurrences import WindowChange, overrides_known
from errorhelp.people.people import Person, check_may_write
from errorhelp.service.followers import Followers
from errorhelp.service.live_state import Clock, LiveState
from errorhelp.service.new_ids import new_id
from errorhelp.service.window_drafts import (
    OccurrencesLost,
    WindowConfigured,
    WindowDraft,
    changed_window,
    new_window,
)
from errorhelp.store import StaleWindow, StoreUnavailable, WindowDeed, WindowEvent
from errorhelp.store.reachability import Reach
from errorhelp.store.rows import window_after
from errorhelp.store.sql import Store
from errorhelp.system.worker_thread import in_thread

log = logging.getLogger(__name__)


class MadeWindows:
    """Makes, changes and ends windows in the store and in what is live, and returns them as they are then.

    InvalidDraft if a window cannot be, NotAllowed if it is not for this person to write, WindowConfigured for one
    of the configuration, UnknownWindow if there is none.
    """

    def __init__(
        self, live: LiveState, store: Store, reach: Reach, followers: Followers, clock: Clock
    ) -> None:
        self._live = live
        self._store = store
        self._reach = reach
        self._followers = followers
        self._clock = clock

    async def all(self, *, ended: bool = False) -> list[MadeWindow]:
        """Those in force, in the order in which they were made; with `ended` also those that people ended."""
        if not ended:
            return list(self._live.snapshot.made)
        return await self._reach.wait_for(self._store.windows.all(ended=True))

    async def window(self, window_id: str) -> MadeWindow:
        """One window that people made."""
        live = next((each for each in self._live.snapshot.made if each.id == window_id), None)
        if live is not None:
            return live
        return await self._reach.wait_for(self._store.windows.window(window_id))

    async def events(self, window_id: str) -> list[WindowEvent]:
        """Its history, the oldest first."""
        return await self._reach.wait_for(self._store.windows.events(window_id))

    async def versions(self) -> list[MadeWindow]:
        """Every window as it was since its `changed_at` and until its `ended_at`, when it was changed or ended."""
        events = await self._reach.wait_for(self._store.windows.events())
        found: dict[str, list[MadeWindow]] = {}
        for event in events:
            of_window = found.setdefault(event.window_id, [])
            if of_window:
                of_window[-1] = replace(of_window[-1], ended_at=event.at)
            of_window.append(window_after(event))
        return [version for versions in found.values() for version in versions]

    async def make(self, draft: WindowDraft, who: Person) -> MadeWindow:
        """Make a window."""
        now = self._clock()
        catalog, window_id = self._live.catalog, MADE + new_id()
        # To find out that a rule never comes true takes long.
        window = await in_thread(new_window, draft, window_id, who.name, catalog, self._live.limits, now)
        check_may_write(who, window.targets, catalog)
        await self._reach.wait_for(self._store.windows.add(window, who.name, now))
        return await self._shown(window, "made", who)

    async def change(
        self, window_id: str, draft: WindowDraft, revision: int, who: Person, *, confirm: bool = False
    ) -> MadeWindow:
        """Give a window other values; StaleWindow if somebody changed it since that revision, WindowOver.

        OccurrencesLost, unless that is confirmed, if it would not plan some any more that people changed.
        """
        catalog = self._live.catalog

        def changed(window: MadeWindow, now: datetime) -> MadeWindow:
            return changed_window(window, draft, catalog, self._live.limits, now)

        return await self._replace(window_id, "changed", changed, revision, who, confirm=confirm)

    async def end(self, window_id: str, who: Person, revision: int | None = None) -> MadeWindow:
        """End a window now, with an occurrence that is shown; ending one that has ended changes nothing.

        StaleWindow if somebody changed it since a revision that is named.
        """
        return await self._replace(window_id, "ended", ended_window, revision, who, confirm=True)

    async def _replace(
        self,
        window_id: str,
        what: WindowDeed,
        change: Callable[[MadeWindow, datetime], MadeWindow],
        revision: int | None,
        who: Person,
        *,
        confirm: bool,
    ) -> MadeWindow:
        catalog = self._live.catalog
        if configured := [each for each in catalog.windows if each.id == window_id]:
            check_may_write(who, configured[0].targets, catalog)
            raise WindowConfigured(window_id)
        current = await self._reach.wait_for(self._store.windows.window(window_id))
        while True:
            now = self._clock()
            if revision is not None and current.revision != revision:
                check_may_write(who, current.targets, catalog)
                raise StaleWindow(current)
            changed = await in_thread(change, current, now)
            check_may_write(who, (*current.targets, *changed.targets), catalog)
            if changed == current:
                return current
            with_it = [] if changed.is_ended else await self._changes(current, changed, who, now, confirm)
            work = self._store.windows.replace(
                changed,
                expected_revision=current.revision,
                what=what,
                who=who.name,
                at=now,
                changes=with_it,
            )
            try:
                stored = await self._reach.wait_for(work)
            except StaleWindow as stale:
                # Somebody was faster: the change is made to what they left, or refused for it.
                current = stale.current
                continue
            return await self._shown(stored, what, who)

    async def _changes(
        self, before: MadeWindow, after: MadeWindow, who: Person, now: datetime, confirm: bool
    ) -> list[WindowChange]:
        """What becomes of occurrences that people changed; OccurrencesLost unless that is confirmed."""
        zone = self._live.catalog.zone
        try:
            was, will_be = before.in_zone(zone), after.in_zone(zone)
        except ValueError:
            # In the time zone that is configured now the window did not come.
            return []
        changes = await self._reach.wait_for(self._store.window_changes(now - CANCELLED_FOR))
        overrides = overrides_known(changes, now)
        lost = lost_occurrences(was, will_be, now, overrides)
        if lost and not confirm:
            raise OccurrencesLost(lost)
        return changes_with_window(was, will_be, who.name, now, overrides)

    async def _shown(self, window: MadeWindow, what: WindowDeed, who: Person) -> MadeWindow:
        """The window, once readers see it."""
        try:
            await self._followers.read_messages()
        except StoreUnavailable:
            self._live.put_window(window)
        log.info("maintenance window %s %s by %s: %s", window.id, what, who.name, " ".join(window.targets))
        return window
