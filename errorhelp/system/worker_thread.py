"""Long work beside the event loop."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


async def in_thread(
    work: Callable[_Parameters, _Result], *arguments: _Parameters.args, **named: _Parameters.kwargs
) -> _Result:
    """What the work returns, done in a thread: public reads, which the event loop answers, do not wait for it."""
    return await asyncio.to_thread(work, *arguments, **named)
