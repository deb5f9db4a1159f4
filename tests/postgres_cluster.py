"""A private PostgreSQL cluster in a temporary folder, on a socket, for the tests that need a real one."""

import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
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

    async def execute(self, *statements: str, database: str = "postgres") -> None:
        """Do something as its superuser."""
        connection = await asyncpg.connect(self.address.replace("/postgres?", f"/{database}?"))
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    def start(self) -> None:
        options = f"-c unix_socket_directories={self.folder} -c fsync=off"
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

    def promote(self) -> None:
        """Let a replica take writes from now on."""
        _run(_binary("pg_ctl"), "-D", f"{self.folder}/data", "-w", "promote")

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


def cluster(
    settings: Callable[[Path], str] = lambda _: "",
) -> AbstractContextManager[Cluster]:
    """A new cluster, running, gone afterwards; `settings` gives more lines of its configuration, by its folder."""

    def make(folder: Path) -> None:
        _run(
            _binary("initdb"), "-D", f"{folder}/data", "-U", _USER, "--auth=trust", "--no-sync", "-E", "UTF8"
        )
        with (folder / "data/postgresql.conf").open("a", encoding="ascii") as configuration:
            configuration.write(f"listen_addresses = ''\n{settings(folder)}")

    return _running(make)


def replica(of: Cluster) -> AbstractContextManager[Cluster]:
    """A replica of a cluster, which follows it at once."""

    def make(folder: Path) -> None:
        copy = ("-D", f"{folder}/data", "-h", str(of.folder), "-U", _USER, "--checkpoint=fast", "--no-sync")
        _run(_binary("pg_basebackup"), *copy, "--write-recovery-conf")

    return _running(make)


@contextmanager
def _running(make: Callable[[Path], None]) -> Iterator[Cluster]:
    """A cluster that is made in a folder of its own, and runs."""
    with TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        make(folder)
        running = Cluster(folder)
        running.start()
        try:
            yield running
        finally:
            if running.is_running():
                running.stop()


@contextmanager
def bouncer(behind: Cluster, mode: str) -> Iterator[Path]:
    """A PgBouncer in front of a cluster, which pools in that mode: the folder of its socket."""
    with TemporaryDirectory(prefix="bouncer-") as name:
        folder = Path(name)
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(
            f"[databases]\n* = host={behind.folder} user={_USER}\n"
            f"[pgbouncer]\npool_mode = {mode}\nauth_type = any\nlisten_addr =\nlisten_port = 5432\n"
            f"unix_socket_dir = {folder}\nlogfile = {folder}/log\n",
            "ascii",
        )
        command = [shutil.which("pgbouncer") or "/usr/sbin/pgbouncer", str(configuration)]
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
            command = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups", "--", *command]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd="/")
        try:
            while not (folder / ".s.PGSQL.5432").exists():
                assert process.poll() is None, (
                    "PgBouncer ended; is it installed? tests/install-system-packages more"
                )
            yield folder
        finally:
            process.terminate()
            process.wait()
