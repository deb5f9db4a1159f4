"""HTTP/1.1 and 1.0 on the wire (RFC 9112): what a look-up server must still get right."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import aiohttp
import pytest
from public_site import RawClient, Site, a_message, ask, connected, rename_in_aiohttp, serving

from errorhelp.messages.board import Board, Notice

pytestmark = [pytest.mark.integration, pytest.mark.uvloop]

GET = b"GET /help/erp.json HTTP/1.1\r\nHost: help\r\n\r\n"
MISSING = b"GET /missing HTTP/1.1\r\nHost: help\r\n\r\n"
POST = b"POST /help/hr.json HTTP/1.1\r\nHost: help\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture(params=["at once", "ordinary way", "without the shortcut"])
async def site(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The ways that a request can take inside: with a log of requests all take the ordinary one."""
    if request.param == "without the shortcut":
        rename_in_aiohttp("_messages", monkeypatch)
    async with serving(log_requests=request.param == "ordinary way") as served:
        yield served


@pytest.fixture
async def client(site: Site) -> AsyncIterator[RawClient]:
    async with connected(site) as opened:
        yield opened


async def test_a_connection_is_kept_for_the_next_request(client: RawClient) -> None:
    for _ in range(3):
        client.send(GET)
        reply = await client.reply()
        assert reply.status == 200
        assert "connection" not in reply.headers


async def test_a_client_that_wants_the_connection_closed_gets_that(client: RawClient) -> None:
    client.send(b"GET /help/erp.json HTTP/1.1\r\nHost: help\r\nConnection: close\r\n\r\n")
    assert (await client.reply()).headers["connection"] == "close"
    assert await client.is_closed()


async def test_http_1_0_closes_after_the_answer(client: RawClient) -> None:
    client.send(b"GET /help/erp.json HTTP/1.0\r\n\r\n")
    assert (await client.reply()).status == 200
    assert await client.is_closed()


async def test_http_1_0_keeps_the_connection_when_asked(client: RawClient) -> None:
    for _ in range(2):
        client.send(b"GET /help/erp.json HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        reply = await client.reply()
        assert (reply.status, reply.headers["connection"]) == (200, "keep-alive")


async def test_a_head_is_followed_by_the_next_answer(client: RawClient) -> None:
    client.send(GET.replace(b"GET", b"HEAD"), MISSING)
    head = await client.reply(to_head=True)
    assert (head.status, int(head.headers["content-length"]) > 0) == (200, True)
    assert (await client.reply()).status == 404


async def test_requests_in_one_packet_are_answered_in_order(client: RawClient) -> None:
    client.send(GET, MISSING, POST, GET, GET, POST, MISSING, GET)
    assert [(await client.reply()).status for _ in range(8)] == [200, 404, 200, 200, 200, 200, 404, 200]


@pytest.mark.parametrize("pattern", [[GET], [GET, POST], [GET, GET, MISSING]])
async def test_hundreds_of_requests_in_one_packet_are_answered(
    client: RawClient, pattern: list[bytes]
) -> None:
    client.send(*pattern * 200)
    expected = [404 if request is MISSING else 200 for request in pattern] * 200
    assert [(await client.reply()).status for _ in expected] == expected


async def test_a_request_may_arrive_in_pieces(client: RawClient) -> None:
    for byte in GET + POST:
        client.send(bytes([byte]))
        await client.writer.drain()
        await asyncio.sleep(0)
    assert [(await client.reply()).status for _ in range(2)] == [200, 200]


async def test_a_half_closed_connection_gets_all_answers_and_is_closed(client: RawClient) -> None:
    client.send(GET, POST, MISSING, POST)
    client.half_close()
    assert [(await client.reply()).status for _ in range(4)] == [200, 200, 404, 200]
    assert await client.is_closed()


async def test_a_client_that_hangs_up_in_the_middle_disturbs_nobody(site: Site) -> None:
    for sent in (b"", b"GET /he", POST[:-1], GET * 50):
        async with connected(site) as rude:
            rude.send(sent)
            rude.writer.transport.abort()
    assert (await ask(site, "GET", "/help/erp.json")).status == 200


async def test_an_offer_to_upgrade_is_not_taken_up(client: RawClient) -> None:
    client.send(
        b"GET /help/erp.json HTTP/1.1\r\nHost: help\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    )
    assert (await client.reply()).status == 200
    client.send(GET)
    assert (await client.reply()).status == 200


async def test_this_is_no_proxy(client: RawClient) -> None:
    client.send(b"CONNECT help:443 HTTP/1.1\r\nHost: help:443\r\n\r\n")
    assert (await client.reply()).status in (404, 405)


@pytest.mark.parametrize(
    ("request_bytes", "status", "code"),
    [
        (b"GET /%s HTTP/1.1\r\nHost: h\r\n\r\n" % (b"a" * 9000), 414, "address-too-long"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nCookie: %s\r\n\r\n" % (b"a" * 9000), 431, "headers-too-large"),
        (b"GET / HTTP/1.1\r\nHost: h\r\n%s: 1\r\n\r\n" % (b"a" * 9000), 431, "headers-too-large"),
        (b"GET / HTTP/1.1\r\nHost: h\r\n%s\r\n" % (b"A: 1\r\n" * 200), 400, "bad-request"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "bad-request"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "bad-request"),
        (b"GET /\x00 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad-request"),
        (b"GET nowhere HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad-request"),
        (b"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad-request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "bad-request"),
        (b"\r\n\r\n\x00", 400, "bad-request"),
    ],
    ids=[
        "address",
        "header",
        "header name",
        "headers",
        "no host",
        "lengths",
        "nul",
        "form",
        "method",
        "tls",
        "junk",
    ],
)
async def test_what_is_not_http_is_a_problem_and_no_noise(
    client: RawClient, caplog: pytest.LogCaptureFixture, request_bytes: bytes, status: int, code: str
) -> None:
    client.send(request_bytes)
    reply = await client.reply()
    assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json")
    assert reply.headers["connection"] == "close"
    assert json.loads(reply.body)["type"] == f"urn:errorhelp:problem:{code}"
    assert await client.is_closed()
    assert [each for each in caplog.records if each.levelno > logging.INFO] == []


async def test_a_connect_to_nowhere_closes_the_connection(client: RawClient) -> None:
    client.send(b"CONNECT \r\n\r\nHost: h\r\n\r\n")
    assert await client.is_closed()


async def test_what_fits_into_eight_kilobytes_is_read(client: RawClient) -> None:
    client.send(
        b"GET /help/erp.json?%s HTTP/1.1\r\nHost: h\r\nCookie: %s\r\n\r\n" % (b"a" * 8000, b"b" * 8000)
    )
    assert (await client.reply()).status == 200


async def test_good_requests_before_a_bad_one_are_answered(client: RawClient) -> None:
    client.send(GET)
    assert (await client.reply()).status == 200
    client.send(b"\x00\x00\r\n\r\n")
    assert (await client.reply()).status == 400


async def test_an_error_of_ours_is_answered_by_an_id_that_stands_in_the_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Board):
        def notice(self, *_: object) -> Notice:
            raise LookupError("a secret of the inside")

    site.snapshot = replace(site.snapshot, board=Broken(()))
    reply = await ask(site, "GET", "/help/erp.json")
    assert (reply.status, reply.headers["content-type"]) == (500, "application/problem+json")
    problem = json.loads(reply.body)
    assert b"secret" not in reply.body
    assert str(UUID(problem["id"])) in caplog.text
    assert "a secret of the inside" in caplog.text


async def test_an_ordinary_client_reads_it(site: Site) -> None:
    site.post(a_message("Back soon"))
    async with aiohttp.ClientSession() as session:
        for _ in range(2):
            async with session.post(site.url("/help/erp.json"), json={"error": "x" * 100}) as response:
                assert (await response.json())["userMessage"] == "Back soon"
        async with session.get(site.url("/lists/office.v8i")) as response:
            assert "[ERP]" in await response.text()
