"""`errorhelp doctor` where little can be looked at: what it did find is told all the same."""

import json
import sys
from itertools import count
from pathlib import Path

import pytest
from command import run

from errorhelp.cli import progress


@pytest.mark.parametrize("form", [("--json",), ("-o", "json")])
def test_a_broken_configuration_is_diagnosed_with_its_place_and_without_an_address(
    tmp_path: Path, form: tuple[str, ...]
) -> None:
    file = tmp_path / "errorhelp.yaml"
    file.write_text("time_zone: Europe/Moscow\nlanguages: [ru\n", "utf-8")
    checked = run(tmp_path / "state", "check", "--config", file).stderr.splitlines()[0]
    assert checked.startswith(f"{file}:")
    done = run(tmp_path / "state", "doctor", "--config", file)
    assert done.returncode == 1 and done.stderr == ""
    assert f"BROKEN  configuration: {checked}\n" in done.stdout
    assert "BROKEN  public address: is not known, so nobody was asked there" in done.stdout
    findings = json.loads(run(tmp_path / "state", "doctor", "--config", file, *form).stdout)
    assert [(each["level"], each["subject"]) for each in findings] == [
        ("broken", "configuration"),
        ("broken", "public address"),
    ]
    assert findings[0]["text"] == checked


def test_every_error_of_a_configuration_is_told(tmp_path: Path) -> None:
    file = tmp_path / "errorhelp.yaml"
    file.write_text("".join(f"unknown_{number}: 1\n" for number in range(20)), "utf-8")
    told = run(tmp_path / "state", "doctor", "--config", file).stdout
    assert all(f"{file}:{number + 1}:1: unknown_{number}: " in told for number in range(20))


def test_with_nothing_to_look_at_it_asks_for_an_address(tmp_path: Path) -> None:
    looking = ("doctor", "--config", tmp_path / "none")
    refused = run(tmp_path / "state", *looking)
    assert refused.returncode == 2 and "name the address that clients ask" in refused.stderr
    as_json = run(tmp_path / "state", *looking, "--json")
    assert json.loads(as_json.stdout)["error"]["exit_code"] == 2


@pytest.mark.parametrize("is_terminal", [True, False])
def test_how_far_it_is_is_told_each_second_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_terminal: bool
) -> None:
    seconds = count(step=0.5)
    monkeypatch.setattr("time.monotonic", lambda: next(seconds))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    show = progress.checks_done()
    for done in range(1, 6):
        show(done, 400)
    expected = "errorhelp: 3 of 400 checks\nerrorhelp: 5 of 400 checks\n"
    assert capsys.readouterr().err == (expected if is_terminal else "")
