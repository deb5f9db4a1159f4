"""The part of the API that is about maintenance windows: those of the configuration, and those that people make."""

from collections.abc import Iterator, Mapping, Set
from functools import cached_property
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web

from errorhelp.admin.access.authorization import WHO
from errorhelp.admin.api import documents
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.json_answers import answer_written
from errorhelp.admin.api.list_pages import answer_page, exactly, of_sequence
from errorhelp.admin.api.request_reading import (
    read_body,
    read_query,
    read_revision,
    read_revision_if_sent,
)
from errorhelp.admin.problem_details import etag
from errorhelp.config.window_yaml import windows_yaml
from errorhelp.formats import problem_detail
from errorhelp.messages.made_window import MadeWindow, is_made
from errorhelp.messages.window import Window
from errorhelp.people.people import Role
from errorhelp.publishing.publisher import Publisher, TreeStanding
from errorhelp.service.drafts import InvalidDraft
from errorhelp.service.service import Service
from errorhelp.service.window_drafts import new_window
from errorhelp.store import UnknownWindow, WindowEvent

YAML = "application/yaml"

_WINDOWS = "/api/v1/windows"
_WINDOW = f"{_WINDOWS}/{{id}}"
# One of the configuration has no revision of its own.
_CONFIGURED_REVISION = 1


class WindowsApi:
    """The API over the maintenance windows of a service, which may publish a tree."""

    def __init__(self, service: Service, publisher: Publisher | None) -> None:
        self._service = service
        self._publisher = publisher

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The table of its routes."""
        of_window = (problem_detail.UNKNOWN_WINDOW, problem_detail.STORE_UNAVAILABLE)
        of_change = (*of_window, problem_detail.WINDOW_CONFIGURED)
        document, viewer, editor = documents.WindowDocument, Role.VIEWER, Role.EDITOR
        return (
            Route(
                "GET",
                _WINDOWS,
                self.list_windows,
                documents.Windows,
                viewer,
                query=documents.WindowQuery,
            ),
            Route(
                "POST",
                _WINDOWS,
                self.make_window,
                document,
                editor,
                status=201,
                body=documents.WindowValues,
            ),
            Route(
                "GET",
                f"{_WINDOWS}.yaml",
                self.export_windows,
                documents.Yaml,
                viewer,
                media_type=YAML,
            ),
            Route(
                "GET", _WINDOW, self.get_window, document, viewer, may_be_known=True, own_problems=of_window
            ),
            Route(
                "PUT",
                _WINDOW,
                self.change_window,
                document,
                editor,
                body=documents.ChangedWindowValues,
                needs_revision=True,
                own_problems=(*of_change, problem_detail.WINDOW_OVER, problem_detail.OCCURRENCES_LOST),
            ),
            Route(
                "POST",
                f"{_WINDOW}/end",
                self.end_window,
                document,
                editor,
                takes_revision=True,
                own_problems=of_change,
            ),
            Route(
                "GET",
                f"{_WINDOW}/events",
                self.list_window_events,
                documents.WindowEvents,
                viewer,
                query=documents.WholeListQuery,
                own_problems=of_window,
            ),
        )

    async def list_windows(self, request: web.Request) -> web.Response:
        """List maintenance windows: those of the configuration, then those made here."""
        query = read_query(request, documents.WindowQuery)
        made = await self._service.made_windows.all(ended=query.ended)
        windows: list[tuple[Window, MadeWindow | None]] = [
            (each, None) for each in self._service.catalog.windows
        ]
        windows += [(window, each) for each in made if (window := self._in_zone(each)) is not None]
        standing = TreeStanding() if self._publisher is None else self._publisher.standing
        listed = of_sequence(
            windows, lambda each: each[0].id, lambda each: self._document(each[0], each[1], standing)
        )
        return await answer_page(request, "windows", listed, query.cursor, query.limit, exactly(len(windows)))

    async def export_windows(self, _request: web.Request) -> web.Response:
        """Get the maintenance windows made here as YAML, for the configuration."""
        made = await self._service.made_windows.all()
        return web.Response(
            text=windows_yaml(made),
            content_type=YAML,
            charset="utf-8",
            headers={hdrs.CONTENT_DISPOSITION: 'attachment; filename="maintenance-windows.yaml"'},
        )

    async def make_window(self, request: web.Request) -> web.Response:
        """Make a maintenance window."""
        values = await read_body(request, documents.WindowValues, self._errors_in_rest)
        made = await self._service.made_windows.make(values.draft(), request[WHO])
        return await self._answer_change(made, status=201)

    async def get_window(self, request: web.Request) -> web.Response:
        """Get a maintenance window."""
        window, made = await self._found(_id(request))
        standing = TreeStanding() if self._publisher is None else self._publisher.standing
        response = self._window_answer(window, made, standing)
        known = {each.value for each in request.if_none_match or ()}
        if known & {"*", response.headers[hdrs.ETAG].strip('"')}:
            return web.Response(status=304, headers={hdrs.ETAG: response.headers[hdrs.ETAG]})
        return response

    async def change_window(self, request: web.Request) -> web.Response:
        """Give a maintenance window other values."""
        revision = read_revision(request)
        values = await read_body(request, documents.ChangedWindowValues, self._errors_in_rest)
        changed = await self._service.made_windows.change(
            _id(request), values.draft(), revision, request[WHO], confirm=values.confirm
        )
        return await self._answer_change(changed)

    async def end_window(self, request: web.Request) -> web.Response:
        """End a maintenance window now; one that was ended stays as it is."""
        revision = read_revision_if_sent(request)
        ended = await self._service.made_windows.end(_id(request), request[WHO], revision)
        return await self._answer_change(ended)

    async def list_window_events(self, request: web.Request) -> web.Response:
        """List the changes of a maintenance window."""
        query = read_query(request, documents.WholeListQuery)
        window, made = await self._found(_id(request))
        events: list[WindowEvent] = []
        if made is not None:
            events = await self._service.made_windows.events(window.id)
        listed = of_sequence(events, lambda each: str(each.seq), documents.WindowEventDocument.of)
        return await answer_page(request, "events", listed, query.cursor, query.limit, exactly(len(events)))

    async def _found(self, window_id: str) -> tuple[Window, MadeWindow | None]:
        """The window with that id, and as it was made if it was; UnknownWindow."""
        for each in self._service.catalog.windows:
            if each.id == window_id:
                return each, None
        if not is_made(window_id):
            raise UnknownWindow(window_id)
        made = await self._service.made_windows.window(window_id)
        window = self._in_zone(made)
        if window is None:
            raise UnknownWindow(window_id)
        return window, made

    def _in_zone(self, made: MadeWindow) -> Window | None:
        """The window; None if it never comes true in the time zone that is configured now."""
        try:
            return made.in_zone(self._service.catalog.zone)
        except ValueError:
            return None

    def _errors_in_rest(self, given: Mapping[str, Any], wrong: Set[str]) -> Iterator[tuple[str, str]]:
        """What a draft has against the fields of a window beside those that are wrong already."""
        values, service = documents.WindowValues.of_right_fields(given, wrong), self._service
        try:
            new_window(values.draft(), "w.", "", service.catalog, service.limits, service.now())
        except InvalidDraft as error:
            yield from ((field, message) for field, message in error.errors if field not in wrong)

    async def _answer_change(self, made: MadeWindow, status: int = 200) -> web.Response:
        """The answer to a change, which readers see by then; if not those of the tree, it says so."""
        tree = TreeStanding() if self._publisher is None else await self._publisher.catch_up()
        return self._window_answer(made.in_zone(self._service.catalog.zone), made, tree, status)

    def _window_answer(
        self, window: Window, made: MadeWindow | None, tree: TreeStanding, status: int = 200
    ) -> web.Response:
        written = self._document(window, made, tree).model_dump_json().encode()
        revision = _CONFIGURED_REVISION if made is None else made.revision
        headers: dict[str, str] = {hdrs.ETAG: etag(revision, written)}
        if status == HTTPStatus.CREATED:
            headers[hdrs.LOCATION] = _WINDOW.format(id=window.id)
        return answer_written(written, status, headers)

    def _document(
        self, window: Window, made: MadeWindow | None, tree: TreeStanding
    ) -> documents.WindowDocument:
        service = self._service
        return documents.WindowDocument.of(
            window, made, service.catalog, service.snapshot.overrides, service.now(), tree
        )


def _id(request: web.Request) -> str:
    return request.match_info["id"]
