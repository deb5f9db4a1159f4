"""What this process takes of the machine."""

import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """Seconds of processor time, bytes of memory and open files, the last two only where /proc tells them."""

    cpu_seconds: float
    resident_bytes: int | None
    open_files: int | None


def this_process() -> Process:
    """This one, now."""
    resident = files = None
    if sys.platform == "linux":
        with suppress(OSError):
            # Its second number counts pages (man 5 proc).
            pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
            resident = pages * os.sysconf("SC_PAGE_SIZE")
            files = sum(1 for _ in Path("/proc/self/fd").iterdir())
    return Process(time.process_time(), resident, files)
