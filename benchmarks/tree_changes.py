"""What a message changes in the published tree: how soon readers of the files have it.

Run `.venv/bin/python -m benchmarks.tree_changes`; it takes a minute. There are 100 and then 100,000 infobases
in two languages, a front page, and a list of all that carries messages. The tree is made in the current folder and
holds the files of the infobases that matter here; a service posts to SQLite, and as in the service a thread
publishes what changed.

    one       a message for one infobase: from the call that posts it until its help JSON in the tree has it
    all       a message for all infobases: the same for the address that was asked for last
    asked     … until all addresses that were asked for, 1,000 of them, have it

Each is the median of five. The exit status is 1 when one or all take longer than 50 ms with 100,000 infobases.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from samples import catalog, infobase

from benchmarks.figures import Figure, judged
from benchmarks.scale import configuration
from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.lists import ConnectionList
from errorhelp.catalog.targets import TargetIndex
from errorhelp.config import load
from errorhelp.people.people import Person, Role
from errorhelp.public.help_requests import Asked
from errorhelp.publishing.published_tree import TreeRun, publish
from errorhelp.service.drafts import Draft
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore

SIZES, ASKED, TIMES, MOST = (100, 100_000), 1_000, 5, 0.05
_ADMIN = Person("benchmark", Role.ADMIN)


def main() -> int:
    """Measures both sizes and prints a table."""
    found = {size: asyncio.run(_measure(size)) for size in SIZES}
    for size, figures in found.items():
        cells = ", ".join(f"{what} {seconds * 1000:.0f} ms" for what, seconds in figures.items())
        print(f"{size:>9,} infobases: {cells}")
    return judged(
        "tree_changes",
        [
            Figure(f"message for {what} of 100,000 in the tree: until readers have it, s", seconds, most=MOST)
            for what, seconds in found[SIZES[-1]].items()
            if what in ("one", "all")
        ],
    )


def _catalog(size: int) -> Catalog:
    infobases = (infobase(f"ib{number}", folder=f"/Отдел {number % 100}") for number in range(size))
    return catalog(*infobases, lists=[ConnectionList("all", folders=("/",), carries_messages=True)])


async def _measure(size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="tree-changes-", dir=".") as name:
        folder = Path(name)
        file = folder / "errorhelp.yaml"
        file.write_text(configuration(1), "utf-8")
        whole, asked_for = _catalog(size), [number * 7919 % size for number in range(min(ASKED, size))]
        whole.prepare(TargetIndex(whole.infobases, whole.folders))
        service = Service(replace(load(file), catalog=whole), SqliteStore(folder / "errorhelp.db"))
        await service.start()
        # Writing all files of 100,000 infobases would take an hour, and none of the others is looked at.
        there = replace(whole, infobases={f"ib{each}": whole.infobases[f"ib{each}"] for each in asked_for})
        now = datetime.now(UTC)
        await asyncio.to_thread(publish, compile(there, (), now), folder / "tree", now.timestamp())
        readers = Asked(time.time, lambda: whole)
        for number, each in enumerate(asked_for):
            readers.count(f"/help/ib{each}.json", "1CV8C/8.3.27", now.timestamp() + number)
        tree = _Tree(service, folder / "tree", readers)
        last, every = f"ib{asked_for[-1]}", [f"ib{each}" for each in asked_for]
        figures = {}
        for what, target, expected in (("one", last, [last]), ("all", "*", [last]), ("asked", "*", every)):
            seconds = [await tree.seconds_until_there(target, expected) for _ in range(TIMES)]
            figures[what] = statistics.median(seconds)
        await service.stop()
        return figures


class _Tree:
    """The tree of a service, published after each change until it holds what is waited for."""

    def __init__(self, service: Service, folder: Path, readers: Asked) -> None:
        self._service = service
        self._folder = folder
        self._readers = readers
        self._number = 0

    async def seconds_until_there(self, target: str, infobases: list[str]) -> float:
        service, before = self._service, self._service.snapshot
        self._number += 1
        text = f"Сообщение {self._number}"
        draft = Draft((target,), text, datetime.now(UTC) + timedelta(hours=1))
        is_there = asyncio.Event()
        changed = asyncio.Event()
        service.on_snapshot(changed.set)
        started = time.perf_counter()
        posting = asyncio.create_task(service.post(draft, _ADMIN))
        await changed.wait()
        other = compile(catalog(), (), datetime.now(UTC))

        def newest() -> Snapshot:
            # Another catalog ends a run.
            return other if is_there.is_set() else service.snapshot

        run = TreeRun(self._folder, newest, held=before, published=before, asked=self._readers)
        running = asyncio.create_task(asyncio.to_thread(run.run, time.time()))
        await asyncio.to_thread(self._wait, infobases, text)
        seconds = time.perf_counter() - started
        is_there.set()
        message = await posting
        await running
        await service.end(message.id, _ADMIN)
        return seconds

    def _wait(self, infobases: list[str], text: str) -> None:
        for each in infobases:
            file = self._folder / "help" / f"{each}.json"
            while text not in file.read_text("utf-8"):
                time.sleep(0.001)


if __name__ == "__main__":
    sys.exit(main())
