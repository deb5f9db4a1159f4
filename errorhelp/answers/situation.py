"""What is going on, what is planned and what was, all over the catalog."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from errorhelp.answers.public_language import Language
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.names import EVERYTHING, ROOT, SERVER
from errorhelp.messages.board import Board
from errorhelp.messages.message import (
    PAST_FOR,
    Message,
    earliest,
    in_order,
    is_shown,
    latest_end_first,
    next_change,
)
from errorhelp.messages.occurrences import coming

_AHEAD = timedelta(days=14)
_OF_EACH_WINDOW = 3


@dataclass(frozen=True, slots=True)
class Situation:
    """The messages shown at a moment, most severe first, those to come, by start, and when that changes next.

    Of windows there are the next three occurrences, if they start in the next fortnight. `past` are the posted ones
    that were shown and ended in the last seven days, the latest end first, `closing` those whose closing words are
    shown.
    """

    shown: tuple[Message, ...]
    planned: tuple[Message, ...]
    past: tuple[Message, ...]
    closing: tuple[Message, ...]
    valid_until: datetime | None


def situation(catalog: Catalog, board: Board, now: datetime) -> Situation:
    """The situation at `now`."""
    occurrences = list(_occurrences(catalog, board, now))
    near = [each for each in occurrences if each.starts_at <= now + _AHEAD]
    posted = [each for each in board.messages if each.window is None and each.starts_at > now]
    changes = [each.starts_at - _AHEAD for each in occurrences if each.starts_at > now + _AHEAD]
    past, closing = _past(board, now), board.closing(catalog.afterwards, now)
    return Situation(
        shown=tuple(in_order(each for each in board.messages if is_shown(each, now))),
        planned=tuple(sorted([*posted, *near], key=lambda each: (each.starts_at, each.id))),
        past=past,
        closing=closing.messages,
        valid_until=earliest(
            next_change(board.messages, now), next_ageing(past, now), closing.valid_until, *changes
        ),
    )


def _past(board: Board, now: datetime) -> tuple[Message, ...]:
    """Also of a board from before `now`, on which they may not be over yet."""
    was_shown = (
        each
        for each in (*board.messages, *board.past)
        if each.window is None and each.starts_at < each.shown_until <= now < each.shown_until + PAST_FOR
    )
    return tuple(latest_end_first(was_shown))


def next_ageing(past: Iterable[Message], now: datetime) -> datetime | None:
    """When, after `now`, the first of the messages that are over is too old to be told of."""
    ageing = (each.shown_until + PAST_FOR for each in past)
    return min((each for each in ageing if now < each), default=None)


def _occurrences(catalog: Catalog, board: Board, now: datetime) -> Iterator[Message]:
    """Of each window the next occurrences; one that was skipped ends when it starts."""
    for window in (*catalog.windows, *board.made_windows):
        overridden = sum(each.window == window.id for each in board.overrides)
        following = coming(window, now, board.overrides, _OF_EACH_WINDOW + overridden)
        messages = (occurrence.message for occurrence in following)
        yield from islice((each for each in messages if now < each.starts_at < each.ends_at), _OF_EACH_WINDOW)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a target means, in words; `infobase` is set when it is a single one."""

    name: str
    infobase: Infobase | None = None


def subjects(catalog: Catalog, language: Language, targets: Iterable[str]) -> Iterator[Subject]:
    """What targets mean: infobases by name, folders and 1C servers with how many infobases they hold."""
    translations = language.translations
    for target in targets:
        infobase = catalog.infobase(target)
        if target in (EVERYTHING, ROOT):
            yield Subject(translations.gettext("All infobases"))
        elif infobase is not None:
            yield Subject(language.text(infobase.name), infobase)
        elif count := len(catalog.meant_by([target])):
            counted = translations.ngettext("%d infobase", "%d infobases", count) % count
            name = target.removeprefix(SERVER) if target.startswith(SERVER) else folder_name(target)
            yield Subject(f"{name} ({counted})")


def folder_name(path: str) -> str:
    """A folder as people write it: `Finance / Payroll`."""
    return path.strip("/").replace("/", " / ")
