"""The OpenAPI 3.1 document of the API (spec.openapis.org/oas/v3.1), made from its routes and their models."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from errorhelp.admin.api import documents
from errorhelp.admin.api.api_routes import Route
from errorhelp.formats import problem_detail
from errorhelp.formats.problem_detail import Problem

Json = dict[str, Any]
_Mode = tuple[type[BaseModel], Literal["validation", "serialization"]]

_JSON = "application/json"
_PLACE = "#/components/schemas/{model}"
_ETAG = {"ETag": "Its revision in quotes, for If-Match."}
_LOCATION = {"Location": "Its address."}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the message that the change was made from.",
    "schema": {"type": "string", "examples": ['"1"']},
}


def openapi(routes: Sequence[Route], version: str) -> Json:
    """The document of these routes, for errorhelp of that version."""
    schemas = _schemas(routes)
    queries = {each: schemas.pop(each.__name__) for each in {route.query for route in routes} if each}
    paths: defaultdict[str, Json] = defaultdict(dict)
    for route in routes:
        parameters = _parameters(route, queries[route.query] if route.query else {})
        paths[route.path][route.method.lower()] = _operation(route, parameters)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "errorhelp",
            "version": version,
            "description": "Messages for people who cannot log in to their 1C infobase.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": dict(paths),
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(routes: Iterable[Route]) -> Json:
    taken = {model for route in routes for model in (route.query, route.body) if model}
    given: set[type[BaseModel]] = {documents.Problem, *(route.answer for route in routes)}
    modes: list[_Mode] = [(model, "validation") for model in taken]
    modes += [(model, "serialization") for model in given]
    _, definitions = models_json_schema(modes, ref_template=_PLACE)
    return dict(sorted(definitions["$defs"].items()))


def _operation(route: Route, parameters: list[Json]) -> Json:
    operation: Json = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "parameters": parameters,
        "responses": {str(route.status): _success(route), **_problems(route.problems)},
    }
    if route.body:
        operation["requestBody"] = {
            "required": not route.body_may_be_left_out,
            "content": {_JSON: {"schema": _reference(route.body)}},
        }
    if route.needs is None:
        operation["security"] = []
    return operation


def _parameters(route: Route, query: Json) -> list[Json]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    in_query = [
        {
            "name": name,
            "in": "query",
            "description": schema["description"],
            "schema": {key: value for key, value in schema.items() if key != "description"},
        }
        for name, schema in query.get("properties", {}).items()
    ]
    return [*in_path, *in_query, *([_IF_MATCH] if route.needs_revision else [])]


def _success(route: Route) -> Json:
    # A message comes with its ETag, what is new with its address.
    headers = (_ETAG if route.answer is documents.Message else {}) | (
        _LOCATION if route.status == 201 else {}
    )
    return {
        "description": HTTPStatus(route.status).phrase,
        "headers": {
            name: {"description": meaning, "required": True, "schema": {"type": "string"}}
            for name, meaning in headers.items()
        },
        "content": {route.media_type: {"schema": _reference(route.answer)}},
    }


def _problems(problems: Iterable[Problem]) -> Json:
    by_status: defaultdict[int, list[Problem]] = defaultdict(list)
    for each in sorted(problems, key=lambda each: (each.status, each.code)):
        by_status[each.status].append(each)
    return {
        str(status): {
            "description": "; ".join(each.title for each in kinds),
            "content": {
                problem_detail.CONTENT_TYPE: {
                    "schema": _reference(documents.Problem),
                    "examples": {each.code: {"value": each.document()} for each in kinds},
                }
            },
        }
        for status, kinds in by_status.items()
    }


def _reference(model: type[BaseModel]) -> Json:
    return {"$ref": _PLACE.format(model=model.__name__)}
