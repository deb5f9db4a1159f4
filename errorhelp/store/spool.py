"""What was written directly, beside a store that is dead or a service that hangs: each message in a file.

It stays until the store has it. A copy lies in the published tree, which another node may be keeping.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

from errorhelp.messages.message import Message, ended_message, is_over
from errorhelp.store import UnknownMessage, What
from errorhelp.store.rows import instant, message_of, message_row, unix_seconds
from errorhelp.store.sql import Store
from errorhelp.system import atomic_files

log = logging.getLogger(__name__)

_OWNER_ONLY = 0o600
_IN_TREE = Path(".errorhelp") / "spool"


@dataclass(frozen=True, slots=True)
class Spooled:
    """A message as it was posted or changed: by whom and when."""

    message: Message
    what: What
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Spool:
    """The files in `folder`, and those in the own folder of a published tree.

    It `takes_writes` of a direct command; a service hands them to the store. With `takes_all` it takes also
    what the store took: for whoever goes around a service, which reads it before it publishes again.
    """

    folder: Path
    takes_writes: bool = False
    takes_all: bool = False

    def write(self, spooled: Spooled, tree: Path | None = None) -> None:
        """Keep it, in the place of an earlier state of the message; OSError if that cannot be.

        It is kept in the tree too, if there is one: for another node that publishes there, and for a disk that
        does not take it here.
        """
        failed: OSError | None = None
        try:
            _write(self.folder, spooled)
        except OSError as error:
            if tree is None:
                raise
            failed = error
            log.warning("%s cannot be written (%s); %s takes it", self.folder, error.strerror, tree)
        if tree is not None:
            with suppress(OSError) if failed is None else nullcontext():
                _make_tree(tree)
                _write(tree / _IN_TREE, spooled)

    def read(self, tree: Path | None = None) -> tuple[Spooled, ...]:
        """What is there and can be read, the earliest first; of a message that lies in both, the later state."""
        found = sorted(
            (each for folder in self._folders(tree) for each in _read_all(folder)), key=lambda each: each.at
        )
        latest = {each.message.id: each for each in found}
        return tuple(sorted(latest.values(), key=lambda each: each.at))

    def remove(self, spooled: Spooled, tree: Path | None = None) -> None:
        """Forget it and its earlier states, not a later one; OSError if that cannot be."""
        for folder in self._folders(tree):
            there = _read(_file(folder, spooled))
            if there is not None and (there == spooled or there.at < spooled.at):
                with suppress(FileNotFoundError):
                    _file(folder, spooled).unlink()

    def _folders(self, tree: Path | None) -> tuple[Path, ...]:
        return (self.folder,) if tree is None else (self.folder, tree / _IN_TREE)


def _file(folder: Path, spooled: Spooled) -> Path:
    return folder / f"{spooled.message.id}.json"


def _write(folder: Path, spooled: Spooled) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    document = {
        "message": message_row(spooled.message),
        "what": spooled.what,
        "who": spooled.who,
        "at": unix_seconds(spooled.at),
    }
    atomic_files.write(_file(folder, spooled), json.dumps(document).encode(), mode=_OWNER_ONLY)


def _make_tree(tree: Path) -> None:
    """A folder that a web server may read, with one in it that it may not."""
    if not tree.is_dir():
        tree.mkdir(parents=True)
        tree.chmod(0o755)
    (tree / _IN_TREE).parent.mkdir(mode=0o700, exist_ok=True)


def _read_all(folder: Path) -> Iterator[Spooled]:
    try:
        files = sorted(folder.glob("*.json"))
    except OSError:
        return
    for file in files:
        if (spooled := _read(file)) is not None:
            yield spooled


async def hand_over(spooled: Spooled, store: Store) -> None:
    """Put it into the store, once however often this is tried; see `with_spooled`."""
    try:
        current = await store.message(spooled.message.id)
    except UnknownMessage:
        await store.add(spooled.message, spooled.who, spooled.at)
        return
    wanted = with_spooled(current, spooled)
    if wanted != current:
        await store.replace(
            wanted,
            expected_revision=current.revision,
            what=spooled.what,
            who=spooled.who,
            at=spooled.at,
        )


def with_spooled(current: Message, spooled: Spooled) -> Message:
    """What a message comes to with what was written directly; one that was changed meanwhile is updated and ended."""
    written = spooled.message
    if current.revision == written.revision:
        return written
    if not is_over(current, spooled.at):
        missing = [each for each in written.updates if each not in current.updates]
        if missing:
            updates = sorted([*current.updates, *missing], key=lambda each: each.at, reverse=True)
            current = replace(current, updates=tuple(updates), changed_at=spooled.at)
    return ended_message(current, spooled.at, written.closing) if spooled.what == "ended" else current


def _read(file: Path) -> Spooled | None:
    try:
        document = json.loads(file.read_bytes())
        at = instant(document["at"])
        message = replace(message_of(SimpleNamespace(**document["message"])), changed_at=at)
        return Spooled(message, document["what"], document["who"], at)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
