"""Reports and forwarding in both databases."""

from collections.abc import Callable
from pathlib import Path

import pytest
from forwarding_store_contract import ForwardingStoreContract
from postgres_cluster import Cluster
from report_store_contract import ReportStoreContract

from errorhelp.store.postgres import PostgresStore
from errorhelp.store.sql import Store
from errorhelp.store.sqlite import SqliteStore


class TestReportsInSqlite(ReportStoreContract, ForwardingStoreContract):
    @pytest.fixture
    def new_store(self, tmp_path: Path) -> Callable[[], Store]:
        return lambda: SqliteStore(tmp_path / "errorhelp.sqlite", poll_seconds=0.01)


class TestReportsInPostgres(ReportStoreContract, ForwardingStoreContract):
    @pytest.fixture
    async def new_store(self, postgres: Cluster) -> Callable[[], Store]:
        address = await postgres.new_database()
        return lambda: PostgresStore(address)
