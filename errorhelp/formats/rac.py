"""`rac`, 1C's cluster administration tool: the arguments that set a session lock, and the output that shows one.

After 1C's Standard Subsystems Library 3.1 (BSP), module ClusterAdministrationRASClientServer, which composes
these command lines and reads this output, and after outputs recorded by users of rac. Times are local ones of
the 1C server. Unverified: how rac prints a text of several lines (read here: up to its closing quote, or to
the next value). See docs/en/1c-formats.md#session-locks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from errorhelp.text.texts import one_line

Options = tuple[tuple[str, str], ...]
"""Names and values of options, `--name=value` on the command line."""

_LINE = re.compile(r"(?P<name>[a-z][a-z0-9-]*)[ \t]*:[ \t]*(?P<value>.*)")
_EMPTY_YEAR = 1


@dataclass(frozen=True, slots=True)
class SessionLock:
    """A time in which an infobase takes no new sessions, but from those who know the permission code.

    Without a code of its own (`""`) the lock goes by the code that the infobase has.
    """

    text: str
    denied_from: datetime | None
    denied_to: datetime | None
    permission_code: str = ""


@dataclass(frozen=True, slots=True)
class InfobaseInfo:
    """What `rac infobase info` prints about an infobase; `lock` is None while sessions are not denied."""

    name: str
    lock: SessionLock | None


def deny_options(lock: SessionLock, *, scheduled_jobs: bool = False) -> Options:
    """The options of `rac infobase update` that set the lock; its text becomes one line.

    Without a permission code none is passed, which leaves one that is set; an empty one would overwrite it. With
    `scheduled_jobs` no scheduled job starts either, at once and until that is lifted: rac takes no times for it.
    """
    code = (("permission-code", lock.permission_code),) if lock.permission_code else ()
    jobs = (("scheduled-jobs-deny", "on"),) if scheduled_jobs else ()
    return (
        ("sessions-deny", "on"),
        ("denied-from", _time(lock.denied_from)),
        ("denied-to", _time(lock.denied_to)),
        ("denied-message", one_line(lock.text)),
        *code,
        *jobs,
    )


def lift_options(*, permission_code: bool = False, scheduled_jobs: bool = False) -> Options:
    """The options of `rac infobase update` that lift a lock: what was set with these is reset, nothing else."""
    code = (("permission-code", ""),) if permission_code else ()
    jobs = (("scheduled-jobs-deny", "off"),) if scheduled_jobs else ()
    return (
        ("sessions-deny", "off"),
        ("denied-from", ""),
        ("denied-to", ""),
        ("denied-message", ""),
        *code,
        *jobs,
    )


def read_infobase_info(output: str) -> InfobaseInfo:
    """What `rac infobase info` printed about one infobase; ValueError says what is missing or unreadable."""
    said: dict[str, str] = {}
    for name, value in _each_value(output):
        if name in said:
            raise ValueError(f"{name!r} stands there twice; give the output of one `rac infobase info`")
        said[name] = value
    missing = [name for name in ("infobase", "name", "sessions-deny", "denied-to") if name not in said]
    if missing:
        raise ValueError(
            f"this is not what `rac infobase info` prints, for it says nothing of {', '.join(missing)}; "
            "without --infobase-user and --infobase-pwd rac may leave these out"
        )
    if said["sessions-deny"] not in ("on", "off"):
        raise ValueError(f"sessions-deny is {said['sessions-deny']!r} and not on or off")
    if said["sessions-deny"] == "off":
        return InfobaseInfo(said["name"], None)
    lock = SessionLock(
        text=said.get("denied-message", ""),
        denied_from=_read_time("denied-from", said.get("denied-from", "")),
        denied_to=_read_time("denied-to", said["denied-to"]),
        permission_code=said.get("permission-code", ""),
    )
    return InfobaseInfo(said["name"], lock)


def _each_value(output: str) -> Iterator[tuple[str, str]]:
    lines = [line.strip() for line in output.split("\n")]
    # rac writes the colons of one answer below each other.
    column = next((line.find(":") for line in lines if line), -1)
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if not line:
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"line {number}: {line!r} is not what `rac infobase info` prints")
        value = match["value"]
        while _is_open(value) and number < len(lines) and lines[number].find(":") != column:
            value += f"\n{lines[number]}"
            number += 1
        yield match["name"], _without_quotes(value.strip())


def _is_open(value: str) -> bool:
    """Whether a value in quotes goes on in the next line; quotes within are doubled."""
    return value.startswith('"') and (value.count('"') % 2 == 1 or not value.endswith('"'))


def _without_quotes(value: str) -> str:
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        return value[1:-1].replace('""', '"')
    return value


def _time(local: datetime | None) -> str:
    return local.strftime("%Y-%m-%dT%H:%M:%S") if local else ""


def _read_time(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        local = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - its zone is known elsewhere
    except ValueError:
        raise ValueError(f"{name} is {text!r} and no time such as 2026-11-21T14:00:00") from None
    return local if local.year > _EMPTY_YEAR else None
