"""Request rate of nginx serving the published tree as in `nginx.conf.example`, against a plain folder.

Run `.venv/bin/python -m benchmarks.tree_rate`; it takes about two minutes. It needs Linux, two cores, wrk,
nginx and openssl.

One nginx of one worker serves the same help JSON at two ports: at one with all of the example's configuration
from a tree that errorhelp published, at the other with nothing but `root` from a plain folder. Neither writes
an access log or caches open files. So that what is compared is not mostly TLS, the example's is taken away.

nginx stays on one core, wrk asks from another one, over kept-alive loopback connections. A round measures
each port once, the order changing; the ratio is the median of the rounds' ratios. The exit status is 1 when
it is under 0.97, 2 when the comparison cannot be made here.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nginx_example
from ports import free_port

from benchmarks import load
from benchmarks.figures import Figure, judged
from benchmarks.load import HOST, Measured, Server
from benchmarks.request_rate_servers import PATH
from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Infobase
from errorhelp.formats.connect_string import ServerConnection
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.messages.message import Message, Severity
from errorhelp.publishing.published_tree import publish

LEAST_RATIO = 0.97
CONNECTIONS = 64

_PLAIN = """
  server {{
    listen {host}:{port} backlog=8192;
    root {folder};
    types {{ application/json json; }}
  }}
"""


def a_snapshot(now: datetime) -> Snapshot:
    """One infobase with help, and a message that outlasts the measurement."""
    erp = Infobase(
        id="erp",
        name="ERP",
        connection=ServerConnection("app1", "erp"),
        help=Help(
            text="Позвоните дежурному администратору: +7 (495) 123-45-67",
            url="https://help.example.com/help/{infobase}",
        ),
    )
    catalog = Catalog(
        infobases={"erp": erp},
        folders={},
        lists={},
        windows=(),
        help=Help(),
        languages=("ru", "en"),
        zone=UTC,
        help_json=HelpJsonFormat(),
    )
    message = Message(
        id="1",
        targets=("erp",),
        text="Сервер ERP обновляется. Вход откроется через час, данные сохранены.",
        severity=Severity.MAINTENANCE,
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        created_at=now,
    )
    return compile(catalog, [message], now)


def main() -> int:
    """Measures and prints a table; the exit status says whether the tree is served fast enough."""
    arguments = _arguments()
    if (why_not := load.missing()) is not None:
        print(why_not, file=sys.stderr)
        return 2
    server_core, client_core = load.two_cores()
    with tempfile.TemporaryDirectory(prefix="tree-rate-") as folder:
        with load.on_core(server_core):
            serving = _serving(Path(folder))
        with serving as servers, load.on_core(client_core):
            rounds = [_round(servers, number, arguments.seconds) for number in range(arguments.rounds)]
    for name in rounds[0]:
        runs = [each[name] for each in rounds]
        rates = [run.rate for run in runs]
        cpu = statistics.median(run.cpu for run in runs)
        print(
            f"{name:6}{statistics.median(rates):>9,.0f} requests/s, {min(rates):,.0f} to {max(rates):,.0f};",
            end="",
        )
        print(f" {cpu:.1f} us of its core a request")
    ratio = statistics.median(each["tree"].rate / each["plain"].rate for each in rounds)
    name = "nginx with the published tree: rate, of that with a plain folder"
    return judged("tree_rate", [Figure(name, ratio, least=LEAST_RATIO)])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Request rate of the published tree, compared.")
    parser.add_argument("--rounds", type=int, choices=range(1, 51), default=10, metavar="1..50")
    parser.add_argument("--seconds", type=int, choices=range(1, 31), default=5, metavar="1..30")
    return parser.parse_args()


def _round(servers: dict[str, Server], number: int, seconds: int) -> dict[str, Measured]:
    order = sorted(servers, reverse=number % 2 == 0)
    measured = {
        name: load.wrk(servers[name], PATH, connections=CONNECTIONS, seconds=seconds) for name in order
    }
    return {name: measured[name] for name in servers}


@contextmanager
def _serving(folder: Path) -> Iterator[dict[str, Server]]:
    """nginx with the tree and with the same file in a plain folder."""
    tree, plain = folder / "tree", folder / "plain"
    publish(a_snapshot(datetime.now(UTC)), tree, datetime.now(UTC).timestamp())
    file = plain / PATH.lstrip("/")
    file.parent.mkdir(parents=True)
    file.write_bytes((tree / PATH.lstrip("/")).read_bytes())
    nobody, port = free_port(), free_port()
    with nginx_example.running(
        folder / "nginx",
        tree,
        errorhelp=nobody,
        publication=nobody,
        in_http=_PLAIN.format(host=HOST, port=port, folder=plain),
        tls=False,
    ) as nginx:
        yield {"tree": Server(nginx.https, nginx.pid), "plain": Server(port, nginx.pid)}


if __name__ == "__main__":
    sys.exit(main())
