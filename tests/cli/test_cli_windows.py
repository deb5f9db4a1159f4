"""Maintenance windows on the command line: made, read back, changed, ended and exported; shown in every list."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from command import Running, run, serving

pytestmark = pytest.mark.integration

CONFIGURATION = """
time_zone: Europe/Moscow
languages: [ru, en]
help: {text: Call 112}
folders: [{path: /Finance}]
infobases:
  - {id: erp, name: ERP, connect: {server: srv, ref: ERP}, folder: /Finance}
lists: [{id: office, folders: /, carries_messages: true}]
maintenance_windows:
  - {id: yearly, targets: erp, text: Inventory, starts_at: '2026-01-01 02:00', duration: 1h, rule: FREQ=YEARLY}
"""
BACKUPS = (
    *("--to", "/Finance", "--text", "Копирование", "--text-en", "Backups", "--for", "45m"),
    *("--from", "2026-01-05 02:00", "--rule", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "--note", "agreed"),
)
# Always shown.
ALWAYS = (
    "--to",
    "erp",
    "--text",
    "Always",
    "--from",
    "2026-01-05 00:00",
    "--for",
    "2h",
    "--rule",
    "FREQ=HOURLY",
)


def shown(state: Path, window: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(state, "window", "show", window, "-o", "json").stdout)
    return found


def lists(service: Running, configuration: Path) -> list[str]:
    """The list as it is served, as it is built, and a list of somebody else after it was annotated."""
    with urllib.request.urlopen(f"{service.public}/lists/office.v8i", timeout=10) as served:
        found = [served.read().decode("utf-8-sig")]
    built = run(service.state, "v8i", "build", "office", "--config", configuration)
    theirs = service.state / "theirs.v8i"
    theirs.write_text('[ERP]\nConnect=Srvr="srv";Ref="ERP";\n', "utf-8")
    done = run(service.state, "v8i", "annotate", theirs, "--messages", "--config", configuration)
    assert (built.returncode, done.returncode) == (0, 0), built.stderr + done.stderr
    return [*found, built.stdout, theirs.read_text("utf-8")]


def test_a_window_is_made_read_back_changed_ended_and_exported(tmp_path: Path) -> None:
    configuration, state = tmp_path / "errorhelp.yaml", tmp_path / "state"
    configuration.write_text(CONFIGURATION, "utf-8")
    with serving(state, configuration) as service:
        made = run(state, "window", "make", *BACKUPS)
        assert made.returncode == 0, made.stderr
        window = made.stdout.strip()
        assert shown(state, window)["text"] == {"ru": "Копирование", "en": "Backups"}
        text = run(state, "window", "show", window).stdout
        assert "on weekdays at 02:00, 45 min" in text and "made by" in text
        listed = run(state, "window", "list").stdout.splitlines()
        assert [line.split()[0] for line in listed] == ["yearly", window]

        skipped = json.loads(run(state, "maintenance", "list", "--window", window, "-o", "json").stdout)[-1][
            "id"
        ]
        assert run(state, "maintenance", "skip", skipped).returncode == 0
        refused = run(state, "window", "change", window, "--from", "2026-01-05 03:00")
        assert (refused.returncode, skipped in refused.stderr) == (2, True)
        changed = run(state, "window", "change", window, "--from", "2026-01-05 03:00", "--confirm")
        assert (changed.returncode, "at 03:00, 45 min" in changed.stdout) == (0, True)
        assert shown(state, window)["note"] == "agreed"
        assert run(state, "window", "change", window).returncode == 2
        assert "--rule" in run(state, "window", "make", "--to", "erp").stderr

        exported = tmp_path / "windows.yaml"
        assert run(state, "window", "export", "--output", exported).returncode == 0
        other = tmp_path / "other.yaml"
        before, _, _ = CONFIGURATION.partition("maintenance_windows:")
        other.write_text(before + exported.read_text("utf-8"), "utf-8")
        checked = run(state, "check", "--config", other)
        assert (checked.returncode, "w-" in checked.stdout) == (0, True), checked.stderr

        always = run(state, "window", "make", *ALWAYS).stdout.strip()
        assert ["Always" in each for each in lists(service, configuration)] == [True, True, True]
        ended = run(state, "window", "end", window, always)
        assert ended.stdout.split() == [window, "ended", always, "ended"]
        assert ["Always" in each for each in lists(service, configuration)] == [False, False, False]
        assert window in run(state, "window", "list", "--all").stdout
        assert run(state, "window", "end", "yearly").returncode == 2
        assert run(state, "window", "show", "w.none").returncode == 4


def test_a_made_window_is_published_without_the_service_and_in_a_backup(tmp_path: Path) -> None:
    configuration, state, tree = tmp_path / "errorhelp.yaml", tmp_path / "state", tmp_path / "tree"
    configuration.write_text(f"{CONFIGURATION}publish: {tree}\n", "utf-8")
    with serving(state, configuration):
        made = run(state, "window", "make", *ALWAYS)
        assert made.returncode == 0, made.stderr
    (tree / "help" / "erp.json").unlink()
    assert run(state, "publish", "--config", configuration).returncode == 0
    assert "Always" in (tree / "help" / "erp.json").read_text("utf-8")
    backup = tmp_path / "backup.db"
    assert run(state, "backup", backup, "--config", configuration).returncode == 0
    restored = run(tmp_path / "other", "restore", backup, "--config", configuration)
    assert (restored.returncode, "1 maintenance window" in restored.stdout + restored.stderr) == (0, True)
    (tree / "help" / "erp.json").unlink()
    assert run(tmp_path / "other", "publish", "--config", configuration).returncode == 0
    assert "Always" in (tree / "help" / "erp.json").read_text("utf-8")


def test_an_id_of_made_windows_is_refused_in_the_configuration(tmp_path: Path) -> None:
    configuration = tmp_path / "errorhelp.yaml"
    configuration.write_text(CONFIGURATION.replace("id: yearly", "id: w.yearly"), "utf-8")
    checked = run(tmp_path / "state", "check", "--config", configuration)
    assert checked.returncode == 2
    assert (
        "those of maintenance windows made in the pages; choose another one (e.g. yearly)" in checked.stderr
    )
