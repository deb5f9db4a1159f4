"""The published tree: every answer that is for everybody as a file, for a web server to serve without us.

A tree is a folder of its own. Its folder `.errorhelp` has the index: the files that errorhelp wrote or was
about to write, one a line. What else lies in a tree is somebody else's and stays there; only at the paths of
its own answers errorhelp writes over what it finds.
"""

import gzip
import json
import logging
import os
import re
import socket
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from errorhelp.system import atomic_files
from errorhelp.system.linkless_folder import LinklessFolder

if TYPE_CHECKING:
    # Whoever only looks at a tree needs nothing of what answers are made with.
    from errorhelp.answers.changed_answers import AskingOrder
    from errorhelp.answers.snapshot import Snapshot

log = logging.getLogger(__name__)

_OWN = ".errorhelp"
_FORMAT = "errorhelp tree 1"
_SOME_FORMAT = re.compile(r"errorhelp tree \d+")
# A web server reads them, whatever rights the service gives to its other files.
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
_OWN_MODE = 0o700
_PACKED = ".gz"
# A file is hardly larger than at the slower levels.
_PACKING_LEVEL = 4
# A shorter answer goes in one packet, packed or not.
_WORTH_PACKING = 1400
# So many answers are on their way to the disk; whoever overtakes waits for them.
_MOST_AT_ONCE = 100
# No dot in front or at the end: nothing hidden, no way up, no name that Windows changes.
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class TreeError(Exception):
    """The tree cannot be written: which folder, why and what to do."""


class TreeOfAnother(TreeError):
    """Another service keeps the tree."""


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing came to: how many answers were written anew, and how many are gone."""

    written: int
    removed: int


def publish(
    snapshot: "Snapshot", folder: Path, now: float, previous: "Snapshot | None" = None, patience: float = 30
) -> Published:
    """Make the tree in `folder` hold exactly the snapshot's answers as they were compiled.

    Only what differs is written. With the `previous` snapshot that this process published there, only what
    may have changed since is looked at. `now`, in Unix seconds, is the time that new files get; one that is
    replaced gets a time at least a second later than before. `patience` is for how many seconds to wait for
    somebody else who writes there. TreeError when it cannot be done, or when the folder is no tree and is not
    empty.
    """
    return TreeRun(folder, lambda: snapshot, held=previous, published=previous).run(now, patience)


@dataclass(frozen=True, slots=True)
class _Change:
    """What messages changed after the snapshot of one number, up to that of another."""

    after: int
    up_to: int

    def is_of(self, number: int) -> bool:
        return self.after < number <= self.up_to


@dataclass(frozen=True, slots=True)
class _TreePile:
    """Paths that are still to be written; with the last of them a change is whole."""

    paths: Iterator[str]
    can_wait: bool = True
    completes: _Change | None = None


class TreeRun:
    """One run that makes a tree hold the answers of the `newest` snapshot, also of those that come meanwhile.

    What messages changed overtakes what else is to be written, and later changes overtake earlier ones, so
    that no message waits for thousands of files. A snapshot of another catalog ends the run: `is_complete`
    says whether all of `snapshot` is in the tree at the end.

    `held` is the last snapshot whose messages are known to be in the tree, `published` the last one that was
    wholly there; both may be None. `asked` is the order in which readers ask. `on_locked` is called before
    anything is written, when nobody else can write any more: what others wrote directly can be taken then, and
    `newest` show it. `on_progress` is called when `holds` may have another answer. With `removes_stale` a file
    that cannot be replaced is removed: for a tree whose web server then asks the service. `run` is for a thread,
    what else is here for others meanwhile.
    """

    def __init__(
        self,
        folder: Path,
        newest: "Callable[[], Snapshot]",
        *,
        held: "Snapshot | None",
        published: "Snapshot | None",
        asked: "AskingOrder | None" = None,
        on_locked: Callable[[], None] = lambda: None,
        on_progress: Callable[[], None] = lambda: None,
        removes_stale: bool = False,
    ) -> None:
        self.snapshot = newest()
        self.held = held
        self.is_complete = False
        self._folder = folder
        self._newest = newest
        self._published = published
        self._asked = asked
        self._on_locked = on_locked
        self._on_progress = on_progress
        self._removes_stale = removes_stale
        self._is_hurried = False
        self._unfinished: tuple[_Change, ...] = (self._change_since(held),)

    def holds(self, number: int) -> bool:
        """Whether the tree holds what messages changed for the snapshot of that number."""
        if self.held is not None and number <= self.held.number:
            return True
        return number <= self.snapshot.number and not any(each.is_of(number) for each in self._unfinished)

    def hurry(self) -> None:
        """Leave out what messages did not change: there is no more time, nor a service for what is missing."""
        self._is_hurried = True

    def run(self, now: float, patience: float = 30) -> Published:
        """Publish; see `publish`."""
        folder, published = self._folder, self._published
        tree = _Tree(folder, now, lambda: self._removes_stale and not self._is_hurried)
        try:
            with tree.locked(patience):
                self._on_locked()
                if not _index(folder).exists():
                    self.held = published = None
                    self._unfinished = (self._change_since(None),)
                if published is not None and published.catalog is self.snapshot.catalog:
                    self.is_complete = self._write(tree, iter(()))
                else:
                    self._write_all(tree)
                if tree.error is not None:
                    raise tree.error
        except OSError as error:
            self.is_complete = False
            where = error.filename2 or error.filename or folder
            reason = f"{where} cannot be written: {error.strerror or error}"
            if tree.stale:
                reason += f"; {tree.stale} files that could not be replaced are removed, the service has them"
            raise TreeError(reason) from error
        return Published(tree.written, tree.removed)

    def _write_all(self, tree: "_Tree") -> None:
        """Look at every answer, and remove the files of those that are gone."""
        names = {file_name(path) for path in self.snapshot.every_path()}
        tree.claim(names)
        self.is_complete = self._write(tree, self.snapshot.every_path())
        if self.is_complete and tree.error is None:
            tree.keep_only(names)

    def _write(self, tree: "_Tree", rest: Iterator[str]) -> bool:
        """Write what changed, then the rest; whether nothing is left of it."""
        piles = [_TreePile(rest), *self._piles_of(self._unfinished[0], self.held)]
        while piles:
            if (newest := self._newest()) is not self.snapshot:
                tree.commit()
                if newest.catalog is not self.snapshot.catalog:
                    return False
                piles += self._overtaken_by(newest)
                tree.go_on_at(newest.compiled_at.timestamp())
            pile = piles[-1]
            if pile.can_wait and self._is_hurried:
                return False
            if (path := next(pile.paths, None)) is None:
                tree.commit()
                piles.pop()
                if pile.completes is not None and tree.error is None:
                    self._note_written(pile.completes)
            elif (compiled := self.snapshot.compiled(path)) is not None:
                tree.put(path, compiled.body)
        return True

    def _overtaken_by(self, newest: "Snapshot") -> "list[_TreePile]":
        change, before = _Change(self.snapshot.number, newest.number), self.snapshot
        self._unfinished = (*self._unfinished, change)
        self.snapshot = newest
        return self._piles_of(change, before)

    def _piles_of(self, change: _Change, since: "Snapshot | None") -> "list[_TreePile]":
        """What a change comes to, that which is to be written first at the end."""
        groups = [
            _TreePile(paths, can_wait=False) for paths in self.snapshot.changed_paths(since, self._asked)
        ]
        return [replace(groups[-1], completes=change), *groups[-2::-1]]

    def _note_written(self, change: _Change) -> None:
        unfinished = tuple(each for each in self._unfinished if each is not change)
        if not unfinished:
            self.held = self.snapshot
        self._unfinished = unfinished
        self._on_progress()

    def _change_since(self, held: "Snapshot | None") -> _Change:
        return _Change(-1 if held is None else held.number, self.snapshot.number)


class TreeKeeper:
    """The right of one service to keep a tree, which no other has until it is given up or its process ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Taken by the thread that publishes, given up by another one.
        self._lock = FileLock(folder / _OWN / "keeper", timeout=0, thread_local=False)
        self._word = folder / _OWN / "keeper.json"

    def take(self) -> None:
        """Have the right, for good; TreeOfAnother for another service's, OSError when that cannot be found out."""
        if self._lock.is_locked:
            return
        try:
            self._lock.acquire()
        except Timeout:
            raise TreeOfAnother(
                f"{self._folder} is kept by another errorhelp{self._who()}, so this one does not publish there; "
                "let each have a folder of its own (publish: DIR)"
            ) from None
        with suppress(OSError):
            self._word.write_text(json.dumps({"host": socket.gethostname(), "pid": os.getpid()}), "utf-8")

    def give_up(self) -> None:
        """Let another one have it."""
        self._lock.release()

    @property
    def is_taken(self) -> bool:
        """Whether somebody else has it."""
        try:
            with self._lock:
                return False
        except Timeout:
            return True
        except OSError:
            return False

    def _who(self) -> str:
        with suppress(OSError, ValueError, KeyError, TypeError):
            word = json.loads(self._word.read_bytes())
            return f" (process {word['pid']} on {word['host']})"
        return ""


def is_tree(folder: Path) -> bool:
    """Whether something was published there before; the lock is left where the index was lost."""
    return _index(folder).exists() or (folder / _OWN / "lock").exists()


def _index(folder: Path) -> Path:
    return folder / _OWN / "index"


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


def _is_name(name: str) -> bool:
    try:
        return bool(_checked(name))
    except ValueError:
        return False


def _packed(file: Path) -> Path:
    return file.with_name(f"{file.name}{_PACKED}")


class _Tree:
    """One run over the tree in a folder, which is made if it is not there.

    Where `removes_stale` says so, a file that cannot be replaced is removed, and `error` has why.
    """

    def __init__(self, folder: Path, now: float, removes_stale: Callable[[], bool]) -> None:
        self.written = self.removed = self.stale = 0
        self.error: OSError | None = None
        self._folder = folder
        # The account of a web server may be able to write there, and that of the service to do more.
        self._files = LinklessFolder(folder)
        self._now = int(now)
        self._removes_stale = removes_stale
        self._own = folder / _OWN
        self._index = _index(folder)
        self._waiting = self._own / "waiting"
        # Has the latest time of the files that were removed, for files that come back.
        self._latest_gone = self._own / "latest-gone"
        self._batch = atomic_files.FileBatch(self._files, self._waiting)
        self._gone_at: int | None = None
        # The folder that was made sure of last: many files follow one another in the same.
        self._made: tuple[str | None, Path] = None, folder
        # What the index named at first, and what it names; None when only files are replaced that it names.
        self._before: set[str] = set()
        self._claimed: set[str] | None = None
        # What cannot be there yet: a new tree is written without looking for each file first.
        self._absent: set[str] = set()

    @contextmanager
    def locked(self, patience: float) -> Iterator[None]:
        """Keep others from writing to the tree; TreeError when the folder is not ours to write to."""
        _refuse_what_is_no_tree(self._folder)
        try:
            with self._files:
                self._files.make_folder(self._folder, _FOLDER_MODE)
                self._files.make_folder(self._own, _OWN_MODE)
                with FileLock(self._own / "lock", timeout=patience):
                    # A run that was killed leaves something there.
                    self._files.remove_all(self._waiting)
                    try:
                        self._files.make_folder(self._waiting, _OWN_MODE)
                    except OSError as error:
                        self._remove_stale(error)
                    try:
                        yield
                    finally:
                        self._batch.close()
                        self._files.remove_all(self._waiting)
        except Timeout:
            raise TreeError(
                f"another errorhelp keeps writing to {self._folder}; end that one first"
            ) from None

    def go_on_at(self, now: float) -> None:
        """Give the files that follow this time (Unix seconds)."""
        self._now = max(self._now, int(now))

    def claim(self, names: set[str]) -> None:
        """Have the index name these files beside those it has: whenever the run ends, it names all of ours."""
        is_new = not any(each.name != _OWN for each in self._folder.iterdir())
        self._before = self._claimed = self._read_index()
        if names - self._before:
            try:
                self._write_index(self._before | names)
            except OSError as error:
                self._remove_stale(error)
                return
            self._claimed = self._before | names
        self._absent = set(names) if is_new else set()

    def keep_only(self, names: set[str]) -> None:
        """Remove what the index named before and is not among these."""
        gone = self._before - names
        self._remove(gone)
        self.removed = len(gone)
        if names != self._before:
            self._write_index(names)

    def put(self, path: str, body: bytes) -> None:
        """Have the file of a path hold an answer, at the latest with the next `commit`."""
        name = file_name(path)
        if self._claimed is not None and name not in self._claimed:
            return
        is_absent = name in self._absent
        if not is_absent and self._holds(self._folder / name, body):
            return
        self._absent.discard(name)
        try:
            self._replace(name, body, is_absent=is_absent)
        except OSError as error:
            self._remove_stale(error, [self._folder / name, _packed(self._folder / name)])
            return
        self.written += 1
        self._batch.commit(_MOST_AT_ONCE, self._remove_stale)

    def commit(self) -> None:
        """Have what was put in the files."""
        self._batch.commit(on_error=self._remove_stale)

    def _remove_stale(self, error: OSError, files: Sequence[Path] = ()) -> None:
        """Remove files that cannot be replaced for this reason; raises it where they must stay."""
        if not self._removes_stale():
            raise error
        self.error = self.error or error
        with suppress(OSError):
            self._note_gone(files)
        for file in files:
            with suppress(OSError):
                self._files.remove(file)
                self.stale += 1

    def _replace(self, name: str, body: bytes, *, is_absent: bool) -> None:
        above, _, own_name = name.rpartition("/")
        if self._made[0] != above:
            self._files.make_folder(self._folder / above, _FOLDER_MODE)
            self._made = above, self._folder / above
        folder, packed = self._made[1], f"{own_name}{_PACKED}"
        before = () if is_absent else self._times(folder / own_name, folder / packed)
        modified = max((self._now, self._latest_gone_at() + 1, *(time + 1 for time in before)))
        files: dict[str, atomic_files.Content | None] = {own_name: lambda: body}
        # The file goes first: if only that happens, its packed form is left with an earlier time.
        if len(body) >= _WORTH_PACKING:
            files[packed] = lambda: _pack(body)
        elif not is_absent:
            files[packed] = None
        self._batch.change(folder, files, mode=_FILE_MODE, modified=modified)

    def _remove(self, names: Iterable[str]) -> None:
        files = [self._folder / name for name in names]
        self._note_gone(files)
        for file in files:
            for each in (_packed(file), file):
                atomic_files.patiently(partial(self._files.remove, each))
        for file in files:
            self._remove_empty_folders(file.parent)

    def _note_gone(self, files: Iterable[Path]) -> None:
        """Remember the latest time of files that go."""
        if times := [*self._times(*files, self._latest_gone)]:
            self._files.touch(self._latest_gone, max(times))
            self._gone_at = None

    def _latest_gone_at(self) -> int:
        if self._gone_at is None:
            self._gone_at = max(self._times(self._latest_gone), default=-1)
        return self._gone_at

    def _remove_empty_folders(self, folder: Path) -> None:
        with suppress(OSError):
            while folder != self._folder:
                self._files.remove_folder(folder)
                folder = folder.parent

    def _read_index(self) -> set[str]:
        """What the index names; of one that is damaged the names that can be. TreeError for another version's."""
        try:
            first, _, names = self._files.read(self._index).decode("utf-8", "replace").partition("\n")
        except FileNotFoundError:
            if any(each.name != _OWN for each in self._folder.iterdir()):
                self._log_damage("is lost")
            return set()
        if first != _FORMAT and _SOME_FORMAT.fullmatch(first):
            raise TreeError(
                f"{self._index} was not written by this version of errorhelp ({first!r} is not {_FORMAT!r}); "
                f"empty {self._folder}"
            )
        lines = names.splitlines()
        found = {name for name in lines if _is_name(name)}
        if first != _FORMAT or len(found) < len(lines):
            self._log_damage("is damaged")
        return found

    def _log_damage(self, damage: str) -> None:
        log.warning("%s %s and is made anew; files of what is gone meanwhile may stay", self._index, damage)

    def _write_index(self, names: Iterable[str]) -> None:
        index = "\n".join((_FORMAT, *sorted(names), "")).encode()
        files: dict[str, atomic_files.Content | None] = {self._index.name: lambda: index}
        self._batch.change(self._own, files, mode=_FILE_MODE, modified=self._now)
        self._batch.commit()

    def _holds(self, file: Path, body: bytes) -> bool:
        """Whether the file is there as it must be, and so is its packed form."""
        packed = _packed(file)
        try:
            if self._files.read(file) != body:
                return False
            if len(body) < _WORTH_PACKING:
                return not [*self._times(packed)]
            return gzip.decompress(self._files.read(packed)) == body
        except (OSError, EOFError, zlib.error):
            return False

    def _times(self, *files: Path) -> Iterator[int]:
        """When each of the files that exist was modified, in whole Unix seconds, as web servers send it."""
        for file in files:
            with suppress(FileNotFoundError):
                yield int(self._files.modified(file))


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=_PACKING_LEVEL, mtime=0)
