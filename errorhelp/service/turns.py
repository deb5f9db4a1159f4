"""Turns: work that strangers cause, one piece at a time and with rests in between, so that help is answered first."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

_Result = TypeVar("_Result")

SHARE = 1 / 10
"""Of the processor's time, what this work may take."""


class Turns:
    """Does pieces of work in the order in which they come, and rests after each for nine times as long.

    A thread shares the interpreter's lock with the event loop, so the rest is what leaves time to others; a
    piece must be short by itself, a few milliseconds.
    """

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._rested_at = 0.0
        self._hurried = 0

    async def here(self, work: Callable[..., _Result], *arguments: object) -> _Result:
        """What the work returns, done on the event loop when it is its turn."""
        return await self._do(work, arguments, is_aside=False)

    async def aside(self, work: Callable[..., _Result], *arguments: object) -> _Result:
        """What the work returns, done in a thread when it is its turn."""
        return await self._do(work, arguments, is_aside=True)

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Nobody rests meanwhile: what is left is to be done before the end."""
        self._hurried += 1
        try:
            yield
        finally:
            self._hurried -= 1

    async def _do(
        self, work: Callable[..., _Result], arguments: tuple[object, ...], *, is_aside: bool
    ) -> _Result:
        loop = asyncio.get_running_loop()
        async with self._one:
            rest = self._rested_at - loop.time()
            if rest > 0 and not self._hurried:
                await asyncio.sleep(rest)
            taken = 0.0

            def timed() -> _Result:
                nonlocal taken
                # Of this thread alone: waiting for others is no work.
                began = time.thread_time()
                try:
                    return work(*arguments)
                finally:
                    taken = time.thread_time() - began

            try:
                return await asyncio.to_thread(timed) if is_aside else timed()
            finally:
                self._rested_at = loop.time() + taken * (1 / SHARE - 1)
