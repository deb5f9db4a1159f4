"""What the worst that strangers can send costs the readers of help.

Run `.venv/bin/python -m benchmarks.hostile_load`; it takes two minutes, `--seconds 10` a third of one. It needs
Linux, two cores, wrk.

Our public listener stays on one core, with an intake of reports, the settings that are there by default, and
the capture of requests switched on. From another core wrk asks for help as fast as it can on 64 connections,
while others send the worst that is known of each kind: bodies made to be slow, crash reports, names of clients,
headers, addresses, SOAP calls and uploads that hardly move, each from another made-up address. A ratio is that
of the rate of reads beside them to the rate of reads beside as many harmless requests to the same addresses, in
the round before; the median of all pairs counts, and so does the longest read beside the hostile ones.

The exit status is 1 when reads keep less than 0.8 of their rate or one took longer than 100 ms, 2 when that
cannot be said here: the server must have had its core for itself.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import Any

from benchmarks import load
from benchmarks.figures import Figure, judged
from benchmarks.load import Measured, Server
from benchmarks.report_intake_server import PATH

LEAST_RATIO = 0.8
LONGEST_READ_MS = 100.0
LEAST_SHARE = 0.85
READERS = 64
ROUND_SECONDS = 10
RATE = 100
# So much longer the others send, so that they are there from the first read to the last.
_MORE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Round:
    """Reads beside other requests, and how often each status was answered to those."""

    reading: Measured
    statuses: dict[str, int]
    seconds: int

    @property
    def rate(self) -> float:
        """How many of the other requests were answered a second."""
        return sum(self.statuses.values()) / self.seconds


def main() -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(description="What hostile requests cost readers.")
    parser.add_argument("--seconds", type=int, default=60, help="of hostile requests (default: 60)")
    parser.add_argument("--rate", type=int, default=RATE, help=f"of them a second (default: {RATE})")
    options = parser.parse_args()
    if (why_not := load.missing()) is not None:
        print(why_not, file=sys.stderr)
        return 2
    rounds = max(options.seconds // ROUND_SECONDS, 1)
    seconds = min(options.seconds, ROUND_SECONDS)
    on_server, on_client = load.two_cores()
    with tempfile.TemporaryDirectory() as name, load.on_core(on_server):
        command = [sys.executable, "-m", "benchmarks.report_intake_server", name, "strangers"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            line = process.stdout.readline() if process.stdout else ""
            if not line.strip():
                raise SystemExit("the server did not start")
            server = Server(int(line), process.pid)
            with load.on_core(on_client):
                pairs = [_pair(server, seconds, options.rate) for _ in range(rounds)]
            counters = json.loads(process.communicate(timeout=120)[0])
    return _printed(pairs, counters)


def _pair(server: Server, seconds: int, rate: int) -> tuple[Round, Round]:
    return _round(server, seconds, rate, "harmless"), _round(server, seconds, rate, "hostile")


def _round(server: Server, seconds: int, rate: int, kind: str) -> Round:
    command = [sys.executable, "-m", "benchmarks.hostile_sender", str(server.port)]
    command += [str(seconds + _MORE_SECONDS), str(rate), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sending:
        reading = load.wrk(server, PATH, connections=READERS, seconds=seconds)
        output = sending.communicate(timeout=seconds + 60)[0]
    return Round(reading, json.loads(output), seconds + _MORE_SECONDS)


def _printed(pairs: list[tuple[Round, Round]], counters: dict[str, Any]) -> int:
    print(f"{'harmless/s':>10}{'reads/s':>10}{'worst ms':>10}{'hostile/s':>11}{'reads/s':>10}", end="")
    print(f"{'worst ms':>10}{'ratio':>7}")
    ratios = []
    for harmless, hostile in pairs:
        ratios.append(hostile.reading.rate / harmless.reading.rate)
        for each in (harmless, hostile):
            print(f"{each.rate:>10.0f}{each.reading.rate:>10,.0f}{each.reading.worst:>10.1f}", end="")
        print(f"{ratios[-1]:>8.2f}")
    print("hostile requests were answered:", _added_up([hostile.statuses for _, hostile in pairs]))
    print("reports:", ", ".join(f"{name} {count:,}" for name, count in counters.items()))
    ratio, worst = statistics.median(ratios), max(hostile.reading.worst for _, hostile in pairs)
    if min(each.reading.share for pair in pairs for each in pair) < LEAST_SHARE:
        print("the machine is too busy to say more", file=sys.stderr)
        return 2
    name = "reads beside the worst of strangers"
    return judged(
        "hostile_load",
        [
            Figure(f"{name}: rate, of that beside harmless requests", ratio, least=LEAST_RATIO),
            Figure(f"{name}: the longest, ms", worst, most=LONGEST_READ_MS),
        ],
    )


def _added_up(statuses: list[dict[str, int]]) -> str:
    every = sorted({status for each in statuses for status in each})
    return ", ".join(f"{status} {sum(each.get(status, 0) for each in statuses):,} times" for status in every)


if __name__ == "__main__":
    sys.exit(main())
