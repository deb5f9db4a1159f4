"""The requests that a listener answered, as they are counted: by route, status and how long they took."""

from bisect import bisect_left
from collections import defaultdict

BOUNDS = (0.0005, 0.005, 0.02, 0.1, 0.3, 1.0, 5.0)
"""The seconds up to which durations are told apart."""

_ERRORS = (500, 503)


class AnsweredRequests:
    """Those of one route: how many `by_status` and `by_duration`, and for how many `seconds` in all.

    `by_duration` has for each of the bounds those between it and the one before, and at its end those above all.
    Errors of the service itself are counted from 0 on, so that whoever looks for an increase sees the first one.
    """

    __slots__ = ("by_duration", "by_status", "seconds")

    def __init__(self) -> None:
        self.by_status: defaultdict[int, int] = defaultdict(int, dict.fromkeys(_ERRORS, 0))
        self.by_duration = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def add(self, status: int, seconds: float) -> None:
        """Count a request."""
        self.by_status[status] += 1
        self.by_duration[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def add_at_once(self, status: int) -> None:
        """Count a request that a look-up answered: that takes a few microseconds, and a clock would take longer."""
        self.by_status[status] += 1
        self.by_duration[0] += 1
