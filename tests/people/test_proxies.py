"""Whom proxies are believed to name, and for which address."""

from ipaddress import ip_network

import pytest
from multidict import CIMultiDict

from errorhelp.people.proxies import TrustedProxies, read_address

PROXIES = TrustedProxies((ip_network("10.0.0.0/24"), ip_network("::1")))


def headers(*pairs: tuple[str, str]) -> CIMultiDict[str]:
    return CIMultiDict(pairs)


@pytest.mark.parametrize("peer", ["10.0.0.7", "::1", "::ffff:10.0.0.7"])
def test_a_trusted_proxy_names_a_user_and_their_groups(peer: str) -> None:
    named = headers(("remote-user", " EXAMPLE\\anna "), ("Remote-Groups", "1c-admins; duty,,sales"))
    assert PROXIES.user(peer, named) == "EXAMPLE\\anna"
    assert PROXIES.groups(peer, named) == ("1c-admins", "duty", "sales")


@pytest.mark.parametrize("peer", ["10.0.1.7", "127.0.0.1", "::ffff:10.0.1.7", "", "unknown"])
def test_nobody_else_is_believed(peer: str) -> None:
    named = headers(("Remote-User", "anna"), ("Remote-Groups", "1c-admins"))
    assert PROXIES.user(peer, named) is None
    assert PROXIES.groups(peer, named) == ()


def test_a_header_that_stands_there_twice_is_not_believed() -> None:
    twice = headers(
        ("Remote-User", "anna"), ("Remote-User", "oleg"), ("Remote-Groups", "a"), ("Remote-Groups", "b")
    )
    assert PROXIES.user("::1", twice) is None
    assert PROXIES.groups("::1", twice) == ()


def test_distinguished_names_keep_their_commas() -> None:
    named = headers(("Remote-Groups", "CN=1c-admins,OU=Groups,DC=example,DC=com; CN=duty,DC=example,DC=com"))
    assert PROXIES.groups("::1", named) == (
        "CN=1c-admins,OU=Groups,DC=example,DC=com",
        "CN=duty,DC=example,DC=com",
    )


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
        ("10.0.0.7", [], "10.0.0.7"),
        ("10.0.0.7", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.7", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.7", ["203.0.113.9", "198.51.100.7, 10.0.0.8"], "198.51.100.7"),
        ("10.0.0.7", ["198.51.100.7:50123"], "198.51.100.7"),
        ("10.0.0.7", ["[2001:db8::1]:50123"], "2001:db8::1"),
        ("10.0.0.7", ["unknown"], "10.0.0.7"),
        ("10.0.0.7", [""], "10.0.0.7"),
    ],
)
def test_the_address_that_asks_is_the_one_that_the_last_trusted_proxy_saw(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert PROXIES.client(peer, headers(*(("X-Forwarded-For", each) for each in forwarded))) == client


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1:8081", "127.0.0.1"),
        ("[::1]", "::1"),
        ("[::1]:8081", "::1"),
        ("::1", "::1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("localhost", "None"),
        ("127.0.0.1.example.com", "None"),
        ("", "None"),
    ],
)
def test_an_address_is_read_without_its_port(text: str, address: str) -> None:
    assert str(read_address(text)) == address
