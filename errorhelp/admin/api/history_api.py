"""The part of the API that is about the history: who did what and when."""

from collections.abc import Sequence
from functools import cached_property

from aiohttp import web

from errorhelp.admin.api import documents
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.list_pages import CSV, ApiList, answer_export, answer_page
from errorhelp.admin.api.request_reading import read_query
from errorhelp.people.people import Role
from errorhelp.service.drafts import InvalidDraft
from errorhelp.service.history import HistoryEntry, HistoryQuery
from errorhelp.service.history_pages import is_in_history
from errorhelp.service.service import Service
from errorhelp.store.list_place import ListPlace

_HISTORY = "/api/v1/history"
_Placed = tuple[HistoryEntry, ListPlace]


def history_list(service: Service, wanted: HistoryQuery) -> ApiList[_Placed]:
    """The history of a service, the newest change first."""

    async def read(after: ListPlace | None, limit: int) -> Sequence[_Placed]:
        return await service.history_after(wanted, after, limit)

    return ApiList(read, lambda each: each[1], lambda each: documents.ChangeDocument.of(each[0]))


class HistoryApi:
    """The API over the history of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The table of its routes."""
        export, viewer = documents.ChangeExportQuery, Role.VIEWER
        as_csv, as_json = self.export_history, self.export_history_json
        return (
            Route(
                "GET",
                _HISTORY,
                self.list_history,
                documents.HistoryDocument,
                viewer,
                query=documents.ChangeQuery,
            ),
            Route("GET", f"{_HISTORY}.csv", as_csv, documents.Csv, viewer, query=export, media_type=CSV),
            Route("GET", f"{_HISTORY}.json", as_json, documents.WholeHistory, viewer, query=export),
        )

    async def list_history(self, request: web.Request) -> web.Response:
        """List who did what to messages, templates, maintenance and problems, the newest first."""
        query = read_query(request, documents.ChangeQuery)
        if query.cursor is not None and not is_in_history(query.cursor):
            raise InvalidDraft([("cursor", "is none that a page of this list named as `next`")])

        async def total() -> None:
            return None

        listed = history_list(self._service, self._wanted(query))
        return await answer_page(request, "changes", listed, query.cursor, query.limit, total)

    async def export_history(self, request: web.Request) -> web.StreamResponse:
        """Get the history as CSV, the newest change first."""
        query = read_query(request, documents.ChangeExportQuery)
        listed, columns = history_list(self._service, self._wanted(query)), documents.ChangeDocument.columns()
        return await answer_export(request, "history.csv", listed, query.limit, columns)

    async def export_history_json(self, request: web.Request) -> web.StreamResponse:
        """Get the history as JSON, the newest change first."""
        query = read_query(request, documents.ChangeExportQuery)
        listed = history_list(self._service, self._wanted(query))
        return await answer_export(request, "history.json", listed, query.limit)

    def _wanted(self, query: documents.ChangeQuery | documents.ChangeExportQuery) -> HistoryQuery:
        infobase = self._service.catalog.infobase(query.infobase) if query.infobase else None
        if query.infobase and infobase is None:
            raise InvalidDraft([("infobase", f"no infobase has the id {query.infobase!r}")])
        return HistoryQuery(query.who or None, infobase, query.since, query.until)
