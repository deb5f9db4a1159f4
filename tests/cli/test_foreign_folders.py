"""Commands that are pointed at a folder of another account."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import run
from ordinary_user import an_ordinary_user

if sys.platform == "win32":
    pytest.skip("permissions as POSIX has them", allow_module_level=True)


@contextmanager
def folder_of_mine() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "list.v8i").write_bytes(b'[A]\nConnect=File="a";\n')
        (path / "errorhelp.yaml").write_text("languages: [en]\n", "utf-8")
        yield path


@pytest.mark.parametrize(
    "command",
    [
        ("init", "{closed}/x"),
        ("check", "--config", "{closed}/x"),
        ("doctor", "--config", "{closed}/x"),
        ("v8i", "import", "{closed}/x"),
        ("v8i", "import", "{open}/list.v8i", "--output", "{closed}/x"),
        ("v8i", "import", "{open}/list.v8i", "--update", "{closed}/x"),
        ("v8i", "annotate", "{closed}/x", "--config", "{open}"),
        ("v8i", "lint", "{closed}/x"),
        ("backup", "{open}/b", "--state", "{closed}/x", "--config", "{open}"),
        ("restore", "{closed}/x", "--state", "{open}/state"),
        ("publish", "{closed}/x", "--state", "{open}/state", "--config", "{open}"),
        ("publish", "{open}/tree", "--state", "{closed}/x", "--config", "{open}"),
    ],
)
def test_a_folder_that_may_not_be_entered_is_named_in_one_line(command: tuple[str, ...]) -> None:
    with folder_of_mine() as mine:
        # Once with a folder that is just missing: root's modules may lie where nobody else finds them.
        run(mine / "state", *(each.format(closed=mine / "missing", open=mine) for each in command))
    with an_ordinary_user(), folder_of_mine() as mine:
        closed = mine / "closed"
        closed.mkdir(mode=0)
        refused = run(mine / "state", *(each.format(closed=closed, open=mine) for each in command))
    assert refused.returncode in (1, 2)
    (line,) = refused.stderr.splitlines()
    assert str(closed) in line and "Permission denied" in line


def test_folders_of_other_accounts_do_not_hide_what_is_wrong_with_the_configuration() -> None:
    with folder_of_mine() as mine:
        # Once as root, whose modules may lie where nobody else finds them.
        run(mine / "state", "doctor", "--config", mine)
    with an_ordinary_user(), folder_of_mine() as mine:
        (mine / "errorhelp.yaml").write_text("languages: [ru\n", "utf-8")
        closed = mine / "closed"
        closed.mkdir(mode=0)
        done = run(closed / "state", "doctor", "--config", mine)
    assert done.returncode == 1
    assert f"BROKEN  configuration: {mine / 'errorhelp.yaml'}:" in done.stdout
    assert f"{closed / 'state'} cannot be read by this account" in done.stdout
