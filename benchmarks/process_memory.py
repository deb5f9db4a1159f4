"""The memory of a process, as Linux counts it."""

import re
from dataclasses import dataclass
from pathlib import Path

_UNIT = Path(__file__).parents[1] / "deploy" / "errorhelp.service"

MALLOC = dict(re.findall(r"\b(MALLOC_\w+)=(\S+)", _UNIT.read_text("utf-8")))
"""What of it the shipped unit sets, for the environment of a service."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of a process, in MB."""

    now: float
    most: float

    @classmethod
    def of(cls, process_id: int) -> "Memory":
        """As Linux counts it."""
        status = Path(f"/proc/{process_id}/status").read_text("ascii")
        now, most = (int(status.split(f"{name}:")[1].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
        return cls(now, most)
