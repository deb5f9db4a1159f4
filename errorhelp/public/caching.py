"""Answers on the wire: the lines that depend on the second an answer is sent in, and `304 Not Modified`."""

import re
from collections.abc import Iterable
from dataclasses import replace
from email.utils import formatdate
from itertools import islice

from errorhelp.answers.answer import FOR_ANY_ORIGIN, Answer

_OPAQUE_TAG = re.compile(r'"[^"]*"')
_MOST_TAGS = 50
_PRIVATE = -1


class Wire:
    """Completes the heads of answers; `max_age` is for how many seconds caches may keep one at the most."""

    def __init__(self, max_age: int) -> None:
        self._max_age = max_age
        self._second = -1
        self._lines: dict[int, bytes] = {}

    def last_lines(self, answer: Answer, now: float) -> bytes:
        """What the head of the answer still lacks when it is sent at `now` (Unix seconds).

        `Date`, `Cache-Control` and the blank line, made once a second for all answers. A cache never keeps
        an answer past the next change: `max-age` is the whole seconds until then.
        """
        if int(now) != self._second:
            self._second = int(now)
            self._lines.clear()
        seconds = _PRIVATE if answer.private else self._seconds(answer, now)
        lines = self._lines.get(seconds)
        if lines is None:
            lines = self._lines[seconds] = _last_lines(self._second, seconds)
        return lines

    def last_lines_until(self, answer: Answer, now: float, until: float | None = None) -> float:
        """Until when they stay what they are at `now`, and the answer is right (Unix seconds).

        `until` is given for one that no cache may keep, and is when that may become wrong.
        """
        if until is None:
            until = answer.valid_until - self._seconds(answer, now)
        return min(int(now) + 1, until)

    def _seconds(self, answer: Answer, now: float) -> int:
        """For how many whole seconds caches may keep the answer."""
        left = answer.valid_until - now
        return self._max_age if left >= self._max_age else max(int(left), 0)


def _last_lines(second: int, seconds: int) -> bytes:
    if seconds == _PRIVATE:
        directives = "private, no-store"
    elif seconds == 0:
        directives = "no-cache"
    else:
        # Varnish heeds no must-revalidate: for ten seconds more it would answer with what is over.
        directives = f"public, max-age={seconds}, must-revalidate, stale-while-revalidate=0"
    return f"Date: {formatdate(second, usegmt=True)}\r\nCache-Control: {directives}\r\n\r\n".encode()


def unless_known(answer: Answer, if_none_match: Iterable[str]) -> Answer:
    """The answer, or 304 without a body for a client that has it already (RFC 9110, 13.1.2).

    `if_none_match` are the values of all headers of that name; they are compared weakly, fifty of each.
    """
    if answer.status != 200 or not any(_names(value, answer.etag) for value in if_none_match):
        return answer
    head = b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n%s" % (answer.etag, FOR_ANY_ORIGIN)
    return replace(answer, status=304, head=head, body=b"")


def _names(value: str, etag: bytes) -> bool:
    if value.strip() == "*":
        return True
    known = etag.decode()
    return any(each[0] == known for each in islice(_OPAQUE_TAG.finditer(value), _MOST_TAGS))
