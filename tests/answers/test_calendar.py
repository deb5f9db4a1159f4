"""The calendar says when windows and announced messages are, to every program that reads iCalendar."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import example, given
from icalendar import Calendar, Event
from page_reading import overview_page, texts
from samples import DAY, HOUR, MINUTE, MOSCOW, NOON, catalog, infobase, message, utc, window

from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.message import Message, Severity, ended_message
from errorhelp.messages.occurrences import Deed, Override, WindowChange, overrides_known
from errorhelp.messages.window import Window

BERLIN = ZoneInfo("Europe/Berlin")


def calendar(
    catalog_: Catalog, *messages: Message, path: str = "/maintenance.ics", **options: Any
) -> Calendar:
    return Calendar.from_ical(overview_page(catalog_, *messages, path=path, **options).answer.body)


def with_window(rule: str, zone: tzinfo = MOSCOW, **options: Any) -> Catalog:
    return catalog(windows=[window(rule, zone=zone, **options)], zone=zone)


def starts(event: Event, count: int) -> list[datetime]:
    """The first starts of an event that recurs, read as RFC 5545 has it: counted in local time."""
    first = event["DTSTART"].dt
    rule = event["RRULE"].to_ical().decode()
    # dateutil wants UNTIL in the time that it counts in.
    for until in event["RRULE"].get("UNTIL", ()):
        local = until.astimezone(first.tzinfo)
        rule = rule.replace(f"{until:%Y%m%dT%H%M%SZ}", f"{local:%Y%m%dT%H%M%S}")
    local_starts = rrulestr(rule, dtstart=first.replace(tzinfo=None))
    return [each.replace(tzinfo=first.tzinfo).astimezone(UTC) for each in islice(local_starts, count)]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=SU",
        "rrule:freq=weekly;interval=2;byday=tu,fr;",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=5",
        "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=9",
        "FREQ=DAILY;UNTIL=20261205",
        "FREQ=DAILY;UNTIL=20261120T000000Z",
        "FREQ=HOURLY;INTERVAL=6",
    ],
)
@pytest.mark.parametrize("zone", [MOSCOW, BERLIN, ZoneInfo("UTC")])
def test_a_window_is_an_event_that_recurs_when_the_window_does(rule: str, zone: tzinfo) -> None:
    planned = with_window(rule, zone)
    (event,) = calendar(planned).events
    expected = [each.starts_at for each in islice(planned.windows[0].following(utc("2026-01-01 00:00")), 20)]
    assert starts(event, 20) == expected
    assert event["DTEND"].dt - event["DTSTART"].dt == 2 * HOUR


def test_a_window_in_a_zone_with_summer_time_brings_the_zone_along() -> None:
    found = calendar(with_window("FREQ=DAILY", BERLIN))
    (zone,) = found.timezones
    (event,) = found.events
    assert zone["TZID"] == event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert {each.name for each in zone.subcomponents} == {"STANDARD", "DAYLIGHT"}


def test_a_calendar_in_utc_needs_no_zone() -> None:
    body = overview_page(with_window("FREQ=DAILY", ZoneInfo("UTC")), path="/maintenance.ics").answer.body
    assert b"DTSTART:20261101T020000Z" in body
    assert b"TZID" not in body


def test_a_skipped_occurrence_is_cancelled_and_a_moved_one_is_at_its_new_time() -> None:
    first = utc("2026-11-21 23:00")
    overrides = (
        Override("backup", first, first + 2 * HOUR, first, first),
        Override("backup", first + DAY, first + DAY + 2 * HOUR, first + DAY + HOUR, first + DAY + 3 * HOUR),
        Override("backup", first + MINUTE, first + 2 * HOUR, first + HOUR, first + 2 * HOUR),
        Override("gone", first, first + 2 * HOUR, first, first),
    )
    skipped, moved, recurring = calendar(with_window("FREQ=DAILY"), overrides=overrides).events
    assert (skipped["RECURRENCE-ID"].dt, skipped["STATUS"]) == (first, "CANCELLED")
    assert (skipped["DTSTART"].dt, skipped["DTEND"].dt) == (first, first + 2 * HOUR)
    assert (moved["RECURRENCE-ID"].dt, moved.get("STATUS")) == (first + DAY, None)
    # As a kept copy of an older errorhelp has them.
    assert moved["SEQUENCE"] == 0
    assert skipped["UID"] == moved["UID"] == recurring["UID"]
    assert (moved["DTSTART"].dt, moved["DTEND"].dt) == (first + DAY + HOUR, first + DAY + 3 * HOUR)


def test_a_window_says_its_times_of_day_and_a_moved_occurrence_its_own() -> None:
    catalog_ = with_window("FREQ=DAILY", text="{infobase}: с {from} до {until}", duration=26 * HOUR)
    (planned,) = calendar(catalog_).events
    assert planned["DESCRIPTION"] == "Все базы: с 02:00 до 04:00"
    occurrence = catalog_.windows[0].next_occurrence(NOON)
    assert occurrence is not None
    moved = Override("backup", occurrence.starts_at, occurrence.ends_at, NOON + DAY, NOON + 2 * DAY)
    (instead, _) = calendar(catalog_, overrides=(moved,)).events
    assert instead["DESCRIPTION"] == "Все базы: с 22 нояб. 15:00 до 23 нояб. 15:00"


def test_the_sequence_of_an_occurrence_grows_with_each_change_and_its_stamp_is_of_the_last() -> None:
    first, last = utc("2026-11-21 23:00"), utc("2026-11-22 01:00")

    def changed(at: datetime, what: Deed, starts_at: datetime) -> WindowChange:
        return WindowChange(
            at, "anna", what, Override("backup", first, last, starts_at, starts_at + 2 * HOUR)
        )

    changes = [
        changed(NOON, Deed.MOVED, first + HOUR),
        changed(NOON + MINUTE, Deed.RESTORED, first),
        changed(NOON + 2 * MINUTE, Deed.MOVED, first + 3 * HOUR),
        changed(NOON + 3 * MINUTE, Deed.MOVED, first + 4 * HOUR),
    ]
    sequences, stamps = [], []
    for done in (1, 3, 4):
        overrides = overrides_known(changes[:done], NOON)
        moved, recurring = calendar(with_window("FREQ=DAILY"), overrides=overrides).events
        sequences.append(moved["SEQUENCE"])
        stamps.append(moved["DTSTAMP"].dt)
        assert recurring["DTSTAMP"].dt < NOON
    assert sequences == sorted(set(sequences)) and sequences[0] > 0 and sequences[-1] < 2**31
    assert stamps == [NOON, NOON + 2 * MINUTE, NOON + 3 * MINUTE]


def test_an_occurrence_that_was_ended_or_skipped_is_cancelled_for_a_week_at_least() -> None:
    first, last = utc("2026-11-21 10:00"), utc("2026-11-21 12:00")
    planned = with_window("FREQ=DAILY", zone=ZoneInfo("UTC"), starts_at="2026-11-01 10:00")
    ended = Override("backup", first, last, first, NOON - HOUR, changed_at=NOON - HOUR)
    far = Override("backup", first + 20 * DAY, last + 20 * DAY, first, first, changed_at=NOON - HOUR)

    def cancelled(now: datetime) -> list[datetime]:
        found = calendar(planned, overrides=(ended, far), now=now)
        return [each["RECURRENCE-ID"].dt for each in found.events if each.get("STATUS") == "CANCELLED"]

    assert cancelled(NOON) == cancelled(NOON - HOUR + 7 * DAY - MINUTE) == [first, first + 20 * DAY]
    assert cancelled(NOON - HOUR + 7 * DAY) == [first + 20 * DAY]
    assert cancelled(last + 20 * DAY) == []


def test_an_announced_message_that_was_ended_is_cancelled_for_a_week() -> None:
    announced = message("m1", "erp", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    early = ended_message(announced, NOON + MINUTE)
    late = ended_message(announced, NOON + 90 * MINUTE)
    for ended, until in ((early, NOON + 2 * HOUR), (late, NOON + 90 * MINUTE)):
        ended = replace(ended, revision=2)
        at = ended.ended_at or NOON
        for now in (at, at + 7 * DAY - MINUTE):
            page = overview_page(catalog(), path="/maintenance.ics", past=(ended,), now=now)
            (event,) = Calendar.from_ical(page.answer.body).events
            assert (event["STATUS"], event["SEQUENCE"], event["DTSTAMP"].dt) == ("CANCELLED", 1, at)
            assert (event["DTSTART"].dt, event["DTEND"].dt) == (NOON + HOUR, until)
            assert page.answer.valid_until == (at + 7 * DAY).timestamp()
        assert calendar(catalog(), past=(ended,), now=at + 7 * DAY).events == []


def test_a_message_that_a_clock_ahead_ended_before_its_start_is_cancelled_at_once() -> None:
    ended = message("m1", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR, ended_at=NOON + MINUTE)
    for now in (NOON, NOON + MINUTE):
        (event,) = calendar(catalog(), past=(ended,), now=now).events
        assert event["STATUS"] == "CANCELLED"


def test_a_message_whose_end_a_clock_ahead_set_is_planned_until_then() -> None:
    ended = message("m1", starts_at=NOON + HOUR, ends_at=NOON + 3 * HOUR, ended_at=NOON + 2 * HOUR)
    (event,) = calendar(catalog(), ended, past=(ended,), now=NOON).events
    assert "STATUS" not in event


def test_the_stamp_of_a_message_is_that_of_its_last_change() -> None:
    announced = message("m1", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    changed = replace(announced, revision=2, changed_at=NOON + MINUTE)
    (before,), (after,) = (calendar(catalog(), each).events for each in (announced, changed))
    assert (before["DTSTAMP"].dt, after["DTSTAMP"].dt) == (announced.created_at, NOON + MINUTE)


def test_the_stamp_of_a_window_is_that_of_the_configuration() -> None:
    planned = replace(with_window("FREQ=DAILY"), revised_at=NOON - DAY)
    (event,) = calendar(planned).events
    assert event["DTSTAMP"].dt == NOON - DAY


def test_an_announced_message_is_an_event_until_it_is_over() -> None:
    announced = message(
        "m1", "erp", text="Переезд; базы, данные\nцелы", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR
    )
    for now in (NOON, NOON + HOUR):
        (event,) = calendar(catalog(), announced, now=now).events
        assert event["SUMMARY"] == "Плановые работы: ERP"
        assert event["DESCRIPTION"] == "Переезд; базы, данные\nцелы"
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (NOON + HOUR, NOON + 2 * HOUR)
    assert calendar(catalog(), announced, now=NOON + 2 * HOUR).events == []


def test_a_message_about_what_is_going_on_is_not_planned() -> None:
    outage = replace(message(severity=Severity.OUTAGE), created_at=NOON)
    assert calendar(catalog(), outage).events == []


def test_events_keep_their_uid_and_count_their_changes() -> None:
    announced = message("m1", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    before, after = (
        calendar(with_window("FREQ=DAILY"), each, now=now).events
        for each, now in (
            (announced, NOON),
            (replace(announced, ends_at=NOON + DAY, revision=3), NOON + MINUTE),
        )
    )
    assert [each["UID"] for each in before] == [each["UID"] for each in after]
    assert len({each["UID"] for each in before}) == 2
    assert [each.get("SEQUENCE") for each in (before[1], after[1])] == [0, 2]


def test_what_the_standard_asks_for_is_there() -> None:
    """RFC 5545, 3.6 and 3.6.1; lines of at most 75 octets, 3.1."""
    announced = message(
        "m1", text="Очень длинный текст " * 50, starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR
    )
    body = overview_page(with_window("FREQ=DAILY"), announced, path="/en/maintenance.ics").answer.body
    found = Calendar.from_ical(body)
    assert found["VERSION"] == "2.0"
    assert found["PRODID"]
    assert all(each["UID"] and each["DTSTAMP"].dt.tzinfo for each in found.events)
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert found.events[1]["SUMMARY"] == "Maintenance: All infobases"


def test_many_infobases_do_not_make_an_endless_summary() -> None:
    many = catalog(*(infobase(f"base{number}") for number in range(30)))
    announced = message("m1", *many.infobases, starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    (event,) = calendar(many, announced).events
    assert event["SUMMARY"] == "Плановые работы: BASE0, BASE1, BASE2, BASE3, BASE4, …"


@given(name=texts, text=texts)
@example("END:VEVENT\r\nBEGIN:VALARM", "a\r\nATTACH:file:///etc/passwd\n\x07\ud800")
@example("\\n;,\\", "\u2028\u0085\x00")
def test_whatever_people_type_stays_text(name: str, text: str) -> None:
    announced = message("m1", "erp", text=text, starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    planned = window("FREQ=DAILY", "erp", text=text)
    found = calendar(catalog(infobase("erp", name), windows=[planned]), announced)
    recurring, event = found.events
    assert [each.name for each in found.walk()] == ["VCALENDAR", "VTIMEZONE", "STANDARD", "VEVENT", "VEVENT"]
    assert set(event) == {
        "UID", "DTSTAMP", "SUMMARY", "DESCRIPTION", "CATEGORIES", "TRANSP", "SEQUENCE", "DTSTART", "DTEND",
    }  # fmt: skip
    assert recurring["DESCRIPTION"] == event["DESCRIPTION"]


def test_a_start_in_the_gap_of_a_time_change_keeps_the_time_of_day_of_the_others() -> None:
    gap = Window(
        "gap",
        ("*",),
        "x",
        Severity.INFO,
        datetime.fromisoformat("2027-03-28 02:30"),
        timedelta(hours=1),
        "FREQ=DAILY",
        BERLIN,
    )
    (event,) = calendar(catalog(windows=[gap], zone=BERLIN)).events
    assert event["DTSTART"].to_ical() == b"20270328T023000"
    assert starts(event, 2) == [utc("2027-03-28 01:30"), utc("2027-03-29 00:30")]
