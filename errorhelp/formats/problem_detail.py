"""Errors over HTTP: problem documents (RFC 9457), all from one catalogue."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemDetail:
    """One kind of error; its code ends the `type`, and docs/en/errors.md lists it."""

    code: str
    status: int
    title: str

    def document(self, detail: str = "", **members: object) -> dict[str, object]:
        """The members of the problem document; `detail` says what to do about this occurrence."""
        document: dict[str, object] = {
            "type": f"urn:errorhelp:problem:{self.code}",
            "title": self.title,
            "status": self.status,
        }
        if detail:
            document["detail"] = detail
        return document | members


BAD_REQUEST = ProblemDetail("bad-request", 400, "The request cannot be understood")
BAD_REPORT = ProblemDetail("bad-report", 400, "The report cannot be read")
UNAUTHORIZED = ProblemDetail("unauthorized", 401, "This needs a valid token")
FORBIDDEN = ProblemDetail("forbidden", 403, "You may not do this")
REPORTS_OFF = ProblemDetail("reports-off", 403, "Reports are switched off")
NOT_FOUND = ProblemDetail("not-found", 404, "There is nothing at this address")
UNKNOWN_INFOBASE = ProblemDetail("unknown-infobase", 404, "No infobase has this address")
UNKNOWN_MESSAGE = ProblemDetail("unknown-message", 404, "No message has this id")
UNKNOWN_TEMPLATE = ProblemDetail("unknown-template", 404, "No template has this id")
UNKNOWN_TOKEN = ProblemDetail("unknown-token", 404, "No token has this id")
UNKNOWN_PROBLEM = ProblemDetail("unknown-problem", 404, "No problem has this id")
UNKNOWN_REPORT = ProblemDetail("unknown-report", 404, "No report has this id, or no longer")
UNKNOWN_TARGET = ProblemDetail("unknown-target", 404, "No target has this id")
UNKNOWN_ENTRY = ProblemDetail("unknown-entry", 404, "No entry of the outbox has this id, or no longer")
UNKNOWN_OCCURRENCE = ProblemDetail("unknown-occurrence", 404, "No maintenance to come has this id")
UNKNOWN_WINDOW = ProblemDetail("unknown-window", 404, "No maintenance window has this id")
METHOD_NOT_ALLOWED = ProblemDetail("method-not-allowed", 405, "This address does not take this method")
ENTRY_PENDING = ProblemDetail("entry-pending", 409, "The entry of the outbox is still to be delivered")
TARGET_GONE = ProblemDetail("target-gone", 409, "The target is not configured any more")
CANNOT_OVERRIDE = ProblemDetail("cannot-override", 409, "This cannot be done to the maintenance now")
CONFIGURED_TEMPLATE = ProblemDetail("configured-template", 409, "The template stands in the configuration")
WINDOW_CONFIGURED = ProblemDetail(
    "window-configured", 409, "The maintenance window stands in the configuration"
)
WINDOW_OVER = ProblemDetail("window-over", 409, "The maintenance window was ended")
OCCURRENCES_LOST = ProblemDetail("occurrences-lost", 409, "Changed occurrences would not be planned any more")
MESSAGE_OVER = ProblemDetail("message-over", 409, "The message is over")
NOTHING_TO_CONFIRM = ProblemDetail("nothing-to-confirm", 409, "No configuration waits for a confirmation")
NO_TREE = ProblemDetail("no-tree", 409, "The configuration names no folder to publish to")
STALE_REVISION = ProblemDetail("stale-revision", 412, "Somebody else changed it meanwhile")
TOO_LARGE = ProblemDetail("too-large", 413, "The request body is too large")
ADDRESS_TOO_LONG = ProblemDetail("address-too-long", 414, "The address is too long")
UNSUPPORTED_MEDIA_TYPE = ProblemDetail("unsupported-media-type", 415, "The request body must be JSON")
WRONG_HOST = ProblemDetail("wrong-host", 421, "The admin listener is not known by this name")
INVALID = ProblemDetail("invalid", 422, "Some of the values cannot be used")
KEY_REUSED = ProblemDetail("key-reused", 422, "This Idempotency-Key was sent with another request")
REVISION_NEEDED = ProblemDetail("revision-needed", 428, "A change needs the revision it was made from")
TOO_MANY_ATTEMPTS = ProblemDetail("too-many-attempts", 429, "Too many wrong passwords")
TOO_MANY_REPORTS = ProblemDetail("too-many-reports", 429, "Too many reports")
HEADERS_TOO_LARGE = ProblemDetail("headers-too-large", 431, "The request headers are too large")
INTERNAL = ProblemDetail("internal", 500, "Something went wrong inside errorhelp")
TREE_UNAVAILABLE = ProblemDetail("tree-unavailable", 503, "The published tree cannot be written now")
REPORTS_UNAVAILABLE = ProblemDetail("reports-unavailable", 503, "Reports cannot be kept now")
STORE_UNAVAILABLE = ProblemDetail("store-unavailable", 503, "Messages cannot be read or written now")


def to_json(document: Mapping[str, object]) -> bytes:
    """The document as UTF-8 JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
