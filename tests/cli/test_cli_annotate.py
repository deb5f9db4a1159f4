"""`errorhelp v8i annotate` as an admin uses it, on files that others keep, too."""

import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import COMMAND, environment, run, serving
from watchfiles import watch

from errorhelp.system import foreign_files

LIST = (
    '\ufeff[E R P]\r\nConnect=Srvr="srv";Ref="erp";\r\nPPasswd=x\r\n\r\n[Mine]\r\nConnect=File="C:\\m";\r\n'
)
CONFIGURATION = """
languages: [en]
help: {text: Call 112}
infobases:
  - {id: erp, name: ERP, connect: {server: srv, ref: ERP}}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config" / "errorhelp.yaml"
    file.parent.mkdir()
    file.write_text(CONFIGURATION, "utf-8")
    return file


@pytest.fixture
def office(tmp_path: Path) -> Path:
    file = tmp_path / "office.v8i"
    file.write_bytes(LIST.encode())
    return file


def annotate(config: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run(config.parent / "state", "v8i", "annotate", *arguments, "--config", config)


def help_in(file: Path) -> str:
    """The help text of the file's first infobase."""
    _, _, rest = file.read_text("utf-8").partition("StartupErrorHelpText=")
    return rest.partition("\n")[0]


def wait_until(file: Path, condition: Callable[[], bool]) -> None:
    """Look whenever the file's folder changes and every second, for a minute at most."""
    give_up_at = time.monotonic() + 60
    looks = watch(file.parent, rust_timeout=1000, yield_on_timeout=True, recursive=False)
    while not condition():
        assert time.monotonic() < give_up_at
        next(looks)


def test_help_is_put_in_and_what_was_done_is_printed(config: Path, office: Path):
    done = annotate(config, office)
    assert (done.returncode, done.stdout) == (0, "")
    assert (
        office.read_bytes()
        == LIST.replace("PPasswd=x\r\n", "PPasswd=x\r\nStartupErrorHelpText=Call 112\r\n").encode()
    )
    assert done.stderr.splitlines() == [
        f"{office}: the file as it was is {office}.bak",
        f"{office}:1: E R P: erp, by its connection",
        f"{office}:5: Mine: left as it is: the configuration has neither its ID nor its connection",
        f"{office}: 2 infobases, known: 1, help changed: 1",
    ]


def test_the_backup_is_the_file_before_its_first_change_and_as_secret(config: Path, office: Path):
    office.chmod(0o600)
    annotate(config, office)
    config.write_text(CONFIGURATION.replace("112", "113"), "utf-8")
    second = annotate(config, office)
    backup = foreign_files.backup_of(office)
    assert help_in(office) == "Call 113"
    assert backup.read_bytes() == LIST.encode()
    assert f"{office}: the older backup {backup} stays" in second.stderr
    if sys.platform != "win32":
        assert [stat.S_IMODE(file.stat().st_mode) for file in (office, backup)] == [0o600, 0o600]


def test_help_that_is_right_leaves_the_file_and_makes_no_backup(config: Path, office: Path):
    annotate(config, office)
    before = office.stat().st_mtime_ns
    foreign_files.backup_of(office).unlink()
    assert annotate(config, office).returncode == 0
    assert office.stat().st_mtime_ns == before
    assert not foreign_files.backup_of(office).exists()


def test_a_dry_run_shows_a_diff_and_writes_nothing(config: Path, office: Path):
    done = annotate(config, office, "--dry-run")
    assert office.read_bytes() == LIST.encode()
    assert not foreign_files.backup_of(office).exists()
    assert done.stdout.splitlines() == [
        f"--- {office}",
        f"+++ {office}",
        "@@ -1,6 +1,7 @@",
        " \ufeff[E R P]",
        ' Connect=Srvr="srv";Ref="erp";',
        " PPasswd=x",
        "+StartupErrorHelpText=Call 112",
        " ",
        " [Mine]",
        ' Connect=File="C:\\m";',
    ]


def test_a_list_in_windows_1251_is_annotated_as_import_and_lint_read_it(config: Path, office: Path):
    office.write_bytes('[Учёт]\r\nConnect=Srvr="srv";Ref="erp";\r\n'.encode("cp1251"))
    shown = annotate(config, office, "--dry-run")
    assert " [Учёт]" in shown.stdout.splitlines()
    done = annotate(config, office)
    assert done.returncode == 0
    assert "was read as Windows-1251" in done.stderr
    assert f"{office}:1: Учёт: erp, by its connection" in done.stderr
    assert f"{office}: 1 infobase, known: 1, help changed: 1" in done.stderr
    assert office.read_bytes().decode("cp1251").splitlines()[0] == "[Учёт]"


def test_a_change_that_somebody_made_meanwhile_is_not_lost(office: Path):
    before = office.read_bytes()
    office.write_bytes(b"theirs")
    with pytest.raises(foreign_files.ChangedMeanwhile, match="has changed meanwhile"):
        foreign_files.replace(office, before, b"ours")
    assert office.read_bytes() == b"theirs"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right on Windows")
def test_a_link_to_a_list_stays_a_link(config: Path, office: Path, tmp_path: Path):
    link = tmp_path / "link.v8i"
    link.symlink_to(office)
    annotate(config, link)
    assert link.is_symlink()
    assert help_in(office) == "Call 112"


def test_a_file_that_cannot_be_read_is_reported_and_the_others_are_annotated(config: Path, office: Path):
    missing = office.with_name("missing.v8i")
    done = annotate(config, missing, office)
    assert done.returncode == 2
    assert f"{missing}: No such file or directory" in done.stderr
    assert help_in(office) == "Call 112"


def test_messages_need_a_running_service_and_nothing_changes_without(config: Path, office: Path):
    done = annotate(config, office, "--messages")
    assert done.returncode == 5
    assert "start it (errorhelp serve)" in done.stderr
    assert office.read_bytes() == LIST.encode()


@contextmanager
def watching(state: Path, *arguments: str | Path) -> Iterator[None]:
    command = [*COMMAND, "v8i", "annotate", "--watch", *map(str, arguments)]
    with subprocess.Popen(command, env=environment(state), stderr=subprocess.DEVNULL) as process:
        yield
        assert process.poll() is None
        process.terminate()


@pytest.mark.integration
def test_watching_follows_the_list_and_the_configuration(config: Path, office: Path):
    with watching(config.parent / "state", office, "--config", config):
        wait_until(office, lambda: help_in(office) == "Call 112")
        config.write_text(CONFIGURATION.replace("112", "[broken"), "utf-8")
        office.write_bytes(LIST.encode())
        wait_until(office, lambda: help_in(office) == "Call 112")
        config.write_text(CONFIGURATION.replace("112", "113"), "utf-8")
        wait_until(office, lambda: help_in(office) == "Call 113")


@pytest.mark.integration
def test_watching_messages_shows_them_and_takes_them_out_at_their_end(config: Path, office: Path):
    state = config.parent / "state"
    with serving(state, config), watching(state, office, "--config", config, "--messages"):
        wait_until(office, lambda: help_in(office) == "Call 112")
        run(state, "message", "post", "--to", "erp", "--for", "12s", "--text", "Wait")
        wait_until(office, lambda: ": Wait. Call 112" in help_in(office))
        wait_until(office, lambda: help_in(office) == "Call 112")
