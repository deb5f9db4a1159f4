"""Requests as a client sends them."""

import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from errorhelp.doctor.connection_errors import Silence, silence_of, why_unanswered
from errorhelp.formats import user_agent

_TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=5)
# So many requests may wait in vain for the answer of a host before it is asked no more.
_MOST_WAITS = 8
TRUST = "install a certificate for this name, with its chain, that clients trust (own authority: --ca FILE)"
"""What mends a certificate that is refused."""

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Unreachable(Exception):
    """No answer came: from which host, and why; `alone` if only this one request of several got none."""

    def __init__(self, host: str, silence: Silence, reason: str, *, alone: bool = False) -> None:
        super().__init__(f"{host}: {reason}")
        self.host, self.silence, self.reason, self.alone = host, silence, reason, alone


def remedy_for_silence(error: Unreachable, service: URL | None = None) -> str:
    """What to do about it; `service` is where the service itself listens, if that is known and this is before it."""
    match error.silence:
        case Silence.NAME:
            return "enter the name in DNS, or correct the address that was named here, public.url or publications"
        case Silence.CERTIFICATE:
            return TRUST
        case Silence.REFUSED if service is not None:
            return (
                f"start the web server there, or look for the right port: the service itself is at {service}"
            )
        case Silence.REFUSED:
            return "start the service or the web server there; check the address, its port, and the firewall"
        case Silence.TIME:
            return "see whether it hangs, and whether a firewall drops what is sent to it"
    return "see the error log of the web server there, and whether that port is for TLS"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and the time here when it had come."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    came_at: datetime

    @property
    def content_type(self) -> str:
        """Its media type, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def directives(self) -> Mapping[str, str]:
        """Those of `Cache-Control`, in lower case."""
        parts = (
            part.strip().lower().partition("=") for part in self.headers.get("Cache-Control", "").split(",")
        )
        return {name: value for name, _, value in parts if name}

    @property
    def date(self) -> datetime | None:
        """Its `Date`, if it has one that can be read."""
        try:
            return parsedate_to_datetime(self.headers.get("Date", "")).astimezone(UTC)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks over a session, and does not go on asking a host that cannot be reached.

    `trust` says whose certificates are believed, but for `untrusted` hosts: they were looked at, and any will do.
    """

    http: aiohttp.ClientSession
    trust: ssl.SSLContext
    untrusted: set[str] = field(default_factory=set)
    silent: dict[str, Unreachable] = field(default_factory=dict)
    _waits: Counter[str] = field(default_factory=Counter, init=False)

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str] = _NO_HEADERS, body: bytes | None = None
    ) -> Reply:
        """The answer; redirects are not followed. Unreachable if none comes."""
        host = str(URL(url).origin())
        if host in self.silent:
            raise self.silent[host]
        options: dict[str, Any] = {"headers": headers, "data": body, "allow_redirects": False}
        trust = host not in self.untrusted and self.trust
        try:
            async with self.http.request(method, url, ssl=trust, **options) as response:
                body = await response.read()
                return Reply(response.status, response.headers, body, datetime.now(UTC))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise self._unreachable(host, error) from error

    async def get(self, url: str, **headers: str) -> Reply:
        """The answer to a GET; `if_none_match=` sets If-None-Match."""
        return await self.ask("GET", url, {name.replace("_", "-"): value for name, value in headers.items()})

    def _unreachable(self, host: str, error: Exception) -> Unreachable:
        """What that error means; it may be that the host need not be asked again."""
        cause = _cause(error)
        silence = silence_of(cause)
        is_connected = not isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
        self._waits[host] += is_connected
        alone = is_connected and self._waits[host] < _MOST_WAITS
        reason = why_unanswered(cause, URL(host).host or "")
        if is_connected and not alone:
            reason = f"{reason}, so nothing more was asked there"
        found = Unreachable(host, silence, reason, alone=alone)
        if not alone:
            self.silent.setdefault(host, found)
        return found


def _cause(error: Exception) -> Exception:
    """The error of the socket or of TLS in one of aiohttp."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return socket.gaierror()
        case aiohttp.ClientConnectorCertificateError():
            return error.certificate_error
        case aiohttp.ClientConnectorError():
            return error.os_error
        case aiohttp.ServerDisconnectedError():
            return ConnectionResetError()
    return error


@asynccontextmanager
async def asking(trust: ssl.SSLContext) -> AsyncIterator[Asking]:
    """To ask with."""
    headers = {"User-Agent": user_agent.DOCTOR}
    async with aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers) as http:
        yield Asking(http, trust)
