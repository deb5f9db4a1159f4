"""How a client reaches an infobase: the `Connect=` string of a `*.v8i` (docs/en/1c-formats.md#connect)."""

import ntpath
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class ServerConnection:
    """An infobase on a 1C server: `Srvr="host";Ref="base";`."""

    server: str
    ref: str

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of the cluster, in lower case and without scheme and port."""
        return _hosts(self.server)


@dataclass(frozen=True, slots=True)
class FileConnection:
    r"""An infobase in a folder: `File="C:\dir";`."""

    path: str


@dataclass(frozen=True, slots=True)
class WebConnection:
    """A published infobase: `ws="https://host/base";`, or in lists of old the bare URL."""

    url: str


Connection = ServerConnection | FileConnection | WebConnection

_PARAMETER = re.compile(r'\s*([^=;"\s]+)\s*=\s*(?:"((?:[^"]|"")*)"|([^;"]*))\s*(?:;|$)')
_DEFAULT_PORT = ":1541"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
# An address of IPv6 has colons of its own, and a port only behind brackets.
_HOST = re.compile(r"(?:tcp://)?(?P<host>\[[^\]]+\]|[^:]+|[^:]*:[^:]*:.+?)(?::\d*)?", re.ASCII)
_BARE_URL = re.compile(r"https?://[^;\s]+", re.IGNORECASE)


def connect_string(connection: Connection) -> str:
    """The value of `Connect=`; a quote inside a value is doubled."""
    match connection:
        case ServerConnection(server, ref):
            return f"Srvr={_quoted(server)};Ref={_quoted(ref)};"
        case FileConnection(path):
            return f"File={_quoted(path)};"
        case WebConnection(url):
            return f"ws={_quoted(url)};"


def parameters(connect: str) -> dict[str, str]:
    """The parameters of a connect string by lower-case name, the first of a repeated one.

    ValueError when its quoting is broken or a part is no `name=value`.
    """
    found: dict[str, str] = {}
    for name, value in _each_parameter(connect):
        found.setdefault(name, value)
    return found


def says_all(connection: Connection, connect: str) -> bool:
    """Whether the connection is all that the connect string it was read from says.

    False when there are further or repeated parameters, or something behind a bare URL.
    """
    if _BARE_URL.match(connect.strip()):
        return connection == WebConnection(connect.strip().removesuffix(";"))
    return sorted(_each_parameter(connect)) == sorted(_each_parameter(connect_string(connection)))


def parse_connect(connect: str) -> Connection:
    """The connection a `Connect=` value means; ValueError when it means none that is known."""
    if bare := _BARE_URL.match(connect.strip()):
        return WebConnection(bare.group())
    found = parameters(connect)
    if found.get("srvr") and found.get("ref"):
        return ServerConnection(found["srvr"], found["ref"])
    if found.get("file"):
        return FileConnection(found["file"])
    if found.get("ws"):
        return WebConnection(found["ws"])
    raise ValueError(f"{connect!r} names no Srvr and Ref, no File and no ws")


def normal_form(connection: Connection) -> Connection:
    """The same for connections that lead to one infobase.

    The case of names, the cluster's default port, and how a path or URL is spelt make no difference.
    """
    match connection:
        case ServerConnection(server, ref):
            hosts = (host.strip().removeprefix("tcp://") for host in _separated(server.casefold()))
            return ServerConnection(
                ",".join(host.removesuffix(_DEFAULT_PORT) for host in hosts), ref.strip().casefold()
            )
        case FileConnection(path):
            if re.match(r"/(?!/)", path):
                return FileConnection(posixpath.normpath(path.strip()))
            return FileConnection(ntpath.normpath(path.strip()).casefold())
        case WebConnection(url):
            scheme, _, rest = url.strip().partition("://")
            host, _, path = rest.partition("/")
            host = host.casefold().removesuffix(_DEFAULT_PORTS.get(scheme.casefold(), "/"))
            return WebConnection(f"{scheme.casefold()}://{host}/{unquote(path).strip('/')}")


def _each_parameter(connect: str) -> Iterator[tuple[str, str]]:
    position = 0
    while connect[position:].strip():
        match = _PARAMETER.match(connect, position)
        if match is None:
            raise ValueError(f"cannot read {connect[position:]!r} in the connection {connect!r}")
        name, quoted, plain = match.groups()
        yield name.lower(), plain.strip() if quoted is None else quoted.replace('""', '"')
        position = match.end()


# Infobases by the thousand are on a few servers.
@lru_cache(maxsize=1024)
def _hosts(servers: str) -> tuple[str, ...]:
    found = (_HOST.fullmatch(each.strip()) for each in _separated(servers.lower()))
    return tuple(dict.fromkeys(match["host"] for match in found if match))


def _separated(servers: str) -> list[str]:
    return re.split("[,;]", servers)


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
