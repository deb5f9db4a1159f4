"""Infobases: each with its help after inheritance, what to paste into 1C, and whether clients ask."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from errorhelp.admin.csv_tables import csv_file, local
from errorhelp.admin.pages.infobase_tree import matching
from errorhelp.admin.pages.now_page import worst_by_infobase
from errorhelp.admin.pages.page_rendering import Renderer, language_of, person
from errorhelp.admin.pages.page_routes import PageRoute, start_of
from errorhelp.admin.pages.spike_marks import Spiking
from errorhelp.answers import help_answers, list_answers
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.help import InheritedHelp
from errorhelp.catalog.infobase import Infobase
from errorhelp.formats import launcher_config, v8i
from errorhelp.formats.connect_string import connect_string
from errorhelp.messages.board import Notice
from errorhelp.messages.message import is_shown
from errorhelp.public.help_requests import Asked, RequestTally
from errorhelp.service.service import Service
from errorhelp.system.worker_thread import in_thread
from errorhelp.text.texts import choose

_ON_A_PAGE = 100


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
        catalog, find = self._service.catalog, request.query.get("find", "")
        affected, only_affected = self._affected(), "affected" in request.query
        asked = (
            (catalog.infobases[each] for each in affected) if only_affected else catalog.infobases.values()
        )
        found = await in_thread(matching, asked, find)
        start = start_of(request.query.get("from", ""))
        if start >= len(found):
            start = 0
        return await self._renderer.page(
            request,
            "infobases.html",
            rows=[self._row(each, language_of(request)) for each in found[start : start + _ON_A_PAGE]],
            launcher_addresses={
                each.id: list_answers.launcher_address(catalog, each) for each in catalog.lists.values()
            },
            found=len(found),
            find=find,
            start=start,
            on_a_page=_ON_A_PAGE,
            only_affected=only_affected,
            affected=affected,
            spikes=(await self._spiking.look(person(request))).marked,
        )

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
            messages=[each for each in messages if infobase in catalog.meant_by(each.targets)],
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
        asked = self._asked.tally(path for path, _ in help_answers.paths(catalog, infobase))
        return InfobaseRow(
            infobase=infobase,
            help=inherited,
            help_text=choose(inherited.text, language, catalog.languages),
            asked=asked,
            last_asked=datetime.fromtimestamp(asked.last, UTC) if asked.last else None,
        )

    def _affected(self) -> Mapping[str, object]:
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
