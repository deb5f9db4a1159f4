"""Public launchers and servers, as far as their sources show: what they ask is asked here, in words of our own.

AdminPanel (akpaevj), YetAnotherOneCLauncher (val174), v8iservice (korotovskih), IBStart (ant-m13), V8I.Manager
(korableg).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import fromstring

import aiohttp
import pytest
from public_site import Site, serving

pytestmark = pytest.mark.integration

ZERO = "00000000-0000-0000-0000-000000000000"


@dataclass
class YetAnotherLauncher:
    """Takes `InternetService=address`, appends the service's name, and resolves the URL that it gets."""

    http: aiohttp.ClientSession
    address: str
    client_id: str = ZERO
    check_code: str = ZERO

    async def _ask(self, root: str, operation: str) -> dict[str, Any]:
        url = f"{root.rstrip('/')}/{operation}?ClientID={self.client_id}&InfoBasesCheckCode={self.check_code}"
        async with self.http.get(url) as answer:
            assert answer.status == 200, (url, answer.status)
            document = await answer.json(content_type=None)
        # Names in any case, with or without "root" around them.
        return {name.lower(): value for name, value in document.get("root", document).items()}

    async def fetch(self) -> str | None:
        """The new list, None when it is the known one."""
        root = f"{self.address.rstrip('/')}/WebCommonInfoBases"
        checked = await self._ask(root, "CheckInfoBases")
        assert isinstance(checked["infobaseschanged"], bool)
        if not checked["infobaseschanged"]:
            return None
        got = await self._ask(
            urljoin(self.address, checked["url"]) if checked["url"] else root, "GetInfoBases"
        )
        self.client_id, self.check_code = got["clientid"], got["infobasescheckcode"]
        return str(got["infobases"])


@dataclass
class IbstartFile:
    """Sections of a list as IBStart reads them: `[Name]`, the first `=` of a line splits it, all else is kept."""

    sections: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    opaque: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, data: bytes) -> "IbstartFile":
        found = cls()
        for line in data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "strict").splitlines():
            if line.startswith("[") and line.endswith("]"):
                found.sections.append((line[1:-1], {}))
            elif "=" in line and found.sections:
                key, _, value = line.partition("=")
                found.sections[-1][1][key.strip()] = value.strip()
            else:
                found.opaque.append(line)
        return found


@pytest.mark.parametrize(
    "address",
    [
        "/lists/office",
        "/lists/office/",
        "/lists/office/WebCommonInfoBases",
        "/lists/office/WebCommonInfoBases/",
    ],
)
async def test_a_launcher_gets_its_list_once_however_its_address_is_written(address: str) -> None:
    async with serving() as site, aiohttp.ClientSession() as http:
        launcher = YetAnotherLauncher(http, site.url(address))
        text = await launcher.fetch()
        assert text is not None
        assert re.findall(r"^\[(.*)\]", text, re.MULTILINE) == ["ERP", "HR"]
        assert await launcher.fetch() is None


@pytest.mark.parametrize("slash", ["", "/"])
async def test_operations_one_level_up_are_answered_as_v8iservice_has_them(slash: str) -> None:
    known = {"ClientID": ZERO, "InfoBasesCheckCode": ZERO}
    async with serving() as site, aiohttp.ClientSession() as http:
        async with http.head(site.url("/lists/office/WebCommonInfoBases/"), allow_redirects=False) as answer:
            assert answer.status == 200
        found = {}
        for operation in ("CheckInfoBases", "GetInfoBases"):
            url = site.url(f"/lists/office/{operation}{slash}")
            async with http.get(url, params=known, allow_redirects=False) as answer:
                assert answer.status == 200
                found[operation] = (await answer.json())["root"]
        assert found["CheckInfoBases"] == {
            "InfoBasesChanged": True,
            "URL": "/lists/office/WebCommonInfoBases",
        }
        assert "[ERP]" in found["GetInfoBases"]["InfoBases"]
        async with http.get(site.url("/lists/office"), allow_redirects=False) as answer:
            assert answer.status == 404
        async with http.get(
            site.url("/lists/office/WebCommonInfoBases/WebCommonInfoBases/WebCommonInfoBases")
        ) as answer:
            assert answer.status == 404


async def test_the_access_of_a_list_holds_at_all_its_addresses() -> None:
    async with serving() as site, aiohttp.ClientSession() as http:
        for address in ("", "/WebCommonInfoBases", "/WebCommonInfoBases/WebCommonInfoBases"):
            async with http.get(site.url(f"/lists/branch{address}/GetInfoBases")) as answer:
                assert answer.status == 401


async def test_an_anonymous_check_and_a_bad_guid_are_answered_as_adminpanel_does() -> None:
    async with serving() as site, aiohttp.ClientSession() as http:
        url = site.url("/lists/branch/WebCommonInfoBases/CheckInfoBases")
        async with http.get(url, params={"ClientID": ZERO, "InfoBasesCheckCode": ZERO}) as answer:
            assert (await answer.json())["root"]["InfoBasesChanged"] is True
        async with http.get(url, params={"ClientID": "no guid", "InfoBasesCheckCode": ZERO}) as answer:
            assert answer.status == 400


def envelope(operation: str, **values: str) -> bytes:
    """What v8iservice expects from launchers: these prefixes, and schemas named on each value."""
    schemas = (
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    )
    inner = "".join(f"<m:{name} {schemas}>{value}</m:{name}>" for name, value in values.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header/><soap:Body>'
        f'<m:{operation} xmlns:m="http://v8iservice/WebCommonInfoBases">{inner}</m:{operation}>'
        "</soap:Body></soap:Envelope>"
    ).encode()


async def call(
    http: aiohttp.ClientSession, site: Site, path: str, operation: str, **values: str
) -> dict[str, str]:
    headers = {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": f'"http://v8iservice/WebCommonInfoBases#WebCommonInfoBases:{operation}"',
    }
    async with http.post(site.url(path), data=envelope(operation, **values), headers=headers) as answer:
        assert answer.status == 200
        root = fromstring(await answer.read())  # noqa: S314 - our own answer
    return dict(_values(root, operation))


def _values(root: Any, operation: str) -> Iterator[tuple[str, str]]:
    (response,) = root.iter(f"{{http://v8iservice/WebCommonInfoBases}}{operation}Response")
    for each in response:
        yield each.tag.partition("}")[2], each.text or ""


@pytest.mark.parametrize("path", ["/WebCommonInfoBases", "/WebCommonInfoBases/ws.cws", "/ws.cws"])
async def test_envelopes_of_v8iservice_are_understood_and_answered_in_their_namespace(path: str) -> None:
    async with serving() as site, aiohttp.ClientSession() as http:
        address, known = f"/lists/office{path}", {"ClientID": ZERO, "InfoBasesCheckCode": ZERO}
        checked = await call(http, site, address, "CheckInfoBases", **known)
        assert (checked["InfoBasesChanged"], checked["URL"]) == ("true", "/lists/office/WebCommonInfoBases")
        got = await call(http, site, address, "GetInfoBases", **known)
        assert "[HR]" in got["InfoBases"]
        known = {name: got[name] for name in known}
        assert (await call(http, site, address, "CheckInfoBases", **known))["InfoBasesChanged"] == "false"


async def test_ibstart_reads_every_section_of_a_list_and_leaves_no_line_over() -> None:
    async with (
        serving() as site,
        aiohttp.ClientSession() as http,
        http.get(site.url("/lists/office.v8i")) as answer,
    ):
        read = IbstartFile.read(await answer.read())
    assert [name for name, _ in read.sections] == ["ERP", "HR"]
    assert all(re.fullmatch(r'Srvr="app1";Ref="(erp|hr)";', keys["Connect"]) for _, keys in read.sections)
    assert {keys["StartupErrorHelpText"] for _, keys in read.sections} == {"Звоните 5-55"}
    assert set(read.opaque) <= {""}
