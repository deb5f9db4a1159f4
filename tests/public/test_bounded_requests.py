"""What one request may cost, counted: headers, paths, calls of launchers, forms. Reports have tests of their own."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import aiohttp
import pytest
from admin_api import AdminApi, admin_api
from multidict import CIMultiDict
from public_site import NOON, Site, a_catalog, serving
from signing_in import EVERYBODY
from work import counted

from errorhelp.admin.pages.page_language import choose_language
from errorhelp.admin.pages.page_routes import LARGEST_OPEN_FORM
from errorhelp.answers.answer import answer
from errorhelp.answers.snapshot import compile
from errorhelp.formats.infobase_list import NotUnderstood, parse_call
from errorhelp.people.proxies import TrustedProxies
from errorhelp.public.accept_header import prefers_json
from errorhelp.public.caching import unless_known
from errorhelp.public.help_requests import Asked

# As many and as long as the listener takes them.
MANY = ["," * 8000] * 100
FEW_CALLS = 5_000

SOAP = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<m:GetInfoBases xmlns:m="{}">{}</m:GetInfoBases></s:Body></s:Envelope>'
)


@pytest.mark.parametrize("part", [",", ";,", '"",', "a/b;q=1,", "1.1.1.1,"])
def test_of_headers_made_of_thousands_of_parts_few_are_looked_at(part: str) -> None:
    values = [(part * 8000)[:8000]] * 100
    known = answer(b"{}", "application/json")
    proxies = TrustedProxies((ip_network("10.0.0.0/8"), ip_network("1.0.0.0/8")))
    forwarded = CIMultiDict(("X-Forwarded-For", each) for each in values)
    with counted() as work:
        prefers_json(values)
        unless_known(known, values)
        choose_language("", values[0], ("en", "ru"))
        proxies.client("10.0.0.1", forwarded)
    assert work.calls <= 2 * FEW_CALLS


def test_the_first_parts_of_a_header_count_however_many_follow() -> None:
    known = answer(b"{}", "application/json")
    assert prefers_json(["application/json", *MANY])
    assert unless_known(known, [f"{known.etag.decode()}{MANY[0]}"]).status == 304
    assert choose_language("", f"ru{MANY[0]}", ("en", "ru")) == "ru"


def test_the_nearest_proxies_count_however_many_addresses_the_client_made_up() -> None:
    proxies = TrustedProxies((ip_network("10.0.0.0/8"),))
    headers = CIMultiDict([*(("X-Forwarded-For", each) for each in MANY), ("X-Forwarded-For", "192.0.2.7")])
    assert proxies.client("10.0.0.1", headers) == "192.0.2.7"
    assert proxies.client("192.0.2.9", headers) == "192.0.2.9"


@pytest.mark.parametrize(
    "path", ["/help/{}.json", "/help/{}/erp.json", "/help/en/{}.html", "/lists/{}.v8i", "/reports/{}/getInfo"]
)
async def test_paths_made_up_by_strangers_cost_little_and_are_not_remembered(path: str) -> None:
    site = Site()
    counting = Asked(site.clock, lambda: site.snapshot.catalog)
    now = site.clock()
    # A template is compiled once, by whichever test comes first.
    site.snapshot.find(path.format("first"), now)
    with counted() as work:
        for number in range(100):
            for name in (f"x{number}", "a-" * 2000, "%2e" * 1000, "б" * 1000):
                assert site.snapshot.find(path.format(name), now) is None or "/help/" in path
                counting.count(path.format(name), "curl/8", now)
    assert work.calls <= 400 * 200
    assert len(site.snapshot.pages) <= 1
    assert sum(map(len, counting.unknown)) <= 50 * 200


# Launchers


@pytest.mark.parametrize(
    "inside",
    [
        "<a/>" * 1_900,
        "<a>" * 1_100 + "</a>" * 1_100,
        "<a " + " ".join(f'b{number}=""' for number in range(900)) + "/>",
        "".join(f'<a xmlns="{number}"/>' for number in range(400)),
        "&#65;" * 1_500,
    ],
    ids=lambda inside: inside[:20],
)
def test_a_call_of_8_kib_costs_a_bounded_number_of_steps(inside: str) -> None:
    with counted() as work:
        parse_call(SOAP.format("urn:x", inside).encode())
    assert work.calls <= 12_000


@pytest.mark.integration
async def test_a_call_that_is_larger_is_not_read() -> None:
    async with serving() as site, aiohttp.ClientSession() as http:
        url = site.url("/lists/office/WebCommonInfoBases")
        async with http.post(url, data=SOAP.format("urn:x", " " * 9_000)) as reply:
            assert reply.status == 500
            assert "Fault" in await reply.text()


def test_a_namespace_that_is_longer_than_any_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="namespace"):
        parse_call(SOAP.format("x" * 501, "").encode())


@pytest.mark.integration
async def test_a_list_is_prepared_once_for_soap_whatever_namespaces_are_made_up() -> None:
    many = a_catalog()
    site = Site(compile(many, (), NOON))
    async with serving(site), aiohttp.ClientSession() as http:
        url = site.url("/lists/office/WebCommonInfoBases")
        answers = []
        with counted() as work:
            for number in range(50):
                namespace = "urn:" + "x" * number
                async with http.post(url, data=SOAP.format(namespace, "")) as reply:
                    assert reply.status == 200
                    answers.append((namespace, await reply.text()))
        assert all(f'xmlns:m="{namespace}"' in text for namespace, text in answers)
        assert work.by_name["compressobj"] + work.by_name["escape"] <= 1


# Forms for whoever comes


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path, admin=EVERYBODY) as api:
        yield api


async def posted(api: AdminApi, path: str, body: bytes) -> int:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Sec-Fetch-Site": "same-origin",
        "Accept": "text/html",
    }
    async with api.http.post(api.url + path, data=body, headers=headers, allow_redirects=False) as reply:
        await reply.read()
        return reply.status


@pytest.mark.integration
@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/first", "/language"])
async def test_of_the_forms_for_whoever_comes_little_is_read(api: AdminApi, path: str) -> None:
    assert await posted(api, path, b"a" * (LARGEST_OPEN_FORM + 1)) == 413
    assert await posted(api, path, b"a&" * (LARGEST_OPEN_FORM // 2)) < 500


@pytest.mark.integration
def test_signing_in_with_a_form_full_of_fields_costs_a_bounded_number_of_steps(tmp_path: Path) -> None:
    async def work() -> int:
        async with admin_api(tmp_path, admin=EVERYBODY) as api:
            body = b"name=" + b"a" * 8000 + b"&password=" + b"b" * 2000 + b"&" + b"c=d&" * 900
            await posted(api, "/sign-in", b"name=a&password=b")
            with counted() as counting:
                assert await posted(api, "/sign-in", body) in (403, 429)
            return counting.longest_step

    assert asyncio.run(work()) <= 60_000
