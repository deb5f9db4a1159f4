"""Made windows live through restarts, dead stores and changes of the configuration."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from samples import HOUR, NOON

from errorhelp.config import load
from errorhelp.messages.made_window import MadeWindow, in_zone
from errorhelp.messages.message import Severity
from errorhelp.messages.occurrences import shown_between
from errorhelp.people.people import Person, Role
from errorhelp.service.service import Service
from errorhelp.service.window_drafts import WindowDraft
from errorhelp.store.kept_copy import KeptCopy, ShownState, as_json, read_json
from errorhelp.store.sqlite import SqliteStore

ANNA = Person("anna", Role.ADMIN)
CONFIGURATION = """
time_zone: Europe/Moscow
infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]
"""
WINDOW = MadeWindow(
    id="w.1",
    targets=("erp",),
    text={"en": "Backups"},
    severity=Severity.MAINTENANCE,
    starts_at=datetime.fromisoformat("2026-11-20 14:30:30"),
    duration=2 * HOUR,
    rule="FREQ=DAILY",
    created_at=NOON,
    author="anna",
    note="agreed",
    revision=3,
    changed_at=NOON,
)
DRAFT = WindowDraft(WINDOW.targets, WINDOW.text, WINDOW.starts_at, WINDOW.duration, WINDOW.rule)


class Place:
    """A folder with configuration and database, where a service starts again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.configuration = folder / "errorhelp.yaml"
        self.configuration.write_text(CONFIGURATION, "utf-8")

    def service(self, database: str = "errorhelp.db") -> Service:
        store = SqliteStore(self.folder / database, busy_seconds=0.05)
        kept = KeptCopy(self.folder / "shown.json")
        return Service(load(self.configuration), store, lambda: NOON, kept=kept)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    yield Place(tmp_path)


def test_the_kept_copy_holds_made_windows_and_that_of_an_earlier_errorhelp_has_none() -> None:
    kept = as_json(ShownState(windows=(WINDOW,)))
    read = read_json(kept)
    assert read is not None
    assert (read.windows, read.windows[0].changed_at) == ((WINDOW,), NOON)
    earlier = json.loads(kept)
    del earlier["windows"]
    assert read_json(json.dumps(earlier).encode()) == ShownState()


async def test_a_made_window_is_shown_after_a_restart_also_while_the_store_is_dead(place: Place) -> None:
    service = place.service()
    await service.start()
    made = await service.made_windows.make(DRAFT, ANNA)
    await service.stop()
    again = place.service()
    await again.start()
    assert again.snapshot.made == (made,)
    await again.stop()
    (place.folder / "dead.db").write_bytes(b"no database at all" * 1000)
    dead = place.service("dead.db")
    await dead.start()
    assert dead.store_error is not None
    answer = dead.snapshot.compiled("/help/erp.json")
    assert answer is not None and b"Backups" in answer.body
    assert await dead.made_windows.all() == [made]
    await dead.stop()


async def test_a_made_window_goes_by_the_time_zone_that_is_configured(place: Place) -> None:
    service = place.service()
    await service.start()
    made = await service.made_windows.make(DRAFT, ANNA)
    assert [each.starts_at.hour for each in service.snapshot.planned if each.window == made.id] == [11, 11]
    text = CONFIGURATION.replace("Europe/Moscow", "Asia/Novosibirsk")
    place.configuration.write_text(text, "utf-8")
    await service.use(load(place.configuration))
    assert {each.starts_at.hour for each in service.snapshot.planned if each.window == made.id} == {7}
    await service.stop()


def test_a_window_that_was_ended_was_shown_until_then_and_no_longer() -> None:
    ended = MadeWindow(
        "w.1", ("erp",), "x", Severity.INFO, WINDOW.starts_at, 2 * HOUR, "FREQ=DAILY", NOON, ended_at=NOON
    )
    windows = in_zone([ended], ZoneInfo("Europe/Moscow"))
    found = shown_between(windows, NOON - timedelta(days=1), NOON + timedelta(days=3))
    assert [(each.starts_at.day, each.ends_at - each.starts_at) for each in found] == [
        (20, 2 * HOUR),
        (21, NOON - found[-1].starts_at),
    ]
    assert found[-1].ends_at == NOON


def test_a_window_that_never_comes_in_a_time_zone_is_left_out_there() -> None:
    # Its last start may be at an instant, which is another local time elsewhere.
    until = MadeWindow(
        "w.1",
        ("erp",),
        "x",
        Severity.INFO,
        datetime.fromisoformat("2026-11-21 01:00"),
        HOUR,
        "FREQ=DAILY;UNTIL=20261120T230000Z",
        NOON,
    )
    assert len(in_zone([until], ZoneInfo("Europe/Moscow"))) == 1
    assert in_zone([until], ZoneInfo("UTC")) == ()


async def test_what_was_on_display_stays_what_it_was_when_a_window_is_made_changed_and_ended(
    place: Place,
) -> None:
    now = NOON
    store = SqliteStore(place.folder / "errorhelp.db", busy_seconds=0.05)
    service = Service(load(place.configuration), store, lambda: now)
    await service.start()
    # It would have come on each day before, had there been it.
    made = await service.made_windows.make(DRAFT, ANNA)
    now += timedelta(days=1)
    later = DRAFT.starts_at + 3 * HOUR
    changed = await service.made_windows.change(made.id, replace(DRAFT, starts_at=later), 1, ANNA)
    now += timedelta(days=1)
    await service.made_windows.end(changed.id, ANNA)
    shown = await service.shown_between(NOON - timedelta(days=9), now)
    day = timedelta(days=1)
    # Half past two in Moscow is half past eleven in UTC.
    first, seconds = NOON - HOUR / 2, timedelta(seconds=30)
    assert [(each.starts_at, each.ends_at) for each in shown] == [
        (NOON, first + seconds + 2 * HOUR),
        (first + seconds + day, NOON + day),
        (first + seconds + day + 3 * HOUR, first + seconds + day + 5 * HOUR),
    ]
    await service.stop()
