"""A request's query and body as the documents of the API; what is wrong in them is answered field by field."""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any, TypeVar, get_origin

from aiohttp import hdrs, web
from pydantic import BaseModel, ValidationError

from errorhelp.admin.problem_details import ProblemDetailError, invalid
from errorhelp.config.validation_errors import explain
from errorhelp.config.yaml_tree import written
from errorhelp.formats import problem_detail

_Model = TypeVar("_Model", bound=BaseModel)

_JSON = "application/json"
_ETAG = re.compile(r'\s*"([1-9][0-9]{0,9})"\s*')


ErrorsInRest = Callable[[Mapping[str, Any], Set[str]], Iterable[tuple[str, str]]]
"""Given a body and the fields of it that are wrong, what the meaning of the others has against it, by field."""


async def read_body(
    request: web.Request, model: type[_Model], errors_in_rest: ErrorsInRest = lambda _body, _wrong: ()
) -> _Model:
    """The request's JSON body; ProblemDetailError with all that is wrong with it."""
    if request.content_type != _JSON or hdrs.CONTENT_ENCODING in request.headers:
        raise ProblemDetailError(
            problem_detail.UNSUPPORTED_MEDIA_TYPE, f"Send it with 'Content-Type: {_JSON}' and not compressed."
        )
    try:
        # Some writers on Windows put a byte order mark in front.
        body = (await request.read()).removeprefix(BOM_UTF8)
    except (web.RequestPayloadError, ConnectionError):
        raise ProblemDetailError(problem_detail.BAD_REQUEST, "The body did not come whole.") from None
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _wrong(error, model, body, errors_in_rest) from None


async def read_optional_body(request: web.Request, model: type[_Model]) -> _Model:
    """The request's JSON body, or the defaults if it has none."""
    return await read_body(request, model) if request.body_exists else model()


def read_query(request: web.Request, model: type[_Model]) -> _Model:
    """The request's query; fields that are tuples may be given several times."""
    fields = model.model_fields
    values: dict[str, object] = {}
    for name in request.query:
        given = request.query.getall(name)
        repeatable = name in fields and get_origin(fields[name].annotation) is tuple
        values[name] = given[0] if len(given) == 1 and not repeatable else given
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(_explained(error, model)) from None


def read_revision(request: web.Request) -> int:
    """The revision that a change was made from: the ETag in `If-Match` (RFC 9110, 13.1.1)."""
    given = request.headers.get(hdrs.IF_MATCH)
    if given is None:
        raise ProblemDetailError(
            problem_detail.REVISION_NEEDED, 'Send the ETag of the message as you read it: If-Match: "3"'
        )
    match = _ETAG.fullmatch(given)
    if match is None:
        raise ProblemDetailError(
            problem_detail.BAD_REQUEST, 'If-Match must be the ETag of the message as you read it: "3"'
        )
    return int(match[1])


def _wrong(
    error: ValidationError, model: type[BaseModel], body: bytes, errors_in_rest: ErrorsInRest
) -> ProblemDetailError:
    first = error.errors(include_url=False)[0]
    if first["type"] == "json_invalid":
        return ProblemDetailError(
            problem_detail.BAD_REQUEST, f"The body is not JSON: {first['ctx']['error']}."
        )
    errors = _explained(error, model)
    given = json.loads(body)
    if isinstance(given, dict):
        wrong = {str(each["loc"][0]) for each in error.errors(include_url=False) if each["loc"]}
        errors += errors_in_rest(given, wrong)
    return invalid(errors)


def _explained(error: ValidationError, model: type[BaseModel]) -> list[tuple[str, str]]:
    return [(written(location), message) for location, message, _ in explain(error, model)]
