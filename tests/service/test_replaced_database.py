"""PostgreSQL replaced by an empty one while the service runs: it makes its tables, and keeps what is shown."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from postgres_cluster import Cluster

from errorhelp.config import load
from errorhelp.people.people import Person, Role
from errorhelp.service.drafts import Draft
from errorhelp.service.service import Service
from errorhelp.service.window_drafts import WindowDraft
from errorhelp.store import StoreUnavailable
from errorhelp.store.message_filter import MessageFilter
from errorhelp.store.postgres import PostgresStore

ANNA = Person("anna", Role.ADMIN)
CONFIGURATION = "infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]\n"


def draft(text: str) -> Draft:
    return Draft(("erp",), text, datetime.now(UTC) + timedelta(hours=1))


async def test_posting_goes_on_and_what_is_shown_is_in_the_new_database(tmp_path: Path, postgres: Cluster):
    (tmp_path / "errorhelp.yaml").write_text(CONFIGURATION, "utf-8")
    address = await postgres.new_database()
    service = Service(load(tmp_path / "errorhelp.yaml"), PostgresStore(address, heartbeat_seconds=0.1))
    await service.start()
    before = await service.post(draft("before"), ANNA)
    starts_at = datetime.fromisoformat("2026-11-22 02:00")
    nightly = WindowDraft(("erp",), "Backups", starts_at, timedelta(hours=1), "FREQ=DAILY")
    window = await service.made_windows.make(nightly, ANNA)

    name = urlsplit(address).path.removeprefix("/")
    connection = await asyncpg.connect(postgres.address)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    async with asyncio.timeout(60):
        while True:
            try:
                after = await service.post(draft("after"), ANNA)
                break
            except StoreUnavailable:
                await asyncio.sleep(0.05)
        assert {each.id for each in service.snapshot.live if not each.window} == {before.id, after.id}
        while {each.id for each in await service.find_messages(MessageFilter(), 1000)} != {
            before.id,
            after.id,
        }:
            await asyncio.sleep(0.05)
        while [each.id for each in await service.made_windows.all(ended=True)] != [window.id]:
            await asyncio.sleep(0.05)
    assert {each.id for each in service.snapshot.live if not each.window} == {before.id, after.id}
    await service.stop()
