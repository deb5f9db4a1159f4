"""One public answer, compiled to the bytes that go over the wire (RFC 9110, RFC 9111)."""

import math
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from http import HTTPStatus

from errorhelp.system.garbage_collection import uncollected

NEVER = math.inf
"""The `valid_until` of an answer that no known message will change."""

# Help is read from any origin: the offline page and the web client live on the 1C server's host.
FOR_ANY_ORIGIN = (
    b"Access-Control-Allow-Origin: *\r\n"
    b"Access-Control-Expose-Headers: Date, ETag\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status line, headers and body of an answer, but for what depends on the second it is sent in.

    `head` lacks `Date`, `Cache-Control` and the blank line behind them. `valid_until` is in Unix seconds: a
    cache may keep the answer until then, and a reader past it needs a new one. A `private` answer is for one
    reader and is kept by no cache.
    """

    status: int
    head: bytes
    body: bytes
    etag: bytes
    valid_until: float = NEVER
    private: bool = False

    @property
    def content_type(self) -> str:
        """The media type of the body, as the head has it."""
        return self.head.partition(b"\r\nContent-Type: ")[2].partition(b"\r\n")[0].decode()


def answer(
    body: bytes,
    content_type: str,
    *,
    status: int = 200,
    valid_until: float = NEVER,
    private: bool = False,
    headers: bytes = b"",
) -> Answer:
    """The answer that carries the body; `headers` are further complete header lines."""
    etag = b'"%s"' % blake2b(body, digest_size=12).hexdigest().encode()
    head = b"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nETag: %s\r\n%s%s" % (
        status,
        HTTPStatus(status).phrase.encode(),
        content_type.encode(),
        len(body),
        etag,
        headers,
        FOR_ANY_ORIGIN,
    )
    return uncollected(Answer(status, head, body, etag, valid_until, private))


def unix(instant: datetime | None) -> float:
    """An instant in Unix seconds, `NEVER` for none."""
    return NEVER if instant is None else instant.timestamp()
