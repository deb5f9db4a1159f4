"""Maintenance windows: when they come, by a rule in local time, over every change of the clocks."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st
from samples import DAY, HOUR, MINUTE, MOSCOW, NOON, SECOND, utc, window

from errorhelp.messages.message import Severity, is_shown
from errorhelp.messages.window import Window
from errorhelp.text.times import local_to_instant

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


def starts(given: Window, since: str, count: int) -> list[str]:
    """The next starts in local time, with the offset in force."""
    written, after = [], utc(since)
    while len(written) < count and (occurrence := given.next_occurrence(after)) is not None:
        after = occurrence.starts_at
        written.append(f"{after.astimezone(given.zone):%Y-%m-%d %H:%M %z}")
    return written


def test_an_occurrence_is_a_message_with_what_the_window_says() -> None:
    occurrence = window("FREQ=WEEKLY;BYDAY=SU", "/Finance", text={"ru": "Копия"}).next_occurrence(NOON)
    assert occurrence is not None
    assert occurrence.starts_at == utc("2026-11-21 23:00")
    assert occurrence.ends_at == utc("2026-11-22 01:00")
    assert occurrence.targets == ("/Finance",)
    assert occurrence.text == {"ru": "Копия"}
    assert occurrence.severity is Severity.MAINTENANCE
    assert occurrence.window == "backup"


def test_a_window_keeps_its_local_time_when_the_clocks_change() -> None:
    weekly = window("FREQ=WEEKLY;BYDAY=SU", starts_at="2026-01-04 12:00", zone=BERLIN)
    assert starts(weekly, "2026-03-20 00:00", 3) == [
        "2026-03-22 12:00 +0100",
        "2026-03-29 12:00 +0200",
        "2026-04-05 12:00 +0200",
    ]
    assert starts(weekly, "2026-10-24 00:00", 2) == ["2026-10-25 12:00 +0100", "2026-11-01 12:00 +0100"]


def test_a_start_in_a_gap_moves_forward() -> None:
    nightly = window("FREQ=DAILY", starts_at="2026-03-01 02:30", zone=BERLIN)
    assert starts(nightly, "2026-03-28 00:00", 3) == [
        "2026-03-28 02:30 +0100",
        "2026-03-29 03:30 +0200",
        "2026-03-30 02:30 +0200",
    ]
    nightly = window("FREQ=DAILY", starts_at="2026-03-01 02:00", zone=NEW_YORK)
    assert starts(nightly, "2026-03-08 00:00", 2) == ["2026-03-08 03:00 -0400", "2026-03-09 02:00 -0400"]


def test_of_a_start_that_comes_twice_the_first_counts_and_it_comes_once() -> None:
    nightly = window("FREQ=DAILY", starts_at="2026-10-01 02:30", zone=BERLIN)
    assert starts(nightly, "2026-10-24 20:00", 2) == ["2026-10-25 02:30 +0200", "2026-10-26 02:30 +0100"]
    nightly = window("FREQ=DAILY", starts_at="2026-10-01 01:30", zone=NEW_YORK)
    assert starts(nightly, "2026-10-31 20:00", 2) == ["2026-11-01 01:30 -0400", "2026-11-02 01:30 -0500"]


def test_a_duration_is_elapsed_time_also_when_the_clocks_change() -> None:
    nightly = window("FREQ=DAILY", starts_at="2026-03-01 01:00", zone=BERLIN, duration=4 * HOUR)
    occurrence = nightly.next_occurrence(utc("2026-03-28 12:00"))
    assert occurrence is not None
    assert occurrence.ends_at - occurrence.starts_at == 4 * HOUR
    assert f"{occurrence.ends_at.astimezone(BERLIN):%H:%M}" == "06:00"


def test_an_hourly_window_comes_once_where_the_gap_makes_two_hours_one() -> None:
    hourly = window("FREQ=HOURLY", starts_at="2026-03-01 00:00", zone=BERLIN, duration=10 * MINUTE)
    night = hourly.occurrences(utc("2026-03-29 00:00"), utc("2026-03-29 02:00"))
    assert [f"{each.starts_at:%H:%M}" for each in night] == ["00:00", "01:00", "02:00"]
    assert len({each.id for each in night}) == 3


def test_a_zone_without_clock_changes_is_plain() -> None:
    nightly = window("FREQ=DAILY", starts_at="2026-03-01 02:30", zone=MOSCOW)
    assert starts(nightly, "2026-03-28 12:00", 2) == ["2026-03-29 02:30 +0300", "2026-03-30 02:30 +0300"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=-1FR", ["2026-11-27", "2026-12-25", "2027-01-29"]),
        ("FREQ=MONTHLY;BYDAY=1SU", ["2026-12-06", "2027-01-03", "2027-02-07"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["2026-12-31", "2027-01-31", "2027-03-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["2026-11-30", "2026-12-31", "2027-01-31"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU", ["2026-11-29", "2026-12-13", "2026-12-27"]),
        ("FREQ=WEEKLY;BYDAY=SA,SU", ["2026-11-22", "2026-11-28", "2026-11-29"]),
        ("FREQ=DAILY;COUNT=25", ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"]),
        ("FREQ=DAILY;UNTIL=20261123", ["2026-11-22", "2026-11-23"]),
        ("FREQ=DAILY;UNTIL=20261123T015959", ["2026-11-22"]),
        ("FREQ=DAILY;UNTIL=20261122T230000Z", ["2026-11-22", "2026-11-23"]),
        ("FREQ=DAILY;UNTIL=20261122T225959Z", ["2026-11-22"]),
        ("FREQ=YEARLY;UNTIL=99991231T235959Z", ["2027-11-01", "2028-11-01"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2028-02-29", "2032-02-29"]),
        ("rrule:freq=weekly;byday=su;", ["2026-11-22", "2026-11-29"]),
    ],
)
def test_a_rule_comes_true_on_its_days(rule: str, expected: list[str]) -> None:
    read = starts(window(rule, starts_at="2026-11-01 02:00"), "2026-11-21 12:00", len(expected) + 1)
    assert [each[:10] for each in read[: len(expected)]] == expected
    if "COUNT" in rule or "UNTIL=2" in rule:
        assert len(read) == len(expected), "the rule has run out"


@pytest.mark.parametrize("frequency", ["HOURLY", "DAILY", "YEARLY"])
def test_the_rarest_date_is_waited_for(frequency: str) -> None:
    rule = f"FREQ={frequency};BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYHOUR=2"
    rarest = window(rule, starts_at="2072-03-01 02:00")
    assert starts(rarest, "2072-03-01 00:00", 1) == ["2112-02-29 02:00 +0300"]
    with pytest.raises(ValueError, match="never comes true"):
        window(f"{rule};UNTIL=21120228", starts_at="2072-03-01 02:00")


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("", "must be a rule of NAME=VALUE parts"),
        ("every day", "must be a rule of NAME=VALUE parts"),
        ("DTSTART=20261101T020000;FREQ=DAILY", "must be a rule of NAME=VALUE parts"),
        ("EXDATE:20261101T020000", "must be a rule of NAME=VALUE parts"),
        ("BYDAY=SU", "needs a FREQ: HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY"),
        ("FREQ=MINUTELY", "needs a FREQ: HOURLY"),
        ("FREQ=SOMETIMES", "needs a FREQ: HOURLY"),
        ("FREQ=WEEKLY;BYDAI=SU", "unknown parameter 'BYDAI'"),
        ("FREQ=WEEKLY;BYDAY=XX", "invalid 'BYDAY': XX"),
        ("FREQ=WEEKLY;BYDAY=MO;BYDAY=TU", "says BYDAY twice; list the values: BYDAY=MO,TU"),
        ("FREQ=WEEKLY;BYDAY=-1FR", "a numbered BYDAY needs FREQ=MONTHLY or YEARLY"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be a whole number from 1 to"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL must be a whole number from 1 to"),
        ("FREQ=DAILY;COUNT=0", "COUNT must be a whole number from 1 to"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "has both COUNT and UNTIL"),
        ("FREQ=DAILY;UNTIL=tomorrow", "must be a day or a date and time"),
        ("FREQ=DAILY;UNTIL=20261301T000000Z", "is not a date and time that exists"),
        ("FREQ=DAILY;UNTIL=20251231", "never comes true from 2026-11-01 02:00 on"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never comes true from 2026-11-01 02:00 on"),
        ("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "never comes true from 2026-11-01 02:00 on"),
        ("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=29;UNTIL=20280228", "never comes true from 2026-11-01 02:00 on"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "never comes true from 2026-11-01 02:00 on"),
        ("FREQ=WEEKLY;BYDAY=TU;BYSETPOS=2", "never comes true from 2026-11-01 02:00 on"),
        ("FREQ=HOURLY;BYSETPOS=2", "BYSETPOS needs FREQ=WEEKLY, MONTHLY or YEARLY"),
        ("FREQ=HOURLY;BYMINUTE=0,1;BYSECOND=0,1", "BYSECOND must be one second"),
        ("FREQ=HOURLY;COUNT=10000", "COUNT must be a whole number from 1 to 9999"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        window(rule)


def test_an_occurrence_that_runs_is_found_from_its_first_second_to_its_last() -> None:
    weekly = window("FREQ=WEEKLY;BYDAY=SU", duration=2 * HOUR)
    start = utc("2026-11-21 23:00")
    assert weekly.occurrences(start - SECOND, start - SECOND) == []
    for moment in (start, start + HOUR, start + 2 * HOUR - SECOND):
        assert [each.starts_at for each in weekly.occurrences(moment, moment)] == [start]
    assert weekly.occurrences(start + 2 * HOUR, start + 2 * HOUR) == []


def test_while_an_occurrence_runs_the_next_one_is_another() -> None:
    weekly = window("FREQ=WEEKLY;BYDAY=SU")
    following = weekly.next_occurrence(utc("2026-11-21 23:00"))
    assert following is not None
    assert following.starts_at == utc("2026-11-28 23:00")


def test_a_window_that_is_longer_than_its_interval_runs_several_times_at_once() -> None:
    daily = window("FREQ=DAILY", duration=60 * HOUR)
    running = daily.occurrences(NOON, NOON)
    assert [f"{each.starts_at:%d %H:%M}" for each in running] == ["19 23:00", "20 23:00"]
    assert all(is_shown(each, NOON) for each in running)


def test_occurrences_of_a_period_are_those_that_touch_it() -> None:
    weekly = window("FREQ=WEEKLY;BYDAY=SU")
    month = weekly.occurrences(utc("2026-11-08 00:30"), utc("2026-11-28 23:00"))
    assert [f"{each.starts_at:%m-%d}" for each in month] == ["11-07", "11-14", "11-21", "11-28"]


def test_an_occurrence_has_the_same_id_whenever_it_is_computed() -> None:
    weekly = window("FREQ=WEEKLY;BYDAY=SU")
    coming = weekly.next_occurrence(NOON)
    assert coming is not None
    assert [coming] == weekly.occurrences(coming.starts_at, coming.starts_at)


ZONES: list[tzinfo] = [BERLIN, NEW_YORK, MOSCOW, UTC, ZoneInfo("Asia/Kolkata"), ZoneInfo("Australia/Sydney")]
DAYS = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 6))}")
    if draw(st.booleans()):
        parts.append(f"BYDAY={','.join(draw(st.lists(DAYS, min_size=1, max_size=3, unique=True)))}")
        if frequency in ("WEEKLY", "MONTHLY") and draw(st.booleans()):
            parts.append(f"BYSETPOS={draw(st.sampled_from(['1', '-1']))}")
    match draw(st.integers(0, 3)):
        case 0:
            parts.append(f"COUNT={draw(st.integers(1, 50))}")
        case 1:
            parts.append(f"UNTIL={draw(st.dates(date(2026, 10, 15), date(2027, 6, 1))):%Y%m%d}")
    return ";".join(parts)


@given(
    rule=rules(),
    first=st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 31)),  # noqa: DTZ001
    zone=st.sampled_from(ZONES),
    duration=st.integers(1, 100).map(lambda hours: timedelta(hours=hours)),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_windows_come_when_counting_from_their_first_start_says_so(
    rule: str, first: datetime, zone: tzinfo, duration: timedelta, now: datetime
) -> None:
    first = first.replace(minute=first.minute // 30 * 30, second=0, microsecond=0)
    tried = window(rule, starts_at=f"{first}", zone=zone, duration=duration)
    counted = _counted(rule, first, zone, until=now + 2 * DAY)
    following = tried.next_occurrence(now)
    assert (following and following.starts_at) == next((start for start in counted if start > now), None)
    running = [each.starts_at for each in tried.occurrences(now, now + DAY)]
    assert running == [start for start in counted if start <= now + DAY and now < start + duration]


def _counted(rule: str, first: datetime, zone: tzinfo, until: datetime) -> list[datetime]:
    """All starts, one by one from the first, until one is past a time."""
    # A day as UNTIL is meant with all its hours.
    whole = f"{rule}T235959" if "UNTIL" in rule else rule
    starts = set()
    for local in rrulestr(whole, dtstart=first):
        starts.add(local_to_instant(local, zone))
        if local_to_instant(local, zone) > until:
            break
    return sorted(starts)
