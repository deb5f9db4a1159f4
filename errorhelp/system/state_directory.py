"""The state directory: what the service keeps on disk, and how client commands on the machine find it.

It holds the database, the admin token, the lock of the running service, its addresses and its configuration.
"""

import codecs
import errno
import json
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from errorhelp.system import atomic_files
from errorhelp.system.memory import give_back

log = logging.getLogger(__name__)

_OWNER_ONLY = 0o600
_PIECE = 1 << 16
_LOOKS_EVERY = 0.1
# So long a service may take to let go: one that is to start again ends first.
_SERVICE_PATIENCE = 2.0
_TOKEN = re.compile(rb"[!-~]+")
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
"""What a disk says that is full, read-only or broken: nobody's rights are wrong."""


class StateError(Exception):
    """The state directory cannot be used: which, why and what to do."""


class Work(StrEnum):
    """What somebody does who owns a state directory."""

    SERVICE = "service"
    PUBLISH = "publish"
    DIRECT = "direct"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who owns a state directory: a process, and what it does there."""

    work: Work
    process_id: int


class StateInUse(StateError):
    """Somebody else owns the state directory: the `holder`, if it left word."""

    def __init__(self, text: str, holder: Holder | None) -> None:
        super().__init__(text)
        self.holder = holder


def default_state() -> Path:
    """Where the operating system keeps the state of a user's programs."""
    return platformdirs.user_state_path("errorhelp", appauthor=False)


@dataclass(frozen=True, slots=True)
class ServiceAddresses:
    """Where a running service listens, as URLs."""

    public: str
    admin: str


@dataclass(frozen=True, slots=True)
class StateDirectory:
    """A state directory at `path`; it is made when first written to."""

    path: Path

    @property
    def database(self) -> Path:
        """The embedded store's file."""
        return self.path / "errorhelp.db"

    @property
    def has_messages(self) -> bool:
        """Whether messages were ever kept here, as far as is known."""
        try:
            return self.database.exists() or self.kept_messages.exists()
        except OSError:
            return True

    @property
    def kept_messages(self) -> Path:
        """The copy of what is shown, for a start without the store."""
        return self.path / "shown.json"

    @property
    def spool(self) -> Path:
        """The folder of what was written directly while the store was dead."""
        return self.path / "spool"

    @property
    def copies(self) -> Path:
        """The folder with what copies of the tree have, one file for each."""
        return self.path / "copies"

    @property
    def token_file(self) -> Path:
        """The file with the admin token."""
        return self.path / "token"

    @property
    def _configuration_file(self) -> Path:
        return self.path / "configuration.json"

    @property
    def _service_file(self) -> Path:
        return self.path / "service.json"

    @property
    def _holder_file(self) -> Path:
        return self.path / "holder.json"

    @contextmanager
    def locked(
        self,
        work: Work,
        patience: float = 0,
        on_wait: Callable[[Holder | None], None] = lambda _: None,
    ) -> Iterator[bool]:
        """Own the directory for this work, or find that its disk lets nobody own it: whether it is owned.

        While another command owns it, wait up to `patience` seconds, but for a service no longer than one
        takes to end; `on_wait` is called once, when waiting begins. Then StateInUse; StateError when the
        directory cannot be written for another reason than a full, read-only or broken disk.
        """
        lock = FileLock(self.path / "lock", timeout=0)
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._acquire(lock, patience, on_wait)
        except OSError as error:
            if error.errno in DISK_ERRORS:
                log.warning("%s cannot be locked: %s", self.path, error.strerror)
                yield False
                return
            raise StateError(
                f"{self.path} cannot be written: {error.strerror}; choose another directory with --state"
            ) from error
        try:
            self._leave_word(Holder(work, os.getpid()))
            yield True
        finally:
            with suppress(OSError):
                self._holder_file.unlink()
            lock.release()

    def _acquire(self, lock: FileLock, patience: float, on_wait: Callable[[Holder | None], None]) -> None:
        began, waits = time.monotonic(), False
        while True:
            with suppress(Timeout):
                lock.acquire()
                return
            holder = self.holder
            is_service = holder is None or holder.work is Work.SERVICE
            if time.monotonic() - began >= (min(patience, _SERVICE_PATIENCE) if is_service else patience):
                raise StateInUse(self._in_use_by(holder), holder)
            if not waits:
                waits = True
                on_wait(holder)
            time.sleep(_LOOKS_EVERY)

    def _in_use_by(self, holder: Holder | None) -> str:
        running = self.addresses()
        where = f" at {running.admin}" if running else ""
        who = f"a running errorhelp{where}"
        if holder is not None and holder.work is not Work.SERVICE:
            who = f"another errorhelp command (process {holder.process_id})"
        return (
            f"{self.path} is in use by {who}; end that one first, "
            "or give this one another directory with --state"
        )

    def _leave_word(self, holder: Holder) -> None:
        document = {"work": holder.work, "pid": holder.process_id}
        # Whoever finds no word takes the holder for a service, and asks it.
        with suppress(OSError):
            self._holder_file.unlink(missing_ok=True)
            atomic_files.write(self._holder_file, json.dumps(document).encode(), mode=_OWNER_ONLY)

    @property
    def holder(self) -> Holder | None:
        """Who owns the directory, or did when it was killed, by the word it left; None without any."""
        try:
            document = json.loads(self._holder_file.read_bytes())
            return Holder(Work(document["work"]), int(document["pid"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @property
    def is_in_use(self) -> bool:
        """Whether somebody owns the directory now."""
        return self._holding()[0]

    @property
    def may_have_service(self) -> bool:
        """Whether a service owns the directory now, or, as far as its disk shows, may do so."""
        is_held, holder = self._holding()
        return is_held and (holder is None or holder.work is Work.SERVICE)

    def _holding(self) -> tuple[bool, Holder | None]:
        """Whether somebody owns the directory, and who if it left word."""
        lock = FileLock(self.path / "lock", timeout=0)
        try:
            if not self.path.exists():
                return False, None
            with lock:
                return False, None
        except Timeout:
            return True, self.holder
        except OSError as error:
            if error.errno in DISK_ERRORS:
                return self.addresses() is not None, None
            raise StateError(f"{self.path} cannot be written: {error.strerror}") from error

    def token(self) -> str:
        """The admin token; made at the first call or when it is damaged, readable by its owner only.

        One that no disk keeps is good as long as this process.
        """
        try:
            if token := self.token_file.read_bytes().strip():
                if _TOKEN.fullmatch(token):
                    return token.decode("ascii")
                log.warning("the token in %s is damaged; there is another one now", self.token_file)
        except FileNotFoundError:
            pass
        except OSError as error:
            log.error(
                "the token in %s cannot be read (%s); commands have none", self.token_file, error.strerror
            )
            return secrets.token_urlsafe(32)
        made = secrets.token_urlsafe(32)
        try:
            atomic_files.write(self.token_file, made.encode() + b"\n", mode=_OWNER_ONLY)
        except OSError as error:
            log.error("no token can be left in %s (%s); commands have none", self.token_file, error.strerror)
        return made

    def keep_configuration(self, contents: Mapping[Path, bytes]) -> None:
        """Keep a copy of the files of the configuration in force, for when they are bad or gone."""
        members = (
            b'%s: "%s"' % (json.dumps(str(file.absolute())).encode(), b"".join(_escaped(text)))
            for file, text in contents.items()
        )
        atomic_files.write(self._configuration_file, b"{%s}" % b", ".join(members), mode=_OWNER_ONLY)
        give_back()

    def kept_configuration(self) -> dict[Path, bytes] | None:
        """The contents of those files, the main one first; None if none are kept."""
        try:
            document = json.loads(self._configuration_file.read_bytes())
            return {Path(file): text.encode() for file, text in document.items()} or None
        except (OSError, ValueError, AttributeError):
            return None

    def announce(self, addresses: ServiceAddresses) -> None:
        """Let client commands find the running service, if the disk takes it."""
        document = {"public": addresses.public, "admin": addresses.admin, "pid": os.getpid()}
        try:
            atomic_files.write(self._service_file, json.dumps(document).encode())
        except OSError as error:
            log.error(
                "%s cannot be written (%s); commands find this service with --server only",
                self._service_file,
                error.strerror,
            )

    def withdraw(self) -> None:
        """The service no longer runs."""
        with suppress(OSError):
            self._service_file.unlink()

    def addresses(self) -> ServiceAddresses | None:
        """Where the service that uses this directory listens; None if none was announced."""
        try:
            document = json.loads(self._service_file.read_bytes())
            return ServiceAddresses(document["public"], document["admin"])
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _escaped(text: bytes) -> Iterator[bytes]:
    """UTF-8 as it stands between the quotes of a JSON string; in pieces, since one call would hold all threads."""
    pieces = (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
    for piece in codecs.iterdecode(pieces, "utf-8"):
        yield json.dumps(piece, ensure_ascii=False)[1:-1].encode()
