"""What happens to a running service, a process of its own, when clients and disks misbehave.

ERRORHELP_FAULTS=100 does a hundred times as much of it as CI does, ERRORHELP_FAULTS_MINUTES=60 goes on with
spoilt requests for an hour.
"""

import json
import os
import re
import resource
import signal
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from select import select
from urllib.parse import urlsplit

import pytest
from command import Running, run, serving
from spoilt_requests import admin_requests, public_requests, spoilt

pytestmark = pytest.mark.more

TIMES = int(os.environ.get("ERRORHELP_FAULTS", "1"))
MINUTES = float(os.environ.get("ERRORHELP_FAULTS_MINUTES", "0"))
IDLE_CONNECTIONS = min(1000 * TIMES, 10_000)
CONFIGURATION = """
help: {text: Call 112}
infobases: [{id: erp, name: ERP, connect: {server: srv, ref: ERP}}]
lists: [{id: office, folders: [/]}]
reports: {enabled: true}
"""
FAILED = re.compile(rb"^HTTP/1\.[01] 500 ", re.MULTILINE)
GET = b"GET /help/erp.json HTTP/1.1\r\nHost: help.example.com\r\nConnection: close\r\n\r\n"


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    file = tmp_path / "errorhelp.yaml"
    file.write_text(CONFIGURATION, "utf-8")
    return file


@pytest.fixture
def service(tmp_path: Path, configuration: Path) -> Iterator[Running]:
    with serving(tmp_path / "state", configuration) as running:
        yield running


def connected(url: str) -> socket.socket:
    address = urlsplit(url)
    assert address.hostname and address.port
    return socket.create_connection((address.hostname, address.port), timeout=20)


def answer(connection: socket.socket) -> bytes:
    """All that comes until the other end closes."""
    with connection.makefile("rb") as stream:
        return stream.read()


def resident_bytes(process_id: int) -> int:
    pages = Path(f"/proc/{process_id}/statm").read_text("ascii").split()[1]
    return int(pages) * resource.getpagesize()


def test_a_stop_under_load_fails_no_request(service: Running) -> None:
    seen: Counter[str] = Counter()

    def ask_until_refused() -> None:
        while True:
            try:
                connection = connected(service.public)
            except ConnectionRefusedError:
                return
            with connection:
                try:
                    connection.sendall(GET)
                    seen["whole" if answer(connection).endswith(b"}") else "broken"] += 1
                except OSError as error:
                    seen[repr(error)] += 1

    clients = [threading.Thread(target=ask_until_refused) for _ in range(16)]
    for client in clients:
        client.start()
    while seen["whole"] < 500:
        time.sleep(0.01)
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=20) == 0
    for client in clients:
        client.join()
    assert set(seen) == {"whole"}


def test_crowds_that_only_connect_keep_nobody_from_reading(service: Running) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, IDLE_CONNECTIONS + 1000), hard))
    before = resident_bytes(service.process.pid)
    with ExitStack() as stack:
        for number in range(IDLE_CONNECTIONS):
            idle = stack.enter_context(connected(service.public))
            if number % 3 == 0:
                idle.sendall(GET[: 1 + number % 60])
            if number % 3 == 1:
                idle.shutdown(socket.SHUT_WR)
        assert service.help_json("erp")["helpText"] == "Call 112"
        # Kilobytes a connection, so that ten thousand of them are bearable.
        assert (resident_bytes(service.process.pid) - before) / IDLE_CONNECTIONS < 20_000
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("door", ["public", "admin"])
def test_when_descriptors_run_short_idle_connections_give_way_which_is_logged(
    tmp_path: Path, configuration: Path, door: str
) -> None:
    with (
        serving(tmp_path / "state", configuration, descriptors=(512, 512)) as service,
        ExitStack() as stack,
    ):
        url = service.public if door == "public" else service.admin
        for number in range(600):
            idle = stack.enter_context(connected(url))
            idle.sendall(GET[: number % 60])
            if number % 20 == 0:
                assert service.help_json("erp")["helpText"] == "Call 112"
        assert service.help_json("erp")["helpText"] == "Call 112"
        printed = run(service.state, "status")
        assert printed.returncode == 0
        (line,) = [line for line in printed.stdout.splitlines() if line.startswith(f"{door} connections: ")]
        assert re.search(r" of at most \d+, \d+ idle ones closed to make room$", line), line
        (warning,) = [line for line in service.log_so_far() if "closed for new ones" in line]
        assert f"connections to the {door} listener are open, as many as there may be" in warning
        assert not [line for line in service.log_so_far() if "Traceback" in line or "out of system" in line]


def test_a_service_takes_as_many_descriptors_as_it_may_have(tmp_path: Path, configuration: Path) -> None:
    with serving(tmp_path / "state", configuration, descriptors=(256, 2048)) as service:
        limits = Path(f"/proc/{service.process.pid}/limits").read_text("ascii")
        assert re.search(r"^Max open files +2048 +2048 ", limits, re.MULTILINE)
        status = json.loads(run(service.state, "status", "--output", "json").stdout)
        assert status["connections"]["public"]["most"] > 1024


def test_eighteen_thousand_idle_connections_are_held(tmp_path: Path, configuration: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with serving(tmp_path / "state", configuration) as service, ExitStack() as stack:
        clients = [stack.enter_context(connected(service.public)) for _ in range(18_000)]
        assert service.help_json("erp")["helpText"] == "Call 112"
        status = json.loads(run(service.state, "status", "--output", "json").stdout)
        assert status["connections"]["public"]["open"] >= 18_000
        for idle in clients[::1000]:
            idle.sendall(GET)
            assert answer(idle).endswith(b"}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("door", ["public", "admin"])
def test_no_bytes_bring_a_listener_down_or_make_an_error_of_ours(service: Running, door: str) -> None:
    choice = Random(21)  # noqa: S311 - not a secret
    token = (service.state / "token").read_text("ascii").strip()
    requests = public_requests() if door == "public" else admin_requests(token)
    url = service.public if door == "public" else service.admin
    # Caches fill in both rounds, and then no more.
    sizes = []
    for minutes in (MINUTES / 10, MINUTES):
        until, count = time.monotonic() + 60 * minutes, 0
        while count < 300 * TIMES or time.monotonic() < until:
            assert not FAILED.search(asked(url, spoilt(choice.choice(requests), choice)))
            count += 1
        sizes.append(resident_bytes(service.process.pid))
        # For who runs it for an hour, with pytest -s.
        print(f"{door}: {count:,} requests, {sizes[-1]:,} bytes")  # noqa: T201
    assert service.help_json("erp")["helpText"] == "Call 112"
    assert run(service.state, "status").returncode == 0
    assert not [line for line in service.log_so_far() if "Traceback" in line or token in line]
    assert sizes[1] - sizes[0] < 20_000_000


def asked(url: str, request: bytes) -> bytes:
    """What a listener answers to bytes, whether it takes them all or not."""
    with connected(url) as connection:
        try:
            connection.sendall(request)
            # No answer by then: the rest of the request is waited for, and does not come.
            select([connection], [], [], 0.1)
            connection.shutdown(socket.SHUT_WR)
            return answer(connection)
        except ConnectionError:
            return b""


def test_a_damaged_store_is_named_and_what_was_shown_last_stays(tmp_path: Path, configuration: Path) -> None:
    state = tmp_path / "state"
    with serving(state, configuration) as service:
        posted = run(state, "message", "post", "--to", "erp", "--for", "1h", "--text", "Please wait")
        assert posted.returncode == 0, posted.stderr
    database = state / "errorhelp.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damaged = bytearray(database.read_bytes())
    damaged[20:] = b"\xff" * (len(damaged) - 20)
    database.write_bytes(damaged)
    with serving(state, configuration) as service:
        assert service.help_json("erp")["userMessage"] == "Please wait"
        refused = run(state, "message", "post", "--to", "erp", "--for", "1h", "--text", "More")
        assert refused.returncode != 0
        assert str(database) in refused.stderr
        assert "restore the file from a backup" in refused.stderr
    assert database.read_bytes() == bytes(damaged)


def test_without_name_resolution_help_is_read_and_what_is_to_be_sent_waits(
    tmp_path: Path, configuration: Path
) -> None:
    desk = "forward: [{id: desk, webhook: 'https://desk.invalid/hook'}]"
    configuration.write_text(CONFIGURATION.replace("enabled: true", f"enabled: true, {desk}"), "utf-8")
    with serving(tmp_path / "state", configuration) as service:
        with connected(service.public) as connection:
            connection.sendall(
                GET.replace(b"GET", b"POST").replace(b"Host", b"Content-Length: 5\r\nHost") + b"wrong"
            )
            assert answer(connection).endswith(b"}")
        give_up_at = time.monotonic() + 60
        entries: list[dict[str, object]] = []
        while not (entries and entries[0]["attempts"]) and time.monotonic() < give_up_at:
            entries = json.loads(run(service.state, "report", "outbox", "-o", "json").stdout)
        assert entries[0]["state"] == "pending"
        assert "desk.invalid" in entries[0]["error"]
        assert service.help_json("erp")["helpText"] == "Call 112"
