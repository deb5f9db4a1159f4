"""The reference of the admin API, from its OpenAPI document and its routes."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.reference.markdown import table
from errorhelp.admin.access.api_tokens import ApiTokens
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.messages_api import Api
from errorhelp.admin.api.openapi import component_of, openapi
from errorhelp.config import load
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore

Json = Mapping[str, Any]


def api_page(configuration: Path) -> str:
    """Every route of the API as Markdown, and the documents that they take and answer with."""
    service = Service(load(configuration), SqliteStore(Path("never opened")))

    async def reload() -> None:
        raise NotImplementedError

    routes = Api(service, ApiTokens(service.access, service.now), reload, None).routes
    document = openapi(routes, "")
    lines = [
        "# API reference",
        "",
        "Generated from what a running service says of itself at `/api/v1/openapi.json`; [the admin API](api.md) is "
        "the page to read first. Every route may also answer with the problems of its kind: [errors](errors.md).",
        "",
        "## Routes",
        "",
    ]
    for route in routes:
        lines += _route(route, document["paths"][route.path][route.method.lower()])
    lines += ["## Documents", ""]
    for name, schema in document["components"]["schemas"].items():
        lines += _schema(name, schema)
    return "\n".join(lines)


def _route(route: Route, operation: Json) -> Iterator[str]:
    yield f"### {route.method} {route.path}"
    yield ""
    who = f"the role {route.needs.value}" if route.needs else "everybody"
    yield f"{route.summary}. For {who}. In OpenAPI: `{operation['operationId']}`."
    yield ""
    parameters = operation["parameters"]
    if parameters:
        rows = [(f"`{each['name']}`", each["in"], each.get("description", "")) for each in parameters]
        yield from table(("parameter", "in", "meaning"), rows)
    if route.body:
        yield f"Takes {_link(component_of(route.body))} as JSON{', or nothing' if route.body_may_be_left_out else ''}."
    what = (
        _link(component_of(route.answer))
        if route.media_type == "application/json"
        else f"`{route.media_type}`"
    )
    statuses = ", ".join(status for status in operation["responses"] if int(status) >= 400)
    yield f"Answers {route.status} with {what}; else {statuses}."
    yield ""


def _schema(name: str, schema: Json) -> Iterator[str]:
    yield f"### {name}"
    yield ""
    if description := schema.get("description"):
        yield " ".join(description.split())
        yield ""
    if "enum" in schema:
        yield f"One of {', '.join(f'`{each}`' for each in schema['enum'])}."
        yield ""
    required = schema.get("required", ())
    rows = [
        (f"`{field}`", _type(each), "yes" if field in required else "", each.get("description", ""))
        for field, each in schema.get("properties", {}).items()
    ]
    if rows:
        yield from table(("field", "type", "always", "meaning"), rows)


def _type(schema: Json) -> str:
    if "$ref" in schema:
        return _link(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_type, schema["anyOf"])))
    if "enum" in schema:
        return " or ".join(f"`{each}`" for each in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(values := schema.get("additionalProperties"), dict):
        return f"object of {_type(values)}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"
