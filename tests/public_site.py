"""A public listener with a small catalog and a clock to turn, and a client that speaks HTTP byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.lists import Access, ConnectionList
from errorhelp.formats.connect_string import ServerConnection
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.messages.message import Message, Severity
from errorhelp.public.public_listener import PublicListener

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOST = "127.0.0.1"
_PATIENCE = 10.0


def a_catalog(*more_infobases: Infobase) -> Catalog:
    """`erp` and `hr`, a list for each kind of access."""
    infobases = [
        Infobase("erp", "ERP", ServerConnection("app1", "erp"), aliases=("old-erp",)),
        Infobase("hr", "HR", ServerConnection("app1", "hr")),
        *more_infobases,
    ]
    lists = [
        ConnectionList("office", folders=("/",)),
        ConnectionList("branch", folders=("/",), access=Access.TOKEN, token="s3cret-тайна"),
        ConnectionList("domain", folders=("/",), access=Access.PROXY),
    ]
    return Catalog(
        infobases={each.id: each for each in infobases},
        folders={},
        lists={each.id: each for each in lists},
        windows=(),
        help=Help(text={"ru": "Звоните 5-55", "en": "Call 5-55"}, url="https://help.example.com/{infobase}"),
        languages=("ru", "en"),
        zone=UTC,
        help_json=HelpJsonFormat(),
    )


def a_message(text: str, starts_in: float = 0, ends_in: float = 3600, target: str = "erp") -> Message:
    """A message from and until so many seconds after noon."""
    return Message(
        id=text,
        targets=(target,),
        text=text,
        severity=Severity.OUTAGE,
        starts_at=NOON + timedelta(seconds=starts_in),
        ends_at=NOON + timedelta(seconds=ends_in),
        created_at=NOON,
    )


def kept_for(seconds: int) -> str:
    """The `Cache-Control` of an answer that a cache may keep for so long, and no longer."""
    return f"public, max-age={seconds}, must-revalidate, stale-while-revalidate=0"


@dataclass
class Clock:
    """Stands still until somebody turns it."""

    now: float = NOON.timestamp()

    def __call__(self) -> float:
        return self.now


@dataclass
class Site:
    """What a test turns and looks at: the live snapshot, the clock, readiness, the listener."""

    snapshot: Snapshot = field(default_factory=lambda: compile(a_catalog(), (), NOON))
    clock: Clock = field(default_factory=Clock)
    ready: bool = True
    listener: PublicListener = field(init=False)

    def __post_init__(self) -> None:
        self._followers: list[Callable[[], None]] = []

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "snapshot":
            for follower in self.__dict__.get("_followers", ()):
                follower()

    def on_snapshot(self, follower: Callable[[], None]) -> None:
        """Calls the follower whenever there is another snapshot."""
        self._followers.append(follower)

    def post(self, *messages: Message) -> None:
        """Has a snapshot compiled at noon with these messages."""
        self.snapshot = compile(self.snapshot.catalog, messages, NOON)

    @property
    def port(self) -> int:
        return self.listener.addresses[0][1]

    def url(self, path: str) -> str:
        return f"http://{HOST}:{self.port}{path}"


def rename_in_aiohttp(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has aiohttp look to us as if its handler of connections called something else by now."""

    class Renamed(web.RequestHandler):
        def __getattribute__(self, asked: str) -> Any:
            if asked == name:
                raise AttributeError(asked)
            return super().__getattribute__(asked)

    monkeypatch.setattr(web, "RequestHandler", Renamed)


@asynccontextmanager
async def serving(site: Site | None = None, **options: Any) -> AsyncIterator[Site]:
    """The site, served on loopback."""
    site = site or Site()
    live = site
    site.listener = PublicListener(
        lambda: live.snapshot,
        site.clock,
        max_age=60,
        ready=lambda: live.ready,
        on_snapshot=live.on_snapshot,
        **options,
    )
    await site.listener.start(HOST, 0)
    try:
        yield site
    finally:
        await site.listener.stop(grace=5)


@dataclass(frozen=True)
class Reply:
    """A response as it came; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


class RawClient:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, *parts: bytes) -> None:
        self.writer.write(b"".join(parts))

    def half_close(self) -> None:
        self.writer.write_eof()

    async def reply(self, *, to_head: bool = False) -> Reply:
        """The next response; to a HEAD it has no body, whatever its Content-Length says."""
        async with asyncio.timeout(_PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            status = int(head[0].split(" ")[1])
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:-2])}
            length = 0 if to_head or status in (204, 304) else int(headers.get("content-length", 0))
            return Reply(status, headers, await self.reader.readexactly(length))

    async def is_closed(self) -> bool:
        """Waits for the server to say or close; whether it closed."""
        async with asyncio.timeout(_PATIENCE):
            try:
                return await self.reader.read(1) == b""
            except ConnectionResetError:
                return True


@asynccontextmanager
async def connected(site: Site) -> AsyncIterator[RawClient]:
    """A connection to the site."""
    reader, writer = await asyncio.open_connection(HOST, site.port)
    try:
        yield RawClient(reader, writer)
    finally:
        writer.close()


async def ask(site: Site, method: str, target: str, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """The response to one request on a connection of its own."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    async with connected(site) as client:
        client.send(f"{method} {target} HTTP/1.1\r\nHost: help\r\n{lines}\r\n".encode())
        return await client.reply(to_head=method == "HEAD")
