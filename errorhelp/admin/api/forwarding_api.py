"""The part of the API that is about forwarding: targets, and what they have not taken yet."""

import secrets
from functools import cached_property

from aiohttp import web

from errorhelp.admin.api import documents
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.json_answers import answer
from errorhelp.admin.api.request_reading import read_query
from errorhelp.admin.problem_details import ProblemDetailError
from errorhelp.formats import problem_detail
from errorhelp.notifications.delivery import deliver
from errorhelp.notifications.delivery_errors import Undelivered
from errorhelp.notifications.notification import Occasion, example
from errorhelp.notifications.notification_target import NotificationTarget
from errorhelp.people.people import Role
from errorhelp.service.service import Service

_TARGETS = "/api/v1/targets"
_OUTBOX = "/api/v1/outbox"


class ForwardingApi:
    """The API over the targets of a service and their outbox."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        of_entry, of_target = (problem_detail.UNKNOWN_ENTRY,), (problem_detail.UNKNOWN_TARGET,)
        retry_entry, retry_target, test_target = self.retry_entry, self.retry_target, self.test_target
        return (
            Route("GET", _TARGETS, self.list_targets, documents.TargetsDocument, Role.VIEWER),
            Route(
                "POST",
                f"{_TARGETS}/{{id}}/retry",
                retry_target,
                documents.Retried,
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
                own_problems=of_entry,
            ),
        )

    async def list_targets(self, _request: web.Request) -> web.Response:
        """List who is notified of problems."""
        depth = await self._service.forwarding.depth()
        return answer(documents.TargetsDocument.of(self._service.loaded.targets.values(), depth))

    async def retry_target(self, request: web.Request) -> web.Response:
        """Try again all that a target has not taken yet, in its order."""
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
        entries = await self._service.forwarding.entries(
            target=query.target or None, state=query.state, limit=query.limit
        )
        return answer(documents.Outbox.of(entries))

    async def retry_entry(self, request: web.Request) -> web.Response:
        """Try an entry of the outbox again."""
        entry_id, now = request.match_info["id"], self._service.now()
        return answer(documents.OutboxEntry.of(await self._service.forwarding.retry(entry_id, now)))

    def _target(self, request: web.Request) -> NotificationTarget:
        target_id, targets = request.match_info["id"], self._service.loaded.targets
        if target_id not in targets:
            known = ", ".join(targets) or "none"
            raise ProblemDetailError(
                problem_detail.UNKNOWN_TARGET,
                f"there is no target {target_id!r} in the configuration (known: {known})",
            )
        return targets[target_id]
