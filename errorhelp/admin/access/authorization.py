"""Who asks and whether they may: decided in one place, for the API and for pages alike."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from hmac import compare_digest
from ipaddress import ip_network

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from errorhelp.admin.access.api_tokens import ApiTokens
from errorhelp.admin.access.request_origins import is_known_host, is_own_page
from errorhelp.admin.access.sign_ins import SignIns
from errorhelp.admin.problem_details import ProblemDetailError
from errorhelp.config.settings.listener_settings import AdminSettings
from errorhelp.formats import problem_detail
from errorhelp.people.people import NoRole, NotAllowed, Person, Role, check_person_name, check_role
from errorhelp.people.proxies import TrustedProxies
from errorhelp.service.service import Service
from errorhelp.store import StoreUnavailable

WHO = web.RequestKey("who", Person)
"""Who asks; every request has it whose route is not open to all."""

_CHALLENGE: dict[str, str] = {hdrs.WWW_AUTHENTICATE: "Bearer"}
_SAFE = (hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS)


class Way(StrEnum):
    """How people show who they are."""

    TOKEN = "token"  # noqa: S105 - the name of a way, not a secret
    SIGN_IN = "sign-in"
    PROXY = "proxy"


WAY = web.RequestKey("way", Way)
"""How whoever asks showed it."""


@dataclass(frozen=True, slots=True)
class FileToken:
    """The one token of the state directory's token file, whose owner is called `name`."""

    token: str = field(repr=False)
    name: str = "admin"

    def who(self, token: str) -> Person | None:
        """The owner, who may do everything, if it is this token."""
        return Person(self.name, Role.ADMIN) if compare_digest(_bytes(token), _bytes(self.token)) else None


@dataclass(frozen=True, slots=True)
class Admission:
    """That somebody was let in, for answers that go on and on: `holds` looks whether they still would be."""

    holds: Callable[[], Awaitable[bool]]


ADMISSION = web.RequestKey("admission", Admission)
"""That of whoever asks."""


class Gate:
    """Lets requests through to the routes that are for whoever asks.

    A route that `allow` was not called for is for admins only.
    """

    def __init__(self, service: Service, file_token: FileToken, tokens: ApiTokens, sign_ins: SignIns) -> None:
        self._service = service
        self._file_token = file_token
        self._tokens = tokens
        self._sign_ins = sign_ins
        self._roles: dict[web.AbstractRoute, Role | None] = {}

    def allow(self, role: Role | None, route: web.AbstractRoute) -> None:
        """Let those with the role use a route, or with None everybody."""
        self._roles[route] = role

    @property
    def _settings(self) -> AdminSettings:
        return self._service.loaded.settings.admin

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The middleware: answers with a problem unless whoever asks may."""
        needed, is_change = self._role_for(request), request.method not in _SAFE
        if needed is not None:
            request[WHO], request[WAY] = await self.who(request)
            check_role(request[WHO], needed)
            request[ADMISSION] = Admission(partial(self._is_still_let_in, request, needed))
        elif is_change:
            self._check_host(request)
        if is_change and request.get(WAY) is not Way.TOKEN:
            self._check_page(request)
        return await handler(request)

    async def who(self, request: web.Request, *, is_use: bool = True) -> tuple[Person, Way]:
        """Who asks, and how they show it: a token goes before a sign-in, and that before a proxy's word.

        `is_use` says whether they ask now, which keeps a sign-in from ending for want of use.
        """
        if (token := _bearer(request)) is not None:
            person = self._file_token.who(token) or await self._tokens.person_of(token, is_use=is_use)
            if person is None:
                raise ProblemDetailError(
                    problem_detail.UNAUTHORIZED, "This token is not known, or no longer.", _CHALLENGE
                )
            return person, Way.TOKEN
        self._check_host(request)
        if (secret := sign_in_secret(request, self._settings)) and (
            person := await self._sign_ins.person_of(secret, is_use=is_use)
        ):
            return person, Way.SIGN_IN
        if person := self._named_by_proxy(request):
            return person, Way.PROXY
        raise ProblemDetailError(
            problem_detail.UNAUTHORIZED,
            "Sign in, or send a token as 'Authorization: Bearer TOKEN'.",
            _CHALLENGE,
        )

    async def _is_still_let_in(self, request: web.Request, needed: Role) -> bool:
        try:
            person, _ = await self.who(request, is_use=False)
            check_role(person, needed)
        except StoreUnavailable:
            # Unknown now; it was so at the last look.
            return True
        except (ProblemDetailError, NotAllowed):
            return False
        return True

    def client(self, request: web.Request) -> str:
        """The address that asks, also through a trusted proxy."""
        return self._proxies.client(request.remote or "", request.headers)

    def client_at(self, peer: str) -> str | None:
        """As whose a connection from an address counts; None for those who come for many."""
        return self._proxies.client_at(peer)

    def _role_for(self, request: web.Request) -> Role | None:
        if request.match_info.http_exception is not None:
            # What there is, and what there is not, is for those who may read.
            return Role.VIEWER
        return self._roles.get(request.match_info.route, Role.ADMIN)

    def _check_host(self, request: web.Request) -> None:
        """Refuse what a page may have asked for that came under another name."""
        if not is_known_host(request.headers.get(hdrs.HOST, ""), self._settings.url):
            raise ProblemDetailError(
                problem_detail.WRONG_HOST, "Open it by its address, or by the name in admin.url."
            )

    def _check_page(self, request: web.Request) -> None:
        """Refuse a change that a page of somebody else may have made a browser send."""
        if not is_own_page(request.headers, self._settings.url):
            raise ProblemDetailError(
                problem_detail.FORBIDDEN, "Only pages of its own may send this; scripts need a token."
            )

    def _named_by_proxy(self, request: web.Request) -> Person | None:
        peer, headers, proxies = request.remote or "", request.headers, self._proxies
        name = proxies.user(peer, headers)
        if name is None:
            return None
        try:
            check_person_name(name)
        except ValueError:
            return None
        person = self._service.loaded.people.named(name, proxies.groups(peer, headers))
        if person is None:
            raise NoRole(name)
        return person

    @property
    def _proxies(self) -> TrustedProxies:
        settings = self._settings
        networks = tuple(ip_network(each) for each in settings.trusted_proxies)
        return TrustedProxies(networks, settings.user_header or "", settings.groups_header)


def cookie_name(settings: AdminSettings) -> str:
    """The cookie of a sign-in; browsers take one with the prefix only over HTTPS (RFC 6265bis, 4.1.3.2)."""
    return "__Host-errorhelp" if is_secure(settings) else "errorhelp"


def is_secure(settings: AdminSettings) -> bool:
    """Whether admins come over HTTPS."""
    return (settings.url or "").startswith("https:")


def sign_in_secret(request: web.Request, settings: AdminSettings) -> str | None:
    """The secret of a sign-in that the request has, good or not."""
    return request.cookies.get(cookie_name(settings))


def _bearer(request: web.Request) -> str | None:
    """The token that the request shows (RFC 6750), good or not; other schemes are a proxy's business."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _bytes(text: str) -> bytes:
    # As aiohttp decodes headers.
    return text.encode("utf-8", "surrogateescape")
