"""How hypothesis works here (HYPOTHESIS_PROFILE=thorough looks for longer), and the event loops of tests."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping

import pytest
from hypothesis import settings

if sys.platform != "win32":
    import uvloop

settings.register_profile("ci", max_examples=60, deadline=None)
settings.register_profile("thorough", max_examples=3000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

LoopFactories = Mapping[str, Callable[[], asyncio.AbstractEventLoop]]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> LoopFactories:
    """The public listener must do the same on uvloop and on what Windows has; the rest runs on asyncio's."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if sys.platform != "win32" and item.path.name.startswith("test_public_"):
        factories["uvloop"] = uvloop.new_event_loop
    return factories
