"""A route of the pages, and what forms on it say."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from multidict import MultiDict

from errorhelp.people.people import Role

LARGEST_FORM = 2 * 1024 * 1024
"""How many bytes of a form are read: texts as long as can be set, in several languages, percent-encoded."""

LARGEST_OPEN_FORM = 16 * 1024
"""How many bytes are read of the forms that are there for whoever comes, such as that to sign in."""

Form = MultiDict[str]


@dataclass(frozen=True, slots=True)
class PageRoute:
    """A method at a path, its handler, and who may use it; None: whoever comes, before signing in too."""

    method: str
    path: str
    handler: Handler
    needs: Role | None = Role.VIEWER


async def read_form(request: web.Request, largest: int = LARGEST_FORM) -> Form:
    """The fields of a form of at most so many bytes; HTTPBadRequest for anything else."""
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        raise web.HTTPUnsupportedMediaType
    try:
        posted = await request.clone(client_max_size=largest).post()
    except (ValueError, web.RequestPayloadError, ConnectionError):
        raise web.HTTPBadRequest from None
    return MultiDict((name, value) for name, value in posted.items() if isinstance(value, str))


def see(path: str, query: Mapping[str, str] | None = None) -> web.HTTPSeeOther:
    """The answer that leads to a page here, after a form was taken."""
    return web.HTTPSeeOther(f"{path}?{urlencode(query)}" if query else path)


def see_again(form: Form, place: str = "") -> web.HTTPSeeOther:
    """The answer that leads back to the page of a form, named in its field `back`, or to an element there by its id."""
    page = local_path(form.get("back", "/"))
    return web.HTTPSeeOther(f"{page.partition('#')[0]}#{quote(place, safe='@')}" if place else page)


def page_address(request: web.Request) -> str:
    """Path and query of the page that somebody looks at: the one asked for, or the one whose form was sent."""
    if request.method != hdrs.METH_POST:
        return local_path(request.rel_url.raw_path_qs)
    return form_page(request) or _referrer(request)


def form_page(request: web.Request) -> str | None:
    """The page of the form that was sent, if it is at the same address."""
    resource = request.match_info.route.resource
    if request.method != hdrs.METH_POST or resource is None:
        return None
    return request.rel_url.raw_path if any(each.method == hdrs.METH_GET for each in resource) else None


def _referrer(request: web.Request) -> str:
    """The page that a browser says the request comes from (RFC 9110, 10.1.3)."""
    try:
        parts = urlsplit(request.headers.get(hdrs.REFERER, ""))
    except ValueError:
        return "/"
    return local_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def local_path(address: str) -> str:
    """The address if it is a path on this listener, else that of the first page."""
    is_local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_local else "/"


def start_of(given: str) -> int:
    """The number of the first that is shown of many, from what an address or a form says; 0 for what is no number."""
    return int(given) if given.isdecimal() and len(given) < 10 else 0
