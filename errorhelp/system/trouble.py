"""Trouble that comes again and again: it is logged once, and once when it is over."""

import logging
import time
import traceback
from collections.abc import Callable

_Kind = tuple[str, type[BaseException], str]


class Trouble:
    """What goes wrong in some work: each kind of it is logged when it begins, and the end of all of it.

    It is over when the work went well and nothing went wrong for `calm` seconds by the `clock`: what fails now
    and then is one trouble.
    """

    def __init__(
        self, log: logging.Logger, *, calm: float = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._calm = calm
        self._clock = clock
        self._kinds: dict[_Kind, str] = {}
        self._last_at = 0.0

    def note(self, error: BaseException, message: str, *values: object) -> None:
        """Log it with its traceback, unless it is known: the same message, error and place in the code."""
        if self._is_new(error, message, *values):
            self._log.error(message, *values, exc_info=error)

    def note_reason(
        self, error: BaseException, message: str, *values: object, level: int = logging.WARNING
    ) -> None:
        """The same for what is no error of ours and needs no traceback."""
        if self._is_new(error, message, *values):
            self._log.log(level, message, *values)

    def over(self) -> None:
        """It went well: log that what there was is over, if there was something."""
        if not self._kinds or self._clock() - self._last_at < self._calm:
            return
        kinds, self._kinds = self._kinds, {}
        for message in kinds.values():
            self._log.warning("over: %s", message)

    def _is_new(self, error: BaseException, message: str, *values: object) -> bool:
        self._last_at = self._clock()
        frames = traceback.extract_tb(error.__traceback__)
        kind = message, type(error), f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        if kind in self._kinds:
            return False
        self._kinds[kind] = message % values
        return True
