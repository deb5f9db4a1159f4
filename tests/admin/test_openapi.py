"""The OpenAPI document: what it says of the API is right, and it says all."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from admin_api import AUTHORIZED, NOON, AdminApi, admin_api
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from errorhelp.text.times import format_instant

pytestmark = pytest.mark.integration


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path) as api:
        yield api


async def test_the_document_is_openapi_3_1(api: AdminApi) -> None:
    assert api.openapi["openapi"].startswith("3.1.")
    assert [str(error) for error in OpenAPIV31SpecValidator(api.openapi).iter_errors()] == []


async def test_it_names_every_address_of_the_api(api: AdminApi) -> None:
    assert {
        f"{method.upper()} {path}" for path, methods in api.openapi["paths"].items() for method in methods
    } == {
        "GET /api/v1/messages",
        "POST /api/v1/messages",
        "GET /api/v1/messages/{id}",
        "PUT /api/v1/messages/{id}",
        "POST /api/v1/messages/{id}/end",
        "POST /api/v1/messages/{id}/extend",
        "GET /api/v1/messages/{id}/events",
        "POST /api/v1/preview",
        "GET /api/v1/status",
        "GET /api/v1/infobases",
        "GET /api/v1/overrides",
        "POST /api/v1/reload",
        "POST /api/v1/publish",
        "GET /api/v1/me",
        "GET /api/v1/first-link",
        "GET /api/v1/tokens",
        "POST /api/v1/tokens",
        "GET /api/v1/tokens/{id}",
        "POST /api/v1/tokens/{id}/revoke",
        "GET /api/v1/problems",
        "GET /api/v1/problems.csv",
        "GET /api/v1/problems/{id}",
        "POST /api/v1/problems/{id}/dismiss",
        "POST /api/v1/problems/{id}/bring-back",
        "GET /api/v1/reports",
        "GET /api/v1/reports.csv",
        "GET /api/v1/reports/{id}",
        "GET /api/v1/reports/{id}/download",
        "GET /api/v1/targets",
        "POST /api/v1/targets/{id}/retry",
        "POST /api/v1/targets/{id}/test",
        "GET /api/v1/outbox",
        "POST /api/v1/outbox/{id}/retry",
        "GET /api/v1/openapi.json",
        "GET /healthz",
    }


async def test_every_operation_has_a_summary_and_a_name_of_its_own(api: AdminApi) -> None:
    operations = [each for methods in api.openapi["paths"].values() for each in methods.values()]
    assert all(operation["summary"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


async def test_only_the_document_and_the_health_check_need_no_token(api: AdminApi) -> None:
    assert api.openapi["security"] == [{"token": []}]
    without = {
        path
        for path, methods in api.openapi["paths"].items()
        for operation in methods.values()
        if operation.get("security") == []
    }
    assert without == {"/api/v1/openapi.json", "/healthz"}


async def test_real_answers_of_every_route_are_as_documented(api: AdminApi) -> None:
    # The client holds each answer against the document.
    message = await api.posted(text={"ru": "Ждите", "en": "Wait"}, note="agreed", author="anna")
    address = f"/api/v1/messages/{message['id']}"
    values = {"targets": ["*"], "text": "Ждите дольше", "duration": "2h"}
    seen = [
        await api.get("/api/v1/messages"),
        await api.get(address),
        await api.put(address, values, '"1"'),
        await api.post(f"{address}/extend", {"by": "30m"}),
        await api.get(f"{address}/events"),
        await api.post(f"{address}/end"),
        await api.get(address),
        await api.post("/api/v1/preview", values),
        await api.get("/api/v1/status"),
        await api.get("/api/v1/infobases"),
        await api.get("/api/v1/overrides"),
        await api.post("/api/v1/reload"),
        await api.get("/api/v1/me"),
        await api.get("/api/v1/tokens"),
        await api.get("/api/v1/openapi.json"),
        await api.get("/healthz"),
    ]
    assert [answer.status for answer in seen] == [200] * len(seen)


async def test_a_documented_example_of_a_message_can_be_posted(api: AdminApi) -> None:
    properties = api.openapi["components"]["schemas"]["NewMessage"]["properties"]
    example = {
        name: schema["examples"][0]
        for name, schema in properties.items()
        if "examples" in schema and name not in ("starts_at", "duration")
    }
    assert example.keys() >= {"targets", "text", "ends_at", "note", "author"}
    api.clock.now = NOON.replace(hour=10)
    await api.posted(**example)


@pytest.mark.parametrize(
    "end",
    [
        {},
        {"ends_at": format_instant(NOON), "duration": "1h"},
        {"ends_at": None, "duration": None},
        {"ends_at": None, "duration": "1h"},
        {"ends_at": "2026-11-21T14:00:00Z"},
    ],
    ids=json.dumps,
)
async def test_the_schema_and_the_api_agree_on_which_ends_a_message_may_have(
    api: AdminApi, end: dict[str, Any]
) -> None:
    body = {"targets": ["erp"], "text": "Ждите"} | end
    schema = {"components": api.openapi["components"], "$ref": "#/components/schemas/NewMessage"}
    async with api.http.post(f"{api.url}/api/v1/messages", json=body, headers=AUTHORIZED) as response:
        assert (response.status == 201) == Draft202012Validator(schema).is_valid(body)
