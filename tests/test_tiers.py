"""A test is in the tier that its mark says, or fails with a text that says which mark it lacks."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

TESTS = """
import asyncio, socket, sqlite3, subprocess, threading, urllib.request

import pytest, uvloop


def start_a_process():
    subprocess.run(["true"])


def start_a_process_in_a_loop():
    async def start():
        await (await asyncio.create_subprocess_exec("true")).wait()

    asyncio.run(start())


def listen():
    socket.create_server(("127.0.0.1", 0)).close()


def listen_on_uvloop():
    async def serve():
        (await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)).close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())


def listen_in_a_thread():
    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()


def ask_in_vain():
    try:
        urllib.request.urlopen("http://127.0.0.1:9/")
    except OSError:
        pass


ALL = [
    start_a_process, start_a_process_in_a_loop, listen, listen_on_uvloop, listen_in_a_thread, ask_in_vain
]


@pytest.mark.parametrize("do", ALL)
def test_without_a_mark(do):
    do()


@pytest.mark.integration
@pytest.mark.parametrize("do", ALL)
def test_with_a_mark(do):
    do()


@pytest.mark.more
@pytest.mark.parametrize("do", ALL)
def test_for_more(do):
    do()


@pytest.fixture
def server():
    listen()


def test_of_a_fixture(server):
    pass


@pytest.fixture
def closing():
    yield
    listen()


def test_of_an_end(closing):
    pass


def test_with_a_loop_and_a_database():
    asyncio.run(asyncio.sleep(0))
    sqlite3.connect(":memory:").close()


@pytest.mark.skipif(True, reason="no nginx here")
def test_of_nginx():
    pass


def test_of_a_library():
    pytest.importorskip("nothing_of_the_kind")
"""


def run(folder: Path, text: str, *options: str) -> str:
    """What pytest says, a line for each test, where the tests' own conftest.py is in force."""
    file = folder / "test_them.py"
    file.write_text(text, "utf-8")
    done = subprocess.run(
        [
            *(sys.executable, *options, "-m", "pytest", "-rA", "-p", "conftest", "-p", "no:cacheprovider"),
            file,
        ],
        env={"PYTHONPATH": str(Path(__file__).parent), "PATH": "/usr/bin:/bin", "COLUMNS": "1000"},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return done.stdout


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What pytest says of each test; of one that passes, nothing."""
    text = run(tmp_path_factory.mktemp("tests"), TESTS)
    found = re.findall(r"^(?:PASSED|FAILED|ERROR) \S+::(\S+)(?: - (.*))?$", text, re.MULTILINE)
    assert len({name for name, _ in found}) == 23
    return dict(found)


@pytest.mark.parametrize(
    ("name", "did"),
    [
        ("test_without_a_mark[start_a_process]", "starts a process (true"),
        ("test_without_a_mark[start_a_process_in_a_loop]", "starts a process (true"),
        ("test_without_a_mark[listen]", "opens a socket (socket."),
        ("test_without_a_mark[listen_on_uvloop]", "opens a socket (socket."),
        ("test_without_a_mark[listen_in_a_thread]", "opens a socket (socket."),
        ("test_without_a_mark[ask_in_vain]", "opens a socket (socket."),
        ("test_of_a_fixture", "opens a socket (socket."),
        ("test_of_an_end", "opens a socket (socket."),
    ],
)
def test_what_starts_a_process_or_opens_a_socket_needs_a_mark(
    said: dict[str, str], name: str, did: str
) -> None:
    assert did in said[name]
    assert "pytest.mark.integration, or pytest.mark.more" in said[name]


@pytest.mark.parametrize("name", ["test_with_a_mark", "test_for_more", "test_with_a_loop_and_a_database"])
def test_with_a_mark_or_without_need_of_one_it_passes(said: dict[str, str], name: str) -> None:
    assert {text for each, text in said.items() if each.startswith(name)} == {""}


@pytest.mark.parametrize("name", ["test_of_nginx", "test_of_a_library"])
def test_nothing_is_skipped(said: dict[str, str], name: str) -> None:
    assert "on Linux nothing is skipped" in said[name]


def test_no_file_is_skipped_either(tmp_path: Path) -> None:
    said = run(tmp_path, "import pytest\npytest.skip('not today', allow_module_level=True)\n")
    assert "not today; on Linux nothing is skipped" in said
    assert "1 error" in said


def test_a_test_without_a_browser_does_not_wait_for_its_import(tmp_path: Path) -> None:
    said = run(tmp_path, "def test_nothing(): pass\n", "-X", "importtime")
    assert "1 passed" in said
    assert "postgres_cluster" in said, "conftest.py was not imported"
    assert "playwright" not in said


SHARED = """
import subprocess

import pytest


@pytest.fixture(scope="session")
def server():
    yield
    subprocess.run(["true"])


@pytest.mark.integration
def test_with_a_mark(server):
    pass


def test_without_a_mark():
    pass
"""


def test_what_is_shared_may_end_with_a_test_that_did_not_ask_for_it(tmp_path: Path) -> None:
    outcomes = re.findall(r"^(PASSED|FAILED|ERROR) ", run(tmp_path, SHARED), re.MULTILINE)
    assert outcomes == ["PASSED", "PASSED"]
