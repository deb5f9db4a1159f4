"""Files that are whole at any moment: a reader finds the old content or the new, also after power loss."""

import contextlib
import errno
import os
import secrets
import sys
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from errorhelp.system.linkless_folder import FolderKeptOpen, LinklessFolder

# On Windows a reader that has the file open keeps it from being replaced or removed; readers are quick
# (seconds).
_PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if sys.platform == "win32" else ()
# What file systems that cannot sync a folder say.
_CANNOT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)
# Disks and file systems do several at once in the time of one.
_SYNCS_AT_ONCE = 8


def write(path: Path, data: bytes, mode: int | None = None) -> None:
    """Replace the file at `path` by one with this content, or make it; one that cannot be replaced stays.

    `mode` are its permission bits (of little effect on Windows); without it a file keeps those it has, and a
    new one gets what the process gives to new files. It waits for the disk: not for an event loop.
    """
    if mode is None:
        with contextlib.suppress(FileNotFoundError):
            mode = path.stat().st_mode & 0o777
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    opener = partial(os.open, mode=0o666 if mode is None else mode)
    try:
        with open(temporary, "xb", opener=opener) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        patiently(partial(temporary.replace, path))
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


@contextlib.contextmanager
def replacing(path: Path, mode: int) -> Iterator[Path]:
    """Where to make a file that takes the place of the one at `path` at the end, and not after an error.

    It stands in a folder of its own, so others may leave files beside it. `mode` are its permission bits.
    """
    with TemporaryDirectory(prefix=".", dir=path.parent) as folder:
        made = Path(folder) / path.name
        yield made
        made.chmod(mode)
        move(made, path)


def move(made: Path, path: Path) -> None:
    """Put a finished file of the same file system in the place of the one at `path`."""
    _sync(made)
    patiently(partial(made.replace, path))
    _sync_folder(path.parent)


Content = Callable[[], bytes]
"""What a file is to hold, made when it is written."""


class FileBatch:
    """Files that change meanwhile, several at once; `commit` waits for them.

    They wait in `waiting`, a folder in the same `folder` as all of them, until they are whole and on the disk; what is
    left there at the end is the caller's to remove. To be closed.
    """

    def __init__(self, folder: LinklessFolder, waiting: Path) -> None:
        self._folder = folder
        self._waiting_at = waiting
        self._waiting: FolderKeptOpen | None = None
        self._changes: deque[tuple[Future[None], Path, Collection[str]]] = deque()
        self._threads = ThreadPoolExecutor(_SYNCS_AT_ONCE, "files")
        self._names = count()

    def close(self) -> None:
        """Make no more changes."""
        self._threads.shutdown()
        if self._waiting is not None:
            self._waiting.__exit__()

    def change(self, folder: Path, files: Mapping[str, Content | None], *, mode: int, modified: int) -> None:
        """Let files of a folder have the content that is given, or be gone, in that order one right behind the other.

        They get these permission bits and time of modification (Unix seconds).
        """
        if self._waiting is None:
            self._waiting = self._folder.keep_open(self._waiting_at)
        target, number = self._folder.keep_open(folder), next(self._names)
        changing = self._threads.submit(_change, self._waiting, number, target, files, mode, modified)
        self._changes.append((changing, folder, files))

    def commit(
        self, left: int = 0, on_error: Callable[[OSError, Sequence[Path]], None] | None = None
    ) -> None:
        """Have all changes made but for so many; each file is whole at any moment, also after power loss.

        Where one cannot be made, `on_error` gets why, and of which files it was; without it that is raised.
        """
        while len(self._changes) > left:
            changing, folder, names = self._changes.popleft()
            try:
                changing.result()
            except OSError as error:
                if on_error is None:
                    raise
                on_error(error, [folder / name for name in names])


def _change(
    waiting: FolderKeptOpen,
    number: int,
    target: FolderKeptOpen,
    files: Mapping[str, Content | None],
    mode: int,
    modified: int,
) -> None:
    made = {name: f"{number}-{name}" for name, content in files.items() if content is not None}
    with target:
        try:
            for name, temporary in made.items():
                if (content := files[name]) is not None:
                    waiting.create(temporary, content(), mode=mode, modified=modified, lasting=True)
            for name in files:
                if name in made:
                    patiently(partial(waiting.move, made[name], target, name))
                else:
                    patiently(partial(target.remove, name))
        except OSError:
            for temporary in made.values():
                with contextlib.suppress(OSError):
                    waiting.remove(temporary)
            raise


def patiently(change: Callable[[], object]) -> None:
    """Change a file, on Windows when its reader is done with it."""
    for pause in _PAUSES:
        try:
            change()
            return
        except PermissionError:
            time.sleep(pause)
    change()


def _sync(file: Path) -> None:
    """Have the content on the disk."""
    # Windows syncs what is open for writing only.
    with file.open("r+b") as content:
        os.fsync(content.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the new name last; Windows has no way to."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
    finally:
        os.close(descriptor)
