"""Long work beside the event loop."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


async def in_thread(
    work: Callable[_Parameters, _Result], *arguments: _Parameters.args, **named: _Parameters.kwargs
) -> _Result:
    """What the work returns, done in a thread: public reads, which the event loop answers, do not wait for it."""
    return await asyncio.to_thread(work, *arguments, **named)


class SharedWork(Generic[_Result]):
    """Long work beside the event loop that is done once for all who want the same at the same time."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Future[_Result]] = {}

    async def result(
        self,
        key: Hashable,
        work: Callable[_Parameters, _Result],
        *arguments: _Parameters.args,
        **named: _Parameters.kwargs,
    ) -> _Result:
        """What the work that goes on under that key returns, or this one, if none does."""
        running = self._running.get(key)
        if running is None:
            running = self._running[key] = asyncio.ensure_future(in_thread(work, *arguments, **named))
            running.add_done_callback(lambda _: self._running.pop(key))
        # Whoever stops waiting leaves it to the others.
        return await asyncio.shield(running)
