import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from errorhelp.system import atomic_files

POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="about POSIX file systems")


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_made_and_replaced_to_the_byte(tmp_path: Path):
    file = tmp_path / "a.yaml"
    for data in (b"one\r\ntwo\n\x00\xff", b""):
        atomic_files.write(file, data)
        assert file.read_bytes() == data
    assert list(tmp_path.iterdir()) == [file]


@POSIX_ONLY
def test_the_longest_file_name_can_be_written(tmp_path: Path):
    file = tmp_path / ("n" * 255)
    atomic_files.write(file, b"x")
    assert file.read_bytes() == b"x"


@POSIX_ONLY
def test_a_secret_is_readable_by_its_owner_only(tmp_path: Path):
    atomic_files.write(tmp_path / "token", b"x", mode=0o600)
    assert permissions(tmp_path / "token") == 0o600


@POSIX_ONLY
def test_a_new_file_gets_ordinary_permissions_and_a_replaced_one_keeps_its_own(tmp_path: Path):
    ordinary, file = tmp_path / "ordinary", tmp_path / "file"
    ordinary.touch()
    atomic_files.write(file, b"1")
    assert permissions(file) == permissions(ordinary)
    file.chmod(0o640)
    atomic_files.write(file, b"2")
    assert permissions(file) == 0o640


def test_a_failure_leaves_the_old_and_no_temporary_file(tmp_path: Path):
    taken = tmp_path / "folder"
    (taken / "inside").mkdir(parents=True)
    with pytest.raises(OSError):
        atomic_files.write(taken, b"x")
    assert list(tmp_path.iterdir()) == [taken]


def test_a_folder_can_be_named_by_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError):
        atomic_files.write(Path(), b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_an_error_that_names_it(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        atomic_files.write(tmp_path / "missing" / "file", b"x")


@POSIX_ONLY
def test_a_reader_never_finds_half_a_file(tmp_path: Path):
    file = tmp_path / "list.v8i"
    contents = {letter * 300_000 for letter in (b"a", b"b")}
    atomic_files.write(file, min(contents))

    def keep_writing() -> None:
        for _ in range(20):
            for data in contents:
                atomic_files.write(file, data)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    seen = []
    while writer.is_alive():
        seen.append(file.read_bytes())
    writer.join()
    assert set(seen) <= contents


@POSIX_ONLY
def test_whoever_has_the_old_file_open_goes_on_reading_it(tmp_path: Path):
    file = tmp_path / "list.v8i"
    atomic_files.write(file, b"old")
    with file.open("rb") as reader:
        atomic_files.write(file, b"new")
        assert reader.read() == b"old"
        assert os.stat(file).st_ino != os.fstat(reader.fileno()).st_ino  # noqa: PTH116
