"""One client's connection: aiohttp's, with a shortcut for small answers, and bounds for slow readers.

aiohttp starts a task, a request and a writer for every request, which costs several times the look-up that
answers most of ours. So a request that needs nothing but the look-up is answered right behind aiohttp's
parser; every other one goes its ordinary way through aiohttp.

This file alone leans on what aiohttp keeps to itself: `_parser`, `_waiter`, `_messages` and
`_next_keepalive_close_time` of `RequestHandler`, and `_buffer` of `StreamReader`.
tests/public/test_client_connection.py notices when they change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import EMPTY_PAYLOAD, HttpVersion11, StreamReader, web
from aiohttp.http import HttpParser, RawRequestMessage

from errorhelp.system.bounded_connection import BoundedConnection
from errorhelp.system.open_connections import OpenConnections

_Requests = Sequence[tuple[RawRequestMessage, StreamReader]]

Shortcut = Callable[[RawRequestMessage, bytes, "Connection"], bytes | None]
"""The whole response to a request with a body, b"" for none, that needs nothing but a look-up.

None: the ordinary way, please.
"""

ErrorHandler = Callable[[web.BaseRequest, int, BaseException | None], web.StreamResponse]
"""The response to a request that failed: aiohttp's status for it and the exception, if there is one."""

LONGEST_ADDRESS = 8192
# One less, since this number is all that tells in aiohttp's error which of the two limits was passed.
LONGEST_HEADER = LONGEST_ADDRESS - 1
_LARGEST_BODY = 16 * 1024
_MOST_HEADERS = 100
_LOOKS_AGAIN = 0.05


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long a connection may take, in seconds, before it is closed.

    `idle`: without a complete request, from its start or from the last answer on. `body`: for a report to
    arrive. `linger`: for the rest of a body that nobody waits for. `slow_reader`: to take what is written.
    """

    idle: float = 75.0
    body: float = 5.0
    linger: float = 5.0
    slow_reader: float = 30.0


class Connection(BoundedConnection):
    """Reads one client's requests and writes their answers, in order."""

    __slots__ = ("_errors", "_limits", "_requests")

    def __init__(
        self,
        server: web.Server,
        *,
        limits: ConnectionLimits,
        open_connections: OpenConnections,
        errors: ErrorHandler,
        shortcut: Shortcut,
        **options: Any,
    ) -> None:
        super().__init__(
            server,
            open_connections=open_connections,
            slow_reader=limits.slow_reader,
            keepalive_timeout=limits.idle,
            lingering_time=limits.linger,
            max_line_size=LONGEST_ADDRESS,
            max_field_size=LONGEST_HEADER,
            max_headers=_MOST_HEADERS,
            # Bodies are stored or dropped as they came, so no small one can grow large here.
            auto_decompress=False,
            access_log=None,
            **options,
        )
        self._limits = limits
        self._errors = errors
        self._requests = _AnsweringParser(self._parser, self, shortcut)
        self._parser = cast("HttpParser[Any]", self._requests)

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a request, with none in progress or queued."""
        return self._waiter is not None and not self._waiter.done() and not self._messages

    @property
    def waits_for_client(self) -> bool:
        """Whether it waits for its client: for a request or the rest of one, or for an answer to be taken."""
        return self.is_idle or self.writing_paused or not self._requests.is_complete

    @property
    def is_new(self) -> bool:
        """Whether nothing has come from the client yet."""
        return not self._requests.was_fed

    def answer_at_once(self, response: bytes) -> None:
        """Writes the response; aiohttp notes only on the ordinary way that the connection is in use."""
        if self.transport is not None:
            self.transport.write(response)
        self._next_keepalive_close_time = self._loop.time() + self._limits.idle

    async def start(self) -> None:
        """Takes up requests until the connection ends.

        What aiohttp cannot even make a request of, such as a CONNECT to nowhere, ends it without an answer.
        """
        try:
            await super().start()
        except Exception:
            self.logger.debug("A connection from %s was closed", self.peer, exc_info=True)
            self.force_close()

    def close(self) -> None:
        """Reads nothing more, and closes when the request in progress is answered."""
        super().close()
        self._requests.end()

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio.Protocol has it so.
        """Keeps a half-closed connection open until what the client asked is answered."""
        self._requests.end()
        if self.is_idle:
            return False
        self._loop.call_later(_LOOKS_AGAIN, self._close_when_idle)
        return True

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("An error in the middle of a response can only be told by closing")
        return self._errors(request, status, exc)

    def _close_when_idle(self) -> None:
        if self.is_idle:
            self.force_close()
        elif self.transport is not None:
            self._loop.call_later(_LOOKS_AGAIN, self._close_when_idle)


class _AnsweringParser:
    """aiohttp's parser; the requests that can be answered at once do not come out of it."""

    def __init__(self, parser: Any, connection: Connection, shortcut: Shortcut) -> None:
        self._parser = parser
        self._feed = parser.feed_data
        self._message_consumed = parser.message_consumed
        self._connection = connection
        self._shortcut = shortcut
        self._last_body = EMPTY_PAYLOAD
        self.was_fed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, data: bytes) -> tuple[_Requests, bool, bytes]:
        """The requests in the data that go the ordinary way; see aiohttp's `HttpParser.feed_data`."""
        self.was_fed = True
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
        if requests:
            self._last_body = requests[-1][1]
        return requests, upgraded, tail

    @property
    def is_complete(self) -> bool:
        """Whether the body of the newest request has come whole."""
        return self._last_body.is_eof()

    def end(self) -> None:
        """No more data will come: a body that is not complete stays so, and nobody need wait for it."""
        if not self._last_body.is_eof():
            self._last_body.feed_eof()

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
