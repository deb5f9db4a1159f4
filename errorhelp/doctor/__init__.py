"""The doctor: looks at an installation from a client's side and on its own machine, and says what to mend."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a subject, and what mends it."""

    level: Level
    subject: str
    text: str
    remedy: str = ""


def ok(subject: str, text: str) -> Finding:
    """It is as it must be."""
    return Finding(Level.OK, subject, text)


def warning(subject: str, text: str, remedy: str) -> Finding:
    """It works, but it is not as it should be."""
    return Finding(Level.WARNING, subject, text, remedy)


def broken(subject: str, text: str, remedy: str) -> Finding:
    """Somebody will miss it."""
    return Finding(Level.BROKEN, subject, text, remedy)
