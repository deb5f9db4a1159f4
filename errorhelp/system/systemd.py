"""Notifying systemd of how the service is doing, as sd_notify(3) describes; where there is no systemd, nothing."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress

_MICROSECONDS = 1_000_000


class Systemd:
    """The socket and the watchdog that the service manager names in `environment`, if it does."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        # A name that begins with @ is in Linux's abstract namespace.
        self._address = environment.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        is_ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._watchdog_seconds = int(environment.get("WATCHDOG_USEC", "0")) / _MICROSECONDS if is_ours else 0

    def ready(self) -> None:
        """It is started, or has read its configuration again."""
        self._notify("READY=1")

    def reloading(self) -> None:
        """It reads its configuration again, and says `ready` afterwards."""
        self._notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """It is about to end."""
        self._notify("STOPPING=1")

    async def keep_alive(self) -> None:
        """Say that the event loop still turns, twice as often as asked for; runs until cancelled."""
        while self._watchdog_seconds:
            self._notify("WATCHDOG=1")
            await asyncio.sleep(self._watchdog_seconds / 2)

    def _notify(self, *assignments: str) -> None:
        if sys.platform == "win32" or not self._address:
            return
        # A service manager that does not listen must not stop the service.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto("\n".join(assignments).encode(), self._address)
