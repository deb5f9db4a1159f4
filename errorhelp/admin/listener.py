"""The admin listener: the API on a port of its own."""

from aiohttp import hdrs, web

from errorhelp.admin.access import Tokens, needs_token
from errorhelp.admin.api import Api, Reload
from errorhelp.admin.problems import LARGEST_BODY, answer_problems
from errorhelp.service import Service

_SHUTDOWN_SECONDS = 5
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_SECURITY_HEADERS = {
    hdrs.CACHE_CONTROL: "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": _POLICY,
}
# Where this machine reaches what listens everywhere.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - it is read, not listened on


class AdminListener:
    """Serves the admin API of a service to whoever has one of the tokens."""

    def __init__(self, service: Service, tokens: Tokens, reload: Reload) -> None:
        self._runner = web.AppRunner(
            _application(service, tokens, reload),
            access_log=None,
            shutdown_timeout=_SHUTDOWN_SECONDS,
            # Bodies are too small to be worth it, and one that breaks in it takes the connection down.
            auto_decompress=False,
        )

    async def start(self, host: str, port: int) -> None:
        """Listen there (port 0: any that is free); OSError if that cannot be."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()

    async def stop(self) -> None:
        """Let requests finish, for a few seconds, and close."""
        await self._runner.cleanup()

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each socket."""
        return [(address[0], address[1]) for address in self._runner.addresses]

    @property
    def url(self) -> str:
        """Where this machine reaches it."""
        host, port = self.addresses[0]
        host = _EVERYWHERE.get(host, host)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _application(service: Service, tokens: Tokens, reload: Reload) -> web.Application:
    api = Api(service, reload)
    open_to_all = {route.handler for route in api.routes if not route.needs_token}
    application = web.Application(
        client_max_size=LARGEST_BODY, middlewares=[answer_problems(service), needs_token(tokens, open_to_all)]
    )
    for route in api.routes:
        resource = application.router.add_resource(route.path)
        if route.method == hdrs.METH_GET:
            resource.add_route(hdrs.METH_HEAD, route.handler)
        resource.add_route(route.method, route.handler)
    application.on_response_prepare.append(_secure)
    return application


async def _secure(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
