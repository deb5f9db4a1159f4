"""Long work tells on standard error how far it is."""

import sys
import time
from collections.abc import Callable, Mapping

_SECONDS_BETWEEN = 1.0


def progress() -> Callable[[str, int, int], None]:
    """A `Progress` that prints a line each second, so nothing for short work."""
    told_at = time.monotonic()

    def tell(table: str, copied: int, count: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _SECONDS_BETWEEN:
            told_at = time.monotonic()
            print(f"errorhelp: {table}: {copied} of {count}", file=sys.stderr)

    return tell


def counted(rows: Mapping[str, int]) -> str:
    """What there is how many of, for people."""
    return ", ".join(f"{count} {table.replace('_', ' ')}" for table, count in rows.items())
