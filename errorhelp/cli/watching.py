"""Following files by looking at them once a second, which works on network shares, too."""

from collections.abc import Iterable
from pathlib import Path

SECONDS = 1.0
"""How often to look."""

Stamp = tuple[tuple[int, int] | None, ...]


def stamp(files: Iterable[Path]) -> Stamp:
    """What changes when one of the files (or folders) changes, comes or goes."""
    return tuple(map(_stamp, files))


class Quiet:
    """Tells files that are still being written: a change counts when it is followed by a quiet second."""

    def __init__(self) -> None:
        self._before: dict[object, object] = {}

    def is_quiet(self, what: object, now: object) -> bool:
        """Whether `what` looks as it did when it was asked about before."""
        before = self._before.get(what)
        self._before[what] = now
        return before == now


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
