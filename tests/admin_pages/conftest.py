"""A real browser for all tests here; for each test a fresh site."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from chromium import launched
from pages_site import PagesSite, Visitor, running
from playwright.async_api import Browser, expect

expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share the loop that the browser lives in."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path, browser: Browser) -> AsyncIterator[PagesSite]:
    async with running(tmp_path, browser) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def anna(site: PagesSite) -> AsyncIterator[Visitor]:
    """An admin, whose browser must find nothing to complain about."""
    async with site.visitor() as visitor:
        yield visitor
        assert visitor.complaints == []
