"""The admin API: each handler reads the request, calls the service and answers with the outcome."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web

from errorhelp import __version__
from errorhelp.admin.access.api_tokens import ApiTokens
from errorhelp.admin.access.authorization import WHO
from errorhelp.admin.api import documents
from errorhelp.admin.api.access_api import AccessApi
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.forwarding_api import ForwardingApi
from errorhelp.admin.api.history_api import HistoryApi
from errorhelp.admin.api.json_answers import answer, answer_written
from errorhelp.admin.api.list_pages import CSV, ApiList, answer_export, answer_page, exactly, of_sequence
from errorhelp.admin.api.maintenance_api import MaintenanceApi
from errorhelp.admin.api.openapi import openapi, with_examples_from
from errorhelp.admin.api.reports_api import ReportsApi
from errorhelp.admin.api.request_reading import (
    read_body,
    read_optional_body,
    read_query,
    read_request_key,
    read_revision,
    read_revision_if_sent,
)
from errorhelp.admin.api.templates_api import TemplatesApi
from errorhelp.admin.api.windows_api import WindowsApi
from errorhelp.admin.problem_details import ProblemDetailError, etag
from errorhelp.formats import problem_detail
from errorhelp.messages.message import Message
from errorhelp.people.people import Role
from errorhelp.public.public_listener import PublicListener
from errorhelp.publishing.copier import Copier
from errorhelp.publishing.publisher import NoTree, Publisher, TreeStanding, TreeStatus
from errorhelp.service.drafts import InvalidDraft
from errorhelp.service.service import Service
from errorhelp.store import MessageEvent, RequestDone
from errorhelp.store.list_place import ListPlace
from errorhelp.store.message_filter import MessageFilter
from errorhelp.store.request_records import RequestKey
from errorhelp.system.open_connections import OpenConnections
from errorhelp.system.worker_thread import in_thread

Reload = Callable[[], Awaitable[None]]
"""Reads the configuration again and hands the service what is in it, good or bad."""

_EXAMPLES_HOLD = timedelta(hours=1)
_MESSAGES = "/api/v1/messages"
_MESSAGE = "/api/v1/messages/{id}"


class Api:
    """The API over a service; `connections` are those of its own listener.

    `first_link` gives the link of a first start, while nobody is configured.
    """

    def __init__(
        self,
        service: Service,
        tokens: ApiTokens,
        reload: Reload,
        publisher: Publisher | None = None,
        connections: OpenConnections | None = None,
        public: PublicListener | None = None,
        first_link: Callable[[], str | None] = lambda: None,
        copier: Copier | None = None,
    ) -> None:
        self._service = service
        self._maintenance_api = MaintenanceApi(service, publisher)
        self._windows_api = WindowsApi(service, publisher)
        self._history_api = HistoryApi(service)
        self._templates_api = TemplatesApi(service)
        self._access_api = AccessApi(service, tokens, first_link)
        self._reports_api = ReportsApi(service)
        self._forwarding_api = ForwardingApi(service)
        self._reload = reload
        self._publisher = publisher
        self._copier = copier
        self._connections = connections
        self._public = public
        # With examples that were to come at that time.
        self._openapi_of: tuple[datetime, documents.OpenApi] | None = None

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        of_store = (problem_detail.STORE_UNAVAILABLE,)
        of_message = (problem_detail.UNKNOWN_MESSAGE, problem_detail.STORE_UNAVAILABLE)
        of_change = (*of_message, problem_detail.MESSAGE_OVER)
        return (
            Route(
                "GET",
                _MESSAGES,
                self.list_messages,
                documents.Messages,
                Role.VIEWER,
                query=documents.MessageQuery,
                own_problems=of_store,
            ),
            Route(
                "POST",
                _MESSAGES,
                self.post_message,
                documents.MessageDocument,
                Role.EDITOR,
                status=201,
                body=documents.NewMessage,
                takes_key=True,
                own_problems=of_store,
            ),
            Route(
                "GET",
                f"{_MESSAGES}.csv",
                self.export_messages,
                documents.Csv,
                Role.VIEWER,
                query=documents.MessageExportQuery,
                media_type=CSV,
            ),
            Route(
                "GET",
                f"{_MESSAGES}.json",
                self.export_messages_json,
                documents.AllMessages,
                Role.VIEWER,
                query=documents.MessageExportQuery,
            ),
            Route(
                "GET",
                _MESSAGE,
                self.get_message,
                documents.MessageDocument,
                Role.VIEWER,
                may_be_known=True,
                own_problems=of_message,
            ),
            Route(
                "PUT",
                _MESSAGE,
                self.change_message,
                documents.MessageDocument,
                Role.EDITOR,
                body=documents.MessageValues,
                needs_revision=True,
                own_problems=of_change,
            ),
            Route(
                "POST",
                f"{_MESSAGE}/updates",
                self.update_message,
                documents.MessageDocument,
                Role.EDITOR,
                status=201,
                body=documents.NewUpdate,
                takes_revision=True,
                takes_key=True,
                own_problems=of_change,
            ),
            Route(
                "POST",
                f"{_MESSAGE}/end",
                self.end_message,
                documents.MessageDocument,
                Role.EDITOR,
                body=documents.Ending,
                body_may_be_left_out=True,
                takes_revision=True,
                takes_key=True,
                own_problems=of_change,
            ),
            Route(
                "POST",
                f"{_MESSAGE}/extend",
                self.extend_message,
                documents.MessageDocument,
                Role.EDITOR,
                body=documents.Extension,
                takes_revision=True,
                takes_key=True,
                own_problems=of_change,
            ),
            Route(
                "GET",
                f"{_MESSAGE}/events",
                self.list_events,
                documents.Events,
                Role.VIEWER,
                query=documents.EventQuery,
                own_problems=of_message,
            ),
            Route(
                "POST",
                "/api/v1/preview",
                self.preview_message,
                documents.PreviewDocument,
                Role.VIEWER,
                query=documents.PreviewQuery,
                body=documents.NewMessage,
            ),
            Route("GET", "/api/v1/status", self.get_status, documents.Status, Role.VIEWER),
            Route(
                "GET",
                "/api/v1/infobases",
                self.list_infobases,
                documents.Infobases,
                Role.VIEWER,
                query=documents.WholeListQuery,
            ),
            Route(
                "POST",
                "/api/v1/reload",
                self.reload_configuration,
                documents.Reloaded,
                Role.ADMIN,
                body=documents.ReloadOrder,
                body_may_be_left_out=True,
                own_problems=(problem_detail.NOTHING_TO_CONFIRM,),
            ),
            Route(
                "POST",
                "/api/v1/publish",
                self.publish_tree,
                documents.PublishedDocument,
                Role.ADMIN,
                own_problems=(problem_detail.NO_TREE, problem_detail.TREE_UNAVAILABLE),
            ),
            *self._maintenance_api.routes,
            *self._templates_api.routes,
            *self._windows_api.routes,
            *self._history_api.routes,
            *self._access_api.routes,
            *self._reports_api.routes,
            *self._forwarding_api.routes,
            Route("GET", "/api/v1/openapi.json", self.get_openapi, documents.OpenApi, None),
            Route("GET", "/healthz", self.get_health, documents.Health, None),
        )

    # Messages

    async def list_messages(self, request: web.Request) -> web.Response:
        """List messages, the newest first."""
        query = read_query(request, documents.MessageQuery)
        wanted = query.filter(self._service.catalog)
        return await answer_page(
            request,
            "messages",
            self._listed(wanted),
            query.cursor,
            query.limit,
            lambda: self._service.count_found(wanted),
            says_more=True,
        )

    async def export_messages(self, request: web.Request) -> web.StreamResponse:
        """Get messages as CSV, the newest first."""
        query = read_query(request, documents.MessageExportQuery)
        listed, columns = (
            self._listed(query.filter(self._service.catalog)),
            documents.MessageDocument.columns(),
        )
        return await answer_export(request, "messages.csv", listed, query.limit, columns)

    async def export_messages_json(self, request: web.Request) -> web.StreamResponse:
        """Get messages as JSON, the newest first."""
        query = read_query(request, documents.MessageExportQuery)
        listed = self._listed(query.filter(self._service.catalog))
        return await answer_export(request, "messages.json", listed, query.limit)

    def _listed(self, wanted: MessageFilter) -> ApiList[Message]:
        service, tree = self._service, self._tree

        async def read(after: ListPlace | None, limit: int) -> Sequence[Message]:
            return await service.find_messages(wanted, limit, after)

        return ApiList(
            read,
            lambda each: ListPlace(int(each.created_at.timestamp()), each.id),
            lambda each: documents.MessageDocument.of(each, service.catalog, service.now(), tree),
        )

    async def post_message(self, request: web.Request) -> web.Response:
        """Post a message."""
        new = await read_body(request, documents.NewMessage, self._errors_in_rest)

        async def post(key: RequestKey | None) -> Message:
            draft = new.draft(self._service.now())
            return await self._service.post(draft, request[WHO], new.author, key)

        return await self._do_once(read_request_key(request, new), post, status=201)

    async def get_message(self, request: web.Request) -> web.Response:
        """Get a message."""
        response = self._message_answer(await self._service.message(_id(request)), self._tree)
        known = {each.value for each in request.if_none_match or ()}
        if known & {"*", response.headers[hdrs.ETAG].strip('"')}:
            return web.Response(status=304, headers={hdrs.ETAG: response.headers[hdrs.ETAG]})
        return response

    async def change_message(self, request: web.Request) -> web.Response:
        """Give a message other values."""
        revision = read_revision(request)
        draft = (await read_body(request, documents.MessageValues, self._errors_in_rest)).draft(
            self._service.now()
        )
        changed = await self._service.change(_id(request), draft, revision, request[WHO])
        return await self._answer_change(changed)

    async def update_message(self, request: web.Request) -> web.Response:
        """Give a message a later wording: users read it from now on, and pages show all of them."""
        revision, new = read_revision_if_sent(request), await read_body(request, documents.NewUpdate)

        async def update(key: RequestKey | None) -> Message:
            return await self._service.update(_id(request), new.text, request[WHO], revision, key)

        return await self._do_once(read_request_key(request, new), update, status=201)

    async def end_message(self, request: web.Request) -> web.Response:
        """End a message now; one that is over stays as it is, but for closing words."""
        revision, ending = (
            read_revision_if_sent(request),
            await read_optional_body(request, documents.Ending),
        )

        async def end(key: RequestKey | None) -> Message:
            return await self._service.end(_id(request), request[WHO], revision, key, ending.closing)

        return await self._do_once(
            read_request_key(request, ending if ending.closing is not None else None), end
        )

    async def extend_message(self, request: web.Request) -> web.Response:
        """Give a message another end."""
        revision, extension = read_revision_if_sent(request), await read_body(request, documents.Extension)
        until = extension.until()

        async def extend(key: RequestKey | None) -> Message:
            return await self._service.extend(_id(request), until, request[WHO], revision, key)

        return await self._do_once(read_request_key(request, extension), extend)

    async def list_events(self, request: web.Request) -> web.Response:
        """List the changes of a message."""
        query = read_query(request, documents.EventQuery)
        message, service = await self._service.message(_id(request)), self._service

        async def read(after: ListPlace | None, limit: int) -> Sequence[MessageEvent]:
            after_seq = after.number if after else 0
            return await service.events(message.id, after_seq, limit, since=query.since, until=query.until)

        async def total() -> None:
            return None

        listed = ApiList(read, lambda each: ListPlace(each.seq), documents.EventDocument.of)
        return await answer_page(request, "events", listed, query.cursor, query.limit, total)

    async def preview_message(self, request: web.Request) -> web.Response:
        """See what posting a message would do, posting nothing."""
        query = read_query(request, documents.PreviewQuery)
        new = await read_body(request, documents.NewMessage, self._errors_in_rest)
        catalog, now = self._service.catalog, self._service.now()
        preview = self._service.preview(new.draft(now), query.infobase_id(catalog))
        return answer(
            documents.PreviewDocument(
                message=documents.MessageDocument.of(preview.message, catalog, now),
                infobases=tuple(infobase.id for infobase in preview.infobases),
                infobase=preview.example and preview.example.id,
                help={language: json.loads(document) for language, document in preview.documents.items()},
            )
        )

    # The service

    async def get_status(self, _request: web.Request) -> web.Response:
        """See how the service is doing."""
        counts = await self._service.count_messages()
        tree = TreeStatus() if self._publisher is None else self._publisher.status
        own, public = self._connections, self._public
        connections = [] if public is None else [public.open_connections]
        connections += [] if own is None else [own]
        return answer(
            documents.Status.of(
                self._service,
                tree,
                () if self._copier is None else self._copier.statuses,
                counts,
                connections,
                public.unknown_proxies if public else (),
                __version__,
                self._service.now(),
            )
        )

    async def list_infobases(self, request: web.Request) -> web.Response:
        """List infobases with their help after inheritance."""
        query, catalog = read_query(request, documents.WholeListQuery), self._service.catalog
        infobases = tuple(catalog.infobases.values())
        listed = of_sequence(
            infobases, lambda each: each.id, lambda each: documents.InfobaseDocument.of(each, catalog)
        )
        total = exactly(len(infobases))
        return await answer_page(request, "infobases", listed, query.cursor, query.limit, total)

    async def reload_configuration(self, request: web.Request) -> web.Response:
        """Read the configuration again."""
        order = await read_optional_body(request, documents.ReloadOrder)
        await self._reload()
        if order.confirm is not None:
            await self._service.confirm(order.confirm)
        return answer(documents.Reloaded(configuration=documents.ConfigurationDocument.of(self._service)))

    async def publish_tree(self, _request: web.Request) -> web.Response:
        """Look at every file of the published tree, and write those that are not as they must be.

        Copies are looked at then, too; nobody waits for that.
        """
        if self._copier is not None:
            self._copier.compare_soon()
        if self._publisher is None:
            raise NoTree("this service publishes nothing")
        published = await self._publisher.publish(everything=True)
        folder = str(self._publisher.status.folder)
        return answer(
            documents.PublishedDocument(folder=folder, written=published.written, removed=published.removed)
        )

    async def get_openapi(self, _request: web.Request) -> web.Response:
        """Get this document."""
        now = self._service.now()
        if not self._openapi_of or now - self._openapi_of[0] >= _EXAMPLES_HOLD or now < self._openapi_of[0]:
            hour = now.replace(minute=0, second=0, microsecond=0)
            made = await in_thread(lambda: with_examples_from(self._openapi, now))
            self._openapi_of = hour, documents.OpenApi(made)
        return answer(self._openapi_of[1])

    async def get_health(self, _request: web.Request) -> web.Response:
        """See that the listener answers."""
        return answer(documents.Health(ok=True))

    def _errors_in_rest(self, given: Mapping[str, Any], wrong: Set[str]) -> Iterator[tuple[str, str]]:
        """What a draft has against the fields of a message beside those that are wrong already."""
        try:
            self._service.preview(
                documents.MessageValues.of_right_fields(given, wrong).draft(self._service.now())
            )
        except InvalidDraft as error:
            yield from ((field, message) for field, message in error.errors if field not in wrong)

    @cached_property
    def _openapi(self) -> dict[str, Any]:
        return openapi(self.routes, __version__)

    @property
    def _tree(self) -> TreeStanding:
        """Where the tree stands now."""
        return TreeStanding() if self._publisher is None else self._publisher.standing

    async def _answer_change(self, message: Message, status: int = 200) -> web.Response:
        """The answer to a change, which readers see by then; if not those of the tree, it says so."""
        tree = TreeStanding() if self._publisher is None else await self._publisher.catch_up()
        return self._message_answer(message, tree, status)

    async def _do_once(
        self,
        key: RequestKey | None,
        change: Callable[[RequestKey | None], Awaitable[Message]],
        status: int = 200,
    ) -> web.Response:
        """The answer to a change; a request with the key of one that was done before is answered as that was."""
        try:
            if key is not None:
                await self._service.refuse_if_done(key)
            return await self._answer_change(await change(key), status)
        except RequestDone as error:
            done = error.done
        if key is not None and key.fingerprint != done.fingerprint:
            raise ProblemDetailError(
                problem_detail.KEY_REUSED,
                "It did something else then, so nothing was done now; choose another key for each change.",
            )
        return self._message_answer(done.message, self._tree, status, done.at)

    def _message_answer(
        self, message: Message, tree: TreeStanding, status: int = 200, at: datetime | None = None
    ) -> web.Response:
        """The answer that holds a message as it is now, or was at another instant."""
        now = at or self._service.now()
        document = documents.MessageDocument.of(message, self._service.catalog, now, tree)
        written = document.model_dump_json().encode()
        headers: dict[str, str] = {hdrs.ETAG: etag(message.revision, written)}
        if status == HTTPStatus.CREATED:
            headers[hdrs.LOCATION] = _MESSAGE.format(id=message.id)
        return answer_written(written, status, headers)


def _id(request: web.Request) -> str:
    return request.match_info["id"]
