"""Kazakh, Estonian and other pages in a real browser, which itself lacks some of these languages."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from engines import HAS_A_NETWORK
from outage_site import CONFIGURATION, Site
from playwright.async_api import Browser, Page, expect

OTHERS = ["az", "be", "de", "et", "hr", "kk", "lt", "lv", "ro", "uk", "uz"]
TEXTS = """  text:
    ru: "Позвоните дежурному: +7 (727) 123-45-67"
    kk: "Кезекшіге қоңырау шалыңыз: +7 (727) 123-45-67"
    et: "Helistage valveadministraatorile: +372 123 4567"
"""
MESSAGE = {"kk": "ERP сервері жаңартылып жатыр", "et": "ERP serverit uuendatakse", "ru": "Сервер обновляется"}
NARROW = {"width": 390, "height": 844}


@pytest_asyncio.fixture(loop_scope="session")
async def there(site: Site) -> Site:
    """The site of people who read Kazakh, Estonian, Russian and the rest; a message ends in the day after next."""
    before, _, rest = CONFIGURATION.partition("  text:\n")
    rest = rest[rest.index("  url:") :]
    languages = ", ".join(["kk", "et", "ru", *(each for each in OTHERS if each not in ("kk", "et"))])
    text = (before + TEXTS + rest).replace("[ru, en]", f"[{languages}]")
    site.configure(text.replace("Europe/Moscow", "Asia/Almaty"))
    site.post(MESSAGE, minutes=26 * 60 + 30)
    return site


@asynccontextmanager
async def reader(browser: Browser, locale: str) -> AsyncIterator[Page]:
    """The tab of somebody with a narrow screen."""
    context = await browser.new_context(locale=locale, viewport=NARROW)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    await context.add_init_script(HAS_A_NETWORK)
    yield await context.new_page()
    await context.close()


async def width(page: Page) -> int:
    found: int = await page.evaluate("document.documentElement.scrollWidth")
    return found


@pytest.mark.parametrize(
    ("locale", "title", "why", "message", "until", "whom"),
    [
        (
            "kk-KZ",
            "«ERP Управление предприятием» базасымен байланыс орнатылмады",
            "Желі жұмыс істейді, бірақ 1С сервері қазір қолжетімсіз.",
            "ERP сервері жаңартылып жатыр",
            r"Аяқталуы: \d+ \S{3,}, \d\d:\d\d \(UTC\+5\), 1 күн 2 сағ қалды",
            "Кімге хабарласу керек",
        ),
        (
            "et-EE",
            "Baasiga „ERP Управление предприятием“ ei saa ühendust",
            "Võrk töötab, kuid 1C server ei ole praegu kättesaadav.",
            "ERP serverit uuendatakse",
            r"Kuni \d+\. \S{3,}, \d\d:\d\d \(UTC\+5\), jäänud 1 päev 2 t",
            "Kelle poole pöörduda",
        ),
    ],
    ids=["Kazakh", "Estonian"],
)
async def test_during_an_outage_everything_is_said_in_the_readers_language(
    browser: Browser, there: Site, locale: str, title: str, why: str, message: str, until: str, whom: str
) -> None:
    await there.publication.stop()
    async with reader(browser, locale) as page:
        await page.goto(f"{there.front}/erp/ru/")

        await expect(page.locator("h1")).to_have_text(title)
        await expect(page.locator("#why")).to_have_text(why)
        await expect(page.locator(".message")).to_contain_text(message)
        await expect(page.locator(".until")).to_have_text(re.compile(until.replace(" ", r"\s")))
        await expect(page.locator("#help h2")).to_have_text(whom)
        await expect(page.locator("#time")).to_have_text(
            re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \(UTC\+5\)")
        )
        assert await page.locator("html").get_attribute("lang") == locale[:2]
        await page.locator("summary").click()
        assert await width(page) == NARROW["width"]


@pytest.mark.parametrize(
    ("language", "heading", "left", "as_of"),
    [
        ("kk", "Не көріп тұрсыз?", "1 күн 2 сағ қалды", r"Деректер уақыты: \d+ \S{3,}, \d\d:\d\d"),
        ("et", "Mida te näete?", "jäänud 1 päev 2 t", r"Andmed seisuga \d+\. \S{3,}, \d\d:\d\d"),
    ],
    ids=["Kazakh", "Estonian"],
)
async def test_the_help_page_counts_down_in_the_readers_language(
    browser: Browser, there: Site, language: str, heading: str, left: str, as_of: str
) -> None:
    async with reader(browser, "en-GB") as page:
        await page.goto(f"{there.help}/help/{language}/erp.html")

        await expect(page.locator(".causes h2")).to_have_text(heading)
        await expect(page.locator(".message .when")).to_have_text(re.compile(left.replace(" ", r"\s")))
        await expect(page.locator("footer p")).to_have_text(re.compile(as_of))
        await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        assert await width(page) == NARROW["width"]


@pytest.mark.parametrize("language", OTHERS)
async def test_every_page_fits_on_a_phone_in_every_language(
    browser: Browser, there: Site, language: str
) -> None:
    await there.publication.stop()
    addresses = {
        f"{there.front}/erp/ru/": "#title",
        f"{there.help}/help/{language}/erp.html": ".causes h2",
        f"{there.help}/{language}/": "h1",
    }
    async with reader(browser, language) as page:
        for address, first in addresses.items():
            await page.goto(address)
            await expect(page.locator(first)).to_be_visible()
            await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
            assert await page.locator("html").get_attribute("lang") == language
            assert await width(page) == NARROW["width"], address
