"""Progress of long work, on standard error."""

import sys
import time
from collections.abc import Callable, Mapping

from errorhelp.cli.language import translated
from errorhelp.cli.plural_words import number

_SECONDS_BETWEEN = 1.0


def progress() -> Callable[[str, int, int], None]:
    """A `Progress` that prints a line each second from its first row on, so nothing for short work."""
    printed_at: float | None = None

    def print_progress(table: str, copied: int, count: int) -> None:
        nonlocal printed_at
        now = time.monotonic()
        if printed_at is None:
            printed_at = now
        elif now - printed_at >= _SECONDS_BETWEEN:
            printed_at = now
            print(f"errorhelp: {translated(f'{table}: {copied} of {count} rows')}", file=sys.stderr)

    return print_progress


_WORDS = {
    "messages": ("message", "messages"),
    "events": ("change of messages", "changes of messages"),
    "window_changes": ("change of maintenance windows", "changes of maintenance windows"),
    "api_tokens": ("token", "tokens"),
    "problems": ("problem", "problems"),
    "reports": ("report", "reports"),
    "outbox": ("notification to send", "notifications to send"),
}


def counted(rows: Mapping[str, int]) -> str:
    """How many there are of what people know, by the tables that hold it; the others go with those."""
    return ", ".join(
        f"{number(count, one, many)}"
        for table, (one, many) in _WORDS.items()
        if (count := rows.get(table)) is not None
    )
