"""A copy in a further folder, which is a tree of its own."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from errorhelp.answers.snapshot import Snapshot
from errorhelp.publishing.copy_errors import CopyError, CopyOfAnother
from errorhelp.publishing.published_tree import TreeError, TreeKeeper, TreeOfAnother, TreeRun


class FolderCopy:
    """One copy in `folder`, which may hang, as that of another machine does. One run at a time.

    What it lacks shows in the folder itself: after a start and after trouble every file there is looked at.
    """

    def __init__(self, folder: Path, newest: Callable[[], Snapshot], now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._newest = newest
        self._now = now
        self._keeper = TreeKeeper(folder)
        # What is known to be there: of messages, and of everything.
        self._held: Snapshot | None = None
        self._published: Snapshot | None = None
        self._run: TreeRun | None = None
        self._is_hurried = False

    @property
    def due_at(self) -> datetime | None:
        """Never: who wants every file to be looked at says so."""
        return None

    def compare_soon(self) -> None:
        """Have the next run look at every file."""
        self._published = None

    def hurry(self) -> None:
        """Leave out what messages did not change: there is no more time."""
        self._is_hurried = True
        if self._run is not None:
            self._run.hurry()

    async def bring_up_to_date(self, *, takes_over: bool) -> Snapshot:
        """Make the copy hold the live snapshot, and which one that was; CopyError when it cannot be.

        CopyOfAnother when another service keeps it, unless this one is to take over, which it cannot then.
        """
        while True:
            run = self._run = TreeRun(
                self._folder,
                self._newest,
                held=self._held,
                published=self._published,
                on_locked=self._keeper.take,
            )
            if self._is_hurried:
                run.hurry()
            self._published = None
            try:
                await _in_own_thread(partial(run.run, self._now().timestamp()))
            except TreeOfAnother as error:
                raise (CopyError if takes_over else CopyOfAnother)(str(error)) from error
            except TreeError as error:
                raise CopyError(str(error)) from error
            finally:
                self._held = run.held
            if run.is_complete:
                self._published = run.snapshot
            # A snapshot of another catalog ends a run early.
            if run.is_complete or self._is_hurried:
                return run.snapshot

    def let_go(self) -> None:
        """Let another service keep it."""
        self._keeper.give_up()
        self._held = self._published = None

    async def close(self) -> None:
        """Let another service keep it, for good."""
        self.let_go()


async def _in_own_thread(work: Callable[[], object]) -> None:
    """Do work that may hang for ever, in a thread that keeps no process from its end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: BaseException | None) -> None:
        if not done.done():
            done.set_result(None) if error is None else done.set_exception(error)

    def run() -> None:
        error = None
        try:
            work()
        except BaseException as caught:
            error = caught
        # Without a loop nobody waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, error)

    threading.Thread(target=run, name="copy", daemon=True).start()
    await done
