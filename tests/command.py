"""The `errorhelp` command as a user runs it: a process of its own."""

import json
import os
import queue
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import HOST, free_port

COMMAND = (sys.executable, "-m", "errorhelp")


def environment(state: Path) -> dict[str, str]:
    """The environment of a command that knows nothing of this machine's own errorhelp."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ERRORHELP_")}
    return clean | {"ERRORHELP_STATE": str(state), "PYTHONUTF8": "1"}


def run(state: Path, *arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, its input closed."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=environment(state),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@dataclass(frozen=True)
class Running:
    """A service that runs as a process; `lines` are those of its log, `log` those read from it so far."""

    process: subprocess.Popen[str]
    lines: "queue.SimpleQueue[str]"
    state: Path
    public: str = ""
    admin: str = ""
    log: list[str] = field(default_factory=list)

    def help_json(self, infobase: str) -> dict[str, object]:
        """What a client reads at the service address."""
        with urllib.request.urlopen(f"{self.public}/help/{infobase}.json", timeout=10) as answer:
            document: dict[str, object] = json.load(answer)
            return document

    def log_so_far(self) -> list[str]:
        """The lines of its log until now."""
        while not self.lines.empty():
            self.log.append(self.lines.get())
        return self.log

    def next_line(self, holding: str) -> str:
        """The next log line that holds a text, waited for."""
        read = []
        while True:
            try:
                read.append(self.lines.get(timeout=30))
            except queue.Empty:
                raise AssertionError(f"no {holding!r} in the log:\n{''.join(read)}") from None
            self.log.append(read[-1])
            if holding in read[-1]:
                return read[-1]
            if not read[-1]:
                raise AssertionError(f"the service ended without {holding!r}:\n{''.join(read)}")


def _read_lines(process: subprocess.Popen[str], lines: "queue.SimpleQueue[str]") -> None:
    assert process.stderr is not None
    for line in process.stderr:
        lines.put(line)
    lines.put("")


def _within(descriptors: tuple[int, int] | None) -> list[str]:
    """What runs the command behind it within these limits."""
    if descriptors is None:
        return []
    soft, hard = descriptors
    return ["sh", "-c", f'ulimit -Sn {soft}; ulimit -Hn {hard}; exec "$@"', "sh"]


@contextmanager
def serving(
    state: Path,
    config: Path,
    *,
    public: str = "",
    more: Mapping[str, str] | None = None,
    descriptors: tuple[int, int] | None = None,
) -> Iterator[Running]:
    """A running service with `more` in its environment, told to stop at the end.

    `descriptors` are its soft and hard limit of them. Its ports are free ones, where nobody
    else answers when it is gone.
    """
    public, admin = public or f"{HOST}:{free_port()}", f"{HOST}:{free_port()}"
    arguments = ("serve", "--config", config, "--public", public, "--admin", admin)
    process = subprocess.Popen(
        [*_within(descriptors), *COMMAND, *map(str, arguments)],
        env=environment(state) | dict(more or {}),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    reader = threading.Thread(target=_read_lines, args=(process, lines))
    reader.start()
    try:
        # Its last line at the start, when everything is up.
        starting = Running(process, lines, state)
        starting.next_line("admin token")
        addresses = json.loads((state / "service.json").read_bytes())
        yield Running(process, lines, state, addresses["public"], addresses["admin"], starting.log)
    finally:
        process.terminate()
        process.wait(timeout=30)
        reader.join()
        if process.stderr is not None:
            process.stderr.close()
