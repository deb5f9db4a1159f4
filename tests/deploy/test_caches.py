"""Caches in front of the service, as they are without any setting of theirs, show no message past its end."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command import Running, serving
from nginx_example import main_file, program, wait_until_listening

from tests.ports import HOST, free_port

if sys.platform == "win32":
    pytest.skip("they are tested on Linux", allow_module_level=True)
pytestmark = pytest.mark.more

CONFIGURATION = """
help: {text: Call 112}
infobases:
  - {id: erp, name: ERP, connect: {server: srv, ref: ERP}}
  - {id: pay, name: Payroll, connect: {server: srv, ref: PAY}}
"""
TEXT = "Please wait"


@contextmanager
def varnish(folder: Path, port: int) -> Iterator[int]:
    """The port of a Varnish in front of another."""
    own = free_port()
    command = [program("varnishd"), "-F", "-j", "none", "-n", str(folder), "-s", "malloc,10m"]
    command += ["-a", f"{HOST}:{own}", "-b", f"{HOST}:{port}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until_listening(own)
            yield own
        finally:
            process.terminate()


@contextmanager
def nginx(folder: Path, port: int) -> Iterator[int]:
    """The port of an nginx with a `proxy_cache` in front of another."""
    own = free_port()
    site = f"""
proxy_cache_path {folder}/cache keys_zone=answers:1m;
server {{
  listen {HOST}:{own};
  location / {{
    proxy_pass http://{HOST}:{port};
    proxy_cache answers;
    add_header X-Cache $upstream_cache_status;
  }}
}}
"""
    (folder / "site.conf").write_text(site, "utf-8")
    (folder / "nginx.conf").write_text(main_file(folder), "utf-8")
    command = [program("nginx"), "-e", str(folder / "error.log"), "-p", str(folder), "-c", "nginx.conf"]
    with subprocess.Popen(command) as process:
        try:
            wait_until_listening(own)
            yield own
        finally:
            process.terminate()


def read(port: int, infobase: str) -> tuple[str, bool]:
    """What is shown for an infobase, and whether it came out of the cache."""
    with urllib.request.urlopen(f"http://{HOST}:{port}/help/{infobase}.json", timeout=20) as reply:
        # A hit of Varnish names the request that filled the cache, too.
        hit = reply.headers["X-Cache"] == "HIT" or len(reply.headers.get("X-Varnish", "").split()) == 2
        return json.load(reply)["userMessage"], hit


def post(service: Running, ends_at: datetime) -> None:
    """A message for everybody until then."""
    document = {"targets": ["*"], "text": TEXT, "ends_at": ends_at.isoformat()}
    token = (service.state / "token").read_text("ascii").strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{service.admin}/api/v1/messages", json.dumps(document).encode(), headers, method="POST"
    )
    urllib.request.urlopen(request, timeout=20).close()


def wait_until(moment: float) -> None:
    time.sleep(max(moment - time.time(), 0))


@pytest.fixture(params=[varnish, nginx])
def cached(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Running, int]]:
    """A service, and the port of a cache in front of it."""
    (tmp_path / "errorhelp.yaml").write_text(CONFIGURATION, "utf-8")
    (tmp_path / "cache").mkdir()
    with (
        serving(tmp_path / "state", tmp_path / "errorhelp.yaml") as service,
        request.param(tmp_path / "cache", int(service.public.rpartition(":")[2])) as port,
    ):
        yield service, port


def test_no_message_is_shown_past_its_end(cached: tuple[Running, int]) -> None:
    service, port = cached
    end = int(time.time()) + 12
    post(service, datetime.fromtimestamp(end, UTC))
    # For one infobase somebody reads now and then, for the other one all the time.
    wait_until(end - 3)
    assert read(port, "erp")[0] == TEXT
    seen = []
    while (asked := time.time()) < end + 1.5:
        seen.append((asked, *read(port, "pay")))
    assert read(port, "erp")[0] == ""
    assert any(text == TEXT and hit for _, text, hit in seen)
    # To the second: it takes a moment from the service to the cache.
    assert not [asked for asked, text, _ in seen if text == TEXT and asked >= end + 1]


def test_a_new_message_is_seen_when_an_answer_may_no_longer_be_kept(cached: tuple[Running, int]) -> None:
    service, port = cached
    assert read(port, "erp")[0] == ""
    posted = time.time()
    post(service, datetime.fromtimestamp(posted + 600, UTC))
    # The longest that a cache may keep an answer, by default.
    wait_until(posted + 6)
    assert read(port, "erp")[0] == TEXT
