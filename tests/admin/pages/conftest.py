"""A real browser for all tests here; for each test a fresh site."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from pages_site import PagesSite, Visitor, running
from playwright.async_api import Browser


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
