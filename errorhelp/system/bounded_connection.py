"""A connection of aiohttp's that counts among the open ones, and waits for a slow reader only so long."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from aiohttp import web

from errorhelp.system.open_connections import OpenConnections


class BoundedConnection(web.RequestHandler):
    """One client's connection; `slow_reader` is for how many seconds it may take what is written."""

    __slots__ = ("_abort", "_open_connections", "_peer", "_seconds_to_read", "_slow_reader")

    def __init__(
        self, server: web.Server, *, open_connections: OpenConnections, slow_reader: float, **options: Any
    ) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self._open_connections = open_connections
        self._seconds_to_read = slow_reader
        self._slow_reader: asyncio.TimerHandle | None = None
        self._peer = ""
        self._abort: Callable[[], None] | None = None

    @property
    def peer(self) -> str:
        """The address at the other end."""
        if not self._peer and isinstance(name := self.peername, tuple):
            # Asking the transport takes as long as looking an answer up.
            self._peer = str(name[0])
        return self._peer

    @property
    def waits_for_client(self) -> bool:
        """Whether it waits for its client, to ask or to take an answer, and nothing else is going on."""
        return self.writing_paused

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
