"""What the number of infobases costs: start, a changed file, memory, messages, lists and the published tree.

Run `.venv/bin/python -m benchmarks.scale`; it takes about three minutes and needs Linux. Each size is measured in
processes of its own, so that memory is its own: 10, 1,000, 10,000 and 100,000 infobases in 100 folders, in two
languages, in one file, with one list that holds all of them and carries messages. First as a service is run, with
the settings of deploy/errorhelp.service, and asked over HTTP:

    start     from `errorhelp serve` until the first answer
    change    from SIGHUP, when the help of one infobase was changed in the file, until the answer holds it
    rest      the memory of the service when it has started, in MB
    changed   its memory after that change
    most      the most memory that it had

Then what it does, one by one. A message counts as visible when the first answer holds it, from the call that posts
it on, its commit included.

    read      reading and checking the YAML
    of_yaml   that, against the time in which PyYAML alone loads the same text
    one       a message for one infobase, posted until visible
    all       a message for all infobases, posted until visible
    publish   what that changes in the published tree, with the list of all
    list      building the list from nothing
    held      the longest time for which the event loop did nothing else, over messages, publishing and change

It prints a table, draws docs/scale.svg, and exits with 1 when a
bound is missed. Figures are of the machine it runs on.
"""

import argparse
import asyncio
import gc
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import yaml
from command import serving

from benchmarks.process_memory import MALLOC, Memory
from errorhelp.answers.list_answers import compile_list, list_answer
from errorhelp.answers.snapshot import compile
from errorhelp.config import Loaded, load
from errorhelp.people.people import Person, Role
from errorhelp.publishing.published_tree import publish
from errorhelp.service.drafts import Draft
from errorhelp.service.reloader import Reloader
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore
from errorhelp.system.garbage_collection import no_collection

SIZES = (10, 1_000, 10_000, 100_000)
# By the number of infobases, in seconds and MB.
BOUNDS = {
    10_000: {
        "start": 1.5,
        "change": 0.3,
        "rest": 120,
        "changed": 120,
        "of_yaml": 2,
        "publish": 0.6,
        "held": 0.02,
    },
    100_000: {"start": 4, "change": 0.5, "rest": 500, "changed": 500, "of_yaml": 1.5, "held": 0.02},
}
_SERVICE = ("start", "change", "rest", "changed", "most")
COLUMNS = (*_SERVICE, "read", "of_yaml", "one", "all", "publish", "list", "held")
_DRAWN = ("start", "change", "one", "all", "publish", "list")
SVG = Path(__file__).parents[1] / "docs" / "scale.svg"

_TICK = 0.001
_Result = TypeVar("_Result")
_ADMIN = Person("benchmark", Role.ADMIN)


def main() -> int:
    """Measure every size, or with `--size` what one of them costs, which is then printed as JSON."""
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
        work = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        figures[size] = _measure_service(size) | work
        cells = (f"{figures[size][column]:.4g}" for column in COLUMNS)
        print("".join(f"{cell:>10}" for cell in (f"{size:,}", *cells)), flush=True)
    SVG.write_text(_drawn(figures), "utf-8")
    is_missed = False
    for size, bounds in BOUNDS.items():
        for name, bound in bounds.items():
            if (value := figures[size][name]) > bound:
                print(f"{name} at {size:,} infobases: {value:.3g} is over {bound}")
                is_missed = True
    return 1 if is_missed else 0


def _measure_service(size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="scale-") as name:
        folder, text = Path(name), configuration(size)
        file = folder / "errorhelp.yaml"
        file.write_text(text, "utf-8")
        started = time.perf_counter()
        with serving(folder / "state", file, more=MALLOC) as service:
            service.help_json("ib0")
            figures = {"start": time.perf_counter() - started}
            # A copy of the configuration is written first.
            time.sleep(3)
            figures["rest"] = Memory.of(service.process.pid).now
            file.write_text(_with_help(text, size // 2, "Новая помощь"), "utf-8")
            started = time.perf_counter()
            os.kill(service.process.pid, signal.SIGHUP)
            while service.help_json(f"ib{size // 2}")["helpText"] != "Новая помощь":
                time.sleep(0.002)
            figures["change"] = time.perf_counter() - started
            time.sleep(3)
            memory = Memory.of(service.process.pid)
            figures["changed"], figures["most"] = memory.now, memory.most
        return figures


def _with_help(text: str, number: int, help_text: str) -> str:
    """A configuration with a help text of its own for one infobase."""
    return text.replace(f"{{id: ib{number},", f"{{id: ib{number}, help: {{text: {help_text}}},")


async def _measure(size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="scale-") as name:
        folder = Path(name)
        file, text = folder / "errorhelp.yaml", configuration(size)
        file.write_text(text, "utf-8")
        figures: dict[str, float] = {}
        with no_collection():
            loaded = _timed(figures, "read", lambda: load(file))
            _timed(figures, "YAML", lambda: yaml.load(text, yaml.CBaseLoader))  # noqa: S506 - makes plain values only
        figures["of_yaml"] = figures["read"] / figures["YAML"]
        gc.collect()
        gc.freeze()
        now = datetime.now(UTC)
        service = Service(loaded, SqliteStore(folder / "errorhelp.db"))
        await service.start()
        # Of the first tree what matters here is that there is one: writing all of it takes minutes.
        await asyncio.to_thread(
            publish, compile(_small(folder).catalog, (), now), folder / "tree", time.time()
        )
        before = service.snapshot
        changed = await asyncio.to_thread(_with_help, text, size // 2, "Новая помощь")
        await asyncio.to_thread(file.write_text, changed, "utf-8")
        holding = asyncio.create_task(_longest_hold(figures))
        await asyncio.sleep(0.1)
        figures["one"] = await _until_visible(service, "ib0", "Обновление")
        started = time.perf_counter()
        await asyncio.to_thread(publish, service.snapshot, folder / "tree", time.time(), before)
        figures["publish"] = time.perf_counter() - started
        figures["all"] = await _until_visible(service, "*", "Обновление всего")
        await Reloader(service, file).reload()
        await asyncio.sleep(0.1)
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)
        every = loaded.catalog.lists["all"]

        def build() -> object:
            compiled = compile_list(loaded.catalog, every, service.snapshot.board, datetime.now(UTC))
            return list_answer(loaded.catalog, every, compiled)

        _timed(figures, "list", build)
        await service.stop()
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
    for colour, name in zip(_COLOURS, _DRAWN, strict=True):
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
