"""A 1C publication behind nginx, its help on a second host, and each of them to be broken on its own.

The browser sees two origins: `http://127.0.0.1:…`, nginx with the publications `/erp` and `/erp-test` and the
published tree, and `http://localhost:…`, the service address. Both count as secure without TLS.
"""

import asyncio
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from errorhelp.config import load
from errorhelp.messages import Message, Severity
from errorhelp.public.listener import PublicListener
from errorhelp.publish import publish
from errorhelp.snapshot import Snapshot, compile
from nginx_front import configuration

HOST = "127.0.0.1"
_PATIENCE = 10.0

CONFIGURATION = """
public: {{url: "{help}"}}
time_zone: Europe/Moscow
languages: [ru, en]
help:
  text:
    ru: "Позвоните дежурному администратору: +7 (495) 123-45-67"
    en: "Call the administrator on duty: +7 (495) 123-45-67"
  url: https://help.example.com/help/{{language}}/{{infobase}}.html
offline: {{timeout: 1s}}
infobases:
  - id: erp
    name: ERP Управление предприятием
    connect: {{server: srv1c, ref: ERP}}
    publications: [{{url: "{front}/erp", worker: true}}]
  - id: erp_test
    name: ERP для проверки
    connect: {{server: srv1c, ref: ERPTEST}}
    publications: [{{url: "{front}/erp-test", worker: true}}]
"""


class Publication:
    """A small stand-in for 1C's web server extension: start page, sign-in, scripts and calls.

    `behaviour`: `works`, `hangs`, `redirects` (to a sign-in form), `asks` (401), or a status to answer.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.behaviour: str | int = "works"
        self.loads: list[str] = []
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port, reuse_address=True).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if path.endswith("/call"):
            return self._call()
        self.loads.append(request.path_qs)
        match self.behaviour:
            case "hangs":
                await asyncio.sleep(_PATIENCE)
            case "redirects" if not path.endswith("/sign-in"):
                return web.Response(status=302, headers={"Location": "/erp/sign-in"})
            case "asks" if "Authorization" not in request.headers:
                return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="1C"'})
            case int(status):
                return web.Response(status=status, text="an error of 1C")
        if path in ("/erp", "/erp-test"):
            # As 1C does, by language.
            return web.Response(status=302, headers={"Location": f"{path}/ru/"})
        title = "Sign in" if path.endswith("/sign-in") else f"1C {path}"
        page = f"<!doctype html><html><head><title>{title}</title></head><body>1C works</body></html>"
        return web.Response(text=page, content_type="text/html")

    def _call(self) -> web.Response:
        if isinstance(self.behaviour, int):
            return web.json_response({"error": "of 1C"}, status=self.behaviour)
        return web.json_response({"done": True})


class Nginx:
    """A real nginx in front, with its files in `folder`."""

    def __init__(self, folder: Path, text: str, port: int) -> None:
        self._folder = folder
        self._port = port
        self._process: asyncio.subprocess.Process | None = None
        folder.mkdir()
        (folder / "nginx.conf").write_text(text, "utf-8")

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            "nginx", "-p", str(self._folder), "-c", "nginx.conf", "-e", "stderr",
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        await _until_listening(self._port, self._process)

    async def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()
            self._process = None


async def _until_listening(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(_PATIENCE):
        while True:
            assert process.returncode is None, "nginx did not start"
            try:
                _, writer = await asyncio.open_connection(HOST, port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return


class Site:
    """All of it. `start` and `stop` the parts: `publication`, `nginx` and the help host."""

    def __init__(self, folder: Path) -> None:
        front, backend, self._help_port = _free_ports(3)
        self.front = f"http://{HOST}:{front}"
        self.help = f"http://localhost:{self._help_port}"
        self.tree = folder / "tree"
        self.publication = Publication(backend)
        self.nginx = Nginx(folder / "nginx", configuration(front, backend, self._help_port, self.tree), front)
        self.ahead = 0.0
        self._file = folder / "errorhelp.yaml"
        self._messages: list[Message] = []
        self._listener: PublicListener | None = None
        self.snapshot: Snapshot
        self.configure(CONFIGURATION)

    def clock(self) -> float:
        """The servers' time, `ahead` seconds ahead of the browser's."""
        return time.time() + self.ahead

    def configure(self, text: str) -> None:
        """Put a configuration in force; `{front}` and `{help}` are filled in."""
        self._file.write_text(text.format(front=self.front, help=self.help), "utf-8")
        self._catalog = load(self._file).catalog
        self._publish()

    def post(
        self, text: str, minutes: float = 60, severity: Severity = Severity.OUTAGE, target: str = "erp"
    ) -> None:
        """Show a message from now on."""
        now = self._now().replace(microsecond=0)
        end = now + timedelta(minutes=minutes)
        self._messages.append(Message(text, (target,), text, severity, now, end, now))
        self._publish()

    async def start_help(self) -> None:
        self._listener = PublicListener(lambda: self.snapshot, self.clock, max_age=5)
        await self._listener.start("localhost", self._help_port)

    async def stop_help(self) -> None:
        if self._listener is not None:
            await self._listener.stop(grace=0)
            self._listener = None

    def _publish(self) -> None:
        self.snapshot = compile(self._catalog, self._messages, self._now())
        publish(self.snapshot, self.tree, time.time())

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Site]:
    """The site with all its parts working."""
    site = Site(folder)
    async with AsyncExitStack() as stack:
        for start, stop in (
            (site.publication.start, site.publication.stop),
            (site.start_help, site.stop_help),
            (site.nginx.start, site.nginx.stop),
        ):
            await start()
            stack.push_async_callback(stop)
        yield site


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
