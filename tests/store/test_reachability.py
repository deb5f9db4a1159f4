"""What is logged of a store that cannot be reached."""

import logging

import pytest

from errorhelp.store import StoreUnavailable
from errorhelp.store.reachability import Reach


class Seconds:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def fail(reason: str = "it is gone") -> None:
    raise StoreUnavailable("db1", reason, "check that it runs")


async def succeed() -> None:
    pass


async def tried(reach: Reach, works: bool, reason: str = "it is gone") -> None:
    try:
        await reach.wait_for(succeed() if works else fail(reason))
    except StoreUnavailable:
        assert not works


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage().partition(":")[0] for each in caplog.records if each.levelno >= logging.WARNING]


async def test_an_outage_is_logged_once_and_its_end_at_once(caplog: pytest.LogCaptureFixture) -> None:
    reach = Reach(lambda: None, Seconds())
    for works in (True, False, False, False, True, True):
        await tried(reach, works)
    assert lines(caplog) == ["the store is unavailable", "the store is back"]
    assert reach.error is None


async def test_what_comes_and_goes_is_logged_once_and_once_when_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As when one of the tables is damaged, and others can be read."""
    clock, told = Seconds(), []
    reach = Reach(lambda: told.append(reach.error), clock)
    for _ in range(100):
        clock.now += 1
        for works in (False, True):
            await tried(reach, works)
    assert lines(caplog) == ["the store is unavailable", "the store is back"]
    assert len(told) == 200, "pages say how it is at each moment"
    clock.now += 60
    await tried(reach, works=True)
    assert lines(caplog) == ["the store is unavailable", "the store is back", "the store is back"]


async def test_another_reason_is_another_outage(caplog: pytest.LogCaptureFixture) -> None:
    reach = Reach(lambda: None, Seconds())
    for reason in ("it is gone", "the password is wrong"):
        await tried(reach, False, reason)
        await tried(reach, True)
    assert lines(caplog) == ["the store is unavailable", "the store is back"] * 2
