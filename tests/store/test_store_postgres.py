"""The store of several nodes: the contract of every store, against a real PostgreSQL, and what is its own."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import pytest
from postgres_cluster import Cluster, cluster
from store_access_contract import AccessContract
from store_contract import NOON, StoreContract, a_message

from errorhelp.store import StoreUnavailable
from errorhelp.store.postgres import PostgresStore

pytestmark = pytest.mark.integration


@pytest.fixture
async def new_store(postgres: Cluster) -> Callable[[], PostgresStore]:
    address = await postgres.new_database()
    return lambda: PostgresStore(address, heartbeat_seconds=0.2)


class TestPostgresStore(StoreContract):
    pass


class TestPostgresAccess(AccessContract):
    pass


async def test_one_node_leads_and_another_follows_when_it_is_gone(
    new_store: Callable[[], PostgresStore],
) -> None:
    one, other = new_store(), new_store()
    await one.open()
    await other.open()

    assert all(await asyncio.gather(*(one.leads() for _ in range(5))))
    assert await one.leads()
    assert not await other.leads()
    await one.close()
    async with asyncio.timeout(10):
        while not await other.leads():
            await asyncio.sleep(0.01)
    await other.close()


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
