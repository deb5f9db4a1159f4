"""Signing in and out, and the page about oneself."""

import math
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from multidict import MultiMapping

from errorhelp.admin.access.authorization import WAY, WHO, Gate, Way, cookie_name, is_secure, sign_in_secret
from errorhelp.admin.access.password_checks import TooManyChecks
from errorhelp.admin.access.request_origins import comes_from_elsewhere
from errorhelp.admin.access.sign_ins import SignInRefused, SignIns, TooManyAttempts
from errorhelp.admin.pages.error_pages import SIGN_IN, NotHere
from errorhelp.admin.pages.page_rendering import Renderer
from errorhelp.admin.pages.page_routes import LARGEST_OPEN_FORM, PageRoute, local_path, read_form, see
from errorhelp.admin.problem_details import ProblemDetailError
from errorhelp.formats import problem_detail
from errorhelp.people.people import NotAllowed, Role
from errorhelp.people.proxies import read_address
from errorhelp.service.service import Service

FIRST_PATH = "/sign-in/first"
"""Where the link of a first start leads, with its `key`."""

# By then those who wait now have had their turn.
_BUSY_SECONDS, _BUSY_STATUS = 5, 503
_FORWARDING = (hdrs.FORWARDED, hdrs.X_FORWARDED_FOR, hdrs.X_FORWARDED_HOST, hdrs.VIA)


class SignInPage:
    """The pages, and what their forms do."""

    def __init__(self, service: Service, renderer: Renderer, gate: Gate, sign_ins: SignIns) -> None:
        self._service = service
        self._renderer = renderer
        self._gate = gate
        self._sign_ins = sign_ins

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        """The table of their routes."""
        return (
            PageRoute("GET", SIGN_IN, self.get, needs=None),
            PageRoute("POST", SIGN_IN, self.sign_in, needs=None),
            PageRoute("GET", FIRST_PATH, self.get_first, needs=None),
            PageRoute("POST", FIRST_PATH, self.sign_in_first, needs=None),
            PageRoute("GET", "/account", self.get_account, Role.VIEWER),
            PageRoute("POST", "/sign-out", self.sign_out, Role.VIEWER),
        )

    async def get(self, request: web.Request) -> web.Response:
        """See the form, or go on if that is not needed."""
        if comes_from_elsewhere(request.headers) and "again" not in request.query:
            # The browser held the cookie back; it sends it when our own page asks again.
            return self._renderer.page(
                request, "sign_in_again.html", again=str(request.rel_url.update_query(again=1))
            )
        try:
            await self._gate.who(request)
        except (ProblemDetailError, NotAllowed):
            return self._form(request, to=request.query.get("to", "/"))
        raise see(local_path(request.query.get("to", "/")))

    async def sign_in(self, request: web.Request) -> web.Response:
        """Sign in with name and password."""
        form = await read_form(request, LARGEST_OPEN_FORM)
        name, to = form.get("name", ""), form.get("to", "/")
        try:
            secret = await self._sign_ins.with_password(
                name, form.get("password", ""), self._gate.client(request)
            )
        except SignInRefused:
            return self._form(request, to=to, name=name, status=403)
        except TooManyAttempts as attempts:
            seconds = math.ceil(attempts.wait.total_seconds())
            answer = self._form(request, to=to, name=name, status=429, wait=seconds)
            answer.headers[hdrs.RETRY_AFTER] = str(seconds)
            return answer
        except TooManyChecks:
            answer = self._form(request, to=to, name=name, is_busy=True)
            answer.headers[hdrs.RETRY_AFTER] = str(_BUSY_SECONDS)
            return answer
        return self._signed_in(secret, local_path(to))

    async def get_first(self, request: web.Request) -> web.Response:
        """See what the link of a first start is for; looking at it does not use it up."""
        self._check_is_here(request)
        return self._first(request, request.query.get("key", ""))

    async def sign_in_first(self, request: web.Request) -> web.Response:
        """Sign in with the link of a first start."""
        self._check_is_here(request)
        form = await read_form(request, LARGEST_OPEN_FORM)
        try:
            secret = await self._sign_ins.with_first_key(form.get("key", ""))
        except SignInRefused:
            return self._first(request, form.get("key", ""))
        return self._signed_in(secret, "/")

    async def get_account(self, request: web.Request) -> web.Response:
        """See who one is here."""
        return self._renderer.page(request, "account.html", signed_in=request[WAY] is Way.SIGN_IN)

    async def sign_out(self, request: web.Request) -> web.Response:
        """Sign out here, or everywhere."""
        form, settings = await read_form(request), self._service.loaded.settings.admin
        if form.get("everywhere"):
            await self._sign_ins.end_all_of(request[WHO])
        elif secret := sign_in_secret(request, settings):
            await self._sign_ins.end(secret)
        answer = web.Response(status=303, headers={hdrs.LOCATION: SIGN_IN})
        answer.del_cookie(
            cookie_name(settings), path="/", secure=is_secure(settings), httponly=True, samesite="Strict"
        )
        return answer

    def _first(self, request: web.Request, key: str) -> web.Response:
        """What a key is good for: to sign in, nothing, or nothing because nobody needs a link any more."""
        is_good = self._sign_ins.is_first_key(key)
        return self._renderer.page(
            request,
            "sign_in_first.html",
            status=200 if is_good else problem_detail.FORBIDDEN.status,
            key=key,
            is_good=is_good,
            has_people=bool(self._service.loaded.people),
            is_used=self._sign_ins.first_key is None,
        )

    def _form(
        self,
        request: web.Request,
        *,
        to: str,
        name: str = "",
        status: int = 200,
        wait: int = 0,
        is_busy: bool = False,
    ) -> web.Response:
        people = self._service.loaded.people
        return self._renderer.page(
            request,
            "sign_in.html",
            status=_BUSY_STATUS if is_busy else status,
            to=local_path(to),
            name=name,
            failed=status == problem_detail.FORBIDDEN.status,
            is_busy=is_busy,
            wait=wait,
            takes_passwords=bool(people.with_password),
            has_people=bool(people),
        )

    def _signed_in(self, secret: str, to: str) -> web.Response:
        settings = self._service.loaded.settings.admin
        answer = web.Response(status=303, headers={hdrs.LOCATION: to})
        answer.set_cookie(
            cookie_name(settings),
            secret,
            max_age=int(settings.sign_in_longest.total_seconds()),
            path="/",
            secure=is_secure(settings),
            httponly=True,
            samesite="Strict",
        )
        return answer

    def _check_is_here(self, request: web.Request) -> None:
        """NotHere unless the browser runs on this machine and asks without a proxy."""
        host = urlsplit(f"//{request.headers.get(hdrs.HOST, '')}").hostname or ""
        addresses = [
            read_address(request.remote or ""),
            read_address("127.0.0.1" if host == "localhost" else host),
        ]
        is_here = all(_is_loopback(each) for each in addresses)
        if not is_here or _is_forwarded(request.headers):
            raise NotHere("this link works only in a browser on the machine itself; open it there")


def _is_loopback(address: IPv4Address | IPv6Address | None) -> bool:
    return address is not None and address.is_loopback


def _is_forwarded(headers: MultiMapping[str]) -> bool:
    return any(name in headers for name in _FORWARDING)
