"""The store of several nodes: the contract of every store, against a real PostgreSQL, and what is its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Self

import asyncpg
import pytest
from postgres_cluster import Cluster, cluster
from report_store_contract import a_batch, a_report
from store_access_contract import AccessContract
from store_contract import NOON, StoreContract, a_message
from template_store_contract import TemplateContract

from errorhelp.store import RestoreUnderWay, StoreUnavailable
from errorhelp.store.postgres import PostgresStore
from errorhelp.store.sqlite import SqliteStore

pytestmark = pytest.mark.integration

SOCKET = ".s.PGSQL.5432"


@pytest.fixture
async def new_store(postgres: Cluster) -> Callable[[], PostgresStore]:
    address = await postgres.new_database()
    return lambda: PostgresStore(address, heartbeat_seconds=0.2)


class TestPostgresStore(StoreContract):
    pass


class TestPostgresAccess(AccessContract):
    pass


class TestPostgresTemplates(TemplateContract):
    pass


@asynccontextmanager
async def followed(store: PostgresStore) -> AsyncIterator[None]:
    """Somebody iterates the store's changes, as a service does; anew when that ends."""

    async def follow() -> None:
        while True:
            with suppress(StoreUnavailable):
                async for _ in store.changes():
                    pass
            await asyncio.sleep(0.05)

    task = asyncio.create_task(follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool], seconds: float = 30) -> float:
    """Seconds until something holds."""
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.005)
    return time.monotonic() - began


class Relay:
    """A socket between a node and the server; `silent`, it passes nothing on and tells nobody."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder = folder
        self._server = server / SOCKET
        self.silent = False
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._listening = await asyncio.start_unix_server(self._relay, self.folder / SOCKET)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()
        for writer in self._writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(self._server)
        self._writers += [writer, server_writer]
        await asyncio.gather(self._pass(reader, server_writer), self._pass(server_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if not self.silent:
                writer.write(data)
        if not self.silent:
            writer.close()


async def test_one_node_leads_and_another_follows_when_it_is_gone(postgres: Cluster) -> None:
    address = await postgres.new_database()
    one, other = (PostgresStore(address, heartbeat_seconds=0.1, leads_after_seconds=0.3) for _ in range(2))
    await one.open()
    await other.open()
    async with followed(other):
        async with followed(one):
            await until(lambda: one.leads or other.leads)
            leader, follower = (one, other) if one.leads else (other, one)
            assert not follower.leads
            await asyncio.sleep(1)
            assert leader.leads and not follower.leads
        await until(lambda: other.leads)
        assert not one.leads
    assert not other.leads
    await one.close()
    await other.close()


async def test_a_leader_that_the_network_lost_knows_before_another_one_leads(
    postgres: Cluster, tmp_path: Path
) -> None:
    address = await postgres.new_database()
    async with Relay(tmp_path, postgres.folder) as relay:
        lost = PostgresStore(address.replace(str(postgres.folder), str(tmp_path)))
        other = PostgresStore(address)
        await lost.open()
        await other.open()
        async with followed(lost):
            await until(lambda: lost.leads)
            async with followed(other):
                relay.silent = True
                began = time.monotonic()
                # What the server does when it hears nothing for long.
                connection = await asyncpg.connect(address)
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                )
                await connection.close()
                both = 0

                def is_taken_over() -> bool:
                    nonlocal both
                    both += lost.leads and other.leads
                    return other.leads

                knew = asyncio.create_task(until(lambda: not lost.leads))
                await until(is_taken_over)
                assert both == 0
                assert await knew < 6 <= time.monotonic() - began
        await lost.close()
        await other.close()


async def test_only_what_is_shown_has_others_read_messages_again(
    new_store: Callable[[], PostgresStore],
) -> None:
    store, other = new_store(), new_store()
    await store.open()
    reads = 0

    async def count() -> None:
        nonlocal reads
        async for _ in store.changes():
            reads += 1

    counting = asyncio.create_task(count())
    await until(lambda: reads == 1)
    for _ in range(3):
        before = store.report_writes
        await other.reports.add(a_batch(a_report(), keep=False))
        await until(lambda before=before: store.report_writes != before)
    assert reads == 1
    await other.add(a_message(), "anna", NOON)
    await until(lambda: reads == 2)
    # Some heartbeats later it is not read once more.
    await asyncio.sleep(1)
    assert reads == 2
    counting.cancel()
    for each in (store, other):
        await each.close()


async def test_a_change_without_a_notification_is_read_all_the_same(postgres: Cluster) -> None:
    address = await postgres.new_database()
    store = PostgresStore(address, heartbeat_seconds=0.2)
    await store.open()
    connection = await asyncpg.connect(address)
    async with aclosing(store.changes()) as changes:
        await anext(changes)
        # A first heartbeat has seen what there is.
        await asyncio.sleep(1)
        await connection.execute(
            "INSERT INTO window_changes (at, who, what, window_id, planned_for, planned_until, starts_at, ends_at) "
            "VALUES (1, 'anna', 'skipped', 'backup', 1, 2, 1, 1)"
        )
        async with asyncio.timeout(10):
            await anext(changes)
    await connection.close()
    await store.close()


async def test_while_everything_is_replaced_others_read_on_and_are_refused_with_the_reason(
    new_store: Callable[[], PostgresStore], tmp_path: Path
) -> None:
    other, target, source = new_store(), new_store(), SqliteStore(tmp_path / "source.db")
    for each in (other, target, source):
        await each.open()
    await source.add(a_message("restored"), "anna", NOON)
    await other.add(a_message("before"), "anna", NOON)

    async def meanwhile() -> None:
        with pytest.raises(RestoreUnderWay, match="a restore is under way; nothing is written until"):
            await other.add(a_message("meanwhile"), "anna", NOON)
        assert [each.id for each in await other.messages()] == ["before"]

    async with followed(other):
        await source.copy_to(target, replace=True, progress=lambda *_: None, first=meanwhile)
        await other.add(a_message("after"), "anna", NOON)
    assert [each.id for each in await other.messages()] == ["after", "restored"]
    for each in (other, target, source):
        await each.close()


async def test_while_the_database_is_down_the_store_says_so_and_afterwards_it_works_again() -> None:
    with cluster() as postgres:
        store = PostgresStore(postgres.address, heartbeat_seconds=0.2)
        await store.open()
        await store.add(a_message("before"), "anna", NOON)

        postgres.stop()
        with pytest.raises(StoreUnavailable, match="check that it runs"):
            await store.add(a_message("meanwhile"), "anna", NOON)
        with pytest.raises(StoreUnavailable):
            await store.messages()

        postgres.start()
        await store.add(a_message("after"), "anna", NOON)
        assert sorted(message.id for message in await store.messages()) == ["after", "before"]
        await store.close()


async def test_watching_ends_when_the_database_goes_and_goes_on_when_it_is_back() -> None:
    with cluster() as postgres:
        store = PostgresStore(postgres.address, heartbeat_seconds=0.2)
        await store.open()
        async with aclosing(store.changes()) as changes:
            await anext(changes)
            postgres.stop()
            with pytest.raises(StoreUnavailable):
                async with asyncio.timeout(10):
                    while True:
                        await anext(changes)
        postgres.start()
        async with aclosing(store.changes()) as changes:
            await anext(changes)
        await store.close()


async def test_an_error_never_shows_the_password() -> None:
    store = PostgresStore("postgresql://anna:s3cret@127.0.0.1:1/nowhere")
    with pytest.raises(StoreUnavailable) as refused:
        await store.open()
    await store.close()

    assert "s3cret" not in str(refused.value)
    assert "127.0.0.1:1/nowhere" in str(refused.value)
