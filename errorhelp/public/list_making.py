"""Connection lists for whoever asks: made once for all who ask meanwhile, long ones in a thread."""

from collections.abc import Callable

from errorhelp.answers.answer import Answer
from errorhelp.answers.list_answers import CompiledList
from errorhelp.answers.snapshot import Snapshot
from errorhelp.catalog.lists import ConnectionList
from errorhelp.system.worker_thread import SharedWork

# From so many infobases on, making a list takes longer than other work should wait.
_LONG = 300


class ListMaking:
    """Gives lists as a snapshot has them, and keeps them there; `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._making = SharedWork[tuple[CompiledList, Answer]]()

    async def answer(
        self, snapshot: Snapshot, connection_list: ConnectionList, now: float, matching: int = -1
    ) -> Answer:
        """The list at `now` (Unix seconds), or as soon as it is made; of rules, what the `matching` ones give."""
        while (made := snapshot.kept_list(connection_list, now, matching)) is None:
            if snapshot.catalog.most_in_list(connection_list) < _LONG:
                compiled, made = snapshot.compile_list(connection_list, now, matching)
                snapshot.keep_list(connection_list, compiled, made, now, matching)
                return made
            key = id(snapshot), connection_list.id, matching
            compiled, made = await self._making.result(
                key, snapshot.compile_list, connection_list, now, matching
            )
            snapshot.keep_list(connection_list, compiled, made, now, matching)
            # A message may have ended meanwhile.
            if (now := self._clock()) < made.valid_until:
                return made
        return made
