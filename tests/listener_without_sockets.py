"""A public listener without sockets, and whole requests as real clients send them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from public_site import NOON, Site, a_catalog, a_message

from errorhelp.answers.snapshot import compile
from errorhelp.public.client_connection import ConnectionLimits
from errorhelp.public.error_reports import ErrorReports
from errorhelp.public.public_listener import PublicListener
from errorhelp.public.ready_answers import ReadyAnswers
from errorhelp.public.remembered_heads import RememberedHeads
from errorhelp.public.request_bodies import HelpRequest, Observer

ONE_C = (
    b"GET /help/erp.json HTTP/1.1\r\nHost: help.example.com\r\nUser-Agent: 1C+Enterprise/8.3\r\n"
    b"Accept: application/json\r\nAccept-Encoding: gzip\r\n\r\n"
)
CURL = (
    b"GET /help/erp.json HTTP/1.1\r\nHost: help.example.com\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n\r\n"
)
BROWSER = (
    b"GET /help/en/erp.html HTTP/1.1\r\nHost: help.example.com\r\nConnection: keep-alive\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    b"Accept: text/html,application/xhtml+xml\r\nAccept-Language: en,ru;q=0.5\r\nSec-Fetch-Mode: navigate\r\n\r\n"
)
PROXY = (
    b"GET /help/hr.json HTTP/1.1\r\nHost: help.example.com\r\nX-Forwarded-For: 10.1.2.3\r\n"
    b"X-Forwarded-Proto: https\r\n\r\n"
)
KNOWN = b'GET /help/erp.json HTTP/1.1\r\nHost: h\r\nIf-None-Match: W/"x", *\r\n\r\n'
REPORT = (
    b"POST /help/erp.json HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n"
    b'{"text": "x"}'
)
REAL = {
    "1C": ONE_C,
    "curl": CURL,
    "a browser": BROWSER,
    "a proxy": PROXY,
    "a revalidation": KNOWN,
    "a report": REPORT,
}
_ROUNDS = 40

Happening = Callable[["Answering"], None]
"""What happens at a listener between two pieces."""


class WrittenTransport(asyncio.Transport):
    """Takes what is written at once; after so many pieces it has the protocol pause."""

    def __init__(self, protocol: asyncio.BaseProtocol | None = None, takes: int | None = None) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_closed = False
        self._protocol = protocol
        self._takes = takes

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.is_closed:
            self.written += data
            if self._takes is not None:
                self._takes -= 1
                if self._takes == 0 and self._protocol is not None:
                    self._protocol.pause_writing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("10.9.8.7", 50_000) if name == "peername" else default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def a_site() -> Site:
    """It is noon, and a message is shown until one o'clock."""
    return Site(compile(a_catalog(), [a_message("Back at 13:00")], NOON))


@dataclass
class Answering:
    """A listener without sockets."""

    heads: RememberedHeads = field(default_factory=RememberedHeads)
    seen: list[HelpRequest] = field(default_factory=list)
    site: Site = field(default_factory=a_site)
    observer: Observer | None = None
    reports: ErrorReports | None = None
    ready: ReadyAnswers | None = None
    """Where answers are kept ready; None: nowhere."""
    connection: Any = None
    """That of the last conversation."""

    def __post_init__(self) -> None:
        self.listener = PublicListener(
            lambda: self.site.snapshot,
            self.site.clock,
            max_age=60,
            on_help_request=self.observer or self.seen.append,
            # What is not there after some rounds of the loop never comes.
            limits=ConnectionLimits(body=1000, linger=1000),
            heads=self.heads,
            reports=self.reports,
            ready_answers=self.ready,
            on_snapshot=None if self.ready is None else self.site.on_snapshot,
        )

    async def conversation(
        self, *pieces: bytes | Happening, pauses: bool = False, takes: int | None = None
    ) -> bytes:
        """What a client receives that sends these pieces, waiting for answers between them if it `pauses`.

        Between them there may be what happens meanwhile. Of the answers the client takes so many, or all.
        """
        server = self.listener.server()
        connection = self.connection = server()
        transport = WrittenTransport(connection, takes)
        connection.connection_made(transport)
        await self.go_on()
        for piece in pieces:
            if not isinstance(piece, bytes):
                piece(self)
            elif not transport.is_closed:
                connection.data_received(piece)
            if pauses:
                await self.go_on()
        await self.go_on()
        connection.connection_lost(None)
        await self.go_on()
        assert isinstance(server, web.Server)
        return bytes(transport.written)

    @staticmethod
    async def go_on() -> None:
        """Lets the loop do what there is to do."""
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)
