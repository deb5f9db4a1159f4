"""The OpenAPI document: what it says of the API is right, and it says all."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from admin_api import AUTHORIZED, NOON, AdminApi, admin_api
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from errorhelp.text.times import format_instant, parse_instant

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
        "POST /api/v1/messages/{id}/updates",
        "POST /api/v1/messages/{id}/end",
        "POST /api/v1/messages/{id}/extend",
        "GET /api/v1/messages/{id}/events",
        "POST /api/v1/preview",
        "GET /api/v1/status",
        "GET /api/v1/infobases",
        "GET /api/v1/overrides",
        "GET /api/v1/occurrences",
        "POST /api/v1/occurrences/{id}/skip",
        "POST /api/v1/occurrences/{id}/move",
        "POST /api/v1/occurrences/{id}/end",
        "POST /api/v1/occurrences/{id}/restore",
        "GET /api/v1/templates",
        "POST /api/v1/templates",
        "GET /api/v1/templates/{id}",
        "PUT /api/v1/templates/{id}",
        "DELETE /api/v1/templates/{id}",
        "GET /api/v1/windows",
        "POST /api/v1/windows",
        "GET /api/v1/windows.yaml",
        "GET /api/v1/windows/{id}",
        "PUT /api/v1/windows/{id}",
        "POST /api/v1/windows/{id}/end",
        "GET /api/v1/windows/{id}/events",
        "GET /api/v1/history",
        "GET /api/v1/history.csv",
        "GET /api/v1/history.json",
        "GET /api/v1/messages.csv",
        "GET /api/v1/messages.json",
        "GET /api/v1/problems.json",
        "GET /api/v1/reports.json",
        "POST /api/v1/targets/{id}/drop",
        "POST /api/v1/outbox/{id}/drop",
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
    # The document was made at noon, of whichever test.
    api.clock.now = NOON
    await api.posted(**example)


async def test_examples_of_times_are_to_come_whenever_the_document_is_read(api: AdminApi) -> None:
    for hours in (0, 1, 24):
        api.clock.now = NOON + timedelta(hours=hours, minutes=40)
        properties = (await api.get("/api/v1/openapi.json")).document["components"]["schemas"]
        for name, field in (("NewMessage", "starts_at"), ("NewMessage", "ends_at"), ("Extension", "ends_at")):
            (example,) = properties[name]["properties"][field]["examples"]
            assert api.clock.now < parse_instant(example) < api.clock.now + timedelta(hours=3)
    assert "now+" not in json.dumps(properties)


async def test_every_operation_has_one_tag_that_the_document_explains(api: AdminApi) -> None:
    explained = {each["name"] for each in api.openapi["tags"] if each["description"]}
    operations = [each for methods in api.openapi["paths"].values() for each in methods.values()]
    assert {tag for operation in operations for tag in operation["tags"]} == explained
    assert all(len(operation["tags"]) == 1 for operation in operations)


async def test_what_comes_in_headers_is_documented(api: AdminApi) -> None:
    paths = api.openapi["paths"]
    for path, page in (
        (path, each["get"]["responses"]["200"]) for path, each in paths.items() if "get" in each
    ):
        fields = [
            api.openapi["components"]["schemas"][each["schema"]["$ref"].rpartition("/")[2]]
            for each in page["content"].values()
        ]
        assert ("Link" in page["headers"]) == ("next" in fields[0].get("properties", {})), path
    unavailable = paths["/api/v1/messages"]["get"]["responses"]["503"]["headers"]["Retry-After"]
    assert "at least" in unavailable["description"]
    for path, headers in {
        "/api/v1/messages": {"Idempotency-Key"},
        "/api/v1/messages/{id}/extend": {"Idempotency-Key", "If-Match"},
        "/api/v1/messages/{id}/end": {"Idempotency-Key", "If-Match"},
    }.items():
        parameters = [each for each in paths[path]["post"]["parameters"] if each["in"] == "header"]
        assert {each["name"] for each in parameters} == headers
        assert not any(each.get("required") for each in parameters)


async def test_no_body_hides_its_values_from_generators_or_asks_for_what_may_be_left_out(
    api: AdminApi,
) -> None:
    schemas = api.openapi["components"]["schemas"]
    assert [name for name, schema in schemas.items() if "oneOf" in schema and "properties" in schema] == []
    for operation in (each for methods in api.openapi["paths"].values() for each in methods.values()):
        for content in operation.get("requestBody", {"content": {}})["content"].values():
            body = schemas[content["schema"]["$ref"].rpartition("/")[2]]
            assert [name for name, value in body["properties"].items() if "default" in value] == []
    assert '"default": null' not in json.dumps(api.openapi)


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
