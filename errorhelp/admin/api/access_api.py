"""The part of the API that is about who asks: oneself, and the tokens of scripts."""

from functools import cached_property

from aiohttp import hdrs, web

from errorhelp.admin.access.api_tokens import ApiTokens, check_token
from errorhelp.admin.access.authorization import WAY, WHO
from errorhelp.admin.api import documents
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.json_answers import answer
from errorhelp.admin.api.list_pages import answer_page, exactly, of_sequence
from errorhelp.admin.api.request_reading import read_body, read_query
from errorhelp.formats import problem_detail
from errorhelp.people.people import Role
from errorhelp.service.service import Service

_TOKENS = "/api/v1/tokens"
_TOKEN = "/api/v1/tokens/{id}"  # noqa: S105 - an address


class AccessApi:
    """The API over the tokens of a service."""

    def __init__(self, service: Service, tokens: ApiTokens) -> None:
        self._service = service
        self._tokens = tokens

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        of_token = (problem_detail.UNKNOWN_TOKEN,)
        return (
            Route("GET", "/api/v1/me", self.get_me, documents.Me, Role.VIEWER),
            Route(
                "GET",
                _TOKENS,
                self.list_tokens,
                documents.TokensDocument,
                Role.ADMIN,
                query=documents.WholeListQuery,
            ),
            Route(
                "POST",
                _TOKENS,
                self.make_token,
                documents.MadeToken,
                Role.ADMIN,
                status=201,
                body=documents.NewToken,
            ),
            Route("GET", _TOKEN, self.get_token, documents.Token, Role.ADMIN, own_problems=of_token),
            Route(
                "POST",
                f"{_TOKEN}/revoke",
                self.revoke_token,
                documents.Token,
                Role.ADMIN,
                own_problems=of_token,
            ),
        )

    async def get_me(self, request: web.Request) -> web.Response:
        """See who you are here."""
        return answer(documents.Me.of(request[WHO], request[WAY]))

    async def list_tokens(self, request: web.Request) -> web.Response:
        """List tokens, the oldest first."""
        query = read_query(request, documents.WholeListQuery)
        tokens = await self._tokens.all()
        listed = of_sequence(tokens, lambda each: each.id, documents.Token.of)
        return await answer_page(request, "tokens", listed, query.cursor, query.limit, exactly(len(tokens)))

    async def make_token(self, request: web.Request) -> web.Response:
        """Make a token, which is shown only in this answer."""
        new = await read_body(request, documents.NewToken)
        people, catalog = self._service.loaded.people, self._service.catalog
        person = check_token(new.name, new.role, new.folders, people, await self._tokens.all(), catalog)
        token, secret = await self._tokens.make(person, request[WHO])
        address = _TOKEN.format(id=token.id)
        return answer(documents.MadeToken.with_secret(token, secret), 201, {hdrs.LOCATION: address})

    async def get_token(self, request: web.Request) -> web.Response:
        """Get a token, without its secret."""
        return answer(documents.Token.of(await self._tokens.get(request.match_info["id"])))

    async def revoke_token(self, request: web.Request) -> web.Response:
        """Revoke a token; one that is revoked stays as it is."""
        return answer(documents.Token.of(await self._tokens.revoke(request.match_info["id"], request[WHO])))
