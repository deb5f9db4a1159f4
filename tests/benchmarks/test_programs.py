"""Programs that measure, as `make bench` and `make bench-long` start them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(f"benchmarks.{file.stem}" for file in (ROOT / "benchmarks").glob("[a-z]*.py"))
RUN_BY_MAKE = re.findall(r"-m (benchmarks\.\w+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.integration
def test_every_program_finds_what_it_imports() -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {', '.join(MODULES)}"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_make_runs_each_program_but_those_that_others_start() -> None:
    started_by_others = {each for each in MODULES if each.endswith(("_server", "_servers", "_sender"))}
    no_programs = {"benchmarks.load", "benchmarks.hostile_bodies"}
    assert {*RUN_BY_MAKE} == {*MODULES} - started_by_others - no_programs
