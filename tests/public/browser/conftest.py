"""A real browser for all tests here; for each test a fresh profile and a fresh site."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from engines import HAS_A_NETWORK
from outage_site import Site, running
from playwright.async_api import Browser, BrowserContext, Page


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with running(tmp_path) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="ru-RU", timezone_id="Europe/Moscow")
    context.set_default_timeout(20_000)
    await context.add_init_script(HAS_A_NETWORK)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> Page:
    return await context.new_page()
