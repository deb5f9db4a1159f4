"""Requests to help addresses: what an observer gets to see of them, and their bodies, read within bounds."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol, runtime_checkable

from aiohttp import HttpVersion11
from aiohttp.web import BaseRequest, RequestPayloadError
from multidict import CIMultiDictProxy

from errorhelp.system.answered_requests import Count

LARGEST_BODY = 64 * 1024
"""How many bytes of a report are read."""

LARGEST_CALL = 8 * 1024
"""How many bytes of a launcher's SOAP call are read; one has less than a tenth of that."""


class HelpRequest(NamedTuple):
    """A request to a help address; `body` is None where it was too large, too slow or broken.

    `peer` is the address at the other end of the connection, which may be a proxy's. `query` is what stands
    behind the `?`, as it came.
    """

    method: str
    path: str
    headers: CIMultiDictProxy[str]
    peer: str
    body: bytes | None = b""
    query: str = ""


Observer = Callable[[HelpRequest], None]
"""Is called for every request to a help address, just before its answer is written; must not wait."""


@runtime_checkable
class CountingObserver(Protocol):
    """An observer that is content with less while it does not capture: what was asked, by whom and when.

    Making a `HelpRequest` for each of the many that are answered from the snapshot takes longer than this.
    """

    is_capturing: bool

    def __call__(self, request: HelpRequest) -> None:
        """Count the request, and keep it."""

    def count(self, path: str, user_agent: str, now: float) -> None:
        """Count a request to a help address at a time in Unix seconds."""

    def counter(self, path: str, user_agent: str) -> Count | None:
        """What to count the next such requests with, while it does not capture; None: by `count`."""

    def on_capture(self, follower: Callable[[], None]) -> None:
        """Call the follower whenever capturing begins."""


def has_faulty_framing(request: BaseRequest) -> bool:
    """Whether it is not certain where it ends: HTTP/1.0 knows no Transfer-Encoding (RFC 9112, 6.1)."""
    return request.version < HttpVersion11 and "Transfer-Encoding" in request.headers


class Pace:
    """How fast a body must come: after `patience` seconds at `least_rate` bytes a second, counted from its start."""

    def __init__(self, patience: float, least_rate: float) -> None:
        self._patience = patience
        self._least_rate = least_rate
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._scope: asyncio.Timeout | None = None
        self._until: float | None = None

    def follow(self, scope: asyncio.Timeout, size: int) -> None:
        """So many bytes have come: the time in which others must is that of the scope, or ends sooner."""
        if self._scope is None:
            self._scope = scope
            self._until = self._until or scope.when()
        too_slow = self._began + self._patience + size / self._least_rate
        scope.reschedule(too_slow if self._until is None else min(self._until, too_slow))

    def end(self) -> None:
        """Wait for no more of it."""
        self._until = self._began
        if self._scope is not None:
            # It may be over at this moment.
            with suppress(RuntimeError):
                self._scope.reschedule(self._began)


async def read_body(
    request: BaseRequest, within: float, largest: int = LARGEST_BODY, pace: Pace | None = None
) -> bytes | None:
    """The body, if all of it comes within that many seconds and no more than `largest` bytes, else None.

    Also None if it comes more slowly than at the pace.
    """
    announced = request.content_length or 0
    if announced > largest:
        return None
    body = bytearray()
    try:
        async with asyncio.timeout(within) as scope:
            _invite(request)
            if pace is not None:
                pace.follow(scope, 0)
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > largest:
                    return None
                if pace is not None:
                    pace.follow(scope, len(body))
    except (TimeoutError, RequestPayloadError, ConnectionError):
        return None
    return bytes(body) if len(body) >= announced else None


def _invite(request: BaseRequest) -> None:
    """Lets a client that asks first send its body (RFC 9110, 10.1.1)."""
    asks = request.version >= HttpVersion11 and request.headers.get("Expect", "").lower() == "100-continue"
    if asks and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
