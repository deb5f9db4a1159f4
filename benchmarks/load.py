"""Load from wrk, and processes kept on one core. Linux only; only loopback is ever asked."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

HOST = "127.0.0.1"

_IN_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its loopback port and its process, which may have children."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """The processor time that it has used so far."""
        return sum(_cpu_seconds(pid) for pid in self._processes)

    def waited_seconds(self) -> float:
        """How long its threads could have run so far, but waited for a core."""
        tasks = (task for pid in self._processes for task in Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[1]) for task in tasks) / 1e9

    @property
    def _processes(self) -> list[str]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [str(self.pid), *children]


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of wrk: requests a second, latencies in ms, and the server's processor time a request in µs.

    `worst` is the longest latency.

    `share` is how much of its core the server got: under 1 when something else needed it, or the load came
    too slowly. `waited` is the share of the time in which it could have run and something else did.
    """

    rate: float
    p50: float
    p99: float
    worst: float
    cpu: float
    share: float
    waited: float = 0.0


def missing() -> str | None:
    """Why nothing can be measured here, and the remedy; None when it can."""
    if not hasattr(os, "sched_setaffinity"):
        return "This needs Linux: it keeps processes on a core."
    if len(os.sched_getaffinity(0)) < 2:
        return "This needs two cores: one for the servers, one for wrk."
    if shutil.which("wrk") is None:
        return "This needs wrk; install it with: apt-get install wrk"
    return None


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Processes started inside stay on that core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def two_cores() -> tuple[int, int]:
    """A core for servers and one for the load."""
    server, client, *_ = sorted(os.sched_getaffinity(0))
    return server, client


def wrk(
    server: Server,
    path: str,
    *,
    connections: int,
    seconds: int,
    headers: Mapping[str, str] = MappingProxyType({}),
    script: Path | None = None,
) -> Measured:
    """Asks for the path as fast as one thread can; RuntimeError when an answer was missing or not 2xx or 3xx.

    `script` is a file in wrk's Lua, for what is more than a GET.
    """
    url = f"http://{HOST}:{server.port}{path}"
    sent = [argument for name, value in headers.items() for argument in ("-H", f"{name}: {value}")]
    scripted = [] if script is None else ["-s", str(script)]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency"]
    command += [*sent, *scripted, url]
    cpu_before, waited_before = server.cpu_seconds(), server.waited_seconds()
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"{url} failed under load:\n{output}")
    cpu, waited = server.cpu_seconds() - cpu_before, server.waited_seconds() - waited_before
    requests = requests_in(output)
    return Measured(
        rate=float(_find(r"Requests/sec:\s+([\d.]+)", output)[1]),
        p50=_latency(50, output),
        p99=_latency(99, output),
        worst=_milliseconds(_find(r"Latency\s+\S+\s+\S+\s+([\d.]+)(us|ms|s|m)\b", output)),
        cpu=cpu / requests * 1_000_000,
        share=cpu / seconds,
        waited=waited / seconds,
    )


def requests_in(output: str) -> int:
    """How many requests were answered, from what wrk printed."""
    return int(_find(r"(\d+) requests in", output)[1])


def _cpu_seconds(pid: str) -> float:
    # proc(5): utime and stime are fields 14 and 15; the name before them may hold spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _latency(percentile: int, output: str) -> float:
    return _milliseconds(_find(rf"\b{percentile}%\s+([\d.]+)(us|ms|s|m)\b", output))


def _milliseconds(found: re.Match[str]) -> float:
    return float(found[1]) * _IN_MILLISECONDS[found[2]]


def _find(pattern: str, output: str) -> re.Match[str]:
    found = re.search(pattern, output)
    if found is None:
        raise RuntimeError(f"wrk printed nothing like {pattern}:\n{output}")
    return found
