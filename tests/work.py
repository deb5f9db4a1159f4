"""Work counted, not timed: how many functions are called, by Python and below it, and how many at a stretch."""

import asyncio
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_STEPS = asyncio.Handle._run.__code__


class Work:
    """What was called: in all, by name if it is not Python's, and on the event loop in the longest step."""

    def __init__(self) -> None:
        self._calls: defaultdict[int, int] = defaultdict(int)
        self._loop = threading.get_ident()
        self._step_began = 0
        self._longest = 0
        self.by_name: Counter[str] = Counter()

    @property
    def calls(self) -> int:
        """All of them, in every thread."""
        return sum(self._calls.values())

    @property
    def longest_step(self) -> int:
        """How many the event loop did before it looked at anything else."""
        return max(self._longest, self._calls[self._loop] - self._step_began)

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event not in ("call", "c_call"):
            return
        thread = threading.get_ident()
        self._calls[thread] += 1
        if event == "c_call":
            self.by_name[argument.__name__] += 1
        if thread == self._loop and event == "call" and frame.f_code is _STEPS:
            self._longest = self.longest_step
            self._step_began = self._calls[thread]


@contextmanager
def counted() -> Iterator[Work]:
    """Count from now on, here and in threads that begin; asyncio's own event loop only, which is in Python."""
    work = Work()
    before = sys.getprofile()
    threading.setprofile(work)
    sys.setprofile(work)
    try:
        yield work
    finally:
        sys.setprofile(before)
        threading.setprofile(None)
