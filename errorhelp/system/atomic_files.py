"""Files that are whole at any moment: a reader finds the old content or the new, also after power loss."""

import contextlib
import errno
import os
import secrets
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Step:
    """A file that is replaced by a temporary one, when that is `made`, or removed."""

    path: Path
    temporary: Path | None = None
    made: "Future[None] | None" = None


class FileBatch:
    """Changes of files, made one right behind the other, in the order they were named.

    Their contents are made and brought onto the disk meanwhile, in `waiting`, a folder in the same `folder` as
    all of them; what is left there at the end is the caller's to remove. To be closed.
    """

    def __init__(self, folder: LinklessFolder, waiting: Path) -> None:
        self._folder = folder
        self._waiting = waiting
        self._changes: deque[list[_Step]] = deque()
        self._open = contextlib.ExitStack()
        self._kept_open: FolderKeptOpen | None = None
        self._threads = ThreadPoolExecutor(_SYNCS_AT_ONCE, "files")
        self._names = count()

    def __len__(self) -> int:
        return len(self._changes)

    def close(self) -> None:
        """Make no more changes."""
        self._threads.shutdown(cancel_futures=True)
        self._open.close()

    def change(
        self, files: Sequence[tuple[Path, Callable[[], bytes] | None]], *, mode: int, modified: int
    ) -> None:
        """Let each of the files have the content that it is given with, or be gone, the first one first.

        What gives the content is called in a thread. Files get these permission bits and time of modification
        (Unix seconds).
        """
        if self._kept_open is None:
            self._kept_open = self._open.enter_context(self._folder.kept_open(self._waiting))
        waiting, steps = self._kept_open, list[_Step]()
        for path, content in files:
            if content is None:
                steps.append(_Step(path))
                continue
            temporary = self._waiting / f"{next(self._names)}.tmp"
            made = self._threads.submit(_make, waiting, temporary.name, content, mode, modified)
            steps.append(_Step(path, temporary, made))
        self._changes.append(steps)

    def commit(
        self, left: int = 0, on_error: Callable[[OSError, Sequence[Path]], None] | None = None
    ) -> None:
        """Make the changes but for so many; each file is whole at any moment, also after power loss.

        Where one cannot be made, `on_error` gets why, and of which files it was; without it that is raised.
        """
        while len(self._changes) > left:
            steps = self._changes.popleft()
            try:
                for step in steps:
                    self._take(step)
            except OSError as error:
                if on_error is None:
                    raise
                on_error(error, [step.path for step in steps])

    def _take(self, step: _Step) -> None:
        if step.temporary is None or step.made is None:
            _patiently(partial(self._folder.remove, step.path))
            return
        step.made.result()
        _patiently(partial(self._folder.replace, step.temporary, step.path))


def _make(waiting: FolderKeptOpen, name: str, content: Callable[[], bytes], mode: int, modified: int) -> None:
    waiting.create(name, content(), mode=mode, modified=modified, lasting=True)


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
