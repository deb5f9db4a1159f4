"""What taking in 1,000 reports a second costs the readers of help.

Run `.venv/bin/python -m benchmarks.report_intake`; it takes about a minute, and needs Linux, two cores, wrk.

Our public listener stays on one core, with an intake that groups reports and writes them to SQLite. From
another core one wrk asks for help as fast as it can; in every second round another wrk posts at least 1,000
login-failure reports a second meanwhile, each from another user and with another time in its text. A ratio is
that of two neighbouring rounds, and the median of them counts. Rounds in which the server did not have its
core for itself say little: they are measured again, up to three times the rounds asked for. "CPU us" is the
processor time that a report takes. At the end every report that was answered must be counted in the database.

The exit status is 1 when the rate of reads falls below 0.8 of what it is without reports or a report is
missing, 2 when that cannot be said here.
"""

import argparse
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load
from benchmarks.figures import Figure, judged
from benchmarks.load import HOST, Measured, Server
from benchmarks.report_intake_server import DATABASE, PATH

LEAST_RATIO = 0.8
LEAST_REPORTS = 1000.0
LEAST_SHARE = 0.85
READERS = 64
# Each posts, waits for the answer and then for a tenth of a second.
REPORTERS, PAUSE_MS = 110, 100

_REPORTS = """
local count = 0
function delay() return %d end
function request()
  count = count + 1
  local body = string.format(
    '{"errorText": "21.11.2026 12:00:%%02d: no licence for session %%d", ' ..
    '"userName": "user%%d", "appVersion": "8.3.27.1508"}',
    count %% 60, count, count %% 5000)
  return wrk.format("POST", nil, {["Content-Type"] = "application/json"}, body)
end
"""


def main() -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(description="What taking in 1,000 reports a second costs readers.")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of rounds (default: 5)")
    parser.add_argument("--seconds", type=int, default=5, help="seconds of each round (default: 5)")
    options = parser.parse_args()
    if (why_not := load.missing()) is not None:
        print(why_not, file=sys.stderr)
        return 2
    on_server, on_client = load.two_cores()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with load.on_core(on_server), _server(folder) as server, load.on_core(on_client):
            pairs = [_pair(server, folder, options.seconds) for _ in range(options.rounds)]
            while sum(pair.counts for pair in pairs) < options.rounds and len(pairs) < 3 * options.rounds:
                pairs.append(_pair(server, folder, options.seconds))
        with closing(sqlite3.connect(folder / DATABASE)) as database:
            counted = database.execute("SELECT sum(count) FROM problems").fetchone()[0] or 0
            kept = database.execute("SELECT count(*) FROM reports").fetchone()[0]
    print(f"{'reads/s alone':>14}{'with reports':>14}{'reports/s':>11}{'CPU us':>8}{'ratio':>7}")
    for pair in pairs:
        print(
            f"{pair.alone.rate:>14,.0f}{pair.reading.rate:>14,.0f}{pair.reports_rate:>11,.0f}{pair.cpu:>8.0f}"
            f"{pair.ratio:>7.2f}{'' if pair.counts else '  the core was shared, or too few reports came'}"
        )
    answered = sum(pair.reports for pair in pairs)
    print(f"reports answered {answered:,}, counted {counted:,}, kept whole {kept:,}")
    if counted < answered:
        return 1
    ratios = [pair.ratio for pair in pairs if pair.counts]
    if len(ratios) < options.rounds:
        print("the machine is too busy to say more", file=sys.stderr)
        return 2
    name = "reads beside 1,000 reports a second: rate, of that without"
    figure = Figure(name, statistics.median(ratios), least=LEAST_RATIO)
    return judged("report_intake", [figure], {"report": statistics.median(pair.cpu for pair in pairs)})


@dataclass(frozen=True, slots=True)
class Pair:
    """Reads without reports, reads with them, and how many reports were answered in how many seconds."""

    alone: Measured
    reading: Measured
    reports: int
    seconds: int

    @property
    def ratio(self) -> float:
        """What is left of the rate of reads."""
        return self.reading.rate / self.alone.rate

    @property
    def reports_rate(self) -> float:
        """Reports a second."""
        return self.reports / self.seconds

    @property
    def cpu(self) -> float:
        """The processor time of a report in µs: what the server used beyond that of the reads alone."""
        return (self.reading.cpu - self.alone.cpu) * self.reading.rate / self.reports_rate

    @property
    def counts(self) -> bool:
        """Whether it says something."""
        shares = self.alone.share, self.reading.share
        return min(shares) >= LEAST_SHARE and self.reports_rate >= LEAST_REPORTS


def _pair(server: Server, folder: Path, seconds: int) -> Pair:
    alone = load.wrk(server, PATH, connections=READERS, seconds=seconds)
    script = folder / "reports.lua"
    script.write_text(_REPORTS % PAUSE_MS)
    url = f"http://{HOST}:{server.port}{PATH}"
    command = ["wrk", "-t1", f"-c{REPORTERS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as posting:
        reading = load.wrk(server, PATH, connections=READERS, seconds=seconds)
        output = posting.communicate(timeout=seconds + 30)[0]
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"reports failed under load:\n{output}")
    return Pair(alone, reading, load.requests_in(output), seconds)


@contextmanager
def _server(folder: Path) -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks.report_intake_server", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline() if process.stdout else ""
        if not line.strip():
            raise SystemExit("the server did not start")
        try:
            yield Server(int(line), process.pid)
        finally:
            # It writes what it has and ends when nobody listens to it any more.
            process.communicate(timeout=30)


if __name__ == "__main__":
    sys.exit(main())
