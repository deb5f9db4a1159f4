"""Who leads, and what followers cost the database, as services know it that share a PostgreSQL."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from admin_api import SettableClock
from postgres_cluster import Cluster, cluster

from errorhelp.config import load
from errorhelp.service.forwarder import Forwarder
from errorhelp.service.report_intake import Intake
from errorhelp.service.service import Service
from errorhelp.store.postgres import PostgresStore

pytestmark = pytest.mark.integration

CONFIGURATION = """
infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]
reports: {enabled: true, forward: [{id: desk, webhook: 'http://127.0.0.1:9/'}]}
"""


def quick(address: str) -> PostgresStore:
    """A store that is quick to lead and to let go of connections."""
    return PostgresStore(address, heartbeat_seconds=0.1, leads_after_seconds=0.3, idle_seconds=0.5)


@asynccontextmanager
async def node(folder: Path, store: PostgresStore, clock: SettableClock) -> AsyncIterator[Service]:
    """A running service with reports and a target, as the command `serve` has it."""
    (folder / "errorhelp.yaml").write_text(CONFIGURATION, "utf-8")
    service = Service(load(folder / "errorhelp.yaml"), store, clock)
    await service.start()
    intake, forwarder = Intake(service, store), Forwarder(service, store)
    await forwarder.start()
    intake.start()
    try:
        yield service
    finally:
        await forwarder.stop()
        await intake.stop()
        await service.stop()


async def until_one_leads(*services: Service) -> Service:
    async with asyncio.timeout(30):
        while not (leading := [each for each in services if each.leads]):
            await asyncio.sleep(0.01)
    assert len(leading) == 1
    return leading[0]


async def test_a_minute_after_the_database_was_restarted_nobody_complains(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SettableClock()
    with cluster() as postgres:
        async with node(tmp_path, quick(postgres.address), clock) as service:
            await until_one_leads(service)
            postgres.stop()
            postgres.start()
            async with asyncio.timeout(30):
                while service.leads:
                    await asyncio.sleep(0.01)
            await until_one_leads(service)
            caplog.clear()
            clock.go_on(seconds=61)
            await service.catch_up()
            assert service.store_error is None
            assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


async def test_over_a_restart_of_the_database_two_never_lead_at_once(tmp_path: Path) -> None:
    with cluster() as postgres:
        async with AsyncExitStack() as stack:
            services = [
                await stack.enter_async_context(node(tmp_path, quick(postgres.address), SettableClock()))
                for _ in range(2)
            ]
            await until_one_leads(*services)
            for _ in range(3):
                await asyncio.to_thread(postgres.stop)
                await asyncio.to_thread(postgres.start)
                async with asyncio.timeout(30):
                    while any(each.leads for each in services):
                        assert sum(each.leads for each in services) == 1
                        await asyncio.sleep(0.005)
                await until_one_leads(*services)


async def test_a_node_that_follows_has_one_connection_and_opens_no_other(
    tmp_path: Path, postgres: Cluster
) -> None:
    address, clock = await postgres.new_database(), SettableClock()
    async with AsyncExitStack() as stack:
        named = [f"{address}&application_name=node{number}" for number in range(3)]
        services = [await stack.enter_async_context(node(tmp_path, quick(each), clock)) for each in named]
        leading = services.index(await until_one_leads(*services))
        connection = await asyncpg.connect(address)
        stack.push_async_callback(connection.close)

        async def connected() -> set[tuple[str, int]]:
            rows = await connection.fetch(
                "SELECT application_name, pid FROM pg_stat_activity WHERE application_name LIKE 'node%'"
            )
            return {(name, process) for name, process in rows if name != f"node{leading}"}

        async with asyncio.timeout(60):
            while len(before := await connected()) > 2:
                await asyncio.sleep(0.05)
        # What is done each second is done a few times.
        await asyncio.sleep(4)
        assert await connected() == before
        assert len({name for name, _ in before}) == 2
