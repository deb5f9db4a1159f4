"""Rates: how much is taken in from one address and from all, by token buckets. Pure."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

_BURST_SECONDS = 5.0
_MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float

    def take(self, amount: float, rate: float, now: float) -> bool:
        tokens = self.tokens
        # A clock that was set back fills nothing.
        if now > self.filled_at:
            tokens += (now - self.filled_at) * rate
        most = rate * _BURST_SECONDS
        if tokens > most:
            tokens = most
        self.filled_at = now
        is_enough = tokens >= amount
        self.tokens = tokens - amount if is_enough else tokens
        return is_enough


class Rates:
    """Takes so much a second, and for a moment five times as much; remembers the newest 10,000 clients.

    It counts reports, or their bytes. A client is what `network_of` makes of an address.
    """

    def __init__(self) -> None:
        self._overall: _Bucket | None = None
        self._by_client: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, client: str, now: float, *, per_address: float, overall: float, amount: float = 1) -> bool:
        """Whether so much more from the client is within both rates (each in 1/s) at `now` (in seconds)."""
        bucket = self._by_client.get(client)
        if bucket is None:
            bucket = self._by_client[client] = _Bucket(per_address * _BURST_SECONDS, now)
            if len(self._by_client) > _MOST_REMEMBERED:
                self._by_client.popitem(last=False)
        self._by_client.move_to_end(client)
        if not bucket.take(amount, per_address, now):
            return False
        if self._overall is None:
            self._overall = _Bucket(overall * _BURST_SECONDS, now)
        return self._overall.take(amount, overall, now)


class HourlyLimit:
    """Takes so many from one client in each hour of the clock; remembers 10,000 clients, and no more take any."""

    def __init__(self) -> None:
        self._hour: datetime | None = None
        self._taken: dict[str, int] = {}

    def take(self, client: str, at: datetime, most: int) -> bool:
        """Whether one more from the client at an instant is within the limit."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour = hour
            self._taken.clear()
        taken = self._taken.get(client, 0)
        if taken >= most or (not taken and len(self._taken) >= _MOST_REMEMBERED):
            return False
        self._taken[client] = taken + 1
        return True
