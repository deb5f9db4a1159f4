"""Files that are followed by looking at them."""

import os
from pathlib import Path

from errorhelp.system.file_stamps import stamp


def test_a_file_that_is_written_anew_looks_different_though_size_and_time_are_as_before(
    tmp_path: Path,
) -> None:
    file = tmp_path / "errorhelp.yaml"
    file.write_text("help: {text: Anna}", "utf-8")
    before, times = stamp(file), file.stat()
    file.write_text("help: {text: Olga}", "utf-8")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert file.stat().st_mtime_ns == times.st_mtime_ns
    assert stamp(file) != before


def test_a_file_that_another_one_replaced_looks_different(tmp_path: Path) -> None:
    file, other = tmp_path / "errorhelp.yaml", tmp_path / "other"
    for each in (file, other):
        each.write_text("help: {text: Anna}", "utf-8")
        os.utime(each, ns=(0, 0))
    before = stamp(file)
    other.replace(file)
    assert stamp(file) != before


def test_what_is_not_there_has_no_stamp(tmp_path: Path) -> None:
    assert stamp(tmp_path / "nothing") is None
