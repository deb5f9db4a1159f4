"""Following files by looking at them again and again, which works on network shares, too."""

from collections.abc import Iterable
from pathlib import Path

SECONDS = 1.0
"""How often to look."""

Stamp = tuple[int, int, int, int] | None
"""Times of content and status (ns), size and number of a file or folder, None when it is not there."""


def stamp(path: Path) -> Stamp:
    """What changes when the file or folder changes, comes or goes, whatever a writer makes of its time."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def stamps(paths: Iterable[Path]) -> tuple[Stamp, ...]:
    """The stamp of each."""
    return tuple(map(stamp, paths))


class Quiet:
    """Knows files that are still being written: a change counts when the next look finds the same."""

    def __init__(self) -> None:
        self._before: dict[object, object] = {}

    def is_quiet(self, what: object, now: object) -> bool:
        """Whether `what` looks as it did when it was asked about before."""
        before = self._before.get(what)
        self._before[what] = now
        return before == now
