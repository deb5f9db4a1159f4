"""Progress of long work, on standard error."""

import sys
import time
from collections.abc import Callable, Mapping

from errorhelp.cli.language import translated
from errorhelp.cli.plural_words import number

_SECONDS_BETWEEN = 1.0


def checks_done() -> Callable[[int, int], None]:
    """What prints a line each second, on a terminal only, when it is told how many of how many checks are done."""
    is_time = _each_second()

    def print_checks(done: int, count: int) -> None:
        if sys.stderr.isatty() and is_time():
            print(f"errorhelp: {translated(f'{done} of {count} checks')}", file=sys.stderr)

    return print_checks


def progress() -> Callable[[str, int, int], None]:
    """A `Progress` that prints a line each second from its first row on, so nothing for short work."""
    is_time = _each_second()

    def print_progress(table: str, copied: int, count: int) -> None:
        if is_time():
            print(f"errorhelp: {translated(f'{table}: {copied} of {count} rows')}", file=sys.stderr)

    return print_progress


def _each_second() -> Callable[[], bool]:
    """What says whether a second has gone by since it said so, or since it was asked first."""
    last: float | None = None

    def is_time() -> bool:
        nonlocal last
        now = time.monotonic()
        if last is None:
            last = now
        elif now - last >= _SECONDS_BETWEEN:
            last = now
            return True
        return False

    return is_time


_WORDS = {
    "messages": ("message", "messages"),
    "events": ("change of messages", "changes of messages"),
    "window_changes": ("change of maintenance windows", "changes of maintenance windows"),
    "windows": ("maintenance window", "maintenance windows"),
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
