"""The tree and its messages without a running service, and beside one: what people and timers run."""

import getpass
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Running, run_as_process, serving

from errorhelp.messages.message import Message
from errorhelp.store.sqlite import SqliteStore

pytestmark = pytest.mark.more

CONFIGURATION = """
publish: ../tree
time_zone: Europe/Moscow
help: {text: Call 112}
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: erp}}
  - {id: crm, name: CRM, connect: {server: s, ref: crm}}
lists:
  - {id: boss, folders: /, access: token, token: {env: A_TOKEN_THAT_ONLY_THE_SERVICE_HAS}}
"""
POST = ("message", "post", "--direct", "--to", "erp", "--text", "Стоим")


class Place:
    """A configuration, a state and a tree, and commands run there."""

    def __init__(self, folder: Path) -> None:
        self.state, self.tree = folder / "state", folder / "tree"
        self.config = folder / "config" / "errorhelp.yaml"
        self.config.parent.mkdir()
        self.configure(CONFIGURATION)

    def configure(self, text: str) -> None:
        self.config.write_text(text, "utf-8")

    def run(self, *arguments: str | Path) -> tuple[str, str]:
        """What a command that must succeed prints, and what it says on standard error."""
        done = run_as_process(self.state, *arguments, "--config", self.config)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip(), done.stderr

    def fail(self, *arguments: str | Path) -> str:
        """What a command that must fail says."""
        done = run_as_process(self.state, *arguments, "--config", self.config)
        assert done.returncode > 0 and "Traceback" not in done.stderr
        return done.stderr

    def shown(self, tree: Path | None = None) -> object:
        """The user message of erp in the tree."""
        return json.loads(((tree or self.tree) / "help" / "erp.json").read_bytes())["userMessage"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def service(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setenv("A_TOKEN_THAT_ONLY_THE_SERVICE_HAS", "x" * 20)
    with serving(place.state, place.config) as running:
        running.first_line("published to")
        yield running


async def messages_in(state: Path) -> list[Message]:
    store = SqliteStore(state / "errorhelp.db")
    await store.open()
    try:
        return await store.messages()
    finally:
        await store.close()


# Without a service


def test_publish_writes_the_configured_tree_by_itself(place: Place):
    printed, _ = place.run("publish")
    assert printed.startswith(f"published to {place.tree}: ") and printed.endswith(" written, 0 removed")
    assert place.shown() == ""
    assert not (place.tree / "lists").exists()


def test_publish_writes_another_folder_when_one_is_named(place: Place, tmp_path: Path):
    place.run("publish", tmp_path / "copy")
    assert place.shown(tmp_path / "copy") == ""
    assert not place.tree.exists()


def test_a_dead_services_message_ends_in_the_tree(place: Place, service: Running):
    service.process.kill()
    service.process.wait()
    place.run(*POST, "--for", "4s")
    assert place.shown() == "Стоим"
    while place.shown():
        place.run("publish", "--unless-running")
    assert place.shown() == ""


def test_a_message_posted_directly_is_in_the_state_and_in_the_tree(place: Place):
    message_id, said = place.run(*POST, "--until", "+2h", "--severity", "outage")
    assert f"published to {place.tree}" in said
    assert place.shown() == "Стоим"
    assert place.run("message", "end", "--direct", message_id)[0] == f"{message_id} ended"
    assert place.shown() == ""


async def test_the_author_is_who_ran_the_command(place: Place):
    place.run(*POST, "--for", "1h")
    (message,) = await messages_in(place.state)
    assert message.author == getpass.getuser()


async def test_what_the_api_would_refuse_is_refused_and_nothing_is_written(place: Place):
    said = place.fail("message", "post", "--direct", "--to", "epr", "--text", "x", "--for", "1h")
    assert "did you mean 'erp'?" in said
    assert "longer than 30d" in place.fail(*POST, "--for", "31d")
    assert await messages_in(place.state) == []
    assert not place.tree.exists()


def test_a_message_posted_directly_is_there_when_the_service_starts(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    place.run(*POST, "--for", "1h")
    monkeypatch.setenv("A_TOKEN_THAT_ONLY_THE_SERVICE_HAS", "x" * 20)
    with serving(place.state, place.config) as service:
        assert service.help_json("erp")["userMessage"] == "Стоим"


def test_a_bad_configuration_gives_way_to_the_one_that_was_in_force(place: Place, service: Running):
    service.process.kill()
    service.process.wait()
    place.configure(CONFIGURATION + "nonsense: true\n")
    _, said = place.run(*POST, "--for", "1h")
    assert "nonsense" in said and "the one that was in force last is used" in said
    assert place.shown() == "Стоим"


def test_a_configuration_that_loses_most_infobases_is_not_published_unconfirmed(
    place: Place, service: Running
):
    service.process.kill()
    service.process.wait()
    place.configure("publish: ../tree\n")
    _, said = place.run("publish")
    assert "it loses 2 of 2 infobases" in said
    assert place.shown() == ""


def test_a_bad_configuration_without_a_better_one_is_an_error(place: Place):
    place.configure("nonsense: true\n")
    assert "errorhelp.yaml:1:1: nonsense" in place.fail("publish")


def test_without_a_folder_to_publish_to_it_says_what_to_do(place: Place):
    place.configure(CONFIGURATION.replace("publish: ../tree", ""))
    assert "publish: DIR" in place.fail("publish")
    assert "clients see this only when the service runs again" in place.fail(*POST, "--for", "1h")


def test_a_folder_with_documents_is_refused(place: Place):
    assert "is no published tree" in place.fail("publish", place.config.parent)
    assert [path.name for path in place.config.parent.iterdir()] == ["errorhelp.yaml"]


def test_check_points_out_a_folder_with_documents_and_writes_nothing(place: Place):
    without_lists = CONFIGURATION.partition("lists:")[0]
    place.configure(without_lists)
    assert "publish" not in place.run("check")[1]
    assert not place.tree.exists()
    place.tree.mkdir()
    (place.tree / "letter.doc").touch()
    _, said = place.run("check")
    assert f"{place.config}: warning: publish: {place.tree} holds files and is no published tree" in said
    assert [path.name for path in place.tree.iterdir()] == ["letter.doc"]


def test_a_state_without_messages_does_not_empty_somebody_elses_tree(place: Place, tmp_path: Path):
    place.run(*POST, "--for", "1h")
    place.state = tmp_path / "of root"
    assert "--state" in place.fail("publish")
    assert place.shown() == "Стоим"


def test_with_the_database_dead_too_a_message_is_shown_and_is_in_the_database_later(
    place: Place, service: Running
):
    run_as_process(place.state, "message", "post", "--to", "crm", "--text", "Стоим", "--for", "1h")
    service.next_line("published to")
    service.process.terminate()
    service.process.wait()
    database, away = place.state / "errorhelp.db", place.state / "away.db"
    database.rename(away)
    database.write_bytes(b"not a database" * 1000)

    message_id, said = place.run(*POST, "--for", "1h")
    assert "the store is dead" in said and f"published to {place.tree}" in said
    assert place.shown() == "Стоим"
    assert "Стоим" in (place.tree / "help" / "crm.json").read_text("utf-8")

    away.replace(database)
    with serving(place.state, place.config) as again:
        again.first_line(f"message {message_id}, posted directly, is in the store")
        assert run_as_process(place.state, "message", "show", message_id).returncode == 0


# With a service


def test_a_running_service_publishes_when_asked_and_mends_what_was_damaged(place: Place, service: Running):
    (place.tree / "help" / "erp.json").write_text("damaged")
    assert place.run("publish")[0] == f"published to {place.tree}: 1 written, 0 removed"
    assert place.run("publish", place.tree)[0] == f"published to {place.tree}: 0 written, 0 removed"
    assert place.shown() == ""


def test_a_timer_leaves_it_to_a_running_service(place: Place, service: Running):
    (place.tree / "help" / "erp.json").write_text("damaged")
    assert place.run("publish", "--unless-running") == ("", "")
    assert (place.tree / "help" / "erp.json").read_text() == "damaged"


def test_a_running_service_does_not_write_to_a_folder_that_somebody_names(place: Place, service: Running):
    address = ("--server", service.admin, "--token", (place.state / "token").read_text().strip())
    assert "leave DIR out" in place.fail("publish", place.tree.parent / "copy", *address)
    assert place.run("publish", *address)[0].startswith(f"published to {place.tree}")


def test_beside_a_running_service_another_folder_is_written_by_the_command(place: Place, service: Running):
    place.run(*POST, "--for", "1h")
    place.run("publish", place.tree.parent / "copy")
    assert place.shown(place.tree.parent / "copy") == "Стоим"


def test_a_running_service_shows_what_was_posted_directly(place: Place, service: Running):
    message_id, said = place.run(*POST, "--for", "1h")
    assert "a service runs on this state, and does it" in said
    service.next_line("published to")
    assert service.help_json("erp")["userMessage"] == place.shown() == "Стоим"
    place.run("message", "end", "--direct", message_id)
    service.next_line("published to")
    assert service.help_json("erp")["userMessage"] == place.shown() == ""


def test_status_shows_the_tree(place: Place, service: Running):
    assert f"tree: {place.tree}, ok, published 2" in run_as_process(place.state, "status").stdout
    shutil.rmtree(place.tree / ".errorhelp")
    assert "is no published tree" in place.fail("publish")
    assert "is no published tree" in run_as_process(place.state, "status").stdout
