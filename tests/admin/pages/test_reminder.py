"""Shortly before a message ends, the pages of its author ask whether to extend it."""

from pages_site import EDIK, HOUR, MINUTE, PagesSite, Visitor
from playwright.async_api import expect


async def test_the_author_is_asked_on_every_page_ten_minutes_before_the_end(
    site: PagesSite, anna: Visitor
) -> None:
    await site.post("Сервер обновляется")
    site.clock.now += 49 * MINUTE + MINUTE / 60 * 58
    page = await anna.open("/infobases")
    await expect(page.locator("[data-reminder]")).to_have_count(0)
    site.clock.now += MINUTE
    reminder = page.locator("[data-reminder]")
    await expect(reminder).to_contain_text("Сервер обновляется")
    await expect(reminder).to_contain_text("в 16:00")
    assert (await page.title()).startswith("Продлить?")
    await reminder.get_by_role("button", name="+30 мин").click()
    await page.wait_for_url(anna.url + "/infobases")
    await expect(page.locator("[data-reminder]")).to_have_count(0)
    (message,) = await site.messages()
    assert message.ends_at - message.starts_at == HOUR + 30 * MINUTE


async def test_others_are_not_asked(site: PagesSite, anna: Visitor) -> None:
    await site.post("Сервер обновляется", who=EDIK)
    site.clock.now += 55 * MINUTE
    page = await anna.open("/")
    await expect(page.locator("section:has(> #active)")).to_contain_text("Сервер обновляется")
    await expect(page.locator("[data-reminder]")).to_have_count(0)


async def test_a_reminder_that_was_put_away_stays_away_until_the_end_is_another_one(
    site: PagesSite, anna: Visitor
) -> None:
    message = await site.post("Сервер обновляется", who=EDIK)
    message = await site.post("Сервер обновляется")
    site.clock.now += 55 * MINUTE
    page = await anna.open("/")
    await page.get_by_role("button", name="Пусть закончится").click()
    await expect(page.locator("[data-reminder]")).to_be_hidden()
    page = await anna.open("/history")
    await expect(page.locator("[data-reminder]")).to_be_hidden()
    await site.service.extend(message.id, MINUTE, EDIK)
    await expect(page.locator("[data-reminder]")).to_be_visible()


async def test_when_to_ask_is_a_setting(site: PagesSite, anna: Visitor) -> None:
    site.configure("message_values:", "messages: {remind: 20m}\nmessage_values:")
    await anna.read_files_again()
    await site.post("Сервер обновляется")
    site.clock.now += 41 * MINUTE
    page = await anna.open("/")
    await expect(page.locator("[data-reminder]")).to_have_count(1)
