"""Following the configuration's files: a good change is taken; a bad one is logged, and the old stays."""

import asyncio
import logging
import time
import weakref
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from errorhelp.catalog.catalog import Catalog
from errorhelp.config import ConfigurationError, Loaded, load
from errorhelp.service.service import Service
from errorhelp.system.file_stamps import Quiet, Stamp, stamp
from errorhelp.system.garbage_collection import no_collection
from errorhelp.system.memory import give_back, let_go
from errorhelp.system.trouble import Trouble

log = logging.getLogger(__name__)

_LOOKS_EVERY = 0.3
# Whoever writes a file in pieces is not slower than this between two of them.
_STILL_SECONDS = 5.0


class Reloader:
    """Reads the configuration anew, when asked or when its files change."""

    def __init__(self, service: Service, file: Path) -> None:
        self._service = service
        self._file = file
        _let_go_in_pieces(service.catalog)
        self._seen = service.loaded.seen
        self._reading = asyncio.Lock()
        self._quiet = Quiet()
        # What the files looked like lately, and since when (seconds).
        self._found: dict[Path, Stamp] = {}
        self._found_at = 0.0
        # What was read from them, and waits until they have been still for long.
        self._waiting: Loaded | None = None

    async def reload(self) -> None:
        """Read the files and hand the service what is in them, good or bad."""
        await self._read(is_asked=True)

    async def watch(self) -> None:
        """Reload whenever a file changes, appears or goes, and is quiet again; runs until cancelled."""
        trouble = Trouble(log)
        while True:
            await asyncio.sleep(_LOOKS_EVERY)
            try:
                await self.look(time.monotonic())
            except Exception as error:
                # Whatever went wrong with one state of the files, the next may be good.
                trouble.note(error, "unexpected error while following the configuration; trying again")
            else:
                trouble.over()

    async def look(self, now: float) -> None:
        """Look at the files, and take a change that is written to its end; `now` are seconds that only grow.

        A change that loses something must have been still for some seconds: half of a file may be good, too.
        """
        # A network share that hangs keeps nobody waiting.
        waiting = {} if self._waiting is None else self._waiting.seen
        found = await asyncio.to_thread(_stamps, {**self._seen, **waiting})
        if found != self._found:
            self._found, self._found_at, self._waiting = found, now, None
        if not self._quiet.is_quiet("configuration", found) or self._seen.items() <= found.items():
            return
        if self._waiting is None:
            await self._read(is_asked=False)
        elif now - self._found_at >= _STILL_SECONDS:
            async with self._reading:
                await self._take(self._waiting)

    async def _read(self, *, is_asked: bool) -> None:
        async with self._reading:
            try:
                loaded = await asyncio.to_thread(_load, self._file, self._service.loaded)
            except ConfigurationError as error:
                self._seen, self._waiting = error.seen, None
                self._service.refuse(error)
                return
            lost = None if is_asked else await asyncio.to_thread(_first_lost, self._service.loaded, loaded)
            if lost is None:
                await self._take(loaded)
            elif all(self._found.get(file, seen) == seen for file, seen in loaded.seen.items()):
                self._waiting, self._found = loaded, {**self._found, **loaded.seen}
                log.info(
                    "configuration %s loses %s; it is taken when its files have not changed for five seconds",
                    loaded.digest,
                    lost,
                )

    async def _take(self, loaded: Loaded) -> None:
        self._seen, self._waiting = loaded.seen, None
        await self._service.use(loaded)


def _load(file: Path, before: Loaded) -> Loaded:
    with no_collection():
        loaded = load(file, before=before)
    _let_go_in_pieces(loaded.catalog)
    give_back()
    return loaded


def _let_go_in_pieces(catalog: Catalog) -> None:
    """Whoever lets go of the catalog last, perhaps the event loop, does not wait until all infobases are freed."""
    weakref.finalize(catalog, let_go, [*catalog.infobases.values()]).atexit = False


def _first_lost(before: Loaded, after: Loaded) -> str | None:
    return next(_lost(before, after), None)


def _lost(before: Loaded, after: Loaded) -> Iterator[str]:
    """What the first configuration has and the second has not, in words."""
    for infobase_id in before.catalog.infobases_not_in(after.catalog):
        yield f"infobase {infobase_id}"
    named_after = _named(after)
    for kind, named in _named(before).items():
        still = set(named_after[kind])
        yield from (f"{kind} {name}" for name in named if name not in still)
    if before.tree is not None and after.tree is None:
        yield "the tree"


def _named(loaded: Loaded) -> dict[str, Collection[str]]:
    """What has a name in a configuration beside infobases, by what it is."""
    catalog, settings = loaded.catalog, loaded.settings
    return {
        "folder": [*catalog.folders],
        "list": [*catalog.lists],
        "maintenance window": [window.id for window in catalog.windows],
        "setting": sorted(settings.model_fields_set),
        "language": settings.languages,
        "user": [user.name for user in settings.admin.users],
        "group": [group.group for group in settings.admin.groups],
        "template": [template.id for template in settings.message_templates],
        "value": [*settings.message_values],
        "target of notifications": [*loaded.targets],
        "copy": [copy.id for copy in loaded.copies],
    }


def _stamps(paths: Iterable[Path]) -> dict[Path, Stamp]:
    return {path: stamp(path) for path in paths}
