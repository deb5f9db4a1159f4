"""Keeping the published tree equal to the live snapshot, off the event loop."""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from errorhelp.answers.changed_answers import AskingOrder
from errorhelp.answers.snapshot import Snapshot
from errorhelp.config import Loaded
from errorhelp.publishing.published_tree import Published, TreeError, TreeKeeper, TreeRun
from errorhelp.service.service import Service
from errorhelp.system.state_directory import StateDirectory
from errorhelp.system.trouble import Trouble
from errorhelp.system.worker_thread import in_thread

log = logging.getLogger(__name__)

_TRY_AGAIN_SECONDS = 60
_LAST_SECONDS = 10.0
_SPOOL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class TreeStatus:
    """The folder that is kept, when it last held what it must, and why it does not since; or that none is."""

    folder: Path | None = None
    published_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class TreeStanding:
    """Whether the tree lacks what messages changed (None: no tree is kept), and what keeps it from having it."""

    is_behind: bool | None = None
    error: str | None = None


class NoTree(Exception):
    """The configuration names no folder to publish to."""


def take_spool(service: Service, loop: asyncio.AbstractEventLoop, trouble: Trouble | None = None) -> None:
    """Have the service show what was written directly, before it publishes; for a thread beside its loop.

    Whoever goes around a service that hangs, or a command that does, writes there first and publishes then:
    what these publish later has it, too. A disk that hangs keeps nobody from publishing. `trouble` is that of
    all calls.
    """
    is_read, tasks = threading.Event(), set[asyncio.Task[None]]()
    trouble = trouble or Trouble(log)

    async def read() -> None:
        try:
            await service.read_spool()
            trouble.over()
        except Exception as error:
            trouble.note(error, "what commands wrote with --direct cannot be read")
        finally:
            is_read.set()

    def begin() -> None:
        tasks.add(loop.create_task(read()))

    try:
        loop.call_soon_threadsafe(begin)
    except RuntimeError:
        # Without a loop nobody shows anything any more.
        return
    if not is_read.wait(_SPOOL_SECONDS):
        reason = "publishing without what commands wrote with --direct: reading it takes too long"
        trouble.note_reason(TimeoutError(), reason)


class Publisher:
    """Publishes every new snapshot of a service, the newest if they come faster, what messages change first.

    It also leaves a copy of the configuration in force in the state, for who publishes when the service is
    dead and the files are bad. Whoever changed a message waits for the tree up to `patience` seconds. `asked` is
    the order in which readers ask, who get what is new in that order.
    """

    def __init__(
        self,
        service: Service,
        state: StateDirectory,
        asked: AskingOrder | None = None,
        *,
        patience: float = 1,
    ) -> None:
        self._service = service
        self._state = state
        self._asked = asked
        self._patience = patience
        self._status = TreeStatus()
        # What is known to be in the tree: of messages, and of everything.
        self._held: Snapshot | None = None
        self._published: Snapshot | None = None
        self._run: TreeRun | None = None
        self._keeper: TreeKeeper | None = None
        # The number of the snapshot that the last run ended with, well or not.
        self._ended_at = -1
        self._kept: Loaded | None = None
        self._spool_trouble = Trouble(log)
        # The number of the last snapshot that somebody waited for in vain.
        self._waited_for = -1
        self._was_late = False
        self._is_stopping = False
        # Only who publishes waits for it.
        self._one_at_a_time = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "publish")
        self._news, self._is_new_configuration = asyncio.Event(), asyncio.Event()
        self._progress = asyncio.Event()
        service.on_snapshot(self._news.set)
        service.on_snapshot(self._is_new_configuration.set)

    @property
    def status(self) -> TreeStatus:
        """How the tree is doing."""
        return self._status

    @property
    def standing(self) -> TreeStanding:
        """Where the tree stands to the live snapshot."""
        return self._standing(self._service.snapshot.number)

    @property
    def is_late(self) -> bool:
        """Whether the tree has an error, or had no change within the time that somebody waited for it."""
        return self._was_late

    async def catch_up(self) -> TreeStanding:
        """Wait, but not for long, until the tree has what messages changed by now; where it stands to that."""
        number = self._service.snapshot.number
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                while self._lacks(number) and self._ended_at < number:
                    await self._progress.wait()
        if self._lacks(number):
            self._waited_for = number
            self._note_lateness()
        return self._standing(number)

    async def run(self) -> None:
        """Publish now and after every change, after an error also each minute; runs until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_tree())
            tasks.create_task(self._keep_configurations())

    async def stop(self) -> None:
        """Have what messages changed in the tree, if seconds suffice for it, and leave the rest to the next start."""
        self._is_stopping = True
        if self._run is not None:
            self._run.hurry()
        try:
            async with asyncio.timeout(_LAST_SECONDS):
                await self.publish()
        except (NoTree, TreeError):
            pass  # The status has it, and the log.
        except TimeoutError:
            log.error("publishing did not end in time; the tree may lack the last changes of messages")
        finally:
            self._give_up()

    async def publish(self, *, everything: bool = False) -> Published:
        """Publish the live snapshot; with `everything` look at every file, not only at what may have changed.

        NoTree when no folder is configured, TreeError when it cannot be written.
        """
        async with self._one_at_a_time:
            written = removed = 0
            if everything:
                self._published = None
            while True:
                folder = self._service.loaded.tree
                self._note_folder(folder)
                if folder is None:
                    raise NoTree("no folder to publish to is configured (publish: DIR)")
                published = await self._publish(folder)
                written += published.written
                removed += published.removed
                # Another catalog that came into force ends a run early.
                if self._is_stopping or self._published is not None:
                    break
            if written or removed:
                log.info("published to %s: %d written, %d removed", folder, written, removed)
            return Published(written, removed)

    async def _publish(self, folder: Path) -> Published:
        """One run, after which `_published` is set if it was not ended early."""
        loop, service = asyncio.get_running_loop(), self._service

        keeper = self._keeper = self._keeper or TreeKeeper(folder)

        def begin() -> None:
            keeper.take()
            take_spool(service, loop, self._spool_trouble)

        def signal_progress() -> None:
            # Without a loop nobody waits any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._wake_waiting)

        run = self._run = TreeRun(
            folder,
            lambda: service.snapshot,
            held=self._held,
            published=self._published,
            asked=self._asked,
            on_locked=begin,
            on_progress=signal_progress,
            removes_stale=True,
        )
        if self._is_stopping:
            run.hurry()
        self._published = None
        now = service.now()
        try:
            published = await loop.run_in_executor(self._thread, run.run, now.timestamp())
        except TreeError as error:
            if self._status.error is None:
                log.error("the tree is not published: %s", error)
            self._status = replace(self._status, error=str(error))
            raise
        finally:
            self._held, self._ended_at = run.held, run.snapshot.number
            self._wake_waiting()
        if self._status.error is not None:
            log.warning("the tree in %s is published again", folder)
            self._status = replace(self._status, error=None)
        if run.is_complete:
            self._published = run.snapshot
            self._status = TreeStatus(folder, now)
        self._note_lateness()
        return published

    @property
    def _is_up_to_date(self) -> bool:
        return self._published is self._service.snapshot and self._status.folder == self._service.loaded.tree

    def _lacks(self, number: int) -> bool | None:
        if self._service.loaded.tree is None:
            return None
        is_of_folder = self._status.folder == self._service.loaded.tree
        return not (is_of_folder and self._run is not None and self._run.holds(number))

    def _standing(self, number: int) -> TreeStanding:
        is_behind = self._lacks(number)
        return TreeStanding(is_behind, self._status.error if is_behind else None)

    def _wake_waiting(self) -> None:
        progress, self._progress = self._progress, asyncio.Event()
        progress.set()
        self._note_lateness()

    def _note_lateness(self) -> None:
        in_vain = self._waited_for >= 0 and bool(self._lacks(self._waited_for))
        is_late = in_vain or self._status.error is not None
        if is_late != self._was_late:
            self._was_late = is_late
            self._service.signal_change()

    def _note_folder(self, folder: Path | None) -> None:
        before = self._status.folder
        if folder == before:
            return
        if before is not None:
            log.warning(
                "%s is not published to any longer; a web server that still serves it shows old messages",
                before,
            )
        self._status = TreeStatus(folder)
        self._give_up()
        self._published = self._held = self._run = None
        self._waited_for = -1

    def _give_up(self) -> None:
        """Let another service keep the tree that was kept."""
        if self._keeper is not None:
            self._keeper.give_up()
            self._keeper = None

    async def _keep_tree(self) -> None:
        trouble = Trouble(log)
        while True:
            self._news.clear()
            try:
                # Who published may have taken along what is new.
                if not self._is_up_to_date:
                    await self.publish()
                trouble.over()
            except (NoTree, TreeError):
                pass  # The status has it, and the log.
            except Exception as error:
                trouble.note(error, "unexpected error while publishing; trying again")
                self._status = replace(
                    self._status, error="an unexpected error that the log has the details of"
                )
                self._note_lateness()
            with suppress(TimeoutError):
                async with asyncio.timeout(_TRY_AGAIN_SECONDS if self._status.error else None):
                    await self._news.wait()

    async def _keep_configurations(self) -> None:
        trouble = Trouble(log)
        while True:
            self._is_new_configuration.clear()
            loaded = self._service.loaded
            if loaded is not self._kept:
                try:
                    await in_thread(self._state.keep_configuration, loaded.contents)
                except OSError as error:
                    reason = "no copy of the configuration can be kept in %s: %s"
                    trouble.note_reason(error, reason, self._state.path, error, level=logging.ERROR)
                except Exception as error:
                    trouble.note(error, "unexpected error while keeping a copy of the configuration")
                else:
                    trouble.over()
                    self._kept = loaded
            await self._is_new_configuration.wait()
