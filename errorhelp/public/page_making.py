"""Pages for whoever asks: made once for all who ask meanwhile, those about much in a thread."""

from collections.abc import Callable

from errorhelp.answers.answer import Answer
from errorhelp.answers.snapshot import Snapshot
from errorhelp.system.worker_thread import SharedWork


class PageMaking:
    """Gives pages as a snapshot has them; `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._making = SharedWork[Answer | None]()

    async def answer(self, snapshot: Snapshot, path: str, now: float) -> Answer | None:
        """What `find` gives at `now` (Unix seconds), or as soon as it is made."""
        while snapshot.takes_long(path, now):
            made = await self._making.result((id(snapshot), path), snapshot.find, path, now)
            # A message may have ended meanwhile.
            if made is None or (now := self._clock()) < made.valid_until:
                return made
        return snapshot.find(path, now)
