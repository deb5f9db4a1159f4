"""Request rate of the public listener against a bare aiohttp application, and against nginx.

Run `.venv/bin/python -m benchmarks.request_rate`; it takes one to three minutes. It needs Linux, two cores
and wrk; nginx takes part when it is installed.

Every server answers `GET /help/erp.json` with the same help JSON and the same headers:

- bare: an aiohttp + uvloop `web.Application` whose one handler returns them; no access log, no middleware;
- errorhelp: our public listener, with a snapshot that shows one message;
- nginx: one worker that serves them from a plain folder; no access log, open files cached.

All stay on one core, wrk asks from another one, over kept-alive loopback connections. A round measures each
server once; a ratio is the median of the rounds' ratios. A round in which a server did not have its core for
itself says little, since a closed loop then waits for whoever else runs: it is measured again, up to
three times the rounds asked for. "CPU us" is the processor time that the server spent on a request.

Before that the answers are compared: body and headers must be the same, but for `Date`, `Server` and what
nginx says of a file in its own way (`ETag`, `Last-Modified`, `Accept-Ranges`, `Connection`).

The exit status is 1 when errorhelp's rate is under 2.5 times the bare application's, 2 when that cannot be
said here or now.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from ports import free_port

from benchmarks import load
from benchmarks.load import HOST, Measured, Server
from benchmarks.request_rate_servers import PATH

LEAST_RATIO = 2.5
LEAST_SHARE = 0.85
CONNECTIONS = 128

_STARTS_WITHIN = 10.0
_NOT_COMPARED = {"date", "server"}
_NGINX_IN_ITS_WAY = _NOT_COMPARED | {"etag", "last-modified", "accept-ranges", "connection"}

_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=100;
  keepalive_requests 1000000000;
  default_type "{content_type}";
  types {{ }}
  {temporary}
  server {{
    listen {host}:{port};
    root {folder}/tree;
    {headers}
  }}
}}
"""
_NGINX_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")

Answer = tuple[Mapping[str, str], bytes]
Round = Mapping[str, Measured]


def main() -> int:
    """Measures and prints a table; the exit status says whether the listener is fast enough."""
    arguments = _arguments()
    if (why_not := load.missing()) is not None:
        print(why_not, file=sys.stderr)
        return 2
    server_core, client_core = load.two_cores()
    with ExitStack() as stack:
        with load.on_core(server_core):
            servers = _start_all(stack)
        with load.on_core(client_core):
            rounds = _rounds(servers, arguments.rounds, arguments.seconds)
    if not rounds:
        print("The machine is busy with something else; try again when it is not.", file=sys.stderr)
        return 2
    _print_table(rounds)
    ratio = _ratio(rounds, "errorhelp", "bare")
    enough = ratio >= LEAST_RATIO
    print(f"errorhelp / bare: {ratio:.2f}, {'' if enough else 'NOT '}at least {LEAST_RATIO}")
    return 0 if enough else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Request rate of the public listener, compared.")
    parser.add_argument("--rounds", type=int, choices=range(1, 21), default=5, metavar="1..20")
    parser.add_argument("--seconds", type=int, choices=range(1, 31), default=3, metavar="1..30")
    return parser.parse_args()


def _rounds(servers: Mapping[str, Server], wanted: int, seconds: int) -> list[Round]:
    """As many undisturbed rounds as wanted, or as many as there were in three times the attempts."""
    undisturbed: list[Round] = []
    for _ in range(3 * wanted):
        measured = _round(servers, seconds)
        shares = ", ".join(f"{name} {run.rate:,.0f}/s on {run.share:.0%}" for name, run in measured.items())
        if min(run.share for run in measured.values()) >= LEAST_SHARE:
            undisturbed.append(measured)
            print(f"round {len(undisturbed)}: {shares} of the core", file=sys.stderr)
        else:
            print(f"disturbed: {shares} of the core", file=sys.stderr)
        if len(undisturbed) == wanted:
            break
    return undisturbed


def _round(servers: Mapping[str, Server], seconds: int) -> Round:
    return {
        name: load.wrk(server, PATH, connections=CONNECTIONS, seconds=seconds)
        for name, server in servers.items()
    }


def _start_all(stack: ExitStack) -> dict[str, Server]:
    """Starts the servers, to be ended with the stack, and checks that they answer alike."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="request-rate-")))
    ours = stack.enter_context(_python_server("errorhelp"))
    headers, body = _ask(ours)
    (folder / "headers.json").write_text(json.dumps(_without(headers, {"date", "content-length"})))
    (folder / "body").write_bytes(body)
    servers = {"bare": stack.enter_context(_python_server("bare", str(folder))), "errorhelp": ours}
    _must_be_alike(ours, servers["bare"], _NOT_COMPARED)
    if shutil.which("nginx") is None:
        print("nginx is left out; install it with: apt-get install nginx", file=sys.stderr)
        return servers
    servers["nginx"] = stack.enter_context(_nginx(folder, headers, body))
    _must_be_alike(ours, servers["nginx"], _NGINX_IN_ITS_WAY)
    return servers


@contextmanager
def _python_server(*arguments: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks.request_rate_servers", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(int(process.stdout.readline() if process.stdout else ""), process.pid)
        finally:
            process.terminate()


@contextmanager
def _nginx(folder: Path, headers: Mapping[str, str], body: bytes) -> Iterator[Server]:
    file = folder / "tree" / PATH.lstrip("/")
    file.parent.mkdir(parents=True)
    file.write_bytes(body)
    # The worker runs as another user when nginx is started by root.
    folder.chmod(0o755)
    added = _without(headers, _NGINX_IN_ITS_WAY | {"content-type", "content-length"})
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _NGINX.format(
            folder=folder,
            host=HOST,
            port=port,
            content_type=headers["content-type"],
            headers=" ".join(f'add_header {name} "{value}";' for name, value in added.items()),
            temporary=" ".join(f"{each}_temp_path {folder}/{each};" for each in _NGINX_TEMPORARY),
        )
    )
    with subprocess.Popen(["nginx", "-e", str(folder / "error.log"), "-c", str(configuration)]) as process:
        try:
            server = Server(port, process.pid)
            _wait_for(server)
            yield server
        finally:
            process.terminate()


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


def _ratio(rounds: Sequence[Round], one: str, other: str) -> float:
    return statistics.median(each[one].rate / each[other].rate for each in rounds)


def _print_table(rounds: Sequence[Round]) -> None:
    columns = ("", "requests/s", "slowest", "fastest", "p50 ms", "p99 ms", "CPU us", "/ bare", "/ nginx")
    _print_row(columns)
    for name in rounds[0]:
        runs = [each[name] for each in rounds]
        rates = [run.rate for run in runs]
        _print_row(
            (
                name,
                *(f"{rate:,.0f}" for rate in (statistics.median(rates), min(rates), max(rates))),
                f"{statistics.median(run.p50 for run in runs):.2f}",
                f"{statistics.median(run.p99 for run in runs):.2f}",
                f"{statistics.median(run.cpu for run in runs):.1f}",
                *(
                    f"{_ratio(rounds, name, other):.2f}" if other in rounds[0] else ""
                    for other in ("bare", "nginx")
                ),
            )
        )


def _print_row(cells: Sequence[str]) -> None:
    print("".join(f"{cell:>11}" for cell in cells))


if __name__ == "__main__":
    sys.exit(main())
