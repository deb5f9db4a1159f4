"""Addresses that the pages of problems and reports had before, which lead to those of today until 2.0."""

from aiohttp import web

from errorhelp.admin.pages.page_routes import PageRoute
from errorhelp.people.people import Role

_OLD, _NEW = "/failures", "/problems"
_MONTH = r"{month:\d{4}-\d{2}}"


def old_routes() -> tuple[PageRoute, ...]:
    """A route for each old address, for whoever may use the new one."""
    gets = (
        "",
        ".csv",
        ".json",
        f"/{_MONTH}",
        f"/{_MONTH}.csv",
        "/problems/{id}",
        "/reports/{id}",
        "/reports/{id}/screenshot",
    )
    return (
        *(PageRoute("GET", _OLD + rest, _move) for rest in gets),
        PageRoute("POST", f"{_OLD}/problems/{{id}}", _move, Role.ADMIN),
    )


async def _move(request: web.Request) -> web.Response:
    """Lead to the new address with the same query; 308 (RFC 9110, 15.4.9), so that a form is sent there again."""
    rest = request.rel_url.raw_path_qs.removeprefix(_OLD)
    is_whole = rest.startswith(("/problems/", "/reports/"))
    raise web.HTTPPermanentRedirect(rest if is_whole else _NEW + rest)
