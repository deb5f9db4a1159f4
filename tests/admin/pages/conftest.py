"""A real browser for all tests here; for each test a fresh site."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from page_list import ids_in_addresses
from pages_site import ANNA, EDIK, HOUR, MINUTE, PagesSite, Visitor, running
from playwright.async_api import Browser

from errorhelp.admin.access.api_tokens import ApiTokens
from errorhelp.messages.message import Severity
from errorhelp.people.people import Person, Role


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


@pytest_asyncio.fixture(loop_scope="session")
async def ids(site: PagesSite) -> dict[str, str]:
    """Everything there is to show: messages in every state, a reminder, an override, requests, a refusal, reports.

    The ids that stand in the addresses of pages.
    """
    shown = await site.post("Сервер обновляется", "/Production", note="заявка")
    await site.post("Портал", "portal", who=EDIK, severity=Severity.INFO)
    start = site.clock.now + HOUR
    await site.post("Скоро", "*", severity=Severity.MAINTENANCE, starts_at=start, ends_at=start + HOUR)
    await site.service.end((await site.post("Было: звоните +7 (495) 123-45-67")).id, ANNA)
    nightly = next(each for each in site.service.snapshot.live if each.window == "nightly")
    await site.service.maintenance.move(nightly.id, start + 3 * HOUR, ANNA)
    tokens = ApiTokens(site.service.access, site.service.now)
    script = Person("ночное обновление", Role.EDITOR, ("/Finance", "/Finance/Archive"))
    await tokens.make(script, ANNA)
    revoked, _ = await tokens.make(Person("мониторинг", Role.ADMIN), ANNA)
    await tokens.revoke(revoked.id, ANNA)
    site.asked.capture()
    site.ask(body=b'{"a": 1}', Content_Type="application/json", User_Agent="1CV8C")
    site.ask("/help/gone.json")
    await site.fail("erp", 34)
    await site.fail("portal", 20)
    await site.fail("mes", 20)
    site.clock.now += 55 * MINUTE
    return await ids_in_addresses(site, shown.id)
