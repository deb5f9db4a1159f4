"""History: who did what and when, with filters, and as CSV."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial

from aiohttp import web

from errorhelp.admin.api.history_api import history_list
from errorhelp.admin.api.list_pages import answer_table
from errorhelp.admin.csv_tables import local
from errorhelp.admin.pages.now_page import shown
from errorhelp.admin.pages.page_rendering import Renderer, language_of, person
from errorhelp.admin.pages.page_routes import PageRoute
from errorhelp.catalog.message_texts import shown_text
from errorhelp.messages.message import Message, state
from errorhelp.reports.while_shown import WhileShown, hours_of, while_shown
from errorhelp.service.history import HistoryEntry, HistoryQuery, of_message
from errorhelp.service.service import Service
from errorhelp.text.texts import Text, choose
from errorhelp.text.times import local_to_instant, parse_local

_FIRST, _MOST = 100, 1000
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HistoryFilters:
    """What is looked for, as it was typed; `wrong` names the fields that cannot be read."""

    who: str
    infobase: str
    since: str
    until: str
    wrong: tuple[str, ...]
    wanted: HistoryQuery


class HistoryPage:
    """The list of changes, and the page of one message."""

    def __init__(self, service: Service, renderer: Renderer) -> None:
        self._service = service
        self._renderer = renderer

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        return (
            PageRoute("GET", "/history", self.get_list),
            PageRoute("GET", "/history.csv", self.get_csv),
            PageRoute("GET", "/messages/{id}", self.get_message),
        )

    async def get_list(self, request: web.Request) -> web.Response:
        """See the changes, the newest first."""
        filters, limit = self._filters(request), _limit(request)
        # One more than is shown, to know whether there are more.
        found = [] if filters.wrong else await self._service.history(filters.wanted, limit + 1)
        entries, language = found[:limit], language_of(request)
        languages = self._service.catalog.languages
        return await self._renderer.page(
            request,
            "history.html",
            filters=filters,
            entries=[
                (
                    each,
                    choose(each.text, language, languages),
                    choose(each.closing or "", language, languages),
                )
                for each in entries
            ],
            has_more=len(found) > limit,
            more=min(limit * 5, _MOST) if limit < _MOST else None,
            query={key: value for key, value in request.query.items() if key != "limit"},
        )

    async def get_csv(self, request: web.Request) -> web.StreamResponse:
        """Get all the changes as CSV."""
        filters = self._filters(request)
        if filters.wrong:
            raise web.HTTPBadRequest
        languages = self._service.catalog.languages
        texts = [f"text_{language}" for language in languages]
        head = (
            "at",
            "who",
            "what",
            "message",
            "maintenance_window",
            "targets",
            "starts_at",
            "ends_at",
            *texts,
            "problem",
            *(f"closing_{language}" for language in languages),
            "template",
        )
        zone = self._service.catalog.zone
        listed = history_list(self._service, filters.wanted)
        return await answer_table(
            request, "history.csv", listed, None, head, lambda each: _csv_row(each[0], languages, zone)
        )

    async def get_message(self, request: web.Request) -> web.Response:
        """See a message and what was done to it."""
        message = await self._service.message(request.match_info["id"])
        done = await self._service.own_changes(person(request))
        card = shown(
            message,
            state(message, self._service.now()),
            self._service.catalog,
            language_of(request),
            person(request),
            done.get(message.id),
        )
        catalog = self._service.catalog
        by_language = partial(_by_language, languages=catalog.languages)
        return await self._renderer.page(
            request,
            "message.html",
            card=card,
            texts=by_language(shown_text(message, catalog)),
            written=by_language(message.newest.written) if message.newest.live_text is not None else [],
            texts_since=[
                (at, by_language(shown_text(message, catalog, each))) for each, at in message.wordings
            ],
            closing=by_language(shown_text(message, catalog, message.closing)) if message.closing else [],
            reports=await self._reports(message),
            entries=of_message(await self._service.events(message.id)),
        )

    async def _reports(self, message: Message) -> WhileShown | None:
        """The reports of its infobases while a message was shown; None where none are counted or it is to come."""
        hours = hours_of(message.starts_at, message.shown_until, self._service.now())
        if not hours or not self._renderer.shows_reports:
            return None
        counts, catalog = self._service.reports.counts, self._service.catalog
        since, until = hours[0] - len(hours) * _HOUR, hours[-1] + _HOUR
        infobases = catalog.meant_by(message.targets)
        if len(infobases) == len(catalog.infobases):
            return while_shown(await counts.by_hour(since, until), hours)
        by_infobase = await counts.of_infobases(since, until, [each.id for each in infobases])
        return while_shown(sum(map(Counter, by_infobase.values()), Counter()), hours)

    def _filters(self, request: web.Request) -> HistoryFilters:
        who, infobase, since, until = (
            request.query.get(name, "").strip() for name in ("who", "infobase", "since", "until")
        )
        found = self._service.catalog.infobase(infobase) if infobase else None
        start, end = self._instant(since), self._instant(until, ends=True)
        wrong = [
            name
            for name, typed, read in (
                ("infobase", infobase, found),
                ("since", since, start),
                ("until", until, end),
            )
            if typed and read is None
        ]
        wanted = HistoryQuery(who or None, found, start, end)
        return HistoryFilters(who, infobase, since, until, tuple(wrong), wanted)

    def _instant(self, typed: str, *, ends: bool = False) -> datetime | None:
        """The instant of a local time, or of a day: its beginning, or if it `ends` a period, its end."""
        zone = self._service.catalog.zone
        try:
            if ":" in typed:
                return local_to_instant(parse_local(typed), zone)
            day = datetime.fromisoformat(typed)
            return local_to_instant(day + _DAY if ends else day, zone)
        except (ValueError, OverflowError):
            return None


def _by_language(text: Text, languages: Sequence[str]) -> list[tuple[str, str]]:
    """The wordings in the order of the site's `languages`, each with its own; "" for one that is for all."""
    if isinstance(text, str):
        return [("", text)]
    return [(each, text[each]) for each in dict.fromkeys((*languages, *text)) if each in text]


def _limit(request: web.Request) -> int:
    limit = request.query.get("limit", "")
    return min(int(limit), _MOST) if limit.isdecimal() and 0 < len(limit) < 7 and int(limit) else _FIRST


def _csv_row(entry: HistoryEntry, languages: Sequence[str], zone: tzinfo) -> Sequence[object]:
    return (
        local(entry.at, zone),
        entry.who,
        entry.what,
        "" if entry.is_window or entry.is_problem or entry.is_template else entry.about,
        entry.about if entry.is_window else "",
        " ".join(entry.targets),
        local(entry.starts_at, zone),
        local(entry.ends_at, zone),
        *(choose(entry.text, language, languages) for language in languages),
        entry.about if entry.is_problem else "",
        *(choose(entry.closing or "", language, languages) for language in languages),
        entry.about if entry.is_template else "",
    )
