"""What `systemctl` does with the services of the documentation, where no systemd runs; started as a program.

It starts what a unit's file says, waits until that is ready (`sd_notify`), and stops it; timers are left out.
"""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

_FILES = Path("/etc/systemd/system")
_RUNNING = Path("/run")
_PATIENCE = 120.0


def main(arguments: list[str]) -> None:
    """Do what `systemctl` is asked for."""
    verb, *units = (each for each in arguments if not each.startswith("-"))
    for unit in units:
        if unit.endswith(".timer"):
            continue
        name = unit.removesuffix(".service")
        match verb:
            case "start" | "enable":
                _start_nginx() if name == "nginx" else _start(name)
            case "stop":
                _stop(_process_id(name), signal.SIGQUIT if name == "nginx" else signal.SIGTERM)
            case "reload" if name == "nginx":
                subprocess.run(["nginx", "-s", "reload"], check=True)
            case _:
                sys.exit(f"{verb} {unit} is not known here")


def _start_nginx() -> None:
    subprocess.run(["nginx"], check=True)


def _start(name: str) -> None:
    given: dict[str, list[str]] = {}
    for line in (_FILES / f"{name}.service").read_text("utf-8").splitlines():
        key, _, value = line.partition("=")
        given.setdefault(key, []).append(value)
    for each in given["StateDirectory"]:
        (Path("/var/lib") / each).mkdir(mode=0o700, exist_ok=True)
    variables = dict(each.split("=", 1) for line in given["Environment"] for each in shlex.split(line))
    address = _RUNNING / f"{name}.notify"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told, Path(f"/var/log/{name}").open("ab") as log:
        told.bind(str(address))
        told.settimeout(_PATIENCE)
        environment = os.environ | variables | {"NOTIFY_SOCKET": str(address)}
        process = subprocess.Popen(
            shlex.split(given["ExecStart"][0]),
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        _file(name).write_text(str(process.pid), "ascii")
        while b"READY=1" not in told.recv(4096):
            pass


def _file(name: str) -> Path:
    return _RUNNING / f"{name}.pid"


def _process_id(name: str) -> int:
    return int(_file(name).read_text("ascii"))


def _stop(process_id: int, how: signal.Signals) -> None:
    os.kill(process_id, how)
    until = time.monotonic() + _PATIENCE
    while _runs(process_id):
        if time.monotonic() > until:
            sys.exit(f"the process {process_id} goes on")
        time.sleep(0.05)


def _runs(process_id: int) -> bool:
    """Whether it runs; it does not if all that is left is its number, for a parent that is gone."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    main(sys.argv[1:])
