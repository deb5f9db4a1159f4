"""The requests that a listener answered, as they are counted: by route, status and how long they took."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

BOUNDS = (0.0005, 0.005, 0.02, 0.1, 0.3, 1.0, 5.0)
"""The seconds up to which durations are told apart."""

_ERRORS = (500, 503)


@dataclass(eq=False, slots=True)
class Count:
    """How many of something there were, and when the last one (Unix seconds)."""

    number: int = 0
    last: float = 0.0


class AnsweredRequests:
    """Those of one route: how many by status and by duration, and for how many `seconds` in all."""

    __slots__ = ("_at_once", "_by_duration", "_by_status", "seconds")

    def __init__(self) -> None:
        self._by_status: defaultdict[int, int] = defaultdict(int, dict.fromkeys(_ERRORS, 0))
        self._by_duration = [0] * (len(BOUNDS) + 1)
        self._at_once: defaultdict[int, Count] = defaultdict(Count)
        self.seconds = 0.0

    @property
    def by_status(self) -> Mapping[int, int]:
        """How many by status.

        Errors of the service itself are counted from 0 on, so that whoever looks for an increase sees the first one.
        """
        by_status = self._by_status.copy()
        for status, count in self._at_once.items():
            by_status[status] += count.number
        return by_status

    @property
    def by_duration(self) -> list[int]:
        """For each of the bounds those between it and the one before, and at the end those above all."""
        at_once = sum(count.number for count in self._at_once.values())
        return [self._by_duration[0] + at_once, *self._by_duration[1:]]

    def add(self, status: int, seconds: float) -> None:
        """Count a request."""
        self._by_status[status] += 1
        self._by_duration[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def at_once(self, status: int) -> Count:
        """What counts requests that a look-up answers: that takes a few microseconds, and a clock would take longer."""
        return self._at_once[status]
