"""The overview: messages, what is planned, and every infobase; as a page, JSON, a feed and a calendar."""

import re
from collections.abc import Iterator
from datetime import datetime

from errorhelp.answers.answer import Answer, answer, unix
from errorhelp.answers.feed import feed
from errorhelp.answers.front_page import front_page
from errorhelp.answers.html_page import html_answer
from errorhelp.answers.icalendar_answer import calendar, calendar_changes
from errorhelp.answers.messages_json import messages_json
from errorhelp.answers.public_language import Language
from errorhelp.answers.situation import situation
from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.board import Board

_JSON, _FEED, _CALENDAR = "messages.json", "messages.atom", "maintenance.ics"
_MANY_MESSAGES, _MANY_INFOBASES = 30, 300
_PATH = re.compile(rf"/(?:([a-z][a-z0-9-]*)/)?({_JSON}|{_FEED}|{_CALENDAR}|)")
# The page and its JSON are one resource where a request says what it accepts.
_VARY = b"Vary: Accept\r\n"


def paths(catalog: Catalog) -> Iterator[str]:
    """The four of them, in the first language and in each; none when the overview is not for everybody."""
    if not catalog.overview:
        return
    for folder in ("/", *(f"/{language}/" for language in catalog.languages)):
        for name in ("", _JSON, _FEED, _CALENDAR):
            yield folder + name


def page(catalog: Catalog, board: Board, path: str, now: datetime) -> Answer | None:
    """The one at a path, None for another path or when the overview is not for everybody."""
    match = _read_path(catalog, path)
    if match is None:
        return None
    language, name = Language.of(catalog, match[1]), match[2]
    going_on = situation(catalog, board, now)
    valid_until = unix(going_on.valid_until)
    if name == _JSON:
        body = messages_json(catalog, going_on, language)
        return answer(body, "application/json", valid_until=valid_until, headers=_VARY)
    if name == _FEED:
        body = feed(catalog, going_on, language, path, now)
        return answer(body, "application/atom+xml; charset=utf-8", valid_until=valid_until)
    if name == _CALENDAR:
        body = calendar(catalog, board, language, now)
        changes = (*calendar_changes(board, now), *filter(None, [going_on.valid_until]))
        return answer(body, "text/calendar; charset=utf-8", valid_until=unix(min(changes, default=None)))
    return html_answer(
        "overview.html",
        language,
        catalog.organisation,
        front_page(catalog, board, going_on, language, path, now),
        has_logo=True,
        valid_until=valid_until,
        headers=_VARY,
    )


def is_about_much(catalog: Catalog, board: Board, path: str) -> bool:
    """Whether it takes long to make an overview page at a path: it names many messages, or many infobases."""
    if _read_path(catalog, path) is None:
        return False
    return len(board.messages) + len(board.past) > _MANY_MESSAGES or len(catalog.infobases) > _MANY_INFOBASES


def _read_path(catalog: Catalog, path: str) -> re.Match[str] | None:
    """The language and the name in a path, None for another path or when the overview is not for everybody."""
    match = _PATH.fullmatch(path) if catalog.overview else None
    return None if match is None or not (match[1] is None or match[1] in catalog.languages) else match


def json_path(path: str) -> str | None:
    """Where the JSON of an overview page is, None for another path."""
    match = _PATH.fullmatch(path)
    return path + _JSON if match is not None and not match[2] else None
