"""The public pages over HTTP: types, statuses, and HTML or JSON by what a request accepts."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from public_site import NOON, Reply, Site, a_catalog, a_message, ask, kept_for, serving

from errorhelp.answers.snapshot import compile
from errorhelp.public.accept_header import prefers_json


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving() as served:
        yield served


async def get(site: Site, target: str, *accept: str) -> Reply:
    return await ask(site, "GET", target, [("Accept", each) for each in accept])


@pytest.mark.integration
@pytest.mark.parametrize(
    ("target", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/en/", "text/html; charset=utf-8"),
        ("/messages.json", "application/json"),
        ("/ru/messages.atom", "application/atom+xml; charset=utf-8"),
        ("/maintenance.ics", "text/calendar; charset=utf-8"),
        ("/help/erp.html", "text/html; charset=utf-8"),
        ("/help/en/old-erp.html", "text/html; charset=utf-8"),
    ],
)
async def test_each_page_says_what_it_is_and_is_known_again(
    site: Site, target: str, content_type: str
) -> None:
    reply = await get(site, target)
    assert (reply.status, reply.headers["content-type"]) == (200, content_type)
    assert reply.headers["cache-control"] == kept_for(60)
    head = await ask(site, "HEAD", target)
    assert head.headers["content-length"] == str(len(reply.body))
    again = await ask(site, "GET", target, [("If-None-Match", reply.headers["etag"])])
    assert (again.status, again.body) == (304, b"")
    refused = await ask(site, "POST", target)
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.integration
@pytest.mark.parametrize("target", ["/", "/en/"])
@pytest.mark.parametrize(
    "accept", ["application/json", "application/json;q=0.9, text/html;q=0.5", "application/*"]
)
async def test_a_program_that_asks_for_json_gets_it(site: Site, target: str, accept: str) -> None:
    reply = await get(site, target, accept)
    assert reply.headers["content-type"] == "application/json"
    assert "Accept" in reply.headers["vary"]
    assert reply.body == (await get(site, f"{target}messages.json")).body
    assert [each["id"] for each in json.loads(reply.body)["infobases"]] == ["erp", "hr"]


@pytest.mark.integration
@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "text/html,application/xhtml+xml,*/*;q=0.8",
        "image/png",
        "",
        "text/*;q=0.1, application/json;q=0",
    ],
)
async def test_a_browser_gets_the_page(site: Site, accept: str) -> None:
    reply = await get(site, "/", accept)
    assert reply.headers["content-type"].startswith("text/html")
    assert "Accept" in reply.headers["vary"]


@pytest.mark.integration
async def test_only_the_overview_asks_what_is_accepted(site: Site) -> None:
    assert (
        (await get(site, "/help/erp.html", "application/json"))
        .headers["content-type"]
        .startswith("text/html")
    )
    assert (
        (await get(site, "/help/erp.json", "text/html"))
        .headers["content-type"]
        .startswith("application/json")
    )


@pytest.mark.integration
async def test_an_unknown_infobase_is_a_404_that_helps(site: Site) -> None:
    reply = await get(site, "/help/gone.html")
    assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "tel:555" in reply.body.decode()


@pytest.mark.integration
async def test_a_message_is_on_the_pages_until_the_second_of_its_end(site: Site) -> None:
    site.post(a_message("Стоим"))
    for target in ("/", "/help/ru/erp.html", "/messages.json", "/messages.atom"):
        site.clock.now = NOON.timestamp() + 3599
        reply = await get(site, target)
        assert "Стоим" in reply.body.decode()
        assert reply.headers["cache-control"] == kept_for(1)
        site.clock.now = NOON.timestamp() + 3600
        # The page has it among what was.
        shown, _, _past = (await get(site, target)).body.decode().partition('<ul class="past">')
        assert "Стоим" not in shown


@pytest.mark.integration
async def test_a_scheduled_message_appears_at_its_start_without_a_new_snapshot(site: Site) -> None:
    site.post(a_message("Стоим", starts_in=60))
    assert "Стоим" not in (await get(site, "/help/ru/erp.html")).body.decode()
    site.clock.now += 60
    assert "Стоим" in (await get(site, "/help/ru/erp.html")).body.decode()


@pytest.mark.integration
async def test_the_overview_can_be_switched_off() -> None:
    async with serving(Site(compile(replace(a_catalog(), overview=False), (), NOON))) as site:
        for target in ("/", "/ru/", "/messages.json", "/messages.atom", "/maintenance.ics"):
            assert (await get(site, target)).status == 404
        assert (await get(site, "/help/erp.html")).status == 200


@pytest.mark.integration
async def test_an_ordinary_client_reads_it(site: Site) -> None:
    async with aiohttp.ClientSession() as session, session.get(site.url("/help/ru/erp.html")) as response:
        assert "ERP" in await response.text()


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ([], False),
        (["application/json"], True),
        (["APPLICATION/JSON ; Q=0.2", "text/html;q=0.1"], True),
        (["application/json;q=0.5, */*;q=0.6"], False),
        (["application/json, text/html"], False),
        (["text/html;level=1;q=0.3, application/json;q=0.4"], True),
        (["application/json;q=nonsense"], False),
        ([",;,q=1"], False),
    ],
)
def test_json_is_preferred_only_when_it_is_wanted_more_than_html(accept: list[str], expected: bool) -> None:
    assert prefers_json(accept) is expected
