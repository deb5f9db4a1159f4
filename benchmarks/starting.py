"""What commands cost before they do anything, and the container's health check, against `import typer`.

Run `.venv/bin/python -m benchmarks.starting`; it takes half a minute. In each of seven rounds every command is
started once, on the worked example in `config/`, and its processor time is divided by that of a Python which
imports Typer, the library that reads arguments, and ends. Of the health check, which asks a running service,
it is printed what share of a core it takes at the interval in `deploy/Dockerfile`. The exit status is 1 when a
median is over its bound.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from command import COMMAND, environment, serving

from benchmarks.figures import Figure, judged

ROOT = Path(__file__).parent.parent
ROUNDS = 7
# Times `import typer`.
BOUNDS = {
    "errorhelp --version": 5.0,
    "errorhelp message post --help": 10.0,
    "errorhelp check": 14.0,
}
MOST_OF_A_CORE = 0.01
_TYPER, _HEALTH = "import typer", "health check"


def main() -> int:
    """Measures in rounds and prints a table."""
    commands = {
        _TYPER: [sys.executable, "-c", "import typer"],
        **{name: [*COMMAND, *name.split()[1:]] for name in BOUNDS},
        "errorhelp status": [*COMMAND, "status"],
        _HEALTH: [sys.executable, "-m", "errorhelp.doctor.health_check"],
    }
    with tempfile.TemporaryDirectory(prefix="starting-") as name:
        state = Path(name) / "state"
        with serving(state, ROOT / "config" / "errorhelp.yaml"):
            for each in commands.values():
                # The first time it is compiled.
                _cpu_seconds(each, state)
            rounds = [
                {what: _cpu_seconds(each, state) for what, each in commands.items()} for _ in range(ROUNDS)
            ]
    print(f"{'':32}{'CPU ms':>8}{'/ typer':>9}{'at most':>9}")
    figures = []
    for what in commands:
        milliseconds = 1000 * statistics.median(each[what] for each in rounds)
        ratio = statistics.median(each[what] / each[_TYPER] for each in rounds)
        bound = BOUNDS.get(what)
        print(f"{what:32}{milliseconds:>8.0f}{ratio:>9.1f}{bound or '':>9}")
        if bound is not None:
            figures.append(Figure(f"{what}: processor time, of import typer", ratio, most=bound))
    share = statistics.median(each[_HEALTH] for each in rounds) / _interval()
    figures.append(Figure("health check: share of a core", share, most=MOST_OF_A_CORE))
    return judged("starting", figures)


def _cpu_seconds(command: list[str], state: Path) -> float:
    """The processor time of a process, which must end well, and of what it waited for."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(state), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed")
    return used.ru_utime + used.ru_stime


def _interval() -> float:
    """The seconds between two health checks."""
    found = re.search(r"^HEALTHCHECK .*--interval=(\d+)s", (ROOT / "deploy" / "Dockerfile").read_text(), re.M)
    assert found is not None  # noqa: S101 - the file is ours
    return float(found[1])


if __name__ == "__main__":
    sys.exit(main())
