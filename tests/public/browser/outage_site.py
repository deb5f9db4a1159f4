"""A 1C publication behind nginx, its help on a second host, and each of them to be broken on its own.

The browser sees two origins: `http://127.0.0.1:…`, nginx with the publications `/erp` and `/erp-test` and the
published tree, and `http://localhost:…`, the service address. Both count as secure without TLS.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nginx_example
from aiohttp import web
from ports import HOST, free_port

from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.config import load
from errorhelp.messages.message import LaterText, Message, Severity
from errorhelp.public.public_listener import PublicListener
from errorhelp.publishing.published_tree import publish
from errorhelp.text.texts import Text

_PATIENCE = 20.0

CONFIGURATION = """
public: {{url: "{help}"}}
time_zone: Europe/Moscow
languages: [ru, en]
help:
  text:
    ru: "Позвоните дежурному администратору: +7 (495) 123-45-67"
    en: "Call the administrator on duty: +7 (495) 123-45-67"
  url: https://help.example.com/help/{{language}}/{{infobase}}.html
offline: {{timeout: 60s}}
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

SIGN_IN = {
    "a redirect to it": "return 302 /erp/sign-in;",
    "the form in place of the page": "default_type text/html; return 200 '<form>Who are you?</form>';",
}
"""Answers of nginx to whoever has not signed in."""


class Publication:
    """A small stand-in for 1C's web server extension: start page, sign-in, scripts and calls.

    `behaviour`: `works`, `hangs`, `redirects` (to a sign-in form), `fails page loads` (and nothing else), or
    a status to answer. `loads` are the paths of pages asked for, by the browser, its worker or the offline page;
    `page_loads` those that a person waits for. `destination` is the last one's Sec-Fetch-Dest.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.behaviour: str | int = "works"
        self.loads: list[str] = []
        self.page_loads: list[str] = []
        self.destination: str | None = None
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        self._stopping.clear()
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port).start()

    async def stop(self) -> None:
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        # A worker asks with another Sec-Fetch-Mode in some browsers; calls never take HTML first.
        is_page_load = request.headers.get("Accept", "").startswith("text/html")
        if path.endswith("/call"):
            return self._call()
        if path.endswith(".js"):
            return web.Response(text="// does nothing", content_type="text/javascript")
        self.loads.append(request.path_qs)
        self.destination = request.headers.get("Sec-Fetch-Dest")
        if is_page_load:
            self.page_loads.append(request.path_qs)
        match self.behaviour:
            case "hangs":
                await self._stopping.wait()
            case "redirects" if not path.endswith("/sign-in"):
                return web.Response(status=302, headers={"Location": "/erp/sign-in"})
            case "fails page loads" if is_page_load:
                return web.Response(status=503)
            case int(status):
                return _error(status)
        if path in ("/erp/", "/erp-test/"):
            # As 1C does, by language.
            return web.Response(status=302, headers={"Location": f"{path}ru/"})
        title = "Sign in" if path.endswith("/sign-in") else f"1C {path}"
        page = f"<!doctype html><html><head><title>{title}</title></head><body>1C works</body></html>"
        return web.Response(text=page, content_type="text/html")

    def _call(self) -> web.Response:
        if isinstance(self.behaviour, int):
            return web.json_response({"error": "of 1C"}, status=self.behaviour)
        return web.json_response({"done": True})


def _error(status: int) -> web.Response:
    # As where people sign in with Windows: a browser that cannot shows the answer, without a dialog in the way.
    headers = {"WWW-Authenticate": "Negotiate"} if status == 401 else {}
    return web.Response(status=status, text="an error of 1C", headers=headers)


class Front:
    """The nginx of `nginx.conf.example`, without TLS and with a second publication."""

    def __init__(self, folder: Path, tree: Path, *, errorhelp: int, publication: int) -> None:
        self._folder = folder
        self._running = ExitStack()
        self._nginx = self._running.enter_context(
            nginx_example.running(
                folder,
                tree,
                errorhelp=errorhelp,
                publication=publication,
                replaced=nginx_example.further_publication("/erp-test", "erp_test"),
                tls=False,
            )
        )

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://{HOST}:{self._nginx.https}"

    async def stop(self) -> None:
        self._running.close()

    async def ask_who_reads_the_offline_page(self, how: str) -> None:
        """Make that error; `how` are directives that answer a reader who has not signed in."""
        error = f"location = /offline/erp/index.html {{ {how} }}\n"
        file = self._folder / "site.conf"
        file.write_text(file.read_text("utf-8").replace(_PUBLICATION, error + _PUBLICATION), "utf-8")
        before = self._workers
        os.kill(self._nginx.pid, signal.SIGHUP)
        # One from before may still answer while another already does as it now should.
        async with asyncio.timeout(_PATIENCE):
            while not self._workers or self._workers & before:
                await asyncio.sleep(0.01)

    @property
    def _workers(self) -> set[str]:
        """The processes of nginx that answer."""
        process_id = self._nginx.pid
        return set(Path(f"/proc/{process_id}/task/{process_id}/children").read_text("ascii").split())


_PUBLICATION = "    # ---- Publications ----\n"


class Site:
    """All of it. Its parts can be stopped: `publication`, `nginx` and the help host."""

    def __init__(self, folder: Path) -> None:
        self._help_port = free_port()
        self.help = f"http://localhost:{self._help_port}"
        self.publication = Publication(free_port())
        self._tree = folder / "tree"
        self.nginx = Front(
            folder / "nginx", self._tree, errorhelp=self._help_port, publication=self.publication.port
        )
        self.front = self.nginx.url
        self.ahead = 0.0
        self._file = folder / "errorhelp.yaml"
        self._messages: list[Message] = []
        self._listener: PublicListener | None = None
        self._false_help: web.AppRunner | None = None
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

    def age_worker(self, current: str, old: str) -> None:
        """Publish the worker of `erp` as it was before a part of it became `current`."""
        for file in self._tree.glob("offline/erp/sw.js*"):
            file.unlink() if file.suffix == ".gz" else file.write_text(
                file.read_text("utf-8").replace(current, old), "utf-8"
            )

    def post(
        self,
        text: Text,
        minutes: float = 60,
        severity: Severity = Severity.OUTAGE,
        target: str = "erp",
        updates: Sequence[str] = (),
    ) -> None:
        """Show a message, as if since an hour ago, for so many minutes, with updates, the newest first."""
        now = self._now().replace(microsecond=0)
        start, end = now - timedelta(hours=1), now + timedelta(minutes=minutes)
        later = tuple(
            LaterText(each, now - number * timedelta(minutes=1))
            for number, each in enumerate(updates, start=1)
        )
        message = Message(str(text), (target,), text, severity, start, end, start, updates=later)
        self._messages.append(message)
        self._publish()

    async def start_help(self) -> None:
        self._listener = PublicListener(lambda: self.snapshot, self.clock, max_age=5)
        await self._listener.start("localhost", self._help_port)

    async def stop_help(self) -> None:
        if self._false_help is not None:
            await self._false_help.cleanup()
            self._false_help = None
        if self._listener is not None:
            await self._listener.stop(grace=0)
            self._listener = None

    async def start_false_help(self, document: dict[str, object]) -> None:
        """Let somebody else answer at the service address, with this document."""

        async def answer(request: web.Request) -> web.Response:
            headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Date"}
            return web.json_response(document, headers=headers)

        application = web.Application()
        application.router.add_get("/{path:.*}", answer)
        self._false_help = web.AppRunner(application, access_log=None)
        await self._false_help.setup()
        await web.TCPSite(self._false_help, "localhost", self._help_port).start()

    def _publish(self) -> None:
        self.snapshot = compile(self._catalog, self._messages, self._now())
        publish(self.snapshot, self._tree, time.time())

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Site]:
    """The site with all its parts working."""
    site = Site(folder)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(site.nginx.stop)
        stack.push_async_callback(site.publication.stop)
        stack.push_async_callback(site.stop_help)
        await site.publication.start()
        await site.start_help()
        yield site
