"""Several messages at once: ended or extended, each for itself, and what came of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from aiohttp import web

from errorhelp.admin.pages.now_page import DURATIONS, MessageCard, shown
from errorhelp.admin.pages.page_rendering import Renderer, language_of, person
from errorhelp.admin.pages.page_routes import PageRoute, local_path, read_form
from errorhelp.messages.message import state
from errorhelp.people.people import NotAllowed, Person, Role
from errorhelp.service.drafts import InvalidDraft, MessageOver
from errorhelp.service.service import Service
from errorhelp.store import StoreUnavailable, UnknownMessage

_MOST = 200
_END = "end"
_RESULTS = ("done", "over", "outside folders", "shown too long", "unknown", "store")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one message, one of `_RESULTS`, "" before anything was done; no card of what is not there."""

    id: str
    card: MessageCard | None
    result: str = ""


class SeveralPage:
    """The form `several` of other pages leads here; its boxes are fields `message` with the ids."""

    def __init__(self, service: Service, renderer: Renderer) -> None:
        self._service = service
        self._renderer = renderer

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        return (
            PageRoute("POST", "/several", self.change, Role.EDITOR),
            PageRoute("GET", "/several", self.get, Role.EDITOR),
        )

    async def change(self, request: web.Request) -> web.Response:
        """End messages, after a question, or extend them."""
        form = await read_form(request)
        action, back = form.get("action", ""), local_path(form.get("back", "/"))
        ids = list(dict.fromkeys(form.getall("message", ())))[:_MOST]
        if action != _END and action not in DURATIONS:
            raise web.HTTPBadRequest
        if action == _END and ids and not form.get("confirmed"):
            return await self._page(request, action, back, [(each, "") for each in ids])
        who = person(request)
        results = [(each, await self._done(each, DURATIONS.get(action), who)) for each in ids]
        # Where reloading the page extends nothing once more.
        query = [("action", action), ("back", back), *((result, each) for each, result in results)]
        raise web.HTTPSeeOther(f"/several?{urlencode(query)}")

    async def get(self, request: web.Request) -> web.Response:
        """See what came of each."""
        query = request.query
        results = [(each, result) for result, each in query.items() if result in _RESULTS]
        return await self._page(
            request, query.get("action", ""), local_path(query.get("back", "/")), results[:_MOST]
        )

    async def _done(self, message_id: str, by: timedelta | None, who: Person) -> str:
        try:
            if by is None:
                await self._service.end(message_id, who)
            else:
                await self._service.extend(message_id, by, who)
        except NotAllowed:
            return "outside folders"
        except MessageOver:
            return "over"
        except InvalidDraft:
            # More time is wrong only when it is too much.
            return "shown too long"
        except UnknownMessage:
            return "unknown"
        except StoreUnavailable:
            return "store"
        return "done"

    async def _page(
        self, request: web.Request, action: str, back: str, results: Sequence[tuple[str, str]]
    ) -> web.Response:
        return await self._renderer.page(
            request,
            "several.html",
            action=action,
            back=back,
            asks=any(not result for _, result in results),
            done=sum(result == "done" for _, result in results),
            outcomes=[Outcome(each, await self._card(request, each), result) for each, result in results],
            longest=self._service.limits.longest,
        )

    async def _card(self, request: web.Request, message_id: str) -> MessageCard | None:
        service = self._service
        try:
            message = await service.message(message_id)
        except (UnknownMessage, StoreUnavailable):
            return None
        its_state = state(message, service.now())
        return shown(message, its_state, service.catalog, language_of(request), person(request))
