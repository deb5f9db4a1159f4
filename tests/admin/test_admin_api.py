"""The admin API: who may use it, what it does with messages, and what it says when something is wrong."""

import asyncio
import gzip
import json
import logging
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from admin_api import AUTHORIZED, NOON, TOKEN, AdminApi, Answer, admin_api
from aiohttp import ClientSession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ports import free_port

from errorhelp.people.people import Person, Role

pytestmark = pytest.mark.integration

OPEN_TO_ALL = {("GET", "/api/v1/openapi.json"), ("GET", "/healthz")}
TAKE_A_BODY = (
    ("POST", "/api/v1/messages"),
    ("PUT", "/api/v1/messages/any"),
    ("POST", "/api/v1/messages/any/updates"),
    ("POST", "/api/v1/messages/any/end"),
    ("POST", "/api/v1/messages/any/extend"),
    ("POST", "/api/v1/preview"),
    ("POST", "/api/v1/reload"),
)
WITH_REVISION = AUTHORIZED | {"If-Match": '"1"'}
AS_JSON = WITH_REVISION | {"Content-Type": "application/json"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path) as api:
        yield api


def routes(api: AdminApi) -> list[tuple[str, str]]:
    """Method and path of every route, for the message `any`."""
    return [
        (method.upper(), path.replace("{id}", "any"))
        for path, methods in api.openapi["paths"].items()
        for method in methods
    ]


def kind(answer: Answer) -> str:
    """The last part of a problem's type."""
    return str(answer.document["type"]).rpartition(":")[2]


def errors_in(answer: Answer) -> dict[str, str]:
    """What the answer says of each field."""
    assert (answer.status, kind(answer)) == (422, "invalid")
    return {error["field"]: error["message"] for error in answer.document["errors"]}


# Who may use it


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer \u00ff"],
)
async def test_every_route_but_two_wants_a_known_token(api: AdminApi, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    for method, path in routes(api):
        answer = await api.ask(method, path, headers=headers)
        if (method, path) in OPEN_TO_ALL:
            assert answer.status == 200
        else:
            assert (answer.status, kind(answer)) == (401, "unauthorized"), (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_the_scheme_of_a_token_may_be_in_any_case(api: AdminApi) -> None:
    answer = await api.get("/api/v1/status", headers={"authorization": f"bearer {TOKEN}"})
    assert answer.status == 200


async def test_addresses_and_methods_that_do_not_exist_are_no_way_around_the_token(api: AdminApi) -> None:
    for method, path in (("GET", "/nothing"), ("GET", "/api/v1/nothing"), ("DELETE", "/api/v1/messages/any")):
        assert (await api.ask(method, path, headers={})).status == 401


async def test_every_answer_keeps_browsers_from_keeping_guessing_and_embedding(api: AdminApi) -> None:
    for answer in (
        await api.get("/healthz"),
        await api.get("/api/v1/status", headers={}),
        await api.get("/nowhere"),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy


# What it says when something is wrong


async def test_a_wrong_method_is_answered_with_which_ones_there_are_on_every_route(api: AdminApi) -> None:
    for method, path in routes(api):
        answer = await api.ask("PATCH", path)
        assert (answer.status, kind(answer)) == (405, "method-not-allowed")
        assert method in answer.headers["Allow"].split(",")


async def test_an_unknown_address_is_not_found(api: AdminApi) -> None:
    for path in ("/nothing", "/api/v1/messages/", "/api/v1/messages/any/nothing", "/api/v2/messages"):
        answer = await api.get(path)
        assert (answer.status, kind(answer)) == (404, "not-found")


@pytest.mark.parametrize(("method", "path"), TAKE_A_BODY)
async def test_a_body_must_be_json_of_a_sensible_size(api: AdminApi, method: str, path: str) -> None:
    async def answer_to(data: bytes, headers: dict[str, str] = AS_JSON) -> tuple[int, str]:
        answer = await api.ask(method, path, data=data, headers=headers)
        return answer.status, kind(answer)

    form = WITH_REVISION | {"Content-Type": "application/x-www-form-urlencoded"}
    assert await answer_to(b"{}", form) == (415, "unsupported-media-type")
    assert await answer_to(b"{") == (400, "bad-request")
    assert await answer_to(b'{"text": "\xff"}') == (400, "bad-request")
    assert await answer_to(b'{"text": "\\ud800"}') == (400, "bad-request")
    assert await answer_to(b"[" * 50_000) == (400, "bad-request")
    assert await answer_to(b"[]") == (422, "invalid")
    assert await answer_to(b'{"nobody": "knows this"}') == (422, "invalid")
    assert await answer_to(b" " * 64 * 1024 + b"{}") == (413, "too-large")
    compressed = AS_JSON | {"Content-Encoding": "gzip"}
    assert await answer_to(gzip.compress(b"{}"), compressed) == (415, "unsupported-media-type")


async def test_a_body_may_begin_with_a_byte_order_mark(api: AdminApi) -> None:
    body = {"targets": ["erp"], "text": "Ждите", "duration": "1h"}
    data = b"\xef\xbb\xbf" + json.dumps(body, ensure_ascii=False).encode()
    assert (await api.ask("POST", "/api/v1/messages", data=data, headers=AS_JSON)).status == 201


async def test_a_message_that_does_not_exist_is_not_found(api: AdminApi) -> None:
    values = {"targets": ["erp"], "text": "Ждите", "duration": "1h"}
    for address in ("/api/v1/messages/any", "/api/v1/messages/%00%FF%2F.."):
        for answer in (
            await api.get(address),
            await api.get(f"{address}/events"),
            await api.put(address, values, '"1"'),
            await api.post(f"{address}/end"),
            await api.post(f"{address}/extend", {"by": "1h"}),
        ):
            assert (answer.status, kind(answer)) == (404, "unknown-message")


async def test_an_unforeseen_error_shows_the_client_an_id_and_the_log_the_rest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def reload() -> None:
        raise RuntimeError("the secret is out")

    async with admin_api(tmp_path, reload=reload) as api:
        answer = await api.post("/api/v1/reload")
    assert (answer.status, kind(answer)) == (500, "internal")
    assert "secret" not in json.dumps(answer.document)
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert answer.document["id"] in record.getMessage()
    assert "the secret is out" in caplog.text


async def test_while_the_database_is_locked_writes_say_so_and_the_status_too(api: AdminApi) -> None:
    message = await api.posted()
    with closing(sqlite3.connect(api.database, isolation_level=None, check_same_thread=False)) as other:
        # In a thread: the service may be in the middle of a transaction.
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        body = {"targets": ["erp"], "text": "Ждите", "duration": "1h"}
        for answer in (
            await api.post("/api/v1/messages", body),
            await api.post(f"/api/v1/messages/{message['id']}/end"),
        ):
            assert (answer.status, kind(answer)) == (503, "store-unavailable")
            assert answer.headers["Retry-After"] == "5"
            assert "locked" in answer.document["detail"]
    assert await api.ids(state="active") == [message["id"]]


async def test_while_the_database_is_gone_the_status_shows_it_and_what_is_shown(api: AdminApi) -> None:
    await api.posted()
    await api.posted(starts_at="2026-11-22T12:00:00Z")
    with closing(sqlite3.connect(api.database)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    api.database.write_bytes(b"broken" * 10_000)
    # A connection that is open knows for a while what stood there.
    async with asyncio.timeout(20):
        while (answer := await api.get("/api/v1/messages")).status == 200:
            await asyncio.sleep(0.02)
        assert (answer.status, kind(answer)) == (503, "store-unavailable")
        while (status := (await api.get("/api/v1/status")).document)["store"]["ok"]:
            await asyncio.sleep(0.02)
    assert "damaged" in status["store"]["error"]
    assert status["messages"] == {"active": 1, "scheduled": 1}


# Posting


async def test_a_posted_message_has_an_address_an_etag_and_all_its_values(api: AdminApi) -> None:
    values = {
        "targets": ["/Finance/", "erp_old"],
        "text": {"ru": " ERP обновляется\r\n", "en": "ERP is being updated"},
        "severity": "outage",
        "starts_at": "2026-11-21T14:00:00+03:00",
        "ends_at": "2026-11-21T17:00:00.5+03:00",
        "note": "agreed with finance",
        "author": "Анна",
    }
    posted = await api.post("/api/v1/messages", values)
    assert posted.status == 201
    assert posted.headers["ETag"].startswith('"1-')
    got = await api.get(posted.headers["Location"])
    assert got.headers["ETag"] == posted.headers["ETag"]
    assert got.document == posted.document
    assert got.document == {
        "id": posted.headers["Location"].rpartition("/")[2],
        "state": "active",
        "targets": ["/Finance", "erp"],
        "infobases": ["erp", "payroll"],
        "text": {"ru": "ERP обновляется", "en": "ERP is being updated"},
        "live": False,
        "shown": {"ru": "ERP обновляется", "en": "ERP is being updated"},
        "severity": "outage",
        "starts_at": "2026-11-21T11:00:00Z",
        "ends_at": "2026-11-21T14:00:00Z",
        "ended_at": None,
        "updates": [],
        "closing": None,
        "note": "agreed with finance",
        "author": "Анна",
        "created_at": "2026-11-21T12:00:00Z",
        "revision": 1,
        "tree": None,
        "tree_error": None,
    }


async def test_a_text_comes_back_as_it_was_typed_and_beside_it_what_is_shown(api: AdminApi) -> None:
    literal = await api.posted()
    assert (literal["text"], literal["live"], literal["shown"]) == (
        "Ждите",
        False,
        {"ru": "Ждите", "en": "Ждите"},
    )
    text = {"ru": "{infobase} до {until}, {who}"}
    posted = await api.posted(text=text, targets=["/Finance"])
    assert (posted["text"], posted["live"]) == (text, True)
    assert posted["shown"] == {"ru": "Finance до 16:00, {who}", "en": "Finance до 16:00, {who}"}

    path = f"/api/v1/messages/{posted['id']}"
    values = {name: posted[name] for name in ("targets", "text", "severity", "note")}
    later = values | {"ends_at": "2026-11-22T06:00:00+03:00"}
    changed = (await api.put(path, later, '"1"')).document
    assert (changed["text"], changed["shown"]["ru"]) == (text, "Finance до 22 нояб. 06:00, {who}")
    events = (await api.get(f"{path}/events")).document["events"]
    assert [each["data"]["live_text"] for each in events] == [text, text]
    preview = (await api.post("/api/v1/preview", later)).document
    assert preview["message"]["shown"]["ru"] == "Finance до 22 нояб. 06:00, {who}"
    assert "ERP до 22 нояб. 06:00, {who}" in preview["help"]["ru"]["userMessage"]


async def test_a_message_of_few_words_starts_now_as_information_by_the_owner_of_the_token(
    api: AdminApi,
) -> None:
    message = await api.posted(duration="90m", starts_at=None)
    assert message["starts_at"] == "2026-11-21T12:00:00Z"
    assert message["ends_at"] == "2026-11-21T13:30:00Z"
    assert (message["severity"], message["author"], message["note"]) == ("info", "admin", "")


async def test_a_duration_counts_from_the_start(api: AdminApi) -> None:
    message = await api.posted(starts_at="2026-11-22T00:00:00Z", duration="2h")
    assert message["ends_at"] == "2026-11-22T02:00:00Z"


async def test_a_posted_message_is_shown_to_users_at_once(api: AdminApi) -> None:
    await api.posted(text="Ждите до 14:00")
    answer = api.service.snapshot.find("/help/erp.json", NOON.timestamp())
    assert answer is not None
    assert json.loads(answer.body)["userMessage"] == "Ждите до 14:00"


async def test_all_that_is_wrong_with_a_message_is_answered_at_once(api: AdminApi) -> None:
    values = {
        "targets": "erp",
        "text": 7,
        "severity": "bad",
        "starts_at": 1,
        "duration": 90,
        "author": "a\nb",
    }
    errors = errors_in(await api.post("/api/v1/messages", values))
    assert errors.keys() == values.keys()
    assert "must be a list" in errors["targets"]
    assert "texts by language" in errors["text"]
    assert "'info', 'maintenance' or 'outage'" in errors["severity"]
    assert "in quotes (e.g. 2026-11-21T14:00:00+03:00)" in errors["starts_at"]
    assert "in quotes (e.g. 90m" in errors["duration"]
    assert "on one line" in errors["author"]


async def test_all_that_makes_no_sense_about_a_message_is_answered_at_once(api: AdminApi) -> None:
    values = {"targets": [], "text": {"de": ""}, "ends_at": "2026-11-21T11:59:59Z", "note": "\u0000"}
    errors = errors_in(await api.post("/api/v1/messages", values))
    assert errors.keys() == values.keys()


async def test_a_value_of_the_wrong_kind_hides_no_other_error(api: AdminApi) -> None:
    values = {
        "targets": ["epr"],
        "text": {"de": "Warten"},
        "severity": "bad",
        "ends_at": "2026-11-21T11:59:59Z",
        "noet": "",
    }
    errors = errors_in(await api.post("/api/v1/messages", values))
    assert errors.keys() == values.keys()
    assert "did you mean 'erp'" in errors["targets"]


async def test_an_unknown_target_is_answered_together_with_what_may_be_meant(api: AdminApi) -> None:
    errors = errors_in(
        await api.post("/api/v1/messages", {"targets": ["epr"], "text": "Ждите", "duration": "1h"})
    )
    assert "did you mean 'erp'" in errors["targets"]


@pytest.mark.parametrize("time", ["2026-11-21T14:00:00", "2026-11-21 14:00", "14:00", ""])
async def test_a_time_without_its_offset_is_refused_with_an_example(api: AdminApi, time: str) -> None:
    for field in ("starts_at", "ends_at"):
        values = {"targets": ["erp"], "text": "Ждите", "ends_at": "2026-11-21T13:00:00Z"} | {field: time}
        errors = errors_in(await api.post("/api/v1/messages", values))
        assert "2026-11-21T14:00:00+03:00" in errors[field]


@pytest.mark.parametrize(
    "end", [{}, {"ends_at": None}, {"ends_at": "2026-11-21T13:00:00Z", "duration": "1h"}], ids=json.dumps
)
async def test_a_message_has_either_an_end_or_a_duration(api: AdminApi, end: dict[str, str | None]) -> None:
    errors = errors_in(await api.post("/api/v1/messages", {"targets": ["erp"], "text": "Ждите"} | end))
    assert "either ends_at" in errors["ends_at"]


async def test_a_misspelt_name_is_refused_and_not_ignored(api: AdminApi) -> None:
    values = {"targets": ["erp"], "text": "Ждите", "duration": "1h", "serverity": "outage"}
    errors = errors_in(await api.post("/api/v1/messages", values))
    assert "did you mean 'severity'?" in errors["serverity"]


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59Z", "9998-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
async def test_times_at_the_ends_of_the_calendar_are_refused(api: AdminApi, time: str) -> None:
    values = {"targets": ["erp"], "text": "Ждите", "starts_at": time}
    for end in ({"duration": "3660d"}, {"ends_at": time}, {"ends_at": "9999-12-31T23:59:59Z"}):
        for address in ("/api/v1/messages", "/api/v1/preview"):
            assert errors_in(await api.post(address, values | end)).keys() <= {"starts_at", "ends_at"}


# Listing


async def test_messages_are_listed_newest_first(api: AdminApi) -> None:
    first = await api.posted(starts_at="2026-11-22T00:00:00Z")
    api.clock.go_on(seconds=1)
    second = await api.posted()
    assert await api.ids() == [second["id"], first["id"]]
    assert await api.ids(limit=1) == [second["id"]]


async def test_messages_can_be_filtered_by_their_state(api: AdminApi) -> None:
    over = await api.posted(duration="1m")
    ended = await api.posted()
    await api.post(f"/api/v1/messages/{ended['id']}/end")
    api.clock.go_on(minutes=2)
    active = await api.posted()
    planned = await api.posted(starts_at="2026-11-22T00:00:00Z")
    assert await api.ids(state="expired") == [over["id"]]
    assert await api.ids(state="ended") == [ended["id"]]
    assert await api.ids(state="active") == [active["id"]]
    assert await api.ids(state="scheduled") == [planned["id"]]
    assert set(await api.ids(state=["active", "scheduled"])) == {active["id"], planned["id"]}


async def test_messages_can_be_filtered_by_what_they_are_about_and_by_their_author(api: AdminApi) -> None:
    erp = (await api.posted(author="anna"))["id"]
    finance = (await api.posted(targets=["/Finance"]))["id"]
    crm = (await api.posted(targets=["crm"]))["id"]
    everything = (await api.posted(targets=["*"], author="anna"))["id"]
    assert await api.ids(target="/Finance") == [finance]
    assert set(await api.ids(infobase="erp")) == {erp, finance, everything}
    assert set(await api.ids(infobase="erp_old")) == {erp, finance, everything}
    assert set(await api.ids(infobase="payroll")) == {finance, everything}
    assert set(await api.ids(infobase="crm")) == {crm, everything}
    assert set(await api.ids(author="anna")) == {erp, everything}
    assert await api.ids(author="anna", target="erp") == [erp]


@pytest.mark.parametrize(
    ("query", "field", "errors"),
    [
        ("sate=active", "sate", "did you mean 'state'?"),
        ("state=gone", "state[0]", "'scheduled', 'active', 'ended' or 'expired'"),
        ("limit=many", "limit", "whole number"),
        ("limit=0", "limit", "1 or more"),
        ("limit=1&limit=2", "limit", "valid integer"),
        ("infobase=nope", "infobase", "no infobase has the id 'nope'"),
        ("author=%ED%A0%80%00&infobase=%FF", "infobase", "no infobase"),
    ],
)
async def test_a_filter_that_cannot_be_meant_is_refused(
    api: AdminApi, query: str, field: str, errors: str
) -> None:
    assert errors in errors_in(await api.get(f"/api/v1/messages?{query}"))[field]


# Changing


async def test_a_message_goes_through_its_states_as_time_goes_on(api: AdminApi) -> None:
    message = await api.posted(starts_at="2026-11-21T13:00:00Z", duration="1h")
    address = f"/api/v1/messages/{message['id']}"
    states = [message["state"]]
    for minutes in (59, 1, 59, 1):
        api.clock.go_on(minutes=minutes)
        states.append((await api.get(address)).document["state"])
    assert states == ["scheduled", "scheduled", "active", "active", "expired"]


async def test_a_change_takes_the_revision_it_was_made_from(api: AdminApi) -> None:
    message = await api.posted(author="anna", starts_at="2026-11-21T11:00:00Z", duration="2h")
    values = {"targets": ["crm"], "text": "Дольше", "ends_at": "2026-11-21T15:00:00Z"}
    changed = await api.put(f"/api/v1/messages/{message['id']}", values, '"1"')
    assert changed.status == 200
    assert changed.headers["ETag"].startswith('"2-')
    shown = {"shown": {"ru": "Дольше", "en": "Дольше"}}
    assert changed.document == message | values | shown | {"infobases": ["crm"], "revision": 2}


async def test_a_change_of_what_somebody_else_changed_gets_their_version(api: AdminApi) -> None:
    message = await api.posted()
    address = f"/api/v1/messages/{message['id']}"
    values = {"targets": ["erp"], "text": "Первый", "duration": "1h"}
    first = await api.put(address, values, '"1"')
    second = await api.put(address, values | {"text": "Второй"}, '"1"')
    assert (second.status, kind(second)) == (412, "stale-revision")
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.document["message"] == first.document
    assert (await api.get(address)).document["text"] == "Первый"


async def test_a_change_without_its_revision_changes_nothing(api: AdminApi) -> None:
    message = await api.posted()
    address = f"/api/v1/messages/{message['id']}"
    values = {"targets": ["erp"], "text": "Другой", "duration": "1h"}
    answer = await api.ask("PUT", address, json=values)
    assert (answer.status, kind(answer)) == (428, "revision-needed")
    for if_match in ("*", "1", 'W/"1"', '"1", "2"', '"0"', '"' + "9" * 5000 + '"'):
        answer = await api.put(address, values, if_match)
        assert (answer.status, kind(answer)) == (400, "bad-request")
    assert (await api.get(address)).document == message


async def test_ending_a_message_twice_ends_it_once(api: AdminApi) -> None:
    message = await api.posted()
    address = f"/api/v1/messages/{message['id']}"
    api.clock.go_on(minutes=5)
    ended = await api.post(f"{address}/end")
    assert ended.document == message | {"state": "ended", "ended_at": "2026-11-21T12:05:00Z", "revision": 2}
    api.clock.go_on(minutes=5)
    again = await api.post(f"{address}/end")
    assert (again.status, again.document) == (200, ended.document)
    assert len((await api.get(f"{address}/events")).document["events"]) == 2


async def test_a_message_is_extended_by_a_duration_or_until_a_time(api: AdminApi) -> None:
    message = await api.posted(duration="1h")
    address = f"/api/v1/messages/{message['id']}/extend"
    longer = await api.post(address, {"by": "30m"})
    assert longer.document["ends_at"] == "2026-11-21T13:30:00Z"
    sooner = await api.post(address, {"ends_at": "2026-11-21T15:15:00+03:00"})
    assert sooner.document["ends_at"] == "2026-11-21T12:15:00Z"
    assert sooner.headers["ETag"].startswith('"3-')


@pytest.mark.parametrize(
    ("extension", "field"),
    [
        ({}, "by"),
        ({"by": "1h", "ends_at": "2026-11-21T15:00:00Z"}, "by"),
        ({"by": "-1h"}, "by"),
        ({"by": "3660d"}, "ends_at"),
        ({"ends_at": "2026-11-21T11:00:00Z"}, "ends_at"),
        ({"ends_at": "15:00"}, "ends_at"),
    ],
    ids=json.dumps,
)
async def test_an_extension_that_makes_no_sense_is_refused(
    api: AdminApi, extension: dict[str, str], field: str
) -> None:
    message = await api.posted()
    answer = await api.post(f"/api/v1/messages/{message['id']}/extend", extension)
    assert errors_in(answer).keys() == {field}


async def test_what_is_over_is_neither_changed_nor_extended(api: AdminApi) -> None:
    message = await api.posted()
    address = f"/api/v1/messages/{message['id']}"
    await api.post(f"{address}/end")
    values = {"targets": ["erp"], "text": "Другой", "duration": "1h"}
    for answer in (
        await api.put(address, values, '"2"'),
        await api.post(f"{address}/extend", {"by": "1h"}),
    ):
        assert (answer.status, kind(answer)) == (409, "message-over")
        assert "post a new one" in answer.document["detail"]


async def test_the_history_says_who_did_what_and_when(api: AdminApi) -> None:
    message = await api.posted(author="anna")
    address = f"/api/v1/messages/{message['id']}"
    await api.posted()
    api.clock.go_on(minutes=1)
    await api.post(f"{address}/extend", {"by": "1h"})
    api.clock.go_on(minutes=1)
    await api.put(address, {"targets": ["erp"], "text": "Скоро", "duration": "1h"}, '"2"')
    api.clock.go_on(minutes=1)
    await api.post(f"{address}/end")
    events = (await api.get(f"{address}/events")).document["events"]
    assert [(event["at"][11:16], event["who"], event["what"]) for event in events] == [
        ("12:00", "admin", "posted"),
        ("12:01", "admin", "extended"),
        ("12:02", "admin", "changed"),
        ("12:03", "admin", "ended"),
    ]
    assert {event["message_id"] for event in events} == {message["id"]}
    assert [event["data"]["author"] for event in events] == ["anna"] * 4
    assert events[2]["data"]["text"] == "Скоро"


# Preview


async def test_a_preview_shows_infobases_and_help_and_posts_nothing(api: AdminApi) -> None:
    values = {"targets": ["/Finance"], "text": {"ru": "Ждите", "en": "Wait"}, "duration": "1h"}
    preview = (await api.post("/api/v1/preview", values)).document
    assert preview["infobases"] == preview["message"]["infobases"] == ["erp", "payroll"]
    assert preview["infobase"] == "erp"
    assert preview["help"]["ru"]["userMessage"] == "Ждите"
    assert preview["help"]["en"]["userMessage"] == "Wait"
    assert preview["help"]["en"]["helpText"] == "Call finance"
    assert preview["help"]["en"]["userMessageUntil"] == "2026-11-21T16:00:00+03:00"
    assert await api.ids() == []
    assert api.service.snapshot.live == ()


async def test_a_preview_is_of_the_infobase_that_is_asked_for_with_what_is_shown_there(api: AdminApi) -> None:
    await api.posted(targets=["payroll"], text="Уже", severity="outage")
    values = {"targets": ["*"], "text": "Потом", "starts_at": "2026-11-21T12:30:00Z", "duration": "1h"}
    preview = (await api.post("/api/v1/preview?infobase=payroll", values)).document
    assert preview["infobase"] == "payroll"
    assert preview["help"]["ru"]["userMessage"] == "Уже\n\nПотом"


async def test_a_preview_of_an_unknown_infobase_or_an_impossible_message_is_refused(api: AdminApi) -> None:
    values = {"targets": ["*"], "text": "Ждите", "duration": "1h"}
    assert errors_in(await api.post("/api/v1/preview?infobase=nope", values)).keys() == {"infobase"}
    answer = await api.post("/api/v1/preview", values | {"targets": ["/Nowhere"]})
    assert errors_in(answer).keys() == {"targets"}


# The service


async def test_the_status_shows_how_the_service_is_doing(api: AdminApi) -> None:
    await api.posted()
    await api.posted(starts_at="2026-11-21T12:10:00Z")
    ended = await api.posted()
    await api.post(f"/api/v1/messages/{ended['id']}/end")
    status = (await api.get("/api/v1/status")).document
    assert re.fullmatch(r"\d+\.\d+\.\d+", status.pop("version"))
    assert status.pop("configuration") == {
        "digest": api.service.loaded.digest,
        "loaded_at": "2026-11-21T12:00:00Z",
        "refused": None,
        "waiting": None,
        "retention_waits": None,
    }
    # The one that asks.
    assert status.pop("connections")["admin"]["open"] == 1
    assert status == {
        "time": "2026-11-21T12:00:00Z",
        "time_zone": "Europe/Moscow",
        "languages": ["ru", "en"],
        "infobases": 3,
        "folders": 2,
        "lists": 1,
        "store": {"ok": True, "error": None},
        "tree": None,
        "copies": [],
        "messages": {"active": 1, "scheduled": 1, "ended": 1},
        "next_change": "2026-11-21T12:10:00Z",
        "unknown_proxies": [],
    }


async def test_infobases_are_listed_with_their_help_and_where_it_comes_from(api: AdminApi) -> None:
    infobases = (await api.get("/api/v1/infobases")).document["infobases"]
    assert [infobase["id"] for infobase in infobases] == ["erp", "payroll", "crm"]
    base = api.service.catalog.public_url
    assert infobases[0] == {
        "id": "erp",
        "name": "ERP",
        "connect": 'Srvr="srv";Ref="ERP";',
        "folder": "/Finance",
        "aliases": ["erp_old"],
        "language": "ru",
        "help": {
            "text": {"ru": "Звоните в бухгалтерию", "en": "Call finance"},
            "text_from": "/Finance",
            "url": {"ru": "https://help.example.com/ru/erp", "en": "https://help.example.com/en/erp"},
            "url_from": "*",
        },
        "addresses": {
            "default": f"{base}/help/erp.json",
            "by_language": {"ru": f"{base}/help/ru/erp.json", "en": f"{base}/help/en/erp.json"},
        },
    }
    assert infobases[1]["language"] == "en"


async def test_a_reload_takes_a_good_configuration_and_keeps_it_when_the_next_is_bad(api: AdminApi) -> None:
    before = (await api.post("/api/v1/reload")).document["configuration"]
    api.configuration.write_text(
        api.configuration.read_text("utf-8").replace("Call 112", "Call 911"), "utf-8"
    )
    good = (await api.post("/api/v1/reload")).document["configuration"]
    assert good["digest"] != before["digest"]
    api.configuration.write_text("infobases: nonsense", "utf-8")
    bad = (await api.post("/api/v1/reload", {})).document["configuration"]
    assert bad["digest"] == good["digest"]
    assert "errorhelp.yaml:1:" in bad["refused"]
    assert (await api.get("/api/v1/status")).document["configuration"] == bad


async def test_a_configuration_that_loses_most_infobases_waits_for_its_confirmation(api: AdminApi) -> None:
    kept = api.configuration.read_text("utf-8").partition("  - {id: payroll")[0]
    api.configuration.write_text(kept, "utf-8")
    waiting = (await api.post("/api/v1/reload")).document["configuration"]["waiting"]
    assert len((await api.get("/api/v1/infobases")).document["infobases"]) == 3
    wrong = await api.post("/api/v1/reload", {"confirm": "something else"})
    assert (wrong.status, kind(wrong)) == (409, "nothing-to-confirm")
    confirmed = (await api.post("/api/v1/reload", {"confirm": waiting})).document["configuration"]
    assert (confirmed["digest"], confirmed["waiting"], confirmed["refused"]) == (waiting, None, None)
    assert len((await api.get("/api/v1/infobases")).document["infobases"]) == 1


async def test_overrides_are_listed_until_they_make_no_difference(tmp_path: Path) -> None:
    nightly = (
        "maintenance_windows: [{id: nightly, targets: erp, starts_at: 2026-11-01 15:00, duration: 1h, "
        "rule: FREQ=DAILY, text: Backup}]\n"
    )
    async with admin_api(tmp_path, more=nightly) as api:
        await api.service.maintenance.skip("nightly@20261122T120000Z", Person("anna", Role.ADMIN))
        (skipped,) = (await api.get("/api/v1/overrides")).document["overrides"]
        assert skipped["starts_at"] == skipped["ends_at"] == skipped["planned_for"] == "2026-11-22T12:00:00Z"
        api.clock.go_on(hours=25)
        await api.service.catch_up()
        assert (await api.get("/api/v1/overrides")).document["overrides"] == []


async def test_a_head_answers_like_a_get_without_the_body(api: AdminApi) -> None:
    message = await api.posted()
    for path in ("/healthz", "/api/v1/status", f"/api/v1/messages/{message['id']}"):
        get, head = await api.get(path), await api.ask("HEAD", path)
        assert head.status == 200
        assert head.headers["Content-Length"] == get.headers["Content-Length"]


async def test_a_listener_that_stops_lets_go_of_its_port(tmp_path: Path) -> None:
    async with admin_api(tmp_path, port=free_port()) as api:
        url = api.url
        assert (await api.get("/healthz")).document == {"ok": True}
    with pytest.raises(OSError, match="Cannot connect"):
        async with ClientSession() as http, http.get(url):
            pass


# Whatever comes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TIMES = st.datetimes().map(lambda time: f"{time.isoformat()}Z")
DURATIONS = st.from_regex(r"\A[0-9]{1,12}[wdhms]\Z")
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "targets": JSON | st.lists(st.sampled_from(["erp", "/Finance", "*"]) | st.text()),
        "text": JSON | st.dictionaries(st.sampled_from(["ru", "en"]), st.text()),
        "severity": JSON | st.just("outage"),
        "starts_at": JSON | TIMES,
        "ends_at": JSON | TIMES,
        "duration": JSON | DURATIONS,
        "by": JSON | DURATIONS,
        "note": JSON,
        "author": JSON,
        "confirm": JSON,
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=VALUES | JSON, ends_at=st.none() | TIMES)
async def test_whatever_is_sent_the_answer_is_a_documented_one(
    api: AdminApi, body: object, ends_at: str | None
) -> None:
    if ends_at and isinstance(body, dict):
        body = {"targets": ["erp"], "text": "Ждите"} | body | {"ends_at": ends_at}
    message = await api.posted()
    for method, path in TAKE_A_BODY:
        answer = await api.ask(method, path.replace("any", message["id"]), json=body, headers=WITH_REVISION)
        assert answer.status < 500, answer.document


async def test_many_at_once_all_get_their_messages(api: AdminApi) -> None:
    messages = await asyncio.gather(*(api.posted(text=f"№ {number}") for number in range(50)))
    assert len({message["id"] for message in messages}) == 50
    assert len(await api.ids()) == 50
