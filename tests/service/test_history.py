"""The history of messages and of maintenance windows, with its filters."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from report_store_contract import ERP_CRASH, a_batch, a_report
from samples import DAY, HOUR, NOON, SECOND, catalog, infobase, message, window

from errorhelp.messages.occurrences import Deed, Override, WindowChange
from errorhelp.service.history import HistoryQuery
from errorhelp.service.history_pages import history_after
from errorhelp.store.sql import Store
from errorhelp.store.sqlite import SqliteStore

BASES = catalog(infobase("erp", folder="/Finance"), infobase("crm"), windows=[window(window_id="backup")])


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Anna and Boris posted, Anna skipped the backup, Olga ended Anna's message."""
    store = SqliteStore(tmp_path / "errorhelp.sqlite")
    await store.open()
    first, second = message("m1", "/Finance"), message("m2", "crm")
    await store.add(first, "anna", NOON)
    await store.add(second, "boris", NOON + SECOND)
    skip = Override("backup", NOON + DAY, NOON + DAY + HOUR, NOON + DAY, NOON + DAY)
    await store.add_window_change(WindowChange(NOON + 2 * SECOND, "anna", Deed.SKIPPED, skip))
    await store.replace(first, expected_revision=1, what="ended", who="olga", at=NOON + 3 * SECOND)
    yield store
    await store.close()


async def found(store: Store, wanted: HistoryQuery = HistoryQuery(), limit: int = 100) -> list[str]:  # noqa: B008
    entries = await history_after(store, BASES, BASES.windows, wanted, None, limit)
    return [f"{each.who} {each.what} {each.about}" for each, _ in entries]


async def test_changes_of_messages_and_of_maintenance_come_together_the_newest_first(store: Store) -> None:
    assert await found(store) == [
        "olga ended m1",
        "anna skipped backup",
        "boris posted m2",
        "anna posted m1",
    ]
    assert await found(store, limit=2) == ["olga ended m1", "anna skipped backup"]


async def test_the_changes_of_a_person_are_found(store: Store) -> None:
    assert await found(store, HistoryQuery(who="anna")) == ["anna skipped backup", "anna posted m1"]
    assert await found(store, HistoryQuery(who="nobody")) == []


async def test_the_changes_about_an_infobase_are_found_by_folders_and_everything_too(store: Store) -> None:
    erp = HistoryQuery(infobase=BASES.infobases["erp"])
    assert await found(store, erp) == ["olga ended m1", "anna skipped backup", "anna posted m1"]


async def test_the_changes_of_a_time_are_found_without_its_end(store: Store) -> None:
    wanted = HistoryQuery(since=NOON + SECOND, until=NOON + 3 * SECOND)
    assert await found(store, wanted) == ["anna skipped backup", "boris posted m2"]


async def test_more_changes_than_are_read_at_once_are_found(store: Store) -> None:
    for number in range(1200):
        await store.add(message(f"n{number}", "crm"), "script", NOON + DAY)
    assert await found(store, HistoryQuery(who="anna", infobase=BASES.infobases["erp"])) == [
        "anna skipped backup",
        "anna posted m1",
    ]
    assert len(await found(store, HistoryQuery(who="script"), limit=2000)) == 1200


async def test_a_change_of_a_window_that_is_gone_is_still_in_the_history(store: Store) -> None:
    ((entry, _), *_) = await history_after(store, BASES, (), HistoryQuery(who="anna"), None, 1)
    assert (entry.about, entry.text, entry.targets) == ("backup", "", ())


async def test_what_was_done_to_problems_is_part_of_it(store: Store) -> None:
    await store.reports.add(a_batch(a_report(at=NOON)))
    await store.reports.dismiss(ERP_CRASH, "olga", NOON + 4 * SECOND)
    await store.reports.bring_back(ERP_CRASH, "anna", NOON + 5 * SECOND)
    assert (await found(store, limit=3)) == [
        f"anna brought back {ERP_CRASH}",
        f"olga dismissed {ERP_CRASH}",
        "olga ended m1",
    ]
    assert f"olga dismissed {ERP_CRASH}" in await found(store, HistoryQuery(infobase=BASES.infobases["erp"]))
    assert f"olga dismissed {ERP_CRASH}" not in await found(
        store, HistoryQuery(infobase=BASES.infobases["crm"])
    )
