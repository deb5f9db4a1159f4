"""Request rate of `GetInfoBases` against a peer: a FastAPI application that answers with the list as JSON.

Run `.venv/bin/python -m benchmarks.launcher_rate`; it takes about half a minute and needs Linux, two cores,
wrk and the extra `errorhelp[bench]`.

The peer stands in for korotovskih/v8iservice, which is built so: FastAPI on uvicorn, the list read from its
file at each request, its text one field of the JSON. It is written for this comparison and does nothing else.
Both answer for the same list of 16 lines, stay on one core and are asked by wrk from another, in rounds that
measure each once; a ratio is the median of the rounds' ratios.

The exit status is 1 when errorhelp's rate is under 5 times the peer's, 2 when nothing can be compared here.
"""

import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import load
from benchmarks.launcher_rate_servers import PATH
from benchmarks.load import Measured, Server

LEAST_RATIO = 5.0
CONNECTIONS = 64
ROUNDS, SECONDS = 5, 3
NAMES = ("peer", "errorhelp")


def main() -> int:
    """Measure, print, and return the exit status."""
    if (why_not := load.missing()) is not None:
        print(why_not, file=sys.stderr)
        return 2
    on_server, on_client = load.two_cores()
    with load.on_core(on_server), _server("peer") as peer, _server("errorhelp") as errorhelp:
        servers = {"peer": peer, "errorhelp": errorhelp}
        with load.on_core(on_client):
            rounds = [_round(servers) for _ in range(ROUNDS)]
    print(f"{'':>11}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'CPU us':>9}")
    for name in NAMES:
        runs = [each[name] for each in rounds]
        rate, p50, p99, cpu = (
            statistics.median(getattr(run, figure) for run in runs)
            for figure in ("rate", "p50", "p99", "cpu")
        )
        print(f"{name:>11}{rate:>12,.0f}{p50:>9.2f}{p99:>9.2f}{cpu:>9.1f}")
    ratio = statistics.median(each["errorhelp"].rate / each["peer"].rate for each in rounds)
    print(f"errorhelp / peer: {ratio:.1f} (at least {LEAST_RATIO})")
    return 0 if ratio >= LEAST_RATIO else 1


def _round(servers: dict[str, Server]) -> dict[str, Measured]:
    return {
        name: load.wrk(server, PATH, connections=CONNECTIONS, seconds=SECONDS)
        for name, server in servers.items()
    }


@contextmanager
def _server(name: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks.launcher_rate_servers", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.strip():
                raise SystemExit(f"the server {name!r} did not start; install the extra errorhelp[bench]")
            yield Server(int(line), process.pid)
        finally:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main())
