"""`errorhelp message rac` and `message import-lock` as an admin uses them, against a running service."""

import json
import subprocess
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Running, run, serving

pytestmark = pytest.mark.integration

CONFIGURATION = """
time_zone: Europe/Moscow
languages: [en, ru]
infobases:
  - {id: erp, name: ERP, connect: {server: srv1c, ref: ERP}}
  - {id: crm, name: CRM, connect: {server: other, ref: CRM}}
  - {id: crm_test, name: CRM test, connect: {server: test, ref: crm}}
  - {id: files, name: Files, connect: {file: 'C:/files'}}
"""
LOCK = """\
infobase        : f3466741-0208-4680-a9d3-21f16672048f
name            : erp
sessions-deny   : on
denied-from     : 2030-01-02T13:00:00
denied-message  : "База обновляется"
denied-to       : 2030-01-02T14:00:00
permission-code : "let me in"
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("locks")
    config = folder / "errorhelp.yaml"
    config.write_text(CONFIGURATION, "utf-8")
    with serving(folder / "state", config) as running:
        yield running


def post(service: Running, *targets: str) -> str:
    """The id of a new message."""
    to = [word for target in targets for word in ("--to", target)]
    posted = run(
        service.state, "message", "post", *to, "--text", "Back soon", "--text-ru", "Ждите", "--for", "1h"
    )
    return posted.stdout.strip()


def import_lock(service: Running, output: bytes, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command with the output of rac piped into it."""
    return run(service.state, "message", "import-lock", *arguments, given=output)


def test_the_commands_lock_every_server_infobase_of_the_message(service: Running):
    message_id = post(service, "erp", "crm", "files")
    done = run(service.state, "message", "rac", message_id, "--permission-code", "7")
    assert done.stderr == "files is on no 1C server: rac cannot lock it\n"
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("ras=") and "cluster" not in line] == [
        "ras=other:1545",
        "ras=srv1c:1545",
    ]
    assert [line for line in lines if line.startswith("update ")] == [
        "update 'CRM (crm)'",
        "update 'ERP (erp)'",
    ]
    (options,) = [line for line in lines if "sessions-deny=on" in line]
    assert "'--denied-message=Back soon' --permission-code=7" in options
    assert "scheduled-jobs" not in done.stdout


def test_language_zone_and_shell_can_be_chosen(service: Running):
    message_id = post(service, "erp")
    shown = json.loads(run(service.state, "message", "show", message_id, "-o", "json").stdout)
    options = ("--shell", "cmd", "--language", "ru", "--time-zone", "UTC", "--ras", "r:1", "--cluster", "u")
    done = run(service.state, "message", "rac", message_id, *options)
    assert 'set "RAS=r:1"' in done.stdout
    assert 'set "CLUSTER=u"' in done.stdout
    assert f'--denied-to="{shown["ends_at"].rstrip("Z")}" --denied-message="Ждите"' in done.stdout


def test_jobs_sessions_and_the_path_of_rac_are_options(service: Running):
    message_id = post(service, "erp", "crm")
    options = ("--scheduled-jobs", "--end-sessions-after", "10m", "--rac", "/opt/1cv8/x86_64/8.3.27/rac")
    servers = ("--ras", "srv1c=adm:1545", "--ras", "Other:1541=adm:2545")
    done = run(service.state, "message", "rac", message_id, *options, *servers)
    assert "rac=/opt/1cv8/x86_64/8.3.27/rac\n" in done.stdout
    assert "--scheduled-jobs-deny=on" in done.stdout
    assert "sleep 600\n" in done.stdout
    assert "--error-message='Back soon'" in done.stdout
    assert "\nras=adm:2545\ncluster_1=$(the_cluster 1541)" in done.stdout
    lifted = run(service.state, "message", "rac", message_id, "--lift", *options, *servers).stdout
    assert "--scheduled-jobs-deny=off" in lifted
    assert "permission-code" not in lifted
    assert "terminate" not in lifted


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--ras", "adm:1545"), "say which is for which: other=adm:1545"),
        (("--ras", "=adm:1545"), "--ras '=adm:1545' is neither ADDRESS nor SERVER=ADDRESS"),
        (("--ras", "srv1c=a", "--ras", "SRV1C=b"), "--ras names two for SRV1C"),
        (("--cluster", "u"), "in several (other:1541, srv1c:1541)"),
        (("--end-sessions-after", "soon"), "--end-sessions-after: 'soon' is not a duration"),
    ],
)
def test_what_would_be_a_guess_is_refused(service: Running, options: tuple[str, ...], error: str):
    done = run(service.state, "message", "rac", post(service, "erp", "crm"), *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert error in done.stderr


def test_a_file_is_written_as_its_shell_reads_it(service: Running, tmp_path: Path):
    message_id, file = post(service, "erp"), tmp_path / "lock.ps1"
    done = run(service.state, "message", "rac", message_id, "--shell", "powershell", "--output", file)
    assert (done.returncode, done.stdout) == (0, "")
    data = file.read_bytes()
    assert data.startswith(BOM_UTF8)
    assert data.count(b"\n") == data.count(b"\r\n")


def test_a_message_that_is_over_can_only_be_lifted(service: Running):
    message_id = post(service, "erp")
    run(service.state, "message", "end", message_id)
    assert run(service.state, "message", "rac", message_id).returncode == 2
    lifted = run(service.state, "message", "rac", message_id, "--lift").stdout
    assert "--sessions-deny=off" in lifted
    assert "sessions-deny=on" not in lifted


def test_a_message_without_server_infobases_has_no_commands(service: Running):
    done = run(service.state, "message", "rac", post(service, "files"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "no infobase on a 1C server" in done.stderr


def test_a_lock_becomes_a_message_with_its_text_and_times(service: Running):
    done = import_lock(service, LOCK.encode(), "--yes", "--severity", "outage")
    assert (done.returncode, done.stderr) == (0, "")
    shown = json.loads(run(service.state, "message", "show", done.stdout.strip(), "-o", "json").stdout)
    assert (shown["targets"], shown["text"], shown["severity"]) == (["erp"], "База обновляется", "outage")
    assert (shown["starts_at"], shown["ends_at"]) == ("2030-01-02T10:00:00Z", "2030-01-02T11:00:00Z")
    assert "let me in" not in json.dumps(shown)


def test_the_message_of_a_lock_is_told_in_json_to_programs(service: Running):
    posted = json.loads(import_lock(service, LOCK.encode(), "--yes", "-o", "json").stdout)
    assert (posted["targets"], posted["text"]) == (["erp"], "База обновляется")


def test_the_zone_of_the_1c_server_can_be_another(service: Running):
    done = import_lock(service, LOCK.encode(), "--dry-run", "--time-zone", "Asia/Vladivostok")
    assert json.loads(done.stdout)["starts_at"] == "2030-01-02T03:00:00Z"


def test_a_dry_run_posts_nothing_and_without_yes_nothing_is_posted_either(service: Running):
    before = run(service.state, "message", "list", "-o", "json").stdout
    assert import_lock(service, LOCK.encode(), "--dry-run").returncode == 0
    refused = import_lock(service, LOCK.encode())
    assert (refused.returncode, refused.stderr) == (
        2,
        "errorhelp: add --yes to post it, or --dry-run to see it\n",
    )
    assert run(service.state, "message", "list", "-o", "json").stdout == before


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("deny   : on", "deny   : off", "denies no sessions"),
        ("2030-01-02T14:00:00", "", "has no end (denied-to)"),
        ('"База обновляется"', "", "has no text (denied-message)"),
        (": erp", ": nobody", "no infobase is called 'nobody' on its server"),
        (": erp", ": CRM", "several infobases are called 'CRM': crm, crm_test"),
        ("denied-to ", "denied_to ", "is not what `rac infobase info` prints"),
    ],
)
def test_a_lock_that_makes_no_message_is_refused_and_says_why(
    service: Running, old: str, new: str, error: str
):
    done = import_lock(service, LOCK.replace(old, new).encode(), "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert error in done.stderr


def test_the_output_of_a_windows_console_is_read_when_its_encoding_is_named(service: Running):
    output = LOCK.encode("cp866")
    refused = import_lock(service, output, "--yes")
    assert refused.returncode == 2
    assert "--encoding cp866" in refused.stderr
    read = import_lock(service, output, "--dry-run", "--encoding", "cp866")
    assert json.loads(read.stdout)["text"] == "База обновляется"


def test_a_file_that_powershell_wrote_is_read(service: Running, tmp_path: Path):
    file = tmp_path / "lock.txt"
    file.write_text(LOCK, "utf-16")
    done = run(service.state, "message", "import-lock", file, "--dry-run", "--to", "crm")
    assert json.loads(done.stdout)["targets"] == ["crm"]
