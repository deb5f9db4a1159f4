"""The OpenAPI 3.1 document of the API (spec.openapis.org/oas/v3.1), made from its routes and their models.

Generators of clients are held against it: what they make of it is typed, and asks for no value that may be left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from errorhelp.admin.api import documents
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.documents.document_values import ApiDocument
from errorhelp.formats import problem_detail
from errorhelp.formats.problem_detail import ProblemDetail
from errorhelp.text.times import format_instant

Json = dict[str, Any]
_Mode = tuple[type[BaseModel], Literal["validation", "serialization"]]

_JSON = "application/json"
_PLACE = "#/components/schemas/{model}"
_ETAG = ("ETag", "What it is now, for If-Match and If-None-Match.")
_LOCATION = ("Location", "Its address.")
_LINK = ("Link", 'The address of the next page with rel="next" (RFC 8288); left out on the last one.')
_RETRY_AFTER = ("Retry-After", "For how many seconds at least it is no use to try again.")
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of what the change was made from; another one has it refused with 412.",
    "schema": {"type": "string"},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of what is known already: if it is the same, the answer is 304 without a body.",
    "schema": {"type": "string"},
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A text of your own, another for each change, so that sending this again does it once: within a day "
    "the same key gets the first answer again.",
    "schema": {"type": "string", "maxLength": 255, "examples": ["8e03978e-40d5-43dd-bc93-6894a57f9324"]},
}
_TAGS = {
    "messages": "User messages: what people read, and until when.",
    "maintenance": "Maintenance windows, their occurrences, and what is changed about single ones.",
    "reports": "Failed logins and crashes, grouped into problems and one by one.",
    "forwarding": "Who is notified of problems, and what they have not taken yet.",
    "access": "Who asks, and tokens of scripts.",
    "service": "How the service is doing, and what it serves.",
}
_TAG_OF = {
    "messages": "messages",
    "preview": "messages",
    "overrides": "maintenance",
    "windows": "maintenance",
    "occurrences": "maintenance",
    "history": "messages",
    "problems": "reports",
    "reports": "reports",
    "targets": "forwarding",
    "outbox": "forwarding",
    "me": "access",
    "tokens": "access",
}
_FROM_NOW = re.compile(r"now([+-]\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
# Those that may pass before the client comes again.
_WAITING = {429, 503}


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
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "tags": [{"name": name, "description": meaning} for name, meaning in _TAGS.items()],
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
    bodies = {component_of(route.body) for route in routes if route.body}
    for name, schema in named.items():
        _leave_out_defaults(schema, of_all=name in bodies)
    places = {
        _PLACE.format(model=name): _PLACE.format(model=component) for name, component in components.items()
    }
    schemas: Json = _with_references(dict(sorted(named.items())), places)
    return schemas


def _leave_out_defaults(schema: Json, *, of_all: bool) -> None:
    """Leave out those of null, or of all values: generators take what has a default for what is always there."""
    for value in schema.get("properties", {}).values():
        if of_all or value.get("default", 0) is None:
            value.pop("default", None)


def with_examples_from(document: Json, now: datetime) -> Json:
    """The document with instants in place of examples such as `now+2h`, counted from the last full hour."""
    hour = now.replace(minute=0, second=0, microsecond=0)

    def instant(example: Any) -> Any:
        match = _FROM_NOW.fullmatch(example) if isinstance(example, str) else None
        if match is None:
            return example
        return format_instant(hour + timedelta(**{_UNITS[match[2]]: int(match[1])}))

    def renewed(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: [instant(each) for each in inner]
                if key == "examples" and isinstance(inner, list)
                else renewed(inner)
                for key, inner in value.items()
            }
        return [renewed(each) for each in value] if isinstance(value, list) else value

    made: Json = renewed(document)
    return made


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
        "tags": [_TAG_OF.get(_collection(route.path), "service")],
        "parameters": parameters,
        "responses": {str(route.status): _success(route), **_problems(route.problems)},
    }
    if route.may_be_known:
        operation["responses"]["304"] = {
            "description": HTTPStatus.NOT_MODIFIED.phrase,
            "headers": _headers(_ETAG),
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
    in_header: list[Json] = [
        *([_IF_MATCH | {"required": True}] if route.needs_revision else []),
        *([_IF_MATCH] if route.takes_revision else []),
        *([_IDEMPOTENCY_KEY] if route.takes_key else []),
        *([_IF_NONE_MATCH] if route.may_be_known else []),
    ]
    return [*in_path, *in_query, *in_header]


def _collection(path: str) -> str:
    """The first part of a path below `/api/v1`, without what says in which format."""
    return path.removeprefix("/api/v1/").partition("/")[0].partition(".")[0]


def _success(route: Route) -> Json:
    headers: Json = {}
    # A message or window comes with its ETag, what is new with its address, a page with the next one's.
    if route.answer in (documents.MessageDocument, documents.WindowDocument):
        headers |= _headers(_ETAG)
    if route.status == HTTPStatus.CREATED:
        headers |= _headers(_LOCATION)
    if issubclass(route.answer, documents.ListPage):
        headers |= _headers(_LINK, required=False)
    return {
        "description": HTTPStatus(route.status).phrase,
        "headers": headers,
        "content": {route.media_type: {"schema": _reference(route.answer)}},
    }


def _headers(named: tuple[str, str], *, required: bool = True) -> Json:
    name, meaning = named
    return {name: {"description": meaning, "required": required, "schema": {"type": "string"}}}


def _problems(problems: Iterable[ProblemDetail]) -> Json:
    by_status: defaultdict[int, list[ProblemDetail]] = defaultdict(list)
    for each in sorted(problems, key=lambda each: (each.status, each.code)):
        by_status[each.status].append(each)
    return {
        str(status): {
            "description": "; ".join(each.title for each in kinds),
            "headers": _headers(_RETRY_AFTER, required=False) if status in _WAITING else {},
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
