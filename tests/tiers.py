"""What runs when, held by the tests themselves.

| command | tests |
| --- | --- |
| `make quick` | those without a mark: they start no process and open no socket |
| `make test` | these and those marked `integration`, which do; all that ask for the browser or PostgreSQL are |
| `make test-more` | those marked `more`: they take long, or need programs that `make test` does not install |

Those of them marked `engine` run in Firefox or WebKit; they come last, in one process, so that one browser runs at
once.

A test without a mark that starts a process or opens a socket fails, whichever command runs it. On Linux so does one
that is skipped: what a test needs is installed, or it fails.
"""

import socket
import sys
import traceback
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

# Whoever asks for one of these talks to a process that another test may have started.
_SHARED = {"browser", "postgres"}
_PROCESSES = {
    "subprocess.Popen",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "os.exec",
    "os.system",
}
_SOCKETS = {"socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}
_NETWORKS = {socket.AF_INET, socket.AF_INET6}
_TESTS = Path(__file__).parent

# What the running test did, while it is one that may do nothing of the kind.
_done: list[str] | None = None


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _done is None:
        return
    if event in _PROCESSES:
        _done.append(f"starts a process ({arguments[0]}{_place()})")
    # An event loop wakes itself through a pair of sockets that are in no network, and neither bound nor connected.
    elif event in _SOCKETS or (event == "socket.__new__" and arguments[1] in _NETWORKS):
        _done.append(f"opens a socket ({event}{_place()})")


def _place() -> str:
    """Which line of the tests did it, if it was done in its thread."""
    ours = (each for each in reversed(traceback.extract_stack()) if _is_ours(Path(each.filename)))
    return next((f", {Path(each.filename).relative_to(_TESTS.parent)}:{each.lineno}" for each in ours), "")


def _is_ours(file: Path) -> bool:
    return file.is_relative_to(_TESTS) and file != Path(__file__)


# On Windows every event loop opens sockets.
if sys.platform != "win32":
    sys.addaudithook(_note)


def _is_watched(item: pytest.Item) -> bool:
    return not any(item.get_closest_marker(mark) for mark in ("integration", "more"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _SHARED & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.integration)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    global _done
    _done = [] if _is_watched(item) else None
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    yield
    _fail_if_it_did_any()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    global _done
    try:
        yield
        _fail_if_it_did_any()
    finally:
        _done = None


def _fail_if_it_did_any() -> None:
    if _done:
        did = _done[0]
        _done.clear()
        pytest.fail(
            f"it {did}, and `make quick` runs it, where none does: mark it (or, if all tests of its file do, the file: "
            "pytestmark = …) pytest.mark.integration, or pytest.mark.more for `make test-more`",
            pytrace=False,
        )


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
    """What tests of a run share ends with whichever test is the last, which did not do it."""
    if fixturedef.scope != "session":
        return (yield)
    watched: list[list[str] | None] = []

    def suspend() -> None:
        global _done
        watched.append(_done)
        _done = None

    def resume() -> None:
        global _done
        if watched:
            _done = watched.pop()

    # What is added last is done first.
    fixturedef.addfinalizer(resume)
    result = yield
    fixturedef.addfinalizer(suspend)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and sys.platform == "linux" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"{why}; on Linux nothing is skipped: what a test needs is installed"
