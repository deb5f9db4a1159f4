"""The command line as an admin uses it, against a service that runs as a process of its own."""

import errno
import json
import os
import re
import signal
import socket
import sqlite3
import stat
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from command import Running, run, run_as_process, run_bytes, serving
from fixture_files import OFFICE

from errorhelp.messages.message import Message, Severity
from errorhelp.store.kept_copy import KeptCopy, ShownState
from errorhelp.system.state_directory import StateDirectory
from errorhelp.text.times import parse_instant

HOUR = timedelta(hours=1)
PROJECT = Path(__file__).parents[2]
EXAMPLE = PROJECT / "config" / "errorhelp.yaml"
ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and modes are POSIX's")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("state"), EXAMPLE) as running:
        yield running


@pytest.mark.integration
def test_a_message_posted_from_the_shell_is_read_by_clients_and_ends_when_asked_to(service: Running) -> None:
    posted = run(service.state, "message", "post", "--to", "erp", "--for", "90m", "--text", "Back soon")
    message_id = posted.stdout.strip()

    assert posted.returncode == 0
    assert re.fullmatch(r"errorhelp: 1 infobase, until .+ \(UTC\+3\)\n", posted.stderr)
    assert service.help_json("erp")["userMessage"] == "Back soon"
    assert service.help_json("erp_old") == service.help_json("erp")
    assert service.help_json("payroll")["userMessage"] == ""

    ended = run(service.state, "message", "end", message_id)
    assert (ended.returncode, ended.stdout) == (0, f"{message_id} ended\n")
    assert service.help_json("erp")["userMessage"] == ""


@pytest.mark.integration
def test_an_update_is_what_clients_read_and_closing_words_are_on_the_help_page(service: Running) -> None:
    message_id = run(
        service.state, "message", "post", "--to", "erp", "--for", "90m", "--text", "Looking"
    ).stdout.strip()
    updated = run(
        service.state,
        "message",
        "update",
        message_id,
        "--text-ru",
        "Меняем диск",
        "--text-en=Changing the disk",
    )
    assert (updated.returncode, updated.stderr) == (0, "")
    assert updated.stdout.startswith(f"{message_id} until ")
    assert service.help_json("erp")["userMessage"] == "Меняем диск"
    run(service.state, "message", "update", message_id, "--text", "Back by {until}")
    shown = run(service.state, "message", "show", message_id).stdout
    assert re.search(
        r"Back by \d\d:\d\d\n.*\bBack by \{until\}\n.*Меняем диск\n.*Looking\n", shown, re.DOTALL
    )
    words = ("--closing", "Снова работает", "--closing-en", "Works again")
    ended = run(service.state, "message", "end", *words, message_id)
    assert (ended.returncode, ended.stdout) == (0, f"{message_id} ended\n")
    assert service.help_json("erp")["userMessage"] == ""
    shown = run(service.state, "message", "show", message_id, "-o", "json").stdout
    assert json.loads(shown)["closing"] == {"ru": "Снова работает", "en": "Works again"}
    listed = run(service.state, "message", "show", message_id).stdout
    assert "closing words en:\n  Works again" in listed


@pytest.mark.integration
def test_an_option_that_update_or_end_does_not_have_is_refused(service: Running) -> None:
    for command in (
        ("update", "any", "--txt", "Wait"),
        ("update", "any", "--text-en"),
        ("update", "any"),
        ("update", "any", "Wait", "--text", "Wait"),
        ("end", "any", "--close", "Done"),
        ("end", "any", "--closing-en"),
        ("end", "--closing-en", "Done"),
    ):
        refused = run(service.state, "message", *command)
        assert (refused.returncode, refused.stdout) == (2, ""), command


@pytest.mark.integration
def test_a_text_that_names_another_time_or_leaves_braces_is_warned_about(service: Running) -> None:
    post = ("message", "post", "--to", "/Finance", "--until", "tomorrow 06:30", "--text")
    jarring = run(service.state, *post, "Вход откроется к 14:00, звоните {Телефон}")
    fitting = run(service.state, *post, "Вход откроется завтра в 06:30")
    extended = run(service.state, "message", "extend", fitting.stdout.strip(), "--by", "30m")

    assert [line.partition(" warning: ")[2] for line in jarring.stderr.splitlines()[1:]] == [
        "users read {Телефон} as it stands; nothing is known to fill in",
        "the text names another time than its end, 06:30",
    ]
    assert fitting.stderr.startswith("errorhelp: 3 infobases, until ")
    assert "warning" not in fitting.stderr
    assert extended.stderr == "errorhelp: warning: the text names another time than its end, 07:00\n"
    run(service.state, "message", "end", jarring.stdout.strip(), fitting.stdout.strip())


@pytest.mark.integration
def test_what_stands_in_braces_is_filled_in_for_whoever_reads_it(service: Running) -> None:
    post = ("message", "post", "--to", "/Finance", "--until", "tomorrow 06:30", "--text")
    posted = run(service.state, *post, "{infobase}: вход откроется к {until}, подождите")
    message_id = posted.stdout.strip()
    assert "warning" not in posted.stderr
    assert re.fullmatch(
        r"Зарплата.*: вход откроется к \d+ \S+ 06:30, подождите",
        str(service.help_json("payroll")["userMessage"]),
    )
    extended = run(service.state, "message", "extend", message_id, "--by", "30m")
    assert "warning" not in extended.stderr
    assert " 07:00, подождите" in str(service.help_json("payroll")["userMessage"])
    shown = run(service.state, "message", "show", message_id).stdout
    assert re.search(r"^text en:\n  Finance: вход откроется к \d+ \S+ 07:00, подождите$", shown, re.MULTILINE)
    assert "as written:\n  {infobase}: вход откроется к {until}, подождите\n" in shown
    run(service.state, "message", "end", message_id)


@pytest.mark.integration
def test_a_message_of_three_seconds_is_seen_and_then_gone(service: Running) -> None:
    run(service.state, "message", "post", "--to", "portal", "--for", "3s", "--text", "A moment, please")
    shown = service.help_json("portal")

    assert shown["userMessage"] == "A moment, please"
    while service.help_json("portal")["userMessage"]:
        pass
    with urllib.request.urlopen(f"{service.public}/help/portal.json", timeout=10) as answer:
        gone_at = parsedate_to_datetime(answer.headers["Date"])
    ends_at = datetime.fromisoformat(str(shown["userMessageUntil"]))
    assert 0 <= (gone_at - ends_at).total_seconds() <= 1


@pytest.mark.integration
def test_texts_by_language_reach_readers_of_each(service: Running) -> None:
    arguments = ("--to", "archive", "--for", "1h", "--text", "Идут работы", "--text-en", "Work in progress")
    message_id = run(service.state, "message", "post", *arguments).stdout.strip()

    assert service.help_json("archive")["userMessage"] == "Идут работы"
    assert service.help_json("en/archive")["userMessage"] == "Work in progress"
    run(service.state, "message", "end", message_id)


@pytest.mark.integration
def test_list_and_show_print_what_is_going_on_and_who_did_it(service: Running) -> None:
    arguments = ("--to", "/Finance", "--for", "2h", "--severity", "outage", "--text", "Базы недоступны")
    message_id = run(service.state, "message", "post", *arguments, "--note", "ticket 4711").stdout.strip()

    listed = run(service.state, "message", "list").stdout
    assert message_id in listed
    assert "Базы недоступны" in listed
    shown = run(service.state, "message", "show", message_id).stdout
    assert "ticket 4711" in shown
    assert "/Finance (3 infobases)" in shown
    assert "posted by admin" in shown
    extended = run(service.state, "message", "extend", message_id, "--by", "30m")
    assert extended.stdout.startswith(f"{message_id} until ")
    document = json.loads(run(service.state, "message", "show", message_id, "-o", "json").stdout)
    assert [event["what"] for event in document["events"]] == ["posted", "extended"]
    run(service.state, "message", "end", message_id)
    assert message_id not in run(service.state, "message", "list").stdout
    assert message_id in run(service.state, "message", "list", "--all").stdout


@pytest.mark.integration
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--to", "epr", "--for", "1h", "--text", "x"], "did you mean 'erp'"),
        (["--to", "Бухгалтерия", "--for", "1h", "--text", "x"], "errorhelp infobase list shows the ids"),
        (["--to", "erp", "--until", "00:00", "--text", "x"], "type 'tomorrow 00:00'"),
        (["--to", "erp", "--until", "noon", "--text", "x"], "is not a time; type 14:00"),
        (["--to", "erp", "--for", "soon", "--text", "x"], "is not a duration (e.g. 90m"),
        (["--to", "erp", "--text", "x"], "--until 14:00 or --for 90m"),
        (["--to", "erp", "--for", "1h"], "--text"),
        (["--to", "*", "--for", "1h", "--text", "x"], "add --yes"),
        (["--to", "erp", "--for", "1h", "--text", "x", "--txt-en", "y"], "'--txt-en' is not an option"),
        (
            ["--to", "erp", "--for", "1h", "--text", "Сервер", "не", "работает"],
            "put a text with spaces, or a *",
        ),
        (["--to", "a.txt", "b.txt", "--yes", "--for", "1h", "--text", "x"], "put a text with spaces, or a *"),
        (
            ["--to", "erp", "--from", "2030-01-01 22:00", "--until", "2030-01-01 21:00", "--text", "x"],
            "must be later than the start, 2030-01-01 22:00 (UTC+3)",
        ),
        (
            ["--to", "erp", "--for", "1h", "--text", "x", "--severity", "авария"],
            "'--severity': 'авария' is not one of 'info', 'maintenance', 'outage'",
        ),
        (["--to", "erp", "--for", "1h", "--text-de", "y"], "'de' is not one of the languages (ru, en)"),
    ],
)
def test_a_post_that_cannot_be_says_what_to_type(service: Running, arguments: list[str], says: str) -> None:
    refused = run(service.state, "message", "post", *arguments)

    assert refused.returncode == 2
    assert says in refused.stderr
    assert "Traceback" not in refused.stderr
    assert refused.stdout == ""


@pytest.mark.integration
def test_infobases_are_listed_with_their_ids_and_found_by_what_people_know_of_them(service: Running) -> None:
    listed = run(service.state, "infobase", "list").stdout.splitlines()
    document = json.loads(run(service.state, "infobase", "list", "-o", "json").stdout)

    assert [line.split()[0] for line in listed] == [each["id"] for each in document]
    assert "erp" in [each["id"] for each in document]
    for known in ("ERP", "/finance", "Зарплата", "SRV1C"):
        found = run(service.state, "infobase", "list", known).stdout.splitlines()
        assert found and len(found) < len(listed)
        assert all(known.casefold() in line.casefold() for line in found)


@pytest.mark.integration
def test_everything_is_targeted_with_yes(service: Running) -> None:
    posted = run(service.state, "message", "post", "--to", "*", "--yes", "--for", "1h", "--text", "All down")

    assert service.help_json("payroll")["userMessage"] == "All down"
    run(service.state, "message", "end", posted.stdout.strip())


@pytest.mark.integration
def test_status_shows_configuration_store_and_messages(service: Running) -> None:
    printed = run(service.state, "status")

    assert printed.returncode == 0
    assert "store: ok" in printed.stdout
    assert not [line for line in printed.stdout.splitlines() if line.endswith(":") or line.endswith(": ")]
    document = json.loads(run(service.state, "status", "-o", "json").stdout)
    assert document["time_zone"] == "Europe/Moscow"
    since = parse_instant(document["configuration"]["loaded_at"]).astimezone(ZoneInfo("Europe/Moscow"))
    assert f"in force since {since:%Y-%m-%d %H:%M} (UTC+3)" in printed.stdout


@pytest.mark.integration
@ON_POSIX
def test_the_token_is_readable_by_its_owner_only(service: Running) -> None:
    assert stat.S_IMODE((service.state / "token").stat().st_mode) == 0o600


@pytest.mark.integration
def test_a_wrong_token_is_refused_with_a_reason(service: Running) -> None:
    refused = run(service.state, "message", "list", "--token", "wrong")

    assert refused.returncode == 2
    assert "token is not known" in refused.stderr
    assert "in the file `token` of its state directory" in refused.stderr


@pytest.mark.integration
@pytest.mark.parametrize("command", [("list",), ("end", "k7m2xq9dpw")])
def test_the_public_address_is_told_from_the_admin_one(service: Running, command: tuple[str, ...]) -> None:
    refused = run(service.state, "message", *command, "--server", service.public)

    assert refused.returncode == 2
    assert f"{service.public} is the public address; --server wants the admin listener's" in refused.stderr


@pytest.mark.integration
def test_a_second_service_on_the_same_state_is_refused(service: Running) -> None:
    refused = run_as_process(service.state, "serve", "--config", EXAMPLE)

    assert refused.returncode == 1
    assert f"is in use by a running errorhelp at {service.admin}" in refused.stderr


def test_a_client_command_without_a_service_says_how_to_name_one(tmp_path: Path) -> None:
    refused = run(tmp_path / "nothing", "message", "list")

    assert refused.returncode == 5
    assert "errorhelp serve" in refused.stderr
    assert "--server" in refused.stderr


@pytest.mark.integration
def test_what_works_without_a_service_names_direct_and_why_none_answered(tmp_path: Path) -> None:
    state, post = tmp_path / "state", ("message", "post", "--to", "erp", "--for", "1h", "--text", "Down")
    never_run = run(state, *post)
    with serving(state, EXAMPLE) as service:
        service.process.kill()
        service.process.wait()
    killed, listed = run(state, *post), run(state, "message", "list")

    assert [never_run.returncode, killed.returncode] == [5, 5]
    assert never_run.stderr.endswith("cannot start it? on its machine add --direct\n")
    assert killed.stderr.endswith("cannot start it? on its machine add --direct\n")
    assert f"{service.admin} (nothing listens there: the connection was refused)" in killed.stderr
    assert "--direct" not in listed.stderr


@pytest.mark.integration
def test_a_taken_port_is_named_with_the_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = run_as_process(
            tmp_path, "serve", "--config", EXAMPLE, "--public", address, "--admin", "127.0.0.1:0"
        )

    assert refused.returncode == 1
    assert (
        f"cannot listen on {address}: {os.strerror(errno.EADDRINUSE).lower()}; stop what has it"
        in refused.stderr
    )
    assert "--public" in refused.stderr


@pytest.mark.integration
def test_a_saved_change_is_served_without_a_restart_and_a_bad_one_is_not(tmp_path: Path) -> None:
    config = tmp_path / "errorhelp.yaml"
    text = "infobases:\n  - {id: erp, name: ERP, connect: {server: s, ref: r}, help: {text: Before}}\n"
    config.write_text(text, "utf-8")
    with serving(tmp_path / "state", config) as service:
        assert service.help_json("erp")["helpText"] == "Before"
        config.write_text(text.replace("Before", "After"), "utf-8")
        service.next_line("configuration")
        assert service.help_json("erp")["helpText"] == "After"

        config.write_text(text.replace("help:", "hlp:"), "utf-8")
        service.next_line("unknown key 'hlp'; did you mean 'help'?")
        assert service.help_json("erp")["helpText"] == "After"
        assert "NOT in force" in run(service.state, "status").stdout
        assert "detected" not in "".join(service.log)


def test_check_tells_of_messages_that_name_a_value_which_is_gone(tmp_path: Path) -> None:
    config, state = tmp_path / "errorhelp.yaml", tmp_path / "state"
    config.write_text("infobases: [{id: erp, name: ERP, connect: {server: s, ref: r}}]\n", "utf-8")
    state.mkdir()
    now = datetime.now(UTC).replace(microsecond=0)
    live = {"text": "до 16:00, 112", "live_text": "до {until}, {phone}"}
    shown = Message(
        "m7", ("erp",), severity=Severity.OUTAGE, starts_at=now, ends_at=now + HOUR, created_at=now, **live
    )
    KeptCopy(StateDirectory(state).kept_messages).write(ShownState((shown,)))

    checked = run(state, "check", "--config", config, "-o", "json")
    (warning,) = (each for each in json.loads(checked.stdout)["warnings"] if each["path"] == "message_values")
    assert warning["message"].startswith("{phone} is gone, which message m7 names; its readers get the text")
    assert checked.returncode == 0 and "warning: message_values: {phone} is gone" in checked.stderr
    config.write_text(config.read_text("utf-8") + "message_values: {phone: '112'}\n", "utf-8")
    assert "gone" not in run(state, "check", "--config", config).stderr


def test_check_names_a_few_of_many_files_and_says_how_many_more_there_are(tmp_path: Path) -> None:
    config, folder = tmp_path / "errorhelp.yaml", tmp_path / "infobases"
    folder.mkdir()
    for number in range(50):
        text = (
            f"infobases: [{{id: ib{number}, name: Base {number}, connect: {{server: s, ref: r{number}}}}}]\n"
        )
        (folder / f"{number:02}.yaml").write_text(text, "utf-8")
    config.write_text("include: infobases/*.yaml\n", "utf-8")
    checked = run(tmp_path / "state", "check", "--config", config)
    last = checked.stdout.splitlines()[-1]
    first = ", ".join(map(str, (config, folder / "00.yaml", folder / "01.yaml")))
    assert last.endswith(f" from {first} and 48 more files is good"), last
    assert len(last) < 400
    russian = run(tmp_path / "state", "--lang", "ru", "check", "--config", config)
    assert russian.stdout.splitlines()[-1].endswith(" (и ещё файлов: 48) верны")
    for number in range(2, 50):
        (folder / f"{number:02}.yaml").unlink()
    assert run(tmp_path / "state", "check", "--config", config).stdout.endswith(f" from {first} is good\n")


@pytest.mark.integration
def test_a_change_that_loses_most_infobases_waits_for_a_confirmation(tmp_path: Path) -> None:
    config = tmp_path / "errorhelp.yaml"
    line = "  - {{id: {0}, name: {0}, connect: {{server: s, ref: r}}}}\n"
    config.write_text("infobases:\n" + "".join(line.format(each) for each in ("one", "two", "six")), "utf-8")
    with serving(tmp_path / "state", config) as service:
        config.write_text("infobases:\n" + line.format("one"), "utf-8")
        digest = service.next_line("--confirm").split("--confirm ")[1].strip()
        assert service.help_json("two")["userMessage"] == ""

        confirmed = run(service.state, "reload", "--confirm", digest)

        assert (confirmed.returncode, confirmed.stdout) == (0, f"configuration {digest} is in force\n")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            service.help_json("two")


@pytest.mark.integration
def test_a_shorter_retention_waits_for_a_confirmation_while_the_service_runs(tmp_path: Path) -> None:
    config, state = tmp_path / "errorhelp.yaml", tmp_path / "state"
    line = (
        "infobases: [{id: erp, name: ERP, connect: {server: s, ref: r}}]\nmessages: {retention: RETENTION}\n"
    )
    config.write_text(line.replace("RETENTION", "365d"), "utf-8")
    with serving(state, config):
        pass
    ended = int(time.time()) - 40 * 86_400
    columns = "id, revision, targets, text, severity, starts_at, ends_at, ended_at, created_at, author, note"
    row = f"1, '[\"erp\"]', '\"Wait\"', 'info', {ended}, {ended}, NULL, {ended}, 'anna', ''"
    with closing(sqlite3.connect(StateDirectory(state).database)) as database, database:
        for number in range(3):
            values = f"'m{number}', {row}"
            database.execute(f"INSERT INTO messages ({columns}) VALUES ({values})")  # noqa: S608 - our own
    config.write_text(line.replace("RETENTION", "30d"), "utf-8")
    with serving(state, config) as service:
        reason = "messages.retention is 30d instead of 365d, which removes 3 of 3 messages, so it waits"
        digest = service.first_line(reason).split("--confirm ")[1].strip()
        assert service.help_json("erp")["userMessage"] == ""
        assert f"NOT in force: {reason}" in run(state, "status").stdout
        reloaded = run(state, "reload")
        assert (reloaded.returncode, f"but {reason}" in reloaded.stdout) == (0, True)
        assert "3 expired" in run(state, "status").stdout

        confirmed = run(state, "reload", "--confirm", digest)

        assert (confirmed.returncode, confirmed.stdout) == (0, f"configuration {digest} is in force\n")
        service.next_line("3 messages are past their retention and were removed")
        assert "NOT" not in run(state, "status").stdout


@pytest.mark.integration
@ON_POSIX
def test_a_hangup_signal_reloads(tmp_path: Path) -> None:
    folder = tmp_path / "conf"
    folder.mkdir()
    config = folder / "errorhelp.yaml"
    config.write_text("help: {text: Before}\n", "utf-8")
    with serving(tmp_path / "state", config) as service:
        os.kill(service.process.pid, signal.SIGHUP)
        assert "configuration" in service.next_line("SIGHUP: reading")


@pytest.mark.integration
def test_an_imported_list_is_served_beside_a_configuration_from_init(tmp_path: Path) -> None:
    conf, state = tmp_path / "conf", tmp_path / "state"
    started = run(state, "init", conf)
    assert started.returncode == 0, started.stderr
    imported = run(state, "v8i", "import", OFFICE, "--output", conf / "infobases.yaml")
    assert imported.returncode == 0, imported.stderr
    checked = run(state, "check", "--config", conf)
    assert checked.returncode == 0, checked.stderr
    assert "infobases: 7" in checked.stdout

    with serving(state, conf / "errorhelp.yaml") as service:
        assert service.help_json("trade")["helpText"] == "Позвоните дежурному администратору."
        run(state, "message", "post", "--to", "trade", "--for", "1h", "--text", "Обновление")
        assert service.help_json("trade")["userMessage"] == "Обновление"


def test_init_leaves_a_configuration_that_is_there_alone(tmp_path: Path) -> None:
    (tmp_path / "errorhelp.yaml").write_text("mine", "utf-8")
    refused = run(tmp_path / "state", "init", tmp_path)

    assert refused.returncode == 2
    assert (tmp_path / "errorhelp.yaml").read_text("utf-8") == "mine"


def test_check_prints_every_error_at_its_place(tmp_path: Path) -> None:
    config = tmp_path / "errorhelp.yaml"
    config.write_text("time_zone: Mars\nhelp:\n  url: ftp://x\ncolour: red\n", "utf-8")
    refused = run(tmp_path, "check", "--config", config)

    assert refused.returncode == 2
    assert [line.partition(": ")[0] for line in refused.stderr.splitlines()] == [
        f"{config}:1:12",
        f"{config}:3:8",
        f"{config}:4:1",
        "errorhelp",
    ]


def test_check_lists_the_addresses_that_patterns_come_to(tmp_path: Path) -> None:
    config = tmp_path / "errorhelp.yaml"
    config.write_text(
        "publications: [{pattern: 'https://1c.example.com/{ref_lower}', worker: true}]\n"
        "infobases:\n"
        "  - {id: erp, name: ERP, connect: {server: srv, ref: ERP}}\n"
        "  - {id: old, name: Old, connect: {file: old}}\n"
        "  - {id: site, name: Site, connect: {server: srv, ref: S}, publications: https://site.example.com/s}\n"
    )
    checked = run(tmp_path, "check", "--config", config).stdout.splitlines()
    assert [line for line in checked if line.startswith("publication")] == [
        "publication https://1c.example.com/erp: erp, with worker",
        "publication https://site.example.com/s: site",
    ]
    found = json.loads(run(tmp_path, "check", "--config", config, "-o", "json").stdout)
    assert found["publications"] == [
        {"url": "https://1c.example.com/erp", "infobase": "erp", "worker": True},
        {"url": "https://site.example.com/s", "infobase": "site", "worker": False},
    ]


def test_check_writes_dates_as_the_other_commands_do(tmp_path: Path) -> None:
    checked = run(tmp_path, "check", "--config", EXAMPLE)
    assert re.search(r"^window nightly: next \d{4}-\d\d-\d\d 02:00 \(UTC\+3\), 45m", checked.stdout, re.M)


@pytest.mark.integration
def test_a_built_list_is_the_served_one_byte_for_byte(service: Running) -> None:
    built = run_bytes(service.state, "v8i", "build", "finance", "--config", EXAMPLE)
    with urllib.request.urlopen(f"{service.public}/lists/finance.v8i", timeout=10) as served:
        assert built.stdout == served.read()


@pytest.mark.integration
def test_a_message_acknowledged_before_a_kill_is_shown_after_it(tmp_path: Path) -> None:
    with serving(tmp_path, EXAMPLE) as service:
        run(service.state, "message", "post", "--to", "erp", "--for", "1h", "--text", "Still here")
        service.process.kill()
        service.process.wait()
    with serving(tmp_path, EXAMPLE) as again:
        assert again.help_json("erp")["userMessage"] == "Still here"


@pytest.mark.parametrize("command", ["check", "serve", "publish"])
def test_without_a_configuration_a_command_says_how_to_name_or_begin_one(
    tmp_path: Path, command: str
) -> None:
    for named in ((), ("--config", tmp_path / "no.yaml")):
        done = run(tmp_path / "state", command, *named, cwd=tmp_path)
        assert done.returncode == 2
        file = named[1] if named else Path("config/errorhelp.yaml")
        assert f"{file}:1:1: there is no such file; name yours with --config" in done.stderr
        assert "errorhelp init conf" in done.stderr


@pytest.mark.integration
def test_a_list_that_is_cut_says_so(service: Running) -> None:
    for _ in range(2):
        posted = run(service.state, "message", "post", "--to", "erp", "--for", "1h", "--text", "Wait")
        assert posted.returncode == 0, posted.stderr
    cut = run(service.state, "message", "list", "--limit", "1")
    assert (cut.returncode, len(cut.stdout.splitlines())) == (0, 1)
    assert "these are the newest 1; there are more: --limit 10" in cut.stderr
    assert "there are more" not in run(service.state, "message", "list", "--limit", "1000").stderr
