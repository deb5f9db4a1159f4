"""Work that strangers cause takes turns, and leaves most of the time to others."""

import asyncio
import time

import pytest

from errorhelp.service.turns import SHARE, Turns

PIECE_SECONDS = 0.01


def work() -> float:
    """The processor's time that it took, in seconds."""
    began = time.thread_time()
    while time.thread_time() - began < PIECE_SECONDS:
        pass
    return time.thread_time() - began


@pytest.mark.parametrize("where", ["here", "aside"])
async def test_pieces_of_work_take_no_more_than_their_share_of_the_time(where: str) -> None:
    turns, loop = Turns(), asyncio.get_running_loop()
    began = loop.time()
    taken = [await getattr(turns, where)(work) for _ in range(4)]
    # Behind the last one it would rest as well.
    assert sum(taken[:-1]) <= SHARE * (loop.time() - began)
