"""Whole responses to whole requests, ready to be written: what clients ask again within a second.

Between two changes of anything, and within one second of the clock, the same bytes of a request have the same
bytes of an answer. So an answer is kept under the bytes of its request for the rest of the second, and whoever
sends those gets it with one look-up, one look at the clock and three additions.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from errorhelp.public.remembered_heads import Head
from errorhelp.system.answered_requests import Count


@dataclass(eq=False, slots=True)
class ReadyAnswer:
    """The whole response to a request, right from `since` until `until` (Unix seconds), and what counts that."""

    response: bytes
    since: float
    until: float
    answered: Count
    asked: Count


@dataclass(eq=False, slots=True)
class ReadyReceipt:
    """The same for a report with `length` bytes of body.

    `take` takes the body in, from a peer at a time (Unix seconds); `failed` is told what went wrong there.
    """

    answer: ReadyAnswer
    length: int
    take: Callable[[bytes, str, float], None]
    failed: Callable[[Exception], None]


@dataclass(eq=False, slots=True)
class ReadyAnswers:
    """The answers of one second: to whole requests without a body, and to reports by their heads.

    A request gets in when it comes for the second time in the second, up to `most` and `most_bytes` of them. `clear`
    is to be called whenever any answer may have changed.
    """

    most: int = 4096
    most_bytes: int = 4 << 20
    answers: dict[bytes, ReadyAnswer] = field(default_factory=dict)
    receipts: dict[bytes, ReadyReceipt] = field(default_factory=dict)
    # The hashes of heads that came in this second.
    _asked: set[int] = field(default_factory=set)
    _second: int = -1
    _bytes: int = 0

    def is_due(self, head: Head, now: float) -> bool:
        """Whether the answer to a request with that head is to be put in; `now` is in Unix seconds."""
        if self._second != int(now):
            self.clear()
            self._second = int(now)
            self._asked.clear()
        if not head.raw or not self._has_room:
            return False
        if (known := hash(head.raw)) in self._asked:
            return True
        if len(self._asked) < self.most:
            self._asked.add(known)
        return False

    def put(self, head: Head, ready: ReadyAnswer) -> None:
        """Have an answer ready for requests that are nothing but this head."""
        self._bytes += len(head.raw) + len(ready.response)
        self.answers[head.raw] = ready

    def put_receipt(self, head: Head, receipt: ReadyReceipt) -> None:
        """Have an answer ready for reports with this head."""
        self._bytes += len(head.raw) + len(receipt.answer.response)
        self.receipts[head.raw] = receipt

    def clear(self) -> None:
        """Forget all of them."""
        self.answers.clear()
        self.receipts.clear()
        self._bytes = 0

    @property
    def _has_room(self) -> bool:
        return len(self.answers) + len(self.receipts) < self.most and self._bytes < self.most_bytes
