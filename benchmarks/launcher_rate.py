"""Request rate of `GetInfoBases` against a peer: a FastAPI application that answers with the list as JSON.

Run `.venv/bin/python -m benchmarks.launcher_rate`; it takes about half a minute and needs Linux, two cores,
wrk and the extra `errorhelp[bench]`.

The peer stands in for korotovskih/v8iservice, which is built so: FastAPI on uvicorn, the list read from its
file at each request, its text one field of the JSON. It is written for this comparison and does nothing else.
Both answer for the same list of 16 lines, stay on one core and are asked by wrk from another, in rounds that
measure each once: as one client that asks again and again, and as another client at each request, which is what
launchers do. A ratio is the median of the rounds' ratios.

The exit status is 1 when errorhelp's rate is under 8 times the peer's for the one client or under 5 times for the
others, 2 when nothing can be compared here.
"""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import load
from benchmarks.figures import Figure, judged
from benchmarks.launcher_rate_servers import PATH
from benchmarks.load import Measured, Server

LEAST_RATIOS = {"one client": 8.0, "other clients": 8.0}
CONNECTIONS = 64
ROUNDS, SECONDS = 5, 2
NAMES = ("peer", "errorhelp")

_OTHER_CLIENTS = """
local count = 0
function request()
  count = count + 1
  return wrk.format("GET", (wrk.path:gsub("ClientID=%x+", string.format("ClientID=%08x", 0x10000000 + count))))
end
"""
Round = Mapping[tuple[str, str], Measured]


def main() -> int:
    """Measure, print, and return the exit status."""
    if (why_not := load.missing()) is not None:
        print(why_not, file=sys.stderr)
        return 2
    on_server, on_client = load.two_cores()
    with (
        tempfile.TemporaryDirectory() as folder,
        load.on_core(on_server),
        _server("peer") as peer,
        _server("errorhelp") as errorhelp,
        load.on_core(on_client),
    ):
        script = Path(folder) / "other_clients.lua"
        script.write_text(_OTHER_CLIENTS, "utf-8")
        rounds = [_round({"peer": peer, "errorhelp": errorhelp}, script) for _ in range(ROUNDS)]
    print(f"{'':>26}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'CPU us':>9}")
    for clients, name in rounds[0]:
        runs = [each[clients, name] for each in rounds]
        rate, p50, p99, cpu = (
            statistics.median(getattr(run, figure) for run in runs)
            for figure in ("rate", "p50", "p99", "cpu")
        )
        print(f"{clients:>15}{name:>11}{rate:>12,.0f}{p50:>9.2f}{p99:>9.2f}{cpu:>9.1f}")
    figures = [
        Figure(f"GetInfoBases, {clients}: rate, of FastAPI's", _ratio(rounds, clients), least=least)
        for clients, least in LEAST_RATIOS.items()
    ]
    return judged("launcher_rate", figures)


def _ratio(rounds: Sequence[Round], clients: str) -> float:
    return statistics.median(each[clients, "errorhelp"].rate / each[clients, "peer"].rate for each in rounds)


def _round(servers: Mapping[str, Server], script: Path) -> Round:
    return {
        (clients, name): load.wrk(
            servers[name],
            PATH,
            connections=CONNECTIONS,
            seconds=SECONDS,
            script=script if clients == "other clients" else None,
        )
        for clients in LEAST_RATIOS
        for name in NAMES
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
