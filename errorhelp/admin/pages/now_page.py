"""Now: what users read at this moment, what they will read, and what was before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from errorhelp.admin.pages.error_pages import ShownTooLong
from errorhelp.admin.pages.infobase_tree import counted, tree
from errorhelp.admin.pages.page_rendering import Renderer, language_of, person
from errorhelp.admin.pages.page_routes import PageRoute, read_form, see_again
from errorhelp.admin.pages.spike_marks import Spiking
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.messages.message import Message, Severity, State, in_order, is_shown, state
from errorhelp.messages.message_template import MessageTemplate
from errorhelp.people.people import Person, Role, may_write
from errorhelp.service.drafts import InvalidDraft
from errorhelp.service.service import Service
from errorhelp.store import StoreUnavailable
from errorhelp.system.worker_thread import in_thread
from errorhelp.text.placeholders import is_made_from
from errorhelp.text.texts import choose, in_each_language
from errorhelp.text.times import parse_duration
from errorhelp.text.wording_hints import names_other_time

_RECENT = 10
# More cards are shown to whoever wants all.
_MOST_ACTIVE, _MOST_SCHEDULED = 30, 10
# Among so many of the last messages templates are looked for that were used.
_REMEMBERED = 50
# Maintenance that is further off stands on the page of what is planned.
_SOON = timedelta(days=7)
# So often an open page looks for spikes, of which there is no signal.
_LOOK_EVERY = timedelta(minutes=1)
# As many infobases as the tree shows although nothing is said about them.
_FEW_INFOBASES = 60
# When messages are about more than so many, the tree shows their folders alone.
_MANY_INFOBASES = 200
_MOST_FOLDERS = 150


@dataclass(frozen=True, slots=True)
class MessageCard:
    """A message as a card shows it."""

    message: Message
    state: State
    text: str
    infobases: Sequence[Infobase]
    is_mine_to_change: bool
    names_other_time: bool


class NowPage:
    def __init__(self, service: Service, renderer: Renderer, spiking: Spiking) -> None:
        self._service = service
        self._renderer = renderer
        self._spiking = spiking

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        return (
            PageRoute("GET", "/", self.get),
            PageRoute("POST", "/messages/{id}/end", self.end, Role.EDITOR),
            PageRoute("POST", "/messages/{id}/extend", self.extend, Role.EDITOR),
        )

    async def get(self, request: web.Request) -> web.Response:
        """See what is shown now."""
        service, catalog, now = self._service, self._service.catalog, self._service.now()
        latest, shows_all = await self._latest(), "all" in request.query
        live = [each for each in service.snapshot.live if each.window is None or each.starts_at < now + _SOON]
        active = in_order(each for each in live if is_shown(each, now))
        scheduled = sorted((each for each in live if now < each.starts_at), key=lambda each: each.starts_at)
        over = [each for each in latest if state(each, now) in (State.ENDED, State.EXPIRED)]
        affected = worst_by_infobase(active, catalog)
        whole = len(catalog.infobases) <= _FEW_INFOBASES
        shown_infobases = None if whole else [catalog.infobases[each] for each in affected]
        return await self._renderer.page(
            request,
            "now.html",
            alarm=await self._spiking.look(person(request)),
            look_again_at=now + _LOOK_EVERY if service.loaded.settings.reports.enabled else None,
            active=self._cards(request, active if shows_all else active[:_MOST_ACTIVE]),
            active_count=len(active),
            scheduled=self._cards(request, scheduled if shows_all else scheduled[:_MOST_SCHEDULED]),
            scheduled_count=len(scheduled),
            recent=self._cards(request, over[:_RECENT]),
            templates=recently_used(await service.templates.offered(person(request)), latest),
            tree=await in_thread(tree, catalog, shown_infobases, _MOST_FOLDERS),
            whole=whole,
            by_name=whole or len(affected) <= _MANY_INFOBASES,
            affected=affected,
            affected_in=counted(catalog.infobases[each] for each in affected),
        )

    async def end(self, request: web.Request) -> web.Response:
        """End a message now."""
        form = await read_form(request)
        await self._service.end(request.match_info["id"], person(request))
        raise see_again(form)

    async def extend(self, request: web.Request) -> web.Response:
        """Give a message a later end."""
        form = await read_form(request)
        by = _DURATIONS.get(form.get("by", ""))
        if by is None:
            raise web.HTTPBadRequest
        try:
            await self._service.extend(request.match_info["id"], by, person(request))
        except InvalidDraft:
            # More time is wrong only when it is too much.
            raise ShownTooLong(self._service.limits.longest) from None
        raise see_again(form)

    async def _latest(self) -> list[Message]:
        """The last messages; none while the store is unavailable, which the page says."""
        try:
            return await self._service.latest_messages(_REMEMBERED)
        except StoreUnavailable:
            return []

    def _cards(self, request: web.Request, messages: Iterable[Message]) -> list[MessageCard]:
        now, language = self._service.now(), language_of(request)
        return [
            shown(each, state(each, now), self._service.catalog, language, person(request))
            for each in messages
        ]


_DURATIONS = {text: parse_duration(text) for text in ("30m", "1h")}


def shown(message: Message, its_state: State, catalog: Catalog, language: str, who: Person) -> MessageCard:
    """The card of a message for somebody who reads in a language."""
    end = message.shown_until.astimezone(catalog.zone)
    return MessageCard(
        message=message,
        state=its_state,
        text=choose(message.text, language, catalog.languages),
        infobases=catalog.meant_by(message.targets),
        is_mine_to_change=may_write(who, message.targets, catalog),
        names_other_time=any(names_other_time(each, end) for each in in_each_language(message.text)),
    )


def worst_by_infobase(active: Iterable[Message], catalog: Catalog) -> dict[str, Severity]:
    """The ids of the infobases that messages are about, with the most severe of what is said, in order."""
    worst: dict[str, Severity] = {}
    for message in in_order(active):
        for infobase in catalog.meant_by(message.targets):
            worst.setdefault(infobase.id, message.severity)
    return {each: worst[each] for each in catalog.infobases if each in worst}


def recently_used(templates: Sequence[MessageTemplate], latest: Sequence[Message]) -> list[MessageTemplate]:
    """The templates, those that the latest messages were made from in front."""

    def last_use(template: MessageTemplate) -> int:
        uses = (number for number, each in enumerate(latest) if _was_made_from(each, template))
        return next(uses, len(latest))

    return sorted(templates, key=last_use)


def _was_made_from(message: Message, template: MessageTemplate) -> bool:
    wordings = in_each_language(template.text)
    return any(is_made_from(text, wording) for text in in_each_language(message.text) for wording in wordings)
