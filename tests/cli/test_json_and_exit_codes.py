"""What programs go by: exit codes, and with `-o json` one document on standard output whatever comes of a command."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import Running, run, serving
from fixture_files import OFFICE
from typer.main import get_command

from errorhelp.cli import app
from errorhelp.cli.json_output import is_wanted

CONFIGURATION = """
public: {url: "https://help.example.com"}
publish: ../tree
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: erp}, folder: /Finance}
  - {id: crm, name: CRM, connect: {server: s, ref: crm}}
lists:
  - {id: office, folders: /}
maintenance_windows:
  - {id: nightly, targets: erp, starts_at: 2026-01-01 02:00, duration: 1h, rule: FREQ=DAILY, text: Backup}
reports:
  enabled: true
  # Nobody listens there.
  forward: [{id: desk, webhook: "http://127.0.0.1:9/", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}]
"""
# They go on until they are stopped, print a file of a form of its own, or JSON always.
WITHOUT_JSON = {
    "serve",
    "schema",
    "message rac",
    "window export",
    "v8i import",
    "v8i build",
    "web-server",
    "v8i client-config",
}
POST = ("message", "post", "--to", "erp", "--for", "1h", "--text", "Wait")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("json") / "config" / "errorhelp.yaml"
    file.parent.mkdir()
    file.write_text(CONFIGURATION, "utf-8")
    return file


@pytest.fixture(scope="module")
def service(config: Path) -> Iterator[Running]:
    with serving(config.parents[1] / "state", config) as running:
        yield running


def document(state: Path, *arguments: str | Path, ends_with: int = 0, given: bytes = b"") -> Any:
    """What a command printed, which is one document of JSON."""
    done = run(state, *arguments, "-o", "json", given=given)
    assert done.returncode == ends_with, done.stderr
    return json.loads(done.stdout)


def error(state: Path, *arguments: str | Path, ends_with: int) -> dict[str, Any]:
    """The failure that a command tells."""
    told = dict(document(state, *arguments, ends_with=ends_with)["error"])
    assert told["exit_code"] == ends_with
    return told


def all_commands(group: Any, *names: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from all_commands(command, *names, name)
        else:
            yield " ".join((*names, name)), command


def test_every_command_answers_in_json_when_told_to() -> None:
    def takes_json(command: Any) -> bool:
        return any("-o" in parameter.opts for parameter in command.params)

    without = {name for name, command in all_commands(get_command(app)) if not takes_json(command)}
    assert without == WITHOUT_JSON


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["status", "-o", "json"], True),
        (["status", "-ojson"], True),
        (["--lang", "ru", "status", "--output=json"], True),
        (["doctor", "--json"], True),
        (["status", "--output", "text"], False),
        (["v8i", "build", "json"], False),
        (["status", "-o"], False),
    ],
)
def test_json_is_wanted_by_whoever_says_so_in_any_way(arguments: list[str], expected: bool) -> None:
    assert is_wanted(arguments) is expected


@pytest.mark.integration
def test_what_changes_messages_answers_with_them(service: Running) -> None:
    posted = document(service.state, *POST)
    extended = document(service.state, "message", "extend", posted["id"], "--by", "30m")
    assert (extended["id"], extended["revision"]) == (posted["id"], 2)
    (ended,) = document(service.state, "message", "end", posted["id"])
    assert (ended["id"], ended["state"]) == (posted["id"], "ended")


@pytest.mark.integration
def test_the_service_is_told_and_answers_in_json(service: Running, config: Path) -> None:
    assert document(service.state, "reload")["configuration"]["refused"] is None
    published = document(service.state, "publish")
    assert published == {"folder": str(config.parents[1] / "tree"), "written": 0, "removed": 0}
    nothing = document(service.state, "publish", "--unless-running", "--config", config)
    assert nothing == {"folder": None, "written": 0, "removed": 0}
    made = document(service.state, "token", "make", "script", "--role", "viewer")
    (revoked,) = document(service.state, "token", "revoke", made["id"])
    assert (revoked["id"], revoked["revoked_at"] is None) == (made["id"], False)
    assert document(service.state, "report", "retry", "--target", "desk") == {"retried": 0}


def test_check_answers_in_json_also_with_what_is_wrong(config: Path, tmp_path: Path) -> None:
    found = document(tmp_path, "check", "--config", config)
    assert (found["infobases"], found["folders"], found["warnings"]) == (2, ["/Finance"], [])
    assert found["lists"] == [{"id": "office", "infobases": 2, "access": "public"}]
    assert found["publications"] == []
    (window,) = found["windows"]
    assert (window["id"], window["duration"], window["starts_next_at"][10:]) == (
        "nightly",
        "1h",
        "T02:00:00Z",
    )
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("time_zone: Mars\ncolour: red\n", "utf-8")
    told = error(tmp_path, "check", "--config", wrong, ends_with=2)
    assert told["text"] == "2 errors; nothing was changed"
    assert [(each["file"], each["line"], each["path"]) for each in told["errors"]] == [
        (str(wrong), 1, "time_zone"),
        (str(wrong), 2, "colour"),
    ]


def test_what_needs_no_service_answers_in_json(config: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    begun = document(state, "init", tmp_path / "conf")
    assert begun == {"file": str(tmp_path / "conf" / "errorhelp.yaml")}
    published = document(state, "publish", tmp_path / "tree", "--config", begun["file"])
    assert published["folder"] == str(tmp_path / "tree") and published["written"] > 0
    hashed = document(state, "user", "hash", "--stdin", given=b"a long password\n")
    assert hashed["password_hash"].startswith("$argon2")
    shutil.copy(OFFICE, office := tmp_path / "office.v8i")
    (annotated,) = document(state, "v8i", "annotate", office, "--config", config, "--dry-run")
    assert annotated["file"] == str(office)
    assert {each["infobase"] for each in annotated["infobases"]} == {None}
    assert office.read_bytes() == OFFICE.read_bytes()


@pytest.mark.integration
def test_backups_answer_in_json(service: Running, config: Path, tmp_path: Path) -> None:
    backup, copy = tmp_path / "backup.db", tmp_path / "copy.db"
    run(service.state, *POST)
    kept = document(service.state, "backup", backup, "--config", config)
    assert kept["file"] == str(backup) and kept["rows"]["messages"] >= 1
    assert document(service.state, "store", "copy", backup, copy)["rows"].items() >= kept["rows"].items()
    restored = document(tmp_path / "other", "restore", backup, "--config", config)
    assert (restored["file"], restored["kept"]) == (str(backup), None)
    assert restored["rows"]["messages"] == kept["rows"]["messages"] and restored["not_over"] >= 1


@pytest.mark.integration
def test_doctor_takes_the_same_option_as_the_others(service: Running, config: Path) -> None:
    looking = ("doctor", service.public, "--config", config)
    same, findings = (
        [each["subject"] for each in json.loads(run(service.state, *looking, *option).stdout)]
        for option in (["--json"], ["-o", "json"])
    )
    assert findings and same == findings


@pytest.mark.integration
def test_a_failure_is_told_in_json_with_what_the_service_said(service: Running) -> None:
    unknown = error(service.state, "message", "show", "none", ends_with=4)
    assert unknown["problem"]["status"] == 404
    refused = error(
        service.state, "message", "post", "--to", "epr", "--for", "1h", "--text", "x", ends_with=2
    )
    assert [each["field"] for each in refused["problem"]["errors"]] == ["targets"]
    stranger = error(service.state, "message", "list", "--token", "wrong", ends_with=2)
    assert stranger["problem"]["status"] == 401
    assert (
        "No such option: --unknown"
        in error(service.state, "message", "list", "--unknown", ends_with=2)["text"]
    )


@pytest.mark.integration
def test_what_was_done_before_a_failure_is_told_with_it(service: Running) -> None:
    first, last = (run(service.state, *POST).stdout.strip() for _ in range(2))
    told = error(service.state, "message", "end", first, "none", last, ends_with=4)
    assert [(each["id"], each["state"]) for each in told["done"]] == [(first, "ended")]
    assert document(service.state, "message", "show", last)["state"] == "active"


def test_json_is_in_english_for_a_russian_reader_too(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("colour: red\n", "utf-8")
    told = run(tmp_path, "--lang", "ru", "check", "--config", wrong, "-o", "json")
    assert json.loads(told.stdout)["error"]["text"] == "1 error; nothing was changed"
    told = run(tmp_path, "--lang", "ru", "message", "list", "--unknown", "-o", "json")
    assert json.loads(told.stdout)["error"]["text"].startswith("No such option")


@pytest.mark.integration
def test_messages_are_listed_by_state_target_infobase_and_author(service: Running) -> None:
    def listed(*filters: str) -> set[str]:
        return {each["id"] for each in document(service.state, "message", "list", *filters)} & {folder, crm}

    post = ("message", "post", "--for", "1h", "--text", "Wait", "--to")
    folder, crm = (run(service.state, *post, target).stdout.strip() for target in ("/Finance", "crm"))
    assert listed() == listed("--author", "admin") == {folder, crm}
    assert listed("--target", "/Finance") == listed("--infobase", "erp") == {folder}
    assert listed("--author", "nobody") == set()
    run(service.state, "message", "end", crm)
    assert listed("--only", "ended") == {crm}
    assert listed("--only", "ended", "--only", "active", "--infobase", "erp") == {folder}
    assert error(service.state, "message", "list", "--infobase", "none", ends_with=2)["problem"]["errors"]


@pytest.mark.integration
def test_status_is_3_for_who_asks_wrongly(service: Running) -> None:
    assert document(service.state, "status")["store"]["ok"]
    for wrong in (
        ("--token", "wrong"),
        ("--unknown",),
        ("--output", "xml"),
        ("--server", service.public),
        ("--server",),
    ):
        assert run(service.state, "status", *wrong).returncode == 3, wrong
    assert run(service.state, "--lang", "ru", "status", "--unknown").returncode == 3
    assert run(service.state, "--lang", "xx", "status").returncode == 3
    assert error(service.state, "status", "--unknown", ends_with=3)["text"] == "No such option: --unknown"


@pytest.mark.integration
def test_status_is_1_while_help_is_served_by_an_older_configuration_and_2_without_a_service(
    tmp_path: Path,
) -> None:
    config = tmp_path / "errorhelp.yaml"
    config.write_text("infobases: []", "utf-8")
    with serving(tmp_path / "state", config) as service:
        assert run(service.state, "status").returncode == 0
        config.write_text("infobases: 5", "utf-8")
        told = error(service.state, "reload", ends_with=1)
        assert told["configuration"]["refused"]
        assert run(service.state, "status").returncode == 1
        assert document(service.state, "status", ends_with=1)["configuration"]["refused"]
        service.process.kill()
        service.process.wait()
        assert run(service.state, "status").returncode == 2
        assert error(service.state, "message", "list", ends_with=5)["text"].startswith("no errorhelp answers")
    assert run(tmp_path / "none", "status").returncode == 2


@pytest.mark.integration
def test_status_is_1_while_the_tree_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "of another").write_text("mine")
    config = tmp_path / "errorhelp.yaml"
    config.write_text("publish: tree\ninfobases: []", "utf-8")
    with serving(tmp_path / "state", config) as service:
        assert document(service.state, "status", ends_with=1)["tree"]["error"]
