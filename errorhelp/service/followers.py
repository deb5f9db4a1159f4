"""Following the clock, the store and the spool: what is live changes with them, though nobody asks for it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any

from errorhelp.messages.message import CANCELLED_FOR, PAST_FOR
from errorhelp.messages.occurrences import overrides_known
from errorhelp.service.live_state import REMEMBERED, Clock, LiveState
from errorhelp.service.message_retention import MessageRetention
from errorhelp.store import StoreUnavailable, UnknownMessage
from errorhelp.store.kept_copy import KeptCopy, ShownState
from errorhelp.store.reachability import Reach
from errorhelp.store.request_records import KNOWN_FOR
from errorhelp.store.spool import Spool, Spooled, hand_over
from errorhelp.store.sql import Store
from errorhelp.system.trouble import Trouble
from errorhelp.system.worker_thread import in_thread

log = logging.getLogger(__name__)

_TICK = 1.0
_LAST_SECONDS = 5.0
_TRY_TO_KEEP_AGAIN = 60.0
# When nothing went wrong for so long, trouble is over.
_CALM_SECONDS = 30.0
_COLLECT_EVERY = timedelta(hours=1)


class Followers:
    """Keep what is live as clock, store and spool say, a copy of it on disk, and the store tidy.

    Each follows one thing in a task of its own, so that what hangs delays nothing else.
    """

    def __init__(
        self,
        live: LiveState,
        store: Store,
        reach: Reach,
        clock: Clock,
        kept: KeptCopy | None = None,
        spool: Spool | None = None,
    ) -> None:
        self._live = live
        self._store = store
        self._reach = reach
        self._clock = clock
        self._kept = kept
        self._kept_now: ShownState | None = None
        self._keeping_trouble = Trouble(log)
        self._is_new = asyncio.Event()
        self._spool = spool
        self._store_is_open = self._was_open = False
        self._was_set_back = asyncio.Event()
        self._next_collection = clock()
        self.retention = MessageRetention(live, store, reach, clock)
        self._tasks: list[asyncio.Task[None]] = []
        self._work: set[asyncio.Task[None]] = set()
        live.on_snapshot(self._is_new.set)

    @property
    def leads(self) -> bool:
        """Whether this is the node that does what one node must do, for which it needs the store."""
        return self._reach.error is None and self._store.leads

    async def start(self) -> None:
        """Open the store, read the messages, and follow from now on.

        While the store is unavailable the kept copy is shown, or help alone if there is none.
        """
        await self.read_spool()
        try:
            await self._open_store()
        except StoreUnavailable:
            shown = (self._kept.read() if self._kept else None) or ShownState()
            log.warning("showing what was kept, %d messages, until the store is back", len(shown.messages))
            self._live.take(self._live.begin_reading(), shown.messages, shown.overrides, shown.windows)
        follow = (
            self._follow_clock,
            self._follow_store,
            self._follow_clock_set_back,
            self._follow_spool,
            self._empty_spool,
            self._keep_copies,
            self._keep_store_tidy,
        )
        self._tasks = [asyncio.create_task(self._keep_doing(each)) for each in follow]

    async def stop(self) -> None:
        """Stop following, and leave a copy of what is shown."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._work:
            _, hanging = await asyncio.wait(self._work, timeout=_LAST_SECONDS)
            for task in hanging:
                task.cancel()
        await self._keep_copy()

    async def catch_up(self) -> None:
        """Do what the time now asks for: a new snapshot when a message starts or ends, and retention."""
        if self._clock() < self._live.snapshot.compiled_at:
            await self.read_messages()
        self._live.renew()
        await self._tidy()

    async def read_messages(self) -> None:
        """Read from the store what is not over, or has not been for long, and show it."""
        reading, now = self._live.begin_reading(), self._clock()
        messages = await self._reach.wait_for(self._store.messages(shown_after=now - REMEMBERED))
        past = await self._reach.wait_for(self._store.past_messages(now - PAST_FOR, now))
        changes = await self._reach.wait_for(self._store.window_changes(now - CANCELLED_FOR))
        windows = await self._reach.wait_for(self._store.windows.all())
        self._live.take(reading, (*messages, *past), overrides_known(changes, now), windows)

    async def read_spool(self) -> None:
        """Read what was written directly, and show it."""
        if self._spool is not None:
            reading = self._live.begin_reading()
            self._live.spool(reading, await in_thread(self._spool.read, self._live.loaded.tree))

    async def _open_store(self) -> None:
        await self._reach.wait_for(self._store.open())
        if self._was_open:
            await self._give_back()
        self._store_is_open = self._was_open = True
        await self.read_messages()

    async def _give_back(self) -> None:
        """Put what is shown into a store that lost it: its database was replaced by an empty or an older one."""
        there = {each.id for each in await self._reach.wait_for(self._store.messages(self._clock()))}
        for message in self._live.shown.messages:
            if message.id in there:
                continue
            try:
                await self._reach.wait_for(self._store.message(message.id))
            except UnknownMessage:
                await self._reach.wait_for(self._store.add(message, message.author, message.created_at))
                log.warning("message %s was missing in the store and is written to it again", message.id)
        known = {each.id for each in await self._reach.wait_for(self._store.windows.all(ended=True))}
        for window in self._live.shown.windows:
            if window.id not in known:
                await self._reach.wait_for(self._store.windows.add(window, window.author, window.created_at))
                log.warning("window %s was missing in the store and is written to it again", window.id)

    async def _follow_clock(self) -> None:
        while True:
            # No snapshot is held while this sleeps: with a catalog that was replaced it is large.
            if self._clock() < self._live.snapshot.compiled_at:
                # What was over, and is forgotten, may not be any more.
                self._was_set_back.set()
            self._live.renew()
            valid_until = self._live.snapshot.valid_until
            rest = (valid_until - self._clock()).total_seconds() if valid_until else _TICK
            # While a snapshot is being compiled the one there is may have had its time.
            await asyncio.sleep(min(max(rest, 0.01), _TICK))

    async def _follow_clock_set_back(self) -> None:
        while True:
            await self._was_set_back.wait()
            self._was_set_back.clear()
            await self._to_its_end(self.read_messages())

    async def _follow_store(self) -> None:
        if not self._store_is_open:
            await self._open_store()
        try:
            async for _ in self._store.changes():
                await self._to_its_end(self._follow_change())
        except StoreUnavailable:
            # What comes back may be another database, without our tables.
            self._store_is_open = False
            raise

    async def _follow_spool(self) -> None:
        """Show what was written directly while the store was dead."""
        while self._spool is not None:
            await self.read_spool()
            await asyncio.sleep(_TICK)

    async def _empty_spool(self) -> None:
        """Hand over to the store what was written directly, when the store is back.

        What goes around a service that hangs leaves that to it: the service shows by it what it did not do itself.
        """
        while self._spool is not None and not self._spool.takes_all:
            if self._store_is_open and self._live.spooled:
                await self._to_its_end(self._hand_over(self._spool, self._live.spooled))
            await asyncio.sleep(_TICK)

    async def _hand_over(self, spool: Spool, spooled: tuple[Spooled, ...]) -> None:
        for each in spooled:
            await self._reach.wait_for(hand_over(each, self._store))
        await self.read_messages()
        for each in spooled:
            await in_thread(spool.remove, each, self._live.loaded.tree)
        for each in spooled:
            log.info("message %s, %s directly, is in the store", each.message.id, each.what)
        await self.read_spool()

    async def _keep_copies(self) -> None:
        while True:
            self._is_new.clear()
            was_kept = await self._keep_copy()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if was_kept else _TRY_TO_KEEP_AGAIN):
                    await self._is_new.wait()

    async def _keep_copy(self) -> bool:
        """Leave a copy of what is shown, if it is another than the last one; whether it is there."""
        shown = self._live.shown
        if self._kept is None or shown == self._kept_now:
            return True
        try:
            await in_thread(self._kept.write, shown)
        except OSError as error:
            self._keeping_trouble.note_reason(error, "no copy of the shown messages could be kept: %s", error)
            return False
        self._keeping_trouble.over()
        self._kept_now = shown
        return True

    async def _keep_store_tidy(self) -> None:
        while True:
            await self._to_its_end(self._tidy())
            await asyncio.sleep(_TICK)

    async def _tidy(self) -> None:
        """The node that leads removes each hour what is past its retention."""
        now = self._clock()
        if self._reach.error is None:
            await self.retention.look_if_new()
        if self.leads and now >= self._next_collection:
            await self.retention.collect()
            await self._reach.wait_for(self._store.done_requests.collect(now - KNOWN_FOR))
            self._next_collection = now + _COLLECT_EVERY

    async def confirm_retention(self) -> bool:
        """Confirm the retention that waits, and use it soon; False if none waits."""
        is_confirmed = await self.retention.confirm()
        self._next_collection = self._clock()
        return is_confirmed

    async def _follow_change(self) -> None:
        """Show what changed in the store; another node may have confirmed a retention there."""
        await self.read_messages()
        if self.retention.waiting is not None:
            await self.retention.look()
            if self.retention.waiting is None:
                self._next_collection = self._clock()

    async def _to_its_end(self, work: Coroutine[Any, Any, None]) -> None:
        """Work with the store that is not broken off in the middle, also when following stops."""
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        await asyncio.shield(task)

    async def _keep_doing(self, follow: Callable[[], Awaitable[None]]) -> None:
        """Follow for ever; after an error begin anew."""
        trouble, loop = Trouble(log), asyncio.get_running_loop()
        while True:
            calm = loop.call_later(_CALM_SECONDS, trouble.over)
            try:
                await follow()
            except StoreUnavailable:
                pass  # It is logged already, by the reachability of the store.
            except Exception as error:
                trouble.note(error, "unexpected error while following the store; trying again")
            finally:
                calm.cancel()
            await asyncio.sleep(_TICK)
