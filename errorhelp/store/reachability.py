"""Whether the store can be reached."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from errorhelp.store import RestoreUnderWay, StoreUnavailable

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

_CALM_SECONDS = 60.0


class Reach:
    """Waits for what a store is asked, and notes by it whether the store can be reached.

    `error` says why it cannot be. `on_change` is called, and a line logged, when that changes. Where some things
    can be read and others cannot it changes all the time: that is logged once, and once when it was well for a
    minute by the `clock`.
    """

    def __init__(self, on_change: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._on_change = on_change
        self._clock = clock
        self._last_reason = ""
        self._failed_at = -_CALM_SECONDS
        self._is_logged = self._comes_and_goes = False
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
            self._note_failure(self.error)
            if is_news:
                self._on_change()
            raise
        if self.error is not None:
            self.error = None
            self._on_change()
        if self._is_logged:
            self._note_success()
        return result

    def _note_failure(self, reason: str) -> None:
        was_lately = reason == self._last_reason and self._clock() - self._failed_at < _CALM_SECONDS
        self._failed_at = self._clock()
        if not self._is_logged:
            self._is_logged = True
            self._last_reason = reason
            self._comes_and_goes = was_lately
            if not was_lately:
                log.error("the store is unavailable: %s", reason)

    def _note_success(self) -> None:
        if self._comes_and_goes and self._clock() - self._failed_at < _CALM_SECONDS:
            return
        self._is_logged = self._comes_and_goes = False
        log.warning("the store is back")
