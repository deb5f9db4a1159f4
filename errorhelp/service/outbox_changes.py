"""What admins do to targets and their outbox: try again, drop, and send a test; for the API and for pages alike."""

import logging
import secrets
from collections.abc import Iterable

from errorhelp.notifications.delivery import deliver
from errorhelp.notifications.delivery_errors import Undelivered
from errorhelp.notifications.notification import Occasion, example
from errorhelp.notifications.notification_target import NotificationTarget
from errorhelp.people.people import Person
from errorhelp.service.service import Service
from errorhelp.store.forwarding_records import QueuedNotification

log = logging.getLogger(__name__)


class NoSuchTarget(Exception):
    """The configuration has no target with this id; `known` are those that it has."""

    def __init__(self, target_id: str, known: Iterable[str]) -> None:
        super().__init__(
            f"there is no target {target_id!r} in the configuration (known: {', '.join(known) or 'none'})"
        )


class TargetGone(Exception):
    """The configuration has no target with this id any more, so nobody would deliver what waits for it."""

    def __init__(self, target_id: str) -> None:
        super().__init__(
            f"the target {target_id!r} is not in the configuration any more, so nobody would deliver this; "
            "configure it again (reports.forward), or drop the entry"
        )


class OutboxChanges:
    """Changes the outbox of a service; whoever may is known already."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def target(self, target_id: str) -> NotificationTarget:
        """The target with that id; NoSuchTarget if there is none."""
        targets = self._service.loaded.targets
        if target_id not in targets:
            raise NoSuchTarget(target_id, targets)
        return targets[target_id]

    async def test(self, target_id: str) -> str:
        """Send the target a test now, past the outbox: why it did not take it, "" if it did; or NoSuchTarget."""
        target, now = self.target(target_id), self._service.now()
        try:
            await deliver(target, secrets.token_hex(16), example(Occasion.TEST, now), now)
        except Undelivered as error:
            return error.reason
        return ""

    async def retry_all(self, target_id: str) -> int:
        """Have all that a target has not taken yet tried again: how many; NoSuchTarget or TargetGone."""
        outbox = self._service.forwarding
        if target_id not in self._service.loaded.targets and target_id in await outbox.depth():
            raise TargetGone(target_id)
        return await outbox.retry_all(self.target(target_id).id, self._service.now())

    async def retry(self, entry_id: str) -> QueuedNotification:
        """Have an entry tried again, and return it; UnknownEntry or TargetGone."""
        outbox = self._service.forwarding
        entry = await outbox.entry(entry_id)
        if entry.target not in self._service.loaded.targets:
            raise TargetGone(entry.target)
        return await outbox.retry(entry_id, self._service.now())

    async def drop(self, entry_id: str, who: Person) -> None:
        """Drop an entry that is dead, or whose target is gone; UnknownEntry or EntryPending."""
        outbox = self._service.forwarding
        entry = await outbox.entry(entry_id)
        await outbox.drop(entry.id, dead_only=entry.target in self._service.loaded.targets)
        log.info("entry %s for %s dropped by %s", entry.id, entry.target, who.name)

    async def drop_all(self, target_id: str, who: Person) -> int:
        """Drop all dead entries of a target, and all entries of one that is gone: how many; or NoSuchTarget."""
        outbox, targets = self._service.forwarding, self._service.loaded.targets
        is_gone = target_id not in targets
        if is_gone and target_id not in await outbox.depth():
            raise NoSuchTarget(target_id, targets)
        dropped = await outbox.drop_all(target_id, dead_only=not is_gone)
        log.info("%d entries for %s dropped by %s", dropped, target_id, who.name)
        return dropped
