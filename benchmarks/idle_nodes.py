"""Ten nodes over one PostgreSQL with nothing to do: how many connections and statements do they cost it?

Run `.venv/bin/python -m benchmarks.idle_nodes`; it takes about two minutes and a half. It needs PostgreSQL, which it
starts for itself, and counts in the server's own views and log.

1. Idle: connections at the end, connections that were opened meanwhile, and statements. More than one connection
   or one statement a second of a node, or any that was opened, makes the exit status 1. The node that leads has
   the reports' targets to look after, for which it has a second connection and further statements.
2. A message is posted on one node. Each other node that does not read the messages exactly once makes the exit
   status 1.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from command import Running, serving
from postgres_cluster import Cluster, cluster

from benchmarks.figures import Figure, judged

_CONFIGURATION = """
help: {{text: Call 112}}
infobases: [{{id: erp, name: ERP, connect: {{server: srv, ref: ERP}}}}]
reports:
  enabled: true
  forward: [{{id: desk, webhook: 'http://127.0.0.1:9/'}}]
store: {store}
"""
# Until somebody leads, what is looked at a minute later was, and connections that nobody needs are closed.
_SETTLE_SECONDS = 80
# The further lines of a statement begin with a tab.
_EXECUTED = re.compile(r"^<(?P<process>\d+)> LOG:  execute [^:]*: (?P<statement>.*(?:\n\t.*)*)", re.MULTILINE)


@dataclass(frozen=True)
class _Count:
    """What the server had to do: connections and statements of each node, and the latter that read messages."""

    connected: Counter[str]
    opened: int
    statements: Counter[str]
    readers: Counter[str]


def main() -> int:
    """Measures and prints; the exit status says whether the bounds hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--nodes", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=30)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        postgres = stack.enter_context(cluster())
        asyncio.run(_log_statements(postgres))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nodes-")))
        nodes = []
        for number in range(arguments.nodes):
            config = folder / f"errorhelp{number}.yaml"
            store = f"{postgres.address}&application_name=node{number}"
            config.write_text(_CONFIGURATION.format(store=store), "utf-8")
            nodes.append(stack.enter_context(serving(folder / f"state{number}", config)))
        time.sleep(_SETTLE_SECONDS)
        figures = [*_idle(postgres, arguments.nodes, arguments.seconds), *_change(postgres, nodes)]
    return judged("idle_nodes", figures)


async def _log_statements(postgres: Cluster) -> None:
    connection = await asyncpg.connect(postgres.address)
    await connection.execute("ALTER SYSTEM SET log_statement = 'all'")
    await connection.execute("ALTER SYSTEM SET log_line_prefix = '<%p> '")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


async def _connected(postgres: Cluster) -> tuple[dict[str, str], int]:
    """The names of the nodes by their processes, and how many sessions there were so far."""
    connection = await asyncpg.connect(postgres.address)
    rows = await connection.fetch(
        "SELECT pid::text, application_name FROM pg_stat_activity WHERE application_name LIKE 'node%'"
    )
    sessions = await connection.fetchval("SELECT sum(sessions) FROM pg_stat_database")
    await connection.close()
    return dict(rows), int(sessions)


def _counted(postgres: Cluster, seconds: float, first: Running | None = None) -> _Count:
    before, sessions = asyncio.run(_connected(postgres))
    begins = (postgres.folder / "log").stat().st_size
    if first is not None:
        _post(first)
    time.sleep(seconds)
    with (postgres.folder / "log").open("rb") as log:
        log.seek(begins)
        written = log.read().decode("utf-8", "replace")
    after, sessions_after = asyncio.run(_connected(postgres))
    named = before | after
    statements: Counter[str] = Counter()
    readers: Counter[str] = Counter()
    for found in _EXECUTED.finditer(written):
        if name := named.get(found["process"]):
            statements[name] += 1
            readers[name] += "FROM messages" in found["statement"]
    # One session is that of the first counting itself.
    return _Count(Counter(after.values()), sessions_after - sessions - 1, statements, readers)


def _idle(postgres: Cluster, nodes: int, seconds: float) -> list[Figure]:
    counted = _counted(postgres, seconds)
    each = [counted.statements[f"node{number}"] / seconds for number in range(nodes)]
    leader = each.index(max(each))
    followers = [rate for number, rate in enumerate(each) if number != leader]
    connections = [counted.connected[f"node{number}"] for number in range(nodes) if number != leader]
    print(f"{nodes} nodes idle for {seconds:g} s: {counted.opened} connections opened;")
    print(
        f"  who leads: {counted.connected[f'node{leader}']} connections, {each[leader]:.1f} statements a second;"
    )
    print(
        f"  each other: at most {max(connections)} connection, {max(followers):.2f} statements a second "
        f"({sum(followers):.1f} of all together)"
    )
    return [
        Figure("idle node: connections", max(connections), least=1, most=1),
        Figure("idle node: statements a second", max(followers), most=1),
        Figure("idle node: connections opened", counted.opened, most=0),
    ]


def _change(postgres: Cluster, nodes: list[Running]) -> list[Figure]:
    counted = _counted(postgres, 5, nodes[0])
    others = [counted.readers[f"node{number}"] for number in range(1, len(nodes))]
    print(f"a message is posted on the first: {counted.readers['node0']} statements read messages there,")
    print(f"  on the others {min(others)} to {max(others)} each")
    name = "message of one node on the other: readings"
    return [Figure(name, max(others), most=1), Figure(f"{name}, the fewest", min(others), least=1)]


def _post(node: Running) -> None:
    token = (node.state / "token").read_text("ascii").strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps({"targets": ["erp"], "text": "Call 113", "duration": "1h"}).encode()
    request = urllib.request.Request(f"{node.admin}/api/v1/messages", body, headers)  # noqa: S310 - our own
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own
        answer.read()


if __name__ == "__main__":
    sys.exit(main())
