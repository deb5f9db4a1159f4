"""Errors on the public listener: pages for people with a browser, problem documents for programs."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from lxml import html
from public_site import NOON, Reply, Site, a_message, ask, serving

from errorhelp.answers.snapshot import compile
from errorhelp.public.accept_header import wants_page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
PROBLEM = "application/problem+json"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving() as served:
        yield served


async def visit(site: Site, target: str, language: str = "ru-RU,ru;q=0.9", method: str = "GET") -> Reply:
    return await ask(site, method, target, [("Accept", BROWSER), ("Accept-Language", language)])


def text_of(reply: Reply) -> str:
    return " ".join(html.document_fromstring(reply.body.decode()).find("body/main").text_content().split())


@pytest.mark.integration
@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "ru-RU,ru;q=0.9",
            "Такой страницы нет Ссылка устарела или набрана с ошибкой. Куда обратиться Звоните 5-55",
        ),
        (
            "de;q=0.9,en-US;q=0.8,ru;q=0.1",
            "There is no such page The address is out of date or mistyped. Who can help Call 5-55",
        ),
        ("de", "Такой страницы нет Ссылка устарела или набрана с ошибкой. Куда обратиться Звоните 5-55"),
    ],
)
async def test_where_there_is_nothing_a_browser_gets_a_page_in_its_readers_language(
    site: Site, language: str, words: str
) -> None:
    reply = await visit(site, "/some/where/else", language)
    assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert words in text_of(reply)
    assert reply.headers["cache-control"] == "no-cache"
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    head = await visit(site, "/some/where/else", language, "HEAD")
    assert (head.status, head.headers["content-length"]) == (404, str(len(reply.body)))


@pytest.mark.integration
async def test_it_leads_to_all_infobases_unless_these_are_not_for_everybody(site: Site) -> None:
    page = html.document_fromstring((await visit(site, "/some/where")).body.decode())
    assert [each.get("href") for each in page.iter("a")] == ["tel:555", "../ru/"]
    closed = replace(site.snapshot.catalog, overview=False)
    site.snapshot = compile(closed, (), NOON)
    page = html.document_fromstring((await visit(site, "/")).body.decode())
    assert [each.get("href") for each in page.iter("a")] == ["tel:555"]


@pytest.mark.integration
async def test_it_says_what_is_going_on_for_everybody(site: Site) -> None:
    site.post(a_message("Стоит всё", target="*"), a_message("Стоит ERP"))
    said = text_of(await visit(site, "/nothing"))
    assert "Стоит всё" in said
    assert "Стоит ERP" not in said


@pytest.mark.integration
async def test_a_list_that_is_not_for_everybody_still_asks_for_its_token(site: Site) -> None:
    reply = await visit(site, "/lists/branch.v8i")
    assert reply.status == 401
    assert "К этой странице нет доступа" in text_of(reply)
    assert reply.headers["www-authenticate"]


@pytest.mark.integration
async def test_an_error_of_ours_is_a_page_with_the_id_that_the_log_has(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    good, site.snapshot = site.snapshot, replace(site.snapshot, board=None)  # type: ignore[arg-type]
    reply = await visit(site, "/help/ru/erp.html")
    # What makes no page makes that of the error neither.
    assert (reply.status, reply.headers["content-type"]) == (500, PROBLEM)
    site.snapshot = replace(good, catalog=replace(good.catalog, infobases=None))  # type: ignore[arg-type]
    reply = await visit(site, "/ru/")
    assert (reply.status, reply.headers["content-type"]) == (500, "text/html; charset=utf-8")
    (error_id,) = re.findall(r"в журнале по номеру (\S+)\.", text_of(reply))
    assert f"error {error_id} in GET" in caplog.text


@pytest.mark.integration
@pytest.mark.parametrize(
    "accept", ["*/*", "", "application/json", "text/*;q=0.5, */*", "text/html;q=0.5, */*"]
)
async def test_a_program_gets_the_problem_document(site: Site, accept: str) -> None:
    reply = await ask(site, "GET", "/nothing", [("Accept", accept), ("Accept-Language", "ru")])
    assert (reply.status, reply.headers["content-type"]) == (404, PROBLEM)
    assert json.loads(reply.body)["title"] == "There is nothing at this address"
    assert "vary" not in reply.headers


@pytest.mark.integration
async def test_a_service_address_answers_everybody_alike(site: Site) -> None:
    reply = await visit(site, "/help/gone.json")
    assert (reply.status, reply.headers["content-type"]) == (404, PROBLEM)
    assert json.loads(reply.body)["helpText"] == "Звоните 5-55"


@pytest.mark.integration
async def test_who_posts_gets_the_problem_document(site: Site) -> None:
    assert (await visit(site, "/", method="POST")).headers["content-type"] == PROBLEM


@pytest.mark.integration
async def test_the_icon_that_browsers_ask_for_is_there(site: Site) -> None:
    reply = await ask(site, "GET", "/favicon.ico")
    assert (reply.status, reply.headers["content-type"]) == (200, "image/x-icon")
    assert reply.body.startswith(b"\x00\x00\x01\x00")
    site.snapshot = compile(replace(site.snapshot.catalog, overview=False), (), NOON)
    assert (await ask(site, "GET", "/favicon.ico")).status == 200


@pytest.mark.parametrize(
    ("accept", "is_wanted"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("*/*", False),
        ("text/*", False),
        ("text/html, application/problem+json", False),
        ("text/html;q=0", False),
    ],
)
def test_a_page_is_for_who_names_html_and_wants_it_most(accept: str, is_wanted: bool) -> None:
    assert wants_page([accept]) is is_wanted
