"""Ports for servers that must know theirs before they start, and for addresses where nobody may be.

No two processes of a machine are given the same one, be they workers of one test run or of several. A server
that can bind port 0 and say which it got needs nothing of this.
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

HOST = "127.0.0.1"
# Below those that Linux gives to outgoing connections and to port 0 (from 32768 on), and above 10080, which
# browsers refuse to open.
_FIRST, _LAST, _IN_A_BLOCK = 12_000, 31_999, 100


def free_port() -> int:
    """A port of loopback that nobody listens on, and that neither this process nor another is given again."""
    return next(_PORTS)


def free_ports() -> Iterator[int]:
    """Such ports, of one block after the other.

    A block belongs to whoever has bound its first port, which ends with the generator and with the process.
    """
    with ExitStack() as blocks:
        for first in range(_FIRST, _LAST, _IN_A_BLOCK):
            if (block := _bound(first)) is None:
                continue
            blocks.enter_context(block)
            for port in range(first + 1, first + _IN_A_BLOCK):
                # A program that knows nothing of blocks may have it.
                if probe := _bound(port):
                    probe.close()
                    yield port
        raise OSError(f"running processes have all blocks of ports from {_FIRST} to {_LAST}")


def _bound(port: int) -> socket.socket | None:
    """A socket bound to the port; None when somebody has it."""
    found = socket.socket()
    try:
        found.bind((HOST, port))
    except OSError:
        found.close()
        return None
    return found


_PORTS = free_ports()
