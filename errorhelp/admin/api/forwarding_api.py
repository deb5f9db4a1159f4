"""The part of the API that is about forwarding: targets, and what they have not taken yet."""

import logging
import secrets
from collections.abc import Sequence
from functools import cached_property

from aiohttp import web

from errorhelp.admin.access.authorization import WHO
from errorhelp.admin.api import documents
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.json_answers import answer
from errorhelp.admin.api.list_pages import ApiList, answer_page
from errorhelp.admin.api.request_reading import read_query
from errorhelp.admin.problem_details import ProblemDetailError
from errorhelp.formats import problem_detail
from errorhelp.notifications.delivery import deliver
from errorhelp.notifications.delivery_errors import Undelivered
from errorhelp.notifications.notification import Occasion, example
from errorhelp.notifications.notification_target import NotificationTarget
from errorhelp.people.people import Role
from errorhelp.service.service import Service
from errorhelp.store.forwarding_records import QueuedNotification
from errorhelp.store.list_place import ListPlace

log = logging.getLogger(__name__)

_TARGETS = "/api/v1/targets"
_OUTBOX = "/api/v1/outbox"


class ForwardingApi:
    """The API over the targets of a service and their outbox."""

    def __init__(self, service: Service) -> None:
        self._service = service

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
        depth = await self._service.forwarding.depth()
        return answer(documents.TargetsDocument.of(self._service.loaded.targets.values(), depth))

    async def retry_target(self, request: web.Request) -> web.Response:
        """Try again all that a target has not taken yet, in its order."""
        if request.match_info["id"] in await self._service.forwarding.depth():
            self._refuse_if_gone(request.match_info["id"])
        target, now = self._target(request), self._service.now()
        return answer(documents.Retried(retried=await self._service.forwarding.retry_all(target.id, now)))

    async def test_target(self, request: web.Request) -> web.Response:
        """Send a target a test notification now, past the outbox."""
        target, now = self._target(request), self._service.now()
        try:
            await deliver(target, secrets.token_hex(16), example(Occasion.TEST, now), now)
        except Undelivered as error:
            return answer(documents.Tested(target=target.id, delivered=False, error=error.reason))
        return answer(documents.Tested(target=target.id, delivered=True, error=""))

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
        entry_id, now = request.match_info["id"], self._service.now()
        entry = await self._service.forwarding.entry(entry_id)
        self._refuse_if_gone(entry.target)
        return answer(self._document(await self._service.forwarding.retry(entry_id, now)))

    async def drop_entry(self, request: web.Request) -> web.Response:
        """Drop an entry of the outbox that is dead, or whose target is configured no more."""
        entry = await self._service.forwarding.entry(request.match_info["id"])
        await self._service.forwarding.drop(entry.id, dead_only=entry.target in self._service.loaded.targets)
        log.info("entry %s for %s dropped by %s", entry.id, entry.target, request[WHO].name)
        return answer(documents.Dropped(dropped=1))

    async def drop_of_target(self, request: web.Request) -> web.Response:
        """Drop all dead entries of a target, and all entries of one that is configured no more."""
        target_id, outbox = request.match_info["id"], self._service.forwarding
        is_gone = target_id not in self._service.loaded.targets
        if is_gone and target_id not in await outbox.depth():
            raise self._unknown(target_id)
        dropped = await outbox.drop_all(target_id, dead_only=not is_gone)
        log.info("%d entries for %s dropped by %s", dropped, target_id, request[WHO].name)
        return answer(documents.Dropped(dropped=dropped))

    def _document(self, entry: QueuedNotification) -> documents.OutboxEntry:
        return documents.OutboxEntry.of(entry, self._service.loaded.targets)

    def _refuse_if_gone(self, target_id: str) -> None:
        """For a target that has entries: nobody would deliver them."""
        if target_id not in self._service.loaded.targets:
            raise ProblemDetailError(
                problem_detail.TARGET_GONE,
                f"the target {target_id!r} is not in the configuration any more, so nobody would deliver this; "
                "configure it again (reports.forward), or drop the entry",
            )

    def _unknown(self, target_id: str) -> ProblemDetailError:
        known = ", ".join(self._service.loaded.targets) or "none"
        return ProblemDetailError(
            problem_detail.UNKNOWN_TARGET,
            f"there is no target {target_id!r} in the configuration (known: {known})",
        )

    def _target(self, request: web.Request) -> NotificationTarget:
        target_id, targets = request.match_info["id"], self._service.loaded.targets
        if target_id not in targets:
            raise self._unknown(target_id)
        return targets[target_id]
