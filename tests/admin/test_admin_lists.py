"""Lists of the API end in pages of which none is missing, and exports hold everything."""

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from admin_api import AUTHORIZED, NOON, AdminApi, admin_api
from aiohttp import ClientPayloadError
from forwarding_store_contract import queued
from postgres_cluster import Cluster
from report_store_contract import HOUR, MINUTE, a_batch, a_report
from store_contract import SECOND, a_change, a_message
from yarl import URL

from errorhelp.admin.api.list_pages import LARGEST_PAGE
from errorhelp.messages.occurrences import Deed
from errorhelp.store import StoreUnavailable
from errorhelp.store.postgres import PostgresStore
from errorhelp.store.sql_reports import ReportStore

pytestmark = pytest.mark.integration


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path) as api:
        yield api


async def pages(api: AdminApi, path: str, name: str, **query: Any) -> list[list[Any]]:
    """Every page of a list, by the links from one to the next."""
    found: list[list[Any]] = []
    address = URL(path).with_query(query)
    while True:
        answer = await api.get(str(address))
        assert answer.status == 200, answer.document
        found.append(answer.document[name])
        link = answer.headers.get("Link")
        assert (link is None) == (answer.document["next"] is None)
        if link is None:
            return found
        target, _, relation = link.partition("; ")
        assert relation == 'rel="next"'
        assert answer.document["next"] == URL(target[1:-1]).query["cursor"]
        address = URL(target[1:-1])


async def exported(api: AdminApi, path: str) -> bytes:
    async with api.http.get(api.url + path, headers=AUTHORIZED) as response:
        assert response.status == 200, await response.text()
        return await response.read()


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


async def many_messages(api: AdminApi, count: int = 25) -> list[str]:
    """Ids of messages of which several were posted in each second, the newest first."""
    for number in range(count):
        posted = replace(a_message(f"m{number:03}"), created_at=NOON + timedelta(seconds=number // 4))
        await api.store.add(posted, "anna", NOON)
    return [f"m{number:03}" for number in reversed(range(count))]


async def many_reports(api: AdminApi, count: int = 156) -> list[str]:
    """Ids of reports of one second, each of a problem of its own, the newest first."""
    reports = [a_report(f"r{number:03}", stack_hash=f"h{number:03}") for number in range(count)]
    await api.service.reports.add(a_batch(*reports))
    return [each.id for each in reversed(reports)]


@pytest.mark.parametrize("limit", [1, 7, 25, 1000])
async def test_pages_of_messages_hold_each_of_them_once_though_many_were_posted_in_a_second(
    api: AdminApi, limit: int
) -> None:
    posted = await many_messages(api)
    found = await pages(api, "/api/v1/messages", "messages", limit=limit)
    assert [each["id"] for page in found for each in page] == posted
    assert {len(page) for page in found[:-1]} <= {limit}


async def test_a_message_that_is_posted_meanwhile_moves_no_other_from_page_to_page(api: AdminApi) -> None:
    posted = await many_messages(api, 10)
    first = await api.get("/api/v1/messages", params={"limit": 4})
    assert (first.document["total"], first.document["more"]) == (10, True)
    api.clock.go_on(minutes=1)
    await api.posted()
    second = await api.get("/api/v1/messages", params={"limit": 100, "cursor": first.document["next"]})
    assert [each["id"] for each in first.document["messages"] + second.document["messages"]] == posted
    assert (second.document["more"], second.document["next"], second.document["total"]) == (False, None, None)


async def test_messages_are_found_by_when_they_were_posted(api: AdminApi) -> None:
    await many_messages(api)
    query = {"since": "2026-11-21T12:00:01Z", "until": "2026-11-21T12:00:02Z"}
    assert await api.ids(**query) == ["m007", "m006", "m005", "m004"]
    assert (await api.get("/api/v1/messages", params=query)).document["total"] == 4


async def test_pages_of_reports_and_problems_hold_each_of_them_once_though_all_came_in_a_second(
    api: AdminApi,
) -> None:
    came = await many_reports(api)
    found = await pages(api, "/api/v1/reports", "reports", limit=10)
    assert [each["id"] for page in found for each in page] == came
    found = await pages(api, "/api/v1/problems", "problems", limit=10)
    listed = [each["stack_hash"] for page in found for each in page]
    assert len(listed) == len(set(listed)) == 156


async def test_the_number_of_all_reports_is_told_unless_each_would_have_to_be_looked_at(
    api: AdminApi,
) -> None:
    await many_reports(api)
    assert (await api.get("/api/v1/reports")).document["total"] == 156
    assert (await api.get("/api/v1/reports", params={"infobase": "erp"})).document["total"] is None
    assert (await api.get("/api/v1/problems", params={"infobase": "crm"})).document["total"] == 0


async def test_problems_are_found_by_the_time_in_which_they_were_seen(api: AdminApi) -> None:
    first = a_report("r1", stack_hash="early", at=NOON - 2 * HOUR)
    later = a_report("r2", stack_hash="late", at=NOON)
    await api.service.reports.add(a_batch(first, later))
    query = {"since": "2026-11-21T09:00:00Z", "until": "2026-11-21T12:00:00Z"}
    found = (await api.get("/api/v1/problems", params=query)).document["problems"]
    assert [each["stack_hash"] for each in found] == ["early"]


async def test_a_page_of_large_reports_ends_before_it_is_too_large_for_its_reader(api: AdminApi) -> None:
    large = {"text": "x" * 60_000}
    reports = [replace(a_report(f"r{number:03}"), details=large) for number in range(100)]
    await api.service.reports.add(a_batch(*reports))
    found = await pages(api, "/api/v1/reports", "reports", limit=10_000)
    assert [each["id"] for page in found for each in page] == [each.id for each in reversed(reports)]
    assert len(found) == 2
    assert all(len(json.dumps(page)) < 1.1 * LARGEST_PAGE for page in found)


async def test_other_lists_come_in_pages_too(api: AdminApi) -> None:
    entries = await queued(api.store, "desk", 5)
    found = await pages(api, "/api/v1/outbox", "entries", limit=2)
    assert [[each["id"] for each in page] for page in found] == [
        [each.id for each in entries[:2]],
        [each.id for each in entries[2:4]],
        [entries[4].id],
    ]
    infobases = await pages(api, "/api/v1/infobases", "infobases", limit=2)
    assert [[each["id"] for each in page] for page in infobases] == [["erp", "payroll"], ["crm"]]
    message = await api.posted()
    for _ in range(3):
        await api.post(f"/api/v1/messages/{message['id']}/extend", {"by": "1m"})
    events = await pages(api, f"/api/v1/messages/{message['id']}/events", "events", limit=3)
    assert [[each["what"] for each in page] for page in events] == [
        ["posted", "extended", "extended"],
        ["extended"],
    ]


async def test_an_infobase_that_is_gone_before_the_next_page_takes_no_other_with_it(api: AdminApi) -> None:
    first = await api.get("/api/v1/infobases", params={"limit": 1})
    assert first.document["total"] == 3
    text = api.configuration.read_text("utf-8")
    api.configuration.write_text(
        text.replace(next(e for e in text.split("\n") if "id: erp," in e), ""), "utf-8"
    )
    await api.post("/api/v1/reload")
    second = await api.get("/api/v1/infobases", params={"cursor": first.document["next"]})
    assert [each["id"] for each in second.document["infobases"]] == ["payroll", "crm"]


@pytest.mark.parametrize("cursor", ["", "nonsense", "ÿ", "MA==MA==", "LTEg", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
async def test_a_cursor_that_no_page_gave_is_refused(api: AdminApi, cursor: str) -> None:
    for path in ("messages", "reports", "problems", "outbox", "infobases", "history"):
        refused = await api.get(f"/api/v1/{path}", params={"cursor": cursor})
        assert refused.status == 422
        assert [each["field"] for each in refused.document["errors"]] == ["cursor"]


async def some_history(api: AdminApi) -> list[tuple[str, str, str]]:
    """Of messages, maintenance and a problem, most within a second: who did what to what, the newest first."""
    await many_messages(api)
    await api.store.add_window_change(a_change(Deed.SKIPPED, NOON, NOON))
    await many_reports(api, 1)
    (problem,) = await api.service.reports.problems()
    await api.service.reports.dismiss(problem.id, "boris", NOON)
    await api.service.reports.bring_back(problem.id, "anna", NOON - SECOND)
    posted = [("anna", "posted", f"m{number:03}") for number in reversed(range(25))]
    return [
        *posted,
        ("boris", "dismissed", problem.id),
        ("anna", "brought back", problem.id),
        ("anna", "skipped", "backup"),
    ]


def told(changes: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(each["who"], each["what"], each["about"]) for each in changes]


@pytest.mark.parametrize("limit", [1, 4, 1000])
async def test_pages_of_the_history_hold_each_change_once_and_in_one_order(api: AdminApi, limit: int) -> None:
    done = await some_history(api)
    found = await pages(api, "/api/v1/history", "changes", limit=limit)
    assert told([each for page in found for each in page]) == done
    assert told(json.loads(await exported(api, "/api/v1/history.json"))) == done
    assert [row["about"] for row in table(await exported(api, "/api/v1/history.csv"))] == [
        about for _, _, about in done
    ]


async def test_the_history_is_found_by_who_did_it_to_what_and_when(api: AdminApi) -> None:
    done = await some_history(api)

    async def found(**query: str) -> list[tuple[str, str, str]]:
        return [
            each
            for page in await pages(api, "/api/v1/history", "changes", limit=3, **query)
            for each in told(page)
        ]

    assert await found(who="boris") == [each for each in done if each[0] == "boris"]
    assert await found(infobase="crm") == []
    assert len(await found(infobase="erp")) == 27
    assert await found(until="2026-11-21T12:00:00Z") == done[-2:]
    assert (await api.get("/api/v1/history", params={"infobase": "none"})).status == 422


async def test_a_cursor_of_another_list_is_refused_where_it_means_nothing(api: AdminApi) -> None:
    await many_messages(api)
    cursor = (await api.get("/api/v1/messages", params={"limit": 1})).document["next"]
    assert (await api.get("/api/v1/history", params={"cursor": cursor})).status == 422


async def test_exports_hold_everything_as_csv_and_as_json(api: AdminApi) -> None:
    came = await many_reports(api)
    assert [each["id"] for each in table(await exported(api, "/api/v1/reports.csv"))] == came
    reports = json.loads(await exported(api, "/api/v1/reports.json"))
    assert reports == [each for page in await pages(api, "/api/v1/reports", "reports") for each in page]
    assert len(table(await exported(api, "/api/v1/problems.csv"))) == 156
    assert len(json.loads(await exported(api, "/api/v1/problems.json"))) == 156
    posted = await many_messages(api, 250)
    assert [each["id"] for each in table(await exported(api, "/api/v1/messages.csv"))] == posted
    assert [each["id"] for each in json.loads(await exported(api, "/api/v1/messages.json"))] == posted
    assert len(table(await exported(api, "/api/v1/messages.csv?limit=120"))) == 120


async def test_pages_and_exports_are_whole_with_postgresql_too(tmp_path: Path, postgres: Cluster) -> None:
    async with admin_api(tmp_path, store=PostgresStore(await postgres.new_database())) as api:
        done = await some_history(api)
        found = await pages(api, "/api/v1/history", "changes", limit=4)
        assert told([each for page in found for each in page]) == done
        posted = [
            each["id"] for page in await pages(api, "/api/v1/messages", "messages", limit=7) for each in page
        ]
        assert len(posted) == 25
        assert [each["id"] for each in table(await exported(api, "/api/v1/messages.csv"))] == posted
        came = [each["id"] for each in json.loads(await exported(api, "/api/v1/reports.json"))]
        assert came == ["r000"]


async def test_an_export_of_nothing_has_its_columns(api: AdminApi) -> None:
    assert b"id,infobase,kind" in await exported(api, "/api/v1/problems.csv")
    assert json.loads(await exported(api, "/api/v1/problems.json")) == []


async def test_times_in_tables_are_written_as_in_json(api: AdminApi) -> None:
    await many_reports(api, 1)
    (row,) = table(await exported(api, "/api/v1/reports.csv"))
    (listed,) = (await api.get("/api/v1/reports")).document["reports"]
    assert row["at"] == listed["at"] == "2026-11-21T12:00:00Z"


async def test_a_problem_that_is_seen_while_problems_are_exported_is_not_left_out(
    api: AdminApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many_reports(api, 250)
    named = ReportStore.problems_named

    async def seen_meanwhile(self: ReportStore, ids: list[str]) -> Any:
        await self.add(a_batch(a_report("again", stack_hash="h000", at=NOON + MINUTE), keep=False))
        return await named(self, ids)

    monkeypatch.setattr(ReportStore, "problems_named", seen_meanwhile)
    assert len({each["id"] for each in table(await exported(api, "/api/v1/problems.csv"))}) == 250


async def test_an_export_that_breaks_off_is_not_taken_for_whole(
    api: AdminApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many_reports(api, 300)
    reports = ReportStore.reports

    async def once(self: ReportStore, **wanted: Any) -> Any:
        if wanted.get("before_seq"):
            raise StoreUnavailable("database", "it is gone", "wait")
        return await reports(self, **wanted)

    monkeypatch.setattr(ReportStore, "reports", once)
    with pytest.raises(ClientPayloadError):
        await exported(api, "/api/v1/reports.csv")


async def test_an_export_that_cannot_begin_is_answered_with_a_problem(
    api: AdminApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: Any, **__: Any) -> Any:
        raise StoreUnavailable("database", "it is gone", "wait")

    monkeypatch.setattr(ReportStore, "reports", gone)
    answer = await api.get("/api/v1/reports.csv")
    assert (answer.status, answer.document["type"]) == (503, "urn:errorhelp:problem:store-unavailable")


async def test_an_export_is_read_in_pieces_between_which_others_are_answered(
    api: AdminApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many_reports(api)
    reports = ReportStore.reports
    pieces: list[int] = []

    async def noted(self: ReportStore, **wanted: Any) -> Any:
        found = await reports(self, **wanted)
        pieces.append(len(found))
        return found

    monkeypatch.setattr(ReportStore, "reports", noted)
    assert len(json.loads(await exported(api, "/api/v1/reports.json"))) == 156
    assert sum(pieces) == 156
    assert max(pieces) <= 20
