"""Requests: which addresses clients ask, and for a while their requests whole."""

from datetime import UTC, datetime

from aiohttp import web

from errorhelp.admin.pages.page_rendering import Renderer
from errorhelp.admin.pages.page_routes import PageRoute, read_form, see
from errorhelp.people.people import Role
from errorhelp.public.help_requests import LONGEST_CAPTURE, MOST_CAPTURED, Asked


class AskedPage:
    """What was asked, and the switch that captures requests."""

    def __init__(self, renderer: Renderer, asked: Asked) -> None:
        self._renderer = renderer
        self._asked = asked

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        """The table of its routes; what is captured may name people, so it is for admins."""
        return (
            PageRoute("GET", "/requests", self.get, Role.ADMIN),
            PageRoute("POST", "/requests", self.switch, Role.ADMIN),
        )

    async def get(self, request: web.Request) -> web.Response:
        """See the captured requests."""
        until = self._asked.capture_until
        return await self._renderer.page(
            request,
            "requests.html",
            capture_until=None if until is None else datetime.fromtimestamp(until, UTC),
            captured=[(datetime.fromtimestamp(each.at, UTC), each) for each in self._asked.captured],
            unknown=[
                (path, tally.count, datetime.fromtimestamp(tally.last, UTC))
                for path, tally in self._asked.unknown.items()
            ],
            since=datetime.fromtimestamp(self._asked.since, UTC),
            most=MOST_CAPTURED,
            not_captured=self._asked.not_captured,
        )

    async def switch(self, request: web.Request) -> web.Response:
        """Begin or stop to capture requests, or forget them."""
        form = await read_form(request)
        match form.get("action"):
            case "capture":
                self._asked.capture(LONGEST_CAPTURE)
            case "stop":
                self._asked.stop_capture()
            case "forget":
                self._asked.forget()
        raise see("/requests")
