"""The `errorhelp` command: run to its end inside of this process, or started as a service of its own."""

import io
import json
import os
import queue
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from ports import HOST, free_port

from errorhelp.cli import main

COMMAND = (sys.executable, "-m", "errorhelp")
# Seconds for what comes at once, unless the machine has very much else to do.
_PATIENCE = 120.0


def environment(state: Path) -> dict[str, str]:
    """The environment of a command that knows nothing of this machine's own errorhelp, and speaks English."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ERRORHELP_")}
    return clean | {"ERRORHELP_STATE": str(state), "PYTHONUTF8": "1", "LC_ALL": "C"}


def run(
    state: Path, *arguments: str | Path, given: bytes = b"", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """`run_bytes`, what it wrote as text."""
    done = run_bytes(state, *arguments, given=given, cwd=cwd)
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )


def run_bytes(
    state: Path, *arguments: str | Path, given: bytes = b"", cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end, with `given` as its input, inside of this process: starting one takes longer.

    What needs a process of its own (signals, a terminal, another user) starts `COMMAND`. That every command works as
    one is what `cli/test_processes.py` sees to.
    """
    # In a thread no event loop runs yet, as in a new process.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_run, environment(state), list(map(str, arguments)), given, cwd).result()


def run_as_process(state: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as a process of its own: for signals, and for what is logged to standard error."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=environment(state),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=_PATIENCE,
        check=False,
    )


def _run(
    environment: Mapping[str, str], arguments: list[str], given: bytes, cwd: Path | None
) -> subprocess.CompletedProcess[bytes]:
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, environment, clear=True))
        stack.enter_context(patch.object(sys, "argv", ["errorhelp", *arguments]))
        stack.enter_context(patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8")))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        stack.enter_context(chdir(cwd or Path.cwd()))
        code: object = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    assert isinstance(code, int), code
    return subprocess.CompletedProcess(arguments, code, *(each.buffer.getvalue() for each in (out, err)))


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

    def first_line(self, holding: str) -> str:
        """The first log line since its start that holds a text, waited for if it is not there yet.

        For what it does on its own when it starts: that may come before or after its last line of starting.
        """
        found = next((line for line in self.log_so_far() if holding in line), None)
        return found or self.next_line(holding)

    def next_line(self, holding: str) -> str:
        """The next log line that holds a text, waited for: one that comes of what was done since the last read."""
        read = []
        while True:
            try:
                read.append(self.lines.get(timeout=_PATIENCE))
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
    """A running service with `more` in its environment, stopped at the end.

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
