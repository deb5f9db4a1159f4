"""The state without the service: for when that is dead, and messages must be posted or end all the same."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from errorhelp.config import ConfigurationError, Loaded, load, load_copy
from errorhelp.publishing.published_tree import Published, publish
from errorhelp.service.service import Service
from errorhelp.store.kept_copy import KeptCopy
from errorhelp.store.spool import Spool
from errorhelp.store.store_choice import store_at
from errorhelp.system.state_directory import StateDirectory, StateInUse

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Direct:
    """A service for one command. If it `is_served`, another one runs on the state and publishes by itself."""

    service: Service
    is_served: bool

    async def publish(self, folder: Path) -> Published:
        """Publish everything to the folder; see `publish.publish`."""
        service = self.service
        return await asyncio.to_thread(publish, service.snapshot, folder, service.now().timestamp())


@asynccontextmanager
async def opened(state: StateDirectory, file: Path) -> AsyncIterator[Direct]:
    """The state with the configuration in `file`, which is locked meanwhile unless a service has it.

    A configuration that the service would not put in force is not used here either: then it is the one that
    was in force last, and the log says so. ConfigurationError if there is none, StateError or
    StoreUnavailable if the state cannot be used.
    """
    async with AsyncExitStack() as stack:
        is_served = False
        try:
            stack.enter_context(state.locked())
        except StateInUse:
            is_served = True
        first, newest = _configurations(state, file)
        store = store_at(first.settings.store, state.database)
        service = Service(
            first, store, kept=KeptCopy(state.kept_messages), spool=Spool(state.spool, takes_writes=True)
        )
        await service.start()
        stack.push_async_callback(service.stop)
        if newest is not None:
            await service.use(newest)
        yield Direct(service, is_served)


def store_address(state: StateDirectory, file: Path) -> str | None:
    """PostgreSQL's address by the configuration in `file`, None for the state's own database.

    If that configuration is bad, the one that was in force last tells; ConfigurationError if there is none.
    """
    first, newest = _configurations(state, file)
    return (newest or first).settings.store


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
