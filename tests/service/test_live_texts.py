"""What a message says moves with it, whatever is done to it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from errorhelp.catalog.message_texts import message_text
from errorhelp.config import load
from errorhelp.people.people import Person, Role
from errorhelp.service.drafts import Draft
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNA = Person("anna", Role.ADMIN)
CONFIGURATION = """
languages: [ru]
message_values: {phone: "112"}
infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]
"""
DRAFT = Draft(("erp",), "{infobase}: до {until}, {phone}", NOON + HOUR)


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "errorhelp.db")


@pytest.fixture
async def service(tmp_path: Path, store: SqliteStore) -> AsyncIterator[Service]:
    service = Service(configured(tmp_path), store, lambda: NOON)
    await service.start()
    yield service
    await service.stop()


def configured(folder: Path, text: str = CONFIGURATION):
    file = folder / "errorhelp.yaml"
    file.write_text(text)
    return load(file)


def said(service: Service, message_id: str) -> str:
    (live,) = (each for each in service.snapshot.live if each.id == message_id)
    return message_text(live, service.catalog, "ru")


async def test_extending_changes_the_end_and_with_it_what_is_said(service: Service) -> None:
    posted = await service.post(DRAFT, ANNA)
    assert said(service, posted.id) == "ERP: до 13:00, 112"
    for text in ("13:30", "14:00", "14:30"):
        extended = await service.extend(posted.id, timedelta(minutes=30), ANNA)
        assert said(service, posted.id) == f"ERP: до {text}, 112"
        assert (extended.text, extended.live_text) == (f"ERP: до {text}, 112", DRAFT.text)
    history = await service.events(posted.id)
    assert [each.data["text"][-10:-5] for each in history] == ["13:00", "13:30", "14:00", "14:30"]


async def test_a_change_takes_the_text_as_it_is_typed(service: Service) -> None:
    posted = await service.post(DRAFT, ANNA)
    later = replace(DRAFT, ends_at=NOON + 2 * HOUR, text="до {until}")
    await service.change(posted.id, later, 1, ANNA)
    assert said(service, posted.id) == "до 14:00"
    changed = await service.change(posted.id, replace(later, text="скоро"), 2, ANNA)
    assert (changed.text, changed.live_text) == ("скоро", None)


async def test_a_text_with_braces_that_was_literal_stays_so_until_it_is_changed(
    service: Service, store: SqliteStore
) -> None:
    posted = await service.post(replace(DRAFT, text="ждите {x}"), ANNA)
    assert posted.live_text is None
    literal = replace(posted, text="до {until}", changed_at=NOON)
    await store.replace(literal, expected_revision=1, what="changed", who="anna", at=NOON)
    await service.read_messages()
    same = replace(DRAFT, text={"ru": "до {until}"}, ends_at=NOON + 2 * HOUR)
    await service.change(posted.id, same, 2, ANNA)
    assert said(service, posted.id) == "до {until}"
    await service.change(posted.id, replace(same, text="Ждём до {until}"), 3, ANNA)
    assert said(service, posted.id) == "Ждём до 14:00"


async def test_a_value_that_changes_in_the_configuration_changes_what_is_said(
    service: Service, tmp_path: Path
) -> None:
    posted = await service.post(DRAFT, ANNA)
    await service.use(configured(tmp_path, CONFIGURATION.replace('"112"', '"113"')))
    assert said(service, posted.id) == "ERP: до 13:00, 113"
    await service.use(configured(tmp_path, CONFIGURATION.replace("phone", "room")))
    assert said(service, posted.id) == "ERP: до 13:00, 112"
