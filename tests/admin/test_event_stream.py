"""The stream by which open pages learn that something changed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import ClientSession, web

from errorhelp.admin.pages.event_stream import Streams

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@asynccontextmanager
async def served(streams: Streams) -> AsyncIterator[str]:
    """The address of the streams."""
    application = web.Application()
    application.router.add_get("/events", streams.get)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/events"
    streams.close()
    await runner.cleanup()


async def test_an_event_carries_the_time_of_the_server() -> None:
    streams = Streams(lambda: NOON)
    async with served(streams) as address, ClientSession() as http, http.get(address) as stream:
        assert await stream.content.readuntil(b"\n\n") == (
            b"event: hello\nid: 1795262400000\ndata: 1795262400000\nretry: 3000\n\n"
        )
        streams.signal()
        streams.signal()
        assert await stream.content.readuntil(b"\n\n") == (
            b"event: change\nid: 1795262400002\ndata: 1795262400000\n\n"
        )


async def test_a_page_that_missed_a_change_before_it_listened_is_signalled_at_once() -> None:
    streams = Streams(lambda: NOON)
    streams.signal()
    async with served(streams) as address, ClientSession() as http:
        for missed in (
            http.get(address, params={"seen": "1795262400000"}),
            http.get(address, headers={"Last-Event-ID": "1795262400000"}),
        ):
            async with missed as stream:
                await stream.content.readuntil(b"\n\n")
                assert (await stream.content.readuntil(b"\n\n")).startswith(b"event: change")


async def test_a_page_that_missed_gets_nothing_but_the_next_change_only() -> None:
    streams = Streams(lambda: NOON)
    seen = {"seen": "1795262400000"}
    async with served(streams) as address, ClientSession() as http, http.get(address, params=seen) as stream:
        await stream.content.readuntil(b"\n\n")
        streams.signal()
        assert b"id: 1795262400001\n" in await stream.content.readuntil(b"\n\n")


async def test_a_change_is_signalled_to_everybody() -> None:
    streams = Streams(lambda: NOON)
    async with served(streams) as address, ClientSession() as http:
        for stream in [await http.get(address) for _ in range(3)]:
            await stream.content.readuntil(b"\n\n")
            streams.signal()
            assert (await stream.content.readuntil(b"\n\n")).startswith(b"event: change")
            stream.close()


async def test_there_are_so_many_streams_at_once_and_one_that_is_closed_makes_room() -> None:
    streams = Streams(lambda: NOON, most=2)
    async with served(streams) as address, ClientSession() as http:
        first, second, third = [await http.get(address) for _ in range(3)]
        assert [first.status, second.status, third.status] == [200, 200, 503]
        assert int(third.headers["Retry-After"]) > 0
        first.close()
        async with asyncio.timeout(10):
            while streams.count == 2:
                streams.signal()
                await asyncio.sleep(0.01)
        async with http.get(address) as another:
            assert another.status == 200
        second.close()


async def test_after_the_end_there_are_no_more() -> None:
    streams = Streams(lambda: NOON)
    async with served(streams) as address, ClientSession() as http:
        async with http.get(address) as stream:
            streams.close()
            assert b"change" not in await stream.content.read()
        async with http.get(address) as refused:
            assert refused.status == 503
