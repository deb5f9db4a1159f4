"""A store of years: whatever is asked of it, no public read waits for long, and little is read of it at once."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import event
from sqlalchemy.engine import Engine
from work import Work, counted

from benchmarks.large_store import NOT_ASKED, Figures, asked, fits, make
from errorhelp.admin import service_metrics
from errorhelp.admin.access.authorization import FileToken
from errorhelp.admin.admin_listener import AdminListener
from errorhelp.config import load
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
# Of a month, all of which some pages look at.
MESSAGES, REPORTS = 3_000, 3_000
MOST_CALLS_AT_A_STRETCH = 15_000
"""About as many as a few milliseconds have room for."""

TOKEN = {"Authorization": "Bearer a token"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    make(folder, int(NOON.timestamp()), MESSAGES, REPORTS)
    return folder


@dataclass
class LargeSite:
    """A running admin listener over such a store."""

    url: str
    http: ClientSession
    routes: list[tuple[str, str]]

    async def ask(self, what: Figures) -> Work:
        """Ask for something; what was done until the answer was there."""
        path = what.asked.partition(" ")[2]
        with counted() as work:
            async with self.http.get(self.url + path) as answer:
                await answer.read()
        assert answer.status == 200, what.asked
        return work


@asynccontextmanager
async def running(folder: Path, copy: Path) -> AsyncIterator[LargeSite]:
    """A listener over a copy of the folder."""
    shutil.copytree(folder, copy)
    service = Service(load(copy / "errorhelp.yaml"), SqliteStore(copy / "errorhelp.db"), lambda: NOON)

    async def reload() -> None:
        """Nothing changes here."""

    listener = AdminListener(
        service, FileToken("a token"), reload, metrics=lambda: service_metrics.of_service(service)
    )
    await service.start()
    await listener.start("127.0.0.1", 0)
    async with ClientSession(headers=TOKEN) as http:
        yield LargeSite(listener.url, http, listener.routes)
    await listener.stop()
    await service.stop()


@pytest.fixture
async def site(folder: Path, tmp_path: Path) -> AsyncIterator[LargeSite]:
    async with running(folder, tmp_path / "copy") as site:
        yield site


def questions(folder: Path) -> list[Figures]:
    """All that can be asked of the admin listener without changing anything."""
    return [each for each in asked(folder) if each.asked.startswith("admin /") and each.body is None]


@pytest.mark.more
async def test_nothing_that_can_be_asked_keeps_public_reads_waiting(site: LargeSite, folder: Path) -> None:
    longest = {each.asked: (await site.ask(each)).longest_step for each in questions(folder)}
    assert {each: calls for each, calls in longest.items() if calls > MOST_CALLS_AT_A_STRETCH} == {}


@pytest.mark.more
async def test_few_statements_read_whatever_can_be_asked(site: LargeSite, folder: Path) -> None:
    """Of what is listed in thousands more, as it is read in pieces; never one for each day, message or problem."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        counts = {}
        for each in questions(folder):
            statements.clear()
            await site.ask(each)
            counts[each.asked] = len(statements)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    # Other work gets in between.
    most = {each: 700 if ".csv" in each or ".json" in each or "000" in each else 40 for each in counts}
    assert {each: count for each, count in counts.items() if count > most[each]} == {}


async def test_what_is_told_costs_no_more_with_more_messages_in_the_store(
    site: LargeSite, tmp_path: Path
) -> None:
    await asyncio.to_thread(make, tmp_path / "small", int(NOON.timestamp()), 300, 0)
    api = "/api/v1/messages"
    paths = [
        "/",
        "/history",
        "/history?who=nobody",
        "/api/v1/status",
        api,
        f"{api}?author=nobody",
        "/healthz",
    ]
    async with running(tmp_path / "small", tmp_path / "other") as small:
        for path in paths:
            few, many = [
                # At first more is done, as nothing is remembered yet, and other work gets in between.
                min([(await each.ask(Figures(f"admin {path}"))).calls for _ in range(5)])
                for each in (small, site)
            ]
            assert many < 1.3 * few, path


async def test_the_benchmark_asks_whatever_can_be_asked(site: LargeSite, folder: Path) -> None:
    routes = {path for method, path in site.routes if method == "GET" and not path.startswith(NOT_ASKED)}
    assert {each for each in routes if not any(fits(each, what.asked) for what in questions(folder))} == set()
