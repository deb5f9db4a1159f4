"""A copy of what is shown, in a file: for a start while the store cannot be read."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.message import Message
from errorhelp.messages.occurrences import Override
from errorhelp.store.rows import instant, message_of, message_row, unix_seconds, window_of, window_row
from errorhelp.system import atomic_files

_OWNER_ONLY = 0o600
_INSTANTS = ("planned_for", "planned_until", "starts_at", "ends_at", "changed_at")


@dataclass(frozen=True, slots=True)
class ShownState:
    """The messages that are not over, or may be needed still, the overrides of windows that are known, and windows.

    These are the windows that people made and nobody ended.
    """

    messages: tuple[Message, ...] = ()
    overrides: tuple[Override, ...] = ()
    windows: tuple[MadeWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptCopy:
    """The copy in `file`."""

    file: Path

    def write(self, shown: ShownState) -> None:
        """Replace the copy; OSError if that cannot be. It waits for the disk."""
        atomic_files.write(self.file, as_json(shown), mode=_OWNER_ONLY)

    def read(self) -> ShownState | None:
        """What was written last; None when there is nothing that can be read."""
        try:
            return read_json(self.file.read_bytes())
        except OSError:
            return None


def as_json(shown: ShownState) -> bytes:
    """What is shown, as JSON."""
    document = {
        "messages": list(map(_row, shown.messages)),
        "overrides": list(map(_override_row, shown.overrides)),
        "windows": [_changed_row(window_row(each), each.changed_at) for each in shown.windows],
    }
    return json.dumps(document).encode()


def read_json(text: bytes) -> ShownState | None:
    """What `as_json` was given; None for what it did not make."""
    try:
        document = json.loads(text)
        return ShownState(
            tuple(message_of(SimpleNamespace(**row)) for row in document["messages"]),
            tuple(_overrides(document["overrides"])),
            # What an earlier errorhelp kept has none.
            tuple(window_of(SimpleNamespace(**row)) for row in document.get("windows", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _row(message: Message) -> dict[str, Any]:
    return _changed_row(message_row(message), message.changed_at)


def _changed_row(row: dict[str, Any], changed_at: datetime | None) -> dict[str, Any]:
    return row | {"changed_at": None if changed_at is None else unix_seconds(changed_at)}


def _override_row(override: Override) -> dict[str, str | int]:
    times = {name: unix_seconds(at) for name in _INSTANTS if (at := getattr(override, name)) is not None}
    return {"window": override.window} | times


def _overrides(rows: Iterable[dict[str, str | int]]) -> Iterable[Override]:
    for row in rows:
        times = {name: instant(int(row[name])) for name in _INSTANTS if name in row}
        yield Override(str(row["window"]), **times)
