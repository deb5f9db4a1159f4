"""Launchers fetch their list by REST and by SOAP, and only when it has changed."""

import asyncio
import gzip
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any
from uuid import UUID

import aiohttp
import pytest
import requests
import zeep
from public_site import NOON, Site, a_catalog, a_message, serving

from errorhelp.answers.snapshot import compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.lists import Access, ConnectionList, Rule
from errorhelp.formats import v8i
from errorhelp.people.proxies import TrustedProxies

pytestmark = pytest.mark.integration

ZERO = "00000000-0000-0000-0000-000000000000"
LOOPBACK = TrustedProxies(networks=(ip_network("127.0.0.0/8"),))
EVERYBODYS = ConnectionList(
    "mine",
    access=Access.PROXY,
    rules=(
        Rule(users=frozenset({"ann"}), targets=("erp",)),
        Rule(groups=frozenset({"people"}), targets=("hr",)),
    ),
)


def with_list(catalog: Catalog, connection_list: ConnectionList) -> Catalog:
    return replace(catalog, lists={**catalog.lists, connection_list.id: connection_list})


@dataclass
class Launcher:
    """What a launcher does: it remembers its id and code, and asks before it fetches.

    After docs/en/1c-formats.md#lists-for-launchers.
    """

    http: aiohttp.ClientSession
    url: str
    client_id: str = ZERO
    check_code: str = ZERO
    headers: dict[str, str] | None = None

    async def ask(self, url: str) -> Any:
        query = {"ClientID": self.client_id, "InfoBasesCheckCode": self.check_code}
        async with self.http.get(url, params=query, headers=self.headers) as answer:
            assert answer.status == 200, await answer.text()
            assert answer.headers["Cache-Control"] == "no-cache"
            return (await answer.json())["root"]

    async def has_changed(self) -> bool:
        return bool((await self.ask(f"{self.url}/WebCommonInfoBases/CheckInfoBases"))["InfoBasesChanged"])

    async def fetch(self) -> list[str]:
        """The names in the list, fetched from where the check says."""
        checked = await self.ask(f"{self.url}/WebCommonInfoBases/CheckInfoBases")
        origin = self.url.partition("/lists/")[0]
        fetched = await self.ask(f"{origin}{checked['URL']}/GetInfoBases")
        self.client_id, self.check_code = fetched["ClientID"], fetched["InfoBasesCheckCode"]
        return names(fetched["InfoBases"])


def names(text: str) -> list[str]:
    return [entry.name for entry in v8i.parse(text.encode()).entries]


def soap(site: Site, list_id: str) -> Any:
    return zeep.Client(site.url(f"/lists/{list_id}/WebCommonInfoBases?wsdl")).service


async def test_a_new_launcher_fetches_once_and_then_only_after_a_change() -> None:
    async with serving() as site, aiohttp.ClientSession() as http:
        launcher = Launcher(http, site.url("/lists/office"))
        assert await launcher.has_changed()
        assert await launcher.fetch() == ["ERP", "HR"]
        assert not await launcher.has_changed()
        known = launcher.client_id

        renamed = replace(site.snapshot.catalog.infobases["erp"], name="ERP 2")
        site.snapshot = compile(replace(site.snapshot.catalog, infobases={"erp": renamed}), (), NOON)
        assert await launcher.has_changed()
        assert await launcher.fetch() == ["ERP 2"]
        assert launcher.client_id == known


async def test_two_servers_agree_about_a_list() -> None:
    async with serving() as one, serving() as other, aiohttp.ClientSession() as http:
        launcher = Launcher(http, one.url("/lists/office"))
        await launcher.fetch()
        launcher.url = other.url("/lists/office")
        assert not await launcher.has_changed()


async def test_a_message_makes_a_list_that_carries_messages_another_one() -> None:
    carrying = ConnectionList("carrying", folders=("/",), carries_messages=True)
    site = Site(compile(with_list(a_catalog(), carrying), (), NOON))
    async with serving(site), aiohttp.ClientSession() as http:
        launcher, indifferent = (
            Launcher(http, site.url(f"/lists/{each}")) for each in ("carrying", "office")
        )
        await launcher.fetch()
        await indifferent.fetch()

        site.post(a_message("Updating", ends_in=60))
        assert await launcher.has_changed()
        assert not await indifferent.has_changed()
        await launcher.fetch()
        site.clock.now += 60
        assert await launcher.has_changed()


@pytest.mark.parametrize("slash", ["", "/"])
async def test_paths_answer_with_and_without_a_slash_at_their_end_and_never_redirect(slash: str) -> None:
    query = f"?ClientID={ZERO}&InfoBasesCheckCode={ZERO}"
    async with serving() as site, aiohttp.ClientSession() as http:
        for path in ("", "/CheckInfoBases", "/GetInfoBases"):
            url = site.url(f"/lists/office/WebCommonInfoBases{path}{slash}{query}")
            async with http.head(url, allow_redirects=False) as answer:
                assert answer.status == 200


@pytest.mark.parametrize("path", ["CheckInfoBases", "GetInfoBases"])
@pytest.mark.parametrize("junk", ["x", "{" + ZERO + "}", ZERO.replace("-", ""), ZERO + "0"])
async def test_what_is_no_guid_is_a_bad_request(path: str, junk: str) -> None:
    async with serving() as site, aiohttp.ClientSession() as http:
        for name in ("ClientID", "InfoBasesCheckCode"):
            url = site.url(f"/lists/office/WebCommonInfoBases/{path}")
            async with http.get(url, params={name: junk}) as answer:
                assert answer.status == 400
                assert "is not a GUID" in (await answer.json(content_type=None))["detail"]


async def test_a_list_that_is_not_there_is_not_found() -> None:
    async with serving() as site, aiohttp.ClientSession() as http:
        for path in ("WebCommonInfoBases", "WebCommonInfoBases/CheckInfoBases"):
            async with http.get(site.url(f"/lists/none/{path}")) as answer:
                assert answer.status == 404


async def test_a_client_that_takes_gzip_gets_the_same_document_compressed() -> None:
    long = ConnectionList("long", folders=("/",), carries_messages=True)
    site = Site(compile(with_list(a_catalog(), long), (a_message("Ведутся работы. " * 50),), NOON))
    async with serving(site), aiohttp.ClientSession(auto_decompress=False) as http:
        url = site.url(f"/lists/long/WebCommonInfoBases/GetInfoBases?ClientID={UUID(int=7)}")
        async with http.get(url, headers={"Accept-Encoding": "identity"}) as plain:
            document = await plain.read()
        async with http.get(url, headers={"Accept-Encoding": "gzip"}) as packed:
            assert packed.headers.get("Content-Encoding") == "gzip"
            body = await packed.read()
    assert len(body) < len(document)
    assert gzip.decompress(body) == document


async def test_a_soap_client_reads_the_description_and_fetches_the_list() -> None:
    async with serving() as site:

        def ask() -> Any:
            service = soap(site, "office")
            checked = service.CheckInfoBases(ClientID=ZERO, InfoBasesCheckCode=ZERO)
            fetched = service.GetInfoBases(ClientID=ZERO, InfoBasesCheckCode=ZERO)
            again = service.CheckInfoBases(fetched.ClientID, fetched.InfoBasesCheckCode)
            return checked, fetched, again

        checked, fetched, again = await asyncio.to_thread(ask)
    assert checked.InfoBasesChanged is True
    assert checked.URL == "/lists/office/WebCommonInfoBases"
    assert again.InfoBasesChanged is False
    assert fetched.InfoBases.encode() == site.snapshot.compiled("/lists/office.v8i").body.removeprefix(
        b"\xef\xbb\xbf"
    )


async def test_rest_and_soap_hand_out_the_same_list_whatever_is_in_it() -> None:
    hostile = "<svg onload=x> & ]]> \"quotes\" 'а' \u202e end"
    catalog = a_catalog()
    named = replace(catalog.infobases["erp"], name=hostile)
    site = Site(compile(replace(catalog, infobases={"erp": named}), (), NOON))
    async with serving(site), aiohttp.ClientSession() as http:
        by_rest = await Launcher(http, site.url("/lists/office")).fetch()
        fetched = await asyncio.to_thread(lambda: soap(site, "office").GetInfoBases(ClientID=ZERO))
    assert by_rest == names(fetched.InfoBases) == [hostile]


async def test_ws_cws_takes_soap_as_well() -> None:
    async with serving() as site:
        text = await asyncio.to_thread(
            _post_soap, site, "office/WebCommonInfoBases/ws.cws", _call("GetInfoBases")
        )
    assert "[ERP]" in text


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not xml",
        "<a/>",
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>',
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><x/></s:Body></s:Envelope>',
        '<!DOCTYPE x [<!ENTITY a "a"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
    ],
)
async def test_what_is_no_call_gets_a_soap_fault(body: str) -> None:
    async with serving() as site:

        def post() -> requests.Response:
            url = site.url("/lists/office/WebCommonInfoBases")
            return requests.post(url, data=body, headers={"Content-Type": "text/xml"}, timeout=10)

        answer = await asyncio.to_thread(post)
    assert answer.status_code == 500
    assert "<faultcode>s:Client</faultcode>" in answer.text


async def test_the_access_of_a_list_holds_for_launchers_too_but_a_check_is_anonymous() -> None:
    async with serving() as site, aiohttp.ClientSession() as http:
        url = site.url("/lists/branch/WebCommonInfoBases/GetInfoBases")
        async with http.get(url) as refused:
            assert refused.status == 401
            assert "Basic" in ", ".join(refused.headers.getall("WWW-Authenticate"))
        login = aiohttp.encode_basic_auth("any", "s3cret-тайна", encoding="utf-8")
        async with http.get(url, headers={"Authorization": login}) as answer:
            assert answer.status == 200
        assert await Launcher(http, site.url("/lists/branch")).has_changed()


async def test_one_address_gives_each_user_what_the_rules_give_them() -> None:
    site = Site(compile(with_list(a_catalog(), EVERYBODYS), (), NOON))
    async with serving(site, proxies=LOOPBACK), aiohttp.ClientSession() as http:

        def launcher(user: str, groups: str = "") -> Launcher:
            headers = {"Remote-User": user, "Remote-Groups": groups}
            return Launcher(http, site.url("/lists/mine"), headers=headers)

        assert await launcher("Ann").fetch() == ["ERP"]
        assert await launcher("bob", "staff; People").fetch() == ["HR"]
        assert await launcher("ann", "people").fetch() == ["ERP", "HR"]
        assert await launcher("stranger").fetch() == []

        async with http.get(site.url("/lists/mine.v8i"), headers={"Remote-User": "ann"}) as answer:
            assert names((await answer.read()).decode("utf-8-sig")) == ["ERP"]
        async with http.get(site.url("/lists/mine.v8i")) as answer:
            assert answer.status == 403


async def test_a_check_without_a_login_is_answered_for_the_user_who_fetched() -> None:
    site = Site(compile(with_list(a_catalog(), EVERYBODYS), (), NOON))
    async with serving(site, proxies=LOOPBACK), aiohttp.ClientSession() as http:
        ann = Launcher(http, site.url("/lists/mine"), headers={"Remote-User": "ann"})
        await ann.fetch()
        before = ann.client_id
        ann.headers = None
        assert not await ann.has_changed()

        ann.headers = {"Remote-User": "ann", "Remote-Groups": "people"}
        assert await ann.fetch() == ["ERP", "HR"]
        assert ann.client_id != before
        ann.headers = None
        assert not await ann.has_changed()


def _call(operation: str) -> str:
    return (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
        f'<m:{operation} xmlns:m="urn:any"><m:ClientID>{ZERO}</m:ClientID></m:{operation}>'
        "</s:Body></s:Envelope>"
    )


def _post_soap(site: Site, path: str, body: str) -> str:
    answer = requests.post(site.url(f"/lists/{path}"), data=body, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/soap+xml; charset=utf-8"
    return answer.text
