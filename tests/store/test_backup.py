"""`errorhelp backup` and `errorhelp restore`, as an operator runs them."""

import asyncio
import json
import os
import shutil
import sqlite3
import stat
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from command import Running, run, serving
from postgres_cluster import cluster
from store_access_contract import OTHER, a_sign_in
from store_contract import NOON, a_message
from test_store_migrations import VERSION_1

from errorhelp.store.migrations import MIGRATIONS
from errorhelp.store.sqlite import SqliteStore

pytestmark = pytest.mark.more

CONFIGURATION = """
publish: tree
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: erp}}
"""


class Place:
    """A configuration and states, and commands run there."""

    def __init__(self, folder: Path) -> None:
        self.state, self.other = folder / "state", folder / "other"
        self.config = folder / "errorhelp.yaml"
        self.config.write_text(CONFIGURATION, "utf-8")
        self.file = folder / "backup.db"

    def run(self, *arguments: str | Path, state: Path | None = None) -> str:
        """What a command that must succeed prints."""
        done = run(state or self.state, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def fail(self, *arguments: str | Path, state: Path | None = None) -> str:
        """What a command that must fail says."""
        done = run(state or self.state, *arguments)
        assert done.returncode > 0 and "Traceback" not in done.stderr, done.stderr
        return done.stderr

    def post(self, text: str) -> str:
        return self.run("message", "post", "--to", "erp", "--for", "1h", "--text", text)

    def post_directly(self, text: str) -> str:
        to_erp = ("--direct", "--to", "erp", "--for", "1h", "--text", text)
        return self.run("message", "post", *to_erp, "--config", self.config)

    def back_up(self) -> str:
        return self.run("backup", self.file, "--config", self.config)

    def restore(self, file: Path | None = None, *, state: Path | None = None) -> str:
        return self.run("restore", file or self.file, "--config", self.config, state=state)

    def refuse_to_restore(self, file: Path) -> str:
        return self.fail("restore", file, "--config", self.config)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def texts_in(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [json.loads(text) for (text,) in connection.execute("SELECT text FROM messages ORDER BY text")]


def shown(service: Running) -> object:
    return service.help_json("erp")["userMessage"]


def test_a_backup_of_a_running_service_is_what_another_one_starts_from(place: Place) -> None:
    with serving(place.state, place.config) as service:
        place.post("Стоим")
        token = place.run("token", "make", "script", "--role", "viewer")
        assert "1 message," in place.back_up()
        assert shown(service) == "Стоим"
    assert "1 message," in place.restore(state=place.other)
    with serving(place.other, place.config) as service:
        assert shown(service) == "Стоим"
        request = urllib.request.Request(f"{service.admin}/api/v1/messages")
        request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert len(json.load(answer)["messages"]) == 1


def test_a_backup_is_one_file_for_its_owner_only(place: Place) -> None:
    place.post_directly("Стоим")
    place.back_up()
    assert not list(place.file.parent.glob("backup.db-*")) and not list(place.file.parent.glob(".*"))
    if os.name == "posix":
        assert stat.S_IMODE(place.file.stat().st_mode) == 0o600


def test_a_backup_does_not_take_the_place_of_the_database_itself(place: Place) -> None:
    with serving(place.state, place.config) as service:
        place.post("Ждите")
        said = place.fail("backup", place.state / "errorhelp.db", "--config", place.config)
        assert "is the database itself; name another file" in said
        place.post("Ещё немного")
        shown = str(service.help_json("erp")["userMessage"])
        assert set(shown.split("\n\n")) == {"Ждите", "Ещё немного"}


def test_sign_ins_are_not_in_a_backup(place: Place) -> None:
    async def sign_in() -> None:
        store = SqliteStore(place.state / "errorhelp.db")
        await store.open()
        await store.access.add_sign_in(a_sign_in(), OTHER)
        await store.close()

    place.post_directly("Стоим")
    asyncio.run(sign_in())
    place.back_up()
    assert OTHER.encode() in (place.state / "errorhelp.db").read_bytes()
    assert OTHER.encode() not in place.file.read_bytes()


@pytest.mark.parametrize("only_in_tree", [False, True])
def test_what_was_written_while_the_database_was_dead_is_in_a_backup(
    place: Place, only_in_tree: bool
) -> None:
    place.post_directly("first")
    database = place.state / "errorhelp.db"
    whole = database.read_bytes()
    database.write_bytes(b"damaged" * 1000)
    place.post_directly("second")
    database.write_bytes(whole)
    if only_in_tree:
        shutil.rmtree(place.state / "spool")
    place.back_up()
    assert texts_in(place.file) == ["first", "second"]


def test_a_running_service_is_not_restored_under_its_feet(place: Place) -> None:
    with serving(place.state, place.config) as service:
        place.back_up()
        place.post("Стоим")
        said = place.refuse_to_restore(place.file)
        assert "in use by a running errorhelp; stop the service" in said and "--state" not in said
        assert shown(service) == "Стоим"


def test_what_a_restore_replaces_is_kept_and_can_be_restored_itself(place: Place) -> None:
    place.post_directly("old")
    place.back_up()
    place.post_directly("new")
    printed = place.restore()
    assert texts_in(place.state / "errorhelp.db") == ["old"]
    (kept,) = place.state.glob("replaced-*.db")
    assert str(kept) in printed
    place.restore(kept)
    assert texts_in(place.state / "errorhelp.db") == ["new", "old"]


def test_a_restore_says_how_many_messages_are_shown_again(place: Place) -> None:
    message_id = place.post_directly("Стоим")
    place.back_up()
    place.run("message", "end", "--direct", message_id, "--config", place.config)
    printed = place.restore()
    assert "shown when the service runs: 1 message not over in the backup, also if ended since" in printed
    place.run("message", "end", "--direct", message_id, "--config", place.config)
    place.back_up()
    assert "shown when" not in place.restore()


def test_what_a_killed_service_wrote_last_is_kept_too(place: Place) -> None:
    with serving(place.state, place.config) as service:
        place.back_up()
        place.post("Стоим")
        service.process.kill()
        service.process.wait()
    place.restore()
    (kept,) = place.state.glob("replaced-*")
    assert texts_in(kept) == ["Стоим"]
    place.restore(kept)
    assert texts_in(place.state / "errorhelp.db") == ["Стоим"]


def test_a_damaged_database_is_kept_too_when_a_backup_takes_its_place(place: Place) -> None:
    place.post_directly("old")
    place.back_up()
    (place.state / "errorhelp.db").write_bytes(b"damaged" * 1000)
    place.restore()
    assert texts_in(place.state / "errorhelp.db") == ["old"]
    (kept,) = place.state.glob("replaced-*.db")
    assert kept.read_bytes() == b"damaged" * 1000


def test_a_damaged_database_does_not_replace_a_good_backup(place: Place) -> None:
    place.post_directly("old")
    place.back_up()
    (place.state / "errorhelp.db").write_bytes(b"damaged" * 1000)
    assert "is not a database" in place.fail("backup", place.file, "--config", place.config)
    assert texts_in(place.file) == ["old"]
    assert "holds no database" in place.fail(
        "backup", place.file, "--config", place.config, state=place.other
    )
    assert texts_in(place.file) == ["old"]


def test_a_file_that_is_no_whole_backup_changes_nothing(place: Place, tmp_path: Path) -> None:
    place.post_directly("Стоим")
    place.back_up()
    cut = tmp_path / "cut.db"
    cut.write_bytes(place.file.read_bytes()[:-5000])
    assert str(cut) in place.refuse_to_restore(cut)
    text = tmp_path / "text.db"
    text.write_text("a text")
    assert "not a database" in place.refuse_to_restore(text)
    foreign = tmp_path / "foreign.db"
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE messages (id)")
    assert "no database of errorhelp" in place.refuse_to_restore(foreign)
    assert "No such file" in place.refuse_to_restore(tmp_path / "nothing.db")
    assert texts_in(place.state / "errorhelp.db") == ["Стоим"]
    assert not list(place.state.glob("replaced-*"))


def test_a_backup_of_an_older_version_is_brought_up_to_date(place: Place) -> None:
    with closing(sqlite3.connect(place.file)) as connection:
        connection.executescript(VERSION_1)
    place.restore()
    assert texts_in(place.state / "errorhelp.db") == [{"en": "Back at 14:00"}]
    with serving(place.state, place.config):
        assert place.run("token", "list") == ""


def test_a_backup_of_a_newer_version_is_refused(place: Place) -> None:
    place.post_directly("Стоим")
    place.back_up()
    with closing(sqlite3.connect(place.file)) as connection:
        connection.execute("INSERT INTO schema_version VALUES (?)", (len(MIGRATIONS) + 1,))
        connection.commit()
    said = place.refuse_to_restore(place.file)
    assert said.startswith(f"errorhelp: {place.file}: the database has schema {len(MIGRATIONS) + 1} ")
    assert "run the newer errorhelp" in said
    assert texts_in(place.state / "errorhelp.db") == ["Стоим"]


def test_a_backup_of_postgresql_is_of_the_same_kind_and_restores_to_both(place: Place) -> None:
    with cluster() as postgres:
        place.config.write_text(f"store: {postgres.address}\n{CONFIGURATION}", "utf-8")
        with serving(place.state, place.config):
            place.post("Стоим")
            place.back_up()
            place.post("Снова")
        assert texts_in(place.file) == ["Стоим"]
        with serving(place.other, place.config) as other_node:
            assert "Снова" in str(shown(other_node))
            place.restore()
            while shown(other_node) != "Стоим":
                pass
        (kept,) = place.state.glob("replaced-*.db")
        assert texts_in(kept) == ["Снова", "Стоим"]
        with serving(place.state, place.config) as service:
            assert shown(service) == "Стоим"
        # A database as empty as a new one.
        empty = postgres.address.replace("/postgres?", "/template1?")
        place.config.write_text(f"store: {empty}\n{CONFIGURATION}", "utf-8")
        assert "1 message," in place.restore(state=place.file.parent / "new")
    place.config.write_text(CONFIGURATION, "utf-8")
    place.restore(kept, state=place.other)
    assert texts_in(place.other / "errorhelp.db") == ["Снова", "Стоим"]


async def test_a_backup_is_of_one_moment_while_others_write(place: Place, tmp_path: Path) -> None:
    store = SqliteStore(place.state / "errorhelp.db")
    place.state.mkdir()
    await store.open()
    written: list[str] = []

    async def write() -> None:
        for number in range(200):
            await store.add(a_message(f"m{number}"), "anna", NOON)
            written.append(f"m{number}")

    writing = asyncio.create_task(write())
    await asyncio.sleep(0)
    before = len(written)
    await asyncio.to_thread(place.back_up)
    await writing
    await store.close()
    with closing(sqlite3.connect(place.file)) as connection:
        messages = {name for (name,) in connection.execute("SELECT id FROM messages")}
        events = {name for (name,) in connection.execute("SELECT message_id FROM events")}
    assert messages == events == set(written[: len(messages)])
    assert len(messages) >= before
