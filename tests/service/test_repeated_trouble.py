"""Trouble in the store that is not known, in whatever runs again and again: told once, and once when it is over."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from samples import HOUR, NOON, message
from sqlalchemy import event
from sqlalchemy.engine import Engine

from errorhelp.config import load
from errorhelp.service import followers
from errorhelp.service.forwarder import Forwarder
from errorhelp.service.report_intake import Intake
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore

CONFIGURATION = """
infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]
reports: {enabled: true, forward: [{id: desk, webhook: 'http://127.0.0.1:9/'}]}
"""


def spoil(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Service, SqliteStore, Path]]:
    (folder / "errorhelp.yaml").write_text(CONFIGURATION, "utf-8")
    database = folder / "errorhelp.db"
    store = SqliteStore(database, poll_seconds=0.001)
    service = Service(load(folder / "errorhelp.yaml"), store, lambda: NOON)
    await service.start()
    try:
        yield service, store, database
    finally:
        await service.stop()


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


async def test_reports_that_cannot_be_written_are_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as (service, store, database):
        intake = Intake(service, store)
        spoil(database, "CREATE TRIGGER no BEFORE INSERT ON problems BEGIN SELECT RAISE(ABORT, 'no'); END")
        for _ in range(5):
            intake.take("erp", b"no licence", "text/plain", "10.0.0.1")
            await intake.write()
        reason = "reports cannot be written; 1 are lost, and more may be"
        assert told(caplog) == [reason]
        spoil(database, "DROP TRIGGER no")
        for _ in range(2):
            intake.take("erp", b"no licence", "text/plain", "10.0.0.1")
            await intake.write()
        assert told(caplog) == [reason, f"over: {reason}"]
        assert intake.counters.not_stored == 5


async def test_a_target_that_nothing_can_be_decided_for_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as (service, store, database):
        spoil(database, "CREATE TRIGGER no BEFORE INSERT ON targets BEGIN SELECT RAISE(ABORT, 'no'); END")
        forwarder = Forwarder(service, store)
        for _ in range(4):
            await forwarder.start()
            await forwarder.stop()
        assert told(caplog) == ["unexpected error while forwarding; trying again"]
        spoil(database, "DROP TRIGGER no")
        await forwarder.start()
        await forwarder.stop()
        assert told(caplog)[1:] == ["over: unexpected error while forwarding; trying again"]


async def test_messages_that_cannot_be_read_are_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "_TICK", 0.001)
    # Much longer than a reading takes, however busy the machine is.
    monkeypatch.setattr(followers, "_CALM_SECONDS", 5.0)
    readings = 0

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal readings
        readings += "FROM messages" in statement

    async with running(tmp_path) as (_, store, database):
        await store.add(message("m1", ends_at=NOON + HOUR), "anna", NOON)
        spoil(database, "UPDATE messages SET severity = 'unheard of'")
        event.listen(Engine, "before_cursor_execute", count)
        async with asyncio.timeout(60):
            while readings < 20:
                await asyncio.sleep(0.001)
            assert told(caplog) == ["unexpected error while following the store; trying again"]
            spoil(database, "UPDATE messages SET severity = 'info'")
            while len(told(caplog)) < 2:
                await asyncio.sleep(0.001)
        event.remove(Engine, "before_cursor_execute", count)
        assert told(caplog)[1:] == ["over: unexpected error while following the store; trying again"]
