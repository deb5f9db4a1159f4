"""The state's disk full, read-only or broken: break-glass and a start work with what is there."""

import errno
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from command import environment, run, serving
from failing_disk import failing
from ports import HOST, free_port

pytestmark = pytest.mark.integration

CONFIGURATION = """
publish: ../tree
help: {text: Call 112}
infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]
"""
POST = ("message", "post", "--direct", "--to", "erp", "--for", "1h", "--text")
ERRORS = [errno.ENOSPC, errno.EROFS, errno.EIO]


class Place:
    """A configuration, a tree, and a state with a message, the disk of which breaks."""

    def __init__(self, folder: Path) -> None:
        self.state, self.tree = folder / "state", folder / "tree"
        self.config = folder / "config" / "errorhelp.yaml"
        self.config.parent.mkdir()
        self.config.write_text(CONFIGURATION, "utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run(self.state, *arguments, "--config", self.config)

    def shown(self) -> set[str]:
        """The user messages of erp in the tree."""
        text = json.loads((self.tree / "help" / "erp.json").read_bytes())["userMessage"]
        return set(text.split("\n\n"))

    def lose_database(self) -> None:
        """SQLite does not open files as Python does."""
        (self.state / "errorhelp.db").rename(self.state / "away.db")
        (self.state / "errorhelp.db").mkdir()

    def mend(self) -> None:
        (self.state / "errorhelp.db").rmdir()
        (self.state / "away.db").rename(self.state / "errorhelp.db")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    assert place.run(*POST, "Before").returncode == 0
    place.lose_database()
    return place


@pytest.mark.parametrize("error", ERRORS)
def test_break_glass_works_while_the_trees_disk_does_and_the_database_gets_it_later(
    place: Place, error: int, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as broken:
        for name, function in failing(place.state, error).items():
            broken.setattr(os, name, function)
        posted = place.run(*POST, "Down")
        assert posted.returncode == 0, posted.stderr
        assert place.shown() == {"Before", "Down"}
        # The minute timer knows it, too.
        (place.tree / "help" / "erp.json").write_text("damaged")
        timer = place.run("publish", "--unless-running")
        assert timer.returncode == 0, timer.stderr
        assert place.shown() == {"Before", "Down"}
        ended = place.run("message", "end", "--direct", posted.stdout.strip())
        assert ended.returncode == 0, ended.stderr
        assert place.shown() == {"Before"}
        second = place.run(*POST, "Again")
        assert second.returncode == 0, second.stderr
    place.mend()
    with serving(place.state, place.config) as service:
        assert set(str(service.help_json("erp")["userMessage"]).split("\n\n")) == {"Before", "Again"}
        service.first_line(f"message {second.stdout.strip()}, posted directly, is in the store")
        assert not [*(place.tree / ".errorhelp" / "spool").iterdir()]


def test_when_no_disk_takes_it_the_command_fails_in_a_line(place: Place, monkeypatch: pytest.MonkeyPatch):
    for name, function in failing(place.state.parent, errno.ENOSPC).items():
        monkeypatch.setattr(os, name, function)
    posted = place.run(*POST, "Down")
    assert posted.returncode == 1
    assert "No space left on device; nothing takes the message" in posted.stderr
    assert "Traceback" not in posted.stderr


@pytest.mark.parametrize("error", ["ENOSPC", "EROFS", "EIO"])
def test_the_service_starts_with_configuration_and_kept_copy(place: Place, error: str):
    public = f"{HOST}:{free_port()}"
    wrapper = Path(__file__).parents[1] / "failing_disk.py"
    arguments = ("serve", "--config", place.config, "--public", public, "--admin", f"{HOST}:0")
    process = subprocess.Popen(
        [sys.executable, *map(str, (wrapper, place.state, error, *arguments))],
        env=environment(place.state),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stderr is not None
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            if "admin token" in line:
                break
        with urllib.request.urlopen(f"http://{public}/help/erp.json", timeout=20) as answer:
            document = json.load(answer)
    finally:
        process.terminate()
        _, rest = process.communicate(timeout=60)
    assert document["userMessage"] == "Before" and document["helpText"] == "Call 112"
    printed = "".join(said) + rest
    assert f"{place.state} cannot be locked: " in printed
    assert "no token can be left in " in printed and "find this service with --server only" in printed
    assert "Traceback" not in printed
    assert process.returncode == 0


@pytest.mark.parametrize("token", [b"", b"\xff\xfe\0", b"two words\n"])
def test_a_damaged_token_is_replaced_and_said_so(tmp_path: Path, token: bytes):
    place = Place(tmp_path)
    place.state.mkdir()
    (place.state / "token").write_bytes(token)
    with serving(place.state, place.config) as service:
        assert run(place.state, "status").returncode == 0
        assert not token or "is damaged; there is another one now" in "".join(service.log)


def test_a_first_start_without_postgresql_serves_help(tmp_path: Path):
    place = Place(tmp_path)
    place.config.write_text(CONFIGURATION + "store: postgresql://anna@127.0.0.1:1/nowhere\n", "utf-8")
    with serving(place.state, place.config) as service:
        assert service.help_json("erp")["helpText"] == "Call 112"
        assert "the store is unavailable" in "".join(service.log)
        posted = run(place.state, "message", "post", "--to", "erp", "--for", "1h", "--text", "x")
        assert posted.returncode == 1
