"""The part of the API that is about who asks: oneself, and the tokens of scripts."""

from functools import cached_property

from aiohttp import hdrs, web

from errorhelp.admin import wire
from errorhelp.admin.access import WAY, WHO
from errorhelp.admin.answering import answer
from errorhelp.admin.reading import read_body
from errorhelp.admin.routes import Route
from errorhelp.formats import problem
from errorhelp.people import Role
from errorhelp.service import Service
from errorhelp.tokens import Tokens, check_token

_TOKENS = "/api/v1/tokens"
_TOKEN = "/api/v1/tokens/{id}"  # noqa: S105 - an address


class AccessApi:
    """The API over the tokens of a service."""

    def __init__(self, service: Service, tokens: Tokens) -> None:
        self._service = service
        self._tokens = tokens

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The table of its routes."""
        of_token = (problem.UNKNOWN_TOKEN,)
        return (
            Route("GET", "/api/v1/me", self.get_me, wire.Me, Role.VIEWER),
            Route("GET", _TOKENS, self.list_tokens, wire.Tokens, Role.ADMIN),
            Route(
                "POST", _TOKENS, self.make_token, wire.MadeToken, Role.ADMIN, status=201, body=wire.NewToken
            ),
            Route("GET", _TOKEN, self.get_token, wire.Token, Role.ADMIN, own_problems=of_token),
            Route(
                "POST",
                f"{_TOKEN}/revoke",
                self.revoke_token,
                wire.Token,
                Role.ADMIN,
                own_problems=of_token,
            ),
        )

    async def get_me(self, request: web.Request) -> web.Response:
        """See who you are here."""
        return answer(wire.Me.of(request[WHO], request[WAY]))

    async def list_tokens(self, _request: web.Request) -> web.Response:
        """List tokens, the oldest first."""
        return answer(wire.Tokens.of(await self._tokens.all()))

    async def make_token(self, request: web.Request) -> web.Response:
        """Make a token, which is shown only in this answer."""
        new = await read_body(request, wire.NewToken)
        people, catalog = self._service.loaded.people, self._service.catalog
        person = check_token(new.name, new.role, new.folders, people, await self._tokens.all(), catalog)
        token, secret = await self._tokens.make(person, request[WHO])
        address = _TOKEN.format(id=token.id)
        return answer(wire.MadeToken.with_secret(token, secret), 201, {hdrs.LOCATION: address})

    async def get_token(self, request: web.Request) -> web.Response:
        """Get a token, without its secret."""
        return answer(wire.Token.of(await self._tokens.get(request.match_info["id"])))

    async def revoke_token(self, request: web.Request) -> web.Response:
        """Revoke a token; one that is revoked stays as it is."""
        return answer(wire.Token.of(await self._tokens.revoke(request.match_info["id"], request[WHO])))
