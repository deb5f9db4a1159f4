"""How long a connection may take, what a slow reader costs, and how the listener stops."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from ports import free_port
from public_site import HOST, NOON, Site, a_catalog, ask, connected, rename_in_aiohttp, serving

from errorhelp.answers.snapshot import compile
from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Infobase
from errorhelp.formats.connect_string import ServerConnection
from errorhelp.public.client_connection import ConnectionLimits
from errorhelp.public.public_listener import PublicListener

pytestmark = [pytest.mark.integration, pytest.mark.uvloop]

pytestmark = [pytest.mark.integration, pytest.mark.uvloop]

GET = b"GET /help/erp.json HTTP/1.1\r\nHost: help\r\n\r\n"
MISSING = b"GET /missing HTTP/1.1\r\nHost: help\r\n\r\n"
GET_LIST = b"GET /lists/office.v8i HTTP/1.1\r\nHost: help\r\n\r\n"
POST = b"POST /help/erp.json HTTP/1.1\r\nHost: help\r\nContent-Length: 2\r\n\r\n"
WITH, WITHOUT = "with the shortcut", "without the shortcut"
SHORT = ConnectionLimits(idle=0.2, body=0.2, linger=0.2, slow_reader=0.2)


@pytest.fixture(params=[WITH, WITHOUT], autouse=True)
def shortcut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both of what an aiohttp may allow."""
    if request.param == WITHOUT:
        rename_in_aiohttp("_messages", monkeypatch)
    return str(request.param)


def a_large_site() -> Site:
    """One whose connection list is of more megabytes than the operating system takes over at once."""
    long_text = Help(text="Звоните 5-55. " * 2000)
    infobases = [
        Infobase(f"b{n}", f"B{n}", ServerConnection("app1", f"b{n}"), help=long_text) for n in range(500)
    ]
    return Site(compile(a_catalog(*infobases), (), NOON))


@asynccontextmanager
async def connected_without_reading(site: Site) -> AsyncIterator[socket.socket]:
    """A socket with a small buffer from which nothing is read until the test does."""
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, (HOST, site.port))
        yield raw


async def until(condition: Callable[[], bool]) -> None:
    """Waits for it."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def read_to_end(raw: socket.socket) -> int:
    """How many bytes still come until the connection is closed or reset."""
    total = 0
    async with asyncio.timeout(10):
        try:
            while data := await asyncio.get_running_loop().sock_recv(raw, 65536):
                total += len(data)
        except ConnectionResetError:
            pass
    return total


async def test_a_large_list_arrives_whole() -> None:
    async with serving(a_large_site()) as site:
        expected = site.snapshot.compiled("/lists/office.v8i").body
        assert len(expected) > 10_000_000
        async with connected(site) as client:
            client.send(GET_LIST, GET, GET_LIST)
            assert (await client.reply()).body == expected
            assert (await client.reply()).status == 200
            assert (await client.reply()).body == expected


async def test_a_large_list_is_not_sent_to_a_head() -> None:
    async with serving(a_large_site()) as site, connected(site) as client:
        client.send(GET_LIST.replace(b"GET", b"HEAD"), GET)
        assert (await client.reply(to_head=True)).status == 200
        assert (await client.reply()).status == 200


async def test_a_reader_that_takes_nothing_is_cut_off() -> None:
    async with serving(a_large_site(), limits=SHORT) as site, connected_without_reading(site) as raw:
        raw.send(GET_LIST)
        await until(lambda: site.listener.connections == 1)
        await until(lambda: site.listener.connections == 0)
        assert await read_to_end(raw) < len(site.snapshot.compiled("/lists/office.v8i").body)


@pytest.mark.parametrize("request_bytes", [GET, GET_LIST, MISSING])
async def test_from_a_client_that_reads_no_answers_no_more_requests_are_taken(request_bytes: bytes) -> None:
    many = request_bytes * 2000
    async with serving(a_large_site()) as site, connected_without_reading(site) as raw:
        with pytest.raises(TimeoutError):
            for _ in range(1000):
                await asyncio.wait_for(asyncio.get_running_loop().sock_sendall(raw, many), 0.5)


async def test_a_reader_that_falls_behind_still_gets_all_answers_in_order() -> None:
    requests = [GET] * 9 + [MISSING]
    async with serving() as site, connected(site) as client:
        client.send(*requests * 1000)
        await client.writer.drain()
        statuses = [(await client.reply()).status for _ in range(10_000)]
    assert statuses == ([200] * 9 + [404]) * 1000


# --- time limits ---


@pytest.mark.parametrize("sent", [b"", GET[:20], GET + GET[:20], POST + b"{}"])
async def test_a_connection_without_a_complete_request_is_closed(sent: bytes) -> None:
    async with serving(limits=SHORT) as site, connected(site) as client:
        client.send(sent)
        if sent.startswith((GET, POST)):
            assert (await client.reply()).status == 200
        assert await client.is_closed()


async def test_a_head_that_trickles_in_for_ever_is_cut_off() -> None:
    async with serving(limits=SHORT) as site, connected(site) as client:
        closed = asyncio.create_task(client.is_closed())
        client.send(GET[:-2], b"X-Slow: ")
        while not closed.done():
            client.send(b"x")
            await asyncio.sleep(0.01)
        assert await closed


async def test_a_connection_in_use_is_kept() -> None:
    async with serving(limits=SHORT) as site, connected(site) as client:
        clock = asyncio.get_running_loop().time
        until_long_after = clock() + 3 * SHORT.idle
        while clock() < until_long_after:
            client.send(GET)
            assert (await client.reply()).status == 200


async def test_a_report_that_does_not_arrive_gets_its_help_and_the_connection_ends() -> None:
    async with serving(limits=SHORT) as site, connected(site) as client:
        client.send(POST, b"{")
        reply = await client.reply()
        assert (reply.status, reply.headers["connection"]) == (200, "close")
        assert await client.is_closed()


async def test_a_report_that_breaks_off_gets_its_help_at_once() -> None:
    patient = ConnectionLimits(body=3600, linger=3600)
    async with serving(limits=patient) as site, connected(site) as client:
        client.send(POST, b"{")
        client.half_close()
        assert (await client.reply()).status == 200
        assert await client.is_closed()


@pytest.mark.parametrize("sent", [b"", GET[:20], GET, MISSING])
async def test_who_sends_no_more_is_let_go_after_the_answer(sent: bytes) -> None:
    async with serving() as site, connected(site) as client:
        client.send(sent)
        client.half_close()
        if sent in (GET, MISSING):
            await client.reply()
        assert await client.is_closed()


async def test_who_sends_no_more_gets_a_large_list_to_its_end() -> None:
    async with serving(a_large_site()) as site, connected_without_reading(site) as raw:
        raw.send(GET_LIST + GET_LIST)
        raw.shutdown(socket.SHUT_WR)
        assert await asyncio.get_running_loop().sock_recv(raw, 15) == b"HTTP/1.1 200 OK"
        assert await read_to_end(raw) > 2 * len(site.snapshot.compiled("/lists/office.v8i").body)


# --- stopping ---


async def test_stopping_waits_for_no_idle_connection() -> None:
    async with serving() as site, connected(site) as used, connected(site) as fresh, connected(site) as begun:
        used.send(GET)
        await used.reply()
        begun.send(GET[:20])
        async with asyncio.timeout(5):
            await site.listener.stop(grace=3600)
        for client in (used, fresh, begun):
            assert await client.is_closed()


@pytest.mark.skipif(sys.platform == "win32", reason="the system resets them there")
async def test_who_connected_before_the_stop_is_answered() -> None:
    async with serving() as site:
        # Nothing is taken from the queue while the loop does not run.
        raws = [socket.create_connection((HOST, site.port)) for _ in range(20)]
        for raw in raws[:10]:
            raw.sendall(GET)
        stopping = asyncio.create_task(site.listener.stop(grace=3600))
        await asyncio.sleep(0)
        for raw in raws[10:]:
            raw.sendall(GET)
        await asyncio.wait_for(stopping, 5)
        for raw in raws:
            with raw:
                assert raw.recv(15) == b"HTTP/1.1 200 OK"


async def test_stopping_answers_a_report_that_is_still_arriving() -> None:
    async with serving() as site, connected(site) as client:
        client.send(POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert (await client.reply()).status == 100
        async with asyncio.timeout(5):
            await site.listener.stop(grace=3600)
        assert (await client.reply()).status == 200
        assert await client.is_closed()


async def test_stopping_lets_a_list_be_read_to_its_end() -> None:
    async with serving(a_large_site()) as site, connected_without_reading(site) as raw:
        raw.send(GET_LIST)
        await until(lambda: site.listener.connections == 1)
        assert await asyncio.get_running_loop().sock_recv(raw, 15) == b"HTTP/1.1 200 OK"
        stopping = asyncio.create_task(site.listener.stop(grace=3600))
        assert await read_to_end(raw) > len(site.snapshot.compiled("/lists/office.v8i").body)
        await asyncio.wait_for(stopping, 5)


async def test_stopping_waits_for_nobody_longer_than_its_grace() -> None:
    async with serving(a_large_site()) as site, connected_without_reading(site) as raw:
        raw.send(GET_LIST)
        assert await asyncio.get_running_loop().sock_recv(raw, 15) == b"HTTP/1.1 200 OK"
        async with asyncio.timeout(5):
            await site.listener.stop(grace=0.1)
        assert await read_to_end(raw) < len(site.snapshot.compiled("/lists/office.v8i").body)


async def test_a_stopped_listener_can_be_started_again() -> None:
    async with serving() as site:
        await site.listener.stop(grace=1)
        port = free_port()
        await site.listener.start(HOST, port)
        await site.listener.stop(grace=1)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(HOST, port)
        await site.listener.start(HOST, port)
        assert (await ask(site, "GET", "/help/erp.json")).status == 200


async def test_a_port_that_is_taken_is_an_error() -> None:
    async with serving() as site:
        with pytest.raises(OSError, match="address already in use"):
            await PublicListener(lambda: site.snapshot, site.clock, max_age=60).start(HOST, site.port)


# --- the shortcut ---


@pytest.mark.parametrize(
    ("sent", "at_once"),
    [
        (GET, True),
        (GET.replace(b"GET", b"HEAD"), True),
        (GET.replace(b"\r\n\r\n", b"\r\nIf-None-Match: *\r\n\r\n"), True),
        (GET.replace(b"1.1", b"1.0"), False),
        (GET.replace(b".json", b".json?x"), False),
        (POST + b"{}", True),
        (POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n") + b"{}", False),
        (POST.replace(b" 2\r\n", b" 20000\r\n") + bytes(20_000), False),
    ],
)
async def test_a_request_that_needs_but_a_look_up_gets_no_task_of_its_own(
    sent: bytes, at_once: bool, shortcut: str
) -> None:
    tasks: list[asyncio.Task[object] | None] = []
    async with (
        serving(on_help_request=lambda _: tasks.append(asyncio.current_task())) as site,
        connected(site) as client,
    ):
        # The very first request may come before aiohttp waits for one.
        client.send(b"GET /healthz HTTP/1.1\r\nHost: help\r\n\r\n")
        await client.reply()
        client.send(sent)
        await client.reply(to_head=sent.startswith(b"HEAD"))
    assert [task is None for task in tasks] == [at_once and shortcut == WITH]
