"""Programs that measure, as `make bench` and `make bench-long` start them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.figures import Figure, judged
from benchmarks.table import LONG, SHORT, sizes_in, this_machine

ROOT = Path(__file__).parents[2]
MODULES = sorted(f"benchmarks.{file.stem}" for file in (ROOT / "benchmarks").glob("[a-z]*.py"))
RUN_BY_MAKE = re.findall(r"-m benchmarks\.table (\w+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.integration
def test_every_program_finds_what_it_imports() -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {', '.join(MODULES)}"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_make_runs_each_program_but_those_that_others_start() -> None:
    started_by_others = {each for each in MODULES if each.endswith(("_server", "_servers", "_sender"))}
    no_programs = {
        f"benchmarks.{name}" for name in ("load", "hostile_bodies", "figures", "process_memory", "table")
    }
    assert RUN_BY_MAKE == ["short", "long"]
    run = {f"benchmarks.{name}" for name in (*SHORT, *LONG)}
    assert run == {*MODULES} - started_by_others - no_programs


def test_the_table_of_scale_is_read_as_it_is_printed() -> None:
    printed = [
        " infobases      read       RSS\n",
        "        10     0.004     88.25\n",
        "   100,000       5.1      1441\n",
        "read at 10,000 infobases: 7 is over 6\n",
    ]
    assert sizes_in(printed) == {"10": {"read": 0.004, "RSS": 88.25}, "100000": {"read": 5.1, "RSS": 1441}}
    assert sizes_in(["no table\n"]) == {}


@pytest.mark.integration
def test_the_machine_is_told_by_what_the_figures_depend_on() -> None:
    machine = this_machine()
    assert {"processor", "cores", "memory", "kernel", "python", "nginx", "wrk"} == {*machine}
    assert machine["python"] == ".".join(map(str, sys.version_info[:3]))


def test_a_figure_is_within_its_bounds_or_not(capsys: pytest.CaptureFixture[str]) -> None:
    figures = [Figure("rate", 1.2, least=1.1), Figure("time", 0.5, most=0.2, seconds=0.05)]
    assert judged("nothing", figures) == 1
    assert judged("nothing", figures[:1]) == 0
    printed = capsys.readouterr().out
    assert "rate: 1.2, at least 1.1" in printed
    assert "time: 0.5 (50 ms), NOT at most 0.2" in printed
