"""What the everyday flows take, counted: clicks, entries (a short text and what ends it) and presses of Tab."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio
from pages_site import CONFIGURATION, HOUR, MINUTE, NOON, PagesSite, Visitor, running, violations
from playwright.async_api import Browser, Locator, Page, expect

_MORE = "".join(
    f"  - {{id: base{number}, name: База {number}, connect: {{server: srv{number % 7}, ref: B{number}}}, "
    f"folder: /Отдел-{number % 15:02}}}\n"
    for number in range(195)
)
_MOST_TABS = 400
UNTIL_SIX = "18:00"


@dataclass
class Effort:
    """Does what somebody does in a page, and counts it."""

    page: Page
    clicks: int = 0
    entries: int = 0
    tabs: int = 0

    async def click(self, place: Locator) -> None:
        self.clicks += 1
        await place.click()

    async def enter(self, text: str, *keys: str) -> None:
        """Type something where the focus is, and the keys that belong to it."""
        self.entries += 1
        await self.page.keyboard.type(text)
        for key in keys:
            await self.page.keyboard.press(key)

    async def enter_time(self, field: Locator, time: str) -> None:
        """Type a time into its field, in whatever way the browser writes times."""
        self.entries += 1
        await field.fill(time)

    async def tab_to(self, place: Locator) -> None:
        """Press Tab until the focus is there."""
        while not await place.evaluate("place => place === document.activeElement"):
            self.tabs += 1
            assert self.tabs < _MOST_TABS, "it is nowhere"
            await self.page.keyboard.press("Tab")


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path, browser: Browser) -> AsyncIterator[PagesSite]:
    """A site of 200 infobases in 17 folders."""
    async with running(tmp_path, browser, CONFIGURATION.replace("lists:\n", f"{_MORE}lists:\n")) as site:
        yield site


async def _outage(anna: Visitor, words: str) -> Effort:
    """From *Now*: an outage for what is found first, until 18:00."""
    page = await anna.open("/")
    effort = Effort(page)
    await effort.click(page.get_by_role("link", name="Не работает"))
    await page.wait_for_url("**/write?template=down")
    await effort.enter(words, "Enter")
    await effort.click(page.get_by_label("Время окончания", exact=True))
    await effort.enter_time(page.get_by_label("Время окончания", exact=True), UNTIL_SIX)
    await effort.click(page.get_by_role("button", name="Опубликовать"))
    await page.wait_for_url(anna.url + "/")
    return effort


async def test_an_outage_for_a_folder_until_an_hour_takes_three_clicks_and_two_entries(
    site: PagesSite, anna: Visitor
) -> None:
    effort = await _outage(anna, "отдел-07")
    assert (effort.clicks, effort.entries) == (3, 2)
    (message,) = await site.messages()
    assert (message.targets, message.ends_at) == (("/Отдел-07",), NOON + 3 * HOUR)


async def test_an_outage_for_a_server_until_an_hour_takes_three_clicks_and_two_entries(
    site: PagesSite, anna: Visitor
) -> None:
    effort = await _outage(anna, "srv3")
    assert (effort.clicks, effort.entries) == (3, 2)
    (message,) = await site.messages()
    assert (message.targets, message.ends_at) == (("server:srv3",), NOON + 3 * HOUR)


async def test_all_that_is_found_is_chosen_with_a_click(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/write?template=down")
    effort = Effort(page)
    await effort.enter("база 17")
    await effort.click(page.get_by_role("button", name="Выбрать все найденные (12)"))
    await expect(page.locator("#meant")).to_have_text("12 баз")
    await effort.click(page.get_by_role("button", name="Опубликовать"))
    await page.wait_for_url(anna.url + "/")
    assert (effort.clicks, effort.entries) == (2, 1)
    (message,) = await site.messages()
    assert {*message.targets} == {"base17", "base117", *(f"base{number}" for number in range(170, 180))}


async def test_from_the_search_to_the_button_it_is_at_most_eight_tabs(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/write?template=down")
    effort = Effort(page)
    await effort.enter("отдел-07", "Enter")
    await effort.tab_to(page.get_by_role("button", name="Опубликовать"))
    assert effort.tabs <= 8
    await page.keyboard.press("Enter")
    await page.wait_for_url(anna.url + "/")
    assert [each.targets for each in await site.messages()] == [("/Отдел-07",)]


async def test_it_is_so_too_while_nothing_is_searched(anna: Visitor) -> None:
    page = await anna.open("/write?template=down&to=erp")
    await page.focus("#find")
    effort = Effort(page)
    await effort.tab_to(page.get_by_role("button", name="Опубликовать"))
    assert effort.tabs <= 8


async def test_an_outage_until_an_hour_is_posted_from_the_keyboard_alone(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/write?template=down")
    effort = Effort(page)
    await effort.enter("отдел-09", "Enter")
    await effort.tab_to(page.locator("[name=end]:checked"))
    while not await page.locator("[name=end][value=until]").is_checked():
        await page.keyboard.press("ArrowRight")
    # The time that belongs to the choice is the next stop.
    await effort.tab_to(page.get_by_label("Время окончания", exact=True))
    await effort.enter_time(page.get_by_label("Время окончания", exact=True), UNTIL_SIX)
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url(anna.url + "/")
    assert (effort.tabs <= 8, effort.entries) == (True, 2)
    (message,) = await site.messages()
    assert (message.targets, message.ends_at) == (("/Отдел-09",), NOON + 3 * HOUR)


async def test_control_and_enter_post_from_every_field_and_everybody_is_asked_about_once_more(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/write?template=down&to=erp")
    await page.focus("#text-ru")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url(anna.url + "/")
    assert [each.targets for each in await site.messages()] == [("erp",)]
    page = await anna.open("/write?template=down&to=*")
    await page.focus("#find")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("h1")).to_contain_text("из 200")
    assert len(await site.messages()) == 1


async def test_the_search_is_a_list_that_arrows_go_through_and_that_is_announced(anna: Visitor) -> None:
    page = await anna.open("/write")
    find = page.get_by_role("combobox", name="Поиск")
    await page.keyboard.type("отдел-0")
    await expect(find).to_have_attribute("aria-expanded", "true")
    active = page.locator(f"#{await find.get_attribute('aria-activedescendant')}")
    await expect(active).to_have_attribute("data-target", "/Отдел-00")
    await expect(active).to_be_in_viewport()
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    active = page.locator(f"#{await find.get_attribute('aria-activedescendant')}")
    await expect(active).to_have_attribute("data-target", "/Отдел-02")
    await page.keyboard.press("Enter")
    await expect(active).to_have_attribute("aria-selected", "true")
    await expect(page.locator("output#found")).to_have_text("Выбрано: вся папка Отдел-02")
    assert await violations(page) == []
    await page.keyboard.press("Enter")
    await expect(active).to_have_attribute("aria-selected", "false")
    await page.keyboard.press("Escape")
    await expect(find).to_have_value("")
    await expect(find).to_have_attribute("aria-expanded", "false")
    # Enter is never silent: with no words it opens the list, and what is not there is said.
    await page.keyboard.press("Enter")
    await expect(find).to_have_attribute("aria-expanded", "true")
    await page.keyboard.type("нет такого")
    await page.keyboard.press("Enter")
    await expect(page.locator("output#found")).to_contain_text("Ничего не найдено")


async def test_what_is_in_a_chosen_folder_or_server_looks_chosen_and_is_not_sent_besides(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/write?template=down")
    box = page.locator("[name=to]")
    await page.get_by_label("вся папка Отдел-07").check()
    inside = page.locator("[name=to][data-wider*='Отдел-07']")
    await expect(inside).to_have_count(13)
    assert await inside.evaluate_all("boxes => boxes.every(box => box.checked && box.disabled)")
    await page.get_by_label("вся папка Отдел-07").uncheck()
    await expect(page.locator("[name=to]:checked")).to_have_count(0)
    await page.get_by_text("Серверы 1С").click()
    await page.get_by_label("сервер 1С srv1c").check()
    await expect(page.locator("[name=to][value=erp]")).to_be_checked()
    await expect(page.locator("[name=to][value=portal]")).not_to_be_checked()
    await page.get_by_label("все базы 200").check()
    assert await box.evaluate_all("boxes => boxes.every(box => box.checked)")
    await page.get_by_label("все базы 200").uncheck()
    await page.get_by_role("button", name="Опубликовать").click()
    await page.wait_for_url(anna.url + "/")
    assert [each.targets for each in await site.messages()] == [("server:srv1c",)]


async def test_the_boxes_are_one_stop_and_arrows_lead_through_them(anna: Visitor) -> None:
    page = await anna.open("/write")
    await page.locator("[name=to][value='*']").focus()
    # The folder, and what ticks all of it.
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Space")
    await expect(page.locator("[name=to][value='/Production']")).to_be_checked()
    await page.keyboard.press("Tab")
    await expect(page.locator("#text-ru")).to_be_focused()


async def test_a_message_is_extended_and_ended_with_a_click(site: PagesSite, anna: Visitor) -> None:
    message = await site.post()
    effort = Effort(await anna.open("/"))
    await effort.click(effort.page.get_by_role("button", name="+30 мин"))
    await expect(effort.page.locator(".card").first).to_contain_text("16:30")
    await effort.click(effort.page.get_by_role("button", name="Завершить"))
    await expect(effort.page.locator("section:has(> #active)")).to_contain_text("Завершено")
    assert effort.clicks == 2
    assert (await site.service.message(message.id)).ends_at == NOON + HOUR + 30 * MINUTE


async def test_text_and_end_are_in_sight_at_once(site: PagesSite) -> None:
    async with site.visitor(viewport={"width": 1440, "height": 900}) as anna:
        page = await anna.open("/write?template=down")
        bar = await page.locator(".send").bounding_box()
        for field in ("#text-ru", "#text-en", "[name=until]", "[name=ends_at]"):
            box = await page.locator(field).bounding_box()
            assert box is not None
            assert bar is not None
            assert box["y"] + box["height"] <= bar["y"], field
    async with site.visitor(viewport={"width": 390, "height": 844}) as anna:
        page = await anna.open("/write?template=down")
        box = await page.locator("#text-ru").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 844
