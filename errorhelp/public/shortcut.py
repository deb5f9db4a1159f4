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
from errorhelp.public.ready_answers import ReadyAnswer, ReadyAnswers, ReadyReceipt
from errorhelp.public.remembered_heads import Head, RememberedHeads

_Requests = Sequence[tuple[RawRequestMessage, StreamReader]]

Shortcut = Callable[[Head, bytes, Connection], bytes | None]
"""The whole response to a request with a body, b"" for none, that needs nothing but a look-up.

None: the ordinary way, please.
"""

_LARGEST_BODY = 16 * 1024
# What is looked for in them goes its longer way.
_NO_ANSWERS: dict[bytes, ReadyAnswer] = {}
_NO_RECEIPTS: dict[bytes, ReadyReceipt] = {}
_END_OF_HEAD = b"\r\n\r\n"
_SECOND = 1.0
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
    """A connection whose small answers go straight from parser to client, or are ready before it is asked.

    `clock` gives Unix seconds.
    """

    __slots__ = (
        "_answering",
        "_clock",
        "_idle",
        "_loop_time",
        "_ready",
        "_ready_answers",
        "_receipts",
        "_write",
    )

    # What is read and not taken up yet is seen by is_idle.
    _rounds_to_take_up = 0

    def __init__(
        self,
        server: web.Server,
        *,
        shortcut: Shortcut,
        heads: RememberedHeads,
        ready: ReadyAnswers,
        clock: Callable[[], float],
        limits: ConnectionLimits,
        **options: Any,
    ) -> None:
        super().__init__(server, limits=limits, **options)
        self._idle = limits.idle
        self._loop_time = asyncio.get_running_loop().time
        self._clock = clock
        self._answering = _AnsweringParser(self._parser, self, shortcut, heads)
        self._parser = cast("HttpParser[Any]", self._answering)
        self._ready_answers = ready
        # Those of the listener while nothing is half read or in progress and the client takes what is written.
        self._ready, self._receipts = _NO_ANSWERS, _NO_RECEIPTS
        self._write: Callable[[bytes], None] = _write_nowhere

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a request, with none in progress or queued."""
        return self._waiter is not None and not self._waiter.done() and not self._messages

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._write = cast(asyncio.Transport, transport).write

    def data_received(self, data: bytes) -> None:
        # The way of almost all requests under load: nothing may be added here that could be done once a second.
        ready = self._ready.get(data)
        if ready is not None and ready.since <= (now := self._clock()) < ready.until:
            ready.answered.number += 1
            asked = ready.asked
            asked.number += 1
            asked.last = now
            self._write(ready.response)
        elif not self._is_received(data):
            self._leave_ready_answers()
            super().data_received(data)
            if self._answering.is_between and self.is_idle and not self.writing_paused:
                self._ready, self._receipts = self._ready_answers.answers, self._ready_answers.receipts

    def _is_received(self, data: bytes) -> bool:
        """Whether that is a report whose answer is ready, which is then taken in and answered."""
        if not self._receipts:
            return False
        body_begin = data.find(_END_OF_HEAD) + len(_END_OF_HEAD)
        receipt = self._receipts.get(data[:body_begin])
        if receipt is None or receipt.length != len(data) - body_begin:
            return False
        ready = receipt.answer
        if not ready.since <= (now := self._clock()) < ready.until:
            return False
        try:
            receipt.take(data[body_begin:], self._peer or self.peer, now)
        except Exception as error:
            receipt.failed(error)
        ready.answered.number += 1
        asked = ready.asked
        asked.number += 1
        asked.last = now
        self._write(ready.response)
        return True

    def pause_writing(self) -> None:
        self._leave_ready_answers()
        super().pause_writing()

    def close(self) -> None:
        self._leave_ready_answers()
        super().close()

    def force_close(self) -> None:
        self._leave_ready_answers()
        super().force_close()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._leave_ready_answers()
        self._write = _write_nowhere
        super().connection_lost(exc)

    def _leave_ready_answers(self) -> None:
        self._ready, self._receipts = _NO_ANSWERS, _NO_RECEIPTS

    def answer_at_once(self, response: bytes) -> None:
        """Writes the response; aiohttp notes only on the ordinary way that the connection is in use."""
        if self.transport is not None:
            self.transport.write(response)
        # Those that are ready for the rest of the second are not noted.
        self._next_keepalive_close_time = self._loop_time() + self._idle + _SECOND


class _AnsweringParser:
    """aiohttp's parser; the requests that can be answered at once do not come out of it.

    Those with a head that is remembered do not even come in, as long as nothing else is half read.
    """

    def __init__(
        self, parser: Any, connection: ShortcutConnection, shortcut: Shortcut, heads: RememberedHeads
    ) -> None:
        self._parser = parser
        self._feed = parser.feed_data
        self._message_consumed = parser.message_consumed
        self._connection = connection
        self._shortcut = shortcut
        self._heads = heads
        self._find = heads.find
        self.is_between = True
        """Whether nothing is half read."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, data: bytes) -> tuple[_Requests, bool, bytes]:
        """The requests in the data that go the ordinary way; see aiohttp's `HttpParser.feed_data`."""
        if self.is_between and data:
            data = self._answer_remembered(data)
        if self.is_between and not data:
            return (), False, b""
        was_between, self.is_between = self.is_between, False
        requests, upgraded, tail = self._feed(data)
        if len(requests) == 1 and not upgraded and (was_between or self._connection.is_idle):
            message, body = requests[0]
            self._note_whole(data, message, body, was_between)
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

    def _answer_remembered(self, data: bytes) -> bytes:
        """Answers requests up to the first that must go the ordinary way; that one and what is behind it.

        None is answered if one in the data has a head that is not remembered: the parser may refuse it, and
        refuses with it all that came in the same piece.
        """
        requests = self._remembered(data)
        for head, begin, end in requests:
            if not self._is_answered(head, data[end - head.body : end]):
                return data[begin:]
        return b"" if requests else data

    def _is_answered(self, head: Head, body: bytes) -> bool:
        """Whether the request could be answered at once, and is."""
        connection = self._connection
        if not connection.is_idle or connection.writing_paused:
            return False
        response = self._look_up(head, body)
        if response is None:
            return False
        connection.answer_at_once(response)
        return True

    def _remembered(self, data: bytes) -> list[tuple[Head, int, int]]:
        """The requests in the data, from where to where; none unless all of it is requests with known heads."""
        requests, begin = [], 0
        while begin < len(data):
            body_begin = data.find(_END_OF_HEAD, begin) + len(_END_OF_HEAD)
            head = self._find(data[begin:body_begin])
            if head is None or body_begin + head.body > len(data):
                return []
            requests.append((head, begin, body_begin + head.body))
            begin = body_begin + head.body
        return requests

    def _note_whole(
        self, data: bytes, message: RawRequestMessage, body: StreamReader, was_between: bool
    ) -> None:
        """Notes whether the parser has read whole requests only, and remembers the head of one that came alone."""
        if body is EMPTY_PAYLOAD:
            self.is_between = data.endswith(_END_OF_HEAD)
        if was_between and _whole(body) is not None:
            self.is_between = self._heads.remember(data, message) or self.is_between

    def _look_up(self, head: Head, body: bytes) -> bytes | None:
        try:
            return self._shortcut(head, body, self._connection)
        except Exception:
            return None  # The ordinary way meets it again, and reports it.

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
            response = self._look_up(Head.of(message, len(content)), content)
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


def _write_nowhere(_: bytes) -> None:
    """There is no client."""


def _is_so(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except Exception:
        return False


async def _answer_nobody(_: web.BaseRequest) -> web.StreamResponse:
    raise NotImplementedError
