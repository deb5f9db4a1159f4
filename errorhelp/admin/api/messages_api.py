"""The admin API: each handler reads the request, calls the service and answers with the outcome."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Set
from functools import cached_property
from typing import Any

from aiohttp import hdrs, web

from errorhelp import __version__
from errorhelp.admin.access.api_tokens import ApiTokens
from errorhelp.admin.access.authorization import WHO
from errorhelp.admin.api import documents
from errorhelp.admin.api.access_api import AccessApi
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.forwarding_api import ForwardingApi
from errorhelp.admin.api.json_answers import answer
from errorhelp.admin.api.openapi import openapi
from errorhelp.admin.api.reports_api import ReportsApi
from errorhelp.admin.api.request_reading import read_body, read_optional_body, read_query, read_revision
from errorhelp.admin.problem_details import etag
from errorhelp.formats import problem_detail
from errorhelp.messages.message import Message
from errorhelp.people.people import Role
from errorhelp.public.public_listener import PublicListener
from errorhelp.publishing.publisher import NoTree, Publisher, TreeStanding, TreeStatus
from errorhelp.service.drafts import InvalidDraft
from errorhelp.service.service import Service
from errorhelp.system.open_connections import OpenConnections
from errorhelp.system.worker_thread import in_thread

Reload = Callable[[], Awaitable[None]]
"""Reads the configuration again and hands the service what is in it, good or bad."""

_MESSAGES = "/api/v1/messages"
_MESSAGE = "/api/v1/messages/{id}"


class Api:
    """The API over a service; `connections` are those of its own listener."""

    def __init__(
        self,
        service: Service,
        tokens: ApiTokens,
        reload: Reload,
        publisher: Publisher | None = None,
        connections: OpenConnections | None = None,
        public: PublicListener | None = None,
    ) -> None:
        self._service = service
        self._access_api = AccessApi(service, tokens)
        self._reports_api = ReportsApi(service)
        self._forwarding_api = ForwardingApi(service)
        self._reload = reload
        self._publisher = publisher
        self._connections = connections
        self._public = public

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
                own_problems=of_store,
            ),
            Route(
                "GET",
                _MESSAGE,
                self.get_message,
                documents.MessageDocument,
                Role.VIEWER,
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
                f"{_MESSAGE}/end",
                self.end_message,
                documents.MessageDocument,
                Role.EDITOR,
                own_problems=(*of_message, problem_detail.STALE_REVISION),
            ),
            Route(
                "POST",
                f"{_MESSAGE}/extend",
                self.extend_message,
                documents.MessageDocument,
                Role.EDITOR,
                body=documents.Extension,
                own_problems=(*of_change, problem_detail.STALE_REVISION),
            ),
            Route(
                "GET",
                f"{_MESSAGE}/events",
                self.list_events,
                documents.Events,
                Role.VIEWER,
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
            Route("GET", "/api/v1/overrides", self.list_overrides, documents.Overrides, Role.VIEWER),
            Route("GET", "/api/v1/infobases", self.list_infobases, documents.Infobases, Role.VIEWER),
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
        catalog, now = self._service.catalog, self._service.now()
        found = await self._service.find_messages(query.filter(catalog), query.limit + 1)
        more, found = len(found) > query.limit, found[: query.limit]
        return answer(await in_thread(documents.Messages.of, found, more, catalog, now, self._tree))

    async def post_message(self, request: web.Request) -> web.Response:
        """Post a message."""
        new = await read_body(request, documents.NewMessage, self._errors_in_rest)
        who = request[WHO]
        message = await self._service.post(new.draft(self._service.now()), who, new.author)
        response = await self._answer_change(message, status=201)
        response.headers[hdrs.LOCATION] = _MESSAGE.format(id=message.id)
        return response

    async def get_message(self, request: web.Request) -> web.Response:
        """Get a message."""
        return self._message_answer(await self._service.message(_id(request)), self._tree)

    async def change_message(self, request: web.Request) -> web.Response:
        """Give a message other values."""
        revision = read_revision(request)
        draft = (await read_body(request, documents.MessageValues, self._errors_in_rest)).draft(
            self._service.now()
        )
        changed = await self._service.change(_id(request), draft, revision, request[WHO])
        return await self._answer_change(changed)

    async def end_message(self, request: web.Request) -> web.Response:
        """End a message now; one that is over stays as it is."""
        return await self._answer_change(await self._service.end(_id(request), request[WHO]))

    async def extend_message(self, request: web.Request) -> web.Response:
        """Give a message another end."""
        until = (await read_body(request, documents.Extension)).until()
        return await self._answer_change(await self._service.extend(_id(request), until, request[WHO]))

    async def list_events(self, request: web.Request) -> web.Response:
        """List the changes of a message."""
        message = await self._service.message(_id(request))
        return answer(documents.Events.of(await self._service.events(message.id)))

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
                counts,
                connections,
                public.unknown_proxies if public else (),
                __version__,
                self._service.now(),
            )
        )

    async def list_infobases(self, _request: web.Request) -> web.Response:
        """List infobases with their help after inheritance."""
        return answer(await in_thread(documents.Infobases.of, self._service.catalog))

    async def list_overrides(self, _request: web.Request) -> web.Response:
        """List occurrences of maintenance windows that were skipped, moved or ended early."""
        return answer(documents.Overrides.of(self._service.snapshot.board.overrides))

    async def reload_configuration(self, request: web.Request) -> web.Response:
        """Read the configuration again."""
        order = await read_optional_body(request, documents.ReloadOrder)
        await self._reload()
        if order.confirm is not None:
            await self._service.confirm(order.confirm)
        return answer(
            documents.Reloaded(configuration=documents.ConfigurationDocument.of(self._service.configuration))
        )

    async def publish_tree(self, _request: web.Request) -> web.Response:
        """Look at every file of the published tree, and write those that are not as they must be."""
        if self._publisher is None:
            raise NoTree("this service publishes nothing")
        published = await self._publisher.publish(everything=True)
        folder = str(self._publisher.status.folder)
        return answer(
            documents.PublishedDocument(folder=folder, written=published.written, removed=published.removed)
        )

    async def get_openapi(self, _request: web.Request) -> web.Response:
        """Get this document."""
        return answer(self._openapi)

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
    def _openapi(self) -> documents.OpenApi:
        return documents.OpenApi(openapi(self.routes, __version__))

    @property
    def _tree(self) -> TreeStanding:
        """Where the tree stands now."""
        return TreeStanding() if self._publisher is None else self._publisher.standing

    async def _answer_change(self, message: Message, status: int = 200) -> web.Response:
        """The answer to a change, which readers see by then; if not those of the tree, it says so."""
        tree = TreeStanding() if self._publisher is None else await self._publisher.catch_up()
        return self._message_answer(message, tree, status)

    def _message_answer(self, message: Message, tree: TreeStanding, status: int = 200) -> web.Response:
        document = documents.MessageDocument.of(message, self._service.catalog, self._service.now(), tree)
        return answer(document, status, {hdrs.ETAG: etag(message.revision)})


def _id(request: web.Request) -> str:
    return request.match_info["id"]
