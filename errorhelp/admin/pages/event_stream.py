"""Server-sent events (HTML Living Standard, 9.2): a signal to open pages that there is something new to show."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from errorhelp.admin.access.authorization import ADMISSION, Admission

SEEN = web.RequestKey("seen", int)
"""The number of the newest change that the answer to a request shows for certain."""

MOST_STREAMS = 200
"""How many may be open at once."""

HEARTBEAT_SECONDS = 15.0
"""After so many seconds without an event a sign of life is sent, and looked whether who follows still may."""

RECONNECT_MILLISECONDS = 3000
"""After how long who follows comes again when a stream ends; what was missed meanwhile is signalled then."""

# Changes that come together are signalled once.
_GATHER_SECONDS = 0.05
_RETRY_AFTER_SECONDS = 10
_HEADERS = {
    hdrs.CONTENT_TYPE: "text/event-stream",
    hdrs.CACHE_CONTROL: "no-store",
    # nginx would hold events back.
    "X-Accel-Buffering": "no",
}


class Streams:
    """The open streams. `signal` and `close` are called on the event loop."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        most: int = MOST_STREAMS,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._clock = clock
        self._heartbeat_seconds = heartbeat_seconds
        self._most = most
        self._open: set[asyncio.Event] = set()
        self._is_closing = False
        # The time, not 0: a page from before a restart would look as if it had seen what came after.
        self._newest = _milliseconds(clock())

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._open)

    def signal(self) -> None:
        """Signal every open page that something changed."""
        self._newest += 1
        for stream in self._open:
            stream.set()

    def close(self) -> None:
        """End all streams."""
        self._is_closing = True
        for stream in self._open:
            stream.set()

    @web.middleware
    async def mark(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Middleware that notes which change is the newest before a page is made."""
        request[SEEN] = self._newest
        return await handler(request)

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Follow what changes; a page that says in `seen` or `Last-Event-ID` that it missed something gets a signal."""
        if self._is_closing or len(self._open) >= self._most:
            return web.Response(status=503, headers={hdrs.RETRY_AFTER: str(_RETRY_AFTER_SECONDS)})
        if request.method == hdrs.METH_HEAD:
            return web.Response(headers=_HEADERS)
        response = web.StreamResponse(headers=_HEADERS)
        response.force_close()
        stream = asyncio.Event()
        seen = request.headers.get("Last-Event-ID") or request.query.get("seen")
        if seen is not None and seen != str(self._newest):
            stream.set()
        self._open.add(stream)
        try:
            with suppress(ConnectionError):
                await response.prepare(request)
                await self._follow(response, stream, request.get(ADMISSION))
        finally:
            self._open.discard(stream)
        return response

    async def _follow(
        self,
        response: web.StreamResponse,
        stream: asyncio.Event,
        admission: Admission | None,
    ) -> None:
        await response.write(self._event("hello", b"retry: %d\n" % RECONNECT_MILLISECONDS))
        loop = asyncio.get_running_loop()
        look_at = loop.time() + self._heartbeat_seconds
        while not self._is_closing:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(look_at):
                    await stream.wait()
            # However many events there are meanwhile.
            if loop.time() >= look_at:
                if admission is not None and not await admission.holds():
                    return
                look_at = loop.time() + self._heartbeat_seconds
            if not stream.is_set():
                await response.write(b"event: alive\ndata: %d\n\n" % _milliseconds(self._clock()))
                continue
            await asyncio.sleep(_GATHER_SECONDS)
            stream.clear()
            if not self._is_closing:
                await response.write(self._event("change"))

    def _event(self, name: str, more: bytes = b"") -> bytes:
        """An event whose data is the time in milliseconds, by which pages set their clocks; `more` lines of it."""
        return b"event: %s\nid: %d\ndata: %d\n%s\n" % (
            name.encode(),
            self._newest,
            _milliseconds(self._clock()),
            more,
        )


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
