"""Sampling: which reports are kept whole, of a storm the first of each hour; all are counted. Pure."""

from datetime import datetime


class Sampling:
    """Keeps so many of a problem, and so many bytes of all, in each hour of the clock.

    `per_problem` and `most_bytes` are those numbers; sizes are in bytes as the store counts them.
    """

    def __init__(self) -> None:
        self._hour: datetime | None = None
        self._kept: dict[str, int] = {}
        self._bytes = 0

    def may_keep(self, problem_id: str, at: datetime, *, per_problem: int, most_bytes: int) -> bool:
        """Whether a report received at `at` would be kept if it were small, so that masking it is worth it."""
        self._begin_hour(at)
        return self._kept.get(problem_id, 0) < per_problem and self._bytes < most_bytes

    def keeps(self, problem_id: str, at: datetime, size: int, *, per_problem: int, most_bytes: int) -> bool:
        """Whether a report of that size, received at `at`, is among those kept."""
        self._begin_hour(at)
        kept = self._kept.get(problem_id, 0)
        if kept >= per_problem or self._bytes + size > most_bytes:
            return False
        self._kept[problem_id] = kept + 1
        self._bytes += size
        return True

    def _begin_hour(self, at: datetime) -> None:
        hour = at.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._bytes = hour, 0
            self._kept.clear()
