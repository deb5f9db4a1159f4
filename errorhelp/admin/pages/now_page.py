"""Now: what users read at this moment, what they will read, and what was before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from errorhelp.admin.pages.affected_tree import AffectedFolder, affected_tree
from errorhelp.admin.pages.error_pages import ShownTooLong, UnusableText
from errorhelp.admin.pages.infobase_tree import tree
from errorhelp.admin.pages.page_rendering import Renderer, language_of, person
from errorhelp.admin.pages.page_routes import Form, PageRoute, local_path, read_form, see, see_again
from errorhelp.admin.pages.spike_marks import Spiking
from errorhelp.admin.pages.update_form import read_words
from errorhelp.admin.pages.verdict import Verdict, by_weight, verdict
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.message_texts import message_text, missing_values, shown_text
from errorhelp.messages.message import Message, Severity, State, in_order, is_over, is_shown, state
from errorhelp.messages.message_template import MessageTemplate
from errorhelp.people.people import Person, Role, may_write
from errorhelp.service.drafts import MOST_UPDATES, Draft, InvalidDraft
from errorhelp.service.service import Service
from errorhelp.service.undo import OwnChange
from errorhelp.store import StaleRevision, StoreUnavailable
from errorhelp.system.worker_thread import in_thread
from errorhelp.text.placeholders import is_made_from
from errorhelp.text.texts import Text, in_each_language
from errorhelp.text.times import parse_duration
from errorhelp.text.wording_hints import names_other_time, with_time_of_end

_RECENT = 10
# More cards are shown to whoever wants all.
_MOST_ACTIVE, _MOST_SCHEDULED = 30, 10
# So many of somebody's changes are acknowledged at once, the latest.
_MOST_DONE = 10
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
_LONGEST_REVISION = 9


@dataclass(frozen=True, slots=True)
class MessageCard:
    """A message as a card shows it."""

    message: Message
    state: State
    text: str
    infobases: Sequence[Infobase]
    is_mine_to_change: bool
    names_other_time: bool
    can_name_end: bool
    done: OwnChange | None = None


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
            PageRoute("POST", "/messages/{id}/updates", self.update, Role.EDITOR),
            PageRoute("POST", "/messages/{id}/extend", self.extend, Role.EDITOR),
            PageRoute("POST", "/messages/{id}/undo", self.undo, Role.EDITOR),
            PageRoute("POST", "/messages/{id}/name-end", self.name_end, Role.EDITOR),
        )

    async def get(self, request: web.Request) -> web.Response:
        """See what is shown now."""
        service, catalog, now = self._service, self._service.catalog, self._service.now()
        latest, done = await self._latest(), await self._done(person(request))
        alarm = await self._spiking.look(person(request))
        live = [each for each in service.snapshot.live if each.window is None or each.starts_at < now + _SOON]
        active = [each for each in live if is_shown(each, now)]
        is_doubtful = any(not each.is_announced for each in alarm.marked.values())
        overview = await in_thread(_overview, active, catalog, is_doubtful)
        # What was just ended stays where it was, to be taken back there.
        ended = [each.message for each in done.values() if is_over(each.message, now)]
        never_begun = [each for each in ended if each.shown_until <= each.starts_at and now < each.starts_at]
        others = [each for each in ended if each not in never_begun]
        scheduled = [each for each in live if now < each.starts_at] + never_begun
        over = [each for each in latest if is_over(each, now) and each.id not in done]
        return await self._renderer.page(
            request,
            "now.html",
            alarm=alarm,
            look_again_at=now + _LOOK_EVERY if service.loaded.settings.reports.enabled else None,
            verdict=overview.verdict,
            active=self._cards(request, by_weight([*active, *others], catalog), _MOST_ACTIVE, done),
            active_count=len(active) + len(others),
            scheduled=self._cards(
                request, sorted(scheduled, key=lambda each: each.starts_at), _MOST_SCHEDULED, done
            ),
            scheduled_count=len(scheduled),
            recent=self._cards(request, over[:_RECENT], None, {}),
            done_until=min((each.until for each in done.values()), default=None),
            newest=next(reversed(list(done)), None),
            templates=recently_used(await service.templates.offered(person(request)), latest),
            tree=overview.tree,
            whole=overview.whole,
            by_name=overview.by_name,
            affected=overview.affected,
        )

    async def end(self, request: web.Request) -> web.Response:
        """End a message now; one for everybody only once that was confirmed."""
        form, message_id, who = await read_form(request), request.match_info["id"], person(request)
        closing = read_words(form, "closing", self._service)
        message, catalog = await self._service.message(message_id), self._service.catalog
        is_asked = not form.get("confirmed") and not is_over(message, self._service.now())
        if is_asked and is_for_everybody(message, catalog) and may_write(who, message.targets, catalog):
            return await end_confirmation(self._renderer, request, message, form, catalog)
        await self._service.end(message_id, who, closing=closing or None)
        raise see_again(form)

    async def update(self, request: web.Request) -> web.Response:
        """Give a message a later text."""
        form, message_id = await read_form(request), request.match_info["id"]
        text = read_words(form, "text", self._service)
        if not text:
            raise UnusableText("no text")
        try:
            await self._service.update(message_id, text, person(request))
        except InvalidDraft:
            # All else was looked at when it was read.
            raise UnusableText("too many", MOST_UPDATES) from None
        raise see_again(form)

    async def extend(self, request: web.Request) -> web.Response:
        """Give a message a later end."""
        form = await read_form(request)
        by = DURATIONS.get(form.get("by", ""))
        if by is None:
            raise web.HTTPBadRequest
        try:
            await self._service.extend(request.match_info["id"], by, person(request))
        except InvalidDraft:
            # More time is wrong only when it is too much.
            raise ShownTooLong(self._service.limits.longest) from None
        raise see_again(form)

    async def undo(self, request: web.Request) -> web.Response:
        """Take back what was just done to a message."""
        form = await read_form(request)
        revision = form.get("revision", "")
        if not revision.isdecimal() or len(revision) > _LONGEST_REVISION:
            raise web.HTTPBadRequest
        await self._service.undo(request.match_info["id"], int(revision), person(request))
        raise see_again(form)

    async def name_end(self, request: web.Request) -> web.Response:
        """Put the end of a message into its text, in the place of the other time that stands there."""
        form, catalog = await read_form(request), self._service.catalog
        message = await self._service.message(request.match_info["id"])
        text = with_end(message, catalog)
        if text is None or form.get("revision") != str(message.revision):
            raise see(f"/messages/{message.id}/change")
        draft = Draft(message.targets, text, message.ends_at, message.severity, note=message.note)
        who, revision = person(request), message.revision
        try:
            if message.updates:
                # That is what users read.
                await self._service.update(message.id, text, who, revision)
            else:
                await self._service.change(message.id, draft, revision, who)
        except (StaleRevision, InvalidDraft):
            # Somebody was quicker, or the configuration takes it no longer: there it says so.
            raise see(f"/messages/{message.id}/change") from None
        raise see_again(form)

    async def _latest(self) -> list[Message]:
        """The last messages; none while the store is unavailable, which the page says."""
        try:
            return await self._service.latest_messages(_REMEMBERED)
        except StoreUnavailable:
            return []

    async def _done(self, who: Person) -> Mapping[str, OwnChange]:
        """What the person just did last, to be acknowledged; nothing while the store is unavailable."""
        if not who.role.includes(Role.EDITOR):
            return {}
        try:
            own = {
                **await self._service.own_changes(who),
                **await self._service.maintenance.own_ends(who),
            }
        except StoreUnavailable:
            return {}
        return dict(sorted(own.items(), key=lambda each: each[1].until)[-_MOST_DONE:])

    def _cards(
        self,
        request: web.Request,
        messages: Sequence[Message],
        most: int | None,
        done: Mapping[str, OwnChange],
    ) -> list[MessageCard]:
        """The first cards, or with `all` in the address each, and those where something was done."""
        now, language = self._service.now(), language_of(request)
        if "all" in request.query:
            most = None
        return [
            shown(each, state(each, now), self._service.catalog, language, person(request), done.get(each.id))
            for number, each in enumerate(messages)
            if most is None or number < most or each.id in done
        ]


@dataclass(frozen=True, slots=True)
class _Overview:
    """What messages are about: in one line, and as a tree of all infobases (`whole`) or of those affected."""

    verdict: Verdict
    affected: Mapping[str, Severity]
    tree: AffectedFolder
    whole: bool
    by_name: bool


def _overview(active: Sequence[Message], catalog: Catalog, is_doubtful: bool) -> _Overview:
    affected = worst_by_infobase(active, catalog)
    whole = len(catalog.infobases) <= _FEW_INFOBASES
    wanted = None if whole else [catalog.infobases[each] for each in affected]
    return _Overview(
        verdict(active, affected, catalog, is_doubtful=is_doubtful),
        affected,
        affected_tree(tree(catalog, wanted, _MOST_FOLDERS), affected, catalog),
        whole,
        by_name=whole or len(affected) <= _MANY_INFOBASES,
    )


def is_for_everybody(message: Message, catalog: Catalog) -> bool:
    """Whether the message is for all infobases, of which there are several."""
    total = len(catalog.infobases)
    return total > 1 and len(catalog.meant_by(message.targets)) == total


async def end_confirmation(
    renderer: Renderer, request: web.Request, message: Message, form: Form, catalog: Catalog
) -> web.Response:
    """The page that asks whether to end what is for everybody."""
    return await renderer.page(
        request,
        "end_confirm.html",
        action=request.rel_url.raw_path,
        message=message,
        text=message_text(message, catalog, language_of(request)),
        fields=[(name, value) for name, value in form.items() if name != "confirmed"],
        back=local_path(form.get("back", "/")),
    )


DURATIONS = {text: parse_duration(text) for text in ("30m", "1h")}
"""By how much messages are extended with one click."""


def shown(
    message: Message,
    its_state: State,
    catalog: Catalog,
    language: str,
    who: Person,
    done: OwnChange | None = None,
) -> MessageCard:
    """The card of a message for somebody who reads in a language, and just did something to it."""
    end = message.shown_until.astimezone(catalog.zone)
    wordings = in_each_language(shown_text(message, catalog))
    jars = any(names_other_time(each, end) for each in wordings)
    return MessageCard(
        message=message,
        state=its_state,
        text=message_text(message, catalog, language),
        infobases=catalog.meant_by(message.targets),
        is_mine_to_change=may_write(who, message.targets, catalog),
        names_other_time=jars,
        can_name_end=jars and message.window is None and with_end(message, catalog) is not None,
        done=done,
    )


def with_end(message: Message, catalog: Catalog) -> Text | None:
    """The text of a message as it is written, with its end in the place of another time; None if that cannot be.

    See `with_time_of_end`.
    """
    if "until" in catalog.values or missing_values(message, catalog):
        return None
    starts_at, ends_at = (each.astimezone(catalog.zone) for each in (message.starts_at, message.ends_at))
    written = message.newest.written
    if isinstance(written, str):
        return with_time_of_end(written, starts_at, ends_at)
    texts = {language: with_time_of_end(text, starts_at, ends_at) for language, text in written.items()}
    known = {language: text for language, text in texts.items() if text is not None}
    return known if len(known) == len(texts) else None


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
