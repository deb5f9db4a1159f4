"""The OpenAPI 3.1 document of the API (spec.openapis.org/oas/v3.1), made from its routes and their models."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from errorhelp.admin.api import documents
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.documents.document_values import ApiDocument
from errorhelp.formats import problem_detail
from errorhelp.formats.problem_detail import ProblemDetail

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
    queries = {each: schemas.pop(component_of(each)) for each in {route.query for route in routes} if each}
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
    given: set[type[BaseModel]] = {documents.ProblemDetailDocument, *(route.answer for route in routes)}
    modes: list[_Mode] = [(model, "validation") for model in taken]
    modes += [(model, "serialization") for model in given]
    _, definitions = models_json_schema(modes, ref_template=_PLACE)
    components = {model.__name__: model.component for model in _documents(ApiDocument)}
    named = {components.get(name, name): schema for name, schema in definitions["$defs"].items()}
    for name, schema in named.items():
        if schema.get("title") in components:
            schema["title"] = name
    places = {
        _PLACE.format(model=name): _PLACE.format(model=component) for name, component in components.items()
    }
    schemas: Json = _with_references(dict(sorted(named.items())), places)
    return schemas


def component_of(model: type[BaseModel]) -> str:
    """The name of a model among the components of the document."""
    return model.component if issubclass(model, ApiDocument) else model.__name__


def _documents(document: type[ApiDocument]) -> Iterator[type[ApiDocument]]:
    for each in document.__subclasses__():
        yield each
        yield from _documents(each)


def _with_references(schema: Any, places: Mapping[str, str]) -> Any:
    """The schema, with each reference to one of these places made one to another."""
    if isinstance(schema, dict):
        return {
            key: places.get(value, value)
            if key == "$ref" and isinstance(value, str)
            else _with_references(value, places)
            for key, value in schema.items()
        }
    return [_with_references(each, places) for each in schema] if isinstance(schema, list) else schema


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
    headers = (_ETAG if route.answer is documents.MessageDocument else {}) | (
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


def _problems(problems: Iterable[ProblemDetail]) -> Json:
    by_status: defaultdict[int, list[ProblemDetail]] = defaultdict(list)
    for each in sorted(problems, key=lambda each: (each.status, each.code)):
        by_status[each.status].append(each)
    return {
        str(status): {
            "description": "; ".join(each.title for each in kinds),
            "content": {
                problem_detail.CONTENT_TYPE: {
                    "schema": _reference(documents.ProblemDetailDocument),
                    "examples": {each.code: {"value": each.document()} for each in kinds},
                }
            },
        }
        for status, kinds in by_status.items()
    }


def _reference(model: type[BaseModel]) -> Json:
    return {"$ref": _PLACE.format(model=component_of(model))}
