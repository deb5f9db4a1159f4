"""Everything that goes wrong becomes a problem document (RFC 9457), in one place."""

import logging
from collections.abc import Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType
from uuid import uuid4

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from errorhelp.admin.api import documents
from errorhelp.formats import problem_detail
from errorhelp.formats.problem_detail import ProblemDetail
from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.occurrences import CannotOverride, UnknownOccurrence
from errorhelp.people.people import NotAllowed
from errorhelp.publishing.published_tree import TreeError
from errorhelp.publishing.publisher import NoTree, Publisher, TreeStanding
from errorhelp.service.drafts import InvalidDraft, MessageOver
from errorhelp.service.message_templates import ConfiguredTemplate
from errorhelp.service.outbox_changes import NoSuchTarget, TargetGone
from errorhelp.service.service import NothingToConfirm, Service
from errorhelp.service.window_drafts import OccurrencesLost, WindowConfigured, WindowOver
from errorhelp.store import (
    EntryPending,
    StaleRevision,
    StaleTemplate,
    StaleWindow,
    StoreUnavailable,
    UnknownEntry,
    UnknownMessage,
    UnknownProblem,
    UnknownReport,
    UnknownTemplate,
    UnknownToken,
    UnknownWindow,
)

log = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024
"""How many bytes of a request body are read."""

_ADDRESSES = "The addresses are listed at /api/v1/openapi.json."
_BY_STATUS = {
    404: (problem_detail.NOT_FOUND, _ADDRESSES),
    405: (problem_detail.METHOD_NOT_ALLOWED, _ADDRESSES),
    413: (problem_detail.TOO_LARGE, f"At most {LARGEST_BODY // 1024} KiB are read."),
}
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class ProblemDetailError(Exception):
    """A request that is answered with a problem detail: its kind, what to do about it, headers and members."""

    def __init__(
        self,
        kind: ProblemDetail,
        detail: str = "",
        headers: Mapping[str, str] = _NO_HEADERS,
        **members: object,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = headers
        self.members = members


def answer_problems(service: Service, publisher: Publisher | None) -> Middleware:
    """A middleware that answers with a problem whatever a handler raises."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPRedirection:
            raise
        except Exception as error:
            tree = TreeStanding() if publisher is None else publisher.standing
            refused = _as_problem_detail(error, service, tree) or _unknown(request)
            document = refused.kind.document(refused.detail, **refused.members)
            return web.Response(
                body=problem_detail.to_json(document),
                status=refused.kind.status,
                content_type=problem_detail.CONTENT_TYPE,
                charset="utf-8",
                headers=refused.headers,
            )

    return answer


def _as_problem_detail(error: Exception, service: Service, tree: TreeStanding) -> ProblemDetailError | None:
    """What a known error comes to, None for an unknown one."""
    match error:
        case ProblemDetailError():
            return error
        case InvalidDraft(errors=errors):
            return invalid(errors)
        case NotAllowed():
            return ProblemDetailError(problem_detail.FORBIDDEN, str(error))
        case UnknownMessage():
            return ProblemDetailError(problem_detail.UNKNOWN_MESSAGE, str(error))
        case UnknownProblem():
            return ProblemDetailError(problem_detail.UNKNOWN_PROBLEM, str(error))
        case UnknownReport():
            return ProblemDetailError(problem_detail.UNKNOWN_REPORT, str(error))
        case UnknownEntry():
            return ProblemDetailError(problem_detail.UNKNOWN_ENTRY, str(error))
        case EntryPending():
            return ProblemDetailError(problem_detail.ENTRY_PENDING, str(error))
        case UnknownTemplate():
            return ProblemDetailError(problem_detail.UNKNOWN_TEMPLATE, str(error))
        case ConfiguredTemplate():
            return ProblemDetailError(problem_detail.CONFIGURED_TEMPLATE, str(error))
        case StaleTemplate(current=changed):
            template = documents.TemplateDocument.of(changed)
            return ProblemDetailError(
                problem_detail.STALE_REVISION,
                f"template {changed.id} is not any more what If-Match names; look at what it is now, and if the change "
                "is still right, send it with the ETag of this answer",
                {hdrs.ETAG: etag(changed.revision, template.model_dump_json().encode())},
                template=template.model_dump(mode="json"),
            )
        case NoSuchTarget():
            return ProblemDetailError(problem_detail.UNKNOWN_TARGET, str(error))
        case TargetGone():
            return ProblemDetailError(problem_detail.TARGET_GONE, str(error))
        case UnknownToken():
            return ProblemDetailError(problem_detail.UNKNOWN_TOKEN, str(error))
        case UnknownOccurrence():
            return ProblemDetailError(problem_detail.UNKNOWN_OCCURRENCE, str(error))
        case CannotOverride():
            return ProblemDetailError(problem_detail.CANNOT_OVERRIDE, str(error))
        case UnknownWindow():
            return ProblemDetailError(problem_detail.UNKNOWN_WINDOW, str(error))
        case WindowConfigured():
            return ProblemDetailError(problem_detail.WINDOW_CONFIGURED, str(error))
        case WindowOver():
            return ProblemDetailError(problem_detail.WINDOW_OVER, str(error))
        case OccurrencesLost(occurrences=occurrences):
            return ProblemDetailError(
                problem_detail.OCCURRENCES_LOST, str(error), occurrences=list(occurrences)
            )
        case StaleWindow(current=made):
            return _stale_window(made, service, tree)
        case MessageOver():
            return ProblemDetailError(problem_detail.MESSAGE_OVER, str(error))
        case NoTree():
            return ProblemDetailError(problem_detail.NO_TREE, str(error))
        case TreeError():
            return ProblemDetailError(problem_detail.TREE_UNAVAILABLE, str(error))
        case NothingToConfirm():
            return ProblemDetailError(problem_detail.NOTHING_TO_CONFIRM, str(error))
        case StaleRevision(current=current):
            message = documents.MessageDocument.of(current, service.catalog, service.now(), tree)
            return ProblemDetailError(
                problem_detail.STALE_REVISION,
                f"message {current.id} is not any more what If-Match names; look at what it is now, and if the change "
                "is still right, send it with the ETag of this answer",
                {hdrs.ETAG: etag(current.revision, message.model_dump_json().encode())},
                message=message.model_dump(mode="json"),
            )
        case StoreUnavailable():
            return ProblemDetailError(problem_detail.STORE_UNAVAILABLE, str(error), {hdrs.RETRY_AFTER: "5"})
        case web.HTTPException(status=status) if status in _BY_STATUS:
            # The router's 405 says which methods there are.
            allow = {name: value for name, value in error.headers.items() if name == hdrs.ALLOW}
            return ProblemDetailError(*_BY_STATUS[status], allow)
    return None


def _stale_window(made: MadeWindow, service: Service, tree: TreeStanding) -> ProblemDetailError:
    detail = (
        f"maintenance window {made.id} is not any more what If-Match names; look at what it is now, and if the change "
        "is still right, send it with the ETag of this answer"
    )
    try:
        window = made.in_zone(service.catalog.zone)
    except ValueError:
        return ProblemDetailError(problem_detail.STALE_REVISION, detail)
    document = documents.WindowDocument.of(
        window, made, service.catalog, service.snapshot.overrides, service.now(), tree
    )
    tag = etag(made.revision, document.model_dump_json().encode())
    return ProblemDetailError(
        problem_detail.STALE_REVISION, detail, {hdrs.ETAG: tag}, window=document.model_dump(mode="json")
    )


def invalid(field_errors: Iterable[tuple[str, str]]) -> ProblemDetailError:
    """The problem of wrong values: pairs of a field and what is wrong with it."""
    errors = [{"field": field, "message": message} for field, message in field_errors]
    return ProblemDetailError(problem_detail.INVALID, errors=errors)


def etag(revision: int, written: bytes) -> str:
    """A message's ETag (RFC 9110, 8.8.3): its revision, and what stands for all of it now, as JSON."""
    return f'"{revision}-{sha256(written).hexdigest()[:12]}"'


def _unknown(request: web.Request) -> ProblemDetailError:
    error_id = str(uuid4())
    log.exception("error %s in %s %s", error_id, request.method, request.rel_url.raw_path)
    return ProblemDetailError(
        problem_detail.INTERNAL, f"The log has the details by the id {error_id}.", id=error_id
    )
