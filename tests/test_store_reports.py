"""Reports and forwarding in both databases."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from forwarding_store_contract import ForwardingStoreContract
from postgres_cluster import Cluster, cluster
from report_store_contract import ReportStoreContract

from errorhelp.store import Store
from errorhelp.store.postgres import PostgresStore
from errorhelp.store.sqlite import SqliteStore


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


class TestReportsInSqlite(ReportStoreContract, ForwardingStoreContract):
    @pytest.fixture
    def new_store(self, tmp_path: Path) -> Callable[[], Store]:
        return lambda: SqliteStore(tmp_path / "errorhelp.sqlite", poll_seconds=0.01)


class TestReportsInPostgres(ReportStoreContract, ForwardingStoreContract):
    @pytest.fixture
    async def new_store(self, postgres: Cluster) -> Callable[[], Store]:
        name = f"test_{uuid.uuid4().hex}"
        connection = await asyncpg.connect(postgres.address)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        address = postgres.address.replace("/postgres?", f"/{name}?")
        return lambda: PostgresStore(address)
