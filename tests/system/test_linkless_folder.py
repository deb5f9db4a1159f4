"""A folder in which nobody is led anywhere else by a link."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from errorhelp.system.linkless_folder import LinklessFolder

if sys.platform == "win32":
    pytest.skip("to make links takes rights there that few have", allow_module_level=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a file in a folder, beside another that is nobody's business."""
    (tmp_path / "root" / "in").mkdir(parents=True)
    (tmp_path / "root" / "in" / "file").write_bytes(b"ours")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_bytes(b"theirs")
    return tmp_path / "root"


def open_now() -> int:
    """How many descriptors this process has open."""
    return len([*Path("/proc/self/fd").iterdir()])


DONE = {
    "read": lambda folder, path: folder.read(path / "file"),
    "modified": lambda folder, path: folder.modified(path / "file"),
    "create": lambda folder, path: folder.create(path / "new", b"", mode=0o600, modified=1),
    "touch": lambda folder, path: folder.touch(path / "file", 1),
    "kept_open": lambda folder, path: folder.keep_open(path),
    "replace": lambda folder, path: folder.replace(path.parent / "made", path / "file"),
    "replace by": lambda folder, path: folder.replace(path / "file", path.parent / "made"),
    "remove": lambda folder, path: folder.remove(path / "file"),
    "remove_folder": lambda folder, path: folder.remove_folder(path / "empty"),
    "make_folder": lambda folder, path: folder.make_folder(path, 0o755),
    "make_folder below": lambda folder, path: folder.make_folder(path / "new", 0o755),
}


@pytest.mark.parametrize("do", DONE.values(), ids=DONE)
def test_a_link_in_the_place_of_a_folder_leads_nowhere(
    root: Path, do: Callable[[LinklessFolder, Path], object]
) -> None:
    outside = root.parent / "outside"
    (outside / "empty").mkdir()
    before = sorted(outside.rglob("*")), (outside / "file").stat()
    (root / "made").write_bytes(b"made")
    (root / "link").symlink_to(outside)
    with LinklessFolder(root) as folder, pytest.raises(OSError, match="is a link") as raised:
        do(folder, root / "link")
    assert raised.value.filename == str(root / "link")
    assert (sorted(outside.rglob("*")), (outside / "file").stat()) == before


def test_what_is_in_linked_folders_stays_when_all_is_removed(root: Path) -> None:
    outside = root.parent / "outside"
    (root / "in" / "link").symlink_to(outside)
    (root / "all").symlink_to(outside)
    with LinklessFolder(root) as folder:
        folder.remove_all(root / "in")
        folder.remove_all(root / "all")
        folder.remove_all(root / "all" / "file")
    assert not (root / "in").exists()
    assert (outside / "file").read_bytes() == b"theirs"


def test_a_link_in_the_place_of_a_file_is_not_written_through_but_goes(root: Path) -> None:
    outside = root.parent / "outside" / "file"
    for name in ("a", "b", "c"):
        (root / name).symlink_to(outside)
    with LinklessFolder(root) as folder:
        for refused in (
            lambda: folder.read(root / "a"),
            lambda: folder.touch(root / "a", 1),
        ):
            with pytest.raises(OSError, match="is a link"):
                refused()
        with pytest.raises(FileExistsError):
            folder.create(root / "a", b"", mode=0o600, modified=1)
        folder.replace(root / "in" / "file", root / "b")
        folder.remove(root / "c")
    assert ((root / "b").read_bytes(), (root / "b").is_symlink()) == (b"ours", False)
    assert not (root / "c").is_symlink()
    assert outside.read_bytes() == b"theirs"


def test_a_folder_that_becomes_a_link_while_it_is_worked_in_leads_nowhere(root: Path) -> None:
    with LinklessFolder(root) as folder:
        folder.create(root / "in" / "first", b"1", mode=0o600, modified=1)
        (root / "in").rename(root / "away")
        (root / "in").symlink_to(root.parent / "outside")
        folder.create(root / "in" / "second", b"2", mode=0o600, modified=1)
        folder.remove(root / "in" / "file")
    assert [each.name for each in (root.parent / "outside").iterdir()] == ["file"]


def test_the_folder_itself_may_be_reached_through_a_link(root: Path) -> None:
    linked = root.parent / "linked"
    linked.symlink_to(root)
    with LinklessFolder(linked) as folder:
        folder.create(linked / "in" / "new", b"x", mode=0o640, modified=1_000_000)
        assert folder.read(linked / "in" / "new") == b"x"
        assert folder.modified(linked / "in" / "new") == 1_000_000
    assert (root / "in" / "new").stat().st_mode & 0o777 == 0o640


def test_as_many_folders_as_there_are_can_be_worked_in(root: Path) -> None:
    before = open_now()
    with LinklessFolder(root) as folder:
        for number in range(100):
            path = root / f"folder{number}" / "below"
            folder.make_folder(path, 0o750)
            folder.create(path / "made", b"x", mode=0o600, modified=1)
            folder.replace(path / "made", root / "in" / f"file{number}")
        assert open_now() - before < 30
    assert open_now() == before
    assert len(list((root / "in").iterdir())) == 101
    assert (root / "folder7" / "below").stat().st_mode & 0o777 == 0o750


def test_files_can_be_made_in_several_threads(root: Path) -> None:
    before = open_now()
    with (
        LinklessFolder(root) as folder,
        folder.keep_open(root / "in") as kept,
        ThreadPoolExecutor(8) as threads,
    ):

        def make(number: int) -> None:
            kept.create(f"{number}", b"%d" % number, mode=0o640, modified=number, lasting=True)

        assert list(threads.map(make, range(50))) == [None] * 50
        for number in range(50):
            assert folder.read(root / "in" / f"{number}") == b"%d" % number
            assert folder.modified(root / "in" / f"{number}") == number
    assert open_now() == before


def test_a_folder_that_is_kept_open_stays_the_one_it_was(root: Path) -> None:
    with LinklessFolder(root) as folder, folder.keep_open(root / "in") as kept:
        (root / "in").rename(root / "away")
        (root / "in").symlink_to(root.parent / "outside")
        kept.create("new", b"x", mode=0o600, modified=1)
        with pytest.raises(FileExistsError) as raised:
            kept.create("new", b"y", mode=0o600, modified=1)
    assert raised.value.filename == str(root / "in" / "new")
    assert (root / "away" / "new").read_bytes() == b"x"
    assert not (root.parent / "outside" / "new").exists()


def test_what_is_missing_is_reported_with_its_whole_path(root: Path) -> None:
    with LinklessFolder(root) as folder:
        for missing in (root / "in" / "nothing", root / "nowhere" / "nothing"):
            with pytest.raises(FileNotFoundError) as raised:
                folder.read(missing)
            assert str(raised.value.filename) in (str(missing), str(missing.parent))
            folder.remove(missing)
        with pytest.raises(FileNotFoundError) as raised:
            folder.replace(root / "in" / "nothing", root / "in" / "file")
        assert raised.value.filename == str(root / "in" / "file")
