"""What the tests of servers rely on: nobody else gets a port that was handed out."""

import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import ports
import pytest

pytestmark = pytest.mark.integration

# It keeps them until its input is closed.
PROGRAM = """
import sys
from ports import free_port
print(*(free_port() for _ in range(150)), flush=True)
sys.stdin.read()
"""


def test_processes_side_by_side_are_given_no_port_twice() -> None:
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", PROGRAM],
                    cwd=Path(ports.__file__).parent,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(3)
        ]
        given = [ports.free_port() for _ in range(150)]
        for process in processes:
            assert process.stdout is not None
            given += map(int, process.stdout.readline().split())
    assert len(set(given)) == len(given) == 600


def test_a_port_that_some_other_program_listens_on_is_left_out() -> None:
    found = ports.free_ports()
    port = next(found)
    with socket.create_server((ports.HOST, port + 1)):
        assert next(found) > port + 1
    found.close()
