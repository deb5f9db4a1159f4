"""What tests share: event loops, a browser, a PostgreSQL cluster, and how long hypothesis looks.

HYPOTHESIS_PROFILE=thorough has it look for longer.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from chromium import launched
from hypothesis import settings
from playwright.async_api import Browser, expect
from postgres_cluster import Cluster, cluster

if sys.platform != "win32":
    import uvloop

settings.register_profile("ci", max_examples=60, deadline=None)
settings.register_profile("thorough", max_examples=3000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
expect.set_options(timeout=20_000)

IN_A_BROWSER = [Path(__file__).parent / folder for folder in ("admin/pages", "public/browser")]
LoopFactories = Mapping[str, Callable[[], asyncio.AbstractEventLoop]]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> LoopFactories:
    """The public listener must do the same on uvloop and on what Windows has; the rest runs on asyncio's."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if sys.platform != "win32" and item.path.parent.name == "public":
        factories["uvloop"] = uvloop.new_event_loop
    return factories


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests in a browser share the loop that it lives in."""
    for item in items:
        if item.path.parent in IN_A_BROWSER:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with cluster() as running:
        yield running
