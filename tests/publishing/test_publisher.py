"""The service keeps its tree: after every change, through errors, and in the folder that is configured."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from errorhelp.config import Loaded, load
from errorhelp.publishing.published_tree import TreeError
from errorhelp.publishing.publisher import NoTree, Publisher, TreeStatus
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore
from errorhelp.system.state_directory import StateDirectory

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONFIGURATION = """
help: {text: Call 112}
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: erp}}
  - {id: crm, name: CRM, connect: {server: s, ref: crm}}
maintenance_windows:
  - {id: lunch, targets: [erp], text: Lunch, starts_at: 2026-11-21 13:00, duration: 1h, rule: FREQ=DAILY}
"""


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Kept:
    """A service whose tree is kept in `tree`, with files in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tree = folder / "tree"
        self.clock = Clock()
        self.state = StateDirectory(folder / "state")
        self.state.path.mkdir()
        self.service = Service(self.loaded("publish: tree"), SqliteStore(self.state.database), self.clock)
        self.publisher = Publisher(self.service, self.state)

    def loaded(self, *more: str) -> Loaded:
        file = self.folder / "errorhelp.yaml"
        file.write_text("\n".join((CONFIGURATION, *more)), "utf-8")
        return load(file)

    def shown(self, tree: Path | None = None) -> object:
        return json.loads(((tree or self.tree) / "help" / "erp.json").read_bytes())["userMessage"]


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    kept = Kept(tmp_path)
    await kept.service.start()
    yield kept
    await kept.service.stop()


@pytest.fixture
async def running(kept: Kept) -> AsyncIterator[Kept]:
    task = asyncio.create_task(kept.publisher.run())
    await until(lambda: kept.publisher.status.published_at)
    yield kept
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_what_changes_is_in_the_tree_soon(running: Kept):
    assert running.shown() == ""
    running.clock.now = NOON + timedelta(hours=1)
    await running.service.catch_up()
    await until(lambda: running.shown() == "Lunch")
    running.clock.now = NOON + timedelta(hours=2)
    await running.service.catch_up()
    await until(lambda: running.shown() == "")


async def test_a_new_configuration_is_in_the_tree_soon(running: Kept):
    await running.service.use(running.loaded("publish: tree", "folders: [{path: /, help: {text: Call 1}}]"))
    await until(lambda: b"Call 1" in (running.tree / "help/crm.json").read_bytes())


async def test_publishing_once_looks_only_at_what_may_have_changed_and_everything_at_all(kept: Kept):
    await kept.publisher.publish()
    (kept.tree / "help" / "crm.json").write_text("damaged by somebody")
    assert (await kept.publisher.publish()).written == 0
    assert (await kept.publisher.publish(everything=True)).written == 1


async def test_without_a_folder_nothing_is_published(kept: Kept):
    await kept.service.use(kept.loaded())
    with pytest.raises(NoTree, match="publish: DIR"):
        await kept.publisher.publish()
    assert kept.publisher.status == TreeStatus()


async def test_another_folder_is_filled_and_the_old_one_is_warned_about(
    running: Kept, caplog: pytest.LogCaptureFixture
):
    await running.service.use(running.loaded("publish: elsewhere"))
    await until((running.folder / "elsewhere" / "help" / "erp.json").exists)
    assert f"{running.tree} is not published to any longer" in caplog.text


async def test_an_error_is_logged_once_and_is_over_at_the_next_change(
    running: Kept, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    own = running.tree / ".errorhelp"
    own.rename(running.folder / "away")
    for _ in range(2):
        with pytest.raises(TreeError):
            await running.publisher.publish()
    assert "holds files and is no published tree" in (running.publisher.status.error or "")
    assert caplog.text.count("the tree is not published") == 1

    (running.folder / "away").rename(own)
    running.clock.now = NOON + timedelta(hours=1)
    await running.service.catch_up()
    await until(lambda: running.publisher.status.error is None)
    assert running.shown() == "Lunch"
    assert "is published again" in caplog.text


async def test_after_an_error_every_file_is_looked_at(kept: Kept):
    await kept.publisher.publish()
    own = kept.tree / ".errorhelp"
    own.rename(kept.folder / "away")
    with pytest.raises(TreeError):
        await kept.publisher.publish()
    (kept.folder / "away").rename(own)
    (kept.tree / "help" / "crm.json").unlink()
    assert (await kept.publisher.publish()).written == 1


async def test_a_copy_of_the_configuration_in_force_is_left_in_the_state(running: Kept):
    newer = running.loaded("publish: tree", "help_json: {user_message: text}")
    await running.service.use(newer)
    await until(
        lambda: running.state.kept_configuration() == {newer.files[0]: newer.contents[newer.files[0]]}
    )


async def test_a_second_service_with_the_same_tree_leaves_it_to_the_first_until_that_is_gone(
    running: Kept, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "second").mkdir()
    second = Kept(tmp_path / "second")
    await second.service.start()
    await second.service.use(second.loaded("publish: ../tree", "folders: [{path: /, help: {text: Call 1}}]"))
    with pytest.raises(TreeError):
        await second.publisher.publish()
    assert f"{running.tree} is kept by another errorhelp (process " in (second.publisher.status.error or "")
    assert "so this one does not publish there" in caplog.text
    assert (await second.publisher.catch_up()).is_behind
    assert b"Call 112" in (running.tree / "help/crm.json").read_bytes()

    await running.publisher.stop()
    await second.publisher.publish()
    assert b"Call 112" not in (running.tree / "help/crm.json").read_bytes()
    await second.publisher.stop()
    await second.service.stop()
