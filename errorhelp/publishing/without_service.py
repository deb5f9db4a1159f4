"""The state without the service: for when that is dead, and messages must be posted or end all the same."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from errorhelp.config import ConfigurationError, Loaded, load, load_copy
from errorhelp.publishing.copier import CopyStatus, kept_destination
from errorhelp.publishing.published_tree import Published, TreeRun
from errorhelp.publishing.publisher import take_spool
from errorhelp.service.service import Service
from errorhelp.store.kept_copy import KeptCopy
from errorhelp.store.spool import Spool
from errorhelp.store.store_choice import store_at
from errorhelp.system.state_directory import Holder, StateDirectory, StateInUse, Work

log = logging.getLogger(__name__)

_PATIENCE = 60.0
# A timer comes again within a minute, and until then files are to be as they must be here.
_COPY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Direct:
    """A service for one command, to which nobody listens but the command.

    It `goes_around` whoever has the state, if so.
    """

    service: Service
    goes_around: bool = False

    async def copy(self, state: StateDirectory) -> list[CopyStatus]:
        """Bring the copies up to date, as far as half a minute suffices, and how they are doing.

        Keys are looked for in the environment of this process. Where several nodes may be, those copies are left
        alone that another one wrote last.
        """
        service = self.service
        kept = [kept_destination(each, service, state) for each in service.loaded.copies_by(os.environ)]
        takes_over = service.loaded.settings.store is None or service.leads
        await asyncio.gather(*(each.run_within(_COPY_SECONDS, takes_over=takes_over) for each in kept))
        return [each.status for each in kept]

    async def publish(self, folder: Path) -> Published:
        """Publish everything to the folder, also what others wrote directly meanwhile; TreeError if that fails."""
        service, loop = self.service, asyncio.get_running_loop()
        run = TreeRun(
            folder,
            lambda: service.snapshot,
            held=None,
            published=None,
            on_locked=lambda: take_spool(service, loop),
        )
        return await asyncio.to_thread(run.run, service.now().timestamp())


@asynccontextmanager
async def opened(
    state: StateDirectory, file: Path, work: Work, *, waits: bool = True
) -> AsyncIterator[Direct]:
    """The state with the configuration in `file`.

    It is locked meanwhile: other commands that have it are waited for, if it `waits`. Whoever keeps it all the
    same hangs, or is a service, and is gone around: what is written then lies in the spool too, for when that
    one goes on.

    A configuration that the service would not put in force is not used here either: then it is the one that
    was in force last, and the log says so. ConfigurationError if there is none, StateError
    if the state cannot be used.
    """
    async with AsyncExitStack() as stack:
        goes_around = False
        try:
            goes_around = not stack.enter_context(state.locked(work, _PATIENCE if waits else 0, _log_wait))
        except StateInUse as error:
            goes_around = True
            log.info("publishing although another process holds the state directory: %s", error)
        first, newest = _configurations(state, file)
        store = store_at(first.settings.store, state.database)
        spool = Spool(state.spool, takes_writes=True, takes_all=goes_around)
        service = Service(first, store, kept=KeptCopy(state.kept_messages), spool=spool)
        await service.start()
        stack.push_async_callback(service.stop)
        if newest is not None:
            await service.use(newest)
        yield Direct(service, goes_around)


def _log_wait(holder: Holder | None) -> None:
    if holder is not None and holder.work is not Work.SERVICE:
        who = f"another errorhelp command (process {holder.process_id})"
        log.warning("waiting for %s to end", who)


def usable_configuration(state: StateDirectory, file: Path) -> Loaded:
    """The configuration in `file`; if it is bad the one that was in force last, ConfigurationError without one."""
    first, newest = _configurations(state, file)
    return newest or first


def _configurations(state: StateDirectory, file: Path) -> tuple[Loaded, Loaded | None]:
    """The configuration to begin with, and a newer one that may follow it.

    Secrets are not looked up: what they guard is not published, and a timer may not have them.
    """
    kept = state.kept_configuration()
    try:
        newest = load(file, environment=None)
    except ConfigurationError as error:
        if kept is None:
            raise
        log.warning("the configuration is bad, so the one that was in force last is used:\n%s", error)
        return load_copy(kept), None
    if kept is None or list(kept.values()) == list(newest.contents.values()):
        return newest, None
    try:
        return load_copy(kept), newest
    except ConfigurationError:
        # A newer errorhelp may refuse what an older one took.
        return newest, None
