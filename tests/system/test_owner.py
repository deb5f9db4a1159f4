"""Who acts on the state acts as its owner."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

if sys.platform == "win32" or os.geteuid() != 0:
    pytest.skip("only root can become another account", allow_module_level=True)

NOBODY = 65534
SCRIPT = """
import sys
from pathlib import Path
from errorhelp.system.owner import become_owner
from errorhelp.system.state_directory import StateError

own, other = map(Path, sys.argv[1:])
become_owner(own)
(own / "file").write_text("x")
become_owner(own)
become_owner(own / "missing")
try:
    become_owner(other)
except StateError as error:
    print(error)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that every account can reach."""
    with tempfile.TemporaryDirectory(prefix="owner-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_root_becomes_the_owner_and_nobody_else_may(folder: Path):
    own, other = folder / "own", folder / "other"
    own.mkdir()
    other.mkdir()
    os.chown(own, NOBODY, NOBODY)
    command = [sys.executable, "-c", SCRIPT, own, other]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (own / "file").stat().st_uid == NOBODY
    assert f"{other} belongs to root; run this as that account (sudo -u root errorhelp …)" in done.stdout
