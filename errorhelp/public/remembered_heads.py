"""The heads of requests that came before, with what a parser made of them.

Clients send the same bytes again and again, and what they mean depends on nothing but them. So a head that is
known need not be parsed. What clients send may fill this memory, and can change no answer by it.
"""

from dataclasses import dataclass, field
from typing import Self

from aiohttp import HttpVersion11, hdrs
from aiohttp.http import RawRequestMessage

_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Head:
    """What a head means: its message, and how many bytes of body belong to it.

    Of the message what is looked at for each request, so that it is looked up once.
    """

    message: RawRequestMessage
    body: int
    method: str
    path: str
    agent: str
    accepts: str
    known_tags: tuple[str, ...]

    @classmethod
    def of(cls, message: RawRequestMessage, body: int) -> Self:
        """The head of a message that a parser read."""
        headers = message.headers
        return cls(
            message,
            body,
            message.method,
            message.path,
            headers.get(hdrs.USER_AGENT, ""),
            headers.get(hdrs.ACCEPT_ENCODING, ""),
            tuple(headers.getall(hdrs.IF_NONE_MATCH, ())),
        )


@dataclass(slots=True)
class RememberedHeads:
    """Remembers at least the `most` heads that were used last, or `most_bytes` of them, and at most twice as many.

    One of more than `longest` bytes is not remembered.
    """

    most: int = 2048
    most_bytes: int = 1 << 20
    longest: int = 2048
    _newer: dict[bytes, Head] = field(default_factory=dict)
    _older: dict[bytes, Head] = field(default_factory=dict)
    _bytes: int = 0

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._newer.keys() | self._older.keys())

    def find(self, head: bytes) -> Head | None:
        """What a head means, its blank line included; None if it is not remembered."""
        known = self._newer.get(head)
        if known is None and (known := self._older.get(head)) is not None:
            self._put(head, known)
        return known

    def remember(self, request: bytes, message: RawRequestMessage) -> bool:
        """Remember the head of a whole request, which a parser that had read nothing else took for the message.

        Whether it could be, since nothing is behind it. What is not plain is not remembered: another version,
        another framing than by one `Content-Length`, an end of the connection, a line that does not end with CRLF.
        """
        end = request.find(_END) + len(_END)
        head = request[:end]
        if len(head) > self.longest or not _has_plain_lines(head) or not _is_plain(message):
            return False
        body = _length(message)
        if body is None or end + body != len(request):
            return False
        self._put(head, Head.of(message, body))
        return True

    def _put(self, head: bytes, known: Head) -> None:
        if len(self._newer) >= self.most or self._bytes + len(head) > self.most_bytes:
            self._older, self._newer, self._bytes = self._newer, {}, 0
        self._newer[head] = known
        self._bytes += len(head)


def _has_plain_lines(head: bytes) -> bool:
    return head.count(b"\r\n") == head.count(b"\n") == head.count(b"\r")


def _is_plain(message: RawRequestMessage) -> bool:
    is_kept = not (message.should_close or message.upgrade or message.chunked)
    return is_kept and message.version == HttpVersion11 and hdrs.EXPECT not in message.headers


def _length(message: RawRequestMessage) -> int | None:
    """How long the body is; None where that is not plain."""
    lengths = message.headers.getall(hdrs.CONTENT_LENGTH, [])
    if hdrs.TRANSFER_ENCODING in message.headers or len(lengths) > 1:
        return None
    if not lengths:
        return 0 if message.method in (hdrs.METH_GET, hdrs.METH_HEAD) else None
    return int(lengths[0]) if lengths[0].isascii() and lengths[0].isdigit() else None
