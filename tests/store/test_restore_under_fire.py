"""Restores while others write, and restores that are killed: what was acknowledged is in the database or in a copy.

ERRORHELP_RESTORE_ROUNDS=100 does it more often than CI.
"""

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
from command import COMMAND, Running, environment, run, serving
from postgres_cluster import cluster

pytestmark = pytest.mark.more

ROUNDS = int(os.environ.get("ERRORHELP_RESTORE_ROUNDS", "3"))
# A restore takes about a second, most of it to start.
LATEST_KILL_SECONDS = 2.5
IN_BACKUP = 500
CONFIGURATION = "infobases: [{id: erp, name: ERP, connect: {server: srv, ref: ERP}}]\n"
CHANCE = random.Random()  # noqa: S311 - of tests
CHILD = Path(__file__).parent / "writing_child.py"


def post(node: Running) -> tuple[int, dict[str, str]]:
    """Post a message for an hour: the status, and the document of the answer."""
    token = (node.state / "token").read_text("ascii").strip()
    body = json.dumps({"targets": ["erp"], "text": "Ждите", "duration": "1h"}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{node.admin}/api/v1/messages", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


class Posting:
    """Threads that post on nodes all the time: which ids were acknowledged, and what was said else."""

    def __init__(self, nodes: list[Running]) -> None:
        self.acknowledged: list[str] = []
        self.refused: list[tuple[int, str]] = []
        self._finished = threading.Event()
        self._threads = [threading.Thread(target=self._post, args=(node,)) for node in nodes]

    def _post(self, node: Running) -> None:
        while not self._finished.is_set():
            status, document = post(node)
            if status == 201:
                self.acknowledged.append(document["id"])
            else:
                self.refused.append((status, document["detail"]))
                self._finished.wait(0.02)

    def __enter__(self) -> "Posting":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finished.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def writing(database: Path, name: str, acknowledged: list[str]) -> Iterator[None]:
    """A process that writes into an SQLite database all the time."""
    process = subprocess.Popen(
        [sys.executable, CHILD, database, name], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stdout is not None
    first = process.stdout.readline().strip()
    reader = threading.Thread(
        target=lambda lines: acknowledged.extend(each.strip() for each in lines), args=(process.stdout,)
    )
    reader.start()
    try:
        yield
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()
        acknowledged.append(first)


def restore(state: Path, backup: Path, config: Path, kill_after: float | None) -> bool:
    """Restore as a process of its own, killed after some seconds; whether it came to its end."""
    process = subprocess.Popen(
        [*COMMAND, "restore", backup, "--config", config],
        env=environment(state),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with suppress(subprocess.TimeoutExpired):
        process.wait(kill_after)
    process.kill()
    _, said = process.communicate()
    assert process.returncode in (0, -9) or "locked" in said, said
    return process.returncode == 0


def ids_in(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {message for (message,) in connection.execute("SELECT id FROM messages")}


def kept(state: Path) -> set[str]:
    """What the copies hold of what was replaced."""
    return {each for file in state.glob("replaced-*.db") for each in ids_in(file)}


def a_backup(folder: Path, config: Path, address: str | Path) -> Path:
    """A backup with enough in it that restoring takes a moment, made of an SQLite database that is filled."""
    file = folder / "backup.db"
    filled = folder / "filled" / "errorhelp.db"
    config.write_text(CONFIGURATION, "utf-8")
    arguments = ("--direct", "--to", "erp", "--for", "1h", "--text", "x", "--config", config)
    run(filled.parent, "message", "post", *arguments)
    with closing(sqlite3.connect(filled)) as connection:
        for number in range(IN_BACKUP):
            connection.execute(
                "INSERT INTO messages (id, revision, targets, text, severity, starts_at, ends_at, ended_at, "
                "created_at, author, note) SELECT ?, revision, targets, text, severity, starts_at, ends_at, ended_at, "
                "created_at, author, note FROM messages LIMIT 1",
                (f"old-{number}",),
            )
        connection.commit()
    assert run(filled.parent, "backup", file, "--config", config).returncode == 0
    if str(address).startswith("postgresql:"):
        config.write_text(f"store: {address}\n{CONFIGURATION}", "utf-8")
    return file


def print_result(restored: int, acknowledged: int, lost: int) -> None:
    """Print how it went, for pytest -s."""
    sys.stdout.write(f"{ROUNDS} rounds, {restored} restored, {acknowledged} acknowledged, {lost} lost\n")


def when_killed() -> Iterator[float | None]:
    """When to kill the restore of each round; the last one is left alone."""
    for _ in range(ROUNDS - 1):
        yield CHANCE.choice([None, CHANCE.uniform(0.2, LATEST_KILL_SECONDS)])
    yield None


def test_what_nodes_of_a_postgresql_acknowledge_is_in_the_database_or_in_a_copy(tmp_path: Path) -> None:
    config = tmp_path / "errorhelp.yaml"
    with cluster() as postgres, ExitStack() as stack:
        backup = a_backup(tmp_path, config, postgres.address)
        nodes = [stack.enter_context(serving(tmp_path / f"node{number}", config)) for number in range(2)]
        whole = 0
        with Posting([*nodes, *nodes]) as posting:
            for kill_after in when_killed():
                whole += restore(tmp_path / "restoring", backup, config, kill_after)
        assert run(tmp_path / "node0", "backup", tmp_path / "after.db", "--config", config).returncode == 0
        found = ids_in(tmp_path / "after.db") | kept(tmp_path / "restoring")
        lost = set(posting.acknowledged) - found
        print_result(whole, len(posting.acknowledged), len(lost))
        assert lost == set()
        assert whole > 0 and len(posting.acknowledged) > 0
        assert {status for status, _ in posting.refused} <= {503}
        for _, detail in posting.refused:
            assert "a restore is under way" in detail and "password" not in detail


def test_what_is_written_into_a_file_beside_a_restore_is_in_it_or_in_a_copy(tmp_path: Path) -> None:
    config, state = tmp_path / "errorhelp.yaml", tmp_path / "state"
    backup = a_backup(tmp_path, config, state)
    acknowledged: list[str] = []
    whole = 0
    assert restore(state, backup, config, None)
    for number, kill_after in enumerate(when_killed()):
        with writing(state / "errorhelp.db", f"{number}", acknowledged):
            whole += restore(state, backup, config, kill_after)
        lost = set(acknowledged) - ids_in(state / "errorhelp.db") - kept(state)
        assert lost == set()
    print_result(whole, len(acknowledged), len(lost))
    assert whole > 0 and len(acknowledged) > 0
