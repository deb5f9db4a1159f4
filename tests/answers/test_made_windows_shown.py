"""A maintenance window that somebody made is in every public answer in which one of the configuration is."""

from dataclasses import replace
from datetime import datetime, timedelta

from icalendar import Calendar
from samples import HOUR, MINUTE, NOON, catalog

from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.message import Severity

# Shown in Moscow from half past two in the afternoon on, half an hour before three.
DAILY = MadeWindow(
    id="w.1",
    targets=("erp",),
    text={"ru": "Копирование", "en": "Backups"},
    severity=Severity.MAINTENANCE,
    starts_at=datetime.fromisoformat("2026-11-20 14:30"),
    duration=HOUR,
    rule="FREQ=DAILY",
    created_at=NOON,
    changed_at=NOON,
)
WHOLE = catalog()


def body(snapshot: Snapshot, path: str) -> str:
    answer = snapshot.compiled(path)
    assert answer is not None
    return answer.body.decode()


def test_it_is_in_the_help_the_help_page_the_front_page_and_the_calendar() -> None:
    snapshot = compile(WHOLE, (), NOON, made=(DAILY,))
    for path in ("/help/erp.json", "/help/erp.html", "/", "/maintenance.ics"):
        assert "Копирование" in body(snapshot, path), path
    assert snapshot.valid_until == NOON + HOUR / 2
    without = compile(WHOLE, (), NOON, snapshot)
    for path in ("/help/erp.json", "/help/erp.html", "/", "/maintenance.ics"):
        assert "Копирование" not in body(without, path), path


def test_a_change_of_what_comes_much_later_is_compiled_though_nothing_shown_is_another() -> None:
    before = compile(WHOLE, (), NOON, made=(DAILY,))
    rarer = replace(DAILY, rule="FREQ=DAILY;COUNT=9", revision=2, changed_at=NOON + MINUTE)
    after = compile(WHOLE, (), NOON + MINUTE, before, made=(rarer,))
    assert after.live == before.live
    assert "COUNT=9" in body(after, "/maintenance.ics")
    assert "/maintenance.ics" in [path for path, _ in after.published(before)]


def test_the_calendar_says_when_it_was_changed_last() -> None:
    changed = replace(DAILY, revision=2, changed_at=NOON + timedelta(hours=3))
    snapshot = compile(WHOLE, (), NOON, made=(changed,))
    (event,) = Calendar.from_ical(body(snapshot, "/maintenance.ics")).events
    assert event["DTSTAMP"].dt == NOON + timedelta(hours=3)


def test_it_is_planned_again_when_its_time_has_come() -> None:
    snapshot = compile(WHOLE, (), NOON, made=(DAILY,))
    tomorrow = NOON + timedelta(days=1)
    answer = snapshot.find("/help/erp.json", tomorrow.timestamp())
    assert answer is not None and "Копирование" in answer.body.decode()
