"""Copies of all public answers in object storage: after every change, through faults and restarts, on one node."""

import asyncio
import json
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from admin_api import SettableClock
from object_storage_server import (
    ACCESS_KEY,
    BUCKET,
    SECRET_KEY,
    FaultyProxy,
    HandOn,
    ObjectStorageServer,
    Request,
    faulty_proxy,
    object_storage_server,
)
from postgres_cluster import cluster
from samples import NOON

from errorhelp.config import Loaded, load
from errorhelp.people.people import Person, Role
from errorhelp.publishing.copier import Copier, CopyStatus
from errorhelp.publishing.published_tree import file_name
from errorhelp.service.drafts import Draft
from errorhelp.service.service import Service
from errorhelp.store.postgres import PostgresStore
from errorhelp.store.sqlite import SqliteStore
from errorhelp.system.state_directory import StateDirectory

pytestmark = pytest.mark.integration

CONFIGURATION = """
help: {text: Call 112}
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: erp}}
  - {id: crm, name: CRM, connect: {server: s, ref: crm}}
lists:
  - {id: office, folders: /}
  - {id: boss, folders: /, access: token, token: {file: boss.token}}
"""


class Node:
    """A service with a copy in the bucket behind the proxy, and its files in `folder`."""

    def __init__(
        self, folder: Path, proxy: FaultyProxy, clock: SettableClock, store: PostgresStore | None = None
    ) -> None:
        self.folder = folder
        self.proxy = proxy
        self.clock = clock
        self.state = StateDirectory(folder / "state")
        self.state.path.mkdir(parents=True, exist_ok=True)
        (folder / "boss.token").write_text("not-for-everybody-to-know")
        (folder / "copy.key").write_text(SECRET_KEY)
        self.service = Service(self.loaded(), store or SqliteStore(self.state.database), clock)
        self.copier = Copier(self.service, self.state, chance=lambda: 1, tick_seconds=0.02)
        self._task: asyncio.Task[None] | None = None

    def loaded(self, *more: str, configuration: str = CONFIGURATION, key: str = ACCESS_KEY) -> Loaded:
        storage = (
            f"{{endpoint: '{self.proxy.url}', bucket: {BUCKET}, prefix: public/, access_key: {key}, "
            "secret_key: {file: copy.key}}"
        )
        file = self.folder / "errorhelp.yaml"
        file.write_text("\n".join((configuration, f"publish_copies: [{{id: cloud, s3: {storage}}}]", *more)))
        return load(file)

    async def start(self) -> None:
        await self.service.start()
        self._task = asyncio.create_task(self.copier.run())

    async def stop(self, *, is_killed: bool = False) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
            await (self.copier.close() if is_killed else self.copier.stop())
            await self.service.stop()

    @property
    def status(self) -> CopyStatus:
        (status,) = self.copier.statuses
        return status

    @property
    def is_current(self) -> bool:
        return self.status.is_current

    async def post(self, text: str, *targets: str) -> str:
        draft = Draft(targets or ("erp",), text, self.clock.now + timedelta(hours=1))
        return (await self.service.post(draft, Person("ann", Role.ADMIN))).id

    async def pass_time(self, time: timedelta) -> None:
        self.clock.now += time
        await self.service.catch_up()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ObjectStorageServer]:
    with object_storage_server(tmp_path / "storage") as server:
        yield server


@pytest.fixture
async def proxy(server: ObjectStorageServer) -> AsyncIterator[FaultyProxy]:
    async with faulty_proxy(server) as proxy:
        yield proxy


@pytest.fixture
async def node(tmp_path: Path, proxy: FaultyProxy) -> AsyncIterator[Node]:
    node = Node(tmp_path / "node", proxy, SettableClock())
    yield node
    await node.stop()


@pytest.fixture
async def running(node: Node) -> Node:
    await node.start()
    await until(lambda: node.is_current)
    return node


def shown(server: ObjectStorageServer, infobase: str = "erp") -> object:
    """The user message in the bucket; None while rclone replaces the file."""
    try:
        return json.loads(server.text(f"public/help/{infobase}.json"))["userMessage"]
    except FileNotFoundError:
        return None


async def test_every_public_answer_is_an_object_and_nothing_else_is(
    running: Node, server: ObjectStorageServer
) -> None:
    answers = {f"public/{file_name(path)}": each.body for path, each in running.service.snapshot.published()}
    assert server.names == {*answers}
    assert all((server.bucket / name).read_bytes() == body for name, body in answers.items())
    assert "public/lists/office.v8i" in answers and "public/lists/boss.v8i" not in answers
    assert running.status.error is None and running.status.copied_at == NOON


async def test_objects_have_their_media_type_are_asked_for_again_each_time_and_no_acl_is_set(
    running: Node, proxy: FaultyProxy
) -> None:
    types = {
        f"public/{file_name(path)}": each.content_type for path, each in running.service.snapshot.published()
    }
    puts = {each.name: each.headers for each in proxy.requests if each.method == "PUT"}
    assert types.items() <= {name: headers["content-type"] for name, headers in puts.items()}.items()
    assert types["public/help/erp.json"] == "application/json; charset=utf-8"
    assert types["public/help/_unknown.json"].startswith("application/problem+json")
    assert types["public/offline/erp/sw.js"].startswith("text/javascript")
    assert {puts[name]["cache-control"] for name in types} == {"no-cache"}
    assert not [each for each in proxy.requests if any("acl" in name for name in each.headers)]


async def test_a_message_is_copied_at_once_and_its_end_at_its_end_and_only_what_they_change(
    running: Node, server: ObjectStorageServer, proxy: FaultyProxy
) -> None:
    proxy.requests.clear()
    await running.post("Backup is restored")
    await until(lambda: running.is_current)
    assert shown(server) == "Backup is restored" and shown(server, "crm") == ""
    await running.pass_time(timedelta(hours=1))
    await until(lambda: running.is_current)
    assert shown(server) == ""
    assert not [name for name in proxy.written if "crm" in name or "offline" in name]


async def test_with_the_newest_message_in_front_the_rest_follows_and_what_is_gone_goes_last(
    running: Node, server: ObjectStorageServer, proxy: FaultyProxy
) -> None:
    many = "".join(
        f"\n  - {{id: b{number}, name: B, connect: {{server: s, ref: b}}}}" for number in range(60)
    )
    without_crm = CONFIGURATION.replace("  - {id: crm, name: CRM, connect: {server: s, ref: crm}}", many[1:])
    posted = asyncio.Event()

    async def post_meanwhile(request: Request, whole: bytes, hand_on: HandOn) -> bytes:
        if len(proxy.written) > 20 and not posted.is_set():
            posted.set()
            await running.post("Disk failed")
        return await hand_on(whole)

    proxy.requests.clear()
    proxy.fault = post_meanwhile
    await running.service.use(running.loaded(configuration=without_crm))
    await until(lambda: posted.is_set() and running.is_current)
    message_at = max(index for index, name in enumerate(proxy.written) if name == "public/help/erp.json")
    assert message_at < 150 < len(proxy.written)
    assert shown(server) == "Disk failed"
    methods = [each.method for each in proxy.requests if each.method in ("PUT", "DELETE")]
    assert methods == ["PUT"] * methods.count("PUT") + ["DELETE"] * methods.count("DELETE")
    assert {*proxy.removed} and all("crm" in name for name in proxy.removed)
    assert not [name for name in server.names if "crm" in name]


async def test_after_a_restart_only_what_changed_meanwhile_is_written(
    running: Node, server: ObjectStorageServer, proxy: FaultyProxy
) -> None:
    await running.post("Backup is restored")
    await until(lambda: running.is_current)
    await running.stop()
    proxy.requests.clear()
    again = Node(running.folder, proxy, running.clock)
    again.clock.now += timedelta(hours=1)
    await again.start()
    await until(lambda: again.is_current)
    assert shown(server) == ""
    assert proxy.written and not [name for name in proxy.written if "crm" in name or "offline" in name]
    await again.stop()


async def test_a_logo_that_was_replaced_meanwhile_is_on_all_pages_after_the_restart(
    running: Node, server: ObjectStorageServer, proxy: FaultyProxy
) -> None:
    logo, with_logo = running.folder / "logo.svg", "public: {logo: logo.svg}"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    await running.service.use(running.loaded(with_logo))
    await until(lambda: running.is_current)
    page = server.text("public/help/erp.html")
    assert "data:image/svg+xml;base64," in page
    await running.stop()
    stamp = (running.folder / "errorhelp.yaml").stat()
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"><path/></svg>')
    again = Node(running.folder, proxy, running.clock)
    loaded = again.loaded(with_logo)
    os.utime(running.folder / "errorhelp.yaml", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    await again.service.use(load(loaded.files[0]))
    await again.start()
    await until(lambda: again.is_current)
    assert server.text("public/help/erp.html") != page
    await again.stop()


async def test_what_was_to_be_written_when_it_was_killed_is_written_after_the_start(
    running: Node, server: ObjectStorageServer, proxy: FaultyProxy
) -> None:
    held = asyncio.Event()

    async def hold(request: Request, whole: bytes, hand_on: HandOn) -> bytes:
        if request.method == "PUT":
            held.set()
            await hand_on(whole)
            await asyncio.Event().wait()
        return await hand_on(whole)

    proxy.fault = hold
    message = await running.post("Backup is restored")
    await held.wait()
    await running.stop(is_killed=True)
    # It may have arrived, and nobody was told so.
    assert shown(server) in ("Backup is restored", "")
    proxy.fault = None
    again = Node(running.folder, proxy, running.clock)
    await again.service.start()
    await again.service.end(message, Person("ann", Role.ADMIN))
    await again.start()
    await until(lambda: again.is_current)
    assert shown(server) == ""
    await again.stop()


async def refuse(request: Request, whole: bytes, hand_on: HandOn) -> bytes:
    raise ConnectionError


async def break_off_half_way(request: Request, whole: bytes, hand_on: HandOn) -> bytes:
    if request.method != "PUT":
        return await hand_on(whole)
    await hand_on(whole[: len(whole) - 100])
    raise ConnectionError


async def overloaded(request: Request, whole: bytes, hand_on: HandOn) -> bytes:
    body = b"<Error><Code>SlowDown</Code></Error>"
    return b"HTTP/1.1 503 Slow Down\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (refuse, "the connection broke off before it had answered"),
        (break_off_half_way, "the connection broke off before it had answered"),
        (overloaded, "it answers 503 Service Unavailable (SlowDown)"),
    ],
)
async def test_a_fault_is_told_once_and_tried_again_after_growing_pauses_until_it_is_over(
    running: Node,
    server: ObjectStorageServer,
    proxy: FaultyProxy,
    caplog: pytest.LogCaptureFixture,
    fault: Callable[[Request, bytes, HandOn], object],
    reason: str,
) -> None:
    proxy.fault = fault  # type: ignore[assignment]
    await running.post("Backup is restored")
    await until(lambda: running.status.error)
    assert running.status.error == f"s3://{BUCKET}/public at 127.0.0.1:{proxy.port}: {reason}"
    assert shown(server) == "" and running.status.copied_at == NOON
    for seconds in (5, 10, 20, 40):
        failed_at = running.clock.now
        await until(lambda at=failed_at: (running.status.next_try_at or at) > at)
        assert running.status.next_try_at == failed_at + timedelta(seconds=seconds)
        await running.pass_time(timedelta(seconds=seconds))
    assert caplog.text.count("the copy cloud is not as it must be") == 1
    proxy.fault = None
    await running.pass_time(timedelta(seconds=80))
    await until(lambda: running.is_current)
    assert shown(server) == "Backup is restored"
    assert "the copy cloud is as it must be again" in caplog.text


async def test_wrong_keys_are_named_with_the_remedy_and_right_ones_are_used_at_once(
    node: Node, server: ObjectStorageServer, caplog: pytest.LogCaptureFixture
) -> None:
    await node.service.use(node.loaded(key="SOMEBODY"))
    await node.start()
    await until(lambda: node.status.error)
    assert (
        "it refuses the keys: 403 Forbidden (InvalidAccessKeyId); correct access_key and secret_key"
        in str(node.status.error)
    )
    (node.folder / "copy.key").write_text("wrong")
    await node.service.use(node.loaded())
    await until(lambda: "SignatureDoesNotMatch" in str(node.status.error))
    (node.folder / "copy.key").write_text(SECRET_KEY)
    await node.service.use(node.loaded())
    await until(lambda: node.is_current)
    assert shown(server) == "" and SECRET_KEY not in caplog.text
    assert "gets nothing any longer" not in caplog.text


async def test_a_slow_storage_holds_up_nobody_and_what_is_newest_goes_in_front_of_what_waits(
    running: Node, server: ObjectStorageServer, proxy: FaultyProxy
) -> None:
    is_slow, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Request, whole: bytes, hand_on: HandOn) -> bytes:
        if request.method == "PUT":
            is_slow.set()
            await go_on.wait()
        return await hand_on(whole)

    proxy.requests.clear()
    proxy.fault = slow
    first = await running.post("All is down", "*")
    await is_slow.wait()
    # While requests wait, messages are posted and end as ever.
    await running.service.end(first, Person("ann", Role.ADMIN))
    await running.post("Only CRM", "crm")
    go_on.set()
    await until(lambda: running.is_current)
    assert (shown(server), shown(server, "crm")) == ("", "Only CRM")
    # Few were on their way, and no others were written with what was over.
    assert sum(each == "public/help/_unknown.html" for each in proxy.written) <= 2


async def test_what_somebody_changed_or_removed_there_is_mended_within_a_day_and_others_files_stay(
    running: Node, server: ObjectStorageServer
) -> None:
    server.put("public/help/erp.json", b"{}")
    server.delete("public/help/crm.json")
    server.put("public/logo.svg", b"<svg/>")
    await running.pass_time(timedelta(days=1))
    await until(lambda: (server.bucket / "public/help/crm.json").exists())
    await until(lambda: running.is_current)
    assert shown(server) == shown(server, "crm") == ""
    assert (server.bucket / "public/logo.svg").exists()


async def test_an_upload_that_arrives_after_it_was_given_up_is_found_soon(
    running: Node, server: ObjectStorageServer, proxy: FaultyProxy
) -> None:
    message = await running.post("Backup is restored")
    await until(lambda: running.is_current)
    late = (server.bucket / "public/help/erp.json").read_bytes()
    proxy.fault = refuse
    await running.service.end(message, Person("ann", Role.ADMIN))
    await until(lambda: running.status.error)
    proxy.fault = None
    await running.pass_time(timedelta(seconds=5))
    await until(lambda: running.is_current)
    server.put("public/help/erp.json", late)
    await running.pass_time(timedelta(minutes=5))
    await until(lambda: shown(server) == "")


async def test_a_prefix_where_other_things_are_is_refused_and_nothing_is_written(
    node: Node, server: ObjectStorageServer
) -> None:
    server.put("public/help/erp.json", b"somebody else's")
    await node.start()
    await until(lambda: node.status.error)
    assert "there are files (help/erp.json) and it is no copy of errorhelp" in str(node.status.error)
    assert server.names == {"public/help/erp.json"}


async def test_another_node_that_leads_takes_the_copy_over_and_writes_only_what_differs(
    running: Node, server: ObjectStorageServer, proxy: FaultyProxy, tmp_path: Path
) -> None:
    await running.post("Known to the first alone")
    await until(lambda: running.is_current)
    await running.stop(is_killed=True)
    proxy.requests.clear()
    second = Node(tmp_path / "second", proxy, running.clock)
    await second.start()
    await until(lambda: second.is_current)
    assert shown(server) == ""
    about_all = ("index.html", "messages.json", "messages.atom", "maintenance.ics", "_unknown.html")
    assert not [name for name in proxy.written if "/erp" not in name and not name.endswith(about_all)]
    assert not [name for name in proxy.written if "offline" in name]
    proxy.requests.clear()
    # The first one comes back with an old state, which says nothing of what is there now.
    first = Node(running.folder, proxy, running.clock)
    await first.start()
    await until(lambda: first.is_current)
    assert shown(server) == "Known to the first alone"
    await second.stop(is_killed=True)
    await first.stop()


async def test_a_state_that_takes_no_more_keeps_no_copy_from_being_written(
    running: Node, server: ObjectStorageServer, caplog: pytest.LogCaptureFixture
) -> None:
    (file,) = running.state.copies.glob("*.db")
    with closing(sqlite3.connect(file)) as database:
        database.execute("DROP TABLE changes")
    await running.post("The disk is full")
    await until(lambda: running.is_current)
    assert shown(server) == "The disk is full"
    assert caplog.text.count("cannot be kept") == 1
    assert [each for each in caplog.records if each.levelno >= logging.ERROR]


async def test_of_two_nodes_the_one_that_leads_writes_also_while_the_database_is_down(
    tmp_path: Path, server: ObjectStorageServer, proxy: FaultyProxy
) -> None:
    clock = SettableClock()
    with cluster() as postgres:

        def node(name: str) -> Node:
            store = PostgresStore(postgres.address, heartbeat_seconds=0.1, leads_after_seconds=0.3)
            return Node(tmp_path / name, proxy, clock, store)

        one, other = node("one"), node("other")
        await one.start()
        await until(lambda: one.is_current)
        await other.start()
        await other.post("Backup is restored")
        await until(lambda: shown(server) == "Backup is restored")
        assert one.status.is_written_here and not other.status.is_written_here

        await asyncio.to_thread(postgres.stop)
        await until(lambda: one.service.store_error)
        clock.now += timedelta(hours=1)
        await until(lambda: shown(server) == "")
        assert not other.status.is_written_here and other.status.error is None

        await asyncio.to_thread(postgres.start)
        await until(lambda: one.service.leads or other.service.leads)
        leading, following = (one, other) if one.service.leads else (other, one)
        await leading.stop(is_killed=True)
        await until(lambda: following.service.leads)
        await following.post("The other one writes")
        await until(lambda: shown(server) == "The other one writes")
        await until(lambda: following.is_current)
        assert following.status.is_written_here
        await following.stop()
