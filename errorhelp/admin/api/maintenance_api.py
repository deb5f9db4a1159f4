"""The part of the API that is about maintenance: what is to come, and single occurrences that are changed."""

from collections.abc import Awaitable
from functools import cached_property

from aiohttp import web

from errorhelp.admin.access.authorization import WHO
from errorhelp.admin.api import documents
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.json_answers import answer
from errorhelp.admin.api.list_pages import answer_page, exactly, of_sequence
from errorhelp.admin.api.request_reading import read_body, read_query
from errorhelp.formats import problem_detail
from errorhelp.messages.occurrences import Occurrence, coming
from errorhelp.people.people import Role
from errorhelp.publishing.publisher import Publisher, TreeStanding
from errorhelp.service.drafts import InvalidDraft
from errorhelp.service.service import Service
from errorhelp.system.worker_thread import in_thread

_OCCURRENCES = "/api/v1/occurrences"
_OCCURRENCE = f"{_OCCURRENCES}/{{id}}"


class MaintenanceApi:
    """The API over the maintenance windows of a service, which may publish a tree."""

    def __init__(self, service: Service, publisher: Publisher | None) -> None:
        self._service = service
        self._publisher = publisher

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The table of its routes."""
        of_change = (problem_detail.UNKNOWN_OCCURRENCE, problem_detail.CANNOT_OVERRIDE)
        document, editor = documents.OccurrenceDocument, Role.EDITOR
        end, skip, restore = self.end_occurrence, self.skip_occurrence, self.restore_occurrence
        return (
            Route(
                "GET",
                _OCCURRENCES,
                self.list_occurrences,
                documents.Occurrences,
                Role.VIEWER,
                query=documents.OccurrenceQuery,
            ),
            Route("POST", f"{_OCCURRENCE}/skip", skip, document, editor, own_problems=of_change),
            Route(
                "POST",
                f"{_OCCURRENCE}/move",
                self.move_occurrence,
                document,
                editor,
                body=documents.NewStart,
                own_problems=of_change,
            ),
            Route("POST", f"{_OCCURRENCE}/end", end, document, editor, own_problems=of_change),
            Route("POST", f"{_OCCURRENCE}/restore", restore, document, editor, own_problems=of_change),
            Route("GET", "/api/v1/overrides", self.list_overrides, documents.Overrides, Role.VIEWER),
        )

    async def list_occurrences(self, request: web.Request) -> web.Response:
        """List occurrences of maintenance windows that are not over, and how they are changed."""
        query, windows = read_query(request, documents.OccurrenceQuery), self._service.windows
        if query.window:
            windows = tuple(window for window in windows if window.id == query.window)
            if not windows:
                raise InvalidDraft([("window", f"no maintenance window has the id {query.window!r}")])
        now, overrides = self._service.now(), self._service.snapshot.overrides
        found: list[Occurrence] = []
        for window in windows:
            found += await in_thread(coming, window, now, overrides, query.count)
        standing = TreeStanding() if self._publisher is None else self._publisher.standing
        listed = of_sequence(found, lambda each: each.planned.id, lambda each: self._document(each, standing))
        total = exactly(len(found))
        return await answer_page(request, "occurrences", listed, query.cursor, query.limit, total)

    async def skip_occurrence(self, request: web.Request) -> web.Response:
        """Leave out an occurrence to come."""
        return await self._occurrence_answer(self._service.maintenance.skip(_id(request), request[WHO]))

    async def move_occurrence(self, request: web.Request) -> web.Response:
        """Show an occurrence to come at another time, for as long as planned."""
        starts_at = (await read_body(request, documents.NewStart)).starts_at
        return await self._occurrence_answer(
            self._service.maintenance.move(_id(request), starts_at, request[WHO])
        )

    async def end_occurrence(self, request: web.Request) -> web.Response:
        """End an occurrence that is shown now."""
        return await self._occurrence_answer(self._service.maintenance.end(_id(request), request[WHO]))

    async def restore_occurrence(self, request: web.Request) -> web.Response:
        """Let an occurrence be as its maintenance window plans it."""
        return await self._occurrence_answer(self._service.maintenance.restore(_id(request), request[WHO]))

    async def list_overrides(self, _request: web.Request) -> web.Response:
        """List occurrences of maintenance windows that were skipped, moved or ended early."""
        now, overrides = self._service.now(), self._service.snapshot.overrides
        return answer(documents.Overrides.of(each for each in overrides if not each.is_over(now)))

    async def _occurrence_answer(self, change: Awaitable[Occurrence]) -> web.Response:
        """The answer to a change, which readers see by then; if not those of the tree, it says so."""
        occurrence = await change
        standing = TreeStanding() if self._publisher is None else await self._publisher.catch_up()
        return answer(self._document(occurrence, standing))

    def _document(self, occurrence: Occurrence, tree: TreeStanding) -> documents.OccurrenceDocument:
        return documents.OccurrenceDocument.of(occurrence, self._service.catalog, self._service.now(), tree)


def _id(request: web.Request) -> str:
    return request.match_info["id"]
