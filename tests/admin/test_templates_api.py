"""Templates that people make: in the API and in the shell, by those who may, and in the history."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from admin_api import AUTHORIZED, AdminApi, Answer, admin_api
from command import Running, run, serving
from signing_in import EVERYBODY

pytestmark = pytest.mark.integration

TEMPLATES = "/api/v1/templates"
NEW = {"name": "Сервер недоступен", "text": {"ru": "{infobase}: до {until}", "en": "{infobase}: {until}"}}
CONFIGURED = """message_templates:
  - {id: down, name: Не работает, text: "Не работает до {until}"}
"""


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path, admin=EVERYBODY) as api:
        yield api


async def _token(api: AdminApi, role: str = "editor", *folders: str) -> dict[str, str]:
    new = {"name": " of ".join((role, *folders)), "role": role, "folders": folders}
    made = await api.post("/api/v1/tokens", new)
    return {"Authorization": f"Bearer {made.document['token']}"}


async def _listed(api: AdminApi) -> list[Any]:
    listed: list[Any] = (await api.get(TEMPLATES)).document["templates"]
    return listed


async def test_a_template_is_made_read_changed_and_deleted(api: AdminApi) -> None:
    made = await api.post(TEMPLATES, NEW)
    assert made.status == 201
    address = made.headers["Location"]
    assert made.document == NEW | {
        "id": address.rpartition("/")[2],
        "severity": "outage",
        "folders": [],
        "configured": False,
        "revision": 1,
        "author": "admin",
        "created_at": "2026-11-21T12:00:00Z",
    }
    read = await api.get(address)
    assert (read.document, read.headers["ETag"]) == (made.document, made.headers["ETag"])
    renamed = await _change(api, address, NEW | {"name": "Авария"}, read.headers["ETag"])
    assert renamed.document == made.document | {"name": "Авария", "revision": 2}
    assert await _listed(api) == [renamed.document]
    gone = await api.ask("DELETE", address)
    assert (gone.status, gone.document) == (200, renamed.document)
    assert await _listed(api) == []
    assert (await api.get(address)).document["type"] == "urn:errorhelp:problem:unknown-template"


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten_unseen(api: AdminApi) -> None:
    made = await api.post(TEMPLATES, NEW)
    address, first = made.headers["Location"], made.headers["ETag"]
    await _change(api, address, NEW | {"name": "Авария"}, first)
    refused = await _change(api, address, NEW, first)
    assert (refused.status, refused.document["template"]["name"]) == (412, "Авария")
    assert (await api.ask("DELETE", address, headers=AUTHORIZED | {"If-Match": first})).status == 412
    assert (await _change(api, address, NEW, refused.headers["ETag"])).status == 200
    without = await api.ask("PUT", address, json=NEW)
    assert (without.status, without.document["type"]) == (428, "urn:errorhelp:problem:revision-needed")


@pytest.mark.parametrize(
    ("new", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "я" * 101}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": {"fr": "Panne"}}, "name"),
        ({"text": " "}, "text"),
        ({"text": "я" * 4001}, "text"),
        ({"folders": ["/Finanse"]}, "folders"),
        ({"folders": ["erp"]}, "folders"),
        ({"severity": "bad"}, "severity"),
    ],
)
async def test_one_that_cannot_be_is_refused_with_what_is_wrong(
    api: AdminApi, new: dict[str, object], field: str
) -> None:
    refused = await api.post(TEMPLATES, NEW | new)
    assert refused.status == 422
    assert {each["field"] for each in refused.document["errors"]} == {field}
    assert await _listed(api) == []


async def test_an_editor_of_folders_makes_and_changes_templates_for_those_alone(api: AdminApi) -> None:
    bound, viewer = await _token(api, "editor", "/Finance"), await _token(api, "viewer")
    everybodys = (await api.post(TEMPLATES, NEW)).headers["Location"]
    made = await api.post(TEMPLATES, NEW, headers=bound)
    own = made.headers["Location"]
    assert made.document["folders"] == ["/Finance"]
    for folders in ([], ["/"]):
        assert (await api.post(TEMPLATES, NEW | {"folders": folders}, headers=bound)).status == 403
    for address, values in ((everybodys, NEW), (own, NEW | {"folders": []})):
        refused = await _change(api, address, values, '"1"', **bound)
        assert (refused.status, refused.document["type"]) == (403, "urn:errorhelp:problem:forbidden")
    assert (await api.ask("DELETE", everybodys, headers=bound)).status == 403
    assert (await _change(api, own, NEW | {"name": "Своё"}, '"1"', **bound)).status == 200
    assert (await api.post(TEMPLATES, NEW, headers=viewer)).status == 403
    assert (await api.ask("DELETE", own, headers=viewer)).status == 403
    assert len((await api.get(TEMPLATES, headers=viewer)).document["templates"]) == 2
    assert (await api.ask("DELETE", own, headers=bound)).status == 200


async def test_what_is_done_to_templates_is_in_the_history(api: AdminApi) -> None:
    made = await api.post(TEMPLATES, NEW)
    api.clock.go_on(minutes=1)
    await _change(api, made.headers["Location"], NEW | {"text": "Иначе"}, '"1"')
    api.clock.go_on(minutes=1)
    await api.ask("DELETE", made.headers["Location"])
    changes = (await api.get("/api/v1/history")).document["changes"]
    assert [(each["kind"], each["what"], each["about"]) for each in changes] == [
        ("template", what, made.document["id"]) for what in ("deleted", "changed", "made")
    ]
    one = await api.get("/api/v1/history?limit=1")
    other = await api.get(f"/api/v1/history?limit=2&cursor={one.document['next']}")
    assert one.document["changes"] + other.document["changes"] == changes


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    text = "infobases: [{id: erp, name: ERP, connect: {server: s, ref: e}}]\n" + CONFIGURED
    (tmp_path / "errorhelp.yaml").write_text(text, "utf-8")
    with serving(tmp_path, tmp_path / "errorhelp.yaml") as running:
        yield running


def test_templates_are_made_renamed_and_deleted_in_the_shell(tmp_path: Path, service: Running) -> None:
    def done(*arguments: str) -> str:
        result = run(tmp_path, *arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    assert done("template", "list") == "down  outage: Не работает"
    made = done(
        "template", "make", "Server down", "--text", "{infobase} is down", "--severity", "maintenance"
    )
    # In the configuration no id has a dot.
    assert made.startswith("t.")
    assert done("template", "list").splitlines()[1] == f"{made}  maintenance: Server down"
    assert done("template", "change", made, "--name", "Server is down") == ""
    assert done("template", "show", made) == f"{made}  maintenance: Server is down\n{{infobase}} is down"
    posted = done("message", "post", "--to", "erp", "--text", "Wait", "--for", "1h", "--severity", "outage")
    like = done("template", "make", "Like that", "--message", posted)
    assert done("template", "show", like) == f"{like}  outage: Like that\nWait"
    assert done("template", "delete", made, like).splitlines() == [
        f"template {made} is deleted",
        f"template {like} is deleted",
    ]
    for wrong, code in (
        (("show", made), 4),
        (("delete", "down"), 2),
        (("change", "down", "--name", "x"), 2),
        (("make", "Neither"), 2),
        (("make", "Both", "--text", "a", "--message", posted), 2),
        (("make", "Unknown", "--wording", "a"), 2),
    ):
        assert run(tmp_path, "template", *wrong).returncode == code, wrong
    configured = run(tmp_path, "template", "delete", "down")
    assert "template down stands in the configuration, under message_templates" in configured.stderr


async def _change(api: AdminApi, address: str, values: object, match: str, **headers: str) -> Answer:
    return await api.ask("PUT", address, json=values, headers=AUTHORIZED | {"If-Match": match} | headers)
