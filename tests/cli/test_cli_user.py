"""`errorhelp user hash`: a password becomes what the configuration needs, and stands nowhere else."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from command import COMMAND, environment, run, run_bytes

from errorhelp.people.passwords import check_hash, is_right

pty = pytest.importorskip("pty", reason="a terminal to type into is POSIX's")


def hash_of(folder: Path, given: bytes) -> subprocess.CompletedProcess[bytes]:
    return run_bytes(folder, "user", "hash", "--stdin", given=given)


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_a_line_of_standard_input_becomes_a_hash(tmp_path: Path, start: bytes, end: bytes) -> None:
    made = hash_of(tmp_path, start + "правильная лошадь".encode() + end)
    assert (made.returncode, made.stderr) == (0, b"")
    assert is_right("правильная лошадь", check_hash(made.stdout.decode().strip()))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (b"", "8 to 1000 characters"),
        (b"short\n", "8 to 1000 characters"),
        (b"x" * 1001, "8 to 1000 characters"),
        (b"correct horse\nbattery staple\n", "one line"),
        (b"correct \xff horse", "not UTF-8"),
    ],
)
def test_what_is_no_password_is_refused_and_not_repeated(tmp_path: Path, given: bytes, message: str) -> None:
    refused = hash_of(tmp_path, given)
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert message in refused.stderr.decode()
    assert b"correct" not in refused.stderr


def test_without_anybody_to_ask_it_says_so(tmp_path: Path) -> None:
    refused = run(tmp_path, "user", "hash")
    assert refused.returncode == 2
    assert "--stdin" in refused.stderr


def typed(folder: Path, first: str, second: str) -> tuple[int, str, str]:
    """Exit code, standard output, and what the terminal showed to who typed that."""
    terminal, its_other_end = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "user", "hash"],
        stdin=its_other_end,
        stderr=its_other_end,
        stdout=subprocess.PIPE,
        env=environment(folder),
        start_new_session=True,
    )
    os.close(its_other_end)
    shown = b""
    for prompt, answer in ((b"Password: ", first), (b"Again: ", second)):
        while prompt not in shown:
            shown += os.read(terminal, 1000)
        os.write(terminal, answer.encode() + b"\n")
    output, _ = process.communicate(timeout=60)
    with suppress(OSError):  # when all is read that was written
        while more := os.read(terminal, 1000):
            shown += more
    os.close(terminal)
    return process.returncode, output.decode().strip(), shown.decode()


@pytest.mark.integration
def test_a_password_is_typed_twice_and_not_shown(tmp_path: Path) -> None:
    code, output, shown = typed(tmp_path, "correct horse", "correct horse")
    assert code == 0
    assert is_right("correct horse", output)
    assert "horse" not in shown


@pytest.mark.integration
def test_two_different_passwords_make_no_hash(tmp_path: Path) -> None:
    code, output, shown = typed(tmp_path, "correct horse", "correct house")
    assert (code, output) == (2, "")
    assert "not the same" in shown
