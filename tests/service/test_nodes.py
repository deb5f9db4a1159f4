"""Several nodes over one PostgreSQL, each a process: all show what is posted to one; reads never wait for it.

ERRORHELP_OUTAGE_SECONDS=60 keeps the database away for longer than CI does.
"""

import asyncio
import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command import Running, run, serving
from postgres_cluster import Cluster, cluster
from samples import message

from errorhelp.config import Loaded, load
from errorhelp.service.service import Service
from errorhelp.store.postgres import PostgresStore

pytestmark = pytest.mark.more

OUTAGE_SECONDS = float(os.environ.get("ERRORHELP_OUTAGE_SECONDS", "2"))
PATIENCE_SECONDS = 20
CONFIGURATION = """
help: {{text: Call 112}}
infobases: [{{id: erp, name: ERP, connect: {{server: srv, ref: ERP}}}}]
store: {store}
"""


@pytest.fixture
def postgres() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


@contextmanager
def nodes(folder: Path, postgres: Cluster, count: int = 2) -> Iterator[list[Running]]:
    """Running nodes, each with a state of its own."""
    configuration = folder / "errorhelp.yaml"
    configuration.write_text(CONFIGURATION.format(store=postgres.address), "utf-8")
    with ExitStack() as stack:
        yield [
            stack.enter_context(serving(folder / f"state{number}", configuration)) for number in range(count)
        ]


def post(node: Running, text: str) -> int:
    """Post a message for an hour; the status of the answer, and a check that a refusal says when to come back."""
    token = (node.state / "token").read_text("ascii").strip()
    body = json.dumps({"targets": ["erp"], "text": text, "duration": "1h"}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{node.admin}/api/v1/messages", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        assert refused.code != 503 or int(refused.headers["Retry-After"]) > 0
        refused.close()
        return refused.code


def until(holds: Callable[[], bool]) -> float:
    """Seconds until something holds."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < PATIENCE_SECONDS
    return time.monotonic() - started


@contextmanager
def reading(node: Running) -> Iterator[list[object]]:
    """Clients that read help all the time; what went wrong for them."""
    wrong: list[object] = []
    finished = threading.Event()

    def read() -> None:
        while not finished.is_set():
            try:
                if node.help_json("erp")["helpText"] != "Call 112":
                    wrong.append("other help")
            except Exception as error:
                wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    try:
        yield wrong
    finally:
        finished.set()
        for reader in readers:
            reader.join()


def shown(node: Running) -> str:
    return str(node.help_json("erp")["userMessage"])


def test_a_message_posted_on_one_node_is_shown_by_the_other(tmp_path: Path, postgres: Cluster) -> None:
    with nodes(tmp_path, postgres) as (one, other):
        assert post(one, "from one") == 201
        until(lambda: "from one" in shown(other))
        assert post(other, "from the other") == 201
        until(lambda: "from the other" in shown(one))
        assert "from one" in run(other.state, "message", "list").stdout


def test_without_a_service_the_minute_timer_publishes_what_the_database_holds(
    tmp_path: Path, postgres: Cluster
) -> None:
    with nodes(tmp_path, postgres, count=1) as (one,):
        assert post(one, "Ждите") == 201
    configuration = tmp_path / "errorhelp.yaml"
    configuration.write_text(f"{configuration.read_text('utf-8')}publish: tree\n", "utf-8")
    timer = run(tmp_path / "of the timer", "publish", "--unless-running", "--config", configuration)
    assert timer.returncode == 0, timer.stderr
    published = json.loads((tmp_path / "tree" / "help" / "erp.json").read_bytes())
    assert published["userMessage"] == "Ждите"


def test_while_the_database_is_gone_help_is_read_and_what_cannot_be_written_says_so(
    tmp_path: Path, postgres: Cluster
) -> None:
    with nodes(tmp_path, postgres) as (one, other):
        assert post(one, "before") == 201
        until(lambda: "before" in shown(other))
        with reading(one) as wrong_at_one, reading(other) as wrong_at_other:
            postgres.stop()
            gone_until = time.monotonic() + OUTAGE_SECONDS
            while time.monotonic() < gone_until:
                assert post(one, "meanwhile") == 503
                assert (shown(one), shown(other)) == ("before", "before")
            postgres.start()
            until(lambda: post(one, "after") == 201)
            until(lambda: "after" in shown(other))
        assert (wrong_at_one, wrong_at_other) == ([], [])


def test_a_node_that_starts_without_the_database_shows_what_it_showed_last(
    tmp_path: Path, postgres: Cluster
) -> None:
    with nodes(tmp_path, postgres, 1) as (node,):
        assert post(node, "before") == 201
    postgres.stop()
    with nodes(tmp_path, postgres, 1) as (node,):
        assert shown(node) == "before"
        assert post(node, "meanwhile") == 503
        postgres.start()
        until(lambda: post(node, "after") == 201)
        assert "after" in shown(node)


async def test_a_shorter_retention_that_waits_is_confirmed_on_either_node_for_the_one_that_removes(
    tmp_path: Path, postgres: Cluster
) -> None:
    def configured(retention: str) -> Loaded:
        text = CONFIGURATION.format(store=postgres.address) + f"messages: {{retention: {retention}}}\n"
        (tmp_path / "errorhelp.yaml").write_text(text, "utf-8")
        return load(tmp_path / "errorhelp.yaml")

    stores = [PostgresStore(postgres.address, heartbeat_seconds=0.2) for _ in range(2)]
    services = [Service(configured("365d"), store) for store in stores]
    for service in services:
        await service.start()
    leader, other = sorted(services, key=lambda each: not each.leads)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await stores[0].retention.kept()).used is None:
            await asyncio.sleep(0.05)
    ended = datetime.now(UTC).replace(microsecond=0) - timedelta(days=40)
    for number in range(3):
        await stores[0].add(
            message(f"m{number}", starts_at=ended - timedelta(hours=1), ends_at=ended), "anna", ended
        )
    shorter = configured("30d")
    for service in services:
        await service.use(shorter)
        assert service.waiting_retention is not None
        assert (service.waiting_retention.lost, service.waiting_retention.kept) == (3, 3)
    await other.confirm(shorter.digest)
    async with asyncio.timeout(PATIENCE_SECONDS):
        # It is noted when the messages are gone.
        while (await stores[1].retention.kept()).used != timedelta(days=30):
            await asyncio.sleep(0.05)
        while leader.waiting_retention or other.waiting_retention:
            await asyncio.sleep(0.05)
    assert await stores[0].messages() == []
    for service in services:
        await service.stop()
