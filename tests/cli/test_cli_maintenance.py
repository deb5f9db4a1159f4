"""Maintenance that somebody ended early is over in lists that the command line writes, too."""

import asyncio
import json
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command import Running, run, serving

from errorhelp.config import load
from errorhelp.messages.occurrences import Deed, WindowChange, ended, occurrence_of, planned
from errorhelp.store.sqlite import SqliteStore

pytestmark = pytest.mark.integration

CONFIGURATION = """
languages: [en]
help: {{text: Call 112}}
infobases: [{{id: erp, name: ERP, connect: {{server: srv, ref: ERP}}}}]
lists: [{{id: office, folders: /, carries_messages: true}}]
maintenance_windows:
  - {{id: nightly, targets: "*", text: Maintenance, starts_at: {began}, duration: 20h, rule: FREQ=YEARLY}}
"""


def configured(folder: Path) -> Path:
    """A configuration whose maintenance began two hours ago."""
    began = datetime.now(UTC) - timedelta(hours=2)
    file = folder / "errorhelp.yaml"
    file.write_text(CONFIGURATION.format(began=f"{began:%Y-%m-%d %H:%M}"), "utf-8")
    return file


async def end_maintenance(configuration: Path, database: Path) -> None:
    windows, now = load(configuration).catalog.windows, datetime.now(UTC)
    running = occurrence_of(windows, planned(windows, now)[0].id, now, ())
    store = SqliteStore(database)
    await store.open()
    at = now.replace(microsecond=0)
    await store.add_window_change(WindowChange(at, "anna", Deed.ENDED, ended(running, now)))
    await store.close()


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


def test_running_maintenance_is_in_every_list_and_one_that_was_ended_in_none(tmp_path: Path) -> None:
    configuration, state = configured(tmp_path), tmp_path / "state"
    with serving(state, configuration) as service:
        assert ["Maintenance" in each for each in lists(service, configuration)] == [True, True, True]
    asyncio.run(end_maintenance(configuration, state / "errorhelp.db"))
    with serving(state, configuration) as service:
        assert ["Maintenance" in each for each in lists(service, configuration)] == [False, False, False]


def test_occurrences_are_listed_skipped_moved_ended_and_restored(tmp_path: Path) -> None:
    configuration, state = configured(tmp_path), tmp_path / "state"
    with serving(state, configuration):

        def listed() -> list[dict[str, Any]]:
            done = run(state, "maintenance", "list", "--count", "2", "-o", "json")
            return list(json.loads(done.stdout))

        running, following, last = listed()
        assert [each["state"] for each in (running, following, last)] == ["active", "scheduled", "scheduled"]
        assert "Maintenance" in run(state, "maintenance", "list").stdout
        assert run(state, "maintenance", "list", "--window", "none").returncode == 2

        ended = run(state, "maintenance", "end", running["id"])
        assert (ended.returncode, "ended" in ended.stdout) == (0, True)
        assert "skipped" in run(state, "maintenance", "skip", following["id"], last["id"]).stdout
        assert run(state, "maintenance", "restore", following["id"]).returncode == 0
        moved = run(state, "maintenance", "move", following["id"], "--to", "2099-01-01 10:00", "-o", "json")
        assert json.loads(moved.stdout)[0]["starts_at"].startswith("2099-01-01")
        assert [each["state"] for each in listed()].count("skipped") == 1
        assert run(state, "maintenance", "move", following["id"], "--to", "soon").returncode == 2
        unknown = run(state, "maintenance", "skip", "none")
        assert (unknown.returncode, "'none'" in unknown.stderr) == (4, True)
