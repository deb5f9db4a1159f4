"""What the number of infobases costs: start, memory, messages, lists and the published tree.

Run `.venv/bin/python -m benchmarks.scale`; it takes about two minutes. Each size is measured in a process of its
own, so that memory is its own: 10, 1,000, 10,000 and 100,000 infobases in 100 folders, in two languages, with
one list that holds all of them and carries messages. A message counts as visible when the first answer holds it,
from the call that posts it on, its commit included.

    read      reading and checking the YAML
    compile   the first snapshot, whose answers are made when they are asked for
    one       a message for one infobase, posted until visible
    all       a message for all infobases, posted until visible
    publish   what that changes in the published tree, with the list of all
    list      building the list from nothing
    held      the longest time for which the event loop did nothing else, over all of it
    RSS       the most memory the process had, in MB

It prints a table, draws docs/scale.svg, and exits with 1 when a bound for 10,000 infobases is missed. Figures are
of the machine it runs on.
"""

import argparse
import asyncio
import gc
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from errorhelp.answers.list_answers import compile_list, list_answer
from errorhelp.answers.snapshot import compile
from errorhelp.config import Loaded, load
from errorhelp.people.people import Person, Role
from errorhelp.publishing.published_tree import publish
from errorhelp.service.drafts import Draft
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore

SIZES = (10, 1_000, 10_000, 100_000)
# At 10,000 infobases, in seconds and MB.
BOUNDS = {"read": 6.0, "compile": 1.0, "one": 0.05, "all": 1.0, "publish": 0.6, "held": 0.05, "RSS": 300.0}
COLUMNS = ("read", "compile", "one", "all", "publish", "list", "held", "RSS")
SVG = Path(__file__).parents[1] / "docs" / "scale.svg"

_TICK = 0.001
_Result = TypeVar("_Result")
_ADMIN = Person("benchmark", Role.ADMIN)


def main() -> int:
    """Measure every size, or with `--size` one of them, which is then printed as JSON."""
    parser = argparse.ArgumentParser(description="What the number of infobases costs.")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    size = parser.parse_args().size
    if size is not None:
        print(json.dumps(asyncio.run(_measure(size))))
        return 0
    figures: dict[int, Mapping[str, float]] = {}
    print("".join(f"{column:>10}" for column in ("infobases", *COLUMNS)))
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.scale", "--size", str(size)]
        figures[size] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        cells = (f"{figures[size][column]:.4g}" for column in COLUMNS)
        print("".join(f"{cell:>10}" for cell in (f"{size:,}", *cells)), flush=True)
    SVG.write_text(_drawn(figures), "utf-8")
    missed = {name: figures[10_000][name] for name, bound in BOUNDS.items() if figures[10_000][name] > bound}
    for name, value in missed.items():
        print(f"{name} at 10,000 infobases: {value:.3g} is over {BOUNDS[name]}")
    return 1 if missed else 0


async def _measure(size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="scale-") as name:
        folder = Path(name)
        file = folder / "errorhelp.yaml"
        file.write_text(configuration(size), "utf-8")
        figures: dict[str, float] = {}
        gc.disable()
        loaded = _timed(figures, "read", lambda: load(file))
        gc.collect()
        gc.freeze()
        gc.enable()
        now = datetime.now(UTC)
        _timed(figures, "compile", lambda: compile(loaded.catalog, (), now))
        service = Service(loaded, SqliteStore(folder / "errorhelp.db"))
        await service.start()
        # Of the first tree what matters here is that there is one: writing all of it takes minutes.
        await asyncio.to_thread(
            publish, compile(_small(folder).catalog, (), now), folder / "tree", time.time()
        )
        before = service.snapshot
        holding = asyncio.create_task(_longest_hold(figures))
        await asyncio.sleep(0.1)
        figures["one"] = await _until_visible(service, "ib0", "Обновление")
        started = time.perf_counter()
        await asyncio.to_thread(publish, service.snapshot, folder / "tree", time.time(), before)
        figures["publish"] = time.perf_counter() - started
        figures["all"] = await _until_visible(service, "*", "Обновление всего")
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)
        every = loaded.catalog.lists["all"]

        def build() -> object:
            compiled = compile_list(loaded.catalog, every, service.snapshot.board, datetime.now(UTC))
            return list_answer(loaded.catalog, every, compiled)

        _timed(figures, "list", build)
        await service.stop()
        figures["RSS"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return figures


def _small(folder: Path) -> Loaded:
    file = folder / "small.yaml"
    file.write_text(configuration(1), "utf-8")
    return load(file)


def _timed(figures: dict[str, float], name: str, work: Callable[[], _Result]) -> _Result:
    started = time.perf_counter()
    result = work()
    figures[name] = time.perf_counter() - started
    return result


async def _until_visible(service: Service, target: str, text: str) -> float:
    """Seconds from posting a message to the first answer that holds it."""
    draft = Draft((target,), text, datetime.now(UTC) + timedelta(hours=1))
    started = time.perf_counter()
    posting = asyncio.create_task(service.post(draft, _ADMIN))
    while True:
        answer = service.snapshot.find("/help/ib0.json", time.time())
        if answer is not None and text.encode() in answer.body:
            visible = time.perf_counter() - started
            await posting
            return visible
        await asyncio.sleep(0)


async def _longest_hold(figures: dict[str, float]) -> None:
    figures["held"] = 0.0
    while True:
        started = time.perf_counter()
        await asyncio.sleep(_TICK)
        figures["held"] = max(figures["held"], time.perf_counter() - started - _TICK)


def configuration(size: int) -> str:
    """So many infobases as YAML, with two languages and a list of them all."""
    lines = [
        "languages: [ru, en]",
        "help: {text: {ru: Звоните дежурному, en: Call the admin}, url: 'https://help.example.com/{infobase}'}",
        "lists: [{id: all, folders: [/], carries_messages: true}]",
        "infobases:",
    ]
    lines += [
        f"- {{id: ib{number}, name: База {number}, connect: {{server: srv{number % 7}, ref: b{number}}}, "
        f"folder: /Отдел {number % 100}, v8i: {{Version: 8.3.27}}}}"
        for number in range(size)
    ]
    return "\n".join(lines)


_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 360, 60, 40
_COLOURS = ("#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#b07aa1")


def _drawn(figures: Mapping[int, Mapping[str, float]]) -> str:
    """Seconds over infobases, both in powers of ten, a line for each measure."""

    def place(size: int, seconds: float) -> tuple[float, float]:
        x = _LEFT + (_power(size) - 1) / 4 * (_WIDTH - _LEFT - 110)
        y = (2 - _power(seconds)) / 6 * (_HEIGHT - _BOTTOM)
        return x, y

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="12"><title>Seconds by number of infobases</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>'
    ]
    for power in range(-3, 2):
        _, y = place(10, 10.0**power)
        parts.append(f'<path d="M{_LEFT} {y:.0f}H{_WIDTH - 100}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{10.0**power:g} s</text>')
    for size in figures:
        x, _ = place(size, 1)
        parts.append(f'<text x="{x:.0f}" y="{_HEIGHT - 12}" text-anchor="middle">{size:,}</text>')
    for colour, name in zip(_COLOURS, ("read", "compile", "one", "all", "publish", "list"), strict=True):
        points = [place(size, each[name]) for size, each in figures.items()]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        x, y = points[-1]
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{x + 8:.0f}" y="{y + 4:.0f}" fill="{colour}">{name}</text>')
    return "\n".join((*parts, "</svg>\n"))


def _power(value: float) -> float:
    return math.log10(max(value, 1e-4))


if __name__ == "__main__":
    sys.exit(main())
