"""Requests as a client sends them."""

import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from errorhelp.doctor.connection_errors import CLOSED, why_unanswered
from errorhelp.formats import user_agent

_TIMEOUT = aiohttp.ClientTimeout(total=15)
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Unreachable(Exception):
    """No answer came: from which host, and why."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host}: {reason}")
        self.host = host


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
    """Asks over a session; `trust` says whether a certificate is believed, False: any is."""

    http: aiohttp.ClientSession
    trust: ssl.SSLContext | bool

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str] = _NO_HEADERS, body: bytes | None = None
    ) -> Reply:
        """The answer; redirects are not followed. Unreachable if none comes."""
        options: dict[str, Any] = {"headers": headers, "data": body, "allow_redirects": False}
        try:
            async with self.http.request(method, url, ssl=self.trust, **options) as response:
                body = await response.read()
                return Reply(response.status, response.headers, body, datetime.now(UTC))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            asked = URL(url)
            raise Unreachable(str(asked.origin()), _why(error, asked.host or "")) from error

    async def get(self, url: str, **headers: str) -> Reply:
        """The answer to a GET; `if_none_match=` sets If-None-Match."""
        return await self.ask("GET", url, {name.replace("_", "-"): value for name, value in headers.items()})


def _why(error: Exception, host: str) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return why_unanswered(socket.gaierror(), host)
        case aiohttp.ClientConnectorCertificateError():
            return why_unanswered(error.certificate_error, host)
        case aiohttp.ClientConnectorError():
            return why_unanswered(error.os_error, host)
        case aiohttp.ServerDisconnectedError():
            return CLOSED
    return why_unanswered(error, host)


@asynccontextmanager
async def asking(trust: ssl.SSLContext | bool) -> AsyncIterator[Asking]:
    """To ask with."""
    headers = {"User-Agent": user_agent.DOCTOR}
    async with aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers) as http:
        yield Asking(http, trust)
