"""Now: what is shown, to come and over, and what its buttons do."""

from datetime import timedelta

from pages_site import EDIK, HOUR, MINUTE, NOON, PagesSite, Visitor
from playwright.async_api import Locator, Page, expect

from errorhelp.messages.message import Severity

SECOND = timedelta(seconds=1)


async def test_messages_stand_under_shown_to_come_and_before(site: PagesSite, anna: Visitor) -> None:
    await site.post("Сервер обновляется", "/Production")
    await site.post("Скоро обновление", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    await site.service.end((await site.post("Починили")).id, EDIK)
    page = await anna.open("/")
    shown, to_come, before = (
        page.locator(f"section:has(> #{each})") for each in ("active", "scheduled", "recent")
    )
    await expect(shown.locator(".card")).to_have_count(1)
    await expect(shown).to_contain_text("Сервер обновляется")
    await expect(shown).to_contain_text("2 базы")
    await expect(to_come).to_contain_text("Скоро обновление")
    await expect(before).to_contain_text("Починили")


async def test_the_keyboard_begins_at_new_message(anna: Visitor) -> None:
    page = await anna.open("/")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Новое сообщение")


async def test_a_message_counts_down_by_the_clock_of_the_server(site: PagesSite, anna: Visitor) -> None:
    await site.post(ends_at=NOON + 12 * MINUTE)
    page = await anna.open("/")
    await expect(page.locator(".countdown").first).to_contain_text("11 мин")
    first = await page.locator(".countdown").first.inner_text()
    await expect(page.locator(".countdown").first).not_to_have_text(first)


async def test_what_somebody_else_posts_appears_and_what_ends_goes_by_itself(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/")
    await expect(page.locator("section:has(> #active)")).to_contain_text("Ничего")
    await site.post("Внезапно", "/Production", who=EDIK)
    await expect(page.locator("section:has(> #active)")).to_contain_text("Внезапно")
    await expect(page.locator("#infobases .leaf.outage")).to_have_count(2)
    site.clock.now += HOUR
    await expect(page.locator("section:has(> #active)")).to_contain_text("Ничего")
    await expect(page.locator("#infobases .leaf.outage")).to_have_count(0)


async def test_a_message_is_ended_extended_and_copied_with_one_click(site: PagesSite, anna: Visitor) -> None:
    message = await site.post("Сервер обновляется", severity=Severity.MAINTENANCE)
    page = await anna.open("/")
    await page.get_by_role("button", name="+30 мин").click()
    await expect(_card(page, message.id)).to_contain_text("до 16:30")
    await page.get_by_role("button", name="+1 ч").click()
    await expect(_card(page, message.id)).to_contain_text("до 17:30")
    await page.get_by_role("button", name="Завершить").click()
    await expect(_card(page, message.id)).to_contain_text("Завершено")
    site.clock.now += 11 * SECOND
    site.service.signal_change()
    await expect(page.locator("section:has(> #recent)")).to_contain_text("Сервер обновляется")
    await page.get_by_role("link", name="Создать копию").click()
    await expect(page.locator("#text-ru")).to_have_value("Сервер обновляется")
    await expect(page.locator("[name=to][value=erp]")).to_be_checked()
    await expect(page.locator("[name=severity]:checked")).to_have_value("maintenance")
    assert [each.what for each in await site.service.events(message.id)] == [
        "posted",
        "extended",
        "extended",
        "ended",
    ]


async def test_a_text_that_names_another_time_than_its_end_is_marked(site: PagesSite, anna: Visitor) -> None:
    message = await site.post("Вход откроется к 16:00")
    page = await anna.open("/")
    await expect(_card(page, message.id)).not_to_contain_text("не совпадает с окончанием")
    await page.get_by_role("button", name="+30 мин").click()
    await expect(_card(page, message.id)).to_contain_text("не совпадает с окончанием")


async def test_the_template_that_was_used_last_comes_first(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/")
    await expect(page.locator(".chips a").first).to_have_text("Обновление")
    await site.post("ERP не работает. Вход откроется к 16:00, подождите.")
    page = await anna.open("/")
    await expect(page.locator(".chips a").first).to_have_text("Не работает")


async def test_running_maintenance_is_shown_and_can_be_ended(site: PagesSite, anna: Visitor) -> None:
    site.clock.now = NOON.replace(hour=23, minute=10)
    page = await anna.open("/")
    await expect(page.locator("section:has(> #active)")).to_contain_text("Ночное обслуживание")
    await page.get_by_role("button", name="Завершить").click()
    await expect(page.locator(".card [role=status]")).to_have_text("Завершено")
    site.clock.now += 11 * SECOND
    site.service.signal_change()
    await expect(page.locator("section:has(> #active)")).to_contain_text("Ничего")


async def test_a_viewer_sees_everything_and_can_change_nothing(site: PagesSite) -> None:
    await site.post("Сервер обновляется")
    async with site.visitor("vera") as vera:
        page = await vera.open("/")
        await expect(page.locator("section:has(> #active)")).to_contain_text("Сервер обновляется")
        await expect(page.locator("main button, main a.button")).to_have_count(0)
        await expect(page.locator("nav a[href='/write'], nav a[href='/settings']")).to_have_count(0)


async def test_an_editor_bound_to_a_folder_changes_only_what_is_in_it(site: PagesSite) -> None:
    others, own = await site.post("ERP стоит"), await site.post("Зарплата стоит", "payroll")
    async with site.visitor("fedor") as fedor:
        page = await fedor.open("/")
        await expect(_card(page, others.id).get_by_role("button")).to_have_count(0)
        await expect(_card(page, own.id).get_by_role("button", name="Завершить")).to_be_visible()


async def test_what_is_shown_stays_to_be_seen_while_the_store_is_unavailable(
    site: PagesSite, anna: Visitor
) -> None:
    await site.post("Сервер обновляется")
    page = await anna.open("/")
    with site.locked_store():
        await page.get_by_role("button", name="+30 мин").click()
        await expect(page.locator(".card [role=alert]")).to_contain_text("нельзя ни прочитать, ни записать")
        page = await anna.open("/")
        await expect(page.locator("section:has(> #active)")).to_contain_text("Сервер обновляется")
    await page.get_by_role("button", name="+30 мин").click()
    await expect(page.locator("section:has(> #active)")).to_contain_text("до 16:30")
    assert anna.complaints.pop().endswith("503 (Service Unavailable)")


def _card(page: Page, message_id: str) -> Locator:
    return page.locator(f".card[data-message='{message_id}']")
