"""How many notifications nobody tries to deliver any more, looked up now and then, so that no page waits for it."""

import asyncio
import logging
from collections.abc import Callable

from errorhelp.service.service import Service
from errorhelp.store import StoreUnavailable
from errorhelp.system.trouble import Trouble

log = logging.getLogger(__name__)

_EVERY_SECONDS = 2.0


class OutboxWatch:
    """Looks at the outbox of a service; `on_change` is called when `dead`, how many entries are dead, changes."""

    def __init__(
        self, service: Service, on_change: Callable[[], None], every_seconds: float = _EVERY_SECONDS
    ) -> None:
        self._service = service
        self._on_change = on_change
        self._every_seconds = every_seconds
        self._trouble = Trouble(log)
        self.dead = 0

    async def look(self) -> None:
        """Look now; while the store is unavailable what was seen last stays."""
        before, service = self.dead, self._service
        if service.loaded.targets or service.loaded.settings.reports.enabled:
            try:
                self.dead = sum((await service.forwarding.dead()).values())
            except StoreUnavailable:
                return
        else:
            self.dead = 0
        if self.dead != before:
            self._on_change()

    async def run(self) -> None:
        """Look again and again, until it is cancelled."""
        while True:
            try:
                if self._service.store_error is None:
                    await self.look()
                self._trouble.over()
            except Exception as error:
                self._trouble.note(error, "unexpected error while looking at the outbox; trying again")
            await asyncio.sleep(self._every_seconds)
