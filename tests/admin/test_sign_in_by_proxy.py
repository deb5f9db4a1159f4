"""Signing in by a reverse proxy: it is believed at its own address only, and groups become roles."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from admin_api import AdminApi, admin_api
from aiohttp import ClientSession
from multidict import CIMultiDict
from signing_in import browser, user, users

pytestmark = pytest.mark.integration

GROUPS = """groups: [
    {group: 1c-readers, role: viewer}, {group: 1c-finance, role: editor, folders: /Finance},
    {group: 'CN=1c-admins,DC=example,DC=com', role: admin}
]"""
HEADER = "user_header: Remote-User"
FROM_HERE = users(user("boris", "editor"), more=f"trusted_proxies: 127.0.0.1, {HEADER}, {GROUPS}")
FROM_ELSEWHERE = users(user("boris", "editor"), more=f"trusted_proxies: 10.0.0.1, {HEADER}, {GROUPS}")
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path, admin=FROM_HERE) as api:
        yield api


async def me(api: AdminApi, *headers: tuple[str, str]) -> tuple[int, dict[str, object]]:
    """Status and document of the API's answer to who one is."""
    url = f"{api.url}/api/v1/me"
    async with ClientSession() as http, http.get(url, headers=CIMultiDict(headers)) as response:
        return response.status, json.loads(await response.text())


@pytest.mark.parametrize(
    ("name", "groups", "role", "folders"),
    [
        ("oleg", "1c-readers", "viewer", []),
        ("EXAMPLE\\oleg", "users, 1c-finance,1c-readers", "editor", ["/Finance"]),
        ("oleg@EXAMPLE.COM", "CN=Users,DC=example,DC=com; CN=1c-admins,DC=example,DC=com", "admin", []),
        ("boris", "", "editor", []),
        ("Boris", "1c-readers", "editor", []),
    ],
)
async def test_whom_the_proxy_names_is_in_with_the_role_of_their_groups(
    api: AdminApi, name: str, groups: str, role: str, folders: list[str]
) -> None:
    status, document = await me(api, ("Remote-User", name), ("Remote-Groups", groups))
    assert status == 200
    assert document["name"] == ("boris" if name == "Boris" else name)
    assert (document["role"], document["folders"], document["way"]) == (role, folders, "proxy")


async def test_from_another_address_nobody_is_believed(tmp_path: Path) -> None:
    async with admin_api(tmp_path, admin=FROM_ELSEWHERE) as api:
        named = (("Remote-User", "boris"), ("Remote-Groups", "CN=1c-admins,DC=example,DC=com"))
        for pretence in ((), (("X-Forwarded-For", "10.0.0.1"),), (("Forwarded", "for=10.0.0.1"),)):
            status, document = await me(api, *named, *pretence)
            assert (status, document["type"]) == (401, "urn:errorhelp:problem:unauthorized")
        async with browser(api.url, Remote_User="boris") as guest:
            assert (await guest.get("/")).location == "/sign-in?to=%2F"


@pytest.mark.parametrize(
    "headers",
    [
        [("Remote-User", "oleg"), ("Remote-User", "boris")],
        [("Remote-User", "")],
        [("Remote-User", "bo\u0442ris\u202e")],
        [("Remote-User", "x" * 201)],
        [("Remote_User", "boris")],
        [("X-Remote-User", "boris")],
        [("Remote-Groups", "1c-readers")],
    ],
    ids=str,
)
async def test_a_name_that_a_client_may_have_smuggled_in_is_nobody(
    api: AdminApi, headers: list[tuple[str, str]]
) -> None:
    status, _ = await me(api, *headers)
    assert status == 401


async def test_somebody_without_a_role_is_shown_how_to_get_one(api: AdminApi) -> None:
    status, document = await me(api, ("Remote-User", "oleg"), ("Remote-Groups", "accountants"))
    assert (status, document["detail"]) == (
        403,
        "oleg has no role here; ask an admin for one (admin.users or admin.groups)",
    )
    async with browser(api.url, Remote_User="oleg") as oleg:
        page = await oleg.get("/")
        assert page.status == 403
        assert "oleg has no role here" in page.text


async def test_what_a_proxy_passes_on_of_its_own_sign_in_does_not_matter(api: AdminApi) -> None:
    status, _ = await me(api, ("Remote-User", "boris"), ("Authorization", "Negotiate YIIJvwYGKwYBBQUC"))
    assert status == 200


async def test_a_wrong_token_is_wrong_whoever_the_proxy_names(api: AdminApi) -> None:
    status, _ = await me(api, ("Remote-User", "boris"), ("Authorization", "Bearer eh_wrong"))
    assert status == 401


async def test_the_names_of_the_headers_are_settings(tmp_path: Path) -> None:
    admin = FROM_HERE.replace(HEADER, "user_header: X-Auth-User, groups_header: X-Auth-Groups")
    async with admin_api(tmp_path, admin=admin) as api:
        assert (await me(api, ("X-Auth-User", "oleg"), ("X-Auth-Groups", "1c-readers")))[0] == 200
        assert (await me(api, ("Remote-User", "oleg"), ("Remote-Groups", "1c-readers")))[0] == 401


async def test_a_proxy_that_only_ends_tls_names_nobody(tmp_path: Path) -> None:
    admin = users(user("boris", "editor"), more="trusted_proxies: 127.0.0.1")
    async with admin_api(tmp_path, admin=admin) as api:
        assert (await me(api, ("Remote-User", "boris")))[0] == 401


async def test_the_history_has_the_name_that_the_proxy_said(api: AdminApi) -> None:
    message = await api.posted(targets=["erp"])
    async with browser(api.url, Remote_User="EXAMPLE\\oleg", Remote_Groups="1c-finance") as oleg:
        ended = await oleg.ask("POST", f"/api/v1/messages/{message['id']}/end", {}, OWN_PAGE)
        assert ended.status == 200
    events = (await api.get(f"/api/v1/messages/{message['id']}/events")).document["events"]
    assert [event["who"] for event in events] == ["admin", "EXAMPLE\\oleg"]


async def test_changes_need_an_own_page_here_too(api: AdminApi) -> None:
    message = await api.posted(targets=["erp"])
    async with browser(api.url, Remote_User="boris") as boris:
        address = f"/api/v1/messages/{message['id']}/end"
        assert (await boris.ask("POST", address, {}, {"Origin": "https://evil.example"})).status == 403
        assert (await boris.ask("POST", address, {})).status == 403


async def test_whoever_signed_in_themselves_is_who_they_are(api: AdminApi) -> None:
    async with browser(api.url, Remote_User="oleg", Remote_Groups="1c-readers") as somebody:
        assert "<bdi>oleg</bdi>" in (await somebody.get("/account")).text
        await somebody.sign_in("boris", Sec_Fetch_Site="same-origin")
        assert "<bdi>boris</bdi>" in (await somebody.get("/account")).text
        await somebody.post("/sign-out", Sec_Fetch_Site="same-origin")
        assert "<bdi>oleg</bdi>" in (await somebody.get("/account")).text


async def test_without_passwords_the_form_says_to_use_the_proxy(tmp_path: Path) -> None:
    admin = f"trusted_proxies: 10.0.0.1, {HEADER}, {GROUPS}"
    async with admin_api(tmp_path, admin=admin) as api, browser(api.url, Accept_Language="en") as guest:
        page = await guest.get("/sign-in")
        assert "through the proxy" in page.text
        assert "password" not in page.text.replace("Passwords are not used here", "")
        assert (await guest.sign_in("anna", "anything")).status == 403
