"""Addresses of PostgreSQL databases: connection URIs (postgresql.org/docs/current/libpq-connect.html)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

_URI = re.compile(r"postgresql://(?P<authority>[^/?]*)/(?P<database>[^/?]+)(?:\?(?P<query>.*))?", re.DOTALL)
_HOST = re.compile(r"(?P<host>/[^,:]*|\[[^\]]+\]|[^:,\[\]]+)?(?::(?P<port>\d+))?")
_HIGHEST_PORT = 65535

SESSION_OPTIONS = frozenset({"application_name", "search_path", "options"})
"""Those that are settings of the session, for the server."""

_OF_PLACE = frozenset({"host", "port", "user", "dbname", "password"})
_KNOWN = SESSION_OPTIONS | {
    "passfile",
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "target_session_attrs",
}
_VALUES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "ssl_min_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
    "ssl_max_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
    # A database that takes no writes is of no use.
    "target_session_attrs": ("any", "read-write", "primary"),
}


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """Where a database is, and how it is reached.

    `hosts` are names, addresses or folders of sockets, in the order in which they are tried, each with its port;
    without any, the environment or the system says where (`PGHOST`, `PGPORT`). `options` are the rest of the URI.
    """

    hosts: tuple[tuple[str, int | None], ...]
    database: str
    user: str | None
    password: str | None
    options: Mapping[str, str]

    @property
    def without_password(self) -> "PostgresAddress":
        """The same, fit to be shown."""
        return replace(self, password=None)

    def __str__(self) -> str:
        user = "" if self.user is None else quote(self.user, safe="")
        if self.password is not None:
            user += f":{quote(self.password, safe='')}"
        hosts = ",".join(_written(*each) for each in self.hosts)
        options = dict(self.options)
        if "/" in hosts:
            # A folder cannot stand in front of the database.
            options, hosts = {"host": hosts} | options, ""
        query = "&".join(f"{name}={quote(value, safe='/,:[]')}" for name, value in options.items())
        place = f"{user}@{hosts}" if user else hosts
        return f"postgresql://{place}/{quote(self.database, safe='')}{'?' if query else ''}{query}"


def parse_postgres_address(text: str) -> PostgresAddress:
    """The address that a URI means; ValueError says what is wrong with it, and what may stand there."""
    found = _URI.fullmatch(text)
    if found is None:
        raise ValueError(
            "must be postgresql://user@host/database (e.g. postgresql://errorhelp@db1/errorhelp)"
        )
    userinfo, _, hosts = found["authority"].rpartition("@")
    user, _, password = userinfo.partition(":")
    given = _read_query(found["query"] or "")
    password = unquote(password) or "".join(given.pop("password", ())[-1:])
    user = unquote(user) or "".join(given.pop("user", ())[-1:])
    database = "".join(given.pop("dbname", ())[-1:]) or unquote(found["database"])
    # Each of several `host=` names one, as SQLAlchemy writes it, or some between commas, as PostgreSQL does.
    queried = ",".join(given.pop("host", ()))
    ports = ",".join(given.pop("port", ()))
    return PostgresAddress(
        _read_hosts(unquote(hosts) or queried, ports),
        database,
        user or None,
        password or None,
        {name: _checked(name, values[-1]) for name, values in given.items()},
    )


def _written(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def _read_query(query: str) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        if name not in _KNOWN | _OF_PLACE:
            known = ", ".join(sorted(_KNOWN | {"host", "port", "user"}))
            raise ValueError(f"{name!r} cannot stand here; what can: {known}")
        if not value:
            raise ValueError(
                f"{name} needs a value (e.g. postgresql://errorhelp@db1/errorhelp?sslmode=require)"
            )
        given.setdefault(name, []).append(unquote(value))
    return given


def _read_hosts(text: str, ports: str) -> tuple[tuple[str, int | None], ...]:
    if not text:
        if ports:
            raise ValueError("a port needs a host (e.g. postgresql://errorhelp@db1:5433/errorhelp)")
        return ()
    hosts = [_read_host(each) for each in text.split(",")]
    if not ports:
        return tuple(hosts)
    numbers = [_read_port(each) for each in ports.split(",")]
    if len(numbers) not in (1, len(hosts)):
        raise ValueError(f"{len(numbers)} ports do not fit {len(hosts)} hosts; name one, or one for each")
    numbers *= len(hosts) // len(numbers)
    return tuple((host, own or port) for (host, own), port in zip(hosts, numbers, strict=True))


def _read_host(text: str) -> tuple[str, int | None]:
    found = _HOST.fullmatch(text)
    if found is None or not found["host"]:
        raise ValueError(f"{text!r} is no host (e.g. postgresql://errorhelp@db1:5433,db2:5433/errorhelp)")
    return found["host"].strip("[]"), None if found["port"] is None else _read_port(found["port"])


def _read_port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _HIGHEST_PORT:
        raise ValueError(f"{text!r} is no port; a port is a number from 1 to {_HIGHEST_PORT}")
    return int(text)


def _checked(name: str, value: str) -> str:
    if (values := _VALUES.get(name)) and value not in values:
        raise ValueError(f"{name} cannot be {value!r}; it may be {', '.join(values)}")
    if name == "sslrootcert" and value == "system":
        raise ValueError(
            "sslrootcert must be a file here (e.g. sslrootcert=/etc/ssl/certs/ca-certificates.crt)"
        )
    if not value.isprintable():
        raise ValueError(f"{name} holds a control character")
    return value
