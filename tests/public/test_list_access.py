"""Who may read a connection list, and what those get who may not."""

import json
from base64 import b64encode
from dataclasses import replace
from ipaddress import ip_network

import pytest
from multidict import CIMultiDict
from public_site import Reply, Site, a_catalog, ask, kept_for, serving

from errorhelp.catalog.lists import Access, ConnectionList
from errorhelp.formats import problem_detail
from errorhelp.people.proxies import TrustedProxies
from errorhelp.public.list_access import Reader, refusal

TOKEN_LIST = ConnectionList("branch", access=Access.TOKEN, token="s3cret-тайна")
PROXY_LIST = ConnectionList("domain", access=Access.PROXY)
PROXIES = TrustedProxies((ip_network("10.0.0.0/24"), ip_network("::1")))


def basic(credentials: str) -> str:
    return "Basic " + b64encode(credentials.encode()).decode()


def reader(
    peer: str = "10.0.0.7", query: dict[str, str] | None = None, headers: list[tuple[str, str]] | None = None
) -> Reader:
    return Reader(peer, CIMultiDict(headers or []), query or {})


@pytest.mark.parametrize(
    "shown",
    [
        reader(headers=[("Authorization", "Bearer s3cret-тайна")]),
        reader(headers=[("authorization", "bearer  s3cret-тайна ")]),
        reader(headers=[("Authorization", basic("anybody:s3cret-тайна"))]),
        reader(headers=[("Authorization", basic(":s3cret-тайна"))]),
        reader(query={"token": "s3cret-тайна"}),
        reader(query={"token": "s3cret-тайна"}, headers=[("Authorization", basic("domain:password"))]),
    ],
)
def test_a_token_opens_its_list_in_each_way_it_can_be_shown(shown: Reader) -> None:
    assert refusal(TOKEN_LIST, shown, PROXIES) is None


@pytest.mark.parametrize(
    "shown",
    [
        reader(),
        reader(query={"token": ""}),
        reader(query={"token": "s3cret"}),
        reader(query={"Token": "s3cret-тайна"}),
        reader(headers=[("Authorization", "s3cret-тайна")]),
        reader(headers=[("Authorization", "Bearer")]),
        reader(headers=[("Authorization", "Digest s3cret-тайна")]),
        reader(headers=[("Authorization", basic("s3cret-тайна"))]),
        reader(headers=[("Authorization", basic("s3cret-тайна:"))]),
        reader(headers=[("Authorization", "Basic ///")]),
        reader(headers=[("Authorization", "Basic тайна")]),
        reader(headers=[("Authorization", "Basic " + b64encode(b"\xff:\xff").decode())]),
        reader(headers=[("Authorization", "Bearer \udcff")]),
        reader(headers=[("Remote-User", "ivanov")]),
    ],
)
def test_anything_else_does_not(shown: Reader) -> None:
    assert refusal(TOKEN_LIST, shown, PROXIES) is problem_detail.UNAUTHORIZED


@pytest.mark.parametrize("token", [None, ""])
def test_a_list_that_lost_its_token_is_closed(token: str | None) -> None:
    for shown in (reader(), reader(query={"token": ""}), reader(headers=[("Authorization", "Bearer ")])):
        assert refusal(replace(TOKEN_LIST, token=token), shown, PROXIES) is problem_detail.UNAUTHORIZED


@pytest.mark.parametrize("peer", ["10.0.0.7", "::1", "::ffff:10.0.0.7"])
def test_a_trusted_proxy_names_the_user(peer: str) -> None:
    shown = reader(peer, headers=[("remote-user", " DOMAIN\\ivanov ")])
    assert PROXIES.user(shown.peer, shown.headers) == "DOMAIN\\ivanov"
    assert refusal(PROXY_LIST, shown, PROXIES) is None


@pytest.mark.parametrize(
    "peer", ["10.0.1.7", "127.0.0.1", "::2", "::ffff:10.0.1.7", "fe80::1%eth0", "", "unix"]
)
def test_nobody_else_is_believed(peer: str) -> None:
    shown = reader(peer, headers=[("Remote-User", "ivanov")])
    assert refusal(PROXY_LIST, shown, PROXIES) is problem_detail.FORBIDDEN


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Remote-User", "  ")],
        [("Remote-User", "admin"), ("Remote-User", "ivanov")],
        [("X-User", "ivanov")],
    ],
)
def test_a_proxy_that_names_no_one_user_opens_nothing(headers: list[tuple[str, str]]) -> None:
    assert refusal(PROXY_LIST, reader(headers=headers), PROXIES) is problem_detail.FORBIDDEN


def test_the_header_of_the_user_is_a_setting() -> None:
    proxies = replace(PROXIES, user_header="X-Forwarded-User")
    assert refusal(PROXY_LIST, reader(headers=[("X-Forwarded-User", "ivanov")]), proxies) is None
    assert (
        refusal(PROXY_LIST, reader(headers=[("Remote-User", "ivanov")]), proxies) is problem_detail.FORBIDDEN
    )


def test_a_public_list_is_for_everybody() -> None:
    assert refusal(ConnectionList("office"), reader(), TrustedProxies()) is None


# --- over the wire ---


def is_the_list(reply: Reply) -> bool:
    return reply.status == 200 and b"[ERP]" in reply.body


@pytest.mark.integration
async def test_a_list_with_a_token_is_served_to_who_has_it_and_kept_by_no_cache() -> None:
    async with serving() as site:
        for target, headers in (
            ("/lists/branch.v8i?token=s3cret-%D1%82%D0%B0%D0%B9%D0%BD%D0%B0", []),
            ("/lists/branch.v8i", [("Authorization", "Bearer s3cret-тайна")]),
            ("/lists/branch.v8i", [("Authorization", basic("x:s3cret-тайна"))]),
        ):
            reply = await ask(site, "GET", target, headers)
            assert is_the_list(reply)
            assert reply.headers["cache-control"] == "private, no-store"


@pytest.mark.integration
@pytest.mark.parametrize("target", ["/lists/branch.v8i", "/lists/%62ranch.v8i?token=x"])
async def test_a_list_with_a_token_asks_for_it(target: str) -> None:
    async with serving() as site:
        reply = await ask(site, "GET", target)
    assert reply.status == 401
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["www-authenticate"] == 'Basic realm="errorhelp", charset="UTF-8"'
    assert json.loads(reply.body)["type"] == "urn:errorhelp:problem:unauthorized"


@pytest.mark.integration
async def test_a_guarded_list_says_nothing_to_a_head_or_an_etag_either() -> None:
    async with serving() as site:
        assert (await ask(site, "HEAD", "/lists/branch.v8i")).status == 401
        assert (await ask(site, "GET", "/lists/branch.v8i", [("If-None-Match", "*")])).status == 401
        assert (await ask(site, "GET", "/lists/domain.v8i", [("Remote-User", "ivanov")])).status == 403


@pytest.mark.integration
async def test_a_list_behind_a_trusted_proxy_is_served_to_whom_it_names() -> None:
    async with serving(proxies=TrustedProxies((ip_network("127.0.0.0/8"),))) as site:
        assert is_the_list(await ask(site, "GET", "/lists/domain.v8i", [("Remote-User", "ivanov")]))
        assert (await ask(site, "GET", "/lists/domain.v8i")).status == 403


@pytest.mark.integration
async def test_a_public_list_is_a_file_to_download() -> None:
    async with serving(Site()) as site:
        reply = await ask(site, "GET", "/lists/office.v8i")
    assert is_the_list(reply)
    assert reply.headers["content-disposition"] == 'attachment; filename="office.v8i"'
    assert reply.headers["cache-control"] == kept_for(60)
    assert [each.id for each in a_catalog().infobases.values()] == ["erp", "hr"]
