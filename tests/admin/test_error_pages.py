"""Errors of the admin pages are answered with a page, in the reader's language, with a way back."""

import re
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from admin_api import AdminApi, admin_api
from aiohttp import ClientSession
from lxml import html
from signing_in import EVERYBODY, Browser, Page, browser

pytestmark = pytest.mark.integration

LATIN_WORD = re.compile(r"\b[A-Za-z]{2,}\b")
# Names that are the same in Russian: of the product, of people, of settings, and the switch of languages.
NAMES = {
    "errorhelp",
    "English",
    "anna",
    "vera",
    "fedor",
    "admin",
    "url",
    "yaml",
    "Europe",
    "Moscow",
    "UTC",
    "CRM",
    "Finance",
    "Payroll",
}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path, admin=EVERYBODY) as api:
        yield api


@asynccontextmanager
async def reading_russian(api: AdminApi, name: str = "anna") -> AsyncIterator[Browser]:
    """Somebody who signed in and reads Russian."""
    async with browser(api.url, Accept_Language="ru") as somebody:
        await somebody.sign_in(name)
        yield somebody


@pytest.fixture
async def anna(api: AdminApi) -> AsyncIterator[Browser]:
    async with reading_russian(api) as somebody:
        yield somebody


def current(page: Page) -> list[str]:
    """What the navigation marks as the page that is shown."""
    return [each.text for each in html.document_fromstring(page.text).xpath("//nav//*[@aria-current='page']")]


def said(page: Page) -> str:
    """All that a page says, without what it quotes or shows as a command."""
    document = html.document_fromstring(page.text)
    for quoted in document.xpath("//q[@lang='en'] | //code | //title | //script"):
        quoted.text = ""
    return str(document.find("body").text_content())


@pytest.mark.parametrize("path", ["/nothing", "/infobases/erp/nothing", "/static/none", "/problems/2026-13"])
async def test_a_browser_at_an_unknown_address_gets_a_page_with_the_way_back(
    anna: Browser, path: str
) -> None:
    page = await anna.get(path)
    assert (page.status, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    document = html.document_fromstring(page.text)
    assert document.findtext(".//h1").strip() == "Не найдено"
    assert [each.get("href") for each in document.findall(".//main//a")] == ["/"]


async def test_scripts_get_a_problem_document_at_an_unknown_address(api: AdminApi, anna: Browser) -> None:
    for path, accept in (("/nothing", "*/*"), ("/api/v1/nothing", "text/html")):
        answer = await anna.get(path, Accept=accept)
        assert answer.status == 404
        assert answer.headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/sign-out"), ("DELETE", "/"), ("PROPFIND", "/planned")]
)
async def test_a_method_that_an_address_does_not_take_is_answered_with_a_page(
    anna: Browser, method: str, path: str
) -> None:
    page = await anna.ask(method, path, headers={"Sec-Fetch-Site": "same-origin"})
    assert page.status == 405
    assert page.headers["Allow"]
    assert "По этому адресу нет страницы" in page.text


async def test_a_stranger_learns_nothing_of_what_there_is(api: AdminApi) -> None:
    async with browser(api.url) as stranger:
        for path in ("/nothing", "/sign-out", "/planned"):
            assert (await stranger.get(path)).location == f"/sign-in?to=%2F{path[1:]}"


FORM = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize(
    ("name", "method", "path", "fields", "headers", "status"),
    [
        ("anna", "GET", "/messages/none", None, {}, 404),
        ("anna", "GET", "/problems/none", None, {}, 404),
        ("anna", "GET", "/reports/none", None, {}, 404),
        ("anna", "POST", "/tokens/none/revoke", {"back": "/"}, FORM, 404),
        ("anna", "POST", "/planned/none", {"action": "skip"}, FORM, 404),
        ("anna", "POST", "/messages/{over}/extend", {"by": "1h"}, FORM, 409),
        ("anna", "POST", "/messages/{live}/extend", {"by": "1h"}, FORM, 422),
        ("anna", "POST", "/messages/{live}/extend", {"by": "9999d"}, FORM, 400),
        ("anna", "POST", "/settings", {"confirm": "none"}, FORM, 409),
        ("anna", "POST", "/tokens", {"name": "vera", "role": "viewer", "folders": "/Finance"}, FORM, 422),
        ("anna", "POST", "/settings", {"confirm": "none"}, {"Origin": "https://evil.example"}, 403),
        ("anna", "GET", "/sign-in/first", None, {"Host": "10.0.0.5"}, 403),
        ("vera", "GET", "/settings", None, {}, 403),
        ("vera", "POST", "/write", {"action": "post"}, FORM, 403),
        ("fedor", "POST", "/messages/{live}/end", {"back": "/"}, FORM, 403),
    ],
)
async def test_what_is_wrong_with_a_request_is_answered_in_russian(
    api: AdminApi,
    name: str,
    method: str,
    path: str,
    fields: Mapping[str, str] | None,
    headers: Mapping[str, str],
    status: int,
) -> None:
    live = (await api.posted(targets=["crm"], duration="30d"))["id"]
    over = (await api.posted(targets=["crm"]))["id"]
    await api.post(f"/api/v1/messages/{over}/end")
    async with reading_russian(api, name) as somebody:
        page = await somebody.ask(method, path.format(live=live, over=over), fields, headers)
        assert page.status == status
        assert set(LATIN_WORD.findall(said(page))) <= NAMES


async def test_another_name_of_the_machine_is_answered_in_russian(api: AdminApi, anna: Browser) -> None:
    page = await anna.get("/", Host="errorhelp")
    assert page.status == 421
    assert "У этих страниц другой адрес" in page.text
    assert set(LATIN_WORD.findall(said(page))) <= NAMES


async def test_what_the_database_says_is_quoted(api: AdminApi, anna: Browser) -> None:
    message = await api.posted()
    with closing(sqlite3.connect(api.database)) as other:
        other.execute("BEGIN IMMEDIATE")
        page = await anna.post(f"/messages/{message['id']}/end")
    assert page.status == 503
    assert re.search(r"По-английски: <q lang=\"en\" dir=\"auto\">[^<]*errorhelp\.db: ", page.text)
    assert set(LATIN_WORD.findall(said(page))) <= NAMES


async def test_what_an_english_reader_gets_is_not_marked_as_foreign(api: AdminApi) -> None:
    async with browser(api.url, Accept_Language="en") as vera:
        await vera.sign_in("vera")
        page = await vera.get("/settings")
    assert "Your role is “Viewer”, but this requires “Admin”." in page.text


async def test_after_a_refusal_the_navigation_marks_the_page_of_the_form(
    api: AdminApi, anna: Browser
) -> None:
    live = (await api.posted(targets=["crm"], duration="30d"))["id"]
    extend = f"/messages/{live}/extend"
    for path, form, marked in (
        ("/write", "/write?to=crm", ["Написать"]),
        ("/settings", "/settings", ["Настройки"]),
        ("/planned/none", "/planned", ["План"]),
        (extend, "/history?who=anna", ["История"]),
        (extend, "/", ["Сейчас"]),
    ):
        own = {"Sec-Fetch-Site": "same-origin", "Referer": f"{api.url}{form}"}
        page = await anna.ask("POST", path, {"by": "1h", "action": "post", "confirm": "none"}, own)
        assert page.status >= 400
        assert current(page) == marked, path
    nowhere = await anna.ask(
        "POST", extend, {"by": "1h"}, {"Sec-Fetch-Site": "same-origin", "Referer": "http://["}
    )
    assert current(nowhere) == ["Сейчас"]


async def test_switching_the_language_leads_back_to_the_page_of_the_form(
    api: AdminApi, anna: Browser
) -> None:
    own = {"Sec-Fetch-Site": "same-origin", "Referer": f"{api.url}/history?who=anna"}
    page = await anna.ask("POST", "/planned/none", {"action": "skip"}, own)
    (back,) = html.document_fromstring(page.text).xpath("//form[@action='/language']//*[@name='back']")
    assert back.get("value") == "/history?who=anna"


async def test_what_is_no_http_is_answered_in_plain_text(api: AdminApi) -> None:
    async with ClientSession() as http, http.get(f"{api.url}/{'a' * 20_000}") as answer:
        assert answer.status == 400
        assert answer.content_type == "text/plain"
        assert "8190 bytes" in await answer.text()
