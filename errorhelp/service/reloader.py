"""Following the configuration's files: a good change is taken; a bad one is told, and the old stays."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from errorhelp.config import ConfigurationError, load
from errorhelp.service.service import Service
from errorhelp.system.file_stamps import Quiet, Stamp, stamp

_LOOKS_EVERY = 0.3


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
        """Reload whenever a file changes, appears or goes, and is quiet again; runs until cancelled."""
        quiet = Quiet()
        while True:
            await asyncio.sleep(_LOOKS_EVERY)
            # A network share that hangs keeps nobody waiting.
            found = await asyncio.to_thread(_stamps, self._seen)
            if quiet.is_quiet("configuration", found) and found != self._seen:
                await self.reload()


def _stamps(paths: Iterable[Path]) -> dict[Path, Stamp]:
    return {path: stamp(path) for path in paths}
