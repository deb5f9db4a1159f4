"""Problems and reports over the admin API, and on the command line."""

import csv
import io
import json
import urllib.request
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from admin_api import AUTHORIZED, NOON, AdminApi, admin_api
from command import run, serving
from configurations import written
from report_samples import CONFIGURATION, PICTURE
from report_store_contract import ERP_CRASH, HOUR, a_batch, a_report

from errorhelp.reports.report import Kind

pytestmark = pytest.mark.integration


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path) as api:
        yield api


async def taken(api: AdminApi) -> None:
    """Two crashes of erp, an hour apart, and a login failure of crm."""
    login = a_report("login", infobase="crm", kind=Kind.LOGIN_FAILURE, at=NOON - 2 * HOUR)
    crash = a_report("crash", at=NOON - HOUR, screenshot=PICTURE)
    await api.service.reports.add(a_batch(login, crash, a_report("again", at=NOON - timedelta(minutes=1))))


async def download(api: AdminApi, path: str) -> tuple[str, bytes]:
    async with api.http.get(api.listener.url + path, headers=AUTHORIZED) as response:
        assert response.status == 200
        assert response.headers["Content-Disposition"].startswith("attachment")
        return response.content_type, await response.read()


async def test_problems_are_listed_the_last_seen_first(api: AdminApi) -> None:
    await taken(api)
    problems = (await api.get("/api/v1/problems")).document["problems"]
    assert [(each["infobase"], each["kind"], each["count"]) for each in problems] == [
        ("erp", "crash", 2),
        ("crm", "login_failure", 1),
    ]
    for query in ({"infobase": "erp_old"}, {"kind": "crash"}, {"since": "2026-11-21T11:00:00Z"}):
        found = (await api.get("/api/v1/problems", params=query)).document["problems"]
        assert [each["infobase"] for each in found] == ["erp"]


async def test_a_problem_shows_its_counts_by_the_hour(api: AdminApi) -> None:
    await taken(api)
    problem = (await api.get(f"/api/v1/problems/{ERP_CRASH}")).document
    assert problem["hours"] == [{"hour": "2026-11-21T11:00:00Z", "count": 2}]
    assert (problem["title"], problem["users"], problem["versions"]) == ("Деление на 0", 1, ["8.3.27"])


async def test_reports_are_listed_and_shown(api: AdminApi) -> None:
    await taken(api)
    reports = (await api.get("/api/v1/reports", params={"problem": ERP_CRASH})).document["reports"]
    assert [each["id"] for each in reports] == ["again", "crash"]
    report = (await api.get("/api/v1/reports/crash")).document
    assert (report["text"], report["details"]["sessionInfo"]) == ("Деление на 0", {"userName": "anna"})


async def test_a_report_is_downloaded_with_its_screenshot(api: AdminApi) -> None:
    await taken(api)
    kind, data = await download(api, "/api/v1/reports/crash/download")
    assert kind == "application/zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert json.loads(archive.read("report.json"))["sessionInfo"] == {"userName": "anna"}
        assert archive.read("screenshot.png") == PICTURE


async def test_tables_open_in_a_spreadsheet_and_hold_no_formulas(api: AdminApi) -> None:
    await taken(api)
    await api.service.reports.add(a_batch(replace(a_report("evil"), text='=HYPERLINK("http://x")')))
    kind, data = await download(api, "/api/v1/reports.csv?infobase=erp")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert (kind, data[:3]) == ("text/csv", b"\xef\xbb\xbf")
    assert [row["text"] for row in rows] == ['\'=HYPERLINK("http://x")', "Деление на 0", "Деление на 0"]
    _, data = await download(api, "/api/v1/problems.csv")
    assert [row["count"] for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))] == ["3", "1"]


async def test_a_problem_that_was_dismissed_is_listed_only_when_asked_for(api: AdminApi) -> None:
    await taken(api)
    dismissed = await api.post(f"/api/v1/problems/{ERP_CRASH}/dismiss")
    assert (dismissed.status, dismissed.document["dismissed_at"]) == (200, "2026-11-21T12:00:00Z")

    async def listed(**query: str) -> list[str]:
        found = await api.get("/api/v1/problems", params=query)
        return [each["infobase"] for each in found.document["problems"]]

    assert await listed() == ["crm"]
    assert await listed(dismissed="true") == ["erp", "crm"]
    assert (await api.get(f"/api/v1/problems/{ERP_CRASH}")).document["count"] == 2
    back = await api.post(f"/api/v1/problems/{ERP_CRASH}/bring-back")
    assert (back.status, back.document["dismissed_at"]) == (200, None)
    assert await listed() == ["erp", "crm"]
    for change in ("dismiss", "bring-back"):
        refused = await api.post(f"/api/v1/problems/none/{change}")
        assert (refused.status, refused.document["type"]) == (404, "urn:errorhelp:problem:unknown-problem")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/problems/none", 404, "unknown-problem"),
        ("/api/v1/reports/none", 404, "unknown-report"),
        ("/api/v1/reports/none/download", 404, "unknown-report"),
        ("/api/v1/problems?infobase=none", 422, "invalid"),
        ("/api/v1/problems?kind=none", 422, "invalid"),
        ("/api/v1/reports.csv?limit=0", 422, "invalid"),
    ],
)
async def test_what_cannot_be_answered_is_a_problem_document(
    api: AdminApi, path: str, status: int, code: str
) -> None:
    refused = await api.get(path)
    assert (refused.status, refused.document["type"]) == (status, f"urn:errorhelp:problem:{code}")


def test_the_command_line_lists_and_shows_what_a_client_posted(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIGURATION.format(reports="{enabled: true}"))
    state = tmp_path / "state"
    with serving(state, config) as service:
        body = json.dumps({"errorText": "Нет лицензии", "appVersion": "8.3.27", "seat": 7}).encode()
        with urllib.request.urlopen(f"{service.public}/help/erp.json", body, timeout=10) as answer:
            assert json.load(answer)["helpText"] == "Звоните 112"
        while not (listed := run(state, "problem", "list", "-o", "json").stdout).startswith("[\n"):
            assert listed == "[]\n"
        (problem,) = json.loads(listed)
        listed = run(state, "problem", "list", "--last", "1h").stdout
        assert "Нет лицензии" in listed
        assert " 1 time  " in listed and " 1 user  " in listed
        shown = run(state, "problem", "show", problem["id"]).stdout
        assert "infobase:  erp" in shown
        assert "versions:  8.3.27" in shown
        assert "1 time, 1 user\n" in shown
        report_id = shown.rpartition("newest reports")[2].splitlines()[1].split()[0]
        sent = run(state, "problem", "show", report_id).stdout
        assert f"report:    {report_id} of problem {problem['id']}" in sent
        assert json.loads(sent.partition("without secrets:")[2]) == json.loads(body)
        assert json.loads(run(state, "problem", "show", report_id, "-o", "json").stdout)["id"] == report_id
        dismissed = run(state, "problem", "dismiss", problem["id"])
        assert dismissed.stdout == f"{problem['id']} of erp is dismissed\n"
        assert run(state, "problem", "list").stdout == ""
        assert problem["id"] in run(state, "problem", "list", "--dismissed").stdout
        assert "dismissed:" in run(state, "problem", "show", problem["id"]).stdout
        assert run(state, "problem", "dismiss", problem["id"], "--undo").returncode == 0
        assert problem["id"] in run(state, "problem", "list").stdout
        assert run(state, "problem", "dismiss", "none").returncode == 4
        unknown = run(state, "problem", "show", "none")
        assert unknown.returncode == 4
        assert "there is no problem and no report 'none'" in unknown.stderr
        assert run(state, "problem", "list", "--last", "soon").returncode == 2
        # The old names go on working, and say that they will not for ever.
        before = run(state, "report", "list", "-o", "json")
        assert json.loads(before.stdout) == [problem]
        assert "report list is called problem list now" in before.stderr
        before = run(state, "report", "show", report_id, "-o", "json")
        assert json.loads(before.stdout)["id"] == report_id
        assert "report show is called problem show now" in before.stderr
        assert "list" not in run(state, "report", "--help").stdout
