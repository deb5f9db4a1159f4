"""What connections to the admin listener may cost, what is refused, and what it says of itself."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import pytest
from admin_api import AUTHORIZED, TOKEN, AdminApi, admin_api
from signing_in import EVERYBODY, browser

from errorhelp.admin.admin_connection import AdminConnectionLimits
from errorhelp.system.open_connections import ConnectionCaps, GaveWay

pytestmark = pytest.mark.integration

SHORT = AdminConnectionLimits(idle=0.2, body=0.2, slow_reader=0.2, heartbeat=0.05)
CAPS = ConnectionCaps(most=4, most_of_one=2)
GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = (
    b"POST /api/v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer %s\r\nContent-Length: 200\r\n\r\n" % TOKEN.encode()
)
SIGN_IN = (
    b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Sec-Fetch-Site: same-origin\r\nContent-Length: 200\r\n\r\n"
)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path, admin=EVERYBODY, limits=SHORT, caps=CAPS) as api:
        yield api


class Client:
    """One connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, request: bytes) -> tuple[bytes, bytes]:
        """Head and body of the answer."""
        self.writer.write(request)
        async with asyncio.timeout(10):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            return head, await self.reader.readexactly(int(length or 0))

    async def is_closed(self) -> bool:
        """Waits for the listener to say something or close; whether it closed."""
        async with asyncio.timeout(10):
            try:
                return await self.reader.read(1) == b""
            except ConnectionResetError:
                return True


@asynccontextmanager
async def connected(api: AdminApi) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(*api.listener.addresses[0])
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


@pytest.mark.parametrize("sent", [b"", GET[:20], POST, SIGN_IN + b"name=anna"])
async def test_idle_and_half_sent_ones_are_closed_in_time(api: AdminApi, sent: bytes) -> None:
    async with connected(api) as client:
        client.writer.write(sent)
        assert await client.is_closed()


async def test_one_that_was_used_is_closed_when_nothing_follows(api: AdminApi) -> None:
    async with connected(api) as client:
        head, _ = await client.ask(GET)
        assert head.startswith(b"HTTP/1.1 200 ")
        assert await client.is_closed()


async def test_what_breaks_off_does_nothing(api: AdminApi) -> None:
    async with connected(api) as client:
        client.writer.write(POST.replace(b"200", b"90"))
        client.writer.write(b'{"targets": ["erp"], "text": "Wait", "duration": "1h"}')
        client.writer.write_eof()
        assert await client.is_closed()
    assert await api.ids() == []


async def test_idle_ones_of_strangers_keep_nobody_out_and_are_closed_first(tmp_path: Path) -> None:
    async with admin_api(tmp_path, admin=EVERYBODY, caps=CAPS) as api, AsyncExitStack() as stack:
        strangers = [await stack.enter_async_context(connected(api)) for _ in range(3 * CAPS.most)]
        for each in strangers:
            each.writer.write(GET[:20])
        assert (await api.get("/api/v1/me")).status == 200
        assert await strangers[0].is_closed()
        status = (await api.get("/api/v1/status")).document
        assert status["connections"]["admin"]["most"] == CAPS.most
        assert status["connections"]["admin"]["gave_way"]["all"] >= 2 * CAPS.most
        assert len(api.listener.open_connections) <= CAPS.most


async def test_an_open_stream_is_kept_whoever_else_comes(tmp_path: Path) -> None:
    async with admin_api(tmp_path, caps=CAPS) as api, AsyncExitStack() as stack:
        async with api.http.get(f"{api.url}/events", headers=AUTHORIZED) as stream:
            await stream.content.readuntil(b"\n\n")
            for _ in range(3 * CAPS.most):
                await stack.enter_async_context(connected(api))
            await api.posted()
            assert b"event: change" in await stream.content.readuntil(b"\n\n")
        assert api.listener.open_connections.gave_way[GaveWay.NEW] == 0


async def test_a_stream_lives_longer_than_an_idle_connection(api: AdminApi) -> None:
    async with api.http.get(f"{api.url}/events", headers=AUTHORIZED) as stream:
        clock = asyncio.get_running_loop().time
        long_after = clock() + 3 * SHORT.idle
        while clock() < long_after:
            assert await stream.content.readuntil(b"\n\n")


@pytest.mark.parametrize(
    "request_bytes",
    [
        GET,
        b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n" % TOKEN.encode(),
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: wonders\r\n\r\n",
        b"no request at all\r\n\r\n",
    ],
)
async def test_no_answer_says_what_the_listener_is_made_with(api: AdminApi, request_bytes: bytes) -> None:
    async with connected(api) as client:
        client.writer.write(request_bytes)
        head = (await client.reader.readuntil(b"\r\n\r\n")).lower()
        assert b"python" not in head
        assert b"aiohttp" not in head


@pytest.mark.parametrize("more", [b"", b"Connection: keep-alive\r\n"])
async def test_a_transfer_encoding_in_http_1_0_is_refused_and_the_connection_ends(
    tmp_path: Path, more: bytes
) -> None:
    request = POST.replace(b"HTTP/1.1", b"HTTP/1.0").replace(
        b"Content-Length: 200\r\n", b"Transfer-Encoding: chunked\r\n" + more
    )
    async with admin_api(tmp_path) as api, connected(api) as client:
        head, body = await client.ask(request + b"2\r\n{}\r\n0\r\n\r\n")
        assert head[8:13] == b" 400 "
        assert b"Transfer-Encoding" in body
        assert await client.is_closed()


async def test_a_stream_ends_when_its_token_is_revoked_even_while_much_happens(api: AdminApi) -> None:
    made = await api.post("/api/v1/tokens", {"name": "wall", "role": "viewer"})
    token = {"Authorization": f"Bearer {made.document['token']}"}
    async with api.http.get(f"{api.url}/events", headers=token) as stream:
        await stream.content.readuntil(b"\n\n")
        await api.post(f"/api/v1/tokens/{made.document['id']}/revoke")
        ended = asyncio.create_task(stream.content.read())
        async with asyncio.timeout(10):
            while not ended.done():
                await api.posted()
        await ended


async def test_a_stream_ends_with_the_sign_in_and_does_not_prolong_it(api: AdminApi) -> None:
    async with browser(api.url) as anna:
        await anna.sign_in("anna")
        async with anna.http.get(f"{api.url}/events") as stream:
            await stream.content.readuntil(b"\n\n")
            for _ in range(2):
                api.clock.go_on(hours=5)
                for _ in range(3):
                    await stream.content.readuntil(b"\n\n")
            # Two hours longer than a sign-in lasts without use.
            api.clock.go_on(hours=4)
            async with asyncio.timeout(10):
                await stream.content.read()
        assert not await anna.is_signed_in()


async def test_signing_out_ends_the_stream_of_another_tab(api: AdminApi) -> None:
    async with browser(api.url) as anna:
        await anna.sign_in("anna")
        async with anna.http.get(f"{api.url}/events") as stream:
            await stream.content.readuntil(b"\n\n")
            await anna.post("/sign-out")
            async with asyncio.timeout(10):
                await stream.content.read()


async def test_a_stream_goes_on_while_nobody_knows_whether_it_may(api: AdminApi) -> None:
    made = await api.post("/api/v1/tokens", {"name": "wall", "role": "viewer"})
    token = {"Authorization": f"Bearer {made.document['token']}"}
    async with api.http.get(f"{api.url}/events", headers=token) as stream:
        await stream.content.readuntil(b"\n\n")
        with closing(sqlite3.connect(api.database)) as database:
            database.execute("ALTER TABLE api_tokens RENAME TO away")
            for _ in range(5):
                assert (await stream.content.readuntil(b"\n\n")).startswith(b"event: alive\ndata: ")
            assert (await api.get("/api/v1/me", headers=token)).status == 503
            database.execute("ALTER TABLE away RENAME TO api_tokens")
        await stream.content.readuntil(b"\n\n")
