"""Errors on a page are answered with a page."""

import logging
from collections.abc import Collection
from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from errorhelp.admin.pages.page_rendering import Renderer
from errorhelp.admin.pages.page_routes import form_page, page_address
from errorhelp.admin.problem_details import ProblemDetailError
from errorhelp.formats import problem_detail
from errorhelp.messages.occurrences import CannotOverride, UnknownOccurrence
from errorhelp.people.people import NoRole, NotAllowed, OutsideFolders, RoleTooLow
from errorhelp.service.drafts import MessageOver
from errorhelp.service.message_templates import ConfiguredTemplate
from errorhelp.service.outbox_changes import NoSuchTarget, TargetGone
from errorhelp.service.service import NothingToConfirm
from errorhelp.service.undo import CannotUndo
from errorhelp.service.window_drafts import WindowConfigured, WindowOver
from errorhelp.store import (
    EntryPending,
    StaleTemplate,
    StoreUnavailable,
    UnknownEntry,
    UnknownMessage,
    UnknownProblem,
    UnknownReport,
    UnknownTemplate,
    UnknownToken,
    UnknownWindow,
)

SIGN_IN = "/sign-in"
"""Where people sign in."""

log = logging.getLogger(__name__)


class NotHere(NotAllowed):
    """The link of a first start is opened elsewhere than on the machine itself."""


class ShownTooLong(Exception):
    """A message would be shown longer than the `longest` that is allowed."""

    def __init__(self, longest: timedelta) -> None:
        super().__init__(longest)
        self.longest = longest


class UnusableText(Exception):
    """What was written cannot be shown to users: "no text", "too long", "too many" or "control character".

    `most` is how many characters, or texts, there may be.
    """

    def __init__(self, why: str, most: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.most = most


def errors_as_pages(renderer: Renderer, handlers: Collection[Handler]) -> Middleware:
    """A middleware that answers with a page whatever goes wrong in one of the handlers.

    So it does where there is nothing, to browsers and outside of the API.
    """

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_for_page(request, handlers):
            return await handler(request)
        try:
            return await handler(request)
        except web.HTTPRedirection:
            raise
        except Exception as error:
            if isinstance(error, ProblemDetailError) and error.kind is problem_detail.UNAUTHORIZED:
                to = urlencode({"to": page_address(request)})
                return web.Response(status=303, headers={hdrs.LOCATION: f"{SIGN_IN}?{to}"})
            status, kind = _kind(error)
            error_id = ""
            if kind == "internal":
                error_id = str(uuid4())
                log.exception("error %s in %s %s", error_id, request.method, request.rel_url.raw_path)
            page = await renderer.page(
                request,
                "error.html",
                status=status,
                kind=kind,
                error=error,
                error_id=error_id,
                form_page=form_page(request),
            )
            if isinstance(error, web.HTTPMethodNotAllowed):
                page.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
            return page

    return answer


def _is_for_page(request: web.Request, handlers: Collection[Handler]) -> bool:
    if request.match_info.http_exception is None:
        return request.match_info.handler in handlers
    return "text/html" in request.headers.get(hdrs.ACCEPT, "") and not request.path.startswith("/api/")


def _kind(error: Exception) -> tuple[int, str]:
    """Status and kind of an error; the page has the words."""
    match error:
        case UnknownTemplate():
            return 404, "unknown"
        case UnknownMessage() | UnknownOccurrence() | UnknownToken() | UnknownProblem() | UnknownReport():
            return 404, "unknown"
        case UnknownWindow():
            return 404, "unknown"
        case web.HTTPNotFound():
            return 404, "unknown"
        case web.HTTPMethodNotAllowed():
            return 405, "no page"
        case CannotUndo():
            return 409, "changed since" if error.has_changed else "too late to undo"
        case MessageOver() | WindowOver() | CannotOverride() | NothingToConfirm():
            return 409, "too late"
        case (
            ConfiguredTemplate()
            | StaleTemplate()
            | UnknownEntry()
            | EntryPending()
            | NoSuchTarget()
            | TargetGone()
        ):
            return 409, "too late"
        case WindowConfigured():
            return 409, "configured"
        case RoleTooLow():
            return 403, "role too low"
        case OutsideFolders():
            return 403, "outside folders"
        case NoRole():
            return 403, "no role"
        case NotHere():
            return 403, "not here"
        case ProblemDetailError(kind=problem_detail.WRONG_HOST):
            return problem_detail.WRONG_HOST.status, "wrong host"
        case ProblemDetailError(kind=problem_detail.FORBIDDEN):
            return 403, "other page"
        case ShownTooLong():
            return 422, "shown too long"
        case UnusableText():
            return 422, "unusable text"
        case StoreUnavailable():
            return 503, "store"
        case web.HTTPRequestEntityTooLarge():
            return 413, "too large"
        case web.HTTPException():
            return error.status, "bad request"
    return 500, "internal"
