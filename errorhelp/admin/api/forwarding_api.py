"""The part of the API that is about forwarding: targets, and what they have not taken yet."""

from collections.abc import Sequence
from functools import cached_property

from aiohttp import web

from errorhelp.admin.access.authorization import WHO
from errorhelp.admin.api import documents
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.json_answers import answer
from errorhelp.admin.api.list_pages import ApiList, answer_page
from errorhelp.admin.api.request_reading import read_query
from errorhelp.formats import problem_detail
from errorhelp.people.people import Role
from errorhelp.service.outbox_changes import OutboxChanges
from errorhelp.service.service import Service
from errorhelp.store.forwarding_records import QueuedNotification
from errorhelp.store.list_place import ListPlace

_TARGETS = "/api/v1/targets"
_OUTBOX = "/api/v1/outbox"


class ForwardingApi:
    """The API over the targets of a service and their outbox."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._changes = OutboxChanges(service)

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        of_entry, of_target = (problem_detail.UNKNOWN_ENTRY,), (problem_detail.UNKNOWN_TARGET,)
        gone = problem_detail.TARGET_GONE
        retry_entry, retry_target, test_target = self.retry_entry, self.retry_target, self.test_target
        return (
            Route("GET", _TARGETS, self.list_targets, documents.TargetsDocument, Role.VIEWER),
            Route(
                "POST",
                f"{_TARGETS}/{{id}}/retry",
                retry_target,
                documents.Retried,
                Role.ADMIN,
                own_problems=(*of_target, gone),
            ),
            Route(
                "POST",
                f"{_TARGETS}/{{id}}/drop",
                self.drop_of_target,
                documents.Dropped,
                Role.ADMIN,
                own_problems=of_target,
            ),
            Route(
                "POST",
                f"{_TARGETS}/{{id}}/test",
                test_target,
                documents.Tested,
                Role.ADMIN,
                own_problems=of_target,
            ),
            Route(
                "GET", _OUTBOX, self.list_outbox, documents.Outbox, Role.VIEWER, query=documents.OutboxQuery
            ),
            Route(
                "POST",
                f"{_OUTBOX}/{{id}}/retry",
                retry_entry,
                documents.OutboxEntry,
                Role.ADMIN,
                own_problems=(*of_entry, gone),
            ),
            Route(
                "POST",
                f"{_OUTBOX}/{{id}}/drop",
                self.drop_entry,
                documents.Dropped,
                Role.ADMIN,
                own_problems=(*of_entry, problem_detail.ENTRY_PENDING),
            ),
        )

    async def list_targets(self, _request: web.Request) -> web.Response:
        """List who is notified of problems."""
        outbox, targets = self._service.forwarding, self._service.loaded.targets.values()
        return answer(
            documents.TargetsDocument.of(targets, await outbox.depth(), await outbox.last_deliveries())
        )

    async def retry_target(self, request: web.Request) -> web.Response:
        """Try again all that a target has not taken yet, in its order."""
        return answer(documents.Retried(retried=await self._changes.retry_all(request.match_info["id"])))

    async def test_target(self, request: web.Request) -> web.Response:
        """Send a target a test notification now, past the outbox."""
        target_id = request.match_info["id"]
        error = await self._changes.test(target_id)
        return answer(documents.Tested(target=target_id, delivered=not error, error=error))

    async def list_outbox(self, request: web.Request) -> web.Response:
        """List what targets have not taken yet, in the order of delivery."""
        query = read_query(request, documents.OutboxQuery)
        outbox, target = self._service.forwarding, query.target or None
        since, until = query.since, query.until

        async def read(after: ListPlace | None, limit: int) -> Sequence[QueuedNotification]:
            after_seq = after.number if after else 0
            return await outbox.entries(
                target=target, state=query.state, since=since, until=until, limit=limit, after_seq=after_seq
            )

        async def total() -> int:
            return await outbox.count_entries(target=target, state=query.state, since=since, until=until)

        listed = ApiList(read, lambda each: ListPlace(each.seq), self._document)
        return await answer_page(request, "entries", listed, query.cursor, query.limit, total)

    async def retry_entry(self, request: web.Request) -> web.Response:
        """Try an entry of the outbox again."""
        return answer(self._document(await self._changes.retry(request.match_info["id"])))

    async def drop_entry(self, request: web.Request) -> web.Response:
        """Drop an entry of the outbox that is dead, or whose target is configured no more."""
        await self._changes.drop(request.match_info["id"], request[WHO])
        return answer(documents.Dropped(dropped=1))

    async def drop_of_target(self, request: web.Request) -> web.Response:
        """Drop all dead entries of a target, and all entries of one that is configured no more."""
        dropped = await self._changes.drop_all(request.match_info["id"], request[WHO])
        return answer(documents.Dropped(dropped=dropped))

    def _document(self, entry: QueuedNotification) -> documents.OutboxEntry:
        return documents.OutboxEntry.of(entry, self._service.loaded.targets)
