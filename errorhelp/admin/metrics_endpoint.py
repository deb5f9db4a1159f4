"""`GET /metrics`, for Prometheus."""

from collections.abc import Callable, Iterable
from ipaddress import ip_network

from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from errorhelp.admin.access.authorization import Gate
from errorhelp.admin.pages.page_routes import PageRoute
from errorhelp.people.people import Role, check_role
from errorhelp.people.proxies import TrustedProxies
from errorhelp.service.service import Service

Metrics = Callable[[], Iterable[Metric]]


class MetricsRoute:
    """Gives `metrics` and those of the process: to viewers, and without a token to `admin.metrics_from`.

    No token can be looked up while the database is down, which is when they are wanted most.
    """

    def __init__(self, service: Service, gate: Gate, metrics: Metrics) -> None:
        self._service = service
        self._gate = gate
        self._registry = CollectorRegistry()
        self._registry.register(_Collected(metrics))
        ProcessCollector(registry=self._registry)

    @property
    def route(self) -> PageRoute:
        """It decides by itself who may."""
        return PageRoute("GET", "/metrics", self.get, needs=None)

    async def get(self, request: web.Request) -> web.Response:
        """Give the metrics, in the format that is asked for."""
        if not self._is_let_in(request.remote or ""):
            person, _ = await self._gate.who(request)
            check_role(person, Role.VIEWER)
        encode, content_type = choose_encoder(request.headers.get(hdrs.ACCEPT, ""))
        return web.Response(body=encode(self._registry), headers={hdrs.CONTENT_TYPE: content_type})

    def _is_let_in(self, peer: str) -> bool:
        """Whether who asks is named; behind a proxy it may be anybody."""
        settings = self._service.loaded.settings.admin
        return _is_in(peer, settings.metrics_from) and not _is_in(peer, settings.trusted_proxies)


class _Collected(Collector):
    """What is measured at the moment of each reading."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics()


def _is_in(peer: str, networks: tuple[str, ...]) -> bool:
    return TrustedProxies(tuple(map(ip_network, networks))).trusts(peer)
