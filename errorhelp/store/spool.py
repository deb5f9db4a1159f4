"""What was written directly while the store was dead: each message in a file, until the store has it."""

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

from errorhelp.messages.message import Message, ended_message
from errorhelp.store import UnknownMessage, What
from errorhelp.store.rows import instant, message_of, message_row, unix_seconds
from errorhelp.store.sql import Store
from errorhelp.system import atomic_files

_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class Spooled:
    """A message as it was posted or changed: by whom and when."""

    message: Message
    what: What
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Spool:
    """The files in `folder`. It `takes_writes` of a direct command; a service hands them to the store."""

    folder: Path
    takes_writes: bool = False

    def write(self, spooled: Spooled) -> None:
        """Keep it, in the place of an earlier state of the message; OSError if that cannot be."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        document = {
            "message": message_row(spooled.message),
            "what": spooled.what,
            "who": spooled.who,
            "at": unix_seconds(spooled.at),
        }
        atomic_files.write(self._file(spooled), json.dumps(document).encode(), mode=_OWNER_ONLY)

    def read(self) -> tuple[Spooled, ...]:
        """What is there and can be read."""
        found = (_read(file) for file in sorted(self.folder.glob("*.json")))
        return tuple(each for each in found if each is not None)

    def remove(self, spooled: Spooled) -> None:
        """Forget it, unless the message has been changed since."""
        if _read(self._file(spooled)) == spooled:
            with suppress(FileNotFoundError):
                self._file(spooled).unlink()

    def _file(self, spooled: Spooled) -> Path:
        return self.folder / f"{spooled.message.id}.json"


async def hand_over(spooled: Spooled, store: Store) -> None:
    """Put it into the store, once however often this is tried; what changed there meanwhile is only ended."""
    try:
        current = await store.message(spooled.message.id)
    except UnknownMessage:
        await store.add(spooled.message, spooled.who, spooled.at)
        return
    if spooled.what == "ended":
        wanted = ended_message(current, spooled.at)
    elif current.revision == spooled.message.revision:
        wanted = replace(spooled.message, revision=current.revision)
    else:
        return
    if wanted != current:
        await store.replace(
            wanted,
            expected_revision=current.revision,
            what=spooled.what,
            who=spooled.who,
            at=spooled.at,
        )


def _read(file: Path) -> Spooled | None:
    try:
        document = json.loads(file.read_bytes())
        at = instant(document["at"])
        message = replace(message_of(SimpleNamespace(**document["message"])), changed_at=at)
        return Spooled(message, document["what"], document["who"], at)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
