"""Maintenance windows over the admin API: made, changed, ended, and those of the configuration left alone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from admin_api import AUTHORIZED, AdminApi, Answer, admin_api

from errorhelp.config import load
from errorhelp.config.settings.message_settings import WindowSettings

pytestmark = pytest.mark.integration

CONFIGURED = """
maintenance_windows:
  - {id: nightly, targets: '*', text: Backups, starts_at: '2026-11-01 23:00', duration: 2h, rule: FREQ=DAILY}
"""
# In Moscow, where it is three in the afternoon; on a Saturday.
WEEKLY: dict[str, Any] = {
    "targets": ["/Finance"],
    "text": {"ru": "Обновление", "en": "Updates"},
    "starts_at": "2026-11-21 14:00",
    "duration": "4h",
    "rule": "FREQ=WEEKLY;BYDAY=SA",
    "note": "agreed",
}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path, more=CONFIGURED) as api:
        yield api


async def made(api: AdminApi, **values: object) -> dict[str, Any]:
    answer = await api.post("/api/v1/windows", WEEKLY | values)
    assert answer.status == 201, answer.document
    return dict(answer.document)


def shown(api: AdminApi, infobase: str = "erp") -> str:
    """What a reader of the infobase is told now."""
    answer = api.service.snapshot.find(f"/help/{infobase}.json", api.service.now().timestamp())
    assert answer is not None
    return answer.body.decode()


async def changed(
    api: AdminApi, window: dict[str, Any], revision: int | None = None, **values: Any
) -> Answer:
    number = window["revision"] if revision is None else revision
    return await api.put(f"/api/v1/windows/{window['id']}", WEEKLY | values, f'"{number}"')


async def finance_script(api: AdminApi) -> dict[str, str]:
    new = {"name": "finance script", "role": "editor", "folders": ["/Finance"]}
    token = (await api.post("/api/v1/tokens", new)).document["token"]
    return AUTHORIZED | {"Authorization": f"Bearer {token}"}


async def test_a_window_that_was_made_is_shown_to_readers_at_once_and_listed(api: AdminApi) -> None:
    answer = await api.post("/api/v1/windows", WEEKLY)
    window = answer.document
    assert answer.headers["Location"] == f"/api/v1/windows/{window['id']}"
    assert window["id"].startswith("w.") and window["made"]
    assert (window["state"], window["infobases"], window["revision"]) == ("active", ["erp", "payroll"], 1)
    assert (window["starts_at"], window["duration"]) == ("2026-11-21T14:00:00", "4h")
    assert window["next_start"] == "2026-11-28T11:00:00Z"
    assert "Обновление" in shown(api) and "Обновление" not in shown(api, "crm")
    listed = (await api.get("/api/v1/windows")).document["windows"]
    assert [each["id"] for each in listed] == ["nightly", window["id"]]
    occurrences = (await api.get(f"/api/v1/occurrences?window={window['id']}&count=1")).document
    assert [each["state"] for each in occurrences["occurrences"]] == ["active", "scheduled"]


async def test_it_is_there_after_a_restart_and_in_the_history(api: AdminApi) -> None:
    window = await made(api)
    await api.service.read_messages()
    assert (await api.get(f"/api/v1/windows/{window['id']}")).document == window
    await changed(api, window, text="Later")
    await api.post(f"/api/v1/windows/{window['id']}/end")
    (entry, *_) = (await api.get("/api/v1/history?infobase=erp")).document["changes"]
    assert (entry["what"], entry["about"], entry["kind"]) == ("ended", window["id"], "maintenance")
    events = (await api.get(f"/api/v1/windows/{window['id']}/events")).document["events"]
    assert [each["what"] for each in events] == ["made", "changed", "ended"]
    assert [each["data"]["text"] for each in events[1:]] == ["Later", "Later"]
    first, second = [each["seq"] for each in events[:2]]
    page = await api.get(f"/api/v1/windows/{window['id']}/events?limit=1")
    assert [each["seq"] for each in page.document["events"]] == [first]
    assert second > first


async def test_a_change_shows_at_once_and_needs_the_revision_it_was_made_from(api: AdminApi) -> None:
    window = await made(api)
    later = await changed(api, window, text="Updates are late", duration="5h")
    assert (later.status, later.document["revision"]) == (200, 2)
    assert "Updates are late" in shown(api)
    stale = await changed(api, window, text="Another")
    assert (stale.status, stale.document["window"]["text"]) == (412, "Updates are late")
    assert stale.headers["ETag"].startswith('"2-')
    path = f"/api/v1/windows/{window['id']}"
    assert (await api.ask("PUT", path, json=WEEKLY)).status == 428
    again = await api.get(path)
    known = await api.get(path, headers=AUTHORIZED | {"If-None-Match": again.headers["ETag"]})
    assert known.status == 304


async def test_a_window_that_is_ended_ends_for_readers_too_and_is_listed_only_when_asked_for(
    api: AdminApi,
) -> None:
    window = await made(api)
    api.clock.go_on(minutes=30)
    ended = await api.post(f"/api/v1/windows/{window['id']}/end")
    assert (ended.document["state"], ended.document["ended_at"]) == ("ended", "2026-11-21T12:30:00Z")
    assert ended.document["next_start"] is None
    assert "Обновление" not in shown(api)
    assert (await api.post(f"/api/v1/windows/{window['id']}/end")).document["revision"] == 2
    listed = (await api.get("/api/v1/windows")).document["windows"]
    assert [each["id"] for each in listed] == ["nightly"]
    listed = (await api.get("/api/v1/windows?ended=true")).document["windows"]
    assert [each["id"] for each in listed] == ["nightly", window["id"]]
    refused = await changed(api, ended.document)
    assert (refused.status, refused.document["type"]) == (409, "urn:errorhelp:problem:window-over")
    now = api.service.now()
    past = [
        each
        for each in await api.service.shown_between(now.replace(hour=0), now)
        if each.window == window["id"]
    ]
    assert [(each.starts_at, each.ends_at) for each in past] == [(now.replace(minute=0), now)]


async def test_a_change_that_loses_skipped_and_moved_occurrences_names_them_and_wants_a_confirmation(
    api: AdminApi,
) -> None:
    window = await made(api)
    skipped, moved = (f"{window['id']}@{day}T110000Z" for day in ("20261128", "20261205"))
    await api.post(f"/api/v1/occurrences/{skipped}/skip")
    await api.post(f"/api/v1/occurrences/{moved}/move", {"starts_at": "2026-12-06T11:00:00Z"})
    refused = await changed(api, window, starts_at="2026-11-21 15:00")
    assert (refused.status, refused.document["occurrences"]) == (409, [skipped, moved])
    assert skipped in refused.document["detail"]
    assert (await api.get(f"/api/v1/windows/{window['id']}")).document["revision"] == 1
    # With the same starts they stay as they are, and the one that was moved takes as long as the others.
    longer = await changed(api, window, duration="5h")
    assert longer.status == 200
    states = {
        each["id"]: (each["state"], each["ends_at"])
        for each in (await api.get(f"/api/v1/occurrences?window={window['id']}")).document["occurrences"]
    }
    assert states[skipped][0] == "skipped"
    assert states[moved] == ("scheduled", "2026-12-06T16:00:00Z")
    confirmed = await changed(api, longer.document, starts_at="2026-11-21 15:00", confirm=True)
    assert confirmed.status == 200
    assert (await api.get("/api/v1/overrides")).document == {"overrides": []}
    back = await changed(api, confirmed.document)
    occurrences = (await api.get(f"/api/v1/occurrences?window={window['id']}")).document["occurrences"]
    assert (back.status, [each["changed"] for each in occurrences]) == (200, [False] * len(occurrences))


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"targets": ["/Nowhere"], "duration": "0s"}, ["targets", "duration"]),
        ({"targets": []}, ["targets"]),
        ({"text": " "}, ["text"]),
        ({"text": {"fr": "Attendez"}}, ["text"]),
        ({"starts_at": "2026-11-31 02:00"}, ["starts_at"]),
        ({"starts_at": "2026-11-22T02:00:00Z"}, ["starts_at"]),
        ({"starts_at": "1960-01-01 02:00"}, ["starts_at"]),
        ({"starts_at": "2016-11-01 02:00"}, ["starts_at"]),
        ({"duration": "40d"}, ["duration"]),
        ({"rule": "daily"}, ["rule"]),
        ({"rule": "FREQ=DAILY;UNTIL=20261120"}, ["rule"]),
        ({"rule": "FREQ=HOURLY;COUNT=1000"}, ["rule"]),
        ({"rule": "FREQ=DAILY;ByMinute = 0 , 30"}, ["rule"]),
        ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, ["rule"]),
        ({"rule": "FREQ=DAILY;BYDAY=MO\nEXRULE:FREQ=DAILY"}, ["rule"]),
        ({"severity": "bad", "targets": ["nobody"]}, ["severity", "targets"]),
        ({"note": "\x07"}, ["note"]),
        ({"end": "now"}, ["end"]),
    ],
)
async def test_everything_that_is_wrong_is_said_field_by_field(
    api: AdminApi, values: dict[str, object], fields: list[str]
) -> None:
    refused = await api.post("/api/v1/windows", WEEKLY | values)
    assert refused.status == 422
    assert [each["field"] for each in refused.document["errors"]] == fields
    assert (await api.get("/api/v1/windows")).document["total"] == 1


async def test_a_window_of_the_configuration_is_read_here_and_changed_there(api: AdminApi) -> None:
    answer = await api.get("/api/v1/windows/nightly")
    assert (answer.document["made"], answer.document["revision"], answer.document["author"]) == (
        False,
        None,
        "",
    )
    assert (await api.get("/api/v1/windows/nightly/events")).document["events"] == []
    for refused in (
        await api.put("/api/v1/windows/nightly", WEEKLY, answer.headers["ETag"]),
        await api.post("/api/v1/windows/nightly/end"),
    ):
        assert (refused.status, refused.document["type"]) == (
            409,
            "urn:errorhelp:problem:window-configured",
        )
        assert "maintenance_windows" in refused.document["detail"]
    for path in ("/api/v1/windows/none", "/api/v1/windows/w.none"):
        assert (await api.get(path)).status == 404
        assert (await api.put(path, WEEKLY, '"1"')).status == 404


async def test_an_editor_of_folders_makes_changes_and_ends_windows_of_these_only(api: AdminApi) -> None:
    script = await finance_script(api)
    own = await api.post("/api/v1/windows", WEEKLY, headers=script)
    assert (own.status, own.document["author"]) == (201, "finance script")
    for targets in (["*"], ["/"], ["crm"], ["/Finance", "crm"], ["server:srv"]):
        assert (
            await api.post("/api/v1/windows", WEEKLY | {"targets": targets}, headers=script)
        ).status == 403
    path, wider = f"/api/v1/windows/{own.document['id']}", WEEKLY | {"targets": ["*"]}
    revision = script | {"If-Match": '"1"'}
    assert (await api.ask("PUT", path, json=wider, headers=revision)).status == 403
    assert (await api.put(path, wider, '"1"')).status == 200
    # It means more than these folders now.
    narrower = script | {"If-Match": '"2"'}
    assert (await api.ask("PUT", path, json=WEEKLY, headers=narrower)).status == 403
    assert (await api.post(f"{path}/end", headers=script)).status == 403


async def test_rights_for_a_server_are_those_of_all_that_it_means_at_each_change(tmp_path: Path) -> None:
    servers = "  - {id: pay2, name: Pay, connect: {server: pay:1641, ref: P}, folder: /Finance}\n"
    async with admin_api(tmp_path) as api:
        whole = api.configuration.read_text("utf-8").replace("lists:", servers + "lists:")
        api.configuration.write_text(whole, "utf-8")
        await api.service.use(load(api.configuration))
        script = await finance_script(api)
        own = await api.post("/api/v1/windows", WEEKLY | {"targets": ["server:pay"]}, headers=script)
        assert own.status == 201
        # From now on the server has an infobase elsewhere too.
        whole = whole.replace("lists:", servers.replace("pay2", "crm2").replace("/Finance", "/") + "lists:")
        api.configuration.write_text(whole, "utf-8")
        await api.service.use(load(api.configuration))
        refused = await api.post(f"/api/v1/windows/{own.document['id']}/end", headers=script)
        assert refused.status == 403


async def test_windows_are_exported_as_yaml_that_the_configuration_reads_back(api: AdminApi) -> None:
    text = "Строка: 'одна'\n- две # три"
    window = await made(api, text={"ru": text, "en": "yes"}, starts_at="2026-11-21 14:00:30")
    api.clock.go_on(seconds=1)
    await made(api, text="no", rule="FREQ=DAILY", note="")
    async with api.http.get(f"{api.url}/api/v1/windows.yaml", headers=AUTHORIZED) as answer:
        exported = await answer.text()
        assert "maintenance-windows.yaml" in answer.headers["Content-Disposition"]
    first, second = yaml.safe_load(exported)["maintenance_windows"]
    assert WindowSettings.model_validate(second).text == "no"
    read = WindowSettings.model_validate(first)
    assert read.id == window["id"].replace("w.", "w-")
    assert (read.text, read.rule, read.note) == ({"ru": text, "en": "yes"}, WEEKLY["rule"], "agreed")
    assert f"{read.starts_at}" == "2026-11-21 14:00:30"
    whole = api.configuration.read_text("utf-8").replace(CONFIGURED, "") + exported
    api.configuration.write_text(whole, "utf-8")
    assert [each.id for each in load(api.configuration).catalog.windows][:1] == [read.id]


async def test_what_is_made_and_changed_is_in_the_published_tree_when_it_is_answered(tmp_path: Path) -> None:
    async with admin_api(tmp_path, tree=tmp_path / "tree") as api:
        window = await made(api, starts_at="2026-11-22 14:00", rule="FREQ=DAILY")
        calendar = tmp_path / "tree" / "maintenance.ics"
        assert window["tree"] == "current"
        before = calendar.read_bytes()
        assert b"FREQ=DAILY" in before
        # The next occurrence stays the same: only the calendar has another rule.
        answer = await changed(api, window, starts_at="2026-11-22 14:00", rule="FREQ=DAILY;COUNT=3")
        assert answer.document["tree"] == "current"
        assert b"COUNT=3" in calendar.read_bytes()
