"""A request's query and body as the documents of the API; what is wrong in them is answered field by field."""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping, Set
from hashlib import sha256
from typing import Any, TypeVar, get_origin

from aiohttp import hdrs, web
from pydantic import BaseModel, ValidationError

from errorhelp.admin.access.authorization import WAY, WHO
from errorhelp.admin.problem_details import ProblemDetailError, invalid
from errorhelp.config.validation_errors import explain
from errorhelp.config.yaml_tree import written
from errorhelp.formats import problem_detail
from errorhelp.store.request_records import RequestKey

_Model = TypeVar("_Model", bound=BaseModel)

_JSON = "application/json"
# A revision by itself is good too: who knows it knows what they change.
_ETAG = re.compile(r'\s*"([1-9][0-9]{0,9})(?:-[0-9a-f]+)?"\s*')
_IDEMPOTENCY_KEY = "Idempotency-Key"
_REQUEST_KEY = re.compile(r'"([!#-~ ]{1,255})"|([!#-~]{1,255})')


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
    """The request's JSON body, or the defaults if it has none, whatever type it says that nothing is of."""
    try:
        has_body = request.body_exists and bool(await request.read())
    except (web.RequestPayloadError, ConnectionError):
        has_body = True
    return await read_body(request, model) if has_body else model()


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
            problem_detail.REVISION_NEEDED,
            "Read what you change, and send the ETag of that answer as If-Match, quotes included.",
        )
    match = _ETAG.fullmatch(given)
    if match is None:
        raise ProblemDetailError(
            problem_detail.BAD_REQUEST,
            "If-Match must be the ETag of what you change, as you read it, quotes included.",
        )
    return int(match[1])


def read_revision_if_sent(request: web.Request) -> int | None:
    """The revision that a change was made from, None if any will do."""
    is_open = request.headers.get(hdrs.IF_MATCH, "*").strip() == "*"
    return None if is_open else read_revision(request)


def read_request_key(request: web.Request, asked: BaseModel | None = None) -> RequestKey | None:
    """By what a request is known again, if it has an `Idempotency-Key`; `asked` is its body.

    The key (draft-ietf-httpapi-idempotency-key-header, 2.1) may stand in quotes or not.
    """
    given = request.headers.getall(_IDEMPOTENCY_KEY, [])
    if not given:
        return None
    match = _REQUEST_KEY.fullmatch(given[0].strip())
    if match is None or len(given) > 1:
        raise ProblemDetailError(
            problem_detail.BAD_REQUEST,
            "Idempotency-Key must be one text of 1 to 255 visible ASCII characters, such as a UUID.",
        )
    resource = request.match_info.route.resource
    route = f"{request.method} {resource.canonical if resource else request.path}"
    sender = (request[WAY], request[WHO].name, route, match[1] or match[2])
    body = "" if asked is None else asked.model_dump_json()
    return RequestKey(_digest(*sender), _digest(request.path, body))


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()


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
