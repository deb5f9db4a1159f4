"""Updates and closing words written on the pages, with scripts and without them."""

import re

from pages_site import ANNA, MINUTE, NOON, PagesSite, Visitor, violations, without_scripts
from playwright.async_api import Locator, Page, expect

from errorhelp.store import What


def card(page: Page, message_id: str) -> Locator:
    return page.locator(f"[data-message='{message_id}']")


async def done(site: PagesSite, message_id: str) -> list[What]:
    return [each.what for each in await site.service.events(message_id)]


async def test_an_update_is_posted_on_the_card_and_can_be_taken_back(site: PagesSite, anna: Visitor) -> None:
    message = await site.post({"ru": "Ищем причину", "en": "Looking"})
    site.clock.now = NOON + 5 * MINUTE
    page = await anna.open("/")
    there = card(page, message.id)
    await there.get_by_text("Обновить текст…").click()
    await there.get_by_label(re.compile("Русский")).fill("Меняем диск")
    await there.get_by_role("button", name="Опубликовать обновление").click()
    await expect(there.get_by_role("status")).to_have_text("Обновлено")
    await expect(there.locator(".text")).to_have_text("Меняем диск")
    await expect(there.locator(".updated")).to_have_text("обновлено 15:05")
    await expect(there.locator("textarea").first).to_be_hidden()
    await expect(there.locator("textarea").first).to_have_value("")
    updated = await site.service.message(message.id)
    assert [each.text for each in updated.updates] == [{"ru": "Меняем диск"}]
    await there.get_by_role("button", name="Отменить").click()
    await expect(there.locator(".text")).to_have_text("Ищем причину")
    assert (await site.service.message(message.id)).updates == ()
    assert await done(site, message.id) == ["posted", "updated", "undone"]


async def test_what_was_typed_stays_while_the_page_is_kept_up_to_date_and_when_it_is_refused(
    site: PagesSite, anna: Visitor
) -> None:
    message = await site.post("Ищем причину")
    page = await anna.open("/")
    there = card(page, message.id)
    await there.get_by_text("Обновить текст…").click()
    await there.get_by_role("button", name="Опубликовать обновление").click()
    await expect(there.get_by_role("alert")).to_contain_text("Напишите, что должны прочесть пользователи.")
    other = await site.post("Ещё", "mes")
    await expect(card(page, other.id)).to_be_visible()
    await expect(there.get_by_role("alert")).to_contain_text("Напишите, что должны прочесть пользователи.")
    field = there.get_by_label(re.compile("Русский"))
    await field.fill("Почти")
    # While somebody is in the field nothing around it changes.
    await field.blur()
    other = await site.post("Другое", "portal")
    await expect(card(page, other.id)).to_be_visible()
    await expect(field).to_have_value("Почти")
    await field.fill("x" * 5000)
    await there.get_by_role("button", name="Опубликовать обновление").click()
    await expect(there.get_by_role("alert")).to_contain_text("не больше 4000 символов")
    await expect(field).to_have_value("x" * 5000)
    # The browser tells of the two refusals.
    anna.complaints.clear()


async def test_the_page_of_a_message_ends_it_with_words_and_shows_all_texts(
    site: PagesSite, anna: Visitor
) -> None:
    message = await site.post("Ищем причину")
    site.clock.now = NOON + 5 * MINUTE
    await site.service.update(message.id, "Меняем диск", ANNA)
    page = await anna.open(f"/messages/{message.id}")
    texts = page.locator(".texts > li")
    await expect(texts).to_have_text(
        [re.compile("15:05.*Меняем диск", re.S), re.compile("15:00.*Ищем причину", re.S)]
    )
    there = card(page, message.id)
    await there.get_by_text("Завершить с итоговым сообщением…").click()
    await there.get_by_label(re.compile("Русский")).last.fill("Всё работает")
    assert await violations(page) == []
    await there.get_by_role("button", name="Завершить").last.click()
    await expect(page.get_by_role("region", name="Итоговое сообщение")).to_contain_text("Всё работает")
    ended = await site.service.message(message.id)
    assert ended.closing is not None
    assert ended.closing.text == {"ru": "Всё работает"}
    await page.goto(f"{site.url}/history")
    await expect(page.locator("#entries tbody tr").first).to_contain_text("Всё работает")
    await expect(page.locator("#entries tbody tr").nth(1)).to_contain_text("обновлено")


async def test_the_boxes_fit_on_any_screen(site: PagesSite, anna: Visitor) -> None:
    message = await site.post("Ищем причину")
    await anna.page.set_viewport_size({"width": 320, "height": 700})
    page = await anna.open(f"/messages/{message.id}")
    for each in ("Обновить текст…", "Завершить с итоговым сообщением…"):
        await page.get_by_text(each).click()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_the_boxes_need_no_scripts(site: PagesSite) -> None:
    message = await site.post("Looking")
    path = f"/messages/{message.id}"
    async with without_scripts(site) as script:
        _, page = await script.send(f"{path}/updates", ("text-en", "Changing the disk"), ("back", path))
        assert "Changing the disk" in page
        status, page = await script.send(f"{path}/updates", ("text-en", " "), ("back", path))
        assert (status, "Write what users should read." in page) == (422, True)
        _, page = await script.send(f"{path}/end", ("closing-en", "Works again"), ("back", path))
        assert "Works again" in page
    ended = await site.service.message(message.id)
    assert ended.closing is not None
    assert [ended.newest.text, ended.closing.text] == [{"en": "Changing the disk"}, {"en": "Works again"}]
