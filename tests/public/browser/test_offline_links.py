"""What can be called or opened on the offline page, as on the help page."""

import random
import re
from html import unescape
from pathlib import Path

import link_examples
from outage_site import CONFIGURATION, Site
from playwright.async_api import Browser, Page, expect
from visiting import PHONE

from errorhelp.text.links import linked

SOURCE = (Path(__file__).parents[3] / "service-worker" / "links.js").read_text("utf-8")
MAIL = "help@example.com"
WEB = "https://help.example.com/power"


async def in_the_browser(page: Page, texts: list[str]) -> list[list[tuple[str, str]]]:
    """For each text what the script of the offline page makes links, and where they lead."""
    found: list[list[list[str]]] = await page.evaluate(
        f"""(texts) => {{
              {SOURCE}
              return texts.map((text) => linked(text).filter((part) => part.href)
                .map((part) => [part.textContent, part.getAttribute("href")]));
            }}""",
        texts,
    )
    return [[(shown, target) for shown, target in each] for each in found]


def on_the_help_page(text: str) -> list[tuple[str, str]]:
    return [(unescape(on), unescape(to)) for to, on in re.findall('<a href="(.*?)">(.*?)</a>', linked(text))]


def mixtures(count: int) -> list[str]:
    """Pieces of the examples one behind the other, as nobody would think of."""
    chance = random.Random(17)  # noqa: S311 - examples
    pieces = [piece for text in link_examples.ALL for piece in re.split(r"(\W)", text) if piece]
    return ["".join(chance.choices(pieces, k=40)) for _ in range(count)]


async def test_links_are_the_same_as_on_the_help_page(page: Page) -> None:
    texts = [*link_examples.ALL, *mixtures(2000)]

    for text, links in zip(texts, await in_the_browser(page, texts), strict=True):
        assert links == on_the_help_page(text), text


async def test_ten_thousand_characters_are_read_in_no_time(page: Page) -> None:
    texts = [piece * (10_000 // len(piece)) for piece in ("a", "a.b@", "+1 ", "http://", "8 ", "доб. 1 ")]

    took = await page.evaluate(
        f"(texts) => {{ {SOURCE}; const start = performance.now(); texts.map(linked); "
        "return performance.now() - start; }",
        texts,
    )

    assert took < 2000


async def test_on_a_phone_each_of_them_is_on_one_line_and_can_be_hit_with_a_thumb(
    browser: Browser, site: Site
) -> None:
    site.configure(CONFIGURATION.replace(PHONE, f"{PHONE} или {PHONE}, {MAIL}"))
    site.post(f"Если срочно, звоните диспетчеру {PHONE}, пишите {MAIL}, новости на {WEB}.")
    await site.publication.stop()
    context = await browser.new_context(
        locale="ru-RU", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = await context.new_page()
    await page.goto(f"{site.front}/erp/ru/")
    await expect(page.locator(".message a")).to_have_count(3)

    links = await page.locator(".message a, #help-text a").all()
    targets = [await each.get_attribute("href") for each in links]
    assert targets == ["tel:+74951234567", f"mailto:{MAIL}", WEB, *["tel:+74951234567"] * 2, f"mailto:{MAIL}"]
    for link in links:
        lines = await link.evaluate(
            "(each) => { const text = document.createRange(); "
            "text.selectNodeContents(each); return text.getClientRects().length; }"
        )
        assert lines == 1, await link.inner_text()
        box = await link.bounding_box()
        is_help = await link.evaluate("(each) => each.closest('#help-text') !== null")
        assert box is not None and box["height"] >= (44 if is_help else 32)
        assert box["x"] + box["width"] <= 390
    await context.close()


async def test_without_scripts_the_number_is_a_link_on_one_line_too(browser: Browser, site: Site) -> None:
    await site.publication.stop()
    context = await browser.new_context(
        locale="ru-RU", java_script_enabled=False, viewport={"width": 320, "height": 640}
    )
    page = await context.new_page()
    await page.goto(f"{site.front}/erp/ru/")

    number = page.get_by_role("link", name=PHONE)
    assert await number.get_attribute("href") == "tel:+74951234567"
    box = await number.bounding_box()
    assert box is not None and box["height"] < 60, "on one line"
    await context.close()
