"""A route of the pages, and what forms on it say."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import MultiDict

from errorhelp.people import Role

LARGEST_FORM = 2 * 1024 * 1024
"""How many bytes of a form are read: texts as long as can be set, in several languages, percent-encoded."""

Form = MultiDict[str]


@dataclass(frozen=True, slots=True)
class PageRoute:
    """A method at a path, its handler, and who may use it; None: whoever comes, before signing in too."""

    method: str
    path: str
    handler: Handler
    needs: Role | None = Role.VIEWER


async def read_form(request: web.Request) -> Form:
    """The fields of a form; HTTPBadRequest for anything else."""
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        raise web.HTTPUnsupportedMediaType
    try:
        posted = await request.clone(client_max_size=LARGEST_FORM).post()
    except (ValueError, web.RequestPayloadError, ConnectionError):
        raise web.HTTPBadRequest from None
    return MultiDict((name, value) for name, value in posted.items() if isinstance(value, str))


def see(path: str, query: Mapping[str, str] | None = None) -> web.HTTPSeeOther:
    """The answer that leads to a page here, after a form was taken."""
    return web.HTTPSeeOther(f"{path}?{urlencode(query)}" if query else path)


def see_again(form: Form) -> web.HTTPSeeOther:
    """The answer that leads back to the page of a form, named in its field `back`."""
    return web.HTTPSeeOther(local_path(form.get("back", "/")))


def local_path(address: str) -> str:
    """The address if it is a path on this listener, else that of the first page."""
    is_local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_local else "/"
