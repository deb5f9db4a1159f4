"""All pages together: their routes, their styles and scripts, and the stream of what changes."""

import asyncio
from contextlib import suppress
from functools import cached_property

from aiohttp import hdrs, web

from errorhelp.admin.api.messages_api import Reload
from errorhelp.admin.pages import assets
from errorhelp.admin.pages.event_stream import HEARTBEAT_SECONDS, Streams
from errorhelp.admin.pages.forwarding_page import ForwardingPage
from errorhelp.admin.pages.history_page import HistoryPage
from errorhelp.admin.pages.infobases_page import InfobasesPage
from errorhelp.admin.pages.month_page import MonthPage
from errorhelp.admin.pages.now_page import NowPage
from errorhelp.admin.pages.old_addresses import old_routes
from errorhelp.admin.pages.outbox_watch import OutboxWatch
from errorhelp.admin.pages.page_language import COOKIE
from errorhelp.admin.pages.page_rendering import Renderer
from errorhelp.admin.pages.page_routes import LARGEST_OPEN_FORM, PageRoute, local_path, read_form
from errorhelp.admin.pages.planned_page import PlannedPage
from errorhelp.admin.pages.problem_page import ProblemPage
from errorhelp.admin.pages.problems_page import ProblemsPage
from errorhelp.admin.pages.requests_page import AskedPage
from errorhelp.admin.pages.settings_page import SettingsPage
from errorhelp.admin.pages.several_page import SeveralPage
from errorhelp.admin.pages.spike_marks import Spiking
from errorhelp.admin.pages.templates_page import TemplatesPage
from errorhelp.admin.pages.window_page import WindowPage
from errorhelp.admin.pages.write_page import WritePage
from errorhelp.public.help_requests import Asked
from errorhelp.publishing.publisher import Publisher
from errorhelp.service.service import Service
from errorhelp.store import StoreUnavailable
from errorhelp.text.languages import INTERFACE_LANGUAGES

_YEAR_SECONDS = 365 * 86400


class Site:
    """The pages over a service; `asked` counts the requests of clients."""

    def __init__(
        self,
        service: Service,
        reload: Reload,
        asked: Asked,
        publisher: Publisher | None = None,
        *,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._service = service
        self.streams = Streams(service.now, heartbeat_seconds=heartbeat_seconds)
        self._outbox_watch = OutboxWatch(service, self.streams.signal)
        self._watching: asyncio.Task[None] | None = None
        self.renderer = Renderer(service, publisher, lambda: self._outbox_watch.dead)
        service.on_change(self.streams.signal)
        asked.on_captured(self.streams.signal)
        spiking = Spiking(service)
        self._pages = (
            NowPage(service, self.renderer, spiking),
            WritePage(service, self.renderer),
            TemplatesPage(service, self.renderer),
            InfobasesPage(service, self.renderer, asked, spiking),
            ProblemsPage(service, self.renderer, spiking),
            ProblemPage(service, self.renderer),
            MonthPage(service, self.renderer),
            ForwardingPage(service, self.renderer, self._outbox_watch),
            AskedPage(self.renderer, asked),
            WindowPage(service, self.renderer),
            PlannedPage(service, self.renderer),
            HistoryPage(service, self.renderer),
            SeveralPage(service, self.renderer),
            SettingsPage(service, self.renderer, reload),
        )

    @cached_property
    def routes(self) -> tuple[PageRoute, ...]:
        """The table of all routes."""
        return (
            *(route for page in self._pages for route in page.routes),
            *old_routes(),
            PageRoute("GET", "/events", self.streams.get),
            PageRoute("POST", "/language", self.switch_language, needs=None),
            PageRoute("GET", assets.PATH, self.renderer.assets.get, needs=None),
        )

    async def open(self, _application: web.Application) -> None:
        """Look whether there are reports, which are in the navigation even when they are switched off.

        From now on the outbox is looked at, too.
        """
        self._watching = asyncio.create_task(self._outbox_watch.run())
        if self._service.store_error is None:
            with suppress(StoreUnavailable):
                self.renderer.has_reports = bool(await self._service.reports.problems(limit=1))

    async def close(self, _application: web.Application) -> None:
        """End the streams, so that nobody waits for them, and look at the outbox no more."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
        self.streams.close()

    async def switch_language(self, request: web.Request) -> web.Response:
        """Show the pages in another language."""
        form = await read_form(request, LARGEST_OPEN_FORM)
        answer = web.Response(status=303, headers={hdrs.LOCATION: local_path(form.get("back", "/"))})
        if form.get("language") in INTERFACE_LANGUAGES:
            answer.set_cookie(
                COOKIE, form["language"], max_age=_YEAR_SECONDS, httponly=True, samesite="Lax", path="/"
            )
        return answer
