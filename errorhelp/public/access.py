"""Who may read a connection list: everybody, who has its token, or whom a trusted proxy names. Pure."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from multidict import MultiMapping

from errorhelp.catalog import Access, ConnectionList
from errorhelp.formats import problem
from errorhelp.formats.problem import Problem


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The addresses of proxies that are believed, and the header in which they name the user."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    user_header: str = "Remote-User"

    def user(self, peer: str, headers: MultiMapping[str]) -> str | None:
        """Whom the proxy at address `peer` names; None when it is no trusted one or names nobody.

        A header that stands there twice names nobody: one of them may be the client's own.
        """
        names = headers.getall(self.user_header, [])
        if len(names) != 1 or not self._trusts(peer):
            return None
        return names[0].strip() or None

    def _trusts(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class Reader:
    """What a request says about who asks: the address it comes from, its headers and its query."""

    peer: str
    headers: MultiMapping[str]
    query: Mapping[str, str]


def refusal(connection_list: ConnectionList, reader: Reader, proxies: TrustedProxies) -> Problem | None:
    """Why the reader may not have the list: `UNAUTHORIZED`, `FORBIDDEN`, or None when they may."""
    match connection_list.access:
        case Access.PUBLIC:
            return None
        case Access.TOKEN:
            return None if _opens(connection_list.token, reader) else problem.UNAUTHORIZED
        case Access.PROXY:
            return None if proxies.user(reader.peer, reader.headers) else problem.FORBIDDEN


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
