"""How long messages are kept: a shorter time that would remove more than half of them waits for a confirmation."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from errorhelp.service.live_state import Clock, LiveState
from errorhelp.store.reachability import Reach
from errorhelp.store.sql import Store
from errorhelp.text.times import format_duration

log = logging.getLogger(__name__)

# Of several nodes another one may lead, which reads the same configuration a little later.
_CONFIRMED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WaitingRetention:
    """A retention that waits: it would remove `lost` of `kept` messages, which are kept for `used` meanwhile.

    `used` is None when it is not known how long they were kept before; then none are removed.
    """

    retention: timedelta
    used: timedelta | None
    lost: int
    kept: int

    def reason(self, digest: str) -> str:
        """Why it waits, and how to confirm it in the configuration with that digest."""
        lost, kept, retention = self.lost, self.kept, format_duration(self.retention)
        if self.used is None:
            return (
                f"messages.retention is {retention}, which removes {lost} of {kept} messages, so it waits; "
                f"if that is meant: errorhelp reload --confirm {digest}"
            )
        return (
            f"messages.retention is {retention} instead of {format_duration(self.used)}, which removes {lost} of "
            f"{kept} messages, so it waits; if that is meant: errorhelp reload --confirm {digest}"
        )


class MessageRetention:
    """Decides how long the messages of a store are kept, and removes those that are past it.

    Whatever ages in the ordinary way is removed without asking: what is held against the half is what only a
    shorter retention than the last one would remove.
    """

    def __init__(self, live: LiveState, store: Store, reach: Reach, clock: Clock) -> None:
        self._live = live
        self._store = store
        self._reach = reach
        self._clock = clock
        self._looked_at: timedelta | None = None
        self.waiting: WaitingRetention | None = None

    async def look_if_new(self) -> None:
        """Look whether the retention waits, unless that is known since it was configured."""
        if self._live.loaded.settings.messages.retention != self._looked_at:
            await self.look()

    async def look(self) -> timedelta | None:
        """How long messages are to be kept now; None if that is not known until somebody confirms it."""
        now, wanted = self._clock(), self._live.loaded.settings.messages.retention
        found = await self._reach.wait_for(self._store.retention.kept())
        is_confirmed = (
            found.confirmed is not None
            and found.confirmed_at is not None
            and found.confirmed <= wanted
            and now - found.confirmed_at < _CONFIRMED_FOR
        )
        waiting = None
        if not is_confirmed and (found.used is None or wanted < found.used):
            waiting = await self._weighed(wanted, found.used, now)
        self._looked_at = wanted
        self._note(waiting)
        return wanted if waiting is None else waiting.used

    async def collect(self) -> None:
        """Remove the messages that are past the retention, and remember it."""
        retention, now = await self.look(), self._clock()
        if retention is None:
            return
        if collected := await self._reach.wait_for(self._store.collect(now - retention)):
            log.info("%d messages are past their retention and were removed", collected)
        if (await self._reach.wait_for(self._store.retention.kept())).used != retention:
            await self._reach.wait_for(self._store.retention.use(retention, now))

    async def confirm(self) -> bool:
        """Confirm the retention that waits, for whichever node removes messages; False if none waits."""
        await self.look()
        if self.waiting is None:
            return False
        await self._reach.wait_for(self._store.retention.confirm(self.waiting.retention, self._clock()))
        await self.look()
        return True

    async def _weighed(
        self, wanted: timedelta, used: timedelta | None, now: datetime
    ) -> WaitingRetention | None:
        """What the shorter retention comes to, if that is to be confirmed first."""
        over, kept = await self._reach.wait_for(self._store.retention.count_over(now - wanted))
        aged = 0
        if used is not None:
            aged, _ = await self._reach.wait_for(self._store.retention.count_over(now - used))
        lost, kept = over - aged, kept - aged
        return WaitingRetention(wanted, used, lost, kept) if lost * 2 > kept else None

    def _note(self, waiting: WaitingRetention | None) -> None:
        before, self.waiting = self.waiting, waiting
        if waiting is not None and (before is None or before.retention != waiting.retention):
            log.warning("%s", waiting.reason(self._live.loaded.digest))
        if before is not None and waiting is None:
            retention = self._live.loaded.settings.messages.retention
            log.info("messages.retention, %s, waits no more", format_duration(retention))
        if before != waiting:
            self._live.signal_change()
