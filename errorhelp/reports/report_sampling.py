"""Sampling: which reports are kept whole, of a storm the first of each hour; all are counted. Pure."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

SHARE_OF_A_CLIENT = 4
"""Of the bytes of an hour one client begins no report past this part of them: the fourth."""


@dataclass(slots=True)
class Sampling:
    """Keeps so many of a problem, and so many bytes of all and of one client, in each hour of the clock.

    `per_problem` and `most_bytes` are the numbers for all; sizes are in bytes as the store counts them. A client
    is what `network_of` makes of an address.
    """

    _hour: datetime | None = None
    _kept: Counter[str] = field(default_factory=Counter)
    _of_client: Counter[str] = field(default_factory=Counter)
    _bytes: int = 0

    def may_keep(
        self, problem_id: str, client: str, at: datetime, *, per_problem: int, most_bytes: int
    ) -> bool:
        """Whether a report received at `at` would be kept if it were small, so that masking it is worth it."""
        self._begin_hour(at)
        return self._fits(problem_id, client, 1, per_problem, most_bytes)

    def keeps(
        self, problem_id: str, client: str, at: datetime, size: int, *, per_problem: int, most_bytes: int
    ) -> bool:
        """Whether a report of that size, received at `at`, is among those kept."""
        self._begin_hour(at)
        if not self._fits(problem_id, client, size, per_problem, most_bytes):
            return False
        self._kept[problem_id] += 1
        self._of_client[client] += size
        self._bytes += size
        return True

    def _fits(self, problem_id: str, client: str, size: int, per_problem: int, most_bytes: int) -> bool:
        return (
            self._kept[problem_id] < per_problem
            and self._bytes + size <= most_bytes
            and self._of_client[client] < most_bytes // SHARE_OF_A_CLIENT
        )

    def _begin_hour(self, at: datetime) -> None:
        hour = at.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._bytes = hour, 0
            self._kept.clear()
            self._of_client.clear()
