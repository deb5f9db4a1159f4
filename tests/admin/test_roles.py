"""Every route of the admin listener with every role, and editors who are bound to folders."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from admin_api import AUTHORIZED, TOKEN, AdminApi, admin_api
from aiohttp import web
from signing_in import EVERYBODY, Browser, browser

from errorhelp.admin.access.api_tokens import ApiTokens
from errorhelp.admin.access.authorization import FileToken, Gate
from errorhelp.admin.access.sign_ins import SignIns
from errorhelp.admin.problem_details import answer_problems
from errorhelp.people.people import Role

pytestmark = pytest.mark.integration

VIEWER, EDITOR, ADMIN = Role

WHO_MAY = {
    # The API
    "GET /api/v1/messages": VIEWER,
    "POST /api/v1/messages": EDITOR,
    "GET /api/v1/messages/{id}": VIEWER,
    "PUT /api/v1/messages/{id}": EDITOR,
    "POST /api/v1/messages/{id}/updates": EDITOR,
    "POST /api/v1/messages/{id}/end": EDITOR,
    "POST /api/v1/messages/{id}/extend": EDITOR,
    "GET /api/v1/messages/{id}/events": VIEWER,
    "POST /api/v1/preview": VIEWER,
    "GET /api/v1/templates": VIEWER,
    "POST /api/v1/templates": EDITOR,
    "GET /api/v1/templates/{id}": VIEWER,
    "PUT /api/v1/templates/{id}": EDITOR,
    "DELETE /api/v1/templates/{id}": EDITOR,
    "GET /api/v1/status": VIEWER,
    "GET /api/v1/infobases": VIEWER,
    "GET /api/v1/overrides": VIEWER,
    "GET /api/v1/occurrences": VIEWER,
    "POST /api/v1/occurrences/{id}/skip": EDITOR,
    "POST /api/v1/occurrences/{id}/move": EDITOR,
    "POST /api/v1/occurrences/{id}/end": EDITOR,
    "POST /api/v1/occurrences/{id}/restore": EDITOR,
    "GET /api/v1/windows": VIEWER,
    "POST /api/v1/windows": EDITOR,
    "GET /api/v1/windows.yaml": VIEWER,
    "GET /api/v1/windows/{id}": VIEWER,
    "PUT /api/v1/windows/{id}": EDITOR,
    "POST /api/v1/windows/{id}/end": EDITOR,
    "GET /api/v1/windows/{id}/events": VIEWER,
    "GET /api/v1/history": VIEWER,
    "GET /api/v1/history.csv": VIEWER,
    "GET /api/v1/history.json": VIEWER,
    "GET /api/v1/messages.csv": VIEWER,
    "GET /api/v1/messages.json": VIEWER,
    "GET /api/v1/problems.json": VIEWER,
    "GET /api/v1/reports.json": VIEWER,
    "POST /api/v1/targets/{id}/drop": ADMIN,
    "POST /api/v1/outbox/{id}/drop": ADMIN,
    "POST /api/v1/reload": ADMIN,
    "POST /api/v1/publish": ADMIN,
    "GET /api/v1/problems": VIEWER,
    "GET /api/v1/problems.csv": VIEWER,
    "GET /api/v1/problems/{id}": VIEWER,
    "POST /api/v1/problems/{id}/dismiss": ADMIN,
    "POST /api/v1/problems/{id}/bring-back": ADMIN,
    "GET /api/v1/reports": VIEWER,
    "GET /api/v1/reports.csv": VIEWER,
    "GET /api/v1/reports/{id}": VIEWER,
    "GET /api/v1/reports/{id}/download": VIEWER,
    "GET /api/v1/targets": VIEWER,
    "POST /api/v1/targets/{id}/retry": ADMIN,
    "POST /api/v1/targets/{id}/test": ADMIN,
    "GET /api/v1/outbox": VIEWER,
    "POST /api/v1/outbox/{id}/retry": ADMIN,
    "GET /api/v1/me": VIEWER,
    "GET /api/v1/first-link": ADMIN,
    "GET /api/v1/tokens": ADMIN,
    "POST /api/v1/tokens": ADMIN,
    "GET /api/v1/tokens/{id}": ADMIN,
    "POST /api/v1/tokens/{id}/revoke": ADMIN,
    "GET /api/v1/openapi.json": None,
    "GET /healthz": None,
    "GET /metrics": VIEWER,
    # Messages
    "GET /": VIEWER,
    "GET /events": VIEWER,
    "GET /messages/{id}": VIEWER,
    "GET /messages/{id}/change": EDITOR,
    "POST /messages/{id}/change": EDITOR,
    "POST /messages/{id}/end": EDITOR,
    "POST /messages/{id}/extend": EDITOR,
    "POST /messages/{id}/undo": EDITOR,
    "POST /messages/{id}/name-end": EDITOR,
    "POST /messages/{id}/updates": EDITOR,
    "GET /several": EDITOR,
    "POST /several": EDITOR,
    "GET /write": EDITOR,
    "POST /write": EDITOR,
    "GET /write/targets": EDITOR,
    "POST /write/preview": EDITOR,
    "GET /write/offline/{key}": EDITOR,
    "GET /templates": EDITOR,
    "POST /templates": EDITOR,
    "GET /templates/new": EDITOR,
    "POST /templates/new": EDITOR,
    "GET /templates/{id}": EDITOR,
    "POST /templates/{id}": EDITOR,
    "POST /templates/{id}/delete": EDITOR,
    "GET /planned": VIEWER,
    "GET /planned/new": EDITOR,
    "POST /planned/new": EDITOR,
    "GET /planned/{id}/change": EDITOR,
    "POST /planned/{id}/change": EDITOR,
    "POST /planned/{id}/end": EDITOR,
    "POST /planned/{id}": EDITOR,
    "GET /history": VIEWER,
    "GET /history.csv": VIEWER,
    # Everything else
    "GET /infobases": VIEWER,
    "GET /infobases.csv": VIEWER,
    "GET /infobases/{id}": VIEWER,
    "GET /lists/{id}/1CEStart.cfg": VIEWER,
    "GET /problems": VIEWER,
    "GET /problems.csv": VIEWER,
    "GET /problems.json": VIEWER,
    "GET /problems/{month}": VIEWER,
    "GET /problems/{month}.csv": VIEWER,
    "GET /problems/{id}": VIEWER,
    "POST /problems/{id}": ADMIN,
    "GET /reports/{id}": VIEWER,
    "GET /reports/{id}/screenshot": VIEWER,
    "GET /forwarding": VIEWER,
    "POST /forwarding": ADMIN,
    "GET /requests": ADMIN,
    "POST /requests": ADMIN,
    "GET /settings": ADMIN,
    "POST /settings": ADMIN,
    "GET /tokens": ADMIN,
    "POST /tokens": ADMIN,
    "POST /tokens/{id}/revoke": ADMIN,
    "GET /account": VIEWER,
    "POST /language": None,
    "GET /static/{digest}/{name}": None,
    "GET /sign-in": None,
    "POST /sign-in": None,
    "GET /sign-in/first": None,
    "POST /sign-in/first": None,
    # Old addresses
    "GET /failures": VIEWER,
    "GET /failures.csv": VIEWER,
    "GET /failures.json": VIEWER,
    "GET /failures/{month}": VIEWER,
    "GET /failures/{month}.csv": VIEWER,
    "GET /failures/problems/{id}": VIEWER,
    "POST /failures/problems/{id}": ADMIN,
    "GET /failures/reports/{id}": VIEWER,
    "GET /failures/reports/{id}/screenshot": VIEWER,
    # Last, since it ends what the walk goes by.
    "POST /sign-out": VIEWER,
}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path, admin=EVERYBODY) as api:
        yield api


async def test_the_table_above_has_every_route(api: AdminApi) -> None:
    assert {f"{method} {path}" for method, path in api.listener.routes if method != "HEAD"} == WHO_MAY.keys()
    heads = {path for method, path in api.listener.routes if method == "HEAD"}
    assert heads == {path for method, path in api.listener.routes if method == "GET"}


@pytest.mark.parametrize("way", ["sign-in", "token"])
@pytest.mark.parametrize(
    ("name", "role"), [("nobody", None), ("vera", VIEWER), ("edik", EDITOR), ("anna", ADMIN)]
)
async def test_every_route_is_for_those_with_its_role_and_no_others(
    api: AdminApi, name: str, role: Role | None, way: str
) -> None:
    message = await api.posted()
    async with AsyncExitStack() as stack:
        somebody = await stack.enter_async_context(browser(api.url))
        if role and way == "token":
            made = await api.post("/api/v1/tokens", {"name": f"script of {name}", "role": role})
            somebody.http.headers["Authorization"] = f"Bearer {made.document['token']}"
        elif role:
            await somebody.sign_in(name)
        for route, needed in WHO_MAY.items():
            method, path = route.split()
            for each in (method, "HEAD") if method == "GET" else (method,):
                answer = await outcome(somebody, each, re.sub(r"\{\w+\}", message["id"], path))
                assert answer == expected(route, role, needed), (each, route)
    if role is not EDITOR and role is not ADMIN:
        assert (await api.get(f"/api/v1/messages/{message['id']}")).document == message


def expected(route: str, role: Role | None, needed: Role | None) -> str:
    if needed is None:
        return "let through"
    if role is None:
        return "asked who it is"
    return "let through" if role.includes(needed) else "refused"


async def outcome(somebody: Browser, method: str, path: str) -> str:
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    async with somebody.http.request(
        method, somebody.url + path, headers=headers, allow_redirects=False
    ) as answer:
        if answer.status == 401 or answer.headers.get("Location", "").startswith("/sign-in?to="):
            return "asked who it is"
        # A form to sign in, sent empty, is refused for what it says.
        if answer.status == 403 and not path.startswith("/sign-in"):
            return "refused"
    return "let through"


async def test_a_route_that_nobody_thought_of_is_for_admins_only(api: AdminApi) -> None:
    async def get(_request: web.Request) -> web.Response:
        return web.Response(text="a secret")

    gate = Gate(
        api.service,
        FileToken(TOKEN),
        ApiTokens(api.service.access, api.service.now),
        SignIns(api.service),
    )
    application = web.Application(middlewares=[answer_problems(api.service, None), gate.check])
    application.router.add_get("/forgotten", get)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    made = await api.post("/api/v1/tokens", {"name": "nightly", "role": "editor"})
    async with browser(url) as somebody:
        statuses = [
            (await somebody.get("/forgotten", Authorization=authorization)).status
            for authorization in ("", f"Bearer {made.document['token']}", AUTHORIZED["Authorization"])
        ]
    await runner.cleanup()
    assert statuses == [401, 403, 200]


# Editors bound to folders

VALUES = {"text": "Ждите", "duration": "1h"}


@pytest.fixture
async def of_finance(api: AdminApi) -> dict[str, str]:
    """The headers of a script that writes for /Finance only."""
    new = {"name": "finance", "role": "editor", "folders": ["/Finance"]}
    made = await api.post("/api/v1/tokens", new)
    return {"Authorization": f"Bearer {made.document['token']}"}


@pytest.mark.parametrize("target", ["erp", "erp_old", "payroll", "/Finance", "/Finance/Payroll/"])
async def test_a_bound_editor_writes_for_what_is_in_their_folders(
    api: AdminApi, of_finance: dict[str, str], target: str
) -> None:
    posted = await api.post("/api/v1/messages", VALUES | {"targets": [target]}, headers=of_finance)
    assert (posted.status, posted.document["author"]) == (201, "finance")
    address = f"/api/v1/messages/{posted.document['id']}"
    assert (await api.post(f"{address}/extend", {"by": "1h"}, headers=of_finance)).status == 200
    assert (await api.post(f"{address}/end", headers=of_finance)).status == 200


@pytest.mark.parametrize("target", ["crm", "*", "/"])
async def test_a_bound_editor_writes_for_nothing_else(
    api: AdminApi, of_finance: dict[str, str], target: str
) -> None:
    posted = await api.post("/api/v1/messages", VALUES | {"targets": ["erp", target]}, headers=of_finance)
    assert posted.status == 403
    assert posted.document["detail"] == (
        f"finance writes only for what is in /Finance, which {target} is not; "
        "choose other targets, or ask an admin"
    )
    assert await api.ids() == []


async def test_a_bound_editor_does_not_touch_messages_for_others(
    api: AdminApi, of_finance: dict[str, str]
) -> None:
    message = await api.posted(targets=["erp", "crm"])
    address, changing = f"/api/v1/messages/{message['id']}", of_finance | {"If-Match": '"1"'}
    for answer in (
        await api.post(f"{address}/end", headers=of_finance),
        await api.post(f"{address}/extend", {"by": "1h"}, headers=of_finance),
        await api.ask("PUT", address, json=VALUES | {"targets": ["erp"]}, headers=changing),
    ):
        assert answer.status == 403
    assert (await api.get(address)).document == message


async def test_a_bound_editor_does_not_lead_an_own_message_elsewhere(
    api: AdminApi, of_finance: dict[str, str]
) -> None:
    own = (await api.post("/api/v1/messages", VALUES | {"targets": ["erp"]}, headers=of_finance)).document
    address, changing = f"/api/v1/messages/{own['id']}", of_finance | {"If-Match": '"1"'}
    changed = await api.ask("PUT", address, json=VALUES | {"targets": ["crm"]}, headers=changing)
    assert changed.status == 403
    assert (await api.get(address)).document == own


async def test_a_bound_editor_writes_for_a_server_as_long_as_all_that_is_on_it_is_theirs(
    api: AdminApi, of_finance: dict[str, str]
) -> None:
    async def move_crm(before: str, after: str) -> None:
        text = api.configuration.read_text("utf-8")
        was, becomes = (f"{{server: {host}, ref: CRM}}" for host in (before, after))
        assert was in text
        api.configuration.write_text(text.replace(was, becomes), "utf-8")
        assert (await api.post("/api/v1/reload")).status == 200

    values = VALUES | {"targets": ["server:SRV"]}
    assert (await api.post("/api/v1/messages", values, headers=of_finance)).status == 403
    await move_crm("srv", "elsewhere")
    posted = await api.post("/api/v1/messages", values, headers=of_finance)
    assert (posted.status, posted.document["targets"]) == (201, ["server:srv"])
    address = f"/api/v1/messages/{posted.document['id']}"
    assert (await api.post(f"{address}/extend", {"by": "1h"}, headers=of_finance)).status == 200
    # An infobase of somebody else comes to the server: what was theirs is no longer.
    await move_crm("elsewhere", "srv")
    for answer in (
        await api.post(f"{address}/extend", {"by": "1h"}, headers=of_finance),
        await api.post(f"{address}/end", headers=of_finance),
    ):
        assert answer.status == 403


async def test_a_mistyped_target_is_answered_as_such_to_a_bound_editor_too(
    api: AdminApi, of_finance: dict[str, str]
) -> None:
    posted = await api.post("/api/v1/messages", VALUES | {"targets": ["/Finanse"]}, headers=of_finance)
    assert posted.status == 422


async def test_pages_refuse_a_bound_editor_like_the_api(api: AdminApi) -> None:
    message = await api.posted(targets=["crm"])
    async with browser(api.url, Accept_Language="en") as fedor:
        await fedor.sign_in("fedor")
        for address, fields in (
            (f"/messages/{message['id']}/end", {}),
            (f"/messages/{message['id']}/extend", {"by": "1h"}),
        ):
            page = await fedor.post(address, {"back": "/", **fields})
            assert page.status == 403
            assert "You can write only for Finance, and" in page.text
            assert ">CRM</span> is outside." in page.text
    assert (await api.get(f"/api/v1/messages/{message['id']}")).document == message
