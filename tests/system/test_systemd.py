"""`errorhelp serve` under a service manager, which a test plays: what it is notified of, and when."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import serving

pytestmark = [
    pytest.mark.more,
    pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's"),
]

CONFIGURATION = """
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: erp}}
"""


class Manager:
    """The end of the socket that a service manager listens at."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1))
        self._socket.settimeout(30)

    def next(self) -> str:
        """What the service says next."""
        return self._socket.recv(4096).decode()

    def next_but(self, *ignored: str) -> str:
        """What it says next that is not one of these."""
        while (state := self.next()) in ignored:
            pass
        return state

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["a file", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(f"{tmp_path}/notify" if request.param == "a file" else f"@errorhelp-{os.getpid()}")
    yield manager
    manager.close()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "errorhelp.yaml"
    file.write_text(CONFIGURATION, "utf-8")
    return file


def test_the_manager_is_notified_of_start_reload_and_stop(
    tmp_path: Path, config: Path, manager: Manager
) -> None:
    with serving(tmp_path / "state", config, more={"NOTIFY_SOCKET": manager.address}) as service:
        assert manager.next() == "READY=1"
        assert service.help_json("erp")["userMessage"] == ""
        service.process.send_signal(signal.SIGHUP)
        assert manager.next().startswith("RELOADING=1\nMONOTONIC_USEC=")
        assert manager.next() == "READY=1"
        service.process.terminate()
        assert manager.next() == "STOPPING=1"
        assert service.process.wait(30) == 0


def test_a_reload_that_is_refused_ends_too(tmp_path: Path, config: Path, manager: Manager) -> None:
    with serving(tmp_path / "state", config, more={"NOTIFY_SOCKET": manager.address}) as service:
        assert manager.next() == "READY=1"
        config.write_text("infobases: 5", "utf-8")
        service.process.send_signal(signal.SIGHUP)
        assert manager.next().startswith("RELOADING=1")
        assert manager.next() == "READY=1"


def test_the_watchdog_is_fed_while_the_service_lives(tmp_path: Path, config: Path, manager: Manager) -> None:
    asked = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "200000"}
    with serving(tmp_path / "state", config, more=asked) as service:
        assert [manager.next_but("READY=1") for _ in range(5)] == ["WATCHDOG=1"] * 5
        # A service that hangs is silent, whatever the kernel does for it.
        service.process.send_signal(signal.SIGSTOP)
        manager._socket.settimeout(2)
        with pytest.raises(TimeoutError):
            for _ in range(50):
                manager.next()
        service.process.send_signal(signal.SIGCONT)


def test_the_watchdog_of_another_process_is_left_alone(
    tmp_path: Path, config: Path, manager: Manager
) -> None:
    asked = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"}
    with serving(tmp_path / "state", config, more=asked) as service:
        assert manager.next() == "READY=1"
        service.process.terminate()
        assert manager.next() == "STOPPING=1"


def test_a_manager_that_does_not_listen_does_no_harm(tmp_path: Path, config: Path) -> None:
    asked = {"NOTIFY_SOCKET": f"{tmp_path}/nobody", "WATCHDOG_USEC": "200000"}
    with serving(tmp_path / "state", config, more=asked) as service:
        assert service.help_json("erp")["userMessage"] == ""
