"""Durations, instants and local times, as people type them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import MOSCOW, NOON, utc

from errorhelp.text.times import (
    for_people,
    format_duration,
    format_instant,
    local_to_instant,
    parse_duration,
    parse_instant,
    parse_local,
    parse_typed,
    utc_offset,
)

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90m", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        ("1h 30min", timedelta(minutes=90)),
        ("+2H", timedelta(hours=2)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(days=7)),
        ("45s", timedelta(seconds=45)),
        ("0s", timedelta()),
        ("3660d", timedelta(days=3660)),
    ],
)
def test_a_duration_is_a_number_with_its_unit(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "90", "m", "1.5h", "-5m", "1h30", "30m1h", "two hours", "1m1m"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration \(e\.g\. 90m, 1h30m, 2d\)"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["3661d", "99999999999999999999d", "999999999w"])
def test_a_duration_of_more_than_ten_years_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is longer than 3660 days"):
        parse_duration(text)


@given(st.integers(0, 3660 * 86400).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_written_duration_reads_back(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T14:00:00+03:00",
        "2026-11-21T11:00:00Z",
        "2026-11-21t11:00:00z",
        "2026-11-21 11:00Z",
        "2026-11-21T11:00:00.999999Z",
        " 2026-11-21T06:00:00-05:00 ",
    ],
)
def test_an_instant_is_read_in_whatever_offset_it_is_written(text: str) -> None:
    assert parse_instant(text) == utc("2026-11-21 11:00")
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["2026-11-21T14:00:00", "2026-11-21", "14:00", "1795258800", "", "today"])
def test_a_date_time_without_its_offset_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date-time with its offset"):
        parse_instant(text)


@pytest.mark.parametrize(
    "text", ["2026-02-30T14:00:00Z", "2026-11-21T25:00:00Z", "0001-01-01T00:00:00+03:00"]
)
def test_a_date_time_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date-time that exists"):
        parse_instant(text)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_written_instant_reads_back(instant: datetime) -> None:
    assert parse_instant(format_instant(instant)) == instant.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 02:00",
        "2026-11-22T02:00",
        "2026-11-22 02:00:00",
        "2026-11-22 2:00",
        "22.11.2026 02:00",
        "22.11.2026 2:00",
    ],
)
def test_a_local_time_has_no_offset(text: str) -> None:
    assert parse_local(text) == datetime(2026, 11, 22, 2)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("2026-11-22 02:00+03:00", "must be local time, without an offset"),
        ("2026-11-22T02:00Z", "must be local time, without an offset"),
        ("2026-11-22", "has no time of day"),
        ("22.11.2026", "has no time of day"),
        ("22.11.2026 25:00", "is not a local date and time"),
        ("02:00", "is not a local date and time"),
        ("1380", "is not a local date and time"),
    ],
)
def test_what_is_no_local_time_is_refused_with_an_example(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=rf"{complaint}.*\(e\.g\. 2026-11-22 02:00 or 22\.11\.2026 02:00\)"):
        parse_local(text)


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        ("2026-07-01 12:00", BERLIN, "2026-07-01 10:00"),
        ("2026-03-29 01:59", BERLIN, "2026-03-29 00:59"),
        ("2026-03-29 03:00", BERLIN, "2026-03-29 01:00"),
        ("2026-03-08 12:00", NEW_YORK, "2026-03-08 16:00"),
        ("2026-11-21 14:00", MOSCOW, "2026-11-21 11:00"),
        ("2026-11-21 14:00", UTC, "2026-11-21 14:00"),
    ],
)
def test_a_local_time_is_read_with_the_offset_in_force(local: str, zone: ZoneInfo, instant: str) -> None:
    assert local_to_instant(datetime.fromisoformat(local), zone) == utc(instant)


@pytest.mark.parametrize(
    ("local", "zone", "instant", "is_shown_as"),
    [
        ("2026-03-29 02:30", BERLIN, "2026-03-29 01:30", "2026-03-29 03:30"),
        ("2026-03-08 02:00", NEW_YORK, "2026-03-08 07:00", "2026-03-08 03:00"),
    ],
)
def test_a_local_time_in_a_gap_moves_forward(
    local: str, zone: ZoneInfo, instant: str, is_shown_as: str
) -> None:
    read = local_to_instant(datetime.fromisoformat(local), zone)
    assert read == utc(instant)
    assert f"{read.astimezone(zone):%Y-%m-%d %H:%M}" == is_shown_as


@pytest.mark.parametrize(
    ("local", "zone", "first"),
    [
        ("2026-10-25 02:30", BERLIN, "2026-10-25 00:30"),
        ("2026-11-01 01:30", NEW_YORK, "2026-11-01 05:30"),
    ],
)
def test_of_a_local_time_that_comes_twice_the_first_counts(local: str, zone: ZoneInfo, first: str) -> None:
    assert local_to_instant(datetime.fromisoformat(local), zone) == utc(first)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("16:00", "2026-11-21 13:00"),
        ("16:00:30", "2026-11-21 13:00:30"),
        ("today 16:00", "2026-11-21 13:00"),
        ("tomorrow 06:00", "2026-11-22 03:00"),
        ("завтра 6:00", "2026-11-22 03:00"),
        ("2026-11-22 14:00", "2026-11-22 11:00"),
        ("2026-11-22T14:00", "2026-11-22 11:00"),
        ("22.11.2026 14:00", "2026-11-22 11:00"),
        ("2026-11-22T14:00:00Z", "2026-11-22 14:00"),
        ("+2h", "2026-11-21 14:00"),
        (" +90m ", "2026-11-21 13:30"),
    ],
)
def test_a_typed_time_is_read_in_the_configured_zone(typed: str, expected: str) -> None:
    assert parse_typed(typed, NOON, MOSCOW) == utc(expected)


def test_tomorrow_is_the_next_day_in_the_zone_not_in_utc() -> None:
    late_evening_in_moscow = utc("2026-11-21 21:30")
    assert parse_typed("tomorrow 06:00", late_evening_in_moscow, MOSCOW) == utc("2026-11-23 03:00")


@pytest.mark.parametrize("typed", ["14:00", "15:00", "today 14:00", "2026-11-20 14:00", "+0m"])
def test_a_typed_time_that_has_passed_is_refused_and_says_what_to_type(typed: str) -> None:
    with pytest.raises(
        ValueError, match=r"has passed \(it is 15:00:00 in Europe/Moscow\); type 'tomorrow 1"
    ) as no:
        parse_typed(typed, NOON, MOSCOW)
    assert "'2026-11-22 1" in str(no.value)
    assert "'+2h'" in str(no.value)


def test_what_the_refusal_of_a_past_time_says_can_be_typed() -> None:
    with pytest.raises(ValueError, match="has passed") as no:
        parse_typed("14:30", NOON, MOSCOW)
    for typed in str(no.value).split("'")[3::2]:
        assert parse_typed(typed, NOON, MOSCOW) > NOON


def test_a_typed_time_may_be_past_where_that_makes_sense() -> None:
    assert parse_typed("14:00", NOON, MOSCOW, may_be_past=True) == utc("2026-11-21 11:00")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "14",
        "25:00",
        "24:00",
        "14:60",
        "monday 14:00",
        "0001-01-01 00:00",
        "14:00 tomorrow",
    ],
)
def test_what_is_no_time_is_refused_and_says_what_to_type(typed: str) -> None:
    with pytest.raises(ValueError, match="is not a time; type 14:00, 'tomorrow 06:00', '2026-11-22 14:00'"):
        parse_typed(typed, NOON, MOSCOW)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("2026-02-30 14:00", "'2026-02-30 14:00': there is no such day, that month has 28 days"),
        ("31.11.2026 14:00", "'31.11.2026 14:00': there is no such day, that month has 30 days"),
        ("22.13.2026 14:00", "'22.13.2026 14:00': there is no month 13"),
        ("2026-11-0 14:00", "'2026-11-0 14:00': there is no such day, that month has 30 days"),
    ],
)
def test_a_day_that_is_not_in_its_month_is_refused_as_that(typed: str, why: str) -> None:
    for read in (parse_local, lambda text: parse_typed(text, NOON, MOSCOW)):
        with pytest.raises(ValueError, match="there is no") as no:
            read(typed)
        assert str(no.value) == why


def test_a_time_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a time"):
        parse_typed("9999-12-31 23:59", NOON, NEW_YORK)


@given(st.text(max_size=30))
def test_anything_typed_is_a_time_to_come_or_a_clear_refusal(typed: str) -> None:
    try:
        assert parse_typed(typed, NOON, MOSCOW) > NOON
    except ValueError as refusal:
        assert (
            repr(typed.strip()) in str(refusal) or "duration" in str(refusal) or "date-time" in str(refusal)
        )


def test_people_read_a_time_with_its_zone_as_their_language_writes_it() -> None:
    assert for_people(NOON, MOSCOW, "ru") == "21.11.2026 15:00 (UTC+3)"
    assert for_people(NOON, MOSCOW, "en") == "2026-11-21 15:00 (UTC+3)"


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("UTC", "UTC"),
        ("Europe/Moscow", "UTC+3"),
        ("Asia/Kolkata", "UTC+5:30"),
        ("America/St_Johns", "UTC-3:30"),
    ],
)
def test_an_offset_is_written_for_people(zone: str, offset: str) -> None:
    assert utc_offset(NOON.astimezone(ZoneInfo(zone))) == offset
