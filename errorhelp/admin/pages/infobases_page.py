"""Infobases: each with its help after inheritance, what to paste into 1C, and whether clients ask."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from errorhelp.admin.csv_tables import csv_file, local
from errorhelp.admin.pages.infobase_groups import (
    FolderGroup,
    InfobaseStates,
    ListedState,
    ListOrder,
    groups,
    listed,
)
from errorhelp.admin.pages.infobase_tree import matching
from errorhelp.admin.pages.now_page import worst_by_infobase
from errorhelp.admin.pages.page_rendering import Renderer, language_of, person
from errorhelp.admin.pages.page_routes import PageRoute, start_of
from errorhelp.admin.pages.spike_marks import Spiking
from errorhelp.admin.pages.verdict import by_weight
from errorhelp.answers import help_answers, list_answers
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.help import InheritedHelp
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.names import EVERYTHING
from errorhelp.formats import launcher_config, v8i
from errorhelp.formats.connect_string import connect_string
from errorhelp.messages.board import Notice
from errorhelp.messages.message import Severity, is_shown
from errorhelp.public.help_requests import Asked, RequestTally
from errorhelp.service.service import Service
from errorhelp.system.worker_thread import in_thread
from errorhelp.text.texts import choose

# Rows are lower where their folder stands above them.
_ON_A_PAGE = {True: 250, False: 100}
# Of more than so many the list shows folders first.
_FEW = 60


@dataclass(frozen=True, slots=True)
class Pasted:
    """What to paste into the standard form of an infobase, in a language."""

    language: str
    help_text: str
    help_url: str
    service_address: str


@dataclass(frozen=True, slots=True)
class InfobaseRow:
    """An infobase, its help in the reader's language, and who asked for it."""

    infobase: Infobase
    help: InheritedHelp
    help_text: str
    asked: RequestTally
    last_asked: datetime | None


@dataclass(frozen=True, slots=True)
class FolderPart:
    """A folder on a page of the list; `help_text` is what all in it inherit, from `source`.

    `is_first`: no folder before it on the page inherits the same.
    """

    group: FolderGroup
    rows: Sequence[InfobaseRow]
    help_text: str
    source: str
    is_first: bool

    @property
    def has_own_help(self) -> bool:
        """Whether the help text of any differs from that of the folder."""
        return any(each.help.text_from == each.infobase.id for each in self.rows)


@dataclass(frozen=True, slots=True)
class InfobaseQuery:
    """What is looked for: words, a state or any, an order, and with which number to begin."""

    find: str
    state: ListedState | None
    order: ListOrder
    start: int

    @classmethod
    def read(cls, request: web.Request) -> "InfobaseQuery":
        """What an address says; `affected` is an older name of the state `message`."""
        query = request.query
        state = query.get("state") or ("message" if "affected" in query else "")
        order = query.get("sort", "")
        return cls(
            find=query.get("find", ""),
            state=ListedState(state) if state in set(ListedState) else None,
            order=ListOrder(order) if order in set(ListOrder) else ListOrder.FOLDER,
            start=start_of(query.get("from", "")),
        )

    @property
    def is_by_folder(self) -> bool:
        """Whether the list is grouped by folder."""
        return self.order is ListOrder.FOLDER

    @property
    def on_a_page(self) -> int:
        """How many infobases stand on a page."""
        return _ON_A_PAGE[self.is_by_folder]

    @property
    def filters(self) -> dict[str, str]:
        """The same as fields of an address, without where it begins."""
        given = {
            "find": self.find,
            "state": self.state or "",
            "sort": "" if self.is_by_folder else self.order,
        }
        return {name: str(value) for name, value in given.items() if value}


class InfobasesPage:
    """The list of infobases, a page for each, and all of it as CSV."""

    def __init__(self, service: Service, renderer: Renderer, asked: Asked, spiking: Spiking) -> None:
        self._service = service
        self._renderer = renderer
        self._asked = asked
        self._spiking = spiking

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        return (
            PageRoute("GET", "/infobases", self.get_list),
            PageRoute("GET", "/infobases.csv", self.get_csv),
            PageRoute("GET", "/infobases/{id}", self.get_one),
            PageRoute("GET", "/lists/{id}/1CEStart.cfg", self.get_client_config),
        )

    async def get_list(self, request: web.Request) -> web.Response:
        """See the infobases."""
        asked_for, language = InfobaseQuery.read(request), language_of(request)
        alarm = await self._spiking.look(person(request))
        catalog = self._service.catalog
        states = InfobaseStates(
            affected=self._affected(),
            spikes=alarm.marked,
            has_help=lambda each: bool(
                choose(catalog.inherited_help(each).text, language, catalog.languages)
            ),
            asked=self._last_asked,
        )
        shown = await in_thread(self._listed, asked_for, states, language)
        return await self._renderer.page(
            request,
            "infobases.html",
            **shown,
            asked_for=asked_for,
            states=tuple(ListedState),
            orders=tuple(ListOrder),
            launcher_addresses={
                each.id: list_answers.launcher_address(catalog, each) for each in catalog.lists.values()
            },
            on_a_page=asked_for.on_a_page,
            affected=states.affected,
            spikes=alarm.marked,
        )

    def _listed(self, asked_for: "InfobaseQuery", states: InfobaseStates, language: str) -> dict[str, Any]:
        """The part of the list that is asked for: by folder in `parts`, else in `rows`."""
        catalog = self._service.catalog
        found = matching(catalog.infobases.values(), asked_for.find)
        found = listed(found, states, asked_for.state, asked_for.order)
        start = asked_for.start if asked_for.start < len(found) else 0
        on_page = found[start : start + asked_for.on_a_page]
        is_by_folder = asked_for.is_by_folder
        folders = self._by_folder(found, start, states, language) if is_by_folder else []
        return {
            "found": len(found),
            "start": start,
            "on_page": len(on_page),
            "rows": [] if is_by_folder else [self._row(each, language) for each in on_page],
            "folder_parts": folders,
            "general_help": next((each.help_text for each in folders if each.source == EVERYTHING), ""),
            "is_open": self._is_open(asked_for, found),
        }

    def _by_folder(
        self, found: Sequence[Infobase], start: int, states: InfobaseStates, language: str
    ) -> list[FolderPart]:
        catalog = self._service.catalog
        parts = []
        said: set[str] = set()
        for group in groups(found, start, _ON_A_PAGE[True], states):
            inherited = catalog.help_in(group.folder)
            text = choose(inherited.text, language, catalog.languages)
            rows = [self._row(each, language) for each in group.infobases]
            parts.append(FolderPart(group, rows, text, inherited.text_from, inherited.text_from not in said))
            said.add(inherited.text_from)
        return parts

    @staticmethod
    def _is_open(asked_for: "InfobaseQuery", found: Sequence[Infobase]) -> bool:
        """Whether folders show what is in them: of many infobases only when some are looked for."""
        return bool(asked_for.find or asked_for.state) or len(found) <= _FEW

    async def get_one(self, request: web.Request) -> web.Response:
        """See an infobase, with the values to paste and its links."""
        catalog, any_id = self._service.catalog, request.match_info["id"]
        infobase = catalog.infobase(any_id)
        if infobase is None:
            raise web.HTTPNotFound
        now = self._service.now()
        messages = (each for each in self._service.snapshot.live if is_shown(each, now))
        return await self._renderer.page(
            request,
            "infobase.html",
            row=self._row(infobase, language_of(request)),
            pasted=[pasted(infobase, language, catalog) for language in in_order(infobase, catalog)],
            entry=entry(infobase, catalog),
            connect=connect_string(infobase.connection),
            links=links(infobase, catalog),
            lists=[each for each in catalog.lists.values() if infobase in catalog.in_list(each)],
            messages=by_weight(
                (each for each in messages if infobase in catalog.meant_by(each.targets)), catalog
            ),
            since=datetime.fromtimestamp(self._asked.since, UTC),
            is_published=self._service.loaded.settings.publish is not None,
            spike=(await self._spiking.look(person(request))).marked.get(infobase.id),
        )

    async def get_client_config(self, request: web.Request) -> web.Response:
        """Download the launcher's configuration file that names a list."""
        catalog = self._service.catalog
        connection_list = catalog.lists.get(request.match_info["id"])
        if connection_list is None or not catalog.public_url:
            raise web.HTTPNotFound
        address = list_answers.launcher_address(catalog, connection_list)
        data = launcher_config.new(launcher_config.SERVICE_KEYS[0], address)
        return web.Response(
            body=data,
            content_type="application/octet-stream",
            headers={"Content-Disposition": 'attachment; filename="1CEStart.cfg"'},
        )

    async def get_csv(self, _request: web.Request) -> web.Response:
        """Get what the pages of all infobases show, as CSV."""
        catalog = self._service.catalog
        texts = [f"{name}_{language}" for language in catalog.languages for name in ("help_text", "help_url")]
        head = (
            *("id", "name", "folder", "connect", "publications", "language"),
            *("service_address", "help_text_from", "help_url_from", *texts, "asked", "last_asked", "v8i"),
        )
        return await in_thread(csv_file, "infobases.csv", head, self._csv_rows(catalog))

    def _csv_rows(self, catalog: Catalog) -> Iterator[Sequence[object]]:
        for infobase in catalog.infobases.values():
            row = self._row(infobase, catalog.languages[0])
            by_language = [pasted(infobase, language, catalog) for language in catalog.languages]
            yield (
                infobase.id,
                infobase.name,
                infobase.folder,
                connect_string(infobase.connection),
                " ".join(each.url for each in infobase.publications),
                catalog.language_of(infobase),
                service_address(infobase, None, catalog),
                row.help.text_from,
                row.help.url_from,
                *(text for each in by_language for text in (each.help_text, each.help_url)),
                row.asked.count,
                local(row.last_asked, catalog.zone) if row.last_asked else "",
                entry(infobase, catalog),
            )

    def _row(self, infobase: Infobase, language: str) -> InfobaseRow:
        catalog = self._service.catalog
        inherited = catalog.inherited_help(infobase)
        asked = self._tally(infobase)
        return InfobaseRow(
            infobase=infobase,
            help=inherited,
            help_text=choose(inherited.text, language, catalog.languages),
            asked=asked,
            last_asked=datetime.fromtimestamp(asked.last, UTC) if asked.last else None,
        )

    def _tally(self, infobase: Infobase) -> RequestTally:
        return self._asked.tally(path for path, _ in help_answers.paths(self._service.catalog, infobase))

    def _last_asked(self, infobase: Infobase) -> datetime | None:
        last = self._tally(infobase).last
        return datetime.fromtimestamp(last, UTC) if last else None

    def _affected(self) -> Mapping[str, Severity]:
        now = self._service.now()
        active = (each for each in self._service.snapshot.live if is_shown(each, now))
        return worst_by_infobase(active, self._service.catalog)


def in_order(infobase: Infobase, catalog: Catalog) -> list[str]:
    """The languages, that of the infobase in front."""
    return list(dict.fromkeys((catalog.language_of(infobase), *catalog.languages)))


def pasted(infobase: Infobase, language: str, catalog: Catalog) -> Pasted:
    """The values for the infobase's standard form; the address is the general one in its own language."""
    inherited = catalog.inherited_help(infobase)
    own = language == catalog.language_of(infobase)
    return Pasted(
        language=language,
        help_text=choose(inherited.text, language, catalog.languages),
        help_url=help_answers.help_url(inherited.url, infobase.id, language),
        service_address=service_address(infobase, None if own else language, catalog),
    )


def service_address(infobase: Infobase, language: str | None, catalog: Catalog) -> str:
    """Where clients ask for the infobase's help, in a language or in its own."""
    prefix = f"{language}/" if language else ""
    return f"{catalog.public_url}/help/{prefix}{infobase.id}.json"


def entry(infobase: Infobase, catalog: Catalog) -> str:
    """The infobase's entry in a connection list, as long as nothing is shown, without secrets."""
    pairs = list_answers.infobase_pairs(catalog, infobase, catalog.language_of(infobase), Notice())
    return v8i.entry_bytes(infobase.name, pairs).decode("utf-8", "replace").replace("\r\n", "\n").strip()


def links(infobase: Infobase, catalog: Catalog) -> list[str]:
    """The addresses of the infobase on the public listener."""
    base = catalog.public_url
    return [
        f"{base}/help/{infobase.id}.json",
        *(f"{base}/help/{language}/{infobase.id}.json" for language in catalog.languages),
        f"{base}/help/{infobase.id}.html",
        f"{base}/offline/{infobase.id}/",
    ]
