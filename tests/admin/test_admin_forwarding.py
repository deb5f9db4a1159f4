"""Targets and their outbox over the admin API, and on the command line of a service that is killed."""

import json
import queue
import threading
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from admin_api import AdminApi, admin_api
from command import Running, run, serving
from configurations import written
from forwarding_store_contract import queued
from receivers import Webhook, webhook
from report_samples import CONFIGURATION, zipped

from errorhelp.notifications.notification import Occasion, example
from errorhelp.service.forwarder import Forwarder

pytestmark = pytest.mark.integration


@pytest.fixture
async def receiver() -> AsyncIterator[Webhook]:
    async with webhook() as served:
        yield served


@pytest.fixture
async def api(tmp_path: Path, receiver: Webhook) -> AsyncIterator[AdminApi]:
    targets = f"{{id: desk, webhook: '{receiver.url}'}}, {{id: finance, webhook: '{receiver.url}', targets: /Finance}}"
    async with admin_api(tmp_path, reports=f"enabled: true, forward: [{targets}]") as api:
        yield api


async def test_targets_are_listed_with_the_depth_of_their_outbox(api: AdminApi) -> None:
    first, _, _ = await queued(api.store, "desk", 3)
    await api.store.forwarding.failed(first.id, "404", None)
    never = {"tried_at": None, "delivered_at": None, "error": ""}
    assert (await api.get("/api/v1/targets")).document["targets"] == [
        {"id": "desk", "by": "webhook", "infobases": 3, "pending": 2, "dead": 1} | never,
        {"id": "finance", "by": "webhook", "infobases": 2, "pending": 0, "dead": 0} | never,
    ]


async def test_targets_are_listed_with_how_the_last_delivery_ended(api: AdminApi, receiver: Webhook) -> None:
    notification = example(Occasion.FIRST, api.clock.now)
    await queued(api.store, "desk", document=notification)
    forwarder = Forwarder(api.service, api.store)
    await forwarder.work()
    await forwarder.settle()
    api.clock.go_on(minutes=5)
    receiver.status = 404
    await queued(api.store, "desk", document=notification)
    await forwarder.work()
    await forwarder.settle()
    desk = (await api.get("/api/v1/targets")).document["targets"][0]
    assert [desk[name] for name in ("tried_at", "delivered_at", "error")] == [
        "2026-11-21T12:05:00Z",
        "2026-11-21T12:00:00Z",
        "the answer is 404 Not Found",
    ]


async def test_the_outbox_is_listed_in_the_order_of_delivery(api: AdminApi) -> None:
    first, second = await queued(api.store, "desk", 2)
    await queued(api.store, "finance")
    await api.store.forwarding.failed(first.id, "the answer is 404", None)
    entries = (await api.get("/api/v1/outbox", params={"target": "desk"})).document["entries"]
    assert [(each["id"], each["state"], each["error"]) for each in entries] == [
        (first.id, "dead", "the answer is 404"),
        (second.id, "pending", ""),
    ]
    dead = (await api.get("/api/v1/outbox", params={"state": "dead"})).document["entries"]
    assert [each["notification"]["occasion"] for each in dead] == ["first"]


async def test_dead_entries_are_tried_again_one_by_one_or_all_of_a_target(api: AdminApi) -> None:
    first, second = await queued(api.store, "desk", 2)
    for each in (first, second):
        await api.store.forwarding.failed(each.id, "404", None)
    api.clock.go_on(hours=1)
    entry = (await api.post(f"/api/v1/outbox/{second.id}/retry")).document
    assert (entry["id"], entry["state"], entry["next_try"]) == (second.id, "pending", "2026-11-21T13:00:00Z")
    assert (await api.post("/api/v1/targets/desk/retry")).document == {"retried": 2}
    assert (await api.get("/api/v1/targets")).document["targets"][0]["dead"] == 0


async def test_dead_entries_are_dropped_one_by_one_or_all_of_a_target(api: AdminApi) -> None:
    first, second, third, pending = await queued(api.store, "desk", 4)
    for each in (first, second, third):
        await api.store.forwarding.failed(each.id, "404", None)
    assert (await api.post(f"/api/v1/outbox/{second.id}/drop")).document == {"dropped": 1}
    refused = await api.post(f"/api/v1/outbox/{pending.id}/drop")
    assert (refused.status, refused.document["type"]) == (409, "urn:errorhelp:problem:entry-pending")
    assert (await api.post("/api/v1/targets/desk/drop")).document == {"dropped": 2}
    (left,) = (await api.get("/api/v1/outbox")).document["entries"]
    assert (left["id"], left["state"]) == (pending.id, "pending")


async def test_entries_of_a_target_that_is_gone_are_named_so_and_can_only_be_dropped(api: AdminApi) -> None:
    one, other, last = await queued(api.store, "old", 3)
    await queued(api.store, "desk")
    entries = (await api.get("/api/v1/outbox")).document["entries"]
    assert [(each["target"], each["target_gone"]) for each in entries] == [("old", True)] * 3 + [
        ("desk", False)
    ]
    for path in (f"/api/v1/outbox/{one.id}/retry", "/api/v1/targets/old/retry"):
        refused = await api.post(path)
        assert (refused.status, refused.document["type"]) == (409, "urn:errorhelp:problem:target-gone")
        assert "'old' is not in the configuration any more" in refused.document["detail"]
    assert (await api.post(f"/api/v1/outbox/{one.id}/drop")).document == {"dropped": 1}
    await api.store.forwarding.failed(other.id, "404", None)
    assert (await api.post("/api/v1/targets/old/drop")).document == {"dropped": 2}
    assert last.id not in json.dumps((await api.get("/api/v1/outbox")).document)


async def test_a_test_notification_is_sent_at_once_and_its_fate_is_answered(
    api: AdminApi, receiver: Webhook
) -> None:
    tested = (await api.post("/api/v1/targets/desk/test")).document
    assert tested == {"target": "desk", "delivered": True, "error": ""}
    assert [each["occasion"] for each in receiver.documents] == ["test"]
    receiver.status = 500
    tested = (await api.post("/api/v1/targets/desk/test")).document
    assert (tested["delivered"], tested["error"]) == (False, "the answer is 500 Internal Server Error")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/targets/none/test", "unknown-target"),
        ("/api/v1/targets/none/retry", "unknown-target"),
        ("/api/v1/targets/none/drop", "unknown-target"),
        ("/api/v1/outbox/none/retry", "unknown-entry"),
        ("/api/v1/outbox/none/drop", "unknown-entry"),
    ],
)
async def test_what_is_not_there_is_a_problem_document(api: AdminApi, path: str, code: str) -> None:
    refused = await api.post(path)
    assert (refused.status, refused.document["type"]) == (404, f"urn:errorhelp:problem:{code}")


async def test_a_forwarder_knows_how_deep_the_outbox_is(api: AdminApi, receiver: Webhook) -> None:
    receiver.status = 500
    await queued(api.store, "desk", 2)
    forwarder = Forwarder(api.service, api.store)
    await forwarder.work()
    await forwarder.settle()
    assert forwarder.depth["desk"].pending == 2
    assert forwarder.counters.failed == 1


@dataclass
class SupportDesk:
    """A web server in a thread of its own, which outlives the services of a test."""

    url: str = ""
    status: int = 503
    received: "queue.SimpleQueue[tuple[str, dict[str, Any]]]" = field(default_factory=queue.SimpleQueue)


@contextmanager
def support_desk() -> Iterator[SupportDesk]:
    desk = SupportDesk()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(desk.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            desk.received.put((self.headers["webhook-id"], json.loads(body)["data"]))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    desk.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield desk
    server.shutdown()
    thread.join()
    server.server_close()


def push(service: Running, stack: str) -> None:
    """A crash report, acknowledged."""
    report = {"id": stack, "errorInfo": {"applicationErrorInfo": {"errors": [[stack, []]], "stack": stack}}}
    request = urllib.request.Request(f"{service.public}/reports/erp/pushReport", zipped(report))
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status < 300


def test_what_was_acknowledged_is_notified_though_the_service_is_killed_before_it_could(
    tmp_path: Path,
) -> None:
    with support_desk() as desk:
        reports = f"{{enabled: true, forward: [{{id: desk, webhook: '{desk.url}'}}]}}"
        config, state = written(tmp_path, CONFIGURATION.format(reports=reports)), tmp_path / "state"
        with serving(state, config) as service:
            push(service, "before a try")
            tried, _ = desk.received.get(timeout=30)
            push(service, "just before the end")
            service.process.kill()
        desk.status = 200
        delivered: dict[str, str] = {}
        with serving(state, config):
            while len(delivered) < 2:
                entry_id, document = desk.received.get(timeout=30)
                delivered[document["problems"][0]["title"]] = entry_id
        assert list(delivered) == ["before a try", "just before the end"]
        assert delivered["before a try"] == tried


def test_the_command_line_lists_retries_and_tests(tmp_path: Path) -> None:
    with support_desk() as desk:
        reports = f"{{enabled: true, forward: [{{id: desk, webhook: '{desk.url}'}}]}}"
        config, state = written(tmp_path, CONFIGURATION.format(reports=reports)), tmp_path / "state"
        desk.status = 404
        with serving(state, config) as service:
            failed = run(state, "report", "forward-test")
            assert (failed.returncode, failed.stdout) == (1, "desk: the answer is 404 Not Found\n")
            push(service, "trouble")
            service.next_line("given up")
            listed = run(state, "report", "outbox", "--dead").stdout
            assert "desk" in listed
            assert "the answer is 404 Not Found" in listed
            (entry,) = json.loads(run(state, "report", "outbox", "-o", "json").stdout)
            assert entry["notification"]["problems"][0]["title"] == "trouble"

            push(service, "more trouble")
            service.next_line("given up")
            more = json.loads(run(state, "report", "outbox", "-o", "json").stdout)[-1]
            assert run(state, "report", "drop", more["id"]).stdout == "1 notification dropped\n"
            assert json.loads(run(state, "report", "outbox", "-o", "json").stdout) == [entry]
            dropped = run(state, "report", "drop", "--target", "none", "-o", "json")
            assert dropped.returncode == 4
            assert (
                json.loads(dropped.stdout)["error"]["problem"]["type"]
                == "urn:errorhelp:problem:unknown-target"
            )
            assert run(state, "report", "drop").returncode == 2

            desk.status = 200
            assert run(state, "report", "forward-test", "desk").stdout == "desk: delivered\n"
            assert run(state, "report", "retry", entry["id"]).returncode == 0
            service.next_line("(first) delivered to desk")
            assert run(state, "report", "outbox").stdout == ""
            assert "0 entries" in run(state, "report", "retry", "--target", "desk").stdout
            assert run(state, "report", "retry").returncode == 2
            assert run(state, "report", "retry", "none").returncode == 4
