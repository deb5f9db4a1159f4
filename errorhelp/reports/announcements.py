"""When messages were on display for an infobase, so that its reports were announced. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from operator import itemgetter

from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.board import Board
from errorhelp.messages.message import Message

Period = tuple[datetime, datetime]
"""From an instant until another, half-open."""

_HOUR = timedelta(hours=1)


class Announcements:
    """Messages as they were shown in the end, by the infobases of the catalog that they are about."""

    def __init__(self, messages: Iterable[Message], catalog: Catalog) -> None:
        self._catalog = catalog
        self._board = Board(messages)
        # Infobases of a folder mostly share them.
        self._periods: dict[frozenset[str], list[Period]] = {}

    def about(self, *infobase_ids: str) -> list[Message]:
        """The messages about any of the infobases, the earliest first; one that is gone must be named."""
        found = self._found(infobase_ids)
        return sorted(found.values(), key=lambda message: (message.starts_at, message.id))

    def periods(self, *infobase_ids: str) -> list[Period]:
        """When any message about any of the infobases was on display."""
        found = self._found(infobase_ids)
        key = frozenset(found)
        if key not in self._periods:
            self._periods[key] = joined((each.starts_at, each.shown_until) for each in found.values())
        return self._periods[key]

    def _found(self, infobase_ids: Iterable[str]) -> dict[str, Message]:
        return self._board.about({key for each in infobase_ids for key in self._catalog.target_keys(each)})


def joined(periods: Iterable[Period]) -> list[Period]:
    """The same time as periods that do not touch, in order; empty ones are left out."""
    found: list[Period] = []
    for start, end in sorted(periods):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def is_covered(start: datetime, end: datetime, periods: Sequence[Period]) -> bool:
    """Whether the periods, in order and not touching, cover at least half of `[start, end)`.

    Of no time at all they do not.
    """
    first = bisect_right(periods, start, key=itemgetter(1))
    meanwhile = takewhile(lambda period: period[0] < end, islice(periods, first, None))
    total = sum((min(end, until) - max(start, since) for since, until in meanwhile), timedelta())
    return timedelta() < end - start <= 2 * total


def in_announced_hours(counts: Mapping[datetime, int], periods: Sequence[Period], now: datetime) -> int:
    """How many of the counts, by hour, fell into hours of which at least half was announced.

    The periods are in order and do not touch. Of the hour that runs at `now` only what has passed is looked at.
    """
    announced = following = 0
    for start in sorted(counts):
        while following < len(periods) and periods[following][1] <= start:
            following += 1
        if following == len(periods):
            break
        end = min(start + _HOUR, now)
        # Almost no hour has a period in it.
        if periods[following][0] < end and is_covered(start, end, periods):
            announced += counts[start]
    return announced
