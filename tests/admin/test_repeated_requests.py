"""Requests that are sent again: with a key they are done once, with a revision only to what was read."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from admin_api import AUTHORIZED, AdminApi, Answer, admin_api

pytestmark = pytest.mark.integration

BODY = {"targets": ["erp"], "text": "Ждите", "duration": "1h"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path) as api:
        yield api


async def post_with(api: AdminApi, path: str, body: object = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.post(path, body, headers=AUTHORIZED | named)


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, str(answer.document["type"]).rpartition(":")[2]


async def test_a_message_that_is_posted_again_with_the_same_key_is_there_once(api: AdminApi) -> None:
    first = await post_with(api, "/api/v1/messages", BODY, Idempotency_Key="a")
    api.clock.go_on(minutes=5)
    again = await post_with(api, "/api/v1/messages", BODY, Idempotency_Key='"a"')
    assert (again.status, again.document) == (201, first.document)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["ETag"] == first.headers["ETag"]
    assert await api.ids() == [first.document["id"]]


async def test_the_answer_stays_the_first_one_though_the_message_was_ended_since(api: AdminApi) -> None:
    first = await post_with(api, "/api/v1/messages", BODY, Idempotency_Key="a")
    await api.post(f"/api/v1/messages/{first.document['id']}/end")
    again = await post_with(api, "/api/v1/messages", BODY, Idempotency_Key="a")
    assert again.document == first.document
    assert len(await api.ids()) == 1


async def test_the_same_key_with_another_body_is_refused_and_does_nothing(api: AdminApi) -> None:
    await post_with(api, "/api/v1/messages", BODY, Idempotency_Key="a")
    other = await post_with(api, "/api/v1/messages", BODY | {"text": "Скоро"}, Idempotency_Key="a")
    assert code(other) == (422, "key-reused")
    assert len(await api.ids()) == 1


async def test_many_at_once_with_the_same_key_make_one_message(api: AdminApi) -> None:
    answers = await asyncio.gather(
        *(post_with(api, "/api/v1/messages", BODY, Idempotency_Key="a") for _ in range(20))
    )
    assert {answer.status for answer in answers} == {201}
    assert len({answer.document["id"] for answer in answers}) == 1
    assert len(await api.ids()) == 1


async def test_a_message_is_extended_once_however_often_the_request_comes(api: AdminApi) -> None:
    message = await api.posted()
    address = f"/api/v1/messages/{message['id']}"
    answers = [
        await post_with(api, f"{address}/extend", {"by": "30m"}, Idempotency_Key="a") for _ in range(3)
    ]
    assert [each.document["ends_at"] for each in answers] == ["2026-11-21T13:30:00Z"] * 3
    assert (await api.get(address)).document["revision"] == 2
    longer = await post_with(api, f"{address}/extend", {"by": "30m"}, Idempotency_Key="b")
    assert longer.document["ends_at"] == "2026-11-21T14:00:00Z"
    other = await api.posted()
    reused = await post_with(
        api, f"/api/v1/messages/{other['id']}/extend", {"by": "30m"}, Idempotency_Key="a"
    )
    assert code(reused) == (422, "key-reused")


async def test_the_end_of_a_message_has_its_key_also_when_there_was_nothing_to_end(api: AdminApi) -> None:
    message = await api.posted()
    address = f"/api/v1/messages/{message['id']}/end"
    for key in ("a", "b"):
        first = await post_with(api, address, Idempotency_Key=key)
        assert (await post_with(api, address, Idempotency_Key=key)).document == first.document
    other = await api.posted()
    reused = await post_with(api, f"/api/v1/messages/{other['id']}/end", Idempotency_Key="b")
    assert code(reused) == (422, "key-reused")
    assert (await api.get(f"/api/v1/messages/{other['id']}")).document["state"] == "active"


async def test_a_key_is_that_of_its_route_and_of_its_sender(api: AdminApi) -> None:
    made = await api.post("/api/v1/tokens", {"name": "script", "role": "editor"})
    first = await post_with(api, "/api/v1/messages", BODY, Idempotency_Key="a")
    script = {"Authorization": f"Bearer {made.document['token']}", "Idempotency-Key": "a"}
    second = await api.post("/api/v1/messages", BODY, headers=script)
    assert second.document["id"] != first.document["id"]
    longer = await post_with(
        api, f"/api/v1/messages/{first.document['id']}/extend", {"by": "1h"}, Idempotency_Key="a"
    )
    assert longer.status == 200


async def test_a_key_is_known_for_a_day(api: AdminApi) -> None:
    first = await post_with(api, "/api/v1/messages", BODY, Idempotency_Key="a")
    api.clock.go_on(hours=23, minutes=59)
    assert (await post_with(api, "/api/v1/messages", BODY, Idempotency_Key="a")).document == first.document
    api.clock.go_on(minutes=1)
    later = await post_with(api, "/api/v1/messages", BODY, Idempotency_Key="a")
    assert later.document["id"] != first.document["id"]


async def test_a_request_that_was_refused_has_not_used_its_key(api: AdminApi) -> None:
    refused = await post_with(api, "/api/v1/messages", BODY | {"targets": ["epr"]}, Idempotency_Key="a")
    assert refused.status == 422
    assert (await post_with(api, "/api/v1/messages", BODY, Idempotency_Key="a")).status == 201


@pytest.mark.parametrize("key", ["", '""', "a b", '"a', "ключ", "x" * 256])
async def test_a_key_that_is_none_is_refused(api: AdminApi, key: str) -> None:
    assert code(await post_with(api, "/api/v1/messages", BODY, Idempotency_Key=key)) == (400, "bad-request")
    assert await api.ids() == []


@pytest.mark.parametrize(("what", "body"), [("extend", {"by": "1h"}), ("end", None)])
async def test_a_revision_is_honoured_by_every_change_that_it_is_sent_with(
    api: AdminApi, what: str, body: Any
) -> None:
    message = await api.posted()
    address = f"/api/v1/messages/{message['id']}"
    read = await api.get(address)
    changed = await api.put(address, BODY | {"text": "Скоро"}, read.headers["ETag"])
    stale = await post_with(api, f"{address}/{what}", body, If_Match=read.headers["ETag"])
    assert code(stale) == (412, "stale-revision")
    assert stale.document["message"] == changed.document
    assert stale.headers["ETag"] == changed.headers["ETag"]
    assert code(await post_with(api, f"{address}/{what}", body, If_Match="2")) == (400, "bad-request")
    assert (await api.get(address)).document == changed.document
    done = await post_with(api, f"{address}/{what}", body, If_Match=stale.headers["ETag"])
    assert (done.status, done.document["revision"]) == (200, 3)


@pytest.mark.parametrize("if_match", ["*", '"1"'])
async def test_a_change_of_any_revision_or_of_one_that_is_only_numbered_is_done(
    api: AdminApi, if_match: str
) -> None:
    message = await api.posted()
    done = await post_with(api, f"/api/v1/messages/{message['id']}/end", If_Match=if_match)
    assert done.document["state"] == "ended"


async def test_what_is_refused_for_its_revision_names_none_to_be_copied_unread(api: AdminApi) -> None:
    message = await api.posted()
    address = f"/api/v1/messages/{message['id']}"
    for headers in ({}, {"If-Match": "nonsense"}, {"If-Match": '"7"'}):
        refused = await api.ask("PUT", address, json=BODY, headers=AUTHORIZED | headers)
        assert refused.status in (400, 412, 428)
        assert not any(
            digit in refused.document["detail"].replace(message["id"], "") for digit in "0123456789"
        )


async def test_a_message_that_is_known_as_it_is_now_is_not_sent_again(api: AdminApi) -> None:
    message = await api.posted(starts_at="2026-11-21T12:10:00Z")
    address = f"/api/v1/messages/{message['id']}"
    known = (await api.get(address)).headers["ETag"]
    same = await api.get(address, headers=AUTHORIZED | {"If-None-Match": f'"other", W/{known}'})
    assert (same.status, same.document, same.headers["ETag"]) == (304, None, known)
    api.clock.go_on(minutes=10)
    started = await api.get(address, headers=AUTHORIZED | {"If-None-Match": known})
    assert (started.status, started.document["state"]) == (200, "active")
    await api.post(f"{address}/extend", {"by": "1h"})
    changed = await api.get(address, headers=AUTHORIZED | {"If-None-Match": started.headers["ETag"]})
    assert changed.status == 200
