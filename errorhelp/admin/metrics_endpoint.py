"""`GET /metrics`, for Prometheus."""

from collections.abc import Callable, Iterable
from ipaddress import ip_network

from aiohttp import hdrs, web

from errorhelp.admin.access.authorization import Gate
from errorhelp.admin.pages.page_routes import PageRoute
from errorhelp.formats.prometheus import CONTENT_TYPE, Metric, to_text
from errorhelp.people.people import Role, check_role
from errorhelp.people.proxies import TrustedProxies
from errorhelp.service.service import Service


class MetricsRoute:
    """Tells `metrics` to viewers, and to the addresses of `admin.metrics_from` without a token.

    No token can be looked up while the database is down, which is when they are wanted most.
    """

    def __init__(self, service: Service, gate: Gate, metrics: Callable[[], Iterable[Metric]]) -> None:
        self._service = service
        self._gate = gate
        self._metrics = metrics

    @property
    def route(self) -> PageRoute:
        """It decides by itself who may."""
        return PageRoute("GET", "/metrics", self.get, needs=None)

    async def get(self, request: web.Request) -> web.Response:
        """Tell the metrics."""
        if not self._is_let_in(request.remote or ""):
            person, _ = await self._gate.who(request)
            check_role(person, Role.VIEWER)
        return web.Response(body=to_text(self._metrics()), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE})

    def _is_let_in(self, peer: str) -> bool:
        """Whether who asks is named; behind a proxy it may be anybody."""
        settings = self._service.loaded.settings.admin
        return _is_in(peer, settings.metrics_from) and not _is_in(peer, settings.trusted_proxies)


def _is_in(peer: str, networks: tuple[str, ...]) -> bool:
    return TrustedProxies(tuple(map(ip_network, networks))).trusts(peer)
