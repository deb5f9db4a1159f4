"""The admin pages that are needed in an outage, in Chromium, Firefox and WebKit alike."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from engines import Tab
from pages_site import EDIK, HOUR, PagesSite, running
from signing_in import PASSWORD


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[PagesSite]:
    async with running(tmp_path, None) as site:
        yield site


async def sign_in(tab: Tab, site: PagesSite) -> None:
    """Sign in as an admin, who is led to *Now*."""
    await tab.open(site.url)
    await fill(tab, "[name=name]", "anna")
    await fill(tab, "[name=password]", PASSWORD)
    await tab.click("main button.primary")
    await tab.wait_until("document.querySelector('#active') !== null")


async def fill(tab: Tab, selector: str, text: str) -> None:
    """Type into a field."""
    await tab.run(
        f"""((field) => {{
              field.value = {json.dumps(text)};
              field.dispatchEvent(new Event("input", {{ bubbles: true }}));
            }})(document.querySelector({json.dumps(selector)}))"""
    )


async def test_now_shows_what_others_post_and_what_ends_goes_by_itself(tab: Tab, site: PagesSite) -> None:
    await sign_in(tab, site)

    await site.post("All of a sudden", "/Production", who=EDIK)
    await tab.wait_for_text("All of a sudden", "section:has(> #active)")

    site.clock.now += HOUR
    await tab.wait_until("!document.querySelector('section:has(> #active)').innerText.includes('sudden')")


async def test_a_message_is_written_seen_in_the_previews_and_posted(tab: Tab, site: PagesSite) -> None:
    await sign_in(tab, site)
    await tab.open(f"{site.url}/write?to=erp")
    await fill(tab, "#text-en", "{infobase} is down until {until}, please wait.")

    await tab.wait_for_text("is down until 16:00, please wait.", ".dialog")
    inside = "document.querySelector('#offline').contentDocument.querySelector('#messages')"
    await tab.wait_until(f"{inside}.textContent.includes('is down until 16:00, please wait.')")
    # As the page itself has it, wherever the admin is.
    assert await tab.run(f"/(16|4):00( PM)? .UTC.3.,/.test({inside}.textContent)")
    await tab.click("button[value=post]")

    await tab.wait_for_text("ERP Управление is down until 16:00", "section:has(> #active)")
    assert len(await site.messages()) == 1
