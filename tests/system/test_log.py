"""The log: what systemd's journal is told about each line, and what it is never told."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from command import COMMAND, environment

from errorhelp.system.log import HumanFormatter

pytestmark = [pytest.mark.integration, pytest.mark.skipif(os.name != "posix", reason="systemd's journal")]

LOGGING = """
import logging
from datetime import UTC
from errorhelp.system.log import set_up_logging
set_up_logging(STYLE, UTC)
logging.info("started")
logging.warning("two\\nlines")
try:
    1 / 0
except ZeroDivisionError:
    logging.exception("trouble")
logging.critical("the end")
"""


def written(style: str, *, is_journal: bool) -> list[str]:
    """What such a program writes to standard error, which is the journal or something else."""
    reading, writing = os.pipe()
    found = os.fstat(writing)
    # As systemd names it; a command run by a service inherits the name, too.
    name = f"{found.st_dev}:{found.st_ino + (not is_journal)}"
    program = LOGGING.replace("STYLE", repr(style))
    with os.fdopen(reading, encoding="utf-8") as log:
        subprocess.run(
            [sys.executable, "-c", program],
            env=dict(os.environ) | {"JOURNAL_STREAM": name},
            stderr=writing,
            check=True,
            timeout=60,
        )
        os.close(writing)
        return log.read().splitlines()


def test_each_line_has_its_priority_in_the_journal() -> None:
    """By which `journalctl -p err` finds errors, all their lines."""
    lines = written("human", is_journal=True)
    assert lines[0].startswith("<6>") and lines[0].endswith("started")
    assert lines[1].startswith("<4>") and lines[1].endswith("two | lines")
    assert lines[2].startswith("<3>") and lines[2].endswith("trouble")
    assert {line[:3] for line in lines[2:-1]} == {"<3>"}
    assert "<3>ZeroDivisionError: division by zero" in lines
    assert lines[-1].startswith("<2>") and lines[-1].endswith("the end")


def test_json_has_its_priority_in_front_there() -> None:
    first, *_, last = written("json", is_journal=True)
    assert (first[:3], json.loads(first[3:])["message"]) == ("<6>", "started")
    assert (last[:3], json.loads(last[3:])["level"]) == ("<2>", "critical")


def test_elsewhere_no_priorities_are_written() -> None:
    assert not any(line.startswith("<") for line in written("human", is_journal=False))
    assert json.loads(written("json", is_journal=False)[0])["message"] == "started"


def test_the_service_tells_the_journal_of_errors(tmp_path: Path) -> None:
    """Nothing can be left in the place of its token."""
    reading, writing = os.pipe()
    found = os.fstat(writing)
    state, config = tmp_path / "state", tmp_path / "errorhelp.yaml"
    (state / "token").mkdir(parents=True)
    config.write_text("help: {text: Call 112}\n", "utf-8")
    with os.fdopen(reading, encoding="utf-8") as log:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--config", str(config), "--public", "127.0.0.1:0", "--admin", "127.0.0.1:0"],
            env=environment(state) | {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"},
            stderr=writing,
        )
        os.close(writing)
        lines = []
        for line in log:
            lines.append(line)
            if "admin token" in line:
                process.terminate()
        process.wait(timeout=60)
    assert [line for line in lines if line.startswith("<3>") and "token" in line]
    assert lines[-1].startswith("<6>")


def test_times_are_in_the_zone_of_the_configuration_and_say_so() -> None:
    record = logging.LogRecord("errorhelp", logging.INFO, "file.py", 1, "stopping", (), None)
    record.created = 1795773600.5
    line = HumanFormatter(ZoneInfo("Europe/Moscow")).format(record)
    assert line == "2026-11-27 13:00:00+03:00 INFO    stopping"
