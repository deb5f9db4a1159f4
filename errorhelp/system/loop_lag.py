"""How late the event loop is: what it does keeps others waiting for so long."""

import asyncio
from collections import deque

_LOOKS_EVERY = 0.25
_LOOKS_IN_A_MINUTE = int(60 / _LOOKS_EVERY)


class LoopLag:
    """Sleeps briefly again and again, and looks how much too late it wakes."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque([0.0], maxlen=_LOOKS_IN_A_MINUTE)

    @property
    def largest(self) -> float:
        """The largest of the last minute, in seconds."""
        return max(self._seconds)

    async def watch(self) -> None:
        """Look until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOKS_EVERY
            await asyncio.sleep(_LOOKS_EVERY)
            self._seconds.append(max(loop.time() - due, 0.0))
