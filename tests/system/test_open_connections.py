"""How many connections a listener may have, and which gives way to a new one."""

import logging
from dataclasses import dataclass
from ipaddress import ip_network

import pytest

from errorhelp.people.proxies import TrustedProxies
from errorhelp.system.open_connections import (
    ConnectionCaps,
    GaveWay,
    OpenConnections,
    admin_caps,
    public_caps,
)


@dataclass(eq=False)
class Line:
    """A connection to nobody."""

    waits_for_client: bool = True
    is_closed: bool = False

    def abort(self) -> None:
        self.is_closed = True


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def connections(most: int = 3, most_of_one: int = 100, clock: Clock | None = None) -> OpenConnections:
    """Those of a listener that counts each address as one client."""
    return OpenConnections(
        "public", ConnectionCaps(most, most_of_one), lambda address: address, clock or Clock()
    )


def opened(found: OpenConnections, *addresses: str) -> list[Line]:
    lines = [Line() for _ in addresses]
    for line, address in zip(lines, addresses, strict=True):
        assert found.add(line, address)
    return lines


def test_the_one_that_asked_for_nothing_the_longest_gives_way_to_a_new_one() -> None:
    found = connections(most=3)
    first, second, third = opened(found, "a", "b", "c")
    found.asked(first)
    opened(found, "d")
    assert [each.is_closed for each in (first, second, third)] == [False, True, False]
    opened(found, "e")
    assert [each.is_closed for each in (first, second, third)] == [False, True, True]
    assert (len(found), found.gave_way[GaveWay.ALL]) == (3, 2)


def test_what_is_in_use_is_kept_and_where_all_is_in_use_the_new_one_is_closed() -> None:
    found = connections(most=2)
    first, second = opened(found, "a", "b")
    first.waits_for_client = False
    (third,) = opened(found, "c")
    assert (first.is_closed, second.is_closed) == (False, True)
    third.waits_for_client = False
    assert not found.add(Line(), "d")
    assert (len(found), first.is_closed, third.is_closed) == (2, False, False)
    assert found.gave_way == {GaveWay.ALL: 1, GaveWay.CLIENT: 0, GaveWay.NEW: 1}


def test_a_client_with_too_many_loses_its_own() -> None:
    found = connections(most=10, most_of_one=2)
    others = opened(found, "a", "b")
    own = opened(found, "x", "x")
    found.asked(own[0])
    opened(found, "x")
    assert [each.is_closed for each in own] == [False, True]
    assert not any(each.is_closed for each in others)
    assert found.gave_way[GaveWay.CLIENT] == 1


class LineInUse:
    """A connection that counts how often somebody looked at any."""

    looks = 0

    @property
    def waits_for_client(self) -> bool:
        LineInUse.looks += 1
        return False

    def abort(self) -> None:
        raise AssertionError("it is in use")


def test_a_search_for_one_to_close_ends_however_many_are_in_use() -> None:
    found = connections(most=5000, most_of_one=5000)
    assert all(found.add(LineInUse(), "a") for _ in range(5000))
    assert not found.add(Line(), "b")
    assert 0 < LineInUse.looks <= 100


def test_one_that_is_closed_makes_room() -> None:
    found = connections(most=2, most_of_one=1)
    first, second = opened(found, "a", "b")
    found.remove(first)
    found.remove(first)
    opened(found, "a")
    assert (len(found), second.is_closed) == (2, False)
    found.asked(first)
    assert sum(found.gave_way.values()) == 0


def test_only_the_first_request_is_the_first() -> None:
    found = connections()
    (line,) = opened(found, "a")
    assert [found.asked(line) for _ in range(3)] == [True, False, False]


def test_a_shortage_is_logged_once_and_again_after_a_calm_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    found = connections(most=1, clock=clock)
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            opened(found, "a")
            clock.now += 59
        assert len(caplog.messages) == 1
        assert "1 connections to the public listener are open, as many as there may be" in caplog.messages[0]
        clock.now += 2
        opened(found, "a")
        assert len(caplog.messages) == 2


@pytest.mark.parametrize("descriptors", [256, 512, 1024, 20_000, 65_536, 1_000_000])
def test_all_connections_and_what_is_taken_in_one_go_leave_descriptors_for_files(descriptors: int) -> None:
    public, admin = public_caps(descriptors), admin_caps(descriptors)
    assert descriptors - public.most - admin.most - public.queue >= min(250, descriptors // 40)
    assert min(public.most_of_one, admin.most_of_one, public.queue, admin.queue) >= 16


def test_eighteen_thousand_fit_where_descriptors_allow_and_a_terminal_server_of_500_users() -> None:
    caps = public_caps(20_000)
    assert caps.most >= 18_000
    assert caps.most_of_one >= 4 * 500


@pytest.mark.parametrize(
    ("peer", "client"),
    [
        ("127.0.0.1", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("10.0.0.5", None),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("", None),
    ],
)
def test_this_machine_and_trusted_proxies_come_for_many(peer: str, client: str | None) -> None:
    assert TrustedProxies((ip_network("10.0.0.0/24"),)).client_at(peer) == client
