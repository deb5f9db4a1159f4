"""One request over HTTP with what Python brings along: commands have no time to load a library for it."""

from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import quote, urlsplit

from errorhelp.doctor.connection_errors import why_unanswered
from errorhelp.formats import user_agent

_CONNECT_SECONDS, _ANSWER_SECONDS = 5.0, 30.0


class Unanswered(Exception):
    """No answer came; the text says why."""


def request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    patience: float = _ANSWER_SECONDS,
) -> tuple[int, bytes]:
    """The status and the body of the answer, redirects as they are; Unanswered if none came.

    `patience` is for how many seconds to wait for the next part of it.
    """
    host = ""
    try:
        address = urlsplit(url)
        host = address.hostname or ""
        if address.scheme not in ("http", "https") or not host:
            raise ValueError("its address must start with http:// or https://")
        kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
        connection = kind(host, address.port, timeout=min(patience, _CONNECT_SECONDS))
        try:
            connection.connect()
            connection.sock.settimeout(patience)
            target = quote(address.path, "/%") + (f"?{address.query}" if address.query else "")
            # As bytes, which need not be Latin-1.
            encoded = {name: value.encode() for name, value in headers.items()}
            connection.request(method, target, body, {"User-Agent": user_agent.OURS, **encoded})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()
    except (OSError, HTTPException, ValueError) as error:
        raise Unanswered(why_unanswered(error, host)) from None
