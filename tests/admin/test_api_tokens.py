"""API tokens: made and revoked by admins in the API, on the page and in the shell, and shown once."""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from admin_api import AUTHORIZED, TOKEN, AdminApi, Answer, admin_api
from command import Running, run, serving
from signing_in import EVERYBODY, browser

pytestmark = pytest.mark.integration

EXAMPLE = Path(__file__).parents[2] / "config" / "errorhelp.yaml"
SECRET = re.compile(r"eh_[\w-]{43}")


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path, admin=EVERYBODY) as api:
        yield api


async def make(api: AdminApi, name: str = "nightly", role: str = "editor", *folders: str) -> Answer:
    return await api.post("/api/v1/tokens", {"name": name, "role": role, "folders": folders})


def with_token(made: Answer) -> dict[str, str]:
    return {"Authorization": f"Bearer {made.document['token']}"}


async def test_a_new_token_is_shown_once_and_opens_what_its_role_may(api: AdminApi) -> None:
    made = await make(api, "ночное обновление", "editor", "/Finance/", "/Finance")
    assert made.status == 201
    assert SECRET.fullmatch(made.document.pop("token"))
    assert made.document == {
        "id": made.headers["Location"].rpartition("/")[2],
        "name": "ночное обновление",
        "role": "editor",
        "folders": ["/Finance"],
        "created_at": "2026-11-21T12:00:00Z",
        "created_by": "admin",
        "used_at": None,
        "revoked_at": None,
    }
    assert (await api.get(made.headers["Location"])).document == made.document
    assert (await api.get("/api/v1/tokens")).document["tokens"] == [made.document]


async def test_whoever_comes_with_a_token_is_who_it_is_for(api: AdminApi) -> None:
    made = await make(api, "nightly", "editor", "/Finance")
    assert (await api.get("/api/v1/me", headers=with_token(made))).document == {
        "name": "nightly",
        "role": "editor",
        "folders": ["/Finance"],
        "way": "token",
    }
    message = await api.post(
        "/api/v1/messages", {"targets": ["erp"], "text": "Ждите", "duration": "1h"}, headers=with_token(made)
    )
    assert message.document["author"] == "nightly"
    events = (await api.get(f"{message.headers['Location']}/events")).document["events"]
    assert [event["who"] for event in events] == ["nightly"]


async def test_a_revoked_token_is_refused_at_once_and_for_ever(api: AdminApi) -> None:
    made, other = await make(api, "one"), await make(api, "other")
    assert (await api.get("/api/v1/me", headers=with_token(made))).status == 200
    revoked = await api.post(f"{made.headers['Location']}/revoke")
    assert (revoked.status, revoked.document["revoked_at"]) == (200, "2026-11-21T12:00:00Z")
    refused = await api.get("/api/v1/me", headers=with_token(made))
    assert (refused.status, refused.document["detail"]) == (401, "This token is not known, or no longer.")
    assert (await api.get("/api/v1/me", headers=with_token(other))).status == 200
    api.clock.go_on(hours=1)
    assert (await api.post(f"{made.headers['Location']}/revoke")).document == revoked.document
    assert len((await api.get("/api/v1/tokens")).document["tokens"]) == 2


async def test_when_a_token_was_used_last_is_known_to_a_few_minutes(api: AdminApi) -> None:
    made = await make(api)
    used = []
    for minutes in (1, 4, 1):
        api.clock.go_on(minutes=minutes)
        await api.get("/api/v1/status", headers=with_token(made))
        used.append((await api.get(made.headers["Location"])).document["used_at"])
    assert used == ["2026-11-21T12:01:00Z", "2026-11-21T12:01:00Z", "2026-11-21T12:06:00Z"]


async def test_a_token_is_used_while_another_process_keeps_the_database_from_being_written(
    api: AdminApi,
) -> None:
    made = await make(api)
    with closing(
        sqlite3.connect(api.database, timeout=60, isolation_level=None, check_same_thread=False)
    ) as other:
        # The service may be writing still.
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        assert (await api.get("/api/v1/me", headers=with_token(made))).status == 200


@pytest.mark.parametrize(
    ("new", "field", "message_part"),
    [
        ({"name": "", "role": "viewer"}, "name", "is not a name on one line"),
        ({"name": "two\nlines", "role": "viewer"}, "name", "is not a name on one line"),
        ({"name": "taken", "role": "viewer"}, "name", "'taken' is taken"),
        ({"name": "TAKEN", "role": "viewer"}, "name", "'TAKEN' is taken"),
        ({"name": "anna", "role": "viewer"}, "name", "'anna' is taken, and the history must show who it was"),
        ({"name": "new", "role": "king"}, "role", "'viewer', 'editor' or 'admin'"),
        ({"name": "new"}, "role", "is missing"),
        ({"name": "new", "role": "editor", "folders": ["/Finanse"]}, "folders", "did you mean '/Finance'"),
        ({"name": "new", "role": "editor", "folders": ["erp"]}, "folders", "must be a folder path"),
        ({"name": "new", "role": "editor", "folders": ["*"]}, "folders", "must be a folder path"),
        ({"name": "new", "role": "viewer", "folders": ["/Finance"]}, "folders", "only an editor is limited"),
    ],
    ids=json.dumps,
)
async def test_a_token_that_cannot_be_is_refused_with_what_is_wrong(
    api: AdminApi, new: dict[str, object], field: str, message_part: str
) -> None:
    await make(api, "taken")
    refused = await api.post("/api/v1/tokens", new)
    assert refused.status == 422
    assert [
        message_part in error["message"] for error in refused.document["errors"] if error["field"] == field
    ] == [True]
    assert len((await api.get("/api/v1/tokens")).document["tokens"]) == 1


async def test_the_name_of_a_revoked_token_is_free_again(api: AdminApi) -> None:
    first = await make(api)
    await api.post(f"{first.headers['Location']}/revoke")
    assert (await make(api)).status == 201


async def test_a_token_that_does_not_exist_is_not_found(api: AdminApi) -> None:
    for answer in (await api.get("/api/v1/tokens/any"), await api.post("/api/v1/tokens/any/revoke")):
        assert (answer.status, answer.document["type"]) == (404, "urn:errorhelp:problem:unknown-token")


@pytest.mark.parametrize("token", ["eh_", "eh_" + "A" * 43, TOKEN.upper(), "\u00ff", "eh_\u00ff"])
async def test_a_token_that_was_never_made_opens_nothing(api: AdminApi, token: str) -> None:
    await make(api)
    assert (await api.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})).status == 401


async def test_the_token_of_the_state_directory_goes_on_opening_everything(api: AdminApi) -> None:
    assert (await api.get("/api/v1/me", headers=AUTHORIZED)).document == {
        "name": "admin",
        "role": "admin",
        "folders": [],
        "way": "token",
    }


# On the page


async def test_the_page_makes_a_token_shows_it_once_and_revokes_it(api: AdminApi) -> None:
    async with browser(api.url, Accept_Language="en") as anna:
        await anna.sign_in("anna")
        made = await anna.post("/tokens", {"name": "nightly", "role": "editor", "folders": "/Finance"})
        (secret,) = set(SECRET.findall(made.text))
        assert secret not in (await anna.get("/tokens")).text
        headers = {"Authorization": f"Bearer {secret}"}
        document = (await api.get("/api/v1/me", headers=headers)).document
        assert (document["name"], document["folders"]) == ("nightly", ["/Finance"])
        (token,) = (await api.get("/api/v1/tokens")).document["tokens"]
        assert token["created_by"] == "anna"
        revoked = await anna.post(f"/tokens/{token['id']}/revoke")
        assert (revoked.status, revoked.location) == (303, "/tokens")
        assert (await api.get("/api/v1/me", headers=headers)).status == 401


async def test_the_page_keeps_what_was_typed_and_says_what_is_wrong_with_it(api: AdminApi) -> None:
    async with browser(api.url, Accept_Language="en") as anna:
        await anna.sign_in("anna")
        page = await anna.post("/tokens", {"name": "vera", "role": "admin", "folders": "/Finance"})
        assert page.status == 422
        assert "This name is taken" in page.text
        assert "Only editors can be limited to folders" in page.text
        assert 'value="vera"' in page.text
        assert 'value="/Finance" checked' in page.text
        assert (await anna.post("/tokens", {"name": "new"})).status == 422
    assert (await api.get("/api/v1/tokens")).document["tokens"] == []


async def test_a_hostile_name_stays_text(api: AdminApi) -> None:
    await make(api, "<svg onload=alert(1)>", "viewer")
    async with browser(api.url) as anna:
        await anna.sign_in("anna")
        text = (await anna.get("/tokens")).text
        assert "<svg" not in text.partition("<main")[2]
        assert "&lt;svg onload=alert(1)&gt;" in text


# In the shell


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("state"), EXAMPLE) as running:
        yield running


def test_a_token_made_in_the_shell_is_the_only_thing_printed_and_works_until_it_is_revoked(
    service: Running,
) -> None:
    made = run(service.state, "token", "make", "nightly update", "--role", "editor", "--folder", "/Finance")
    secret = made.stdout.strip()
    assert SECRET.fullmatch(secret)
    assert "it is not shown again" in made.stderr
    listed = run(service.state, "token", "list").stdout
    assert secret not in listed
    token_id = listed.split()[0]
    assert listed.startswith(f"{token_id}  nightly update: editor /Finance; made ")
    assert "by admin, never used" in listed

    post = ("message", "post", "--for", "1h", "--text", "Ждите", "--server", service.admin, "--token", secret)
    allowed = run(service.state, *post, "--to", "payroll")
    assert allowed.returncode == 0
    refused = run(service.state, *post, "--to", "erp")
    assert refused.returncode == 2
    assert "nightly update writes only for what is in /Finance, which erp is not" in refused.stderr

    revoked = run(service.state, "token", "revoke", token_id)
    assert revoked.stdout == f"{token_id} of nightly update is revoked\n"
    assert run(service.state, *post, "--to", "payroll").returncode == 2
    assert run(service.state, "token", "list").stdout == ""
    (kept,) = json.loads(run(service.state, "token", "list", "--all", "-o", "json").stdout)
    assert (kept["id"], kept["used_at"] is None) == (token_id, False)


def test_a_token_as_json_has_its_id(service: Running) -> None:
    made = json.loads(run(service.state, "token", "make", "as json", "--role", "viewer", "-o", "json").stdout)
    assert run(service.state, "token", "revoke", made["id"]).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "exit_code", "told"),
    [
        (("make", "x", "--role", "king"), 2, "king"),
        (("make", "x"), 2, "--role"),
        (("make", "x", "--role", "editor", "--folder", "/Finanse"), 2, "did you mean '/Finance'"),
        (("revoke", "../messages"), 4, "there is no token"),
    ],
)
def test_a_command_that_cannot_be_says_why(
    service: Running, arguments: tuple[str, ...], exit_code: int, told: str
) -> None:
    refused = run(service.state, "token", *arguments)
    assert refused.returncode == exit_code
    assert told in refused.stderr
