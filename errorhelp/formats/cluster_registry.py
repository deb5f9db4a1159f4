"""The registry of a 1C server cluster, `1CV8Clst.lst`: which infobases it has.

The places of the values are those that korableg/V8I.Manager reads; the format itself is not published
(docs/en/1c-formats.md#the-clusters-registry). The registry holds names and passwords of database users:
nothing of them leaves this module.
"""

from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from errorhelp.formats.connect_string import parameters
from errorhelp.formats.nested_list import Bare, Value, parse

_DEFAULT_PORT = "1541"
# Places in the outermost list, in the cluster's own and in an infobase's.
_CLUSTER, _INFOBASES = 1, 2
_PORT, _HOST = 2, 3
_UUID, _NAME, _DESCRIPTION, _DBMS, _CONNECTION = 0, 1, 2, 3, 8


@dataclass(frozen=True, slots=True)
class RegisteredInfobase:
    """An infobase of the cluster; `server` has the port of a cluster that does not listen at 1541."""

    uuid: UUID
    name: str
    description: str
    dbms: str
    server: str
    ref: str


def is_registry(data: bytes) -> bool:
    """Whether a file looks like a registry rather than a connection list."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def infobases(data: bytes) -> list[RegisteredInfobase]:
    """The infobases in the bytes of a registry, in its order; ValueError says why it cannot be read."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{line}:1: this is not UTF-8 text") from None
    registry = _RegistryList("the registry", parse(text))
    cluster, listed = registry.values(_CLUSTER, "its cluster"), registry.values(_INFOBASES, "its infobases")
    # The first value counts those that follow.
    return [
        _infobase(cluster, listed.values(place, f"infobase {place}")) for place in range(1, len(listed.found))
    ]


def _infobase(cluster: "_RegistryList", listed: "_RegistryList") -> RegisteredInfobase:
    port, connect = cluster.bare(_PORT), listed.text(_CONNECTION)
    try:
        connection = parameters(connect)
    except ValueError:
        # The error itself would show the password.
        raise ValueError(f"{listed.name}: the quoting of its connection string is broken") from None
    server = connection.get("srvr") or cluster.text(_HOST)
    return RegisteredInfobase(
        uuid=listed.uuid(_UUID),
        name=listed.text(_NAME),
        description=listed.text(_DESCRIPTION),
        dbms=listed.text(_DBMS),
        server=server if port == _DEFAULT_PORT or ":" in server else f"{server}:{port}",
        ref=connection.get("ref") or listed.text(_NAME),
    )


@dataclass(frozen=True, slots=True)
class _RegistryList:
    """A list of the registry and what to call it in errors, which name kinds and never values."""

    name: str
    found: tuple[Value, ...]

    def text(self, place: int) -> str:
        value = self._at(place)
        return value if isinstance(value, str) else self._refuse(place, "text")

    def bare(self, place: int) -> str:
        value = self._at(place)
        return value.text if isinstance(value, Bare) else self._refuse(place, "bare value")

    def uuid(self, place: int) -> UUID:
        try:
            return UUID(self.bare(place))
        except ValueError:
            self._refuse(place, "UUID")

    def values(self, place: int, name: str) -> "_RegistryList":
        value = self._at(place)
        return _RegistryList(name, value) if isinstance(value, tuple) else self._refuse(place, "list")

    def _at(self, place: int) -> Value | None:
        return self.found[place] if place < len(self.found) else None

    def _refuse(self, place: int, kind: str) -> NoReturn:
        raise ValueError(f"{self.name} has no {kind} at place {place}, as 1CV8Clst.lst is known to have")
