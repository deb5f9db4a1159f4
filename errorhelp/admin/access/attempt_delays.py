"""Wrong passwords make the next attempt wait: by the name that is tried, and by the address. Pure.

Only an address that was wrong itself has to wait, so nobody can lock somebody else out from afar. How long
it waits grows with the wrong passwords of the address and with those for the name from anywhere, whichever are more.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from errorhelp.people.proxies import network_of

LONGEST_WAIT = timedelta(minutes=1)
"""However often somebody was wrong, they may try again after so long."""

_FORGOTTEN_AFTER = timedelta(hours=1)
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _WrongAttempts:
    count: int
    last_at: datetime


class SlowDown:
    """Counts wrong attempts; remembers the newest few thousand names and addresses, for an hour."""

    def __init__(self) -> None:
        self._by_name = _Recent()
        self._by_address = _Recent()

    def wait(self, name: str, address: str, now: datetime) -> timedelta:
        """How long this address must wait before it may try that name; zero if it may try now."""
        own = self._by_address.get(network_of(address), now)
        if not own.count:
            return timedelta()
        attempts = max(own.count, self._by_name.get(name.casefold(), now).count)
        grown = min(timedelta(seconds=2 ** min(attempts - 1, 10)), LONGEST_WAIT)
        # No longer than that either when the clock was set back.
        return min(max(own.last_at + grown - now, timedelta()), grown)

    def begin(self, name: str, address: str, now: datetime) -> None:
        """An attempt counts as wrong until it succeeds, so that many at once are no way around."""
        self._by_name.add(name.casefold(), now)
        self._by_address.add(network_of(address), now)

    def take_back(self, name: str, address: str) -> None:
        """The attempt that began was none: nobody looked at its password."""
        self._by_name.take_back(name.casefold())
        self._by_address.take_back(network_of(address))

    def succeeded(self, name: str, address: str) -> None:
        """The attempt was right; the wrong ones of the address before it still count."""
        self._by_name.forget(name.casefold())
        self._by_address.take_back(network_of(address))


class _Recent:
    """Wrong attempts of the newest keys."""

    def __init__(self) -> None:
        self._attempts: OrderedDict[str, _WrongAttempts] = OrderedDict()

    def get(self, key: str, now: datetime) -> _WrongAttempts:
        found = self._attempts.get(key)
        return found if found and now - found.last_at < _FORGOTTEN_AFTER else _WrongAttempts(0, now)

    def add(self, key: str, now: datetime) -> None:
        self._attempts[key] = _WrongAttempts(self.get(key, now).count + 1, now)
        self._attempts.move_to_end(key)
        if len(self._attempts) > _MOST_REMEMBERED:
            self._attempts.popitem(last=False)

    def take_back(self, key: str) -> None:
        if found := self._attempts.get(key):
            self._attempts[key] = _WrongAttempts(found.count - 1, found.last_at)

    def forget(self, key: str) -> None:
        self._attempts.pop(key, None)
