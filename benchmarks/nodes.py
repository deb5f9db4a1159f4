"""Two nodes over one PostgreSQL: how soon is a message everywhere, and what does an outage of the database cost?

Run `.venv/bin/python -m benchmarks.nodes`; it takes about two minutes. It needs PostgreSQL, which it starts
for itself.

1. Messages are posted on one node, one after the other; each counts from the answer of the API until the help
   JSON of the other node holds it. The exit status is 1 when the slowest takes more than 0.1 s.
2. The database is gone for a minute while clients read help from both nodes. A read that fails, or a first
   write more than 2 s after the database is back, makes the exit status 1.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from command import Running, serving
from postgres_cluster import Cluster, cluster

from benchmarks.figures import Figure, judged

MOST_SECONDS_TO_OTHERS = 0.1
MOST_SECONDS_TO_RETURN = 2.0

_READERS = 4
_CONFIGURATION = """
help: {{text: Call 112}}
infobases: [{{id: erp, name: ERP, connect: {{server: srv, ref: ERP}}}}]
store: {store}
"""


def main() -> int:
    """Measures and prints; the exit status says whether both bounds hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--outage", type=float, default=60, help="seconds")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        postgres = stack.enter_context(cluster())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nodes-")))
        (folder / "errorhelp.yaml").write_text(_CONFIGURATION.format(store=postgres.address), "utf-8")
        one, other = (
            stack.enter_context(serving(folder / name, folder / "errorhelp.yaml"))
            for name in ("one", "other")
        )
        slowest = _spread(one, other, arguments.messages)
        failed, back = _outage(postgres, one, other, arguments.outage)
    gone = "database gone for a minute"
    return judged(
        "nodes",
        [
            Figure("message of one node on the other: the slowest, s", slowest, most=MOST_SECONDS_TO_OTHERS),
            Figure(f"{gone}: reads that failed", failed, most=0),
            Figure(
                f"{gone}: after it the first message on the other node, s",
                back,
                most=MOST_SECONDS_TO_RETURN,
            ),
        ],
    )


def _spread(one: Running, other: Running, count: int) -> float:
    seconds = []
    for number in range(count):
        text = f"message {number} of {count}"
        message = _post(one, text)
        posted = time.perf_counter()
        while other.help_json("erp")["userMessage"] != text:
            pass
        seconds.append(time.perf_counter() - posted)
        call(one, f"messages/{message}/end")
    print(f"{count} messages until the other node shows them, in ms: ", end="")
    print(f"median {statistics.median(seconds) * 1000:.1f}, slowest {max(seconds) * 1000:.1f}")
    return max(seconds)


@dataclass
class _Reading:
    """Clients that read help from a node all the time."""

    node: Running
    answers: int = 0
    failed: list[Exception] = field(default_factory=list)
    slowest: float = 0.0

    def read(self, finished: threading.Event) -> None:
        while not finished.is_set():
            started = time.perf_counter()
            try:
                self.node.help_json("erp")
                self.answers += 1
            except Exception as error:
                self.failed.append(error)
            self.slowest = max(self.slowest, time.perf_counter() - started)


def _outage(postgres: Cluster, one: Running, other: Running, seconds: float) -> tuple[int, float]:
    """How many reads failed, and after how many seconds of the database's return both nodes were as before."""
    finished = threading.Event()
    readings = [_Reading(node) for node in (one, other)]
    readers = [
        threading.Thread(target=each.read, args=(finished,)) for each in readings for _ in range(_READERS)
    ]
    for reader in readers:
        reader.start()
    time.sleep(1)
    postgres.stop()
    time.sleep(seconds)
    postgres.start()
    back = time.perf_counter()
    while (text := f"back {time.perf_counter()}") and not _post(one, text):
        pass
    writes = time.perf_counter() - back
    while text not in str(other.help_json("erp")["userMessage"]):
        pass
    shows = time.perf_counter() - back
    finished.set()
    for reader in readers:
        reader.join()
    failed = sum(len(each.failed) for each in readings)
    print(
        f"database gone for {seconds:g} s: {sum(each.answers for each in readings):,} reads, {failed} failed, ",
        end="",
    )
    print(f"the slowest {max(each.slowest for each in readings) * 1000:.0f} ms")
    print(f"back: a write after {writes:.2f} s, on the other node after {shows:.2f} s")
    return failed, shows


def _post(node: Running, text: str) -> str:
    """The id of the message that was posted, "" while none can be."""
    return call(node, "messages", {"targets": ["erp"], "text": text, "duration": "1h"})


def call(node: Running, path: str, body: object = None) -> str:
    """The id that the API of a node answers to a POST, "" while its store is gone."""
    token = (node.state / "token").read_text("ascii").strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body is not None else b""
    request = urllib.request.Request(f"{node.admin}/api/v1/{path}", data, headers)  # noqa: S310 - our own
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own
            return str(json.load(answer)["id"])
    except urllib.error.HTTPError as refused:
        refused.close()
        if refused.code != 503:
            raise
        return ""


if __name__ == "__main__":
    sys.exit(main())
