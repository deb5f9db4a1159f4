"""Connection lists for whoever asks: made once for all who ask meanwhile, long ones in a thread."""

import asyncio
from collections.abc import Callable

from errorhelp.answers.answer import Answer
from errorhelp.answers.list_answers import CompiledList
from errorhelp.answers.snapshot import Snapshot
from errorhelp.catalog.lists import ConnectionList
from errorhelp.system.worker_thread import in_thread

# From so many infobases on, making a list takes longer than other work should wait.
_LONG = 300

_Key = tuple[int, str, int]


class ListMaking:
    """Gives lists as a snapshot has them, and keeps them there; `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._making: dict[_Key, asyncio.Future[tuple[CompiledList, Answer]]] = {}

    async def answer(
        self, snapshot: Snapshot, connection_list: ConnectionList, now: float, matching: int = -1
    ) -> Answer:
        """The list at `now` (Unix seconds), or as soon as it is made; of rules, what the `matching` ones give."""
        while (made := snapshot.kept_list(connection_list, now, matching)) is None:
            if snapshot.catalog.most_in_list(connection_list) < _LONG:
                compiled, made = snapshot.compile_list(connection_list, now, matching)
                snapshot.keep_list(connection_list, compiled, made, now, matching)
                return made
            compiled, made = await self._made_aside(snapshot, connection_list, now, matching)
            snapshot.keep_list(connection_list, compiled, made, now, matching)
            # A message may have ended meanwhile.
            if (now := self._clock()) < made.valid_until:
                return made
        return made

    async def _made_aside(
        self, snapshot: Snapshot, connection_list: ConnectionList, now: float, matching: int
    ) -> tuple[CompiledList, Answer]:
        key = id(snapshot), connection_list.id, matching
        making = self._making.get(key)
        if making is None:
            work = in_thread(snapshot.compile_list, connection_list, now, matching)
            making = self._making[key] = asyncio.ensure_future(work)
            making.add_done_callback(lambda _: self._making.pop(key))
        # Whoever stops waiting leaves it to the others.
        return await asyncio.shield(making)
