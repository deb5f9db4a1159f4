"""How much memory a service needs beside one that is only read.

Run `.venv/bin/python -m benchmarks.memory`; it takes 20 minutes, `--minutes 1` two. It needs Linux.

Two services with 2,000 infobases and the settings of deploy/errorhelp.service, side by side. From both, help is
read all the time; in one, 400 messages are posted and ended meanwhile, for one infobase, a folder and all of
them in turn, and reports come in, a hundred a second, each of another text. What counts is the resident memory
that each has at the end, and the most that it had. The exit status is 1 when the busy one has more than 1.5
times what the other has.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from command import Running, serving

from benchmarks.figures import Figure, judged
from benchmarks.nodes import call
from benchmarks.process_memory import MALLOC, Memory
from benchmarks.scale import configuration

MOST_TIMES = 1.5
INFOBASES = 2_000
MESSAGES = 400
_READS_A_SECOND = 200
_REPORTS_A_SECOND = 100
_TARGETS = ("ib7", "/Отдел 3", "*")
_LETTERS = "абвгдежзиклмнопрст"


def main() -> int:
    """Measure, print each minute, and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10, help="how long (default: 10)")
    minutes = parser.parse_args().minutes
    os.environ.update(MALLOC)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="memory-")))
        (folder / "errorhelp.yaml").write_text(
            f"{configuration(INFOBASES)}\nreports: {{enabled: true, rate_per_address: 10000}}\n", "utf-8"
        )
        read, busy = (
            stack.enter_context(serving(folder / name, folder / "errorhelp.yaml"))
            for name in ("read", "busy")
        )
        finished = threading.Event()
        work = [
            *(threading.Thread(target=_read, args=(each, finished)) for each in (read, busy)),
            threading.Thread(target=_report, args=(busy, finished)),
            threading.Thread(target=_post, args=(busy, finished, minutes * 60 / MESSAGES)),
        ]
        for each in work:
            each.start()
        print("minute   read only, MB   busy, MB   times", flush=True)
        began = time.monotonic()
        while (passed := time.monotonic() - began) < minutes * 60:
            time.sleep(min(60, minutes * 60 - passed + 0.01))
            _print(read, busy, (time.monotonic() - began) / 60)
        finished.set()
        for each in work:
            each.join()
        at_rest, at_work = (Memory.of(each.process.pid) for each in (read, busy))
    times = max(at_work.now / at_rest.now, at_work.most / at_rest.most)
    print(f"at most {at_rest.most:.0f} and {at_work.most:.0f} MB; {times:.2f} times")
    return judged(
        "memory", [Figure("busy service: memory, of one that is only read", times, most=MOST_TIMES)]
    )


def _print(read: Running, busy: Running, minute: float) -> None:
    one, other = (Memory.of(each.process.pid).now for each in (read, busy))
    print(f"{minute:6.1f}{one:16.0f}{other:11.0f}{other / one:8.2f}", flush=True)


def _read(node: Running, finished: threading.Event) -> None:
    while not finished.is_set():
        node.help_json(f"ib{random.randrange(INFOBASES)}")
        finished.wait(1 / _READS_A_SECOND)


def _report(node: Running, finished: threading.Event) -> None:
    while not finished.is_set():
        text = "".join(random.choices(_LETTERS, k=200))
        body = json.dumps({"text": text, "details": [text] * 5}).encode()
        address = f"{node.public}/help/ib{random.randrange(INFOBASES)}.json"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own
            answer.read()
        finished.wait(1 / _REPORTS_A_SECOND)


def _post(node: Running, finished: threading.Event, seconds: float) -> None:
    for number in range(MESSAGES):
        draft = {"targets": [_TARGETS[number % 3]], "text": f"Работы {number}", "duration": "1h"}
        message = call(node, "messages", draft)
        if finished.wait(seconds):
            return
        call(node, f"messages/{message}/end")


if __name__ == "__main__":
    sys.exit(main())
