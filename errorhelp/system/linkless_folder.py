"""A folder in which others may write, too, and in which nothing is reached through a link.

Whoever can put a link in the place of a folder could otherwise have somebody with more rights write and remove
files anywhere. So each folder on the way is opened without following a link, from the one above, and what is
done there is done from that: nobody can put anything in between. Windows has no such way; there it is looked
first whether a link is there.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

_IS_LINK = "it is a link, and inside of this folder none is followed; remove it"
_HAS_DESCRIPTORS = os.open in os.supports_dir_fd
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
# Nobody waits for the other end of what is no file.
_FILE = getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_MOST_HELD = 16


class LinklessFolder:
    """The folder `root`, which may be reached through links itself, and what is in it.

    All paths are those of files and folders in it. OSError where a link stands in the place of a folder, or of
    a file that is opened; one that stands where a file is replaced or removed goes. Some folders are kept open,
    until it is closed.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._holders: dict[str, int] = {}

    def make_folder(self, path: Path, mode: int) -> None:
        """Have a folder there, `root` included; those that are made get these permission bits."""
        with suppress(FileNotFoundError), self._holder_of(path / "_"):
            return
        if path == self._root:
            _make_root(path, mode)
            return
        self.make_folder(path.parent, mode)
        with self._holder_of(path) as (holder, name), suppress(FileExistsError):
            os.mkdir(name, dir_fd=holder)
        with self._holder_of(path / "_") as (made, _):
            os.chmod(path if made is None else made, mode)

    def read(self, path: Path) -> bytes:
        """What the file holds."""
        with open(self._open(path, os.O_RDONLY), "rb") as file:
            return file.read()

    def modified(self, path: Path) -> float:
        """When the file was modified, in Unix seconds."""
        with self._holder_of(path) as (holder, name):
            return os.stat(name, dir_fd=holder, follow_symlinks=False).st_mtime

    def create(self, path: Path, data: bytes, *, mode: int, modified: float, lasting: bool = False) -> None:
        """Make a file that is not there yet, on the disk if it is to be `lasting`; nothing is left if that fails."""
        with self._holder_of(path) as (holder, name):
            _create(holder, name, data, mode, modified, lasting)

    def touch(self, path: Path, modified: float) -> None:
        """Have a file there that was modified at that time, in Unix seconds."""
        descriptor = self._open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.utime(descriptor if _HAS_DESCRIPTORS else path, (modified, modified))
        finally:
            os.close(descriptor)

    def keep_open(self, folder: Path) -> "FolderKeptOpen":
        """A folder for any thread, which is to be closed."""
        if _HAS_DESCRIPTORS:
            return FolderKeptOpen(folder, os.dup(self._descriptor_at(str(folder))))
        with self._holder_of(folder / "_"):
            return FolderKeptOpen(folder, None)

    def replace(self, made: Path, path: Path) -> None:
        """Put a finished file in the place of another, or where none is."""
        with self.keep_open(made.parent) as source, self.keep_open(path.parent) as target:
            source.move(made.name, target, path.name)

    def remove(self, path: Path) -> None:
        """Have no file there."""
        with suppress(FileNotFoundError), self._holder_of(path) as (holder, name):
            os.unlink(name, dir_fd=holder)

    def remove_folder(self, path: Path) -> None:
        """Have no folder there, which must be empty."""
        self.close()
        with self._holder_of(path) as (holder, name):
            os.rmdir(name, dir_fd=holder)

    def remove_all(self, path: Path) -> None:
        """Remove a folder with what is in it, as far as that can be done."""
        self.close()
        with suppress(OSError), self._holder_of(path) as (holder, name):
            shutil.rmtree(name, ignore_errors=True, dir_fd=holder)

    def close(self) -> None:
        """Close what is kept open; it opens again when it is needed."""
        while self._holders:
            os.close(self._holders.popitem()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        with self._holder_of(path) as (holder, name):
            try:
                return os.open(name, flags | _FILE | _NO_LINK, mode, dir_fd=holder)
            except OSError as error:
                if error.errno == errno.ELOOP:
                    raise _link_at(path) from None
                raise

    @contextmanager
    def _holder_of(self, path: Path) -> Iterator[tuple[int | None, str]]:
        """A descriptor of the folder that holds the path, and its name there; without descriptors the whole path."""
        if not _HAS_DESCRIPTORS:
            for folder in self._folders_to(path.parent):
                if _is_link(folder.lstat()):
                    raise _link_at(folder)
            yield None, str(path)
            return
        above, _, name = str(path).rpartition(os.sep)
        try:
            yield self._descriptor_at(above), name
        except OSError as error:
            # The error of what is opened from a folder does not name that folder.
            if error.filename == name:
                error.filename = str(path)
            raise

    def _descriptor_at(self, folder: str) -> int:
        """The descriptor of a folder, which stays open for a while."""
        descriptor = self._holders.pop(folder, None)
        if descriptor is None:
            descriptor = self._descriptor_of(Path(folder))
        # Whichever was used last stands at the end.
        self._holders[folder] = descriptor
        if len(self._holders) > _MOST_HELD:
            os.close(self._holders.pop(next(iter(self._holders))))
        return descriptor

    def _descriptor_of(self, folder: Path) -> int:
        descriptor = os.open(self._root, _FOLDER)
        for each in self._folders_to(folder):
            above = descriptor
            try:
                descriptor = _enter(each, above)
            finally:
                os.close(above)
        return descriptor

    def _folders_to(self, folder: Path) -> list[Path]:
        """The folders on the way from the root, which is not among them."""
        folders = [folder, *folder.parents]
        return folders[: folders.index(self._root)][::-1]


class FolderKeptOpen:
    """A folder whose `descriptor` is kept open, where there are such; several threads may use it at once."""

    def __init__(self, path: Path, descriptor: int | None) -> None:
        self._path = path
        self._descriptor = descriptor

    def create(self, name: str, data: bytes, *, mode: int, modified: float, lasting: bool = False) -> None:
        """See `LinklessFolder.create`."""
        try:
            _create(self._descriptor, self._at(name), data, mode, modified, lasting)
        except OSError as error:
            if error.filename == name:
                error.filename = str(self._path / name)
            raise

    def move(self, name: str, target: "FolderKeptOpen", new_name: str) -> None:
        """Put a finished file in the place of another in a folder, or where none is."""
        at, new_at = self._at(name), target._at(new_name)
        try:
            os.replace(at, new_at, src_dir_fd=self._descriptor, dst_dir_fd=target._descriptor)
        except OSError as error:
            error.filename, error.filename2 = str(target._path / new_name), None
            raise

    def remove(self, name: str) -> None:
        """Have no file there."""
        try:
            os.unlink(self._at(name), dir_fd=self._descriptor)
        except FileNotFoundError:
            pass
        except OSError as error:
            error.filename = str(self._path / name)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _at(self, name: str) -> str:
        """How a file is named for what is done from the descriptor, or without one."""
        return str(self._path / name) if self._descriptor is None else name


def _create(holder: int | None, name: str, data: bytes, mode: int, modified: float, lasting: bool) -> None:
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FILE | _NO_LINK, mode, dir_fd=holder)
    try:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
            if _HAS_DESCRIPTORS:
                os.chmod(descriptor, mode)
                os.utime(descriptor, (modified, modified))
            if lasting:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if not _HAS_DESCRIPTORS:
            os.chmod(name, mode)
            os.utime(name, (modified, modified))
    except BaseException:
        with suppress(OSError):
            os.unlink(name, dir_fd=holder)
        raise


def _enter(folder: Path, above: int) -> int:
    try:
        return os.open(folder.name, _FOLDER | _NO_LINK, dir_fd=above)
    except OSError as error:
        with suppress(FileNotFoundError):
            if _is_link(os.stat(folder.name, dir_fd=above, follow_symlinks=False)):
                raise _link_at(folder) from None
        error.filename = str(folder)
        raise


def _is_link(found: os.stat_result) -> bool:
    # A junction of Windows leads elsewhere, too.
    return stat.S_ISLNK(found.st_mode) or bool(getattr(found, "st_reparse_tag", 0))


def _link_at(path: Path) -> OSError:
    return OSError(errno.ELOOP, _IS_LINK, str(path))


def _make_root(path: Path, mode: int) -> None:
    if not path.is_dir():
        _make_root(path.parent, mode)
        path.mkdir(exist_ok=True)
        path.chmod(mode)
