"""Runs the programs that measure, and keeps what they found with the machine they ran on in `docs/measured.json`.

`make bench` runs `python -m benchmarks.table short`, `make bench-long` the `long` ones; names of programs run just
these. `make docs` makes the pages docs/…/measured.md of the file, which is written by nothing else. Figures of another
machine, or of another version of what they need, are dropped when one is measured anew.

The exit status is 1 when a program missed a bound, 2 when one could say nothing here or now, else 0.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import FOLDER

FILE = Path(__file__).parents[1] / "docs" / "measured.json"
SHORT = (
    "starting",
    "request_rate",
    "first_tree",
    "tree_changes",
    "pages",
    "launcher_rate",
    "lists",
    "report_intake",
    "large_store",
)
LONG = ("tree_rate", "recovery", "scale", "nodes", "idle_nodes", "hostile_load", "memory")


def main() -> int:
    """Run them one after the other and write the file."""
    parser = argparse.ArgumentParser(description="Measure, and keep what was found.")
    parser.add_argument("programs", nargs="+", help="short, long, or names of programs")
    parser.add_argument("--rounds", type=int, help="for programs that measure in rounds")
    arguments = parser.parse_args()
    options = [] if arguments.rounds is None else ["--rounds", str(arguments.rounds)]
    asked = arguments.programs
    programs = [name for each in asked for name in {"short": SHORT, "long": LONG}.get(each, (each,))]
    kept = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    machine = this_machine()
    if kept.get("machine") != machine:
        kept = {"machine": machine, "programs": {}}
    statuses = []
    for name in programs:
        measured = run(name, options)
        statuses.append(measured["status"])
        kept["programs"][name] = measured
        FILE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")
    seconds = sum(kept["programs"][name]["seconds"] for name in programs)
    print(
        f"{len(programs)} programs in {seconds / 60:.1f} minutes; the figures stand in {FILE}, for make docs"
    )
    return 1 if 1 in statuses else max(statuses)


def run(name: str, options: Sequence[str] = ()) -> dict[str, Any]:
    """What a program found: its exit status, how many seconds it took, its figures, and sizes where it has some."""
    print(f"== {name}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="figures-") as folder:
        command = [sys.executable, "-m", f"benchmarks.{name}", *options]
        environment = {**os.environ, FOLDER: folder, "PYTHONUNBUFFERED": "1"}
        printed = []
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                printed.append(line)
        file = Path(folder) / f"{name}.json"
        found = json.loads(file.read_text("utf-8")) if file.exists() else {"figures": [], "facts": {}}
    seconds = round(time.monotonic() - began)
    return {"status": process.returncode, "seconds": seconds, "sizes": sizes_in(printed), **found}


def sizes_in(printed: list[str]) -> dict[str, dict[str, float]]:
    """The table of `benchmarks.scale` by number of infobases: what is in its columns, by their names."""
    header = next((line.split() for line in printed if line.split()[:1] == ["infobases"]), None)
    rows = [line.split() for line in printed]
    return {
        row[0].replace(",", ""): dict(zip(header[1:], map(float, row[1:]), strict=True))
        for row in rows
        if header and len(row) == len(header) and re.fullmatch(r"[\d,]+", row[0])
    }


def this_machine() -> dict[str, str]:
    """What the figures depend on: processor, cores, kernel, and versions."""
    memory = int(_in_file("/proc/meminfo", r"MemTotal:\s*(\d+)") or 0)
    return {
        "processor": _in_file("/proc/cpuinfo", r"model name\s*:\s*(.+)") or platform.processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "memory": f"{memory / 1024 / 1024:.0f} GB",
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "nginx": _version_of("nginx", "-v"),
        "wrk": _version_of("wrk", "-v"),
    }


def _in_file(name: str, pattern: str) -> str:
    file = Path(name)
    found = re.search(pattern, file.read_text()) if file.exists() else None
    return found[1].strip() if found else ""


def _version_of(program: str, argument: str) -> str:
    if shutil.which(program) is None:
        return ""
    done = subprocess.run([program, argument], capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d+[.\w]*", done.stdout + done.stderr)
    return found[0] if found else ""


if __name__ == "__main__":
    sys.exit(main())
