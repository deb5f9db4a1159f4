"""`--direct` when somebody has the state: a publisher that works, a service that answers, and one that hangs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import COMMAND, Running, environment, run, run_as_process, serving
from filelock import FileLock

pytestmark = [
    pytest.mark.more,
    pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's"),
]

CONFIGURATION = """
publish: ../tree
help: {text: Call 112}
infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]
"""
POST = ("message", "post", "--direct", "--to", "erp", "--for", "1h", "--text", "Down")


class Place:
    """A configuration, a state and a tree."""

    def __init__(self, folder: Path) -> None:
        self.state, self.tree = folder / "state", folder / "tree"
        self.config = folder / "config" / "errorhelp.yaml"
        self.config.parent.mkdir()
        self.config.write_text(CONFIGURATION, "utf-8")

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run_as_process(self.state, *arguments, "--config", self.config)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """A command as a process of its own."""
        return subprocess.Popen(
            [*COMMAND, *arguments, "--config", str(self.config)],
            env=environment(self.state),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def shown(self) -> object:
        """The user message of erp in the tree."""
        return json.loads((self.tree / "help" / "erp.json").read_bytes())["userMessage"]

    @contextmanager
    def publisher_at_work(self) -> Iterator[None]:
        """Somebody who has the state's lock as a timer's `errorhelp publish` has it."""
        self.state.mkdir()
        with FileLock(self.state / "lock"):
            word = self.state / "holder.json"
            word.write_text(json.dumps({"work": "publish", "pid": os.getpid()}))
            yield
            word.unlink()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def service(place: Place) -> Iterator[Running]:
    with serving(place.state, place.config) as running:
        running.first_line("published to")
        yield running


@contextmanager
def hung(service: Running) -> Iterator[None]:
    service.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        service.process.send_signal(signal.SIGCONT)


def test_a_message_posted_while_a_timer_publishes_waits_for_it_and_is_in_the_tree(place: Place):
    with place.publisher_at_work():
        posting = place.begin(*POST)
        assert posting.stderr is not None
        assert "waiting for another errorhelp command" in posting.stderr.readline()
    _, said = posting.communicate(timeout=60)
    assert posting.returncode == 0, said
    assert place.shown() == "Down"


def test_a_lock_without_a_word_of_its_holder_keeps_no_message_from_the_tree(place: Place):
    place.state.mkdir()
    with FileLock(place.state / "lock"):
        posting = place.begin(*POST)
        _, said = posting.communicate(timeout=60)
    assert posting.returncode == 0, said
    assert place.shown() == "Down"


def test_what_is_posted_and_ended_beside_a_service_that_hangs_is_in_the_tree_and_stays_there(
    place: Place, service: Running
):
    with hung(service):
        posted = place.run(*POST)
        assert posted.returncode == 0, posted.stderr
        assert "does not answer" in posted.stderr and f"published to {place.tree}" in posted.stderr
        assert place.shown() == "Down"
        second = place.run(*POST[:-1], "Closed")
        ended = place.run("message", "end", "--direct", second.stdout.strip())
        assert ended.returncode == 0, ended.stderr
        assert place.shown() == "Down"
    service.next_line(f"message {second.stdout.strip()}, ended directly, is in the store")
    assert service.help_json("erp")["userMessage"] == "Down"
    assert run(place.state, "publish").returncode == 0
    assert place.shown() == "Down"
    assert not [*(place.state / "spool").iterdir()]


def test_without_a_service_a_message_is_updated_and_ended_with_words_in_the_tree(place: Place):
    message_id = place.run(*POST).stdout.strip()
    updated = place.run("message", "update", "--direct", message_id, "--text", "Changing the disk")
    assert updated.returncode == 0, updated.stderr
    assert place.shown() == "Changing the disk"
    ended = place.run("message", "end", "--direct", message_id, "--closing", "Works again")
    assert ended.returncode == 0, ended.stderr
    assert place.shown() == ""
    assert "Works again" in (place.tree / "help" / "erp.html").read_text("utf-8")


def test_a_service_that_answers_does_it_and_says_so(place: Place, service: Running):
    posted = place.run(*POST)
    assert posted.returncode == 0, posted.stderr
    assert "a service runs on this state, and does it" in posted.stderr
    assert service.help_json("erp")["userMessage"] == place.shown() == "Down"


def test_a_timer_publishes_when_the_service_hangs(place: Place, service: Running):
    with hung(service):
        (place.tree / "help" / "erp.json").write_text("damaged")
        assert place.run("publish", "--unless-running").returncode == 0
        assert place.shown() == ""


def test_a_message_that_reaches_neither_tree_nor_service_fails_the_command_and_is_kept(place: Place):
    place.tree.write_text("no folder")
    posted = place.run(*POST)
    assert posted.returncode == 1
    assert "Clients do not see this yet. It is kept, so do not do it again" in posted.stderr
    place.tree.unlink()
    assert place.run("publish").returncode == 0
    assert place.shown() == "Down"


def test_the_service_waits_for_a_timer_that_publishes(place: Place):
    with place.publisher_at_work():
        starting = place.begin("serve", "--public", "127.0.0.1:0", "--admin", "127.0.0.1:0")
        assert starting.stderr is not None
        assert any(
            "waiting until the process that holds the state directory ends" in line
            for line in starting.stderr
        )
    try:
        assert any("admin token" in line for line in starting.stderr)
    finally:
        starting.terminate()
        starting.communicate(timeout=30)


def test_a_timer_waits_for_a_direct_command(place: Place):
    with place.publisher_at_work():
        publishing = place.begin("publish", "--unless-running")
        assert publishing.stderr is not None
        assert "waiting for another errorhelp command" in publishing.stderr.readline()
    assert "published to" in publishing.communicate(timeout=60)[0]


def test_a_second_service_on_the_same_state_is_refused(place: Place, service: Running):
    second = place.run("serve", "--public", "127.0.0.1:0", "--admin", "127.0.0.1:0")
    assert second.returncode == 1
    assert f"is in use by a running errorhelp at {service.admin}" in second.stderr
