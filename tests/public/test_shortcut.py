"""What the public listener does on an aiohttp that does not have what its shortcut takes: the same."""

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import StreamReader, web
from public_site import NOON, Site, a_catalog, a_message, ask, connected, rename_in_aiohttp, serving

from errorhelp.answers.snapshot import compile
from errorhelp.public import shortcut
from errorhelp.public.client_connection import Connection, ConnectionLimits
from errorhelp.public.request_bodies import HelpRequest
from errorhelp.public.response import CompiledResponse

NAMES = ["_parser", "_waiter", "_messages", "_next_keepalive_close_time"]


async def test_this_aiohttp_has_all_that_the_shortcut_takes() -> None:
    assert shortcut.missing() == []


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_that_a_connection_no_longer_has_is_missing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename_in_aiohttp(name, monkeypatch)
    assert shortcut.missing() == [f"RequestHandler.{name}"]


async def test_a_name_that_a_body_no_longer_has_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(StreamReader, "_buffer")
    assert shortcut.missing() == ["StreamReader._buffer"]


class _CountsNothing:
    """As the parser of aiohttp 3.14.0, which had no limit of queued requests."""

    def __init__(self, parser: Any) -> None:
        self.feed_data = parser.feed_data


class _ReturnsRequestsOnly(_CountsNothing):
    """A parser that returns neither whether the protocol changes nor what is left."""

    def __init__(self, parser: Any) -> None:
        self.message_consumed = parser.message_consumed
        self.feed_data = lambda data: parser.feed_data(data)[0]


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("_parser", _CountsNothing),
        ("_parser", _ReturnsRequestsOnly),
        ("_parser", lambda _: None),
        ("_messages", lambda _: None),
        ("_next_keepalive_close_time", lambda _: None),
        ("_waiter", lambda _: []),
    ],
)
async def test_a_name_that_means_something_else_is_missing(
    name: str, changed: Callable[[Any], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Changed(web.RequestHandler):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            setattr(self, name, changed(getattr(self, name)))

    monkeypatch.setattr(web, "RequestHandler", Changed)
    assert shortcut.missing() == [f"RequestHandler.{name}"]


async def test_nothing_of_ours_goes_by_a_name_that_aiohttp_uses() -> None:
    ours = {*Connection.__slots__, *shortcut.ShortcutConnection.__slots__}
    assert not ours & set(dir(web.RequestHandler))
    ours = {"_head", "_content", "_keep_connection"}
    assert ours <= set(dir(CompiledResponse(b"", b"", keep_alive=True)))
    assert not ours & set(dir(web.StreamResponse()))


@pytest.mark.integration
async def test_the_log_shows_once_what_is_missing_and_in_which_aiohttp(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_waiter", "_messages"):
        rename_in_aiohttp(name, monkeypatch)
    async with serving() as site:
        for _ in range(3):
            assert (await ask(site, "GET", "/help/erp.json")).status == 200
    (warning,) = caplog.records
    assert (warning.levelname, warning.name) == ("WARNING", "errorhelp.public")
    assert f"aiohttp {aiohttp.__version__} " in warning.getMessage()
    assert "RequestHandler._waiter, RequestHandler._messages" in warning.getMessage()


@pytest.mark.integration
async def test_nothing_is_logged_where_nothing_is_missing(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as site:
        await ask(site, "GET", "/help/erp.json")
    assert caplog.records == []


def request(first_line: str, *headers: str, body: bytes = b"") -> bytes:
    return "".join(f"{line}\r\n" for line in (first_line, "Host: help", *headers, "")).encode() + body


HELP = "GET /help/erp.json HTTP/1.1"
REPORT = "POST /help/erp.json HTTP/1.1"
CONVERSATIONS = [
    [request(HELP)],
    [request(HELP.replace("GET", "HEAD")), request(HELP)],
    [request(HELP, "If-None-Match: *"), request(HELP, 'If-None-Match: "other"')],
    [
        request(HELP, "Accept-Encoding: gzip", "Accept-Language: en"),
        request(HELP, "Origin: https://a.example"),
    ],
    [request(REPORT, "Content-Length: 2", body=b"{}"), request(REPORT, "Content-Length: 0"), request(HELP)],
    [request(REPORT, "Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n"), request(HELP)],
    [request(REPORT, "Content-Length: 20000", body=bytes(20_000)), request(HELP)],
    [request(REPORT, "Content-Length: 2", "Expect: 100-continue", body=b"{}")],
    [request(REPORT, "Content-Length: 70000", body=b"{}")],
    [request(HELP, "Connection: close"), request(HELP)],
    [request("GET /help/erp.json HTTP/1.0"), request(HELP)],
    [request("GET /help/erp.json HTTP/1.0", "Connection: keep-alive"), request(HELP)],
    [request("GET /help/en/erp.html HTTP/1.1"), request("GET /help/gone.json HTTP/1.1"), request(HELP)],
    [request("GET /lists/office.v8i HTTP/1.1"), request("GET /lists/branch.v8i HTTP/1.1"), request(HELP)],
    [
        request(f"GET /lists/office/WebCommonInfoBases{rest} HTTP/1.1")
        for rest in ("", "/CheckInfoBases", "?wsdl")
    ],
    [request("GET / HTTP/1.1"), request("GET /messages.atom HTTP/1.1"), request("GET /readyz HTTP/1.1")],
    [request("OPTIONS /help/erp.json HTTP/1.1"), request("DELETE /help/erp.json HTTP/1.1"), request(HELP)],
    [request(HELP) * 100, request("GET /nothing HTTP/1.1"), request(HELP) * 100],
    [request(HELP), b"no HTTP\r\n\r\n", request(HELP)],
    [request(f"GET /{'a' * 9000} HTTP/1.1")],
    [request(HELP)[:20]],
]


async def converse(site: Site, sent: bytes) -> bytes:
    """All that a client receives who has asked for help before, sends that in one go and reads to the end."""
    async with connected(site) as client:
        client.send(request(HELP))
        await client.reply()
        client.send(sent)
        client.half_close()
        return await client.reader.read()


@pytest.mark.uvloop
@pytest.mark.integration
@pytest.mark.parametrize("conversation", CONVERSATIONS)
async def test_without_the_shortcut_every_answer_is_the_same_to_the_byte(
    conversation: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = b"".join(conversation)
    seen: list[list[HelpRequest]] = []
    received, counted = [], []
    for way in ("with", "without"):
        if way == "without":
            rename_in_aiohttp("_messages", monkeypatch)
        seen.append([])
        site = Site(compile(a_catalog(), [a_message("Back at 13:00")], NOON))
        async with serving(site, on_help_request=seen[-1].append, limits=ConnectionLimits(linger=0.1)):
            received.append(await converse(site, sent))
            counted.append({route: each.by_status for route, each in site.listener.requests.items()})
    assert received[0] == received[1]
    assert received[0] or sent == CONVERSATIONS[-1][0]
    assert counted[0] == counted[1]
    assert seen[0] == seen[1]
