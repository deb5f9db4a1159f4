"""Help over HTTP, as a client, a cache and a browser see it."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from public_site import (
    NOON,
    RawClient,
    Reply,
    Site,
    a_message,
    ask,
    connected,
    kept_for,
    rename_in_aiohttp,
    serving,
)

from errorhelp.public.client_connection import ConnectionLimits
from errorhelp.public.request_bodies import HelpRequest

pytestmark = pytest.mark.integration

ERP = "/help/erp.json"


@pytest.fixture(params=["at once", "ordinary way", "without the shortcut"])
async def site(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The ways that a request can take inside: with a log of requests all take the ordinary one."""
    if request.param == "without the shortcut":
        rename_in_aiohttp("_messages", monkeypatch)
    async with serving(
        log_requests=request.param == "ordinary way", limits=ConnectionLimits(linger=0.1)
    ) as served:
        yield served


def user_message(reply: Reply) -> object:
    return json.loads(reply.body)["userMessage"]


async def test_help_is_json_for_any_origin(site: Site) -> None:
    reply = await ask(site, "GET", ERP)
    assert reply.status == 200
    assert json.loads(reply.body)["helpText"] == "Звоните 5-55"
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["access-control-expose-headers"] == "Date, ETag"
    assert parsedate_to_datetime(reply.headers["date"]) == NOON


@pytest.mark.parametrize(
    "target",
    [
        "/help/en/erp.json",
        "/help/en/old-erp.json",
        "/help/en/erp.json?_=1763726400",
        "/help/en/%65rp.json",
        "http://help.example.com/help/en/erp.json",
    ],
)
async def test_help_is_found_by_every_spelling_of_its_address(site: Site, target: str) -> None:
    reply = await ask(site, "GET", target)
    assert (reply.status, json.loads(reply.body)["helpText"]) == (200, "Call 5-55")


@pytest.mark.parametrize("target", ["/help/en%2Ferp.json", "/help/en%252Ferp.json", "/help/..%2Ferp.json"])
async def test_an_encoded_slash_stays_inside_an_id(site: Site, target: str) -> None:
    reply = await ask(site, "GET", target)
    assert reply.status == 404
    assert json.loads(reply.body)["type"] == "urn:errorhelp:problem:unknown-infobase"


async def test_an_unknown_infobase_still_gets_the_default_help(site: Site) -> None:
    reply = await ask(site, "GET", "/help/en/gone.json")
    assert reply.status == 404
    assert reply.headers["content-type"] == "application/problem+json"
    assert json.loads(reply.body)["helpText"] == "Call 5-55"


@pytest.mark.parametrize("target", ["/help/", "/help/erp", "/nothing", "/help/erp.json/", "/%00", "/%FF%ZZ"])
async def test_another_address_is_a_problem_that_any_origin_may_read(site: Site, target: str) -> None:
    reply = await ask(site, "GET", target)
    assert reply.status == 404
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["cache-control"] == "no-cache"
    assert json.loads(reply.body)["type"] == "urn:errorhelp:problem:not-found"


async def test_a_message_is_gone_at_the_second_of_its_end(site: Site) -> None:
    site.post(a_message("Back at 12:01", ends_in=60))
    site.clock.now += 59.999
    assert user_message(await ask(site, "GET", ERP)) == "Back at 12:01"
    site.clock.now += 0.001
    assert user_message(await ask(site, "GET", ERP)) == ""


@pytest.mark.parametrize(
    ("seconds_left", "cache_control"),
    [
        (61, kept_for(60)),
        (60, kept_for(60)),
        (59.5, kept_for(59)),
        (1, kept_for(1)),
        (0.75, "no-cache"),
    ],
)
async def test_an_answer_is_never_cached_past_the_second_in_which_its_message_ends(
    site: Site, seconds_left: float, cache_control: str
) -> None:
    site.post(a_message("Back soon", ends_in=3600))
    site.clock.now += 3600 - seconds_left
    assert (await ask(site, "GET", ERP)).headers["cache-control"] == cache_control


async def test_an_answer_is_never_cached_past_the_start_of_the_next_message(site: Site) -> None:
    site.post(a_message("Later", starts_in=7))
    assert (await ask(site, "GET", ERP)).headers["cache-control"] == kept_for(7)


async def test_a_message_elsewhere_shortens_no_cache_time(site: Site) -> None:
    site.post(a_message("Back soon", ends_in=2, target="hr"))
    assert (await ask(site, "GET", ERP)).headers["cache-control"] == kept_for(60)


async def test_date_follows_the_clock_back_too(site: Site) -> None:
    for turn in (1.5, -3600):
        site.clock.now += turn
        reply = await ask(site, "GET", ERP)
        now = datetime.fromtimestamp(int(site.clock.now), UTC)
        assert parsedate_to_datetime(reply.headers["date"]) == now


async def test_head_is_get_without_the_body(site: Site) -> None:
    get, head = await ask(site, "GET", ERP), await ask(site, "HEAD", ERP)
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


@pytest.mark.parametrize("sent", ["{}", "W/{}", '"other", {}', "*", '"a,b" , W/{} ,"c"'])
async def test_a_client_that_has_the_answer_is_answered_so(site: Site, sent: str) -> None:
    etag = (await ask(site, "GET", ERP)).headers["etag"]
    for method in ("GET", "HEAD"):
        reply = await ask(site, method, ERP, [("If-None-Match", sent.format(etag))])
        assert (reply.status, reply.headers["etag"]) == (304, etag)
        assert reply.headers["cache-control"] == kept_for(60)
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "content-length" not in reply.headers


@pytest.mark.parametrize("sent", ['"other"', "", "{}x", 'W/"x"'])
async def test_a_client_that_has_another_answer_gets_this_one(site: Site, sent: str) -> None:
    etag = (await ask(site, "GET", ERP)).headers["etag"].strip('"')
    assert (await ask(site, "GET", ERP, [("If-None-Match", sent.format(etag))])).status == 200


async def test_etags_may_come_in_several_headers(site: Site) -> None:
    etag = (await ask(site, "GET", ERP)).headers["etag"]
    both = [("If-None-Match", '"other"'), ("If-None-Match", etag)]
    assert (await ask(site, "GET", ERP, both)).status == 304


async def test_a_new_message_changes_the_etag(site: Site) -> None:
    etag = (await ask(site, "GET", ERP)).headers["etag"]
    site.post(a_message("Down"))
    reply = await ask(site, "GET", ERP, [("If-None-Match", etag)])
    assert (reply.status, user_message(reply)) == (200, "Down")


async def test_a_page_of_another_origin_may_ask_and_report(site: Site) -> None:
    preflight = [("Origin", "https://1c.example.com"), ("Access-Control-Request-Method", "POST")]
    reply = await ask(site, "OPTIONS", ERP, preflight)
    assert reply.status == 204
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert reply.headers["access-control-allow-headers"] == "Content-Type, If-None-Match"
    assert reply.headers["access-control-max-age"] == "86400"
    assert "content-length" not in reply.headers


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("DELETE", ERP, "GET, HEAD, OPTIONS, POST"),
        ("PUT", "/help/gone.json", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/lists/office.v8i", "GET, HEAD, OPTIONS"),
        ("POST", "/healthz", "GET, HEAD, OPTIONS"),
        ("TRACE", "/readyz", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_method_that_means_nothing_there_is_refused(
    site: Site, method: str, target: str, allow: str
) -> None:
    reply = await ask(site, method, target)
    assert (reply.status, reply.headers["allow"]) == (405, allow)
    assert json.loads(reply.body)["type"] == "urn:errorhelp:problem:method-not-allowed"


# --- reports ---


async def post(client: RawClient, body: bytes, *headers: bytes, target: bytes = ERP.encode()) -> Reply:
    client.send(b"POST ", target, b" HTTP/1.1\r\nHost: help\r\n", *headers, b"\r\n", body)
    return await client.reply()


@pytest.mark.parametrize("body", [b"", b'{"error": "no licence"}', b"\x00\xff" * 100, b"x" * 65536])
async def test_a_report_is_answered_with_exactly_the_help(site: Site, body: bytes) -> None:
    get = await ask(site, "GET", ERP)
    async with connected(site) as client:
        assert await post(client, body, b"Content-Length: %d\r\n" % len(body)) == get
        assert await post(client, body, b"Content-Length: %d\r\n" % len(body)) == get


@pytest.mark.uvloop
async def test_a_chunked_report_is_answered_with_the_help(site: Site) -> None:
    async with connected(site) as client:
        for _ in range(2):
            reply = await post(client, b"5\r\nhello\r\n0\r\n\r\n", b"Transfer-Encoding: chunked\r\n")
            assert reply.status == 200


async def test_a_report_does_not_ask_whether_it_knows_the_answer(site: Site) -> None:
    async with connected(site) as client:
        assert (await post(client, b"", b"If-None-Match: *\r\nContent-Length: 0\r\n")).status == 200


async def test_a_report_of_an_unknown_infobase_gets_the_default_help(site: Site) -> None:
    async with connected(site) as client:
        reply = await post(client, b"x", b"Content-Length: 1\r\n", target=b"/help/gone.json")
        assert (reply.status, json.loads(reply.body)["helpText"]) == (404, "Звоните 5-55")


@pytest.mark.parametrize(
    "headers", [b"Content-Length: 65537\r\n", b"Content-Length: 99999999\r\nExpect: 100-continue\r\n"]
)
@pytest.mark.uvloop
async def test_a_report_that_says_it_is_too_large_gets_its_help_and_the_connection_ends(
    site: Site, headers: bytes
) -> None:
    async with connected(site) as client:
        reply = await post(client, b"", headers)
        assert (reply.status, reply.headers["connection"]) == (200, "close")
        client.half_close()
        assert await client.is_closed()


@pytest.mark.uvloop
async def test_a_report_without_end_gets_its_help_and_the_connection_ends(site: Site) -> None:
    async with connected(site) as client:
        reply = await post(
            client, (b"8000\r\n" + b"x" * 0x8000 + b"\r\n") * 3, b"Transfer-Encoding: chunked\r\n"
        )
        assert (reply.status, reply.headers["connection"]) == (200, "close")
        client.half_close()
        assert await client.is_closed()


@pytest.mark.uvloop
async def test_a_client_that_asks_first_is_asked_to_send_its_report(site: Site) -> None:
    async with connected(site) as client:
        client.send(
            b"POST /help/erp.json HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert (await client.reply()).status == 100
        client.send(b"{}")
        assert (await client.reply()).status == 200


# --- for those who watch ---


async def test_every_request_to_a_help_address_can_be_observed() -> None:
    seen: list[HelpRequest] = []
    async with (
        serving(on_help_request=seen.append, limits=ConnectionLimits(linger=0.1)) as site,
        connected(site) as client,
    ):
        client.send(b"GET /help/erp.json HTTP/1.1\r\nHost: h\r\nUser-Agent: 1C+Enterprise/8.3\r\n\r\n")
        await client.reply()
        await post(client, b'{"a":1}', b"Content-Length: 7\r\n")
        await post(client, b"", b"Content-Length: 70000\r\n")
        await ask(site, "HEAD", "/help/gone.json?x=1")
        await ask(site, "GET", "/lists/office.v8i")
    assert [(each.method, each.path, each.body) for each in seen] == [
        ("GET", "/help/erp.json", b""),
        ("POST", "/help/erp.json", b'{"a":1}'),
        ("POST", "/help/erp.json", None),
        ("HEAD", "/help/gone.json", b""),
    ]
    assert {each.peer for each in seen} == {"127.0.0.1"}
    assert seen[0].headers["user-agent"] == "1C+Enterprise/8.3"


async def test_an_observer_that_fails_takes_nobodys_help_away(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: HelpRequest) -> None:
        raise RuntimeError("disk full")

    async with serving(on_help_request=fail) as site:
        for method in ("GET", "POST"):
            assert (await ask(site, method, ERP)).status == 200
    # It is logged once as long as it lasts.
    assert len(caplog.records) == 1
    assert "disk full" in caplog.text


async def test_requests_are_logged_only_when_asked_for_and_without_secrets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="errorhelp.public")
    async with serving() as site:
        await ask(site, "GET", "/help/erp.json")
        await ask(site, "GET", "/nothing")
    assert caplog.messages == []
    async with serving(log_requests=True) as site:
        await ask(site, "GET", "/lists/branch.v8i?token=s3cret")
        await ask(site, "GET", "/%0aforged")
    assert caplog.messages == [
        "127.0.0.1 GET '/lists/branch.v8i' 401",
        "127.0.0.1 GET '/\\nforged' 404",
    ]


async def test_healthz_answers_as_long_as_the_process_does(site: Site) -> None:
    site.ready = False
    reply = await ask(site, "GET", "/healthz")
    assert (reply.status, reply.body) == (200, b"ok")


async def test_readyz_says_whether_the_service_is_ready(site: Site) -> None:
    assert (await ask(site, "GET", "/readyz")).status == 200
    site.ready = False
    reply = await ask(site, "GET", "/readyz")
    assert (reply.status, json.loads(reply.body)) == (503, {"ready": False})
