"""The tree while processes that publish are killed, and when the disk takes no more.

ERRORHELP_KILLS=5000 kills more often than CI does.
"""

import gzip
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import publishing_child
import pytest
from publishing_child import PASSING, VERSIONS, version
from samples import NOON, message

from errorhelp.answers.snapshot import compile
from errorhelp.publishing.published_tree import TreeError, file_name, publish

if sys.platform == "win32":
    pytest.skip("kills and limits as POSIX has them", allow_module_level=True)

import resource

# What is tried is independent of a disk's speed, and a memory disk gets through it sooner.
MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
KILLS = int(os.environ.get("ERRORHELP_KILLS", "200"))
ERP = "help/erp.json"


class Reader:
    """Reads the tree as a web server does, and notes what must never be.

    `found` is what each file held at each time of modification, in the seconds of which ETags are made.
    """

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._whole: defaultdict[str, set[bytes]] = defaultdict(set)
        for number in range(VERSIONS):
            for path, answer in version(number).published():
                self._whole[file_name(path)].add(answer.body)
        self._staying = {name for name in self._whole if not any(each in name for each in PASSING)}
        self.found: defaultdict[tuple[str, int], set[bytes]] = defaultdict(set)

    def read_all(self) -> None:
        for name, whole in self._whole.items():
            body = self._read(name)
            assert body is not None or name not in self._staying, f"{name} is missing"
            assert body is None or body in whole, f"{name} is not whole: {body[:200]!r}"
            packed = self._read(f"{name}.gz")
            assert packed is None or gzip.decompress(packed) in whole, f"{name}.gz is not whole"

    def _read(self, name: str) -> bytes | None:
        try:
            with (self._tree / name).open("rb") as file:
                content = file.read()
                self.found[name, int(os.fstat(file.fileno()).st_mtime)].add(content)
                return content
        except FileNotFoundError:
            return None


def harm(trees: Sequence[Path], meanwhile: Callable[[], object]) -> None:
    """Have a child publish to each of the trees, for a moment until it is killed."""
    choice = random.Random(len(trees))  # noqa: S311 - not a secret
    longest_life = 4 * seconds_to_publish(trees[0].with_name("trial"))
    command = [sys.executable, publishing_child.__file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:
        assert nursery.stdin is not None and nursery.stdout is not None
        for seed, tree in enumerate(trees):
            print(seed, tree, file=nursery.stdin, flush=True)
            child = int(nursery.stdout.readline())
            until = time.monotonic() + choice.uniform(0, longest_life)
            try:
                while time.monotonic() < until:
                    meanwhile()
            finally:
                os.kill(child, signal.SIGKILL)
            assert nursery.stdout.readline() == "gone\n"
            meanwhile()


def seconds_to_publish(tree: Path) -> float:
    started = time.monotonic()
    for number in range(4):
        publish(version(number), tree, NOON.timestamp())
    return (time.monotonic() - started) / 4


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name:
        yield Path(name)


@pytest.mark.more
def test_whenever_it_is_killed_every_file_is_whole_and_none_is_missing(folder: Path):
    tree, clean = folder / "tree", folder / "clean"
    publish(version(1), tree, NOON.timestamp())
    reader = Reader(tree)
    harm([tree] * KILLS, reader.read_all)
    versions = {body for (name, _), bodies in reader.found.items() if name == ERP for body in bodies}
    assert len(versions) > VERSIONS / 2, "the children hardly published anything"
    ambiguous = {name for name, bodies in reader.found.items() if len(bodies) > 1}
    assert not ambiguous, "two contents of a file had the same time"

    publish(version(3), tree, NOON.timestamp())
    publish(version(3), clean, NOON.timestamp())
    assert contents(tree) == contents(clean), "what a kill had left was not put right by the next run"


@pytest.mark.integration
def test_a_first_run_that_is_killed_leaves_a_tree_that_the_next_run_takes_over(folder: Path):
    trees = [folder / str(number) for number in range(20)]
    harm(trees, lambda: None)
    for tree in trees:
        publish(version(3), tree, NOON.timestamp())
        assert (tree / ERP).is_file()


def test_a_disk_that_takes_no_more_is_an_error_and_the_tree_stays_as_it_was(tmp_path: Path):
    publish(version(0), tmp_path, NOON.timestamp())
    before = contents(tmp_path)
    catalog, long = version(0).catalog, message(text="Сервер обновляется. " * 500)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(long.text), limits[1]))
    try:
        with pytest.raises(TreeError, match="cannot be written: File too large"):
            publish(compile(catalog, [long], NOON), tmp_path, NOON.timestamp())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert contents(tmp_path) == before


def contents(tree: Path) -> dict[str, bytes]:
    return {
        path.relative_to(tree).as_posix(): path.read_bytes()
        for path in tree.rglob("*")
        if path.is_file() and path.name not in ("lock", "latest-gone")
    }
