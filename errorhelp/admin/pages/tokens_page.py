"""Tokens: those of scripts, made and revoked."""

from collections.abc import Collection

from aiohttp import web

from errorhelp.admin.access.api_tokens import ApiTokens, check_token
from errorhelp.admin.access.authorization import WHO
from errorhelp.admin.pages.page_rendering import Renderer
from errorhelp.admin.pages.page_routes import Form, PageRoute, read_form, see
from errorhelp.catalog.names import ROOT
from errorhelp.people.people import Person, Role
from errorhelp.service.drafts import InvalidDraft
from errorhelp.service.service import Service
from errorhelp.store.access_records import ApiToken


class TokensPage:
    def __init__(self, service: Service, renderer: Renderer, tokens: ApiTokens) -> None:
        self._service = service
        self._renderer = renderer
        self._tokens = tokens

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        return (
            PageRoute("GET", "/tokens", self.get, Role.ADMIN),
            PageRoute("POST", "/tokens", self.make, Role.ADMIN),
            PageRoute("POST", "/tokens/{id}/revoke", self.revoke, Role.ADMIN),
        )

    async def get(self, request: web.Request) -> web.Response:
        """See the tokens."""
        return await self._page(request)

    async def make(self, request: web.Request) -> web.Response:
        """Make a token, which only this answer shows."""
        form = await read_form(request)
        try:
            person = await self._person(form)
        except InvalidDraft as error:
            return await self._page(
                request, status=422, form=form, wrong={field for field, _ in error.errors}
            )
        token, secret = await self._tokens.make(person, request[WHO])
        # Not by leading to another page: the secret must not stand in an address.
        return await self._page(request, made=token, secret=secret)

    async def revoke(self, request: web.Request) -> web.Response:
        """Revoke a token."""
        await read_form(request)
        await self._tokens.revoke(request.match_info["id"], request[WHO])
        raise see("/tokens")

    async def _person(self, form: Form) -> Person:
        try:
            role = Role(form.get("role", ""))
        except ValueError:
            raise InvalidDraft([("role", "choose one")]) from None
        name, folders = form.get("name", "").strip(), tuple(form.getall("folders", ()))
        people, catalog = self._service.loaded.people, self._service.catalog
        return check_token(name, role, folders, people, await self._tokens.all(), catalog)

    async def _page(
        self,
        request: web.Request,
        *,
        status: int = 200,
        form: Form | None = None,
        wrong: Collection[str] = (),
        made: ApiToken | None = None,
        secret: str = "",
    ) -> web.Response:
        tokens = await self._tokens.all()
        return self._renderer.page(
            request,
            "tokens.html",
            status=status,
            live=[each for each in tokens if each.revoked_at is None],
            revoked=[each for each in tokens if each.revoked_at is not None],
            folders=sorted(path for path in self._service.catalog.folder_paths if path != ROOT),
            roles=list(Role),
            form=form or Form(),
            wrong=wrong,
            made=made,
            secret=secret,
        )
