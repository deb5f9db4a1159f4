"""Whatever happens to messages, requests and processes: in the end a copy holds what is shown, and nothing else."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from configurations import read
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_histories import Step, histories

from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.publishing.copy_errors import CopyError
from errorhelp.publishing.published_tree import file_name
from errorhelp.publishing.storage_copy import StorageCopy

CONFIGURATION = "infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]"
_MARK = ".errorhelp-copy"


@dataclass
class Memory:
    """Storage in memory. `faults` say of each request to come whether it fails: None, before or after its effect."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[str | None] = field(default_factory=list)

    def _fail(self, moment: str) -> None:
        if self.faults and self.faults[-1] == moment:
            self.faults.pop()
            raise CopyError(f"fails {moment}")
        if moment == "after" and self.faults:
            self.faults.pop()

    async def put(self, name: str, body: bytes, content_type: str) -> str | None:
        self._fail("before")
        self.files[name] = body
        self._fail("after")
        return hashlib.md5(body, usedforsecurity=False).hexdigest()

    async def read(self, name: str) -> bytes | None:
        self._fail("before")
        return self.files.get(name)

    async def remove(self, names: Collection[str]) -> None:
        for name in names:
            self._fail("before")
            self.files.pop(name, None)
            self._fail("after")

    async def listed(self) -> AsyncIterator[list[tuple[str, str | None]]]:
        self._fail("before")
        tags = {name: hashlib.md5(body, usedforsecurity=False) for name, body in self.files.items()}
        yield [(name, tag.hexdigest()) for name, tag in tags.items()]


faults = st.lists(st.sampled_from([None, None, None, "before", "after"]), max_size=12)
events = st.sampled_from(["runs", "runs", "is killed", "loses its state"])


# Each example waits for a disk many times.
@settings(max_examples=settings().max_examples // 6)
@given(histories(), st.lists(st.tuples(faults, events), min_size=6, max_size=6))
def test_after_any_history_with_faults_a_copy_holds_what_is_shown(
    history: tuple[Catalog, list[Step]], happenings: list[tuple[list[str | None], str]]
) -> None:
    whole, steps = history
    with TemporaryDirectory() as folder:
        asyncio.run(_live_through(Path(folder), whole, steps, happenings))


async def _live_through(
    folder: Path, whole: Catalog, steps: list[Step], happenings: list[tuple[list[str | None], str]]
) -> None:
    loaded = replace(read(folder, CONFIGURATION), catalog=whole)
    shown: list[Snapshot] = []
    memory = Memory()
    now = steps[0].now

    def copy() -> StorageCopy:
        return StorageCopy(memory, folder / "copies" / "a.db", lambda: (loaded, shown[-1]), lambda: now)

    current = copy()
    for step, (faults_then, event) in zip(steps, happenings, strict=False):
        previous = shown[-1] if shown else None
        shown.append(compile(whole, step.messages, step.now, previous, step.overrides))
        memory.faults = [*faults_then]
        with suppress(CopyError):
            await current.bring_up_to_date(takes_over=True)
        if event != "runs":
            await current.close()
            if event == "loses its state":
                (folder / "copies" / "a.db").unlink(missing_ok=True)
            # What is shown after a start comes from the store, not from the snapshot before.
            shown.append(compile(whole, step.messages, step.now, overrides=step.overrides))
            current = copy()
    memory.faults = []
    # Without a look at what is there: the record and the queue alone are to know.
    assert await current.bring_up_to_date(takes_over=True) is shown[-1]
    await current.close()
    wanted = {file_name(path): answer.body for path, answer in shown[-1].published()}
    assert {name: body for name, body in memory.files.items() if name != _MARK} == wanted
