"""A response whose bytes are there already, sent the way aiohttp sends its own."""

from aiohttp.abc import AbstractStreamWriter
from aiohttp.web import BaseRequest, StreamResponse

_CHUNK = 64 * 1024


class CompiledResponse(StreamResponse):
    """Head and body as they go over the wire, no faster than the client reads them."""

    def __init__(self, head: bytes, body: bytes, *, keep_alive: bool) -> None:
        super().__init__()
        self._head = head
        self._content = memoryview(body)
        self._keep_connection = keep_alive

    @property
    def keep_alive(self) -> bool:
        """Whether the connection takes another request afterwards."""
        return self._keep_connection

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter:
        """Sends all of it and returns when the operating system has taken it over."""
        writer = request.writer
        await writer.write(self._head + self._content[:_CHUNK])
        for start in range(_CHUNK, len(self._content), _CHUNK):
            await writer.drain()
            await writer.write(self._content[start : start + _CHUNK])
        await writer.drain()
        return writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to send."""
