"""The public listener's own answers: refusals and errors as problem documents (RFC 9457), and preflights."""

from collections.abc import Iterable
from uuid import UUID

from errorhelp.answers.answer import FOR_ANY_ORIGIN, Answer, answer
from errorhelp.formats import problem_detail
from errorhelp.formats.problem_detail import ProblemDetail

# These are about one request, so no cache keeps them: their time is over when they are made.
_OVER = 0.0

_CHALLENGES = b'WWW-Authenticate: Bearer realm="errorhelp"\r\n' + (
    b'WWW-Authenticate: Basic realm="errorhelp", charset="UTF-8"\r\n'
)


def problem_answer(
    kind: ProblemDetail, detail: str = "", *, headers: bytes = b"", **members: object
) -> Answer:
    """The problem as an answer; `headers` are further complete header lines."""
    return answer(
        problem_detail.to_json(kind.document(detail, **members)),
        problem_detail.CONTENT_TYPE,
        status=kind.status,
        valid_until=_OVER,
        headers=headers,
    )


def json_answer(document: dict[str, object], status: int) -> Answer:
    """A small JSON document that no cache keeps."""
    return answer(problem_detail.to_json(document), "application/json", status=status, valid_until=_OVER)


def method_not_allowed(allowed: Iterable[str]) -> Answer:
    """405, with the methods that the address takes."""
    methods = ", ".join(allowed)
    return problem_answer(
        problem_detail.METHOD_NOT_ALLOWED, f"It takes {methods}.", headers=b"Allow: %s\r\n" % methods.encode()
    )


def internal_error(error_id: UUID) -> Answer:
    """500; the id is what ties it to the log, which alone has the details."""
    return problem_answer(
        problem_detail.INTERNAL,
        f"The administrator finds the details in the log by the id {error_id}.",
        id=str(error_id),
    )


NOT_FOUND = problem_answer(
    problem_detail.NOT_FOUND, "Help is at /help/{infobase}.json, connection lists are at /lists/{list}.v8i."
)
BAD_REQUEST = problem_answer(problem_detail.BAD_REQUEST, "It must be HTTP/1.1 or HTTP/1.0.")
FAULTY_FRAMING = problem_answer(
    problem_detail.BAD_REQUEST, "In HTTP/1.0 there is no Transfer-Encoding; send a Content-Length."
)
ADDRESS_TOO_LONG = problem_answer(problem_detail.ADDRESS_TOO_LONG, "At most 8 KiB are read.")
HEADERS_TOO_LARGE = problem_answer(problem_detail.HEADERS_TOO_LARGE, "At most 8 KiB are read of each header.")

REFUSALS = {
    problem_detail.UNAUTHORIZED: problem_answer(
        problem_detail.UNAUTHORIZED,
        "Send the list's token as 'Authorization: Bearer TOKEN', as Basic's password or as ?token=TOKEN.",
        headers=_CHALLENGES,
    ),
    problem_detail.FORBIDDEN: problem_answer(
        problem_detail.FORBIDDEN, "This list is read through the organisation's proxy, which names the user."
    ),
}

PREFLIGHT = Answer(
    status=204,
    head=b"HTTP/1.1 204 No Content\r\n"
    b"Access-Control-Allow-Methods: GET, HEAD, POST\r\n"
    b"Access-Control-Allow-Headers: Content-Type, If-None-Match\r\n"
    b"Access-Control-Max-Age: 86400\r\n" + FOR_ANY_ORIGIN,
    body=b"",
    etag=b"",
    valid_until=_OVER,
)
"""To a browser whether a page of another origin may ask (the CORS protocol of the Fetch standard)."""

HEALTHY = answer(b"ok", "text/plain; charset=utf-8", valid_until=_OVER)
READY = json_answer({"ready": True}, 200)
NOT_READY = json_answer({"ready": False}, 503)
