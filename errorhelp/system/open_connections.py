"""The open connections of a listener: how many there may be, and which of them gives way to a new one.

One that nobody uses costs a descriptor and some kilobytes. Where there are as many as there may be, the one
that has asked for nothing the longest is closed for each new one, so that whoever wants help now gets it.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

log = logging.getLogger(__name__)

# Each takes about 20 KB.
_MOST_PUBLIC, _MOST_ADMIN = 20_000, 500
# A terminal server of 500 users with four connections each.
_MOST_OF_ONE = 2000
# For database, files, log and deliveries, and for what is taken from the sockets' queues in one go.
_KEPT_FREE = 1300
_LONGEST_QUEUE = 1024
# What is in use is passed over, but no search goes on for longer.
_MOST_LOOKED_AT = 100
# After so many seconds without any, the shortage is over: the next one is logged again.
_CALM = 60.0


@dataclass(frozen=True, slots=True)
class ConnectionCaps:
    """How many connections there may be in all and from one client, and how many may wait to be taken."""

    most: int
    most_of_one: int
    queue: int = _LONGEST_QUEUE


def public_caps(descriptors: int) -> ConnectionCaps:
    """Those of the public listener, in a process that may have so many descriptors."""
    kept_free = min(_KEPT_FREE, descriptors // 4)
    most = min(_MOST_PUBLIC, descriptors - kept_free - admin_caps(descriptors).most)
    return ConnectionCaps(most, min(_MOST_OF_ONE, most // 2), min(_LONGEST_QUEUE, kept_free * 4 // 5))


def admin_caps(descriptors: int) -> ConnectionCaps:
    """Those of the admin listener, in a process that may have so many descriptors."""
    most = min(_MOST_ADMIN, descriptors // 8)
    return ConnectionCaps(most, most // 2, min(_LONGEST_QUEUE, most))


class GaveWay(StrEnum):
    """Why a connection was closed."""

    ALL = "all"
    """There were as many as there may be, and it was idle the longest."""

    CLIENT = "client"
    """Its client had as many as one may have, and it was idle the longest of these."""

    NEW = "new"
    """It was a new one while the others were in use."""


_LOG_LINES = {
    GaveWay.ALL: "%d connections to the %s listener are open, as many as there may be: "
    "those that were idle the longest are closed for new ones",
    GaveWay.CLIENT: "%d connections to the %s listener are open from %s, as many as one client may have: those "
    "that were idle the longest are closed for new ones (a proxy comes for many; name it in trusted_proxies)",
    GaveWay.NEW: "%d connections to the %s listener are open and in use: new ones are closed",
}


class Closable(Protocol):
    """A connection that can be closed for another one."""

    @property
    def waits_for_client(self) -> bool:
        """Whether it waits for its client, to ask or to take an answer, and nothing else is going on."""

    def abort(self) -> None:
        """Close it at once."""


@dataclass(eq=False, slots=True)
class _ClientConnections:
    name: str
    connections: OrderedDict[Closable, Any] = field(default_factory=OrderedDict)


@dataclass(eq=False, slots=True)
class _OpenConnection:
    client: _ClientConnections | None
    has_asked: bool = False


class OpenConnections:
    """The open connections of a listener, which is called `listener` in the log; to be used on its event loop.

    `client_at` says as whose a connection from an address counts; None for an address that comes for many and
    may have as many as there may be in all. `clock` is in seconds from any moment on.
    """

    def __init__(
        self,
        listener: str,
        caps: ConnectionCaps,
        client_at: Callable[[str], str | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.listener = listener
        self.caps = caps
        self._client_at = client_at
        self._clock = clock
        self._gave_way = dict.fromkeys(GaveWay, 0)
        self._last_at: dict[GaveWay, float] = {}
        # Whichever asked last stands at the end.
        self._entries: OrderedDict[Closable, _OpenConnection] = OrderedDict()
        self._clients: dict[str, _ClientConnections] = {}

    def __len__(self) -> int:
        """How many are open."""
        return len(self._entries)

    @property
    def gave_way(self) -> Mapping[GaveWay, int]:
        """How many were closed since the start, by reason."""
        return self._gave_way

    def add(self, connection: Closable, address: str) -> bool:
        """Count a new one from an address, for which another may be closed; False if it must be closed itself."""
        name = self._client_at(address)
        client = None if name is None else self._clients.get(name) or _ClientConnections(name)
        has_room = True
        if client is not None and len(client.connections) >= self.caps.most_of_one:
            has_room = self._make_room(client.connections, GaveWay.CLIENT, address)
        if has_room and len(self._entries) >= self.caps.most:
            has_room = self._make_room(self._entries, GaveWay.ALL)
        if not has_room:
            self._note(GaveWay.NEW, len(self._entries))
            return False
        if client is not None:
            self._clients[client.name] = client
            client.connections[connection] = None
        self._entries[connection] = _OpenConnection(client)
        return True

    def asked(self, connection: Closable) -> bool:
        """Note that a request came on it; whether that is the first one."""
        entry = self._entries.get(connection)
        if entry is None:
            return False
        self._entries.move_to_end(connection)
        if entry.client is not None:
            entry.client.connections.move_to_end(connection)
        is_first, entry.has_asked = not entry.has_asked, True
        return is_first

    def remove(self, connection: Closable) -> None:
        """It is closed; nothing happens if that is known."""
        entry = self._entries.pop(connection, None)
        if entry is not None and entry.client is not None:
            del entry.client.connections[connection]
            if not entry.client.connections:
                del self._clients[entry.client.name]

    def _make_room(self, connections: OrderedDict[Closable, Any], why: GaveWay, *where: str) -> bool:
        """Close the one that asked for nothing the longest; False if all that were looked at are in use."""
        open_now = len(connections)
        for _ in range(min(_MOST_LOOKED_AT, open_now)):
            connection = next(iter(connections))
            if connection.waits_for_client:
                self.remove(connection)
                connection.abort()
                self._note(why, open_now, *where)
                return True
            connections.move_to_end(connection)
        return False

    def _note(self, why: GaveWay, open_now: int, *where: str) -> None:
        self._gave_way[why] += 1
        now = self._clock()
        if now - self._last_at.get(why, -_CALM) >= _CALM:
            log.warning(_LOG_LINES[why], open_now, self.listener, *where)
        self._last_at[why] = now
