"""Reports of failed logins and crashes, and the problems that they are grouped into."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

OTHER = "other"
"""The stack hash of the problem for what comes when an infobase has too many problems already."""


class Kind(StrEnum):
    """What happened to the user: a login failed, the client crashed, or the browser found no 1C server."""

    LOGIN_FAILURE = "login_failure"
    CRASH = "crash"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Report:
    """A failed login or a crash, as one client reported it; received at `at`.

    `stack_hash` is the platform's, "" where it sent none. `user` and `address` are whose client it was;
    `app` and `version` say which client (`ThinClient`, `8.3.27.1508`). `details` is all that was sent, as
    JSON values; `screenshot` is a PNG or JPEG. `problem` is the id of its problem, once it is grouped. `seq` grows
    with every report that is kept.
    """

    id: str
    at: datetime
    infobase: str
    kind: Kind
    text: str = ""
    stack: str = ""
    stack_hash: str = ""
    user: str = ""
    address: str = ""
    app: str = ""
    version: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    screenshot: bytes | None = field(default=None, repr=False)
    problem: str = ""
    seq: int = field(default=0, repr=False, compare=False)

    @property
    def size(self) -> int:
        """How many bytes of it the store counts."""
        texts = len(json.dumps(self.details)) + len(self.text.encode()) + len(self.stack.encode())
        return texts + len(self.screenshot or b"")


@dataclass(frozen=True, slots=True)
class Problem:
    """All reports of an infobase with the same kind and stack hash.

    `title` is the first line of its first report. `count` is exact, `users` counts who was affected, by name
    or else by address, up to `MOST_AFFECTED`. One that was dismissed is listed no more, until a report comes.
    """

    id: str
    infobase: str
    kind: Kind
    stack_hash: str
    title: str
    first_seen: datetime
    last_seen: datetime
    count: int
    users: int = 0
    versions: tuple[str, ...] = ()
    dismissed_at: datetime | None = None

    @property
    def is_other(self) -> bool:
        """Whether it is no problem of its own, but what there were too many problems for."""
        return self.stack_hash == OTHER


@dataclass(frozen=True, slots=True)
class ProblemChange:
    """What somebody did to a problem, which may be gone by now: its id, infobase and title are kept here."""

    at: datetime
    who: str
    what: Literal["dismissed", "brought back"]
    problem: str
    infobase: str
    title: str


@dataclass(frozen=True, slots=True)
class HourCount:
    """How many reports of a kind an infobase had in the hour that begins at `hour` (UTC)."""

    infobase: str
    kind: Kind
    hour: datetime
    count: int


LONGEST_TEXT = 8000
"""How many characters of a text, or of a stack, are kept."""

LARGEST_DETAILS = 64 * 1024
"""How many bytes of a report's details are kept, as JSON, but for the marks of what is left out."""

DEEPEST = 50
"""How many lists and objects of a report may stand in one another."""

MOST_VALUES = 2000
"""How many values of a report's details are kept."""

MOST_AFFECTED = 10_000
"""How many users of a problem are told apart."""

MOST_VERSIONS = 50
"""How many client versions of a problem are told apart."""

MOST_TRAITS = 1_000_000
"""How many users and versions are remembered of all problems; each takes about a hundred bytes of the disk."""

MOST_HOURS = 5_000_000
"""How many counts by the hour are kept, one for each problem and hour; each takes about as much."""
