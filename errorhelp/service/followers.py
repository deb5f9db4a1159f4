"""Following the clock, the store and the spool: what is shown changes with them, though nobody asks for it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

from errorhelp.messages.message import Message
from errorhelp.messages.occurrences import Override, overrides_in_force
from errorhelp.service.live_state import Clock, Live
from errorhelp.store import Store, StoreUnavailable
from errorhelp.store.kept_copy import KeptCopy, ShownState
from errorhelp.store.reachability import Reach
from errorhelp.store.spool import Spool, Spooled, hand_over

log = logging.getLogger(__name__)

_TICK = 1.0
_COLLECT_EVERY = timedelta(hours=1)
_LOOK_WHO_LEADS_EVERY = timedelta(minutes=1)


class Following:
    """Keeps what is live as clock, store and spool say, a copy of it on disk, and the store tidy.

    `leads`: whether this is the node that does what one node must do.
    """

    def __init__(
        self,
        live: Live,
        store: Store,
        reach: Reach,
        clock: Clock,
        kept: KeptCopy | None = None,
        spool: Spool | None = None,
    ) -> None:
        self.leads = False
        self._live = live
        self._store = store
        self._reach = reach
        self._clock = clock
        self._kept = kept
        self._kept_now: ShownState | None = None
        self._spool = spool
        self._spooled: tuple[Spooled, ...] = ()
        self._store_is_open = False
        self._next_collection = self._next_look = clock()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open the store, read the messages, and follow from now on.

        While the store is unavailable the kept copy is shown; StoreUnavailable if there is none.
        """
        if self._spool is not None:
            self._spooled = await asyncio.to_thread(self._spool.read)
        try:
            await self._open_store()
        except StoreUnavailable:
            shown = self._kept.read() if self._kept else None
            if self._spool is not None and self._spool.takes_writes:
                shown = shown or ShownState()
            if shown is None:
                raise
            log.warning("showing what was kept, %d messages, until the store is back", len(shown.messages))
            await self._show(shown.messages, shown.overrides)
        follow = (self._follow_clock, self._follow_store, self._follow_spool)
        self._tasks = [asyncio.create_task(self._keep_doing(each)) for each in follow]

    async def stop(self) -> None:
        """Stop following, and leave a copy of what is shown."""
        # Not in the middle of a change.
        async with self._live.changing:
            for task in self._tasks:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._keep()

    async def catch_up(self) -> None:
        """Do what the time now asks for: a new snapshot when a message starts or ends, and retention."""
        now, snapshot = self._clock(), self._live.snapshot
        if now < snapshot.compiled_at:
            # The clock was set back: what was over may not be any more.
            self._next_look = min(self._next_look, now)
            await self.read_messages()
        elif snapshot.valid_until is not None and snapshot.valid_until <= now:
            async with self._live.changing:
                await self._live.compile()
        if now >= self._next_look:
            self._next_look = now + _LOOK_WHO_LEADS_EVERY
            # What one node must do needs the database.
            self.leads = self._reach.error is None and await self._reach.wait_for(self._store.leads())
        if self.leads and now >= self._next_collection:
            self._next_collection = now + _COLLECT_EVERY
            retention = self._live.loaded.settings.messages.retention
            if collected := await self._reach.wait_for(self._store.collect(now - retention)):
                log.info("%d messages are past their retention and were removed", collected)

    async def read_messages(self) -> None:
        """Read the messages that are not over from the store, and show what changed."""
        async with self._live.changing:
            now = self._clock()
            messages = await self._reach.wait_for(self._store.messages(shown_after=now))
            overrides = overrides_in_force(await self._reach.wait_for(self._store.window_changes()), now)
            found = {message.id: message for message in messages}
            is_known = (found, overrides) == (self._live.messages, self._live.overrides)
            # The store also changes, each second in a storm, when reports come.
            if not is_known or now < self._live.snapshot.compiled_at:
                await self._show(messages, overrides)

    async def _show(self, messages: Iterable[Message], overrides: tuple[Override, ...]) -> None:
        """Show these and what is spooled; the caller holds `changing`, or nobody else is there yet."""
        spooled = (each.message for each in self._spooled)
        await self._live.show((*messages, *spooled), overrides)

    async def _open_store(self) -> None:
        await self._reach.wait_for(self._store.open())
        self._store_is_open = True
        await self.read_messages()

    async def _keep(self) -> None:
        """Leave a copy of what is shown, if it is another than the last one."""
        shown = self._live.shown
        if self._kept is None or shown == self._kept_now:
            return
        try:
            await asyncio.to_thread(self._kept.write, shown)
            self._kept_now = shown
        except OSError as error:
            log.warning("no copy of what is shown could be kept: %s", error)

    async def _follow_clock(self) -> None:
        while True:
            await self.catch_up()
            await self._keep()
            valid_until = self._live.snapshot.valid_until
            rest = (valid_until - self._clock()).total_seconds() if valid_until else _TICK
            await asyncio.sleep(min(max(rest, 0), _TICK))

    async def _follow_store(self) -> None:
        if not self._store_is_open:
            await self._open_store()
        async for _ in self._store.changes():
            await self.read_messages()

    async def _follow_spool(self) -> None:
        """Show what was written directly while the store was dead, and hand it over when that is back."""
        while self._spool is not None:
            spooled = await asyncio.to_thread(self._spool.read)
            if spooled != self._spooled:
                async with self._live.changing:
                    self._spooled = spooled
                    shown = self._live.shown
                    await self._show(shown.messages, shown.overrides)
            if spooled and self._store_is_open:
                await self._hand_over(self._spool, spooled)
            await asyncio.sleep(_TICK)

    async def _hand_over(self, spool: Spool, spooled: tuple[Spooled, ...]) -> None:
        for each in spooled:
            await self._reach.wait_for(hand_over(each, self._store))
        self._spooled = ()
        await self.read_messages()
        for each in spooled:
            await asyncio.to_thread(spool.remove, each)
            log.info("message %s, %s directly, is in the store", each.message.id, each.what)

    async def _keep_doing(self, follow: Callable[[], Awaitable[None]]) -> None:
        """Follow for ever; after trouble begin anew."""
        while True:
            try:
                await follow()
            except StoreUnavailable:
                pass  # The reach has told.
            except Exception:
                log.exception("trouble while following; trying again")
            await asyncio.sleep(_TICK)
