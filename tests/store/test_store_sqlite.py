"""The embedded store: the contract of every store, and what is the file's own."""

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import aclosing, closing
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest
from ordinary_user import an_ordinary_user
from store_access_contract import AccessContract
from store_contract import NOON, StoreContract, a_message
from template_store_contract import TemplateContract

import errorhelp
from errorhelp.store import StoreUnavailable
from errorhelp.store.sql import Store
from errorhelp.store.sqlite import SqliteStore

posix_only = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions and limits")

# Posts m0, m1, … into the file and says which ones are acknowledged.
POSTER = """
import asyncio, dataclasses, sys
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from errorhelp.messages.message import Message, Severity
from errorhelp.store.sqlite import SqliteStore

async def main(path, how_many):
    store = SqliteStore(Path(path))
    await store.open()
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    for number in islice(count(), how_many):
        message = Message(
            f"m{number}", ("erp",), "text", Severity.OUTAGE, noon, noon + timedelta(hours=1), noon
        )
        await store.add(message, "anna", noon)
        print(message.id, flush=True)
    await store.close()

asyncio.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None))
"""


def poster(*arguments: object) -> list[str]:
    return [sys.executable, "-c", POSTER, *map(str, arguments)]


@pytest.fixture
def in_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Child processes import the errorhelp that is tested."""
    monkeypatch.setenv("PYTHONPATH", str(Path(errorhelp.__file__).parents[1]))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "errorhelp.sqlite"


@pytest.fixture
def new_store(path: Path) -> Callable[[], Store]:
    return lambda: SqliteStore(path, poll_seconds=0.01)


class TestSqliteStore(StoreContract):
    pass


class TestSqliteAccess(AccessContract):
    pass


class TestSqliteTemplates(TemplateContract):
    pass


async def filled(path: Path, messages: int = 1) -> None:
    store = SqliteStore(path)
    await store.open()
    for number in range(messages):
        await store.add(a_message(f"m{number}"), "anna", NOON)
    await store.close()


@pytest.mark.integration
@pytest.mark.usefixtures("in_project")
async def test_what_was_acknowledged_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    for round_number in range(10):
        path = tmp_path / f"{round_number}.sqlite"
        with subprocess.Popen(poster(path), stdout=subprocess.PIPE, text=True) as process:
            acknowledged = [process.stdout.readline()]
            Timer(random.uniform(0, 0.1), process.kill).start()  # noqa: S311
            acknowledged += process.stdout.readlines()
        store = SqliteStore(path)
        await store.open()
        kept = {each.id for each in await store.messages()}
        assert {line.strip() for line in acknowledged if line.endswith("\n")} <= kept
        assert {each.message_id for each in await store.events()} == kept
        await store.close()


@pytest.mark.integration
@pytest.mark.usefixtures("in_project")
async def test_another_process_that_posts_is_noticed(path: Path) -> None:
    store = SqliteStore(path, poll_seconds=0.01)
    await store.open()
    async with asyncio.timeout(60), aclosing(store.changes()) as changes:
        await anext(changes)
        process = await asyncio.create_subprocess_exec(*poster(path, 1), stdout=subprocess.DEVNULL)
        await anext(changes)
        assert await process.wait() == 0
    assert [each.id for each in await store.messages()] == ["m0"]
    await store.close()


async def test_many_stores_may_open_a_new_file_at_once(path: Path) -> None:
    stores = [SqliteStore(path) for _ in range(8)]
    await asyncio.gather(*(store.open() for store in stores))
    await asyncio.gather(*(store.add(a_message(f"m{n}"), "anna", NOON) for n, store in enumerate(stores)))
    assert len(await stores[0].messages()) == len(stores)
    for store in stores:
        await store.close()


@posix_only
async def test_only_its_owner_reads_the_files(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await store.add(a_message(), "anna", NOON)
    modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert modes == {path.name + suffix: 0o600 for suffix in ("", "-wal", "-shm")}
    await store.close()


async def test_a_file_in_a_missing_folder_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "errorhelp.sqlite"
    with pytest.raises(StoreUnavailable, match="check that its folder exists") as refused:
        await SqliteStore(path).open()
    assert refused.value.where == str(path)


async def test_a_file_that_is_no_database_is_named_and_left_alone(path: Path) -> None:
    path.write_text("a letter to the administrator\n" * 99)
    with pytest.raises(StoreUnavailable, match="not a database") as refused:
        await SqliteStore(path).open()
    assert refused.value.where == str(path)
    assert path.read_text() == "a letter to the administrator\n" * 99


async def test_a_damaged_file_is_named(path: Path) -> None:
    await filled(path, messages=50)
    intact = path.read_bytes()
    path.write_bytes(intact[:4096] + b"\xff" * (len(intact) - 4096))
    store = SqliteStore(path)
    with pytest.raises(StoreUnavailable, match="damaged") as refused:
        await store.open()
        await store.messages()
    assert refused.value.where == str(path)
    await store.close()


async def test_a_file_that_is_restored_by_another_process_is_said_to_be(path: Path) -> None:
    store = SqliteStore(path, busy_seconds=0)
    await store.open()
    # The word that a restore leaves.
    (path.parent / "holder.json").write_text(f'{{"work": "restore", "pid": {os.getppid()}}}')
    with closing(sqlite3.connect(path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="a restore is under way; nothing is written until"):
            await store.add(a_message(), "anna", NOON)
    await store.close()


async def test_a_file_locked_by_another_process_can_be_read_and_is_written_once_it_is_free(
    path: Path,
) -> None:
    store = SqliteStore(path, busy_seconds=0)
    await store.open()
    with closing(sqlite3.connect(path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked by another process"):
            await store.add(a_message(), "anna", NOON)
        assert await store.messages() == []
    await store.add(a_message(), "anna", NOON)
    assert await store.messages() == [a_message()]
    await store.close()


async def test_readers_do_not_wait_with_the_writers_for_another_process(path: Path) -> None:
    store = SqliteStore(path, busy_seconds=60)
    await store.open()
    with closing(sqlite3.connect(path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        writes = [asyncio.create_task(store.add(a_message(f"m{n}"), "anna", NOON)) for n in range(20)]
        async with asyncio.timeout(30):
            for _ in range(3):
                assert await store.messages() == []
    await asyncio.gather(*writes)
    assert len(await store.messages()) == len(writes)
    await store.close()


@posix_only
@pytest.mark.parametrize("mode", [0o444, 0o000])
async def test_a_file_that_may_not_be_written_is_named(mode: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "errorhelp.sqlite")
        await filled(path)
        path.chmod(mode)
        path.parent.chmod(0o555)
        store = SqliteStore(path)
        with (
            an_ordinary_user(),
            pytest.raises(StoreUnavailable, match="this account") as refused,
        ):
            await store.open()
        assert refused.value.where == str(path)
        path.parent.chmod(0o755)


@posix_only
async def test_a_write_that_the_disk_refuses_leaves_nothing_behind_and_the_next_one_works(path: Path) -> None:
    resource = pytest.importorskip("resource")
    store = SqliteStore(path)
    await store.open()
    await store.add(a_message("before"), "anna", NOON)
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    log_size = Path(f"{path}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (log_size + 10_000, unlimited[1]))
    try:
        with pytest.raises(StoreUnavailable, match="disk"):
            await store.add(replace(a_message("big"), note="x" * 100_000), "anna", NOON)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    await store.add(a_message("after"), "anna", NOON)
    assert [each.id for each in await store.messages()] == ["after", "before"]
    assert [each.message_id for each in await store.events()] == ["before", "after"]
    await store.close()
