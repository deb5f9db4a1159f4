"""The fields of requests that came before, with what a parser made of them.

Clients send the same fields again and again, whatever they ask for, and what those mean depends on nothing but them.
So behind a plain first line, fields that are known need not be parsed. What clients send may fill this memory, and can
change no answer by it.
"""

import re
from dataclasses import dataclass, field
from typing import Self

from aiohttp import HttpVersion11, hdrs
from aiohttp.http import RawRequestMessage
from multidict import CIMultiDictProxy

_END = b"\r\n\r\n"
_END_OF_LINE = b"\r\n"
# What no parser can take for anything else: not the absolute form, nothing encoded, no empty part.
_PLAIN_LINE = re.compile(rb"(GET|HEAD|POST) ((?:/[A-Za-z0-9_.-]+)+/?(?:\?[A-Za-z0-9_.=&-]*)?) HTTP/1\.1")


@dataclass(eq=False, slots=True)
class Head:
    """What a head means: method and path as they came, headers, and how many bytes of body belong to it.

    Of the headers what is looked at for each request, so that it is looked up once. `raw` are the head's bytes if its
    fields are remembered.
    """

    method: str
    path: str
    headers: CIMultiDictProxy[str]
    body: int
    agent: str
    accepts: str
    known_tags: tuple[str, ...]
    raw: bytes = b""

    @classmethod
    def of(cls, message: RawRequestMessage, body: int) -> Self:
        """The head of a message that a parser read."""
        headers = message.headers
        return cls(
            message.method,
            message.path,
            headers,
            body,
            headers.get(hdrs.USER_AGENT, ""),
            headers.get(hdrs.ACCEPT_ENCODING, ""),
            tuple(headers.getall(hdrs.IF_NONE_MATCH, ())),
        )


@dataclass(slots=True)
class RememberedHeads:
    """Remembers fields of at least the `most` heads that were used last, or `most_bytes`, and at most twice as many.

    Those of a head of more than `longest` bytes are not remembered.
    """

    most: int = 2048
    most_bytes: int = 1 << 20
    longest: int = 2048
    # By the method and the fields behind it, with the blank line.
    _newer: dict[bytes, Head] = field(default_factory=dict)
    _older: dict[bytes, Head] = field(default_factory=dict)
    _bytes: int = 0

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._newer.keys() | self._older.keys())

    def find(self, head: bytes) -> Head | None:
        """What a head means, its blank line included; None if its fields are unknown or its line is not plain."""
        end = head.find(_END_OF_LINE)
        line = _PLAIN_LINE.fullmatch(head, 0, end) if end <= self.longest else None
        if line is None:
            return None
        key = line[1] + head[end:]
        known = self._newer.get(key)
        if known is None:
            known = self._older.get(key)
            if known is None:
                return None
            self._put(key, known)
        return Head(
            known.method,
            line[2].decode(),
            known.headers,
            known.body,
            known.agent,
            known.accepts,
            known.known_tags,
            head,
        )

    def remember(self, request: bytes, message: RawRequestMessage) -> bool:
        """Remember the fields of a whole request, which a parser that had read nothing else took for the message.

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
        end_of_line = head.find(_END_OF_LINE)
        if line := _PLAIN_LINE.fullmatch(head, 0, end_of_line):
            self._put(line[1] + head[end_of_line:], Head.of(message, body))
        return True

    def _put(self, key: bytes, known: Head) -> None:
        if len(self._newer) >= self.most or self._bytes + len(key) > self.most_bytes:
            self._older, self._newer, self._bytes = self._newer, {}, 0
        self._newer[key] = known
        self._bytes += len(key)


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
