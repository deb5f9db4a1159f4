"""What tests share: event loops, a browser, a PostgreSQL cluster, and how long hypothesis looks.

HYPOTHESIS_PROFILE=thorough has it look for longer.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import settings
from postgres_cluster import Cluster, cluster

if TYPE_CHECKING:
    from engines import Engine, Tab
    from playwright.async_api import Browser
if sys.platform != "win32":
    import uvloop

pytest_plugins = ["tiers"]
# The same examples at each run until the test changes; `thorough` looks for new ones.
settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=3000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
LoopFactories = Mapping[str, Callable[[], asyncio.AbstractEventLoop]]


def pytest_xdist_auto_num_workers() -> int:
    """More than processors: tests wait for browsers, web servers and databases half of the time."""
    return (os.cpu_count() or 1) + 2


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> LoopFactories:
    """Connections must be kept and ended on uvloop as on what Windows has; the rest runs on asyncio's loop."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if sys.platform != "win32" and item.get_closest_marker("uvloop"):
        factories["uvloop"] = uvloop.new_event_loop
    return factories


_BROWSERS = {"browser", "engine"}
_IN_THE_BROWSERS_LOOP = pytest.mark.asyncio(loop_scope="session")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All tests in a browser share the loop that it lives in; with one loop a test, so would be the browser."""
    if _BROWSERS & set(metafunc.fixturenames):
        metafunc.definition.add_marker(_IN_THE_BROWSERS_LOOP, append=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _BROWSERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(_IN_THE_BROWSERS_LOOP, append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> "AsyncIterator[Browser]":
    # What tests in a browser need takes others time to import.
    from chromium import launched  # noqa: PLC0415

    async with launched() as browser:
        yield browser


_IN_MORE = (pytest.mark.more, pytest.mark.engine)


@pytest_asyncio.fixture(
    scope="session",
    loop_scope="session",
    params=[
        pytest.param("chromium", marks=pytest.mark.integration),
        pytest.param("firefox", marks=_IN_MORE),
        pytest.param("webkit", marks=_IN_MORE),
    ],
)
async def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> "AsyncIterator[Engine]":
    """Each browser engine in turn, one at once."""
    from engines import launched  # noqa: PLC0415

    async with launched(request.param, tmp_path_factory.mktemp(request.param)) as engine:
        yield engine


@pytest_asyncio.fixture(loop_scope="session")
async def tab(engine: "Engine") -> "AsyncIterator[Tab]":
    async with engine() as tab:
        yield tab


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with cluster() as running:
        yield running
