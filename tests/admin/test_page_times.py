"""Times and durations as the admin pages show them."""

from datetime import timedelta

import pytest
from samples import DAY, HOUR, MINUTE, MOSCOW, NOON, SECOND, message

from errorhelp.admin.pages.page_language import choose_language
from errorhelp.admin.pages.page_times import Moments, parts
from errorhelp.admin.pages.reminders import next_reminder, reminders

RU, EN = (Moments(MOSCOW, NOON, language) for language in ("ru", "en"))
TEN = 10 * MINUTE


def test_the_day_is_shown_only_when_it_is_not_today() -> None:
    assert RU.short(NOON) == "15:00"
    assert RU.short(NOON + DAY) == "22 нояб. 15:00"
    assert EN.short(NOON + DAY) == "22 Nov 15:00"
    assert EN.short(NOON + 60 * DAY) == "20 Jan 2027 15:00"


def test_a_span_shows_the_day_of_its_end_only_when_it_is_another_one() -> None:
    assert EN.span(NOON, NOON + HOUR) == "15:00–16:00"
    assert EN.span(NOON + DAY, NOON + DAY + HOUR) == "22 Nov 15:00–16:00"
    assert EN.span(NOON, NOON + DAY) == "15:00 – 22 Nov 15:00"
    assert EN.dated(NOON, NOON + HOUR) == "21 Nov 15:00–16:00"
    assert EN.dated(NOON, NOON + DAY) == "21 Nov 15:00 – 22 Nov 15:00"


def test_the_zone_is_named_with_its_offset() -> None:
    assert RU.zone_name == "Europe/Moscow (UTC+3)"
    assert RU.full(NOON) == "21.11.2026 15:00 (UTC+3)"
    assert EN.field(NOON) == "2026-11-21T15:00"


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (timedelta(), [(0, "s")]),
        (59 * SECOND, [(59, "s")]),
        (8 * MINUTE + SECOND, [(8, "min"), (1, "s")]),
        (2 * HOUR, [(2, "h"), (0, "min")]),
        (DAY + HOUR + MINUTE, [(1, "d"), (1, "h")]),
    ],
)
def test_a_duration_is_given_in_its_two_greatest_units(
    duration: timedelta, expected: list[tuple[int, str]]
) -> None:
    assert parts(duration) == expected


@pytest.mark.parametrize(
    ("switched_to", "accepted", "language"),
    [
        ("ru", "en", "ru"),
        ("", "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("", "de,ru;q=0.3,en;q=0.2", "ru"),
        ("", "en;q=0.2, ru;q=0", "en"),
        ("xx", "de", "en"),
        ("", "", "en"),
        ("", ";;q=,,=", "en"),
    ],
)
def test_the_language_is_what_was_switched_to_or_else_what_the_browser_wants(
    switched_to: str, accepted: str, language: str
) -> None:
    assert choose_language(switched_to, accepted, ("en", "ru")) == language


def test_it_is_asked_from_ten_minutes_before_the_end_until_the_end() -> None:
    own = message(starts_at=NOON, ends_at=NOON + HOUR)
    asks_at = NOON + 50 * MINUTE
    assert reminders([own], TEN, asks_at - SECOND) == []
    assert next_reminder([own], TEN, asks_at - SECOND) == asks_at
    assert reminders([own], TEN, asks_at) == [own]
    assert next_reminder([own], TEN, asks_at) is None
    assert reminders([own], TEN, NOON + HOUR) == []


def test_it_is_not_asked_in_the_first_half_of_a_short_message() -> None:
    short = message(starts_at=NOON, ends_at=NOON + 4 * MINUTE)
    assert reminders([short], TEN, NOON + MINUTE) == []
    assert reminders([short], TEN, NOON + 2 * MINUTE) == [short]


def test_an_extended_message_is_asked_about_later() -> None:
    extended = message(starts_at=NOON, ends_at=NOON + 2 * HOUR)
    assert reminders([extended], TEN, NOON + 50 * MINUTE) == []
