"""Whether the store can be reached."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from errorhelp.store import RestoreUnderWay, StoreUnavailable

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")


class Reach:
    """Waits for what a store is asked, and notes by it whether the store can be reached.

    `error` says why it cannot be. `on_change` is called, and a line logged, when that changes.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self.error: str | None = None

    async def wait_for(self, work: Awaitable[_Result]) -> _Result:
        """What the store answers; StoreUnavailable, and whatever else it raises."""
        try:
            result = await work
        except RestoreUnderWay:
            # It can be reached, and read.
            raise
        except StoreUnavailable as error:
            is_news, self.error = self.error is None, str(error)
            if is_news:
                log.error("the store is unavailable: %s", error)
                self._on_change()
            raise
        if self.error is not None:
            log.warning("the store is back")
            self.error = None
            self._on_change()
        return result
