"""Forwarding: the targets, how the last delivery to each ended, and what waits for them; admins try again and drop."""

import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from errorhelp.admin.pages.outbox_watch import OutboxWatch
from errorhelp.admin.pages.page_rendering import Renderer, language_of, person
from errorhelp.admin.pages.page_routes import Form, PageRoute, read_form, see, start_of
from errorhelp.notifications.notification_target import NotificationTarget
from errorhelp.notifications.notification_texts import in_words
from errorhelp.people.people import Person, Role
from errorhelp.service.outbox_changes import OutboxChanges
from errorhelp.service.service import Service
from errorhelp.store.forwarding_records import Depth, EntryState, LastDelivery, QueuedNotification

PATH = "/forwarding"

# As many entries of each target stand on the page of all, and on that of one.
_FEW, _MANY = 10, 100
# So long what was done is said on the page that it led to, and so many such pages are known.
_SAID_FOR = timedelta(minutes=10)
_MOST_DONE = 200
# What waits may be delivered at any moment.
_LOOK_SOON, _LOOK_AGAIN = timedelta(seconds=3), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ForwardingDone:
    """What somebody did for a target: `test`, `retry` or `drop`, with `count` entries; `error` says why it failed."""

    at: datetime
    action: str
    target: str
    count: int = 1
    error: str = ""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of the outbox, and in a line what it notifies of."""

    entry: QueuedNotification
    title: str

    @property
    def is_dead(self) -> bool:
        """Whether nobody tries any more."""
        return self.entry.state is EntryState.DEAD


@dataclass(frozen=True, slots=True)
class TargetCard:
    """A target, None if the configuration has it no more, with entries of its outbox: those that are dead first."""

    id: str
    target: NotificationTarget | None
    depth: Depth
    last: LastDelivery | None
    rows: Sequence[EntryRow]
    start: int

    @property
    def count(self) -> int:
        """How many entries there are."""
        return self.depth.pending + self.depth.dead

    @property
    def end(self) -> int:
        """The number of the entry behind the last one that is shown."""
        return self.start + len(self.rows)


class ForwardingPage:
    """The page, and the forms on it."""

    def __init__(self, service: Service, renderer: Renderer, watch: OutboxWatch) -> None:
        self._service = service
        self._renderer = renderer
        self._watch = watch
        self._changes = OutboxChanges(service)
        self._done: OrderedDict[str, ForwardingDone] = OrderedDict()

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        return (PageRoute("GET", PATH, self.get), PageRoute("POST", PATH, self.change, Role.ADMIN))

    async def get(self, request: web.Request) -> web.Response:
        """See the targets with their outbox, or one of them with more of it."""
        await self._watch.look()
        now, outbox = self._service.now(), self._service.forwarding
        depth, last, chosen = (
            await outbox.depth(),
            await outbox.last_deliveries(),
            request.query.get("target"),
        )
        targets: Mapping[str, NotificationTarget] = self._service.loaded.targets
        ids = [*targets, *(each for each in depth if each not in targets)]
        if chosen is not None:
            ids = [each for each in ids if each == chosen]
        start = start_of(request.query.get("from", "")) if chosen is not None else 0
        most = _FEW if chosen is None else _MANY
        cards = []
        for each in ids:
            own = depth.get(each, Depth())
            rows = await self._rows(each, own, start, most, language_of(request))
            cards.append(TargetCard(each, targets.get(each), own, last.get(each), rows, start))
        waits = any(each.depth.pending for each in cards)
        return await self._renderer.page(
            request,
            "forwarding.html",
            cards=cards,
            chosen=chosen,
            on_a_page=most,
            done=self._what_was_done(request.query.get("done", ""), now),
            refresh_at=now + (_LOOK_SOON if waits else _LOOK_AGAIN),
        )

    async def change(self, request: web.Request) -> web.Response:
        """Send a test, or have entries tried again or dropped: one, or all of a target."""
        form = await read_form(request)
        done = await self._do(form, person(request))
        await self._watch.look()
        key = secrets.token_urlsafe(8)
        self._done[key] = done
        while len(self._done) > _MOST_DONE:
            self._done.popitem(last=False)
        chosen = {"target": form["chosen"]} if form.get("chosen") else {}
        raise see(PATH, {**chosen, "done": key})

    async def _do(self, form: Form, who: Person) -> ForwardingDone:
        now, changes = self._service.now(), self._changes
        action, target_id, entry_id = (form.get(name, "") for name in ("action", "target", "entry"))
        match action:
            case "test":
                return ForwardingDone(now, action, target_id, error=await changes.test(target_id))
            case "retry" if entry_id:
                await changes.retry(entry_id)
                return ForwardingDone(now, action, target_id)
            case "retry":
                return ForwardingDone(now, action, target_id, await changes.retry_all(target_id))
            case "drop" if entry_id:
                await changes.drop(entry_id, who)
                return ForwardingDone(now, action, target_id)
            case "drop":
                return ForwardingDone(now, action, target_id, await changes.drop_all(target_id, who))
        raise web.HTTPBadRequest

    def _what_was_done(self, key: str, now: datetime) -> ForwardingDone | None:
        done = self._done.get(key)
        return done if done and now - done.at < _SAID_FOR else None

    async def _rows(
        self, target_id: str, depth: Depth, start: int, most: int, language: str
    ) -> list[EntryRow]:
        """Up to `most` entries of a target from the one with the number `start` on, those that are dead first."""
        found: list[QueuedNotification] = []
        before = 0
        for state, count in ((EntryState.DEAD, depth.dead), (EntryState.PENDING, depth.pending)):
            skip, room = max(start - before, 0), most - len(found)
            before += count
            if room and skip < count:
                entries = await self._service.forwarding.entries(
                    target=target_id, state=state, limit=skip + room
                )
                found += entries[skip:]
        zone = self._service.catalog.zone
        return [EntryRow(each, in_words(each.document, language, zone)[0]) for each in found]
