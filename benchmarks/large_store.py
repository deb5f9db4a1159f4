"""What a store of years costs readers: 50,000 messages and 100,000 reports, and everything that can be asked.

Run `.venv/bin/python -m benchmarks.large_store`; it takes about a minute. It makes such a store, serves it with
2,000 infobases, and asks each page, each route of the API and each public document, one after the other, while
a reader asks for help all the time. A command is as slow as the route of the API that it asks.

    first     until the whole answer is there, in the first round, in which nothing is remembered yet, in ms
    answer    the same, in the best round
    CPU       the processor time of it, in the best round
    held      the longest that the event loop did nothing else meanwhile, in the best round, in ms
    KB        the size of the answer

What other processes take is no cost of ours: no answer takes longer, and the loop is held no longer, than the
processor was used, and what is of ours is there in each round. The exit status is 1 when the loop was held for
more than 20 ms, when a page took more than 300 ms, an export or a list of the API more than 3 s, or when there is
something to ask that is not asked here; it is 2 when a bound was missed while others needed the processors, too.
`--store FOLDER` keeps the store for the next time.
"""

import argparse
import asyncio
import gc
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from benchmarks.figures import Figure, judged
from benchmarks.load import HOST
from errorhelp.admin import service_metrics
from errorhelp.admin.access.authorization import FileToken
from errorhelp.admin.admin_listener import AdminListener
from errorhelp.config import load
from errorhelp.public.help_requests import Asked
from errorhelp.public.public_listener import PublicListener
from errorhelp.reports.grouping import problem_id
from errorhelp.reports.report import Kind
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore
from errorhelp.text.times import format_instant

MOST_HELD, MOST_ANSWER, MOST_EXPORT = 20.0, 300.0, 3000.0
INFOBASES = 2_000
# Shown at once are as many as if each of a year took half a day.
_SHOWN, _STACKS, _FAILING = 70, 40, 50

_TOKEN = "of-the-benchmark"  # noqa: S105 - it opens what runs here for a minute
_HOUR, _DAY, _YEAR = 3600, 86_400, 365 * 86_400
_TICK = 0.001
# Of the server, its threads and who asks.
_OUR_LOAD = 2.5
_READER_RESTS = 0.002


def main() -> int:
    """Measure everything and print it; the exit status says whether the bounds hold."""
    parser = argparse.ArgumentParser(description="What a store of years costs readers.")
    parser.add_argument("--store", type=Path, help="a folder that keeps the store for the next time")
    parser.add_argument("--rounds", type=int, default=3, help="(default: 3)")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        uvloop.run(_serve(options.serve))
        return 0
    with ExitStack() as stack:
        folder = options.store or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="large-")))
        make(folder, int(time.time()))
        server = stack.enter_context(_server(folder))
        reader = stack.enter_context(_reader(f"{server.public}/help/ib7.json"))
        figures = asked(folder)
        for _ in range(options.rounds):
            for each in figures:
                server.ask(each)
        longest_read = max(reader)
    print(f"{'':<62}{'first':>8}{'answer':>8}{'CPU':>8}{'held':>8}{'KB':>8}")
    for each in figures:
        name = f"{each.asked} (POST)" if each.body else each.asked
        cells = (
            each.seconds[0] * 1000,
            _ms(each.seconds),
            _ms(each.computed),
            _ms(each.holds),
            each.size / 1024,
        )
        numbers = "".join(f"{cell:>8.{digits}f}" for cell, digits in zip(cells, (0, 0, 0, 1, 0), strict=True))
        print(f"{name:<62}{numbers}  {' '.join(each.missed)}")
    missed = sum(len(list(each.missed)) for each in figures)
    to_ask = [route for route in sorted(server.routes) if not route.startswith(NOT_ASKED)]
    not_asked = [route for route in to_ask if not any(fits(route, each.asked) for each in figures)]
    for route in not_asked:
        print(f"{route} is not asked")
    print(f"the longest of {len(reader):,} reads took {longest_read * 1000:.0f} ms")
    held = max(_ms(each.holds) for each in figures)
    name = "50,000 messages, 100,000 reports"
    status = judged(
        "large_store",
        [
            Figure(f"{name}: bounds that answers miss", missed, most=0),
            Figure(
                f"{name}: the longest that the event loop is held, ms",
                held,
                most=MOST_HELD,
            ),
            Figure(f"{name}: routes that are not asked", len(not_asked), most=0),
        ],
    )
    if not_asked or not status:
        return status
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > _OUR_LOAD:
        print("the machine is too busy to say more", file=sys.stderr)
        return 2
    return 1


# What goes on until who asks goes away, old addresses, which name the new ones, and what is no matter of the store.
NOT_ASKED = ("/events", "/failures", "/static/", "/sign-in/first", "/write/offline/")


@dataclass(slots=True)
class Figures:
    """What asking one thing took in each round, in seconds: until the answer, of the processor, the longest hold."""

    asked: str
    body: bytes | None = None
    seconds: list[float] = field(default_factory=list)
    computed: list[float] = field(default_factory=list)
    holds: list[float] = field(default_factory=list)
    size: int = 0

    @property
    def missed(self) -> Iterator[str]:
        """The bounds that are missed, in words."""
        is_export = self.asked.partition("?")[0].endswith((".csv", "problems.json"))
        is_api = self.asked.startswith("admin /api/")
        most = MOST_EXPORT if is_export or is_api else MOST_ANSWER
        if min(_ms(self.seconds), _ms(self.computed)) > most:
            yield f"slower than {most:.0f} ms;"
        if _ms(self.holds) > MOST_HELD:
            yield f"held over {MOST_HELD:.0f} ms;"


def _ms(seconds: list[float]) -> float:
    """The least in ms."""
    return min(seconds) * 1000


@dataclass(frozen=True, slots=True)
class Server:
    """A service over that store, in a process of its own, and what can be asked of its admin listener."""

    process: subprocess.Popen[str]
    public: str
    admin: str
    routes: frozenset[str]

    def ask(self, figures: Figures) -> None:
        """Ask once, and note what it took."""
        self._since_last()
        base = self.public if figures.asked.startswith("public ") else self.admin
        headers = {"Authorization": f"Bearer {_TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(base + figures.asked.partition(" ")[2], figures.body, headers)  # noqa: S310 - our own
        began = time.perf_counter()
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own
                figures.size = len(answer.read())
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{figures.asked}: {error}") from error
        figures.seconds.append(time.perf_counter() - began)
        hold, computed = self._since_last()
        figures.holds.append(hold)
        figures.computed.append(computed)

    def _since_last(self) -> tuple[float, float]:
        """The longest hold and the processor time since this was last asked, in seconds."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the server is not talked with")
        print(file=self.process.stdin, flush=True)
        hold, computed = map(float, self.process.stdout.readline().split())
        return hold, computed


@contextmanager
def _server(folder: Path) -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks.large_store", "--serve", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline() if process.stdout else ""
        if not line.strip():
            raise SystemExit("the server did not start")
        told = json.loads(line)
        try:
            yield Server(process, told["public"], told["admin"], frozenset(told["routes"]))
        finally:
            process.communicate(timeout=30)


@contextmanager
def _reader(url: str) -> Iterator[list[float]]:
    """Somebody who asks for help all the time; how long each answer took, in seconds."""
    finished, seconds = threading.Event(), [0.0]

    def read() -> None:
        while not finished.is_set():
            began = time.perf_counter()
            with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own
                answer.read()
            seconds.append(time.perf_counter() - began)
            time.sleep(_READER_RESTS)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield seconds
    finally:
        finished.set()
        thread.join()


async def _serve(folder: Path) -> None:
    """As `errorhelp serve` does, without a tree; each line of input asks what was measured since the last one."""
    gc.disable()
    loaded = load(folder / "errorhelp.yaml")
    gc.collect()
    gc.freeze()
    gc.enable()
    store = SqliteStore(folder / "errorhelp.db")
    service = Service(loaded, store)
    await service.start()
    asked = Asked(time.time, lambda: service.catalog)
    public = PublicListener(lambda: service.snapshot, time.time, max_age=5, on_help_request=asked)

    async def reload() -> None:
        """Nothing changes here."""

    admin = AdminListener(
        service,
        FileToken(_TOKEN),
        reload,
        asked=asked,
        metrics=lambda: service_metrics.of_service(service),
        public=public,
    )
    await public.start(HOST, 0)
    await admin.start(HOST, 0)
    told = {
        "public": "http://{}:{}".format(*public.addresses[0]),
        "admin": admin.url,
        "routes": sorted({path for method, path in admin.routes if method == "GET"}),
    }
    print(json.dumps(told), flush=True)
    holds, computed = [0.0], time.process_time()
    watching = asyncio.create_task(_watch(holds))
    while await asyncio.to_thread(sys.stdin.readline):
        print(max(holds), time.process_time() - computed, flush=True)
        holds[:], computed = [0.0], time.process_time()
    watching.cancel()
    await admin.stop()
    await public.stop(grace=1)
    await service.stop()


async def _watch(holds: list[float]) -> None:
    """Note how long the loop does something else: by the clock, but no longer than this process computed."""
    while True:
        began, computed = time.perf_counter(), time.process_time()
        await asyncio.sleep(_TICK)
        late = time.perf_counter() - began - _TICK
        holds.append(min(late, time.process_time() - computed))


def asked(folder: Path) -> list[Figures]:
    """What is asked, each as the listener and the path, nothing yet known of it."""
    with closing(sqlite3.connect(folder / "errorhelp.db")) as database:
        (message,) = database.execute("SELECT id FROM messages ORDER BY starts_at DESC LIMIT 1").fetchone()
        (problem,) = database.execute("SELECT id FROM problems ORDER BY count DESC LIMIT 1").fetchone()
        (report,) = database.execute("SELECT id FROM reports ORDER BY seq DESC LIMIT 1").fetchone()
        (last,) = database.execute("SELECT max(at) FROM events").fetchone()
    month = datetime.fromtimestamp(last - 5 * _DAY, UTC).strftime("%Y-%m")
    since = format_instant(datetime.fromtimestamp(last - 30 * _DAY, UTC)).replace("+", "%2B")
    api = "/api/v1"
    pages = (
        "/",
        "/write",
        "/write/targets",
        f"/write?copy={message}",
        f"/messages/{message}/change",
        f"/messages/{message}",
        "/infobases",
        "/infobases/ib7",
        "/infobases.csv",
        "/lists/office/1CEStart.cfg",
        "/problems",
        "/problems?infobase=ib7",
        "/problems?over=days",
        "/problems.csv",
        "/problems.json",
        f"/problems/{problem}",
        f"/problems/{month}",
        f"/problems/{month}.csv",
        f"/reports/{report}",
        f"/reports/{report}/screenshot",
        "/requests",
        "/planned",
        "/planned/new",
        "/planned/w.large/change",
        "/several",
        "/templates",
        "/templates/new",
        "/templates/t.large",
        "/forwarding",
        "/history",
        "/history?limit=5000",
        "/history?infobase=ib7",
        "/history?who=nobody",
        "/history.csv",
        "/settings",
        "/account",
        "/sign-in",
        "/tokens",
        "/metrics",
        "/healthz",
    )
    calls = (
        f"{api}/status",
        f"{api}/messages",
        f"{api}/messages?limit=1000",
        f"{api}/messages?state=active&limit=1000",
        f"{api}/messages?state=scheduled",
        f"{api}/messages?infobase=ib7",
        f"{api}/messages?target=ib7",
        f"{api}/messages?author=nobody",
        f"{api}/messages.csv",
        f"{api}/messages.json",
        f"{api}/messages/{message}",
        f"{api}/messages/{message}/events",
        f"{api}/overrides",
        f"{api}/occurrences",
        f"{api}/windows",
        f"{api}/windows.yaml",
        f"{api}/windows/w.large",
        f"{api}/windows/w.large/events",
        f"{api}/templates",
        f"{api}/templates/t.large",
        f"{api}/history",
        f"{api}/history.csv",
        f"{api}/history.json",
        f"{api}/infobases",
        f"{api}/problems",
        f"{api}/problems?limit=10000",
        f"{api}/problems?infobase=ib7",
        f"{api}/problems?kind=crash&since={since}",
        f"{api}/problems.csv?limit=10000",
        f"{api}/problems.json",
        f"{api}/problems/{problem}",
        f"{api}/reports",
        f"{api}/reports?limit=10000",
        f"{api}/reports?infobase=ib7",
        f"{api}/reports?problem={problem}",
        f"{api}/reports?kind=offline",
        f"{api}/reports.csv?limit=10000",
        f"{api}/reports.json",
        f"{api}/reports/{report}",
        f"{api}/reports/{report}/download",
        f"{api}/targets",
        f"{api}/outbox",
        f"{api}/tokens",
        f"{api}/tokens/t1",
        f"{api}/me",
        f"{api}/first-link",
        f"{api}/openapi.json",
    )
    public = ("/", "/messages.json", "/messages.atom", "/maintenance.ics", "/lists/office.v8i")
    values = {"targets": ["ib7"], "text": "Back at {until}", "duration": "1m"}
    changes = {
        f"{api}/preview": values,
        f"{api}/messages": values,
        f"{api}/messages/{message}/extend": {"by": "1m"},
    }
    return [
        *(Figures(f"admin {path}") for path in (*pages, *calls)),
        *(Figures(f"admin {path}", json.dumps(body).encode()) for path, body in changes.items()),
        *(Figures(f"public {path}") for path in public),
    ]


def make(folder: Path, now: int, messages: int = 50_000, reports: int = 100_000) -> None:
    """The configuration and a store as years leave it by `now` (Unix seconds), unless they are there already."""
    if (folder / "errorhelp.yaml").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_tables(folder / "errorhelp.db"))
    chance = random.Random(11)
    with closing(sqlite3.connect(folder / "errorhelp.db")) as database, database:
        _fill_messages(database, messages, now, chance)
        _fill_reports(database, reports, now, chance)
        token = {"id": "t1", "secret_hash": "", "name": "script", "role": "viewer", "folders": "[]"}
        _insert(database, "api_tokens", token | {"created_at": now, "created_by": "anna"})
        _fill_windows_and_templates(database, now)
    (folder / "errorhelp.yaml").write_text(_configuration(), "utf-8")


def _fill_windows_and_templates(database: sqlite3.Connection, now: int) -> None:
    made = {"revision": 1, "author": "anna", "created_at": now}
    period = {"starts_at": "2026-11-01T02:00:00", "duration": 3600, "rule": "FREQ=DAILY", "note": ""}
    window = (
        made | period | {"id": "w.large", "targets": '["ib7"]', "text": '"Backup"', "severity": "maintenance"}
    )
    _insert(database, "windows", window)
    template = made | {
        "id": "t.large",
        "name": '"Down"',
        "severity": "outage",
        "text": '"Down"',
        "folders": "[]",
    }
    _insert(database, "templates", template)


async def _tables(file: Path) -> None:
    store = SqliteStore(file)
    await store.open()
    await store.close()


def _configuration() -> str:
    lines = [
        "languages: [ru, en]",
        "help: {text: {ru: Звоните дежурному, en: Call the admin}, url: 'https://help.example.com/{infobase}'}",
        "lists: [{id: office, folders: [/], carries_messages: true}]",
        "public: {url: 'https://help.example.com'}",
        "reports: {enabled: true}",
        "maintenance_windows:",
        "- {id: backup, targets: ['*'], text: Backup, starts_at: 2026-01-04T02:00, duration: 2h, rule: FREQ=WEEKLY}",
        "infobases:",
    ]
    lines += [
        f"- {{id: ib{number}, name: База {number}, connect: {{server: srv{number % 7}, ref: b{number}}}, "
        f"folder: /Отдел {number % 100}}}"
        for number in range(INFOBASES)
    ]
    return "\n".join(lines)


def _fill_messages(database: sqlite3.Connection, count: int, now: int, chance: random.Random) -> None:
    """Of a year at most, those shown now or soon the last ones; every other one was ended early."""
    for number in range(count):
        message_id = f"m{number:09}"
        shown = count - number - 1 < _SHOWN
        starts_at = now + chance.randint(-_HOUR, _DAY) if shown else now - 2 * _DAY - (count - number) * 620
        ends_at = starts_at + _DAY * 2 if shown else starts_at + chance.randint(600, _DAY)
        ended_at = starts_at + (ends_at - starts_at) // 2 if number % 2 and not shown else None
        target = f"ib{chance.randrange(INFOBASES)}" if number % 10 else f"/Отдел {chance.randrange(100)}"
        text = {"ru": f"Сервер обновляется, {number}. Вход откроется в {{until}}.", "en": f"Update {number}"}
        values = {
            "id": message_id,
            "revision": 2 if ended_at else 1,
            "targets": [target],
            "text": text,
            "severity": ("info", "maintenance", "outage")[number % 3],
            "starts_at": starts_at,
            "ends_at": ends_at,
            "ended_at": ended_at,
            "created_at": starts_at - 60,
            "author": ("anna", "boris", "monitoring")[number % 3],
            "note": "",
        }
        row = {
            name: json.dumps(value) if isinstance(value, list | dict) else value
            for name, value in values.items()
        }
        _insert(database, "messages", row)
        for what in ("posted", "ended") if ended_at else ("posted",):
            told = values | {"ended_at": ended_at if what == "ended" else None}
            for name in ("starts_at", "ends_at", "ended_at", "created_at"):
                told[name] = told[name] and format_instant(datetime.fromtimestamp(int(str(told[name])), UTC))
            at = ended_at if what == "ended" else starts_at - 60
            event = {"at": at, "who": values["author"], "what": what, "message_id": message_id}
            _insert(database, "events", event | {"data": json.dumps(told)})


def _fill_reports(database: sqlite3.Connection, count: int, now: int, chance: random.Random) -> None:
    """Of two months, most of them of some infobases, and some in hours in which one of them failed."""
    problems: dict[str, dict[str, object]] = {}
    hours: dict[tuple[str, int], int] = {}
    traits: set[tuple[str, str, str]] = set()
    rows = []
    times = sorted(now - chance.randrange(60 * _DAY) for _ in range(count))
    for number, at in enumerate(times):
        infobase = f"ib{min(chance.randrange(INFOBASES), chance.randrange(INFOBASES))}"
        if number % 7 == 0:
            # An outage: the infobase of the hour.
            infobase = f"ib{at // _HOUR % _FAILING}"
        kind = list(Kind)[number % 3]
        stack_hash = f"stack{chance.randrange(_STACKS) % (1 + chance.randrange(_STACKS))}"
        problem = problem_id(infobase, kind, stack_hash)
        found = problems.setdefault(
            problem,
            {
                "id": problem,
                "infobase": infobase,
                "kind": kind.value,
                "stack_hash": stack_hash,
                "title": f"No licence found ({stack_hash})",
                "first_seen": at,
                "last_seen": at,
                "count": 0,
            },
        )
        found |= {"last_seen": at, "count": int(str(found["count"])) + 1}
        hour = problem, at // _HOUR * _HOUR
        hours[hour] = hours.get(hour, 0) + 1
        user, version = f"u{chance.randrange(3000):08x}", f"8.3.27.{1500 + chance.randrange(5)}"
        traits |= {(problem, "user", user), (problem, "version", version)}
        text = f"No licence was found: session {number}\n" + "at Module.Procedure(1)\n" * 10
        details = {"errorText": text, "userName": user, "appVersion": version, "number": number}
        rows.append(
            {
                "id": f"{number:016x}",
                "problem_id": problem,
                "at": at,
                "infobase": infobase,
                "kind": kind.value,
                "text": text,
                "stack": "",
                "stack_hash": stack_hash,
                "user": user,
                "address": "10.0.0.0",
                "app": "ThinClient",
                "version": version,
                "details": json.dumps(details),
                "screenshot": b"\x89PNG\r\n\x1a\n" + bytes(20_000) if number % 50 == 49 else None,
                "size": 800,
            }
        )
    for row in problems.values():
        _insert(database, "problems", row)
    for row in rows:
        _insert(database, "reports", row)
    for (problem, hour), count in hours.items():
        infobase = problems[problem]["infobase"]
        row = {"problem_id": problem, "hour": hour, "count": count, "infobase": infobase}
        _insert(database, "problem_hours", row)
    for problem, trait, value in sorted(traits):
        _insert(database, "problem_traits", {"problem_id": problem, "trait": trait, "value": value})


def _insert(database: sqlite3.Connection, table: str, row: dict[str, object]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" * len(row))
    database.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', tuple(row.values()))  # noqa: S608 - its own


def fits(route: str, asked: str) -> bool:
    """Whether what is asked may be of the route."""
    parts = asked.partition(" ")[2].partition("?")[0].split("/")
    pairs = zip(route.split("/"), parts, strict=False)
    return route.count("/") == len(parts) - 1 and all(_part_fits(*pair) for pair in pairs)


def _part_fits(pattern: str, part: str) -> bool:
    before, brace, rest = pattern.partition("{")
    after = rest.rpartition("}")[2]
    return part.startswith(before) and part.endswith(after) if brace else pattern == part


if __name__ == "__main__":
    sys.exit(main())
