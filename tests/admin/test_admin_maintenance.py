"""Maintenance over the admin API: what is to come, and single occurrences that are skipped, moved, ended, restored."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from admin_api import AUTHORIZED, NOON, AdminApi, Answer, admin_api

pytestmark = pytest.mark.integration

# At noon in UTC, three in the afternoon there, the second one runs.
WINDOWS = """
maintenance_windows:
  - {id: nightly, targets: '*', text: Backups, starts_at: '2026-11-01 23:00', duration: 2h, rule: FREQ=DAILY}
  - {id: weekly, targets: /Finance, text: Updates, starts_at: '2026-11-21 14:00', duration: 4h, rule: FREQ=WEEKLY}
"""
TONIGHT, NOW = "nightly@20261121T200000Z", "weekly@20261121T110000Z"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path, more=WINDOWS) as api:
        yield api


async def listed(api: AdminApi, **query: Any) -> dict[str, tuple[str, str]]:
    """State and start of the occurrences by their ids."""
    found = (await api.get("/api/v1/occurrences", params=query)).document["occurrences"]
    return {each["id"]: (each["state"], each["starts_at"]) for each in found}


async def change(api: AdminApi, occurrence: str, what: str, body: object = None) -> Answer:
    return await api.post(f"/api/v1/occurrences/{occurrence}/{what}", body)


async def test_occurrences_to_come_are_listed_window_by_window(api: AdminApi) -> None:
    assert await listed(api, count=1) == {
        TONIGHT: ("scheduled", "2026-11-21T20:00:00Z"),
        NOW: ("active", "2026-11-21T11:00:00Z"),
        "weekly@20261128T110000Z": ("scheduled", "2026-11-28T11:00:00Z"),
    }
    assert len(await listed(api, window="nightly", count=3)) == 3
    assert (await api.get("/api/v1/occurrences", params={"window": "none"})).status == 422
    (tonight,) = (await api.get("/api/v1/occurrences?window=nightly&count=1")).document["occurrences"]
    assert (tonight["window"], tonight["changed"], tonight["infobases"]) == (
        "nightly",
        False,
        ["erp", "payroll", "crm"],
    )


async def test_an_occurrence_is_skipped_for_readers_and_is_as_planned_again(api: AdminApi) -> None:
    skipped = await change(api, TONIGHT, "skip")
    assert (skipped.status, skipped.document["state"], skipped.document["changed"]) == (200, "skipped", True)
    assert (await listed(api))[TONIGHT][0] == "skipped"
    (override,) = (await api.get("/api/v1/overrides")).document["overrides"]
    assert (override["window"], override["starts_at"]) == ("nightly", override["ends_at"])
    restored = await change(api, TONIGHT, "restore")
    assert (restored.document["state"], restored.document["changed"]) == ("scheduled", False)
    assert (await api.get("/api/v1/overrides")).document == {"overrides": []}


async def test_an_occurrence_is_moved_and_lasts_as_long_as_planned(api: AdminApi) -> None:
    moved = (await change(api, TONIGHT, "move", {"starts_at": "2026-11-22T04:30:00+03:00"})).document
    assert (moved["planned_for"], moved["starts_at"], moved["ends_at"]) == (
        "2026-11-21T20:00:00Z",
        "2026-11-22T01:30:00Z",
        "2026-11-22T03:30:00Z",
    )
    assert (await listed(api))[TONIGHT] == ("scheduled", "2026-11-22T01:30:00Z")


async def test_a_running_occurrence_is_ended_and_readers_are_told_no_more(api: AdminApi) -> None:
    assert any(each.window == "weekly" for each in api.service.snapshot.live if each.starts_at <= NOON)
    ended = (await change(api, NOW, "end")).document
    assert (ended["state"], ended["ends_at"]) == ("ended", "2026-11-21T12:00:00Z")
    assert (await listed(api))[NOW][0] == "ended"


@pytest.mark.parametrize(
    ("occurrence", "what", "body", "status", "code"),
    [
        ("none", "skip", None, 404, "unknown-occurrence"),
        ("nightly@20260101T200000Z", "restore", None, 404, "unknown-occurrence"),
        (NOW, "skip", None, 409, "cannot-override"),
        (TONIGHT, "end", None, 409, "cannot-override"),
        (TONIGHT, "move", {"starts_at": "2026-11-21T08:00:00Z"}, 409, "cannot-override"),
        (TONIGHT, "move", {}, 422, "invalid"),
    ],
)
async def test_what_cannot_be_done_is_a_problem_document(
    api: AdminApi, occurrence: str, what: str, body: object, status: int, code: str
) -> None:
    refused = await change(api, occurrence, what, body)
    assert (refused.status, refused.document["type"]) == (status, f"urn:errorhelp:problem:{code}")


async def test_an_editor_changes_the_maintenance_of_their_folders_only(api: AdminApi) -> None:
    new = {"name": "finance script", "role": "editor", "folders": ["/Finance"]}
    token = (await api.post("/api/v1/tokens", new)).document["token"]
    script = AUTHORIZED | {"Authorization": f"Bearer {token}"}
    assert (await api.post(f"/api/v1/occurrences/{NOW}/end", headers=script)).status == 200
    assert (await api.post(f"/api/v1/occurrences/{TONIGHT}/skip", headers=script)).status == 403


async def test_what_is_changed_is_in_the_published_tree_when_it_is_answered(tmp_path: Path) -> None:
    async with admin_api(tmp_path, more=WINDOWS, tree=tmp_path / "tree") as api:
        page = tmp_path / "tree" / "maintenance.ics"
        before = page.read_bytes()
        answer = await change(api, TONIGHT, "skip")
        assert answer.document["tree"] == "current"
        assert page.read_bytes() != before
