"""Rates: how many reports are taken from one address and from all, by token buckets. Pure."""

from collections import OrderedDict
from dataclasses import dataclass

_BURST_SECONDS = 5.0
_MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float

    def take(self, rate: float, now: float) -> bool:
        # A clock that was set back fills nothing.
        grown = max(now - self.filled_at, 0.0) * rate
        self.tokens = min(self.tokens + grown, rate * _BURST_SECONDS)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Rates:
    """Takes so many a second, and for a moment five times as many; remembers the newest 10,000 addresses."""

    def __init__(self) -> None:
        self._overall: _Bucket | None = None
        self._by_address: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, address: str, now: float, *, per_address: float, overall: float) -> bool:
        """Whether one more from the address is within both rates (each in 1/s) at `now` (in seconds)."""
        bucket = self._by_address.get(address)
        if bucket is None:
            bucket = self._by_address[address] = _Bucket(per_address * _BURST_SECONDS, now)
            if len(self._by_address) > _MOST_REMEMBERED:
                self._by_address.popitem(last=False)
        self._by_address.move_to_end(address)
        if not bucket.take(per_address, now):
            return False
        if self._overall is None:
            self._overall = _Bucket(overall * _BURST_SECONDS, now)
        return self._overall.take(overall, now)
