"""Requests to help addresses: what an observer gets to see of them, and their bodies, read within bounds."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple, Protocol, runtime_checkable

from aiohttp import HttpVersion11
from aiohttp.web import BaseRequest, RequestPayloadError
from multidict import CIMultiDictProxy

LARGEST_BODY = 64 * 1024
"""How many bytes of a report are read."""


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
"""Is told of every request to a help address, just before its answer is written; must not wait."""


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


def has_faulty_framing(request: BaseRequest) -> bool:
    """Whether nobody can tell for certain where it ends: HTTP/1.0 knows no Transfer-Encoding (RFC 9112, 6.1)."""
    return request.version < HttpVersion11 and "Transfer-Encoding" in request.headers


async def read_body(request: BaseRequest, within: float, largest: int = LARGEST_BODY) -> bytes | None:
    """The body, if all of it comes within that many seconds and no more than `largest` bytes, else None."""
    announced = request.content_length or 0
    if announced > largest:
        return None
    body = bytearray()
    try:
        async with asyncio.timeout(within):
            _invite(request)
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > largest:
                    return None
    except (TimeoutError, RequestPayloadError, ConnectionError):
        return None
    return bytes(body) if len(body) >= announced else None


def _invite(request: BaseRequest) -> None:
    """Tells a client that asks first to send its body (RFC 9110, 10.1.1)."""
    asks = request.version >= HttpVersion11 and request.headers.get("Expect", "").lower() == "100-continue"
    if asks and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
