"""A copy in object storage: it is made equal to the live snapshot, at the cost of what changed since."""

import asyncio
import logging
import re
import secrets
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b, md5
from itertools import chain, islice
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from errorhelp import __version__
from errorhelp.answers.answer import Answer
from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.config import Loaded
from errorhelp.publishing.copy_errors import CopyError, CopyOfAnother
from errorhelp.publishing.copy_record import CopyRecord, Queued, Written
from errorhelp.publishing.published_tree import file_name
from errorhelp.store.kept_copy import ShownState, as_json, read_json

log = logging.getLogger(__name__)

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
Live = Callable[[], tuple[Loaded, Snapshot]]
"""The configuration in force, and the live snapshot of its catalog."""

# Has the word of whoever wrote to the copy last.
_MARK = ".errorhelp-copy"
# So many requests are on their way at once, and so many answers are looked at before the next look at what is new.
_AT_ONCE, _LOOKED_AT = 16, 200
_COMPARE_EVERY = timedelta(days=1)
# A request whose end nobody saw may have its effect later.
_COMPARE_AFTER_TROUBLE = timedelta(minutes=5)
# What the names of answers look like; all else there is somebody else's.
_OURS = re.compile(
    r"(?:help|lists|offline)/.+|favicon\.ico"
    r"|(?:[a-z][a-z0-9-]*/)?(?:index\.html|messages\.(?:json|atom)|maintenance\.ics)"
)


class Storage(Protocol):
    """Where files are put by name; CopyError where that fails."""

    async def put(self, name: str, body: bytes, content_type: str) -> str | None:
        """Write a file, whole; its ETag."""

    async def read(self, name: str) -> bytes | None:
        """A file's content; None if it is not there."""

    async def remove(self, names: Collection[str]) -> None:
        """Have these files not there."""

    def listed(self) -> AsyncIterator[list[tuple[str, str | None]]]:
        """All that is there, some at a time: names, each with its ETag."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file that the copy is to have, and the path of its answer."""

    path: str
    answer: Answer

    @property
    def name(self) -> str:
        return file_name(self.path)

    @property
    def digest(self) -> bytes:
        content_type = self.answer.content_type.encode()
        return blake2b(b"%s\0%s" % (content_type, self.answer.body), digest_size=16).digest()

    @property
    def etag(self) -> str:
        """As most storages make it."""
        return md5(self.answer.body, usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class _Pile:
    """Paths that are to be looked at: those of a queued change, or without one all there are."""

    paths: Iterator[str]
    change: int | None


class StorageCopy:
    """One copy in `storage`, with its record in `file`. One run at a time.

    What messages changed last goes first. A look at all answers, after a change of the configuration, comes behind
    that, and what is gone is removed last.
    """

    def __init__(self, storage: Storage, file: Path, live: Live, now: Callable[[], datetime]) -> None:
        self._storage = storage
        self._file = file
        self._live = live
        self._now = now
        self._known: CopyRecord | None = None
        # Work with the record and the snapshot is in a thread, in the order in which it was asked for.
        self._thread = ThreadPoolExecutor(1, "copy")
        # The last one is looked at first.
        self._piles: list[_Pile] = []
        self._noted: Snapshot | None = None
        self._named: tuple[Loaded, str] | None = None
        self._is_looked_through = False
        self._is_marked = False
        self._is_hurried = False
        self._compare_at: datetime | None = None
        self._has_trouble = False

    @property
    def due_at(self) -> datetime | None:
        """When it has to be compared with what is there, which a run does; None before the first one."""
        return self._compare_at

    def compare_soon(self) -> None:
        """Have the next run compare it with what is there."""
        self._compare_at = self._now()

    def hurry(self) -> None:
        """Leave out what messages did not change: there is no more time."""
        self._is_hurried = True

    async def bring_up_to_date(self, *, takes_over: bool) -> Snapshot:
        """Make the copy hold the live snapshot, and which one that was; CopyError when it cannot be.

        CopyOfAnother when somebody else has written to it since, unless this one `takes_over`.
        """
        try:
            try:
                return await self._run(takes_over)
            except sqlite3.Error as error:
                log.error(
                    "%s cannot be kept, so all that copies have is looked at again: %s", self._file, error
                )
                await self._in_thread(self._begin_anew)
                return await self._run(takes_over)
        except CopyError:
            self._has_trouble = True
            raise

    def let_go(self) -> None:
        """Nothing: whoever writes next leaves a mark there, and this one sees it."""

    async def close(self) -> None:
        """Close the record."""
        if self._known is not None:
            await self._in_thread(self._known.close)
        self._thread.shutdown(wait=False)

    async def _run(self, takes_over: bool) -> Snapshot:
        if self._known is None:
            self._known = await self._in_thread(CopyRecord.opened, self._file)
        await self._claim(takes_over)
        while True:
            if batch := await self._in_thread(self._next_batch):
                await self._write(batch)
            elif gone := await self._in_thread(self._next_gone):
                await self._remove(gone)
            else:
                break
        if self._has_trouble:
            self._has_trouble = False
            soon = self._now() + _COMPARE_AFTER_TROUBLE
            self._compare_at = min(self._compare_at or soon, soon)
        if self._noted is None:
            raise RuntimeError("no snapshot was looked at")
        return self._noted

    def _begin_anew(self) -> None:
        """Go on with a record in memory, which knows nothing."""
        self._record.close()
        self._known, self._noted, self._piles = CopyRecord(None), None, []

    @property
    def _record(self) -> CopyRecord:
        if self._known is None:
            raise RuntimeError("the record was not opened")
        return self._known

    # Whose copy it is

    async def _claim(self, takes_over: bool) -> None:
        """Be sure that nobody else has written there since the record knows what is there, or find that out."""
        found = await self._storage.read(_MARK)
        token, compared_at = await self._in_thread(lambda: (self._record.token, self._record.compared_at))
        is_own = found is not None and found == token
        if not is_own:
            if not takes_over:
                raise CopyOfAnother("somebody else writes there")
            if self._is_marked and found is not None:
                log.warning(
                    "somebody else has written to a copy that this errorhelp writes to; end one of the two"
                )
            if found is None and token is None:
                await self._refuse_what_is_no_copy()
            self._is_marked = False
        if self._compare_at is None:
            self._compare_at = datetime.fromtimestamp(compared_at, UTC) + _COMPARE_EVERY
        if not is_own or self._compare_at <= self._now():
            # First the mark: what another one writes after it has seen it is only what was on its way.
            mark = token if is_own else await self._mark()
            await self._compare()
            await self._in_thread(self._record.set_token, mark or b"")

    async def _mark(self) -> bytes:
        """Leave a new word there; it changes with each start, should an old state of this machine come back."""
        mark = secrets.token_hex(16).encode()
        await self._storage.put(_MARK, mark, "text/plain")
        self._is_marked = True
        return mark

    async def _mark_before_writing(self) -> None:
        if not self._is_marked:
            await self._in_thread(self._record.set_token, await self._mark())

    async def _refuse_what_is_no_copy(self) -> None:
        async for files in self._storage.listed():
            if files:
                raise CopyError(
                    f"there are files ({files[0][0]}) and it is no copy of errorhelp; set a prefix where nothing is"
                )

    async def _compare(self) -> None:
        """Find out what is there."""
        record = self._record
        await self._in_thread(record.begin_listing)
        async for files in self._storage.listed():
            ours = [(name, etag) for name, etag in files if _OURS.fullmatch(name)]
            await self._in_thread(record.list, ours)
        now = self._now()
        if different := await self._in_thread(record.finish_listing, now.timestamp()):
            log.info("%d files of a copy are not as they were written, or not known", different)
            self._piles, self._noted = [], None
        self._compare_at = now + _COMPARE_EVERY

    # What it lacks

    def _next_batch(self) -> list[_File]:
        """Files that the copy lacks, of which nothing is known from now on; none if it has all that it must."""
        while True:
            snapshot = self._note_newest()
            if not self._piles or (self._is_hurried and self._piles[-1].change is None):
                return []
            pile = self._piles[-1]
            if paths := [*islice(pile.paths, _LOOKED_AT)]:
                if lacking := self._lacking(snapshot, paths):
                    return lacking
            else:
                self._piles.pop()
                if pile.change is None:
                    self._is_looked_through = True
                else:
                    self._record.finish(pile.change)

    def _note_newest(self) -> Snapshot:
        """The live snapshot; what changed up to it is queued."""
        loaded, snapshot = self._live()
        if snapshot is self._noted:
            return snapshot
        catalog = self._name_of(loaded)
        before = self._noted or self._queued(loaded, catalog)
        is_same = before is not None and before.catalog is snapshot.catalog
        targets = snapshot.touched_targets(before)
        state = Queued(catalog, snapshot.compiled_at.timestamp(), _shown(snapshot))
        change = self._record.queue(state, targets, is_look_due=not is_same)
        if self._noted is None or not is_same:
            self._piles = [_Pile(snapshot.paths_about(each), number) for number, each in self._record.changes]
            self._is_looked_through = False
            if self._record.is_look_due:
                self._record.begin_look()
                self._piles.insert(0, _Pile(self._wanted(snapshot), None))
        else:
            self._piles.append(_Pile(snapshot.paths_about(targets), change))
        self._noted = snapshot
        return snapshot

    def _wanted(self, snapshot: Snapshot) -> Iterator[str]:
        every_path = snapshot.every_path()
        while paths := [*islice(every_path, _LOOKED_AT)]:
            self._record.want(map(file_name, paths))
            yield from paths

    def _queued(self, loaded: Loaded, catalog: str) -> Snapshot | None:
        """The snapshot that was queued last, as far as the record can say, and if it was of the same catalog."""
        queued = self._record.queued
        if queued is None or queued.catalog != catalog or (shown := read_json(queued.shown)) is None:
            return None
        at = datetime.fromtimestamp(queued.at, UTC)
        return compile(loaded.catalog, shown.messages, at, overrides=shown.overrides, made=shown.windows)

    def _name_of(self, loaded: Loaded) -> str:
        """What names all that answers are made of beside messages."""
        if self._named is None or self._named[0] is not loaded:
            digest = blake2b(f"{__version__} {loaded.catalog.revised_at}".encode(), digest_size=16)
            for file, text in loaded.contents.items():
                digest.update(blake2b(str(file.absolute()).encode()).digest() + blake2b(text).digest())
            if (logo := loaded.catalog.organisation.logo) is not None:
                digest.update(logo.content)
            self._named = loaded, digest.hexdigest()
        return self._named[1]

    def _lacking(self, snapshot: Snapshot, paths: Iterable[str]) -> list[_File]:
        """Files of these paths that the copy lacks, or may lack."""
        answers = ((path, snapshot.compiled(path)) for path in paths)
        files = [_File(path, answer) for path, answer in answers if answer is not None]
        known = self._record.known([each.name for each in files])
        lacking: dict[str, _File] = {}
        found: list[Written] = []
        for each in files:
            digest, etag = known.get(each.name, (None, None))
            if digest is None and etag == each.etag:
                found.append(Written(each.name, each.digest, etag))
            elif digest != each.digest:
                lacking[each.name] = each
        if found:
            self._record.note_written(found)
        if lacking:
            self._record.begin(lacking)
        return [*lacking.values()]

    async def _write(self, batch: Collection[_File]) -> None:
        """Write files, as long as nothing overtakes them; those that were not written are looked at again."""
        await self._mark_before_writing()
        waiting, written = deque(batch), list[Written]()

        async def write() -> None:
            while waiting and not self._is_overtaken:
                each = waiting.popleft()
                etag = await self._storage.put(each.name, each.answer.body, each.answer.content_type)
                written.append(Written(each.name, each.digest, etag))

        workers = [asyncio.create_task(write()) for _ in range(min(_AT_ONCE, len(batch)))]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.wait(workers)
            done = {each.name for each in written}
            rest = [each.path for each in batch if each.name not in done]
            self._piles[-1].paths = chain(rest, self._piles[-1].paths)
            await self._in_thread(self._record.note_written, written)

    @property
    def _is_overtaken(self) -> bool:
        return self._live()[1] is not self._noted

    def _next_gone(self) -> list[str]:
        """Files that are there and are not wanted any more, when all the others are there as they must be."""
        if self._piles or not self._is_looked_through:
            return []
        if gone := self._record.unwanted(_LOOKED_AT):
            self._record.begin(gone)
        else:
            self._record.finish_look()
            self._is_looked_through = False
        return gone

    async def _remove(self, names: Collection[str]) -> None:
        await self._mark_before_writing()
        await self._storage.remove(names)
        await self._in_thread(self._record.note_removed, names)

    async def _in_thread(
        self, work: Callable[_Parameters, _Result], *given: _Parameters.args, **named: _Parameters.kwargs
    ) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *given, **named))


def _shown(snapshot: Snapshot) -> bytes:
    """What a snapshot was compiled from beside the configuration."""
    posted = {each.id: each for each in (*snapshot.live, *snapshot.past) if each.window is None}
    return as_json(ShownState(tuple(posted.values()), snapshot.overrides, snapshot.made))
