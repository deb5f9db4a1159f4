"""The forwarder: decides what targets are notified of, and delivers it, apart from everything that people wait for."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from errorhelp.config.settings.report_settings import ReportSettings
from errorhelp.messages.message import Severity
from errorhelp.notifications.decision import DigestPace, decide
from errorhelp.notifications.delivery import deliver, pause
from errorhelp.notifications.delivery_errors import Undelivered
from errorhelp.notifications.notification import Notification
from errorhelp.notifications.notification_target import NotificationTarget
from errorhelp.reports.report import Problem
from errorhelp.service.service import Service
from errorhelp.store import StoreUnavailable
from errorhelp.store.forwarding_records import Depth, QueuedNotification
from errorhelp.store.sql import Store
from errorhelp.system.trouble import Trouble
from errorhelp.system.worker_thread import in_thread

log = logging.getLogger(__name__)

_TICK = 2.0
_GRACE_SECONDS = 3.0
_COLLECT_EVERY = timedelta(hours=1)


@dataclass(slots=True)
class ForwardingCounters:
    """How many notifications since the start were put into the outbox, delivered, tried in vain, given up."""

    queued: int = 0
    delivered: int = 0
    failed: int = 0
    dead: int = 0


class Forwarder:
    """Notifies the targets of a service's configuration of what its store knows, from `start` until `stop`.

    Of several nodes the one that leads does it. `chance` gives numbers from 0 to 1.
    """

    def __init__(self, service: Service, store: Store, chance: Callable[[], float] = random.random) -> None:
        self._service = service
        self._store = store
        self._chance = chance
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        # One at a time for each target, so that a slow one holds up no other and the order is kept.
        self._deliveries: dict[str, asyncio.Task[None]] = {}
        # Delivered, but not yet written to the store; and when to try again, where the store does not have it.
        self._taken: set[str] = set()
        self._paused: dict[str, datetime] = {}
        self._next_collection = service.now()
        self._trouble = Trouble(log)
        self._delivery_troubles: dict[str, Trouble] = {}
        self.counters = ForwardingCounters()
        self.depth: Mapping[str, Depth] = {}

    @property
    def _settings(self) -> ReportSettings:
        return self._service.loaded.settings.reports

    async def start(self) -> None:
        """Work from now on. What comes in after this returned is notified, whatever happens to the process."""
        await self._work_on()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop within seconds; what a target has not taken by then it gets after the next start."""
        self._stopping.set()
        tasks = [*self._deliveries.values(), *([self._task] if self._task else [])]
        if tasks:
            _, stuck = await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
            for task in stuck:
                task.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)

    async def work(self) -> None:
        """Decide for each target what it is notified of now, and start to deliver what is due."""
        targets = self._service.loaded.targets
        if not targets or not self._store.leads:
            self.depth = {}
            return
        for target in targets.values():
            await self._decide(target)
            delivery = self._deliveries.get(target.id)
            if delivery is None or delivery.done():
                self._deliveries[target.id] = asyncio.create_task(self._deliver(target.id))
        found = await self._store.forwarding.depth()
        self.depth = {target_id: found.get(target_id, Depth()) for target_id in targets}
        await self._collect()

    async def settle(self) -> None:
        """Wait for the deliveries that are under way."""
        await asyncio.gather(*self._deliveries.values())

    async def _run(self) -> None:
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK):
                    await self._stopping.wait()
            await self._work_on()

    async def _work_on(self) -> None:
        try:
            await self.work()
            self._trouble.over()
        except StoreUnavailable:
            pass  # It is logged already, by the reachability of the store.
        except Exception as error:
            self._trouble.note(error, "unexpected error while forwarding; trying again")

    async def _decide(self, target: NotificationTarget) -> None:
        store, now, settings = self._store.forwarding, self._service.now(), self._settings
        stopped_by = now - settings.stopped_after
        undecided = await store.undecided(target.id, now, stopped_by)
        if undecided is None:
            await store.begin(target.id, self._service.configuration.loaded_at)
            undecided = await store.undecided(target.id, now, stopped_by)
        if undecided is None:
            return
        progress, problems = undecided
        decision = await in_thread(
            decide,
            progress,
            problems,
            DigestPace(settings.digest, settings.stopped_after),
            now,
            is_meant=target.wants,
            is_explained=self._is_explained,
        )
        if decision.progress == progress and not decision.notified:
            return
        wanted = [each for each in decision.notifications if each.occasion in target.occasions]
        documents = await self._documents(wanted)
        if await store.keep_decision(target.id, decision.progress, decision.notified, documents, now):
            self.counters.queued += len(documents)

    async def _documents(self, notifications: Sequence[Notification]) -> list[dict[str, Any]]:
        """The notifications with users and versions of the problems that they list."""
        listed = [line.problem for each in notifications for line in each.listed]
        known = {each.id: each for each in await self._store.reports.with_traits(listed)}
        name_of = {each.id: each.name for each in self._service.catalog.infobases.values()}
        admin_url = self._service.loaded.settings.admin.url
        return [each.with_problems(known).document(name_of, admin_url) for each in notifications]

    def _is_explained(self, problem: Problem) -> bool:
        """Whether people read a message now that says why the infobase does not work."""
        infobase = self._service.catalog.infobase(problem.infobase)
        if infobase is None or not self._settings.quiet_while_explained:
            return False
        notice = self._service.snapshot.board.notice(infobase.target_keys, self._service.now())
        return any(message.severity is not Severity.INFO for message in notice.shown)

    async def _deliver(self, target_id: str) -> None:
        trouble = self._delivery_troubles.setdefault(target_id, Trouble(log))
        try:
            await self._deliver_due(target_id)
        except StoreUnavailable:
            pass  # It is logged already, by the reachability of the store.
        except Exception as error:
            trouble.note(error, "unexpected error while delivering to %s; trying again", target_id)
        else:
            trouble.over()

    async def _deliver_due(self, target_id: str) -> None:
        """Deliver what is due in its order, until something fails that may succeed later."""
        # Another node may lead by now, and deliver the same.
        while not self._stopping.is_set() and self._store.leads:
            # The configuration may give it another address meanwhile, or take it away.
            target = self._service.loaded.targets.get(target_id)
            entry = await self._store.forwarding.head(target_id)
            if target is None or entry is None:
                return
            if max(entry.next_try, self._paused.get(entry.id, entry.next_try)) > self._service.now():
                return
            if not await self._try(target, entry):
                return

    async def _try(self, target: NotificationTarget, entry: QueuedNotification) -> bool:
        """Whether the next entry may follow: this one was delivered, or was given up."""
        try:
            if entry.id not in self._taken:
                await deliver(target, entry.id, entry.document, self._service.now())
                self._taken.add(entry.id)
        except Undelivered as error:
            return await self._note(target, entry, error)
        except Exception as error:
            if entry.attempts == 0:
                log.exception("notification %s to %s: unexpected error", entry.id, target.id)
            return await self._note(target, entry, Undelivered(type(error).__name__))
        await self._store.forwarding.delivered(entry.id)
        self._taken.discard(entry.id)
        self._paused.pop(entry.id, None)
        await self._store.forwarding.note_attempt(target.id, self._service.now())
        self.counters.delivered += 1
        log.info("notification %s (%s) delivered to %s", entry.id, entry.document["occasion"], target.id)
        return True

    async def _note(self, target: NotificationTarget, entry: QueuedNotification, error: Undelivered) -> bool:
        now = self._service.now()
        is_dead = error.is_final or now - entry.tried_since >= self._settings.give_up_after
        wait = pause(entry.attempts + 1, self._chance(), error.retry_after)
        # Whole seconds are kept, and not one less than was asked for.
        self._paused[entry.id] = again = now + wait + timedelta(seconds=1)
        await self._store.forwarding.failed(entry.id, error.reason, None if is_dead else again)
        self._paused.pop(entry.id, None)
        await self._store.forwarding.note_attempt(target.id, now, error.reason or type(error).__name__)
        self.counters.failed += 1
        self.counters.dead += is_dead
        if is_dead:
            log.error("notification %s to %s given up: %s", entry.id, target.id, error.reason)
        elif entry.attempts == 0:
            log.warning(
                "notification %s to %s not delivered, trying again: %s", entry.id, target.id, error.reason
            )
        return is_dead

    async def _collect(self) -> None:
        now = self._service.now()
        if now >= self._next_collection:
            self._next_collection = now + _COLLECT_EVERY
            await self._store.forwarding.collect_entries(now - self._settings.keep)
