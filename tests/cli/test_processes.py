"""Every command works as a process of its own; what each of them does is tested beside this, without starting one."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import COMMAND, Running, environment, run, serving
from fixture_files import OFFICE
from typer.main import get_command

from errorhelp.cli import app

CONFIGURATION = """
infobases: [{id: erp, name: ERP, connect: {server: srv, ref: ERP}}]
lists: [{id: office, folders: [/]}]
public: {url: "https://help.example.com"}
publish: tree
web_server: {certificate: /etc/ssl/c.pem, key: /etc/ssl/c.key}
reports:
  enabled: true
  # Nobody listens there.
  forward: [{id: desk, webhook: "http://127.0.0.1:9/", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}]
"""
FAILED, BAD_INPUT, NOT_FOUND = 1, 2, 4
# Their state is that of a running service; {message} and {token} are known to it, {backup} is one of it.
OF_A_SERVICE = {
    "status": 0,
    "doctor {public} --config errorhelp.yaml": 0,
    "reload": 0,
    "publish": 0,
    "backup other-backup --config errorhelp.yaml": 0,
    "message post --to erp --for 1h --text Wait": 0,
    "message list": 0,
    "message show {message}": 0,
    "message extend {message} --by 1h": 0,
    "message update {message} --text Soon": 0,
    "message end {message}": 0,
    "message rac {message}": 0,
    "message import-lock": BAD_INPUT,
    "maintenance list": 0,
    "maintenance skip nightly@2026": NOT_FOUND,
    "maintenance move nightly@2026 --to +2h": NOT_FOUND,
    "maintenance end nightly@2026": NOT_FOUND,
    "maintenance restore nightly@2026": NOT_FOUND,
    "window list": 0,
    "window show w.nothing": NOT_FOUND,
    "window make --to erp --from 2030-01-01T02:00:00Z --for 1h --rule FREQ=DAILY --text Wait": 0,
    "window change w.nothing --for 2h": NOT_FOUND,
    "window end w.nothing": NOT_FOUND,
    "window export": 0,
    "template list": 0,
    "template show t.nothing": NOT_FOUND,
    "template make Night --text Wait": 0,
    "template change t.nothing --name Day": NOT_FOUND,
    "template delete t.nothing": NOT_FOUND,
    "infobase list": 0,
    "problem list": 0,
    "problem show 0f3a9c1e5b7d2468": NOT_FOUND,
    "problem dismiss 0f3a9c1e5b7d2468": NOT_FOUND,
    "report list": 0,
    "report show 0f3a9c1e5b7d2468": NOT_FOUND,
    "report outbox": 0,
    "report retry --target desk": 0,
    "report drop --target desk": 0,
    "report forward-test desk": FAILED,
    "token make other --role viewer": 0,
    "token list": 0,
    "token revoke {token}": 0,
    "user first-link": 0,
}
ALONE = {
    "check --config errorhelp.yaml": 0,
    "init conf": 0,
    "schema": 0,
    "restore {backup} --config errorhelp.yaml": 0,
    "v8i import office.v8i": 0,
    "v8i build office --config errorhelp.yaml": 0,
    "v8i annotate office.v8i --config errorhelp.yaml": 0,
    "v8i lint office.v8i": 0,
    "v8i client-config office --config errorhelp.yaml": 0,
    "web-server nginx --config errorhelp.yaml": 0,
    "store copy {backup} copy.db": 0,
    "store prepare postgresql://nobody@127.0.0.1:1/nothing": 1,
    "user hash --stdin": BAD_INPUT,
}
# They have nothing to say where there is nothing.
SILENT = {
    "maintenance list",
    "window list",
    "window export",
    "template list",
    "problem list",
    "report outbox",
    "v8i lint office.v8i",
}


def all_commands(group: Any, *names: str) -> Iterator[str]:
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            yield from all_commands(command, *names, name)
        else:
            yield " ".join((*names, name))


def test_no_command_is_left_out() -> None:
    tried = ["serve", *OF_A_SERVICE, *ALONE]
    commands = list(all_commands(get_command(app)))
    assert [each for each in commands if not any(f"{one} ".startswith(f"{each} ") for one in tried)] == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a configuration, a list and, for the service there, its state."""
    folder = tmp_path_factory.mktemp("processes")
    (folder / "errorhelp.yaml").write_text(CONFIGURATION, "utf-8")
    (folder / "office.v8i").write_bytes(OFFICE.read_bytes())
    return folder


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Running]:
    with serving(folder / "state", folder / "errorhelp.yaml") as running:
        yield running


def exit_code(state: Path, folder: Path, command: str) -> int:
    """That of the command as a process, which did not break."""
    done = subprocess.run(
        [*COMMAND, *command.split()],
        env=environment(state),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert done.stdout or done.stderr or command in SILENT
    return done.returncode


@pytest.mark.integration
@pytest.mark.parametrize(("command", "code"), OF_A_SERVICE.items())
def test_a_command_works_beside_a_service(service: Running, folder: Path, command: str, code: int) -> None:
    post = ("message", "post", "--to", "erp", "--for", "1h", "--text", "Wait")
    names = {"{public}": service.public}
    if "{message}" in command:
        names["{message}"] = run(service.state, *post).stdout.strip()
    if "{token}" in command:
        run(service.state, "token", "make", "script", "--role", "viewer")
        names["{token}"] = run(service.state, "token", "list").stdout.split()[0]
    for name, value in names.items():
        command = command.replace(name, value)
    assert exit_code(service.state, folder, command) == code


@pytest.mark.integration
@pytest.mark.parametrize(("command", "code"), ALONE.items())
def test_a_command_works_alone(
    service: Running, folder: Path, tmp_path: Path, command: str, code: int
) -> None:
    if "{backup}" in command:
        backup = tmp_path / "backup"
        made = run(service.state, "backup", backup, "--config", folder / "errorhelp.yaml")
        assert made.returncode == 0, made.stderr
        command = command.replace("{backup}", str(backup))
    assert exit_code(tmp_path / "state", folder, command) == code
