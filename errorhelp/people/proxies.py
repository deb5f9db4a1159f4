"""Proxies that are believed: whom they name, and for which address they ask. Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from multidict import MultiMapping

_FORWARDED_FOR = "X-Forwarded-For"
_IPV6_PREFIX = 64
# The nearest proxies stand at the end; what is in front of so many is the client's own.
_MOST_HOPS = 20
_ADDRESS_AND_PORT = re.compile(r"\[([^\]]+)\](?::\d+)?|([^:]+)(?::\d+)?")


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The addresses of proxies that are believed, and the headers in which they name the user and groups.

    Without a `user_header` they name nobody.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    user_header: str = "Remote-User"
    groups_header: str = "Remote-Groups"

    def user(self, peer: str, headers: MultiMapping[str]) -> str | None:
        """Whom the proxy at address `peer` names; None when it is no trusted one or names nobody.

        A header that stands there twice names nobody: one of them may be the client's own.
        """
        names = headers.getall(self.user_header, []) if self.user_header else []
        if len(names) != 1 or not self.trusts(peer):
            return None
        return names[0].strip() or None

    def groups(self, peer: str, headers: MultiMapping[str]) -> tuple[str, ...]:
        """The groups of that user, which stand with commas or semicolons in between.

        Distinguished names (RFC 4514, `CN=1c-admins,DC=example,DC=com`) hold commas, so semicolons part them.
        """
        named = headers.getall(self.groups_header, [])
        if len(named) != 1 or not self.trusts(peer):
            return ()
        groups = re.split(";" if "=" in named[0] else "[;,]", named[0])
        return tuple(group.strip() for group in groups if group.strip())

    def client(self, peer: str, headers: MultiMapping[str]) -> str:
        """The address that asks: `peer`, or for whom trusted proxies say they ask (`X-Forwarded-For`)."""
        client = peer
        if not self.trusts(client):
            return client
        hops = ",".join(headers.getall(_FORWARDED_FOR, [])).rsplit(",", _MOST_HOPS)
        # The nearest proxy wrote the last one; what stands before those of proxies may be the client's own.
        while self.trusts(client) and hops and (address := read_address(hops.pop().strip())):
            client = str(address)
        return client

    def trusts(self, peer: str) -> bool:
        """Whether that is the address of a trusted proxy."""
        address = read_address(peer) if self.networks else None
        return address is not None and any(address in network for network in self.networks)

    def client_at(self, peer: str) -> str | None:
        """As whose a connection from an address counts; None for proxies and this machine, who come for many."""
        address = read_address(peer)
        if address is None or address.is_loopback or self.trusts(peer):
            return None
        return network_of(peer)

    def is_unknown_proxy(self, peer: str, headers: MultiMapping[str]) -> bool:
        """Whether it says for whom it asks, as proxies do, and is not trusted."""
        return _FORWARDED_FOR in headers and not self.trusts(peer)


@lru_cache(maxsize=10_000)
def network_of(address: str) -> str:
    """What counts as one client of those that ask: an IPv4 address, or the /64 of an IPv6 address.

    That is what one household or machine has of IPv6 (RFC 6177). A text that is no address stays.
    """
    found = read_address(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, _IPV6_PREFIX), strict=False))
    return str(found or address)


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is, without its port; None if it is none. IPv4 written as IPv6 is IPv4."""
    match = _ADDRESS_AND_PORT.fullmatch(text)
    try:
        address = ip_address((match[1] or match[2]) if match else text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
