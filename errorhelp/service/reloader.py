"""Following the configuration's files: a good change is taken; a bad one is told, and the old stays."""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

from watchfiles import awatch

from errorhelp.config import ConfigurationError, Look, load, look
from errorhelp.service.service import Service

log = logging.getLogger(__name__)

# All in milliseconds: a change is read when the files have been quiet for so long, and at the latest after so
# long; without any sign of a change (a network share gives none) the files are looked at so often.
_QUIET, _LATEST, _LOOK = 200, 500, 1000
_TRY_AGAIN_SECONDS = 1


class Reloader:
    """Reads the configuration anew, when asked or when its files change."""

    def __init__(self, service: Service, file: Path) -> None:
        self._service = service
        self._file = file
        self._seen = service.loaded.seen
        self._reading = asyncio.Lock()

    async def reload(self) -> None:
        """Read the files and hand the service what is in them, good or bad."""
        async with self._reading:
            try:
                loaded = await asyncio.to_thread(load, self._file)
            except ConfigurationError as error:
                self._seen = error.seen
                self._service.refuse(error)
            else:
                self._seen = loaded.seen
                await self._service.use(loaded)

    async def watch(self) -> None:
        """Reload whenever a file changes, appears or goes; runs until cancelled."""
        while True:
            try:
                await self._watch_folders(self._folders)
            except OSError as error:
                log.warning("cannot watch the configuration: %s; trying again", error)
                await asyncio.sleep(_TRY_AGAIN_SECONDS)

    async def _watch_folders(self, folders: set[Path]) -> None:
        """Watch until the configuration is in other folders; files may appear there that it includes."""
        async for _ in awatch(
            *folders,
            debounce=_LATEST,
            step=_QUIET,
            rust_timeout=_LOOK,
            yield_on_timeout=True,
            recursive=False,
        ):
            if await asyncio.to_thread(_looks_different, self._seen):
                await self.reload()
            if self._folders != folders:
                return

    @property
    def _folders(self) -> set[Path]:
        return {path.absolute().parent for path in self._seen if not path.is_dir()}


def _looks_different(seen: Mapping[Path, Look]) -> bool:
    return any(look(path) != before for path, before in seen.items())
