"""A connection with a shortcut for small answers, where aiohttp has what that takes.

aiohttp starts a task, a request and a writer for every request, which costs several times the look-up that
answers most of ours. So a request that needs nothing but the look-up is answered right behind aiohttp's
parser; every other one goes its ordinary way through aiohttp.

This file alone leans on what aiohttp keeps to itself; `missing` says whether this aiohttp still has it.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

from aiohttp import EMPTY_PAYLOAD, HttpVersion11, StreamReader, web
from aiohttp.http import HttpParser, RawRequestMessage

from errorhelp.public.client_connection import Connection, ConnectionLimits

_Requests = Sequence[tuple[RawRequestMessage, StreamReader]]

Shortcut = Callable[[RawRequestMessage, bytes, Connection], bytes | None]
"""The whole response to a request with a body, b"" for none, that needs nothing but a look-up.

None: the ordinary way, please.
"""

_LARGEST_BODY = 16 * 1024
_TRIED = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"


def missing() -> list[str]:
    """The names of what the shortcut needs and this aiohttp has not, or not in the shape it is used in.

    To be called in a running loop.
    """
    loop = asyncio.get_running_loop()
    handler: Any = web.RequestHandler(web.Server(_answer_nobody), loop=loop)

    def has_parser() -> bool:
        ((message, body),), upgraded, _ = handler._parser.feed_data(_TRIED)
        handler._parser.message_consumed()
        is_read = (message.method, message.path, message.headers["host"]) == ("GET", "/a", "h")
        is_plain = message.version == HttpVersion11 and not (
            message.should_close or message.upgrade or upgraded
        )
        return is_read and is_plain and body is EMPTY_PAYLOAD

    def has_buffer() -> bool:
        body = StreamReader(handler, _LARGEST_BODY, loop=loop)
        body.feed_data(b"{}")
        body.feed_eof()
        return _whole(body) == b"{}"

    has: dict[str, Callable[[], bool]] = {
        "RequestHandler._parser": has_parser,
        "RequestHandler._waiter": lambda: handler._waiter is None,
        "RequestHandler._messages": lambda: len(handler._messages) == 0,
        "RequestHandler._next_keepalive_close_time": lambda: handler._next_keepalive_close_time >= 0,
        "StreamReader._buffer": has_buffer,
    }
    return [name for name, is_there in has.items() if not _is_so(is_there)]


class ShortcutConnection(Connection):
    """A connection whose small answers go straight from parser to client."""

    __slots__ = ("_idle",)

    # What is read and not taken up yet is seen by is_idle.
    _rounds_to_take_up = 0

    def __init__(
        self, server: web.Server, *, shortcut: Shortcut, limits: ConnectionLimits, **options: Any
    ) -> None:
        super().__init__(server, limits=limits, **options)
        self._idle = limits.idle
        parser = _AnsweringParser(self._parser, self, shortcut)
        self._parser = cast("HttpParser[Any]", parser)

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a request, with none in progress or queued."""
        return self._waiter is not None and not self._waiter.done() and not self._messages

    def answer_at_once(self, response: bytes) -> None:
        """Writes the response; aiohttp notes only on the ordinary way that the connection is in use."""
        if self.transport is not None:
            self.transport.write(response)
        self._next_keepalive_close_time = asyncio.get_running_loop().time() + self._idle


class _AnsweringParser:
    """aiohttp's parser; the requests that can be answered at once do not come out of it."""

    def __init__(self, parser: Any, connection: ShortcutConnection, shortcut: Shortcut) -> None:
        self._parser = parser
        self._feed = parser.feed_data
        self._message_consumed = parser.message_consumed
        self._connection = connection
        self._shortcut = shortcut

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, data: bytes) -> tuple[_Requests, bool, bytes]:
        """The requests in the data that go the ordinary way; see aiohttp's `HttpParser.feed_data`."""
        requests, upgraded, tail = self._feed(data)
        while requests and self._connection.is_idle:
            rest = self._answer(requests)
            if len(rest) == len(requests):
                break
            # The parser holds back what exceeds its queue until it is fed again.
            requests, upgraded, tail = self._feed(b"")
            if rest:
                requests = [*rest, *requests]
                break
        return requests, upgraded, tail

    def _answer(self, requests: _Requests) -> _Requests:
        """Answers requests up to the first that must go the ordinary way; that one and those behind it."""
        connection = self._connection
        for position, (message, body) in enumerate(requests):
            if (
                (content := _whole(body)) is None
                or message.should_close
                or message.upgrade
                or message.version != HttpVersion11
                or connection.writing_paused
            ):
                return requests[position:]
            try:
                response = self._shortcut(message, content, connection)
            except Exception:
                response = None  # The ordinary way meets it again, and reports it.
            if response is None:
                return requests[position:]
            connection.answer_at_once(response)
            self._message_consumed()
        return ()


def _whole(body: StreamReader) -> bytes | None:
    """A small body that came in full with its head, which stays unread; None for any other."""
    if body is EMPTY_PAYLOAD:
        return b""
    # Reading it would have aiohttp feed the parser anew, in the middle of this.
    if not body.is_eof() or len(body._buffer) != 1 or len(body._buffer[0]) > _LARGEST_BODY:
        return None
    return body._buffer[0]


def _is_so(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except Exception:
        return False


async def _answer_nobody(_: web.BaseRequest) -> web.StreamResponse:
    raise NotImplementedError
