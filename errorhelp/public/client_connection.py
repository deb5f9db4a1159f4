"""One client's connection: aiohttp's, with our limits, our answers to errors, and bounds for slow readers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from aiohttp import web

from errorhelp.system.bounded_connection import BoundedConnection

ErrorHandler = Callable[[web.BaseRequest, int, BaseException | None], web.StreamResponse]
"""The response to a request that failed: aiohttp's status for it and the exception, if there is one."""

LONGEST_ADDRESS = 8192
# One less, since this number is all that shows in aiohttp's error which of the two limits was passed.
LONGEST_HEADER = LONGEST_ADDRESS - 1
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
    """Reads one client's requests and writes their answers, in order.

    Whoever handles its requests calls `take_up` first.
    """

    __slots__ = ("_errors", "_has_ended", "_rounds_idle", "is_new")

    # More rounds of the loop than aiohttp needs from reading a request to handing it to its handler.
    _rounds_to_take_up: ClassVar[int] = 10

    def __init__(
        self, server: web.Server, *, limits: ConnectionLimits, errors: ErrorHandler, **options: Any
    ) -> None:
        super().__init__(
            server,
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
        self._errors = errors
        self._rounds_idle = 0
        self._has_ended = False
        self.is_new = True
        """Whether nothing has come from the client yet."""

    def take_up(self, request: web.BaseRequest) -> None:
        """Notes that the request is in progress, until its response is sent."""
        super().take_up(request)
        self._rounds_idle = 0
        if self._has_ended:
            self._end_body()

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
        self._end()

    def data_received(self, data: bytes) -> None:
        self.is_new = False
        super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio.Protocol has it so.
        """Keeps a half-closed connection open until what the client asked is answered."""
        self._end()
        self._close_when_idle()
        return self.transport is not None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        self.take_up(request)
        if request.writer.output_size > 0:
            raise ConnectionError("An error in the middle of a response can only be signalled by closing")
        return self._errors(request, status, exc)

    def _end(self) -> None:
        """No more data will come: a body that is not complete stays so, and nobody need wait for it."""
        self._has_ended = True
        self._end_body()

    def _end_body(self) -> None:
        if not self._body.is_eof():
            self._body.feed_eof()

    def _close_when_idle(self) -> None:
        """Closes as soon as no request was taken up for some rounds of the loop."""
        if self.transport is None:
            return
        if not self.is_idle:
            asyncio.get_running_loop().call_later(_LOOKS_AGAIN, self._close_when_idle)
        elif self._rounds_idle < self._rounds_to_take_up:
            self._rounds_idle += 1
            asyncio.get_running_loop().call_soon(self._close_when_idle)
        else:
            self.force_close()
