"""Hints about the wording of a message: what users will ask if it stays as it is. They never block. Pure."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from errorhelp.text.languages import INTERFACE_LANGUAGES, SOURCE_LANGUAGE
from errorhelp.text.links import linked

DIALOG_SHOWS = 400
"""How many characters of the client's dialog are read at a glance, its own lines too (our choice: 1C gives none)."""

_CLOCK = re.compile(r"(?<![\d:.,])([01]?\d|2[0-3])[:.-]([0-5]\d)(?![\d:]|[.,-]\d)")
_TIME_IN_WORDS = re.compile(
    r"\b(?:\d+|пол|четверть|час|half)\W*(?:час|мин|ч\b|hour|minute|min\b|h\b)|через час|within|"
    r"\bчас\b|\bполчаса|an hour|полноч|полдень|полудн|\bзавтра|\bсегодня|\bутр[оау]|\bвечер|\bночью|"
    r"tomorrow|today|midnight|noon|morning|evening|tonight|"
    r"(?<![\d.])\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?(?![\d./])(?!\.\d)|"
    r"\b\d{1,2}\s+(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек)",
    re.IGNORECASE,
)
_ACTION = re.compile(
    r"\b(?:подожд|ожида|жд[иу]т|попробу|повтор|войд|вход|зайд|захо|сохран|заверш|закро|выйд|перезапус|перезагр|"
    r"позвон|звон|обра[тщ]|напиш|пиш|сообщ|использу|пользу|работа[йе]|открой|не нужно|не требует|можно|"
    r"wait|try|retry|log ?(?:in|on|out|off)|logins?|sign|save|finish|close|restart|call|phone|contact|"
    r"ask|write|use|open|please|no need|nothing to do|continue)",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"\b(?:дежурн|администратор|поддержк|техподдержк|отдел|доб\.|вн\.|тел\.|админ|on duty|administrator|"
    r"support|help ?desk|service desk|ext\.)",
    re.IGNORECASE,
)


class Hint(StrEnum):
    """What a text lacks, or has too much of."""

    NO_TIME = "no time"
    OTHER_TIME = "other time"
    NOBODY_TO_CALL = "nobody to call"
    NOTHING_TO_DO = "nothing to do"
    TOO_LONG = "too long"


_KNOWN_WITHOUT_WORDS = (Hint.OTHER_TIME, Hint.TOO_LONG)


def hints(
    text: str,
    help_text: str,
    ends_at: datetime | None,
    own_lines: Iterable[str] = (),
    language: str = SOURCE_LANGUAGE,
) -> list[Hint]:
    """What to think of before users read the text; `ends_at` is local time.

    Above it in the client's dialog stand `own_lines`, the client's own, and below it the help text. What a text
    lacks is known in Russian and English only.
    """
    if not text.strip():
        return []
    found = _hints(text, help_text, ends_at, own_lines)
    return [each for each in found if language in INTERFACE_LANGUAGES or each in _KNOWN_WITHOUT_WORDS]


def _hints(text: str, help_text: str, ends_at: datetime | None, own_lines: Iterable[str]) -> Iterator[Hint]:
    if names_other_time(text, ends_at):
        yield Hint.OTHER_TIME
    elif not _CLOCK.search(text) and not _TIME_IN_WORDS.search(text):
        yield Hint.NO_TIME
    if not _names_somebody(text) and not _names_somebody(help_text):
        yield Hint.NOBODY_TO_CALL
    if not _ACTION.search(text):
        yield Hint.NOTHING_TO_DO
    if sum(map(len, (*own_lines, text, help_text))) > DIALOG_SHOWS:
        yield Hint.TOO_LONG


def names_other_time(text: str, ends_at: datetime | None) -> bool:
    """Whether the text names times of day, but not that of the end."""
    named = {(int(hour), int(minute)) for hour, minute in _CLOCK.findall(text)}
    return ends_at is not None and bool(named) and (ends_at.hour, ends_at.minute) not in named


def with_time_of_end(text: str, starts_at: datetime, ends_at: datetime) -> str | None:
    """The text with its end in the place of another time of day; None if it is not clear in the place of which one.

    The start may stand there too; all are local times. The end is put in as `{until}`, which moves with it from
    then on, or beside words for a day as a time alone, since of another day it would have words of its own.
    """
    if not names_other_time(text, ends_at):
        return text
    start = (starts_at.hour, starts_at.minute)
    others = [each for each in _CLOCK.finditer(text) if (int(each[1]), int(each[2])) != start]
    names_day = _TIME_IN_WORDS.search(text) is not None
    if len(others) != 1 or (names_day and starts_at.date() != ends_at.date()):
        return None
    other = others[0]
    return text[: other.start()] + (f"{ends_at:%H:%M}" if names_day else "{until}") + text[other.end() :]


def _names_somebody(text: str) -> bool:
    return "<a href=" in linked(text) or _PEOPLE.search(text) is not None
