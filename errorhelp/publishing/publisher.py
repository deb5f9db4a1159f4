"""Keeping the published tree equal to the live snapshot, off the event loop."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from errorhelp.answers.snapshot import Snapshot
from errorhelp.config import Loaded
from errorhelp.publishing.published_tree import Published, TreeError, publish
from errorhelp.service.service import Service
from errorhelp.system.state_directory import StateDirectory

log = logging.getLogger(__name__)

_TRY_AGAIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class TreeStatus:
    """The folder that is kept, when it last held what it must, and why it does not since; or that none is."""

    folder: Path | None = None
    published_at: datetime | None = None
    error: str | None = None


class NoTree(Exception):
    """The configuration names no folder to publish to."""


class Publisher:
    """Publishes every new snapshot of a service, one at a time, the newest if they come faster.

    It also leaves a copy of the configuration in force in the state, for who publishes when the service is
    dead and the files are bad.
    """

    def __init__(self, service: Service, state: StateDirectory) -> None:
        self._service = service
        self._state = state
        self._status = TreeStatus()
        self._published: Snapshot | None = None
        self._kept: Loaded | None = None
        self._one_at_a_time = asyncio.Lock()
        self._news = asyncio.Event()
        service.on_snapshot(self._news.set)

    @property
    def status(self) -> TreeStatus:
        """How the tree is doing."""
        return self._status

    async def run(self) -> None:
        """Publish now and after every change, after trouble also each minute; runs until cancelled."""
        while True:
            self._news.clear()
            try:
                await self._keep_configuration()
                await self.publish()
            except (NoTree, TreeError):
                pass  # The status has it, and the log.
            except Exception:
                log.exception("trouble while publishing; trying again")
                self._status = replace(self._status, error="trouble that the log has the details of")
            with suppress(TimeoutError):
                async with asyncio.timeout(_TRY_AGAIN_SECONDS if self._status.error else None):
                    await self._news.wait()

    async def publish(self, *, everything: bool = False) -> Published:
        """Publish the live snapshot; with `everything` look at every file, not only at what may have changed.

        NoTree when no folder is configured, TreeError when it cannot be written.
        """
        async with self._one_at_a_time:
            folder, snapshot = self._service.loaded.tree, self._service.snapshot
            self._note_folder(folder)
            if folder is None:
                raise NoTree("no folder to publish to is configured (publish: DIR)")
            previous = None if everything else self._published
            self._published = None
            now = self._service.now()
            try:
                published = await asyncio.to_thread(publish, snapshot, folder, now.timestamp(), previous)
            except TreeError as error:
                if self._status.error is None:
                    log.error("the tree is not published: %s", error)
                self._status = replace(self._status, error=str(error))
                raise
            self._published = snapshot
            if self._status.error is not None:
                log.warning("the tree in %s is published again", folder)
            self._status = TreeStatus(folder, now)
            if published.written or published.removed:
                log.info(
                    "published to %s: %d written, %d removed", folder, published.written, published.removed
                )
            return published

    def _note_folder(self, folder: Path | None) -> None:
        before = self._status.folder
        if folder == before:
            return
        if before is not None:
            log.warning("%s is not kept any longer; who still serves it shows old messages", before)
        self._status = TreeStatus(folder)
        self._published = None

    async def _keep_configuration(self) -> None:
        loaded = self._service.loaded
        if loaded is self._kept:
            return
        try:
            await asyncio.to_thread(self._state.keep_configuration, loaded.contents)
        except OSError as error:
            log.error("no copy of the configuration can be kept in %s: %s", self._state.path, error)
        else:
            self._kept = loaded
