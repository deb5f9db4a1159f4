"""What was announced and then called off stays in calendars for a week, said to be so, whatever the service meets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from errorhelp.config import load
from errorhelp.messages.message import Severity
from errorhelp.people.people import Person, Role
from errorhelp.service.drafts import Draft
from errorhelp.service.service import Service
from errorhelp.store.kept_copy import KeptCopy
from errorhelp.store.sqlite import SqliteStore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANNA = Person("anna", Role.ADMIN)
CONFIGURATION = """
time_zone: UTC
infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]
maintenance_windows:
  - {id: nightly, targets: erp, starts_at: 2026-01-01 02:00, duration: 1h, rule: FREQ=DAILY, text: Backup}
"""


@dataclass
class Place:
    """Where services run one after the other, at a time that a test sets."""

    folder: Path
    now: datetime = NOON

    async def started(self) -> Service:
        file = self.folder / "errorhelp.yaml"
        file.write_text(CONFIGURATION, "utf-8")
        store = SqliteStore(self.folder / "errorhelp.db")
        service = Service(load(file), store, lambda: self.now, kept=KeptCopy(self.folder / "shown.json"))
        await service.start()
        return service


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
async def service(place: Place) -> AsyncIterator[Service]:
    service = await place.started()
    yield service
    await service.stop()


def cancelled(service: Service) -> list[tuple[str, datetime]]:
    """Text and start of what the calendar has as cancelled."""
    answer = service.snapshot.find("/maintenance.ics", service.now().timestamp())
    assert answer is not None
    events = Calendar.from_ical(answer.body).events
    return [
        (str(each["DESCRIPTION"]), each["DTSTART"].dt) for each in events if each.get("STATUS") == "CANCELLED"
    ]


async def called_off(service: Service) -> list[tuple[str, datetime]]:
    """A message for tomorrow that was ended today, and tonight's maintenance that was skipped."""
    tomorrow = NOON + DAY
    draft = Draft(("erp",), "Move", tomorrow + HOUR, Severity.MAINTENANCE, tomorrow)
    message = await service.post(draft, ANNA)
    await service.end(message.id, ANNA)
    tonight = datetime(2026, 11, 22, 2, tzinfo=UTC)
    await service.maintenance.skip(f"nightly@{tonight:%Y%m%dT%H%M%SZ}", ANNA)
    return [("Backup", tonight), ("Move", tomorrow)]


async def test_what_was_called_off_is_in_the_calendar_for_a_week(service: Service, place: Place) -> None:
    expected = await called_off(service)
    assert cancelled(service) == expected
    place.now = NOON + 7 * DAY - HOUR
    await service.catch_up()
    assert cancelled(service) == expected
    place.now = NOON + 7 * DAY
    await service.catch_up()
    assert cancelled(service) == []
    assert service.snapshot.past == service.snapshot.overrides == ()


async def test_it_is_there_after_a_restart_and_in_the_copy_for_when_the_database_is_gone(
    service: Service, place: Place
) -> None:
    expected = await called_off(service)
    await service.stop()
    place.now = NOON + 3 * DAY
    again = await place.started()
    assert cancelled(again) == expected
    await again.stop()
    (place.folder / "errorhelp.db").unlink()
    # A folder is no database.
    (place.folder / "errorhelp.db").mkdir()
    without = await place.started()
    assert without.store_error is not None
    assert cancelled(without) == expected
    await without.stop()
    (place.folder / "errorhelp.db").rmdir()
    await service.start()


async def test_an_occurrence_that_is_as_planned_again_is_cancelled_no_more(service: Service) -> None:
    await called_off(service)
    await service.maintenance.restore("nightly@20261122T020000Z", ANNA)
    assert [text for text, _ in cancelled(service)] == ["Move"]
