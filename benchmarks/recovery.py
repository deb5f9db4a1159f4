"""5,000 people wait on the offline page through an outage and its end: does anybody get an error?

Run `.venv/bin/python -m benchmarks.recovery`; it takes about two minutes. It needs Linux, nginx and openssl,
and room for 10,000 open files in each process (ulimit -n).

A real nginx with the configuration of `nginx.conf.example`, TLS included, stands in front of a real errorhelp
service and of a stand-in for the 1C web server. Every client does what the offline page does, on a connection
of its own: it reads the help JSON and looks whether the publication answers, with the page's back-off and
jitter (faster: up to 10 s), and opens the start page as soon as it does. Meanwhile, one after the other:

1. the publication is gone, and all clients come;
2. a message is posted for everybody, and the tree is rewritten;
3. the service is killed, and comes back;
4. the message is ended and the publication starts: all clients go back at about once.

An error is a connection that is refused, reset or takes longer than 30 s, help JSON that is not whole or not
200, and any other answer of the publication than nginx's 502 before its start and 200 after it. The exit
status is 1 when there was one, or when somebody did not come back.
"""

import argparse
import asyncio
import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import nginx_example
import uvloop
from aiohttp import web
from ports import free_port

from benchmarks.figures import Figure, judged
from benchmarks.load import HOST

CLIENTS = 5000

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 10.0
_PATIENCE = aiohttp.ClientTimeout(total=30)
_CALL = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "*/*"}
_PAGE_LOAD = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html,*/*"}
_START_PAGE = "<html><head><title>1C</title></head><body>1C works</body></html>"
_CONFIGURATION = """
publish: tree
help: {text: Call 112}
infobases:
  - {id: erp, name: ERP, connect: {server: srv1c, ref: ERP}, publications: https://localhost/erp}
"""


@dataclass
class Seen:
    """What the clients met so far; `waits` are the seconds that answers took."""

    help: Counter[str] = field(default_factory=Counter)
    looks: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    waiting: int = 0
    back: int = 0


class Outage:
    """The clients of one outage."""

    def __init__(self, front: nginx_example.Front, clients: int) -> None:
        self._clients = clients
        self.all_are_waiting = asyncio.Event()
        self._base = f"https://{HOST}:{front.https}"
        self._trust = front.trust
        self.seen = Seen()
        self.over_since = math.inf

    async def client(self, comes_after: float) -> None:
        """One person: comes, waits on the offline page, and goes back when the publication answers."""
        await asyncio.sleep(comes_after)
        connector = aiohttp.TCPConnector(ssl=self._trust, limit=1)
        async with aiohttp.ClientSession(self._base, connector=connector, timeout=_PATIENCE) as http:
            self.seen.waiting += 1
            if self.seen.waiting == self._clients:
                self.all_are_waiting.set()
            attempts = 0
            while True:
                try:
                    await self._read_help(http)
                    if await self._is_back(http):
                        break
                except (aiohttp.ClientError, TimeoutError, OSError) as error:
                    self.seen.errors[type(error).__name__] += 1
                pause = min(_FIRST_PAUSE * 2**attempts, _LONGEST_PAUSE)
                attempts += 1
                await asyncio.sleep(pause * random.uniform(0.5, 1))
            self.seen.back += 1

    async def _read_help(self, http: aiohttp.ClientSession) -> None:
        status, body = await self._get(http, "/help/erp.json", _CALL)
        try:
            message = json.loads(body)["userMessage"]
        except (ValueError, KeyError):
            message = "broken"
        if status != 200 or message == "broken":
            self.seen.errors[f"help: {status}"] += 1
        self.seen.help[message] += 1

    async def _is_back(self, http: aiohttp.ClientSession) -> bool:
        started = time.monotonic()
        status, _ = await self._get(http, "/erp/", _CALL)
        self.seen.looks[status] += 1
        if status not in (200, 502) or (status == 502 and started > self.over_since):
            self.seen.errors[f"look: {status}"] += 1
        if status != 200:
            return False
        status, body = await self._get(http, "/erp/", _PAGE_LOAD)
        if status != 200 or b"register.js" not in body:
            self.seen.errors[f"start page: {status}"] += 1
        return True

    async def _get(
        self, http: aiohttp.ClientSession, path: str, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        started = time.monotonic()
        async with http.get(path, headers=headers) as response:
            body = await response.read()
        self.seen.waits.append(time.monotonic() - started)
        return response.status, body


@asynccontextmanager
async def _publication(port: int) -> AsyncIterator[None]:
    """The stand-in for the 1C web server, which answers its start page to everything."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=_START_PAGE, content_type="text/html")

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, port, backlog=4096).start()
    try:
        yield
    finally:
        await runner.cleanup()


class Service:
    """The errorhelp service as a process, with its files in `folder`."""

    def __init__(self, folder: Path, public: int, admin: int) -> None:
        self._folder = folder
        self._environment = os.environ | {"ERRORHELP_STATE": str(folder / "state")}
        self._serve = ["serve", "--config", str(folder), "--public", f"{HOST}:{public}", "--admin"]
        self._serve.append(f"{HOST}:{admin}")
        (folder / "errorhelp.yaml").write_text(_CONFIGURATION, "utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def tree(self) -> Path:
        return self._folder / "tree"

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command(self._serve), env=self._environment, stderr=log)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def until_it_shows(self, text: str) -> None:
        """Wait until the tree has this user message."""
        async with asyncio.timeout(60):
            while text not in await asyncio.to_thread(self._help):  # noqa: ASYNC110 - a file
                await asyncio.sleep(0.1)

    def _help(self) -> str:
        try:
            return (self.tree / "help" / "erp.json").read_text("utf-8")
        except FileNotFoundError:
            return ""

    async def run(self, *arguments: str) -> str:
        """What another command prints."""
        process = await asyncio.create_subprocess_exec(
            *self._command(arguments), env=self._environment, stdout=subprocess.PIPE
        )
        printed, _ = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"errorhelp {' '.join(arguments)} failed")
        return printed.decode().strip()

    @staticmethod
    def _command(arguments: list[str] | tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "errorhelp", *arguments]


async def main() -> int:
    """Runs the outage and prints what the clients met."""
    arguments = _arguments()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory(prefix="recovery-") as name, _service(Path(name)) as (service, public):
        await service.until_it_shows("Call 112")
        publication = free_port()
        with nginx_example.running(
            Path(name) / "nginx", service.tree, errorhelp=public, publication=publication
        ) as front:
            outage = Outage(front, arguments.clients)
            took = await _run(outage, service, publication, arguments.clients)
    seen = outage.seen
    print(f"{arguments.clients:,} clients, {len(seen.waits):,} answers; all back {took:.1f} s after the end")
    print(f"seconds for an answer: median {statistics.median(seen.waits):.3f}, longest {max(seen.waits):.3f}")
    print("user message read:", ", ".join(f"{text!r} {count:,}" for text, count in seen.help.items()))
    print("publication:", ", ".join(f"{status} {count:,}" for status, count in sorted(seen.looks.items())))
    print("errors:", ", ".join(f"{what} {count:,}" for what, count in seen.errors.items()) or "none")
    return judged(
        "recovery",
        [
            Figure("5,000 clients through an outage: errors", seen.errors.total(), most=0),
            Figure(
                "5,000 clients through an outage: share that came back",
                seen.back / arguments.clients,
                least=1,
            ),
        ],
    )


async def _run(outage: Outage, service: Service, publication: int, clients: int) -> float:
    """The outage from its begin to its end; how many seconds the last one took to come back."""
    coming = clients / 250
    waiting = [asyncio.create_task(outage.client(random.uniform(0, coming))) for _ in range(clients)]
    await outage.all_are_waiting.wait()
    posted = await service.run("message", "post", "--to", "*", "--yes", "--for", "1h", "--text", "Outage")
    await service.until_it_shows("Outage")
    await asyncio.sleep(_LONGEST_PAUSE)
    service.kill()
    await asyncio.sleep(_LONGEST_PAUSE)
    service.start()
    await asyncio.sleep(_LONGEST_PAUSE)
    await service.run("message", "end", posted)
    async with _publication(publication):
        outage.over_since = time.monotonic()
        await asyncio.wait_for(asyncio.gather(*waiting), 120)
        return time.monotonic() - outage.over_since


@contextmanager
def _service(folder: Path) -> Iterator[tuple[Service, int]]:
    public, admin = free_port(), free_port()
    service = Service(folder, public, admin)
    service.start()
    try:
        yield service, public
    finally:
        service.kill()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="An outage and its end, for thousands of clients.")
    parser.add_argument("--clients", type=int, default=CLIENTS, metavar="N")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
