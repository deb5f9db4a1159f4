"""The admin API: updates of messages, and closing words."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from admin_api import AUTHORIZED, AdminApi, Answer, admin_api

pytestmark = pytest.mark.integration


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path) as api:
        yield api


def helped(api: AdminApi, infobase: str = "erp") -> dict[str, Any]:
    """The help JSON of an infobase now."""
    answer = api.service.snapshot.find(f"/help/{infobase}.json", api.clock().timestamp())
    assert answer is not None
    return dict(json.loads(answer.body))


def page(api: AdminApi, path: str = "/help/erp.html") -> str:
    """A public page now."""
    answer = api.service.snapshot.find(path, api.clock().timestamp())
    assert answer is not None
    return answer.body.decode()


def errors_in(answer: Answer) -> dict[str, str]:
    assert answer.status == 422, answer.document
    return {error["field"]: error["message"] for error in answer.document["errors"]}


async def test_an_update_is_what_dialogs_say_and_the_message_lists_it(api: AdminApi) -> None:
    message = await api.posted(text="Ищем причину")
    api.clock.go_on(minutes=20)
    answer = await api.post(f"/api/v1/messages/{message['id']}/updates", {"text": "Меняем диск"})
    assert answer.status == 201
    assert answer.headers["ETag"].startswith('"2-')
    assert answer.headers["Location"] == f"/api/v1/messages/{message['id']}"
    assert answer.document["text"] == "Ищем причину"
    assert answer.document["updates"] == [{"text": "Меняем диск", "at": "2026-11-21T12:20:00Z"}]
    assert helped(api)["userMessage"] == "Меняем диск"
    assert (await api.get(answer.headers["Location"])).document == answer.document
    api.clock.go_on(minutes=10)
    text = {"ru": "Почти готово", "en": "Nearly done"}
    answer = await api.post(f"/api/v1/messages/{message['id']}/updates", {"text": text})
    assert [each["text"] for each in answer.document["updates"]] == [text, "Меняем диск"]
    assert answer.document["ends_at"] == message["ends_at"]


async def test_an_update_is_checked_as_the_text_of_a_message_is(api: AdminApi) -> None:
    message = await api.posted()
    path = f"/api/v1/messages/{message['id']}/updates"
    assert "it is empty" in errors_in(await api.post(path, {"text": " "}))["text"]
    assert "'de' is not one of" in errors_in(await api.post(path, {"text": {"de": "Warten"}}))["text"]
    assert "4000 is the most" in errors_in(await api.post(path, {"text": "x" * 4001}))["text"]
    assert "U+0007" in errors_in(await api.post(path, {"text": "\a"}))["text"]
    assert errors_in(await api.post(path, {}))["text"]
    assert (await api.get(f"/api/v1/messages/{message['id']}")).document == message


async def test_there_may_be_fifty_updates_of_a_message(api: AdminApi) -> None:
    message = await api.posted()
    path = f"/api/v1/messages/{message['id']}/updates"
    for number in range(50):
        assert (await api.post(path, {"text": str(number)})).status == 201
    assert "50 updates, the most" in errors_in(await api.post(path, {"text": "one more"}))["text"]


async def test_an_update_of_what_is_over_or_unknown_or_was_changed_is_refused(api: AdminApi) -> None:
    message = await api.posted()
    path = f"/api/v1/messages/{message['id']}"
    stale = await api.ask(
        "POST", f"{path}/updates", json={"text": "Ждите"}, headers=AUTHORIZED | {"If-Match": '"7"'}
    )
    assert stale.status == 412
    await api.post(f"{path}/end")
    assert (await api.post(f"{path}/updates", {"text": "Ждите"})).status == 409
    assert (await api.post("/api/v1/messages/nothing/updates", {"text": "Ждите"})).status == 404


async def test_an_update_that_is_sent_again_is_made_once(api: AdminApi) -> None:
    message = await api.posted()
    path, headers = f"/api/v1/messages/{message['id']}/updates", AUTHORIZED | {"Idempotency-Key": "again"}
    first = await api.post(path, {"text": "Ждите"}, headers=headers)
    second = await api.post(path, {"text": "Ждите"}, headers=headers)
    assert first.status == second.status == 201
    assert first.document == second.document
    assert (await api.post(path, {"text": "Другое"}, headers=headers)).status == 422


async def test_what_else_is_changed_keeps_the_updates(api: AdminApi) -> None:
    message = await api.posted()
    path = f"/api/v1/messages/{message['id']}"
    updated = (await api.post(f"{path}/updates", {"text": "Меняем диск"})).document["updates"]
    extended = await api.post(f"{path}/extend", {"by": "30m"})
    assert extended.document["updates"] == updated
    values = {"targets": ["crm"], "text": "Сбой", "duration": "2h"}
    changed = await api.put(path, values, extended.headers["ETag"])
    assert (changed.document["text"], changed.document["updates"]) == ("Сбой", updated)
    assert helped(api, "crm")["userMessage"] == "Меняем диск"


async def test_closing_words_are_on_pages_for_a_while_and_in_no_dialog(api: AdminApi) -> None:
    message = await api.posted(text="Сбой")
    path = f"/api/v1/messages/{message['id']}"
    ended = await api.post(f"{path}/end", {"closing": "Всё снова работает"})
    assert (ended.document["state"], ended.document["closing"]) == ("ended", "Всё снова работает")
    document = helped(api)
    assert (document["userMessage"], document["messages"]) == ("", [])
    for public in ("/help/erp.html", "/", "/messages.atom"):
        assert "Всё снова работает" in page(api, public)
    assert "Всё снова работает" not in page(api, "/help/crm.html")
    assert "Всё снова работает" not in page(api, "/lists/office.v8i")
    api.clock.go_on(hours=2, seconds=-1)
    assert "Всё снова работает" in page(api)
    api.clock.go_on(seconds=1)
    for public in ("/help/erp.html", "/messages.atom"):
        assert "Всё снова работает" not in page(api, public)


async def test_a_message_can_be_ended_without_words_and_without_a_body(api: AdminApi) -> None:
    for body in ({"json": {}}, {"json": {"closing": None}}, {}):
        message = await api.posted()
        ended = await api.ask("POST", f"/api/v1/messages/{message['id']}/end", **body)
        assert (ended.status, ended.document["closing"]) == (200, None)


async def test_words_may_be_given_and_changed_while_they_would_be_shown(api: AdminApi) -> None:
    message = await api.posted(text="Сбой", duration="1h")
    path = f"/api/v1/messages/{message['id']}/end"
    api.clock.go_on(hours=2)
    late = await api.post(path, {"closing": "Работает"})
    assert (late.document["state"], late.document["closing"]) == ("expired", "Работает")
    assert "Работает" in page(api)
    again = await api.post(path, {"closing": "Работает"})
    assert again.document["revision"] == late.document["revision"]
    changed = await api.post(path, {"closing": "Всё работает"})
    assert changed.document["closing"] == "Всё работает"
    assert (await api.post(path)).document["closing"] == "Всё работает"
    api.clock.go_on(hours=1)
    too_late = await api.post(path, {"closing": "Поздно"})
    assert too_late.status == 409
    assert "Поздно" not in page(api)


async def test_closing_words_are_checked_as_a_text_is(api: AdminApi) -> None:
    message = await api.posted()
    path = f"/api/v1/messages/{message['id']}"
    assert "it is empty" in errors_in(await api.post(f"{path}/end", {"closing": ""}))["closing"]
    assert (
        "'de' is not one of" in errors_in(await api.post(f"{path}/end", {"closing": {"de": "x"}}))["closing"]
    )
    assert (await api.get(path)).document["state"] == "active"


async def test_the_history_has_updates_and_closing_words(api: AdminApi) -> None:
    message = await api.posted(text="Ищем")
    path = f"/api/v1/messages/{message['id']}"
    await api.post(f"{path}/updates", {"text": "Нашли"})
    await api.post(f"{path}/end", {"closing": "Починили"})
    changes = (await api.get("/api/v1/history")).document["changes"]
    assert [(each["what"], each["text"], each["closing"]) for each in changes] == [
        ("ended", "Нашли", "Починили"),
        ("updated", "Нашли", None),
        ("posted", "Ищем", None),
    ]
    async with api.http.get(f"{api.url}/api/v1/messages.csv", headers=AUTHORIZED) as answer:
        assert '[{""text"": ""Нашли""' in await answer.text()
