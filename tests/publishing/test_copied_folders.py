"""Copies in a further folder, such as one of another machine that is mounted here."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from errorhelp.config import Loaded, load
from errorhelp.publishing.copier import Copier, CopyStatus
from errorhelp.publishing.published_tree import publish
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore
from errorhelp.system.state_directory import StateDirectory

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONFIGURATION = """
infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]
lists: [{id: boss, folders: /, access: proxy}]
maintenance_windows:
  - {id: lunch, targets: [erp], text: Lunch, starts_at: 2026-11-21 13:00, duration: 1h, rule: FREQ=DAILY}
"""


class Copied:
    """A service that is copied to `web2`, beside its configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.copy = folder / "web2"
        self.now = NOON
        state = StateDirectory(folder / "state")
        state.path.mkdir(parents=True)
        self.service = Service(self.loaded(), SqliteStore(state.database), lambda: self.now)
        self.copier = Copier(self.service, state, chance=lambda: 1, tick_seconds=0.02)
        self._task: asyncio.Task[None] | None = None

    def loaded(self, copies: str = "publish_copies: [{id: second, folder: web2}]") -> Loaded:
        file = self.folder / "errorhelp.yaml"
        file.write_text(CONFIGURATION + copies, "utf-8")
        return load(file)

    @property
    def status(self) -> CopyStatus:
        return self.copier.statuses[0]

    @property
    def shown(self) -> object:
        return json.loads((self.copy / "help/erp.json").read_bytes())["userMessage"]

    async def start(self) -> None:
        await self.service.start()
        self._task = asyncio.create_task(self.copier.run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.copier.stop()
        await self.service.stop()

    async def pass_time(self, time: timedelta) -> None:
        self.now += time
        await self.service.catch_up()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
async def copied(tmp_path: Path) -> AsyncIterator[Copied]:
    copied = Copied(tmp_path)
    await copied.start()
    await until(lambda: copied.status.is_current)
    yield copied
    await copied.stop()


def files(tree: Path) -> dict[str, bytes]:
    found = (each for each in tree.rglob("*") if each.is_file() and ".errorhelp" not in each.parts)
    return {each.relative_to(tree).as_posix(): each.read_bytes() for each in found}


async def test_a_folder_has_what_the_tree_has(copied: Copied, tmp_path: Path) -> None:
    publish(copied.service.snapshot, tmp_path / "tree", NOON.timestamp())
    assert files(copied.copy) == files(tmp_path / "tree")
    assert "lists/boss.v8i" not in files(copied.copy)
    assert copied.status.copied_at == NOON


async def test_messages_are_there_at_their_start_and_gone_at_their_end(copied: Copied) -> None:
    assert copied.shown == ""
    await copied.pass_time(timedelta(hours=1))
    await until(lambda: copied.status.is_current)
    assert copied.shown == "Lunch"
    await copied.pass_time(timedelta(hours=1))
    await until(lambda: copied.status.is_current)
    assert copied.shown == ""


async def test_a_folder_that_went_away_is_told_once_and_filled_when_it_is_back(
    copied: Copied, caplog: pytest.LogCaptureFixture
) -> None:
    copied.copy.rename(copied.folder / "away")
    copied.copy.write_text("no folder")
    await copied.pass_time(timedelta(hours=1))
    await until(lambda: copied.status.error)
    assert str(copied.copy) in str(copied.status.error) and not copied.status.is_current
    copied.copy.unlink()
    (copied.folder / "away").rename(copied.copy)
    await copied.pass_time(timedelta(seconds=5))
    await until(lambda: copied.status.is_current)
    assert copied.shown == "Lunch"
    assert caplog.text.count("the copy second is not as it must be; it is tried again") == 1


async def test_a_folder_with_documents_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    copied = Copied(tmp_path)
    copied.copy.mkdir()
    (copied.copy / "letter.txt").write_text("dear")
    await copied.start()
    await until(lambda: copied.status.error)
    assert "holds files and is no published tree" in str(copied.status.error)
    assert [*copied.copy.iterdir()] == [copied.copy / "letter.txt"]
    await copied.stop()


async def test_a_copy_that_left_the_configuration_is_warned_about_and_another_one_is_begun(
    copied: Copied, caplog: pytest.LogCaptureFixture
) -> None:
    await copied.service.use(copied.loaded("publish_copies: [{id: third, folder: web3}]"))
    await until(lambda: copied.status.id == "third" and copied.status.is_current)
    assert (copied.folder / "web3/help/erp.json").exists()
    assert f"{copied.copy} gets nothing any longer; who still reads there sees old messages" in caplog.text


async def test_two_services_do_not_write_to_one_folder(copied: Copied, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    second = Copied(tmp_path / "second")
    await second.service.start()
    await second.service.use(second.loaded(f"publish_copies: [{{id: second, folder: '{copied.copy}'}}]"))
    await second.start()
    await until(lambda: second.status.error)
    assert "is kept by another errorhelp" in str(second.status.error)
    await second.stop()
