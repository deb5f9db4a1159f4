"""How many connections the public listener takes, and what of a request it does not believe."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from ipaddress import ip_network

import pytest
from public_site import RawClient, Site, connected, serving

from errorhelp.people.proxies import TrustedProxies
from errorhelp.system.open_connections import ConnectionCaps, GaveWay

pytestmark = [pytest.mark.integration, pytest.mark.uvloop]

GET = b"GET /help/erp.json HTTP/1.1\r\nHost: help\r\n\r\n"
SLOW = b"GET /missing HTTP/1.1\r\nHost: help\r\n\r\n"
POST = b"POST /help/erp.json HTTP/1.1\r\nHost: help\r\nContent-Length: 2\r\n\r\n"
CAPS = ConnectionCaps(most=4, most_of_one=2)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(caps=CAPS) as site:
        yield site


@pytest.fixture
async def clients(site: Site) -> AsyncIterator[list[RawClient]]:
    """As many as may be; this machine may have more than one client may."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connected(site)) for _ in range(CAPS.most)]
        for each in clients:
            each.send(GET)
            assert (await each.reply()).status == 200
        yield clients


async def test_whoever_asks_gets_an_answer_and_the_one_idle_the_longest_gives_way(
    site: Site, clients: list[RawClient]
) -> None:
    clients[0].send(SLOW)
    await clients[0].reply()
    async with connected(site) as new:
        new.send(GET)
        assert (await new.reply()).status == 200
        assert await clients[1].is_closed()
        for each in (clients[0], clients[2], clients[3]):
            each.send(GET)
            assert (await each.reply()).status == 200
    assert site.listener.open_connections.gave_way[GaveWay.ALL] == 1


@pytest.mark.parametrize(
    "begun", [GET[:20], POST[:-2], POST + b"{", POST.replace(b" 2\r", b" 20000\r") + b"{"]
)
async def test_half_sent_requests_give_way_too(site: Site, begun: bytes) -> None:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connected(site)) for _ in range(CAPS.most)]
        for each in clients:
            each.send(begun)
        for _ in range(3 * CAPS.most):
            async with connected(site) as new:
                new.send(GET)
                assert (await new.reply()).status == 200
        assert len(site.listener.open_connections) <= CAPS.most


async def test_who_left_is_not_counted(site: Site, clients: list[RawClient]) -> None:
    for _ in range(10):
        clients[0].writer.close()
        await clients[0].writer.wait_closed()
        while len(site.listener.open_connections) == CAPS.most:
            clients[1].send(GET)
            assert (await clients[1].reply()).status == 200
        async with connected(site) as new:
            new.send(GET)
            assert (await new.reply()).status == 200
            clients[0] = new
    assert sum(site.listener.open_connections.gave_way.values()) == 0


async def test_an_address_that_speaks_for_others_and_is_not_trusted_is_remembered() -> None:
    forwarded = GET.replace(b"Host", b"X-Forwarded-For: 192.0.2.7\r\nHost")
    async with serving() as site, connected(site) as first, connected(site) as second:
        for client, request in ((first, GET), (second, forwarded)):
            client.send(request)
            await client.reply()
        assert site.listener.unknown_proxies == ["127.0.0.1"]
    async with (
        serving(proxies=TrustedProxies((ip_network("127.0.0.1"),))) as site,
        connected(site) as client,
    ):
        client.send(forwarded)
        await client.reply()
        assert site.listener.unknown_proxies == []


@pytest.mark.parametrize("more", [b"", b"Connection: keep-alive\r\n"])
async def test_a_transfer_encoding_in_http_1_0_is_refused_and_the_connection_ends(more: bytes) -> None:
    head = b"POST /help/erp.json HTTP/1.0\r\nHost: help\r\nTransfer-Encoding: chunked\r\n" + more
    async with serving() as site, connected(site) as client:
        client.send(head + b"\r\n2\r\n{}\r\n0\r\n\r\n")
        reply = await client.reply()
        assert (reply.status, reply.headers["connection"]) == (400, "close")
        assert b"Transfer-Encoding" in reply.body
        assert await client.is_closed()
