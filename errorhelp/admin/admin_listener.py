"""The admin listener: API and pages on a port of their own."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from errorhelp.admin.access.api_tokens import ApiTokens
from errorhelp.admin.access.authorization import FileToken, Gate
from errorhelp.admin.access.sign_ins import SignIns
from errorhelp.admin.admin_connection import SERVER, AdminConnection, AdminConnectionLimits, take_up
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.messages_api import Api, Reload
from errorhelp.admin.metrics_endpoint import Metrics, MetricsRoute
from errorhelp.admin.pages.error_pages import errors_as_pages
from errorhelp.admin.pages.page_routes import PageRoute
from errorhelp.admin.pages.pages_site import Site
from errorhelp.admin.pages.sign_in_page import FIRST_PATH, SignInPage
from errorhelp.admin.pages.tokens_page import TokensPage
from errorhelp.admin.problem_details import LARGEST_BODY, answer_problems
from errorhelp.public.help_requests import Asked
from errorhelp.public.public_listener import PublicListener
from errorhelp.publishing.copier import Copier
from errorhelp.publishing.publisher import Publisher
from errorhelp.service.service import Service
from errorhelp.system.answered_requests import AnsweredRequests
from errorhelp.system.local_address import local_address
from errorhelp.system.open_connections import ConnectionCaps, OpenConnections, admin_caps

_SHUTDOWN_SECONDS = 5
_UNKNOWN = "unknown"
_LIMITS = AdminConnectionLimits()
_CAPS = admin_caps(descriptors=1024)
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_SECURITY_HEADERS = {
    hdrs.CACHE_CONTROL: "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": _POLICY,
}
# Where this machine reaches what listens everywhere.


class AdminListener:
    """Serves the admin API and the admin pages of a service; the file token opens the API at any time.

    `public` is the public listener, for its part of the status. `limits` and `caps` bound connections in time
    and in number.
    """

    def __init__(
        self,
        service: Service,
        file_token: FileToken,
        reload: Reload,
        publisher: Publisher | None = None,
        asked: Asked | None = None,
        metrics: Metrics | None = None,
        *,
        copier: Copier | None = None,
        public: PublicListener | None = None,
        limits: AdminConnectionLimits = _LIMITS,
        caps: ConnectionCaps = _CAPS,
    ) -> None:
        tokens, self._sign_ins = ApiTokens(service.access, service.now), SignIns(service)
        gate = Gate(service, file_token, tokens, self._sign_ins)
        site = Site(
            service,
            reload,
            asked or Asked(time.time, lambda: service.catalog),
            publisher,
            heartbeat_seconds=limits.heartbeat,
        )
        pages = (
            *site.routes,
            *SignInPage(service, site.renderer, gate, self._sign_ins).routes,
            *TokensPage(service, site.renderer, tokens).routes,
        )
        self._limits = limits
        self.open_connections = OpenConnections("admin", caps, gate.client_at)
        api = Api(
            service, tokens, reload, publisher, self.open_connections, public, lambda: self.first_link, copier
        )
        self._application = _application(service, gate, api, site, pages, publisher)
        if metrics is not None:
            _add(self._application, gate, MetricsRoute(service, gate, metrics).route)
        self._requests = {path: AnsweredRequests() for path in (*(path for _, path in self.routes), _UNKNOWN)}
        self._application.on_response_prepare.append(self._count)
        self._runner = web.AppRunner(self._application, shutdown_timeout=_SHUTDOWN_SECONDS)
        self._sockets: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen there (port 0: any that is free); OSError if that cannot be."""
        await self._runner.setup()
        self._sockets = await asyncio.get_running_loop().create_server(
            self._connect, host, port, backlog=self.open_connections.caps.queue
        )

    async def stop(self) -> None:
        """Let requests finish, for a few seconds, and close."""
        if self._sockets is not None:
            self._sockets.close()
        await self._runner.cleanup()

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each socket."""
        return [socket.getsockname()[:2] for socket in self._sockets.sockets] if self._sockets else []

    @property
    def requests(self) -> Mapping[str, AnsweredRequests]:
        """The requests that were answered, by route; each took until its answer began."""
        return self._requests

    @property
    def routes(self) -> list[tuple[str, str]]:
        """Method and path of everything that can be asked for."""
        resources = ((route.method, route.resource) for route in self._application.router.routes())
        return [(method, resource.canonical) for method, resource in resources if resource]

    @property
    def url(self) -> str:
        """Where this machine reaches it."""
        return f"http://{local_address(*self.addresses[0])}"

    @property
    def first_link(self) -> str | None:
        """Where whoever sits at this machine signs in once, while the configuration lets nobody in."""
        key = self._sign_ins.first_key
        return key and f"{self.url}{FIRST_PATH}?key={key}"

    def _connect(self) -> AdminConnection:
        server = self._runner.server
        if server is None:
            raise RuntimeError("a connection to a listener that was stopped")
        return AdminConnection(server, limits=self._limits, open_connections=self.open_connections)

    async def _count(self, request: web.Request, response: web.StreamResponse) -> None:
        resource = request.match_info.route.resource
        connection = cast(AdminConnection, request.protocol)
        route = resource.canonical if resource else _UNKNOWN
        self._requests[route].add(response.status, connection.seconds_in_progress)


def _application(
    service: Service,
    gate: Gate,
    api: Api,
    site: Site,
    pages: Sequence[PageRoute],
    publisher: Publisher | None,
) -> web.Application:
    on_pages = errors_as_pages(site.renderer, {route.handler for route in pages})
    middlewares = [site.streams.mark, answer_problems(service, publisher), take_up, on_pages, gate.check]
    if publisher is not None:
        changing = {route.handler for route in pages if route.method == hdrs.METH_POST}
        middlewares.append(_readers_see_changes(service, publisher, changing))
    application = web.Application(
        client_max_size=LARGEST_BODY,
        middlewares=middlewares,
    )
    routes: list[Route | PageRoute] = [*api.routes, *pages]
    for route in routes:
        _add(application, gate, route)
    application.on_response_prepare.append(_secure)
    application.on_startup.append(site.open)
    application.on_shutdown.append(site.close)
    return application


def _readers_see_changes(service: Service, publisher: Publisher, handlers: Collection[Handler]) -> Middleware:
    """A middleware that has readers see what one of the handlers changed before it answers, as the API does."""

    @web.middleware
    async def wait(request: web.Request, handler: Handler) -> web.StreamResponse:
        before = service.snapshot
        try:
            return await handler(request)
        finally:
            if request.match_info.handler in handlers and service.snapshot is not before:
                await publisher.catch_up()

    return wait


def _add(application: web.Application, gate: Gate, route: Route | PageRoute) -> None:
    resource = application.router.add_resource(route.path)
    methods = (hdrs.METH_GET, hdrs.METH_HEAD) if route.method == hdrs.METH_GET else (route.method,)
    for method in methods:
        gate.allow(route.needs, resource.add_route(method, route.handler))


async def _secure(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers[hdrs.SERVER] = SERVER
    for name, value in _SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
