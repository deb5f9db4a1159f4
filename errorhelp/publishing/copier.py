"""Keeping copies of all public answers elsewhere, apart from everything that people wait for."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from errorhelp.answers.snapshot import Snapshot
from errorhelp.config import Loaded
from errorhelp.config.copy_destinations import Bucket, CopyDestination
from errorhelp.notifications.delivery import pause
from errorhelp.publishing import copy_record
from errorhelp.publishing.copy_errors import CopyError, CopyOfAnother
from errorhelp.publishing.folder_copy import FolderCopy
from errorhelp.publishing.object_storage import ObjectStorage
from errorhelp.publishing.storage_copy import StorageCopy
from errorhelp.service.service import Service
from errorhelp.system.state_directory import StateDirectory
from errorhelp.system.trouble import Trouble
from errorhelp.system.worker_thread import in_thread

log = logging.getLogger(__name__)

_LAST_SECONDS = 5.0
_LONGEST_PAUSE = timedelta(minutes=11)
_UNEXPECTED = "an unexpected error that the log has the details of"


class Copy(Protocol):
    """What is kept somewhere."""

    @property
    def due_at(self) -> datetime | None:
        """When it needs a run though nothing changed."""

    def compare_soon(self) -> None:
        """Have the next run look at what is there."""

    def hurry(self) -> None:
        """Leave out what messages did not change."""

    async def bring_up_to_date(self, *, takes_over: bool) -> Snapshot:
        """Make it hold the live snapshot, and which one that was; CopyError, CopyOfAnother."""

    def let_go(self) -> None:
        """Let another node write it."""

    async def close(self) -> None:
        """Let another node write it, for good."""


@dataclass(frozen=True, slots=True)
class CopyStatus:
    """A copy: where it is, whether this node writes it and it holds what is shown now, when it last did, why it does
    not, and when that is tried again if nothing changes before.

    What another node writes, and what nobody has looked at since the start, is not known to be current.
    """

    id: str
    where: str
    is_written_here: bool = False
    is_current: bool = False
    copied_at: datetime | None = None
    error: str | None = None
    next_try_at: datetime | None = None


class KeptDestination:
    """A destination of a service's configuration, and the copy there: tried when something changed, and again later.

    It never gives up: who fails is tried again after pauses that grow to minutes, and at each change.
    """

    def __init__(self, destination: CopyDestination, copy: Copy, service: Service) -> None:
        self.destination = destination
        self._status = CopyStatus(destination.id, str(destination.where))
        self._copy = copy
        self._service = service
        self._trouble = Trouble(log)
        # Each reason is logged once, until all is well again.
        self._reasons: set[str] = set()
        self._held: Snapshot | None = None
        self._tried: Snapshot | None = None
        self._attempts = 0
        self._try_at: datetime | None = None
        self._led = False
        self._task: asyncio.Task[None] | None = None

    @property
    def status(self) -> CopyStatus:
        """How it is doing."""
        is_current = self._held is self._service.snapshot and self._status.error is None
        next_try_at = self._try_at if self._status.error is not None else None
        return replace(self._status, is_current=is_current, next_try_at=next_try_at)

    def work(self, chance: float, on_end: Callable[[], None]) -> None:
        """Begin a run if one is due and none is under way; `on_end` is called at its end."""
        if self._task is not None and not self._task.done():
            return
        service = self._service
        if service.leads and not self._led:
            # Whoever led before may have left it as it was.
            self._tried, self._attempts, self._try_at = None, 0, None
        self._led = service.leads
        # Without the store nobody leads, and messages end all the same: who wrote last goes on.
        if not service.leads and service.store_error is None:
            self._leave()
        elif self._is_due(service.now()):
            self._task = asyncio.create_task(self.run(takes_over=service.leads, chance=chance))
            self._task.add_done_callback(lambda _: on_end())

    def compare_soon(self) -> None:
        """Look at what is there, soon."""
        self._copy.compare_soon()
        self._held = self._tried = None

    async def run(self, *, takes_over: bool, chance: float = 1) -> None:
        """Bring the copy up to date once; the status has what came of it."""
        self._tried = self._service.snapshot
        if takes_over:
            self._status = replace(self._status, is_written_here=True)
        try:
            if self.destination.lacks is not None:
                raise CopyError(self.destination.lacks)
            self._held = await self._copy.bring_up_to_date(takes_over=takes_over)
        except CopyOfAnother:
            # Who leads writes it; it is nothing to mend.
            self._status = replace(self._status, is_written_here=False, error=None)
            self._pause(chance)
        except CopyError as error:
            if str(error) not in self._reasons:
                log.warning("the copy %s is not as it must be; it is tried again: %s", self._status.id, error)
            self._fail(str(error), chance)
        except Exception as error:
            self._trouble.note(error, "unexpected error while copying to %s; trying again", self._status.id)
            self._fail(_UNEXPECTED, chance)
        else:
            self._trouble.over()
            if self._reasons:
                log.warning("the copy %s is as it must be again", self._status.id)
            self._reasons.clear()
            self._tried, self._attempts, self._try_at = self._held, 0, None
            self._status = replace(
                self._status, is_written_here=True, copied_at=self._service.now(), error=None
            )

    async def run_within(self, seconds: float, *, takes_over: bool) -> None:
        """The same for a process that ends then; the next one goes on where this one was."""
        try:
            async with asyncio.timeout(seconds):
                await self.run(takes_over=takes_over)
        except TimeoutError:
            self._fail(f"it is not up to date after {seconds:.0f} seconds; the next run goes on with it", 1)
        await self.close()

    async def finish(self) -> None:
        """Have what messages changed there, if seconds suffice for it."""
        self._copy.hurry()
        try:
            async with asyncio.timeout(_LAST_SECONDS):
                if self._task is not None:
                    await self._task
                if self._status.is_written_here and self._held is not self._service.snapshot:
                    await self.run(takes_over=False)
        except TimeoutError:
            log.error("the copy %s may lack the last changes of messages", self._status.id)

    async def close(self) -> None:
        """Let go of it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._copy.close()

    def _is_due(self, now: datetime) -> bool:
        if self._tried is not self._service.snapshot:
            return True
        if self._try_at is not None:
            # The clock may have been set back.
            return not now < self._try_at <= now + _LONGEST_PAUSE
        return self._copy.due_at is not None and self._copy.due_at <= now

    def _leave(self) -> None:
        """Another node writes it from now on."""
        if self._status.is_written_here or self._status.error is not None:
            self._copy.let_go()
        self._status = replace(self._status, is_written_here=False, error=None)
        self._held = self._tried = None

    def _fail(self, error: str, chance: float) -> None:
        self._reasons.add(error)
        self._status = replace(self._status, is_written_here=True, error=error)
        self._pause(chance)

    def _pause(self, chance: float) -> None:
        self._attempts += 1
        self._try_at = self._service.now() + pause(self._attempts, chance)


class Copier:
    """Keeps the copies of a service's configuration; of several nodes the one that leads does it.

    `chance` gives numbers from 0 to 1. What only time makes due is looked for every `tick_seconds`.
    """

    def __init__(
        self,
        service: Service,
        state: StateDirectory,
        chance: Callable[[], float] = random.random,
        *,
        tick_seconds: float = 2,
    ) -> None:
        self._service = service
        self._state = state
        self._chance = chance
        self._tick_seconds = tick_seconds
        self._kept: dict[CopyDestination, KeptDestination] = {}
        self._news = asyncio.Event()
        service.on_snapshot(self._news.set)

    @property
    def statuses(self) -> tuple[CopyStatus, ...]:
        """How the copies are doing, in the configuration's order."""
        found: Mapping[CopyDestination, KeptDestination] = self._kept
        return tuple(
            found[each].status if each in found else CopyStatus(each.id, str(each.where))
            for each in self._service.loaded.copies
        )

    def compare_soon(self) -> None:
        """Look at what each copy has, soon."""
        for each in self._kept.values():
            each.compare_soon()
        self._news.set()

    async def run(self) -> None:
        """Copy now and after every change; runs until cancelled."""
        trouble = Trouble(log)
        while True:
            self._news.clear()
            try:
                await self._follow_configuration()
                for each in self._kept.values():
                    each.work(self._chance(), self._news.set)
                trouble.over()
            except Exception as error:
                trouble.note(error, "unexpected error while copying; trying again")
            with suppress(TimeoutError):
                async with asyncio.timeout(self._tick_seconds):
                    await self._news.wait()

    async def stop(self) -> None:
        """Have what messages changed in the copies, if seconds suffice for it, and leave the rest to the next start."""
        await asyncio.gather(*(each.finish() for each in self._kept.values()))
        await self.close()

    async def close(self) -> None:
        """Let go of the copies, whatever they lack."""
        await asyncio.gather(*(each.close() for each in self._kept.values()))

    async def _follow_configuration(self) -> None:
        wanted = self._service.loaded.copies
        if [*self._kept] == [*wanted]:
            return
        for destination in [each for each in self._kept if each not in wanted]:
            gone = self._kept.pop(destination)
            await gone.close()
            # With other keys it is the same place.
            if str(destination.where) not in {str(each.where) for each in wanted}:
                log.warning(
                    "%s gets nothing any longer; who still reads there sees old messages", destination.where
                )
        for destination in wanted:
            if destination not in self._kept:
                # Certificates are read then.
                made = await in_thread(kept_destination, destination, self._service, self._state)
                self._kept[destination] = made
        self._kept = {each: self._kept[each] for each in wanted}
        await in_thread(self._remove_old_records)

    def _remove_old_records(self) -> None:
        wanted = {
            record_file(self._state, each.where).name for each in self._kept if isinstance(each.where, Bucket)
        }
        with suppress(OSError):
            for file in self._state.copies.glob("*.db"):
                if file.name not in wanted:
                    copy_record.remove(file)


def kept_destination(
    destination: CopyDestination, service: Service, state: StateDirectory
) -> KeptDestination:
    """A destination, and the copy of what the service shows there."""
    last = service.loaded, service.snapshot

    def live() -> tuple[Loaded, Snapshot]:
        nonlocal last
        loaded, snapshot = service.loaded, service.snapshot
        # For another thread they change one right after the other.
        if snapshot.catalog is loaded.catalog:
            last = loaded, snapshot
        return last

    where = destination.where
    copy: Copy
    if isinstance(where, Bucket):
        copy = StorageCopy(ObjectStorage(where), record_file(state, where), live, service.now)
    else:
        copy = FolderCopy(where, lambda: service.snapshot, service.now)
    return KeptDestination(destination, copy, service)


def record_file(state: StateDirectory, bucket: Bucket) -> Path:
    """Where it is kept what the copy in a bucket has."""
    return state.copies / f"{blake2b(repr(bucket.place).encode(), digest_size=8).hexdigest()}.db"
