"""One connection to the admin listener: aiohttp's, bounded in what it may wait for."""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from errorhelp.admin import malformed_requests
from errorhelp.admin.pages.event_stream import HEARTBEAT_SECONDS
from errorhelp.admin.problem_details import ProblemDetailError
from errorhelp.formats import problem_detail
from errorhelp.public.request_bodies import has_faulty_framing
from errorhelp.system.bounded_connection import BoundedConnection
from errorhelp.system.open_connections import OpenConnections

SERVER = "errorhelp"
"""What answers say of the server: not what it is made with."""


@dataclass(frozen=True, slots=True)
class AdminConnectionLimits:
    """How long a connection may take, in seconds, before it is closed.

    `idle`: without a complete head of a request, from its start or from the last answer on. `body`: for the
    body to arrive, of which a form of many texts has megabytes. `slow_reader`: to take what is written.
    `heartbeat`: between signs of life on a stream of events, when it is looked whether it may go on.
    """

    idle: float = 75.0
    body: float = 60.0
    slow_reader: float = 60.0
    heartbeat: float = HEARTBEAT_SECONDS


class AdminConnection(BoundedConnection):
    """Reads one client's requests and writes their answers, in order."""

    __slots__ = ("_body_timer", "_seconds_for_body")

    def __init__(
        self,
        server: web.Server,
        *,
        limits: AdminConnectionLimits,
        open_connections: OpenConnections,
        **options: Any,
    ) -> None:
        super().__init__(
            server,
            open_connections=open_connections,
            slow_reader=limits.slow_reader,
            keepalive_timeout=limits.idle,
            logger=malformed_requests.log,
            access_log=None,
            # Bodies are too small to be worth it, and one that breaks in it takes the connection down.
            auto_decompress=False,
            **options,
        )
        self._seconds_for_body = limits.body
        self._body_timer: asyncio.TimerHandle | None = None

    def take_up(self, request: web.BaseRequest) -> None:
        """Note that the request is in progress, until its response is sent."""
        self._open_connections.asked(self)
        super().take_up(request)
        if not self._body.is_eof():
            self._body_timer = asyncio.get_running_loop().call_later(
                self._seconds_for_body, self._close_unless_whole
            )

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the response; its body has had its time."""
        sent = await super().finish_response(request, resp, start_time)
        self._forget_body_timer()
        return sent

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The response to what is no request, or to an error of ours that nobody answered."""
        response = super().handle_error(request, status, exc, message)
        response.headers[hdrs.SERVER] = SERVER
        return response

    def connection_lost(self, exc: BaseException | None) -> None:
        self._forget_body_timer()
        super().connection_lost(exc)

    def _close_unless_whole(self) -> None:
        self._body_timer = None
        if not self._body.is_eof():
            self.abort()

    def _forget_body_timer(self) -> None:
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None


@web.middleware
async def take_up(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The middleware that has connections bounded; a request whose end is not certain is refused."""
    connection = cast(AdminConnection, request.protocol)
    connection.take_up(request)
    if has_faulty_framing(request):
        connection.close()
        raise ProblemDetailError(
            problem_detail.BAD_REQUEST,
            "In HTTP/1.0 there is no Transfer-Encoding; send a Content-Length.",
            {hdrs.CONNECTION: "close"},
        )
    return await handler(request)
