"""The state directory: what the service keeps on disk, and how client commands on the machine find it.

It holds the database, the admin token, the lock of the running service, its addresses and its configuration.
"""

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from errorhelp.system import atomic_files

_OWNER_ONLY = 0o600


class StateError(Exception):
    """The state directory cannot be used: which, why and what to do."""


class StateInUse(StateError):
    """A running service owns the state directory."""


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
    def kept_messages(self) -> Path:
        """The copy of what is shown, for a start without the store."""
        return self.path / "shown.json"

    @property
    def spool(self) -> Path:
        """The folder of what was written directly while the store was dead."""
        return self.path / "spool"

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

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Own the directory; StateError while somebody else does, or when it cannot be written."""
        lock = FileLock(self.path / "lock", timeout=0)
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock.acquire()
        except Timeout:
            running = self.addresses()
            where = f" at {running.admin}" if running else ""
            raise StateInUse(
                f"{self.path} is in use by a running errorhelp{where}; end that one first, "
                "or give this one another directory with --state"
            ) from None
        except OSError as error:
            raise StateError(
                f"{self.path} cannot be written: {error.strerror}; choose another directory with --state"
            ) from error
        try:
            yield
        finally:
            lock.release()

    @property
    def is_in_use(self) -> bool:
        """Whether a service owns the directory now."""
        try:
            with self.locked():
                return False
        except StateInUse:
            return True

    def token(self) -> str:
        """The admin token; made at the first call, readable by its owner only."""
        with suppress(FileNotFoundError):
            if token := self.token_file.read_text("ascii").strip():
                return token
        token = secrets.token_urlsafe(32)
        atomic_files.write(self.token_file, token.encode() + b"\n", mode=_OWNER_ONLY)
        return token

    def keep_configuration(self, contents: Mapping[Path, bytes]) -> None:
        """Keep a copy of the files of the configuration in force, for when they are bad or gone."""
        document = {str(file.absolute()): text.decode() for file, text in contents.items()}
        atomic_files.write(self._configuration_file, json.dumps(document).encode(), mode=_OWNER_ONLY)

    def kept_configuration(self) -> dict[Path, bytes] | None:
        """The contents of those files, the main one first; None if none are kept."""
        try:
            document = json.loads(self._configuration_file.read_bytes())
            return {Path(file): text.encode() for file, text in document.items()} or None
        except (OSError, ValueError, AttributeError):
            return None

    def announce(self, addresses: ServiceAddresses) -> None:
        """Let client commands find the running service."""
        document = {"public": addresses.public, "admin": addresses.admin, "pid": os.getpid()}
        atomic_files.write(self._service_file, json.dumps(document).encode())

    def withdraw(self) -> None:
        """The service no longer runs."""
        self._service_file.unlink(missing_ok=True)

    def addresses(self) -> ServiceAddresses | None:
        """Where the service that uses this directory listens; None if none was announced."""
        try:
            document = json.loads(self._service_file.read_bytes())
            return ServiceAddresses(document["public"], document["admin"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
