"""Pages of others in a browser that is signed in: what they make it send is refused."""

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from admin_api import AUTHORIZED, AdminApi, admin_api
from signing_in import EVERYBODY, PASSWORD, Browser, browser

from errorhelp.admin.access.request_origins import is_known_host, is_own_page

URL = "https://errorhelp.example.com"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path, admin=f"{EVERYBODY}, url: '{URL}'") as api:
        yield api


@pytest.fixture
async def anna(api: AdminApi) -> AsyncIterator[Browser]:
    async with browser(api.url) as anna:
        cookie = (await anna.sign_in("anna")).headers["Set-Cookie"]
        anna.http.headers["Cookie"] = cookie.partition(";")[0]
        yield anna


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": URL}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Origin": URL}, True),
        ({"Origin": "http://10.0.0.5:8081"}, True),
        ({"Origin": "HTTP://10.0.0.5:8081"}, True),
        ({"Origin": "http://10.0.0.5"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": f"{URL}.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "null", "Host": ""}, False),
        ({"Origin": ""}, False),
        ({}, False),
    ],
    ids=str,
)
def test_a_change_is_believed_to_come_from_an_own_page_when_the_browser_says_so(
    headers: Mapping[str, str], is_own: bool
) -> None:
    assert is_own_page({"Host": "10.0.0.5:8081", **headers}, URL) is is_own


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8081", "127.0.0.1", "[::1]:8081", "localhost:8081", "10.0.0.5", "errorhelp.example.com:443"],
)
def test_the_listener_is_known_by_addresses_and_by_its_own_name(host: str) -> None:
    assert is_known_host(host, URL)


@pytest.mark.parametrize(
    "host", ["", "evil.example", "127.0.0.1.evil.example", "x@evil.example", "example.com"]
)
def test_no_other_name_is_known(host: str) -> None:
    assert not is_known_host(host, URL)
    assert not is_known_host(host, None)


FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {},
)


@pytest.mark.integration
async def test_no_change_is_made_for_a_page_of_somebody_else(api: AdminApi, anna: Browser) -> None:
    message = await api.posted()
    changes = [
        (method, re.sub(r"\{\w+\}", message["id"], path))
        for method, path in api.listener.routes
        if method not in ("GET", "HEAD")
    ]
    assert {"/sign-in", "/sign-out", "/tokens", "/api/v1/messages"} <= {path for _, path in changes}
    for method, path in changes:
        for headers in FOREIGN:
            refused = await anna.ask(method, path, {"text": "Hello"}, headers)
            assert refused.status == 403, (method, path, headers)
    assert await anna.is_signed_in()
    assert await api.ids(state="active") == [message["id"]]


@pytest.mark.integration
async def test_an_own_page_makes_changes_through_the_api_too(api: AdminApi, anna: Browser) -> None:
    message = await api.posted()
    own_page = {"Sec-Fetch-Site": "same-origin"}
    ended = await anna.ask("POST", f"/api/v1/messages/{message['id']}/end", headers=own_page)
    assert ended.status == 200
    events = (await api.get(f"/api/v1/messages/{message['id']}/events")).document["events"]
    assert [event["who"] for event in events] == ["admin", "anna"]


@pytest.mark.integration
async def test_a_script_with_a_token_need_not_say_from_where_it_comes(api: AdminApi) -> None:
    assert (await api.post("/api/v1/reload", headers=AUTHORIZED | {"Host": "any.name.example"})).status == 200


@pytest.mark.integration
async def test_somebody_else_s_page_signs_nobody_in_as_somebody_else(api: AdminApi) -> None:
    async with browser(api.url) as vera:
        fields = {"name": "anna", "password": PASSWORD}
        refused = await vera.post("/sign-in", fields, Origin="https://evil.example")
        assert refused.status == 403
        assert "Set-Cookie" not in refused.headers


@pytest.mark.integration
async def test_a_name_that_suddenly_leads_here_gets_nothing(api: AdminApi, anna: Browser) -> None:
    headers = {"Host": "evil.example", "Sec-Fetch-Site": "same-origin"}
    for method, path in api.listener.routes:
        answer = await anna.ask(method, re.sub(r"\{\w+\}", "any", path), headers=headers)
        is_open = method in ("GET", "HEAD") and path in OPEN
        assert (answer.status != 421) == is_open, (method, path)


OPEN = {
    "/healthz",
    "/api/v1/openapi.json",
    "/sign-in",
    "/sign-in/first",
    "/static/{digest}/{name}",
}


@pytest.mark.integration
async def test_the_refusal_of_a_name_says_what_to_do(api: AdminApi, anna: Browser) -> None:
    answer = await anna.get("/", Host="errorhelp")
    assert answer.status == 421
    assert "admin.url" in answer.text


@pytest.mark.integration
async def test_a_link_from_elsewhere_leads_to_its_page_without_signing_in_again(
    api: AdminApi, anna: Browser
) -> None:
    # The browser holds a strict cookie back when another site led here.
    async with browser(api.url) as without_cookie:
        led = await without_cookie.get("/account", Sec_Fetch_Site="cross-site")
        again = await without_cookie.get(led.location, Sec_Fetch_Site="cross-site")
    assert (led.status, again.status) == (303, 200)
    address = again.text.partition('content="0; url=')[2].partition('"')[0].replace("&amp;", "&")
    assert address == "/sign-in?to=/account&again=1"
    arrived = await anna.get(address, Sec_Fetch_Site="same-origin")
    assert (arrived.status, arrived.location) == (303, "/account")
    async with browser(api.url) as nobody:
        form = await nobody.get(address, Sec_Fetch_Site="cross-site")
        assert 'name="password"' in form.text
