"""When messages were on display for an infobase, so that its reports were announced. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

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

    def about(self, *infobase_ids: str) -> list[Message]:
        """The messages about any of the infobases, the earliest first; one that is gone must be named."""
        found = self._board.about({key for each in infobase_ids for key in self._catalog.target_keys(each)})
        return sorted(found.values(), key=lambda message: (message.starts_at, message.id))

    def periods(self, *infobase_ids: str) -> list[Period]:
        """When any message about any of the infobases was on display."""
        return joined((each.starts_at, each.shown_until) for each in self.about(*infobase_ids))


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
    """Whether the periods, which do not touch, cover at least half of `[start, end)`; of no time at all they do not."""
    covered = (min(end, until) - max(start, since) for since, until in periods)
    total = sum((each for each in covered if each > timedelta()), timedelta())
    return timedelta() < end - start <= 2 * total


def in_announced_hours(counts: Mapping[datetime, int], periods: Sequence[Period], now: datetime) -> int:
    """How many of the counts, by hour, fell into hours of which at least half was announced.

    Of the hour that runs at `now` only what has passed is looked at.
    """
    return sum(
        count for start, count in counts.items() if is_covered(start, min(start + _HOUR, now), periods)
    )
