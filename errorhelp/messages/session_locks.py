"""Session locks for a message: commands with which an admin denies sessions, and lifts that again. Pure.

The same text and times in the lock and in the message, or users read two stories.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from itertools import groupby

from errorhelp.formats import rac_cmd, rac_powershell, rac_sh
from errorhelp.formats.connect_string import ServerConnection
from errorhelp.formats.rac import SessionLock, deny_options, lift_options
from errorhelp.formats.rac_scripts import Cluster, NamedInfobase, RacScript, Sessions
from errorhelp.formats.shells import Shell
from errorhelp.messages.message import Message
from errorhelp.text.texts import one_line

_RAS_PORT, _CLUSTER_PORT = 1545, 1541
_WRITERS = {Shell.SH: rac_sh.write, Shell.CMD: rac_cmd.write, Shell.POWERSHELL: rac_powershell.write}


class AmbiguousServer(ValueError):
    """An address or UUID that can be right for only one of several 1C servers; the text says what to do."""


@dataclass(frozen=True, slots=True)
class ServerInfobase:
    """An infobase that rac can lock: its id and name here, and where it is."""

    id: str
    name: str
    connection: ServerConnection


@dataclass(frozen=True, slots=True)
class Administration:
    """How the clusters are reached: the path of `rac`, administration servers, and a cluster, where known.

    `ras` has the `host:port` of administration servers by the 1C server (`host` or `host:port`, in lower case)
    that they are for, and under `""` the one for all. Without any it is the 1C server, port 1545. `cluster` is
    a UUID.
    """

    rac: str = "rac"
    ras: Mapping[str, str] = field(default_factory=dict)
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Denial:
    """What a script sets: a lock for a message; scheduled jobs; and sessions that are there when it begins.

    `begins_at` is Unix time. Sessions are listed if `lists_sessions`, and ended so long after the beginning.
    """

    lock: SessionLock
    begins_at: int
    scheduled_jobs: bool = False
    lists_sessions: bool = False
    end_sessions_after: timedelta | None = None


def lock_for(message: Message, text: str, zone: tzinfo, permission_code: str = "") -> SessionLock:
    """The lock that says what is shown of the message, in the server's zone."""
    return SessionLock(
        text=text,
        denied_from=message.starts_at.astimezone(zone).replace(tzinfo=None),
        denied_to=message.shown_until.astimezone(zone).replace(tzinfo=None),
        permission_code=permission_code,
    )


def denial_for(message: Message, lock: SessionLock) -> Denial:
    """The lock of the message, with nothing beside it."""
    return Denial(lock, int(message.starts_at.timestamp()))


def deny_script(
    shell: Shell, infobases: Iterable[ServerInfobase], denial: Denial, where: Administration
) -> str:
    """The commands that set the lock on every infobase, as a script of the shell; AmbiguousServer."""
    sessions = None
    if denial.lists_sessions or denial.end_sessions_after is not None:
        after = denial.end_sessions_after
        seconds = None if after is None else int(after.total_seconds())
        sessions = Sessions(one_line(denial.lock.text), denial.begins_at, seconds)
    has_code = bool(denial.lock.permission_code)
    script = RacScript(
        rac=where.rac,
        clusters=tuple(_clusters(infobases, where)),
        update=deny_options(denial.lock, scheduled_jobs=denial.scheduled_jobs),
        undo=lift_options(permission_code=has_code, scheduled_jobs=denial.scheduled_jobs),
        sessions=sessions,
    )
    return "".join(_WRITERS[shell](script))


def lift_script(
    shell: Shell,
    infobases: Iterable[ServerInfobase],
    where: Administration,
    *,
    permission_code: bool = False,
    scheduled_jobs: bool = False,
) -> str:
    """The commands that lift the lock of every infobase, as a script of the shell; AmbiguousServer.

    A permission code and scheduled jobs are reset only if that is said.
    """
    update = lift_options(permission_code=permission_code, scheduled_jobs=scheduled_jobs)
    script = RacScript(where.rac, tuple(_clusters(infobases, where)), update)
    return "".join(_WRITERS[shell](script))


@dataclass(frozen=True, slots=True, order=True)
class _NamedCluster:
    """A cluster as `Srvr` names it; of several hosts of one cluster the first."""

    host: str
    port: int

    @classmethod
    def of(cls, connection: ServerConnection) -> "_NamedCluster":
        first = re.split("[,;]", connection.server.casefold())[0].strip().removeprefix("tcp://")
        match = re.fullmatch(r"(.+?)(?::(\d+))?", first, re.DOTALL)
        host, port = match.groups() if match else (first, None)
        return cls(host, int(port or _CLUSTER_PORT))

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def _clusters(infobases: Iterable[ServerInfobase], where: Administration) -> Iterator[Cluster]:
    """The clusters that are meant, in order, each with its infobases; AmbiguousServer."""

    def named(infobase: ServerInfobase) -> _NamedCluster:
        return _NamedCluster.of(infobase.connection)

    grouped = [(key, list(group)) for key, group in groupby(sorted(infobases, key=named), key=named)]
    _refuse_guesses([key for key, _ in grouped], where)
    for each, group in grouped:
        ras = where.ras.get(str(each)) or where.ras.get(each.host) or where.ras.get("")
        members = [
            NamedInfobase(infobase.id, one_line(infobase.name), infobase.connection.ref) for infobase in group
        ]
        yield Cluster(ras or f"{each.host}:{_RAS_PORT}", each.port, where.cluster, members)


def _refuse_guesses(servers: Sequence[_NamedCluster], where: Administration) -> None:
    named = ", ".join(map(str, servers))
    if where.cluster and len(servers) > 1:
        raise AmbiguousServer(
            f"a cluster's UUID fits one cluster, but the infobases are in several ({named}); leave it away, and "
            "each is found by its port"
        )
    others = {each.host for each in servers if not {str(each), each.host} & where.ras.keys()}
    if "" in where.ras and len(others) > 1:
        raise AmbiguousServer(
            f"{where.ras['']} administers one 1C server, but the infobases are on several ({named}); say which "
            f"is for which: {min(others)}={where.ras['']}"
        )
