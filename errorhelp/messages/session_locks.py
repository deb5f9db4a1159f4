"""Session locks for a message: commands with which an admin denies sessions, and lifts that again. Pure.

The same text and times in the lock and in the message, or users read two stories.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import groupby

from errorhelp.formats.connect_string import ServerConnection
from errorhelp.formats.rac import LIFT_OPTIONS, Options, SessionLock, deny_options
from errorhelp.formats.rac_scripts import WRITERS
from errorhelp.formats.shells import Shell
from errorhelp.messages.message import Message
from errorhelp.text.texts import choose, one_line

_RAS_PORT = 1545


@dataclass(frozen=True, slots=True)
class ServerInfobase:
    """An infobase that rac can lock: its id and name here, and where it is."""

    id: str
    name: str
    connection: ServerConnection


@dataclass(frozen=True, slots=True)
class Cluster:
    """How rac finds a cluster, as far as it is known: the administration server's `host:port`, its UUID."""

    ras: str | None = None
    uuid: str | None = None


def lock_for(
    message: Message, languages: Sequence[str], zone: tzinfo, permission_code: str = ""
) -> SessionLock:
    """The lock that says what the message says, in the first of the languages, in the server's zone."""
    return SessionLock(
        text=choose(message.text, languages[0], languages),
        denied_from=message.starts_at.astimezone(zone).replace(tzinfo=None),
        denied_to=message.shown_until.astimezone(zone).replace(tzinfo=None),
        permission_code=permission_code,
    )


def deny_script(
    shell: Shell, infobases: Iterable[ServerInfobase], lock: SessionLock, cluster: Cluster
) -> str:
    """The commands that set the lock on every infobase, as a script of the shell."""
    return _script(shell, infobases, deny_options(lock), cluster)


def lift_script(shell: Shell, infobases: Iterable[ServerInfobase], cluster: Cluster) -> str:
    """The commands that lift the lock of every infobase, as a script of the shell."""
    return _script(shell, infobases, LIFT_OPTIONS, cluster)


def commented(shell: Shell, script: str) -> str:
    """The script as comments of the shell."""
    mark = "rem" if shell is Shell.CMD else "#"
    return "".join(f"{mark} {line}".rstrip() + "\n" for line in script.splitlines())


def _script(shell: Shell, infobases: Iterable[ServerInfobase], options: Options, cluster: Cluster) -> str:
    writer = WRITERS[shell]

    def ras(infobase: ServerInfobase) -> str:
        return cluster.ras or f"{_host(infobase.connection.server)}:{_RAS_PORT}"

    lines = list(writer.start)
    for address, group in groupby(sorted(infobases, key=ras), key=ras):
        lines += ["", *writer.server(address, cluster.uuid)]
        for infobase in group:
            title = f"{one_line(infobase.name)} ({infobase.id})"
            lines += ["", *writer.infobase(title, infobase.connection.ref, options)]
    return "".join(f"{line}\n" for line in lines)


def _host(server: str) -> str:
    """The first host of `Srvr`, without the port of its cluster."""
    first = re.split("[,;]", server)[0].strip().removeprefix("tcp://")
    return re.sub(r":\d+\Z", "", first)
