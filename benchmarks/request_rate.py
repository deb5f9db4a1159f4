"""Request rate of the public listener against a bare aiohttp application, and against nginx with the same bytes.

Run `.venv/bin/python -m benchmarks.request_rate`; it takes two to five minutes. It needs Linux, two cores, wrk and
nginx (apt-get install wrk nginx).

Every server answers `GET /help/erp.json` with the same help JSON and the same headers:

- bare: an aiohttp + uvloop `web.Application` whose one handler returns them; no access log, no middleware;
- errorhelp: our public listener as `errorhelp serve` runs it, which counts who asks and takes reports in;
- nginx: one worker that serves them from a file as fast as it can be made to: with sendfile and without, with open
  files cached and not, each is tried, and the fastest is what all is compared with; no access log;
- return: the same nginx that has them in its configuration and looks at no file.

They are asked over 64 kept-alive connections, and over 1,000: for the answer; whether it has changed, which is
answered with 304; and with a login-failure report as a POST, whose answer is the same help, which is compared with
nginx's GET. All stay on one core, wrk asks from another one. A round measures each once; a ratio is the median of the
rounds' ratios. A round in which a server waited for its core says little, since a closed loop then waits for whoever
else runs: it is measured again, up to twice the rounds asked for. "CPU us" is the processor time that the server spent
on a request, "waited" the share of the time in which it could have run and something else did. Of the 99th percentile
it decides: one in a hundred requests that comes while something else has the core waits for the few milliseconds in
which the kernel lets that run, and a server that keeps its core busy meets it more often than one that waits for wrk.
So percentiles are compared only where each server waited for less than half a hundredth of the time.

Before that the answers are compared: body and headers must be the same, but for `Date`, `Server` and what
nginx says of a file in its own way (`ETag`, `Last-Modified`, `Accept-Ranges`, `Connection`).

The exit status is 1 when errorhelp misses a bound, 2 when that cannot be said here or now.
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from ports import free_port

from benchmarks import load
from benchmarks.figures import Figure, judged
from benchmarks.load import HOST, Measured, Server
from benchmarks.request_rate_servers import PATH

CONNECTIONS = (64, 1000)
LEAST_OF_BARE = 2.5
LEAST_OF_NGINX = {"GET": 1.1, "304": 1.1, "POST": 1.0}
MOST_P99_OF_NGINX = 1.0
MOST_WAITED, MOST_WAITED_FOR_P99 = 0.05, 0.005

_STARTS_WITHIN = 10.0
_MOST_ATTEMPTS = 2
_NOT_COMPARED = {"date", "server"}
_NGINX_IN_ITS_WAY = _NOT_COMPARED | {"etag", "last-modified", "accept-ranges", "connection"}

_REPORT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"errorText": "no licence", "userName": "ivanov", "appVersion": "8.3.27.1508"}'
"""
_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  default_type "{content_type}";
  types {{ }}
  {headers}
  {temporary}
  {servers}
}}
"""
_NGINX_SERVER = "server {{ listen {host}:{port}; {how} }}"
_NGINX_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_CACHED, _NOT_CACHED = "open_file_cache max=100; open_file_cache_valid 60s;", "open_file_cache off;"
NGINX_FILES = {
    "open files cached": f"sendfile off; {_CACHED}",
    "open files cached, sendfile": f"sendfile on; {_CACHED}",
    "open files cached, sendfile, tcp_nopush": f"sendfile on; tcp_nopush on; {_CACHED}",
    "plain": f"sendfile off; {_NOT_CACHED}",
    "sendfile": f"sendfile on; {_NOT_CACHED}",
}

Answer = tuple[Mapping[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked of which server over how many connections."""

    kind: str
    connections: int
    server: str

    def of(self, server: str) -> "Case":
        """What it is compared with at another server."""
        kind = "GET" if self.kind == "POST" else self.kind
        return Case(kind, self.connections, server)


CASES = tuple(
    Case(kind, connections, server)
    for connections in CONNECTIONS
    for kind, servers in {
        "GET": ("bare", "errorhelp", "nginx", "return"),
        "304": ("errorhelp", "nginx"),
        "POST": ("errorhelp",),
    }.items()
    for server in servers
)
OURS = tuple(case for case in CASES if case.server == "errorhelp")
Round = Mapping[Case, Measured]


def main() -> int:
    """Measures and prints a table; the exit status says whether the listener is fast enough."""
    arguments = _arguments()
    why_not = load.missing()
    if why_not is None and shutil.which("nginx") is None:
        why_not = "This needs nginx; install it with: apt-get install nginx"
    if why_not is not None:
        print(why_not, file=sys.stderr)
        return 2
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server_core, client_core = load.two_cores()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="request-rate-")))
        with load.on_core(server_core):
            servers = _start_all(stack, folder)
        with load.on_core(client_core):
            measurement = Measurement(folder, servers, arguments.seconds, arguments.disturbed)
            measurement.choose_nginx()
            rounds, disturbed = measurement.rounds(arguments.rounds)
        size = _size_of_answer(servers["errorhelp"])
    counted = rounds or disturbed
    _print_table(counted)
    figures = _figures(rounds) if rounds else []
    status = judged("request_rate", figures, {**_processor_time(counted), "bytes": size})
    if rounds:
        return status
    print("The machine is busy with something else: of these only the processor time says something.")
    return 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Request rate of the public listener, compared.")
    parser.add_argument("--rounds", type=int, choices=range(1, 21), default=3, metavar="1..20")
    parser.add_argument("--seconds", type=int, choices=range(1, 31), default=2, metavar="1..30")
    parser.add_argument("--disturbed", action="store_true", help="count disturbed rounds too")
    return parser.parse_args()


class Measurement:
    """Asks the servers in turn, each for so many seconds; `counts_disturbed` counts rounds that were disturbed, too."""

    def __init__(
        self, folder: Path, servers: dict[str, Server], seconds: int, counts_disturbed: bool
    ) -> None:
        self._servers = servers
        self._seconds = seconds
        self._counts_disturbed = counts_disturbed
        self._tags = {name: _ask(server)[0].get("etag", "") for name, server in servers.items()}
        self._report = folder / "report.lua"
        self._report.write_text(_REPORT, "utf-8")

    def choose_nginx(self) -> None:
        """Takes for nginx the fastest of its ways to serve a file: the one that takes the least time of its core."""
        tried = [
            {name: self._measured(Case("GET", CONNECTIONS[0], name)) for name in NGINX_FILES}
            for _ in range(3)
        ]
        cpu = {name: statistics.median(each[name].cpu for each in tried) for name in NGINX_FILES}
        fastest = min(cpu, key=lambda name: cpu[name])
        for name, microseconds in cpu.items():
            print(f"nginx, {name}: {microseconds:.2f} us{' (taken)' if name == fastest else ''}")
        self._servers["nginx"], self._tags["nginx"] = self._servers[fastest], self._tags[fastest]

    def rounds(self, wanted: int) -> tuple[list[Round], list[Round]]:
        """As many undisturbed rounds as wanted, or as many as there were in twice the attempts, and the others."""
        undisturbed: list[Round] = []
        disturbed: list[Round] = []
        for _ in range(_MOST_ATTEMPTS * wanted):
            measured = {case: self._measured(case) for case in CASES}
            most = max(measured, key=lambda case: measured[case].waited)
            said = f"{most.server} waited {measured[most].waited:.1%} of the time"
            if self._counts_disturbed or measured[most].waited <= MOST_WAITED:
                undisturbed.append(measured)
                print(f"round {len(undisturbed)}: {said}", file=sys.stderr)
            else:
                disturbed.append(measured)
                print(f"disturbed: {said}", file=sys.stderr)
            if len(undisturbed) == wanted:
                break
        return undisturbed, disturbed

    def _measured(self, case: Case) -> Measured:
        headers = {"If-None-Match": self._tags[case.server]} if case.kind == "304" else {}
        return load.wrk(
            self._servers[case.server],
            PATH,
            connections=case.connections,
            # Making a thousand connections is part of it.
            seconds=self._seconds * (2 if case.connections > CONNECTIONS[0] else 1),
            headers=headers,
            script=self._report if case.kind == "POST" else None,
        )


def _figures(rounds: Sequence[Round]) -> list[Figure]:
    figures = [
        Figure(
            f"{case.kind}, {case.connections} connections: rate, of bare aiohttp's",
            _ratio(rounds, case, "bare", "rate"),
            least=LEAST_OF_BARE,
        )
        for case in OURS
        if case.kind == "GET"
    ]
    for case in OURS:
        name = f"{case.kind}, {case.connections} connections"
        rate = _ratio(rounds, case, "nginx", "rate")
        figures.append(Figure(f"{name}: rate, of nginx's", rate, least=LEAST_OF_NGINX[case.kind]))
        calm = [
            each
            for each in rounds
            if max(each[case].waited, each[case.of("nginx")].waited) <= MOST_WAITED_FOR_P99
        ]
        if calm:
            p99 = _ratio(calm, case, "nginx", "p99")
            figures.append(Figure(f"{name}: p99, of nginx's", p99, most=MOST_P99_OF_NGINX))
    return figures


def _processor_time(rounds: Sequence[Round]) -> dict[str, float]:
    """That of a request of each kind, in µs."""
    return {
        f"{case.kind}, {case.connections} connections": statistics.median(each[case].cpu for each in rounds)
        for case in OURS
    }


def _size_of_answer(server: Server) -> int:
    headers, body = _ask(server)
    return sum(len(name) + len(value) + len(": \r\n") for name, value in headers.items()) + len(body)


def _ratio(rounds: Sequence[Round], case: Case, server: str, figure: str) -> float:
    other = case.of(server)
    return statistics.median(getattr(each[case], figure) / getattr(each[other], figure) for each in rounds)


def _print_table(rounds: Sequence[Round]) -> None:
    columns = (
        "requests/s",
        "slowest",
        "fastest",
        "p50 ms",
        "p99 ms",
        "CPU us",
        "waited",
        "/ bare",
        "/ nginx",
        "CPU",
    )
    print(f"{'':<24}" + "".join(f"{column:>11}" for column in columns))
    for case in CASES:
        runs = [each[case] for each in rounds]
        rates = [run.rate for run in runs]
        cells = (
            *(f"{rate:,.0f}" for rate in (statistics.median(rates), min(rates), max(rates))),
            *(
                f"{statistics.median(getattr(run, each) for run in runs):.2f}"
                for each in ("p50", "p99", "cpu")
            ),
            f"{statistics.median(run.waited for run in runs):.1%}",
            *(
                f"{_ratio(rounds, case, other, 'rate'):.2f}" if case.of(other) in CASES else ""
                for other in ("bare", "nginx")
            ),
            f"{1 / _ratio(rounds, case, 'nginx', 'cpu'):.2f}",
        )
        name = f"{case.kind} {case.connections:>5} {case.server}"
        print(f"{name:<24}" + "".join(f"{cell:>11}" for cell in cells))


def _start_all(stack: ExitStack, folder: Path) -> dict[str, Server]:
    """Starts the servers, to be ended with the stack, and checks that they answer alike."""
    ours = stack.enter_context(_python_server("errorhelp", folder))
    headers, body = _ask(ours)
    (folder / "headers.json").write_text(json.dumps(_without(headers, {"date", "content-length"})))
    (folder / "body").write_bytes(body)
    servers = {"bare": stack.enter_context(_python_server("bare", folder)), "errorhelp": ours}
    _must_be_alike(ours, servers["bare"], _NOT_COMPARED)
    for name, server in stack.enter_context(_nginx(folder, headers, body)).items():
        servers[name] = server
        _must_be_alike(ours, server, _NGINX_IN_ITS_WAY)
    return servers


@contextmanager
def _python_server(name: str, folder: Path) -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks.request_rate_servers", name, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(int(process.stdout.readline() if process.stdout else ""), process.pid)
        finally:
            process.terminate()


@contextmanager
def _nginx(folder: Path, headers: Mapping[str, str], body: bytes) -> Iterator[dict[str, Server]]:
    """One nginx with a port for each way to answer."""
    tree = folder / "tree"
    file = tree / PATH.lstrip("/")
    file.parent.mkdir(parents=True)
    file.write_bytes(body)
    # The worker runs as another user when nginx is started by root.
    folder.chmod(0o755)
    ways = {name: f"root {tree}; {how}" for name, how in NGINX_FILES.items()}
    ways["return"] = f"location / {{ return 200 {_quoted(body.decode())}; }}"
    ports = {name: free_port() for name in ways}
    added = _without(headers, _NGINX_IN_ITS_WAY | {"content-type", "content-length"})
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _NGINX.format(
            folder=folder,
            content_type=headers["content-type"],
            headers=" ".join(f'add_header {name} "{value}";' for name, value in added.items()),
            temporary=" ".join(f"{each}_temp_path {folder}/{each};" for each in _NGINX_TEMPORARY),
            servers=" ".join(
                _NGINX_SERVER.format(host=HOST, port=ports[name], how=how) for name, how in ways.items()
            ),
        ),
        "utf-8",
    )
    with subprocess.Popen(["nginx", "-e", str(folder / "error.log"), "-c", str(configuration)]) as process:
        try:
            servers = {name: Server(port, process.pid) for name, port in ports.items()}
            for server in servers.values():
                _wait_for(server)
            yield servers
        finally:
            process.terminate()


def _quoted(text: str) -> str:
    """For nginx's configuration; a `$` cannot be quoted there."""
    return "'{}'".format(text.replace("\\", "\\\\").replace("'", "\\'"))


def _wait_for(server: Server) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while True:
        try:
            _ask(server)
            return
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _ask(server: Server) -> Answer:
    """The headers (names in lower case) and body that a server answers."""
    connection = HTTPConnection(HOST, server.port, timeout=_STARTS_WITHIN)
    try:
        connection.request("GET", PATH)
        response = connection.getresponse()
        return {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def _must_be_alike(one: Server, other: Server, not_compared: set[str]) -> None:
    # The second may turn between the two, and max-age with it.
    (headers, body), (other_headers, other_body) = _ask(one), _ask(other)
    if (_without(headers, not_compared), body) != (_without(other_headers, not_compared), other_body):
        raise SystemExit(f"The servers do not answer alike:\n{headers}\n{other_headers}")


def _without(headers: Mapping[str, str], names: set[str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in names}


if __name__ == "__main__":
    sys.exit(main())
