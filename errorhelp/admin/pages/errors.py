"""What goes wrong on a page is told on a page."""

import logging
from collections.abc import Collection
from urllib.parse import urlencode
from uuid import uuid4

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from errorhelp.admin.pages.rendering import Renderer
from errorhelp.admin.problems import Refused
from errorhelp.drafts import InvalidDraft, MessageOver
from errorhelp.formats import problem
from errorhelp.people import NotAllowed
from errorhelp.planned import CannotOverride, UnknownOccurrence
from errorhelp.service import NothingToConfirm
from errorhelp.store import StoreUnavailable, UnknownMessage, UnknownProblem, UnknownReport, UnknownToken

SIGN_IN = "/sign-in"
"""Where people sign in."""

log = logging.getLogger(__name__)


def tell_on_pages(renderer: Renderer, handlers: Collection[Handler]) -> Middleware:
    """A middleware that answers with a page whatever goes wrong in one of the handlers."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.handler not in handlers:
            return await handler(request)
        try:
            return await handler(request)
        except web.HTTPRedirection:
            raise
        except Exception as error:
            if isinstance(error, Refused) and error.kind is problem.UNAUTHORIZED:
                return web.Response(status=303, headers={hdrs.LOCATION: _sign_in(request)})
            status, kind = _kind(error)
            error_id = ""
            if kind == "internal":
                error_id = str(uuid4())
                log.exception("error %s in %s %s", error_id, request.method, request.rel_url.raw_path)
            detail = "" if kind == "internal" else str(error)
            return renderer.page(
                request,
                "error.html",
                status=status,
                kind=kind,
                detail=detail,
                error_id=error_id,
                form_page=_form_page(request),
            )

    return answer


def _sign_in(request: web.Request) -> str:
    """Where to sign in, to come back here afterwards."""
    back = request.rel_url.raw_path_qs if request.method == hdrs.METH_GET else _form_page(request) or "/"
    return f"{SIGN_IN}?{urlencode({'to': back})}"


def _form_page(request: web.Request) -> str | None:
    """The page of the form that was sent, if it has one of its own."""
    resource = request.match_info.route.resource
    if request.method != hdrs.METH_POST or resource is None:
        return None
    return request.rel_url.raw_path if any(each.method == hdrs.METH_GET for each in resource) else None


def _kind(error: Exception) -> tuple[int, str]:
    """Status and kind of what is told about an error."""
    match error:
        case UnknownMessage() | UnknownOccurrence() | UnknownToken() | UnknownProblem() | UnknownReport():
            return 404, "unknown"
        case web.HTTPNotFound():
            return 404, "unknown"
        case MessageOver() | CannotOverride() | NothingToConfirm():
            return 409, "too late"
        case NotAllowed():
            return 403, "not allowed"
        case Refused(kind=refusal):
            return refusal.status, "not allowed"
        case InvalidDraft():
            return 422, "invalid"
        case StoreUnavailable():
            return 503, "store"
        case web.HTTPRequestEntityTooLarge():
            return 413, "too large"
        case web.HTTPException():
            return error.status, "bad request"
    return 500, "internal"
