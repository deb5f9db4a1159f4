"""Files that are whole at any moment: a reader finds the old content or the new, also after power loss."""

import contextlib
import errno
import os
import secrets
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from errorhelp.system.linkless_folder import LinklessFolder

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
        _patiently(partial(temporary.replace, path))
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
    _patiently(partial(made.replace, path))
    _sync_folder(path.parent)


class FileBatch:
    """Files that change one right behind the other, in the order they were named, at `commit`.

    Their contents wait until then in `waiting`, a folder in the same `folder` as all of them. What an error
    leaves there is the caller's to remove.
    """

    def __init__(self, folder: LinklessFolder, waiting: Path) -> None:
        self._folder = folder
        self._waiting = waiting
        self._changes: deque[tuple[Path | None, Path]] = deque()

    def __len__(self) -> int:
        return len(self._changes)

    def replace(self, path: Path, data: bytes, *, mode: int, modified: int) -> None:
        """Let the file have this content, permission bits and time of modification (Unix seconds)."""
        temporary = self._waiting / f"{secrets.token_hex(8)}.tmp"
        self._folder.create(temporary, data, mode=mode, modified=modified)
        self._changes.append((temporary, path))

    def remove(self, path: Path) -> None:
        """Let there be no such file."""
        self._changes.append((None, path))

    def commit(self) -> None:
        """Make the changes; each file is whole at any moment, also after power loss.

        After an OSError those are left that were not made.
        """
        with ThreadPoolExecutor(_SYNCS_AT_ONCE) as threads:
            # list() raises what went wrong.
            made = [temporary for temporary, _ in self._changes if temporary is not None]
            list(threads.map(self._folder.sync, made))
        while self._changes:
            temporary, path = self._changes[0]
            if temporary is None:
                _patiently(partial(self._folder.remove, path))
            else:
                _patiently(partial(self._folder.replace, temporary, path))
            self._changes.popleft()

    def forget(self, count: int) -> list[Path]:
        """Leave out all but the first `count` changes; the files that they were of."""
        forgotten = []
        while len(self._changes) > count:
            temporary, path = self._changes.pop()
            forgotten.append(path)
            if temporary is not None:
                with contextlib.suppress(OSError):
                    self._folder.remove(temporary)
        return forgotten


def _patiently(change: Callable[[], object]) -> None:
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
