"""Sampling: which reports are kept whole, of a storm the first of each hour; all are counted. Pure."""

from datetime import datetime


class Sampling:
    """Keeps so many of a problem, and so many bytes of all, in each hour of the clock."""

    def __init__(self) -> None:
        self._hour: datetime | None = None
        self._kept: dict[str, int] = {}
        self._bytes = 0

    def keeps(self, problem_id: str, at: datetime, size: int, *, per_problem: int, most_bytes: int) -> bool:
        """Whether a report of that size in bytes, received at `at`, is among those kept."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._bytes = hour, 0
            self._kept.clear()
        kept = self._kept.get(problem_id, 0)
        if kept >= per_problem or self._bytes + size > most_bytes:
            return False
        self._kept[problem_id] = kept + 1
        self._bytes += size
        return True
