"""Who may use the API: whoever shows a token that is known (RFC 6750)."""

from collections.abc import Container
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Protocol

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from errorhelp.admin.problems import Refused
from errorhelp.formats import problem

WHO = web.RequestKey("who", str)
"""Whose token came with the request."""

_CHALLENGE: dict[str, str] = {hdrs.WWW_AUTHENTICATE: "Bearer"}


class Tokens(Protocol):
    """The tokens that open the API."""

    def who(self, token: str) -> str | None:
        """Whose token it is; None for an unknown one. How long it takes tells nothing about others."""


@dataclass(frozen=True, slots=True)
class FileToken:
    """The one token of the state directory's token file, whose owner is called `name`."""

    token: str = field(repr=False)
    name: str = "admin"

    def who(self, token: str) -> str | None:
        """The name, if it is this token."""
        return self.name if compare_digest(_bytes(token), _bytes(self.token)) else None


def needs_token(tokens: Tokens, open_to_all: Container[Handler]) -> Middleware:
    """A middleware that lets a request without a known token reach those handlers only."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.handler not in open_to_all:
            request[WHO] = _owner(request, tokens)
        return await handler(request)

    return check


def _owner(request: web.Request, tokens: Tokens) -> str:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refused(problem.UNAUTHORIZED, "Send it as 'Authorization: Bearer TOKEN'.", _CHALLENGE)
    who = tokens.who(token.strip())
    if who is None:
        raise Refused(problem.UNAUTHORIZED, "This token is not known, or no longer.", _CHALLENGE)
    return who


def _bytes(text: str) -> bytes:
    # As aiohttp decodes headers.
    return text.encode("utf-8", "surrogateescape")
