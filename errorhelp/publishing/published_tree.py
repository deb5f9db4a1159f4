"""The published tree: every answer that is for everybody as a file, for a web server to serve without us.

A tree is a folder of its own. Its folder `.errorhelp` has the index: the files that errorhelp wrote or was
about to write, one a line. What else lies in a tree is somebody else's and stays there; only at the paths of
its own answers errorhelp writes over what it finds.
"""

import gzip
import os
import re
import shutil
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from errorhelp.answers.answer import Answer
from errorhelp.answers.snapshot import Snapshot
from errorhelp.system import atomic_files

_OWN = ".errorhelp"
_FORMAT = "errorhelp tree 1"
# A web server reads them, whatever rights the service gives to its other files.
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
# A shorter answer goes in one packet, packed or not.
_WORTH_PACKING = 1400
_LARGEST_BATCH = 1000
# No dot in front or at the end: nothing hidden, no way up, no name that Windows changes.
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class TreeError(Exception):
    """The tree cannot be written: which folder, why and what to do."""


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing came to: how many answers were written anew, and how many are gone."""

    written: int
    removed: int


def publish(
    snapshot: Snapshot, folder: Path, now: float, previous: Snapshot | None = None, patience: float = 30
) -> Published:
    """Make the tree in `folder` hold exactly the snapshot's answers as they were compiled.

    Only what differs is written. With the `previous` snapshot that this process published there, only what
    may have changed since is looked at. `now`, in Unix seconds, is the time that new files get; one that is
    replaced gets a time at least a second later than before. `patience` is for how many seconds to wait for
    somebody else who writes there. TreeError when it cannot be done, or when the folder is no tree and is not
    empty.
    """
    try:
        tree = _Tree(folder, now)
        with tree.locked(patience):
            if previous is None or previous.catalog is not snapshot.catalog or not is_tree(folder):
                return tree.replace_all(snapshot)
            return Published(written=tree.write(snapshot.published(previous)), removed=0)
    except OSError as error:
        where = error.filename2 or error.filename or folder
        raise TreeError(f"{where} cannot be written: {error.strerror or error}") from error


def is_tree(folder: Path) -> bool:
    """Whether something was published there before."""
    return (folder / _OWN / "index").exists()


def check_tree(folder: Path) -> None:
    """TreeError where `publish` would refuse to begin; nothing is written."""
    try:
        _refuse_what_is_no_tree(folder)
    except OSError as error:
        raise TreeError(f"{error.filename or folder} cannot be read: {error.strerror or error}") from error


def _refuse_what_is_no_tree(folder: Path) -> None:
    if is_tree(folder) or not folder.exists():
        return
    if not folder.is_dir():
        raise TreeError(f"{folder} is not a folder; name one that is empty or not there yet")
    if any(each.name != _OWN for each in folder.iterdir()):
        raise TreeError(
            f"{folder} holds files and is no published tree, so nothing was written; "
            "name a folder that is empty or not there yet"
        )


def file_name(path: str) -> str:
    """The file of a public path, relative to the tree: `/offline/erp/` is in `offline/erp/index.html`.

    ValueError for a path that is no plain name inside the tree.
    """
    name = path.removeprefix("/") + ("index.html" if path.endswith("/") else "")
    return _checked(name)


def _checked(name: str) -> str:
    if not all(_NAME.fullmatch(part) for part in name.split("/")):
        raise ValueError(f"{name!r} is no name for a file in the tree")
    return name


def _packed(file: Path) -> Path:
    return file.with_name(f"{file.name}.gz")


class _Tree:
    """One run over the tree in a folder, which is made if it is not there."""

    def __init__(self, folder: Path, now: float) -> None:
        self._folder = folder
        self._now = int(now)
        self._own = folder / _OWN
        self._index = self._own / "index"
        self._waiting = self._own / "waiting"
        # Has the latest time of the files that were removed, for files that come back.
        self._latest_gone = self._own / "latest-gone"
        self._batch = atomic_files.FileBatch(self._waiting)

    @contextmanager
    def locked(self, patience: float) -> Iterator[None]:
        """Keep others from writing to the tree; TreeError when the folder is not ours to write to."""
        _refuse_what_is_no_tree(self._folder)
        self._make_folder(self._folder)
        self._own.mkdir(mode=0o700, exist_ok=True)
        try:
            with FileLock(self._own / "lock", timeout=patience):
                # A run that was killed leaves something there.
                shutil.rmtree(self._waiting, ignore_errors=True)
                self._waiting.mkdir()
                try:
                    yield
                finally:
                    shutil.rmtree(self._waiting, ignore_errors=True)
        except Timeout:
            raise TreeError(
                f"another errorhelp keeps writing to {self._folder}; end that one first"
            ) from None

    def replace_all(self, snapshot: Snapshot) -> Published:
        """Look at every answer, and remove the files of those that are gone."""
        before = self._read_index()
        names = {file_name(path) for path in snapshot.every_path()}
        if names - before:
            # Whenever this run ends, the index names every file that is ours.
            self._write_index(before | names)
        written = self.write(snapshot.published())
        gone = before - names
        self._remove(gone)
        if names != before:
            self._write_index(names)
        return Published(written, len(gone))

    def write(self, answers: Iterable[tuple[str, Answer]]) -> int:
        """Write those of the answers that the tree does not have; how many they are."""
        written = 0
        for path, answer in answers:
            file = self._folder / file_name(path)
            if not _holds(file, answer.body):
                written += 1
                self._replace(file, answer.body)
        self._batch.commit()
        return written

    def _replace(self, file: Path, body: bytes) -> None:
        self._make_folder(file.parent)
        packed = _packed(file)
        before = _times(file, packed, self._latest_gone)
        modified = max((self._now, *(time + 1 for time in before)))
        # The file goes first: if only that happens, its packed form is left with an earlier time.
        self._batch.replace(file, body, mode=_FILE_MODE, modified=modified)
        if len(body) >= _WORTH_PACKING:
            self._batch.replace(packed, _pack(body), mode=_FILE_MODE, modified=modified)
        else:
            self._batch.remove(packed)
        if len(self._batch) >= _LARGEST_BATCH:
            self._batch.commit()

    def _remove(self, names: Iterable[str]) -> None:
        files = [self._folder / name for name in names]
        if times := [*_times(*files, self._latest_gone)]:
            self._latest_gone.touch()
            os.utime(self._latest_gone, (max(times), max(times)))
        for file in files:
            self._batch.remove(_packed(file))
            self._batch.remove(file)
        self._batch.commit()
        for file in files:
            self._remove_empty_folders(file.parent)

    def _remove_empty_folders(self, folder: Path) -> None:
        with suppress(OSError):
            while folder != self._folder:
                folder.rmdir()
                folder = folder.parent

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            folder.chmod(_FOLDER_MODE)

    def _read_index(self) -> set[str]:
        if not is_tree(self._folder):
            return set()
        first, _, names = self._index.read_text("utf-8", "replace").partition("\n")
        try:
            if first != _FORMAT:
                raise ValueError(f"{first!r} is not {_FORMAT!r}")
            return set(map(_checked, names.splitlines()))
        except ValueError as error:
            raise TreeError(
                f"{self._index} was not written by this version of errorhelp ({error}); empty {self._folder}"
            ) from None

    def _write_index(self, names: Iterable[str]) -> None:
        index = "\n".join((_FORMAT, *sorted(names), "")).encode()
        self._batch.replace(self._index, index, mode=_FILE_MODE, modified=self._now)
        self._batch.commit()


def _holds(file: Path, body: bytes) -> bool:
    """Whether the file is there as it must be, and so is its packed form."""
    packed = _packed(file)
    try:
        if file.read_bytes() != body:
            return False
        if len(body) < _WORTH_PACKING:
            return not packed.exists()
        return gzip.decompress(packed.read_bytes()) == body
    except (OSError, EOFError, zlib.error):
        return False


def _times(*files: Path) -> Iterator[int]:
    """When each of the files that exist was modified, in whole Unix seconds, as web servers tell it."""
    for file in files:
        with suppress(FileNotFoundError):
            yield int(file.stat().st_mtime)


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=6, mtime=0)
