"""A connection of aiohttp's that counts among the open ones, and waits for a slow reader only so long."""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Any, cast

from aiohttp import EMPTY_PAYLOAD, StreamReader, web

from errorhelp.system.open_connections import OpenConnections


class BoundedConnection(web.RequestHandler):
    """One client's connection; `slow_reader` is for how many seconds it may take what is written.

    Whoever handles its requests calls `take_up` first.
    """

    __slots__ = (
        "_abort",
        "_body",
        "_in_progress",
        "_open_connections",
        "_peer",
        "_seconds_to_read",
        "_slow_reader",
        "_taken_up_at",
    )

    def __init__(
        self, server: web.Server, *, open_connections: OpenConnections, slow_reader: float, **options: Any
    ) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self._open_connections = open_connections
        self._seconds_to_read = slow_reader
        self._slow_reader: asyncio.TimerHandle | None = None
        self._peer = ""
        self._abort: Callable[[], None] | None = None
        self._body: StreamReader = EMPTY_PAYLOAD
        self._in_progress = False
        self._taken_up_at = 0.0

    @property
    def peer(self) -> str:
        """The address at the other end."""
        if not self._peer and isinstance(name := self.peername, tuple):
            # Asking the transport takes as long as looking an answer up.
            self._peer = str(name[0])
        return self._peer

    @property
    def is_idle(self) -> bool:
        """Whether no request is in progress; one may be read and not taken up yet."""
        return not self._in_progress

    @property
    def waits_for_client(self) -> bool:
        """Whether it waits for its client: for a request or the rest of one, or for an answer to be taken."""
        return not self._in_progress or self.writing_paused or not self._body.is_eof()

    @property
    def seconds_in_progress(self) -> float:
        """How long ago the request in progress was taken up."""
        return perf_counter() - self._taken_up_at

    def take_up(self, request: web.BaseRequest) -> None:
        """Notes that the request is in progress, until its response is sent."""
        if not self._in_progress:
            self._taken_up_at = perf_counter()
        self._in_progress = True
        self._body = request.content

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Sends the response; the connection is idle then, unless it is about to close."""
        sent = await super().finish_response(request, resp, start_time)
        self._in_progress = not resp.keep_alive
        return sent

    def abort(self) -> None:
        """Closes the connection at once, whatever is still to be sent."""
        if self._abort is not None:
            self._abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        stream = cast(asyncio.Transport, transport)
        self._abort = stream.abort
        # pause_writing is then called as soon as the client does not take all that is sent.
        stream.set_write_buffer_limits(high=0)
        if not self._open_connections.add(self, self.peer):
            self.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._open_connections.remove(self)
        self._forget_slow_reader()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._slow_reader = asyncio.get_running_loop().call_later(self._seconds_to_read, self.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._forget_slow_reader()

    def _forget_slow_reader(self) -> None:
        if self._slow_reader is not None:
            self._slow_reader.cancel()
            self._slow_reader = None
