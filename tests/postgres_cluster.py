"""A private PostgreSQL cluster in a temporary folder, on a socket, for the tests that need a real one."""

import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

# The server refuses to run as root; Debian's package makes this user.
_USER = "postgres"


def _binary(name: str) -> str:
    """A program of the newest installed version; Debian keeps them out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda each: float(each.parts[4]))
    path = str(found[-1]) if found else shutil.which(name)
    assert path, "PostgreSQL is not installed; run tests/install-system-packages"
    return path


def _run(*command: str) -> None:
    if os.name == "posix" and os.geteuid() == 0:
        command = ("runuser", "-u", _USER, "--", *command)
    subprocess.run(command, check=True, capture_output=True, cwd="/")


@dataclass(frozen=True)
class Cluster:
    """A running cluster; `stop` and `start` are what a test does to it."""

    folder: Path

    @property
    def address(self) -> str:
        """The database's URL."""
        return f"postgresql://{_USER}@/postgres?host={self.folder}"

    async def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"test_{uuid.uuid4().hex}"
        connection = await asyncpg.connect(self.address)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        return self.address.replace("/postgres?", f"/{name}?")

    def start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        _run(
            _binary("pg_ctl"),
            "-D",
            f"{self.folder}/data",
            "-w",
            "-o",
            options,
            "-l",
            f"{self.folder}/log",
            "start",
        )

    def stop(self) -> None:
        """As if the machine were gone: connections are cut."""
        _run(_binary("pg_ctl"), "-D", f"{self.folder}/data", "-w", "-m", "immediate", "stop")

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Every process of it stands still: who is connected hears nothing more, nor does who connects."""
        main = (self.folder / "data/postmaster.pid").read_text("ascii").split()[0]
        children = Path(f"/proc/{main}/task/{main}/children").read_text("ascii").split()
        processes = [int(each) for each in (main, *children)]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def is_running(self) -> bool:
        return (self.folder / "data/postmaster.pid").exists()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A new cluster, running, gone afterwards."""
    with TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        _run(
            _binary("initdb"), "-D", f"{folder}/data", "-U", _USER, "--auth=trust", "--no-sync", "-E", "UTF8"
        )
        running = Cluster(folder)
        running.start()
        try:
            yield running
        finally:
            if running.is_running():
                running.stop()
