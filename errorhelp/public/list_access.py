"""Who may read a connection list: everybody, who has its token, or whom a trusted proxy names. Pure."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hmac import compare_digest

from multidict import MultiMapping

from errorhelp.catalog.lists import Access, ConnectionList
from errorhelp.formats import problem_detail
from errorhelp.formats.problem_detail import ProblemDetail
from errorhelp.people.proxies import TrustedProxies


@dataclass(frozen=True, slots=True)
class Reader:
    """What a request says about who asks: the address it comes from, its headers and its query."""

    peer: str
    headers: MultiMapping[str]
    query: Mapping[str, str]


def refusal(connection_list: ConnectionList, reader: Reader, proxies: TrustedProxies) -> ProblemDetail | None:
    """Why the reader may not have the list: `UNAUTHORIZED`, `FORBIDDEN`, or None when they may."""
    match connection_list.access:
        case Access.PUBLIC:
            return None
        case Access.TOKEN:
            return None if _opens(connection_list.token, reader) else problem_detail.UNAUTHORIZED
        case Access.PROXY:
            return None if proxies.user(reader.peer, reader.headers) else problem_detail.FORBIDDEN


def matching_rules(connection_list: ConnectionList, reader: Reader, proxies: TrustedProxies) -> int:
    """The rules of the list that match the reader, as `ConnectionList.matching` has them."""
    user = proxies.user(reader.peer, reader.headers)
    if user is None:
        return 0
    return connection_list.matching(user, proxies.groups(reader.peer, reader.headers))


def _opens(token: str | None, reader: Reader) -> bool:
    if not token:
        return False
    return any(compare_digest(_bytes(token), _bytes(shown)) for shown in _shown_tokens(reader))


def _shown_tokens(reader: Reader) -> Iterator[str]:
    """The tokens of a request: `Authorization` Bearer (RFC 6750), Basic's password (RFC 7617), `?token=`."""
    scheme, _, credentials = reader.headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            yield credentials.strip()
        case "basic":
            yield _password(credentials.strip())
    yield reader.query.get("token", "")


def _password(credentials: str) -> str:
    try:
        return b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
