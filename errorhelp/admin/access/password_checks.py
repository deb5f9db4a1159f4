"""Checks of passwords: a few at once, a few that wait, and who was right before goes first.

A check takes a core and 64 MiB for a good part of a second. Without a bound strangers with wrong passwords from
many addresses would have everybody wait for minutes.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from errorhelp.people.passwords import is_right
from errorhelp.people.proxies import network_of

# The rest of the service goes on meanwhile.
_AT_ONCE = 2
# The last of them waits a few seconds.
_MOST_WAITING = 8
_MOST_REMEMBERED = 10_000


class TooManyChecks(Exception):
    """Others are being checked, and as many wait as may."""


@dataclass(eq=False, slots=True)
class _WaitingCheck:
    rank: int
    has_turn: bool = False
    turn: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class PasswordChecks:
    """Checks passwords, `at_once` of them; remembers the newest names and addresses with which somebody was right."""

    def __init__(self, at_once: int = _AT_ONCE) -> None:
        self._at_once = at_once
        self._running = 0
        # In the order in which they came.
        self._waiting: list[_WaitingCheck] = []
        self._names: OrderedDict[str, None] = OrderedDict()
        self._clients: OrderedDict[str, None] = OrderedDict()

    async def is_right(self, password: str, password_hash: str, name: str, address: str) -> bool:
        """Whether it is the password of the hash; TooManyChecks if others, who go first, are waiting already."""
        await self._take_turn(self._rank(name, address))
        try:
            return await asyncio.to_thread(is_right, password, password_hash)
        finally:
            self._end_turn()

    def succeeded(self, name: str, address: str) -> None:
        """With that name somebody was right, from that address."""
        for known, key in ((self._names, name.casefold()), (self._clients, network_of(address))):
            known[key] = None
            known.move_to_end(key)
            if len(known) > _MOST_REMEMBERED:
                known.popitem(last=False)

    def _rank(self, name: str, address: str) -> int:
        """The higher goes first: an address says more than a name, which strangers may know as well."""
        return 2 * (network_of(address) in self._clients) + (name.casefold() in self._names)

    async def _take_turn(self, rank: int) -> None:
        if self._running < self._at_once:
            self._running += 1
            return
        if len(self._waiting) >= _MOST_WAITING:
            # Of the lowest rank the newest.
            last = min(reversed(self._waiting), key=lambda each: each.rank)
            if last.rank >= rank:
                raise TooManyChecks
            self._waiting.remove(last)
            if not last.turn.done():
                last.turn.set_exception(TooManyChecks())
        check = _WaitingCheck(rank)
        self._waiting.append(check)
        try:
            await check.turn
        except asyncio.CancelledError:
            if check.has_turn:
                self._end_turn()
            elif check in self._waiting:
                self._waiting.remove(check)
            raise

    def _end_turn(self) -> None:
        self._running -= 1
        waiting = [each for each in self._waiting if not each.turn.done()]
        if waiting:
            first = max(waiting, key=lambda each: each.rank)
            self._waiting.remove(first)
            self._running += 1
            first.has_turn = True
            first.turn.set_result(None)
