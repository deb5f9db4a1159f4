"""Planned: the next occurrences of maintenance windows, and what admins do to them."""

from datetime import timedelta

from pages_site import NOON, PagesSite, Visitor
from playwright.async_api import expect


async def test_the_next_occurrences_of_every_window_are_shown(anna: Visitor) -> None:
    page = await anna.open("/planned")
    nightly = page.locator("#nightly li")
    await expect(nightly).to_have_count(5)
    await expect(nightly.first).to_contain_text("вс 22 нояб. 02:00–02:45")
    await expect(page.locator("#release li").first).to_contain_text("вс 20 дек. 23:00 – 21 дек. 03:00")
    await expect(page.locator("#nightly")).to_contain_text("2 базы")


async def test_the_next_one_is_skipped_and_put_back(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/planned")
    first = page.locator("#nightly li").first
    await first.get_by_role("button", name="Пропустить").click()
    await expect(first).to_contain_text("пропущено")
    await expect(first).to_be_focused()
    site.clock.now = NOON + timedelta(hours=11, minutes=10)
    await site.service.catch_up()
    assert (
        b"\xd0\x9d\xd0\xbe\xd1\x87\xd0\xbd\xd0\xbe\xd0\xb5"
        not in site.service.snapshot.compiled("/help/payroll.json").body
    )
    await page.reload()
    await first.get_by_role("button", name="Вернуть по плану").click()
    await expect(first).to_contain_text("идёт сейчас")
    assert "Ночное".encode() in site.service.snapshot.compiled("/help/payroll.json").body


async def test_the_next_one_is_moved(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/planned")
    first = page.locator("#nightly li").first
    await first.get_by_label("на").fill("2026-11-21")
    await first.get_by_label("время").fill("16:30")
    await first.get_by_role("button", name="Перенести").click()
    await expect(first).to_contain_text("сб 16:30–17:15")
    await expect(first).to_contain_text("перенесено с 22 нояб. 02:00–02:45")
    assert [f"{each.starts_at:%H:%M}" for each in site.service.snapshot.live if each.window == "nightly"] == [
        "23:00",
        "13:30",
    ]
    history = await anna.open("/history")
    await expect(history.locator("tbody tr").first).to_contain_text("перенесено")


async def test_it_is_moved_only_to_a_time_to_come(anna: Visitor) -> None:
    page = await anna.open("/planned")
    first = page.locator("#nightly li").first
    await first.get_by_label("на").fill("2026-11-21")
    await first.get_by_label("время").fill("14:30")
    await first.get_by_role("button", name="Перенести").click()
    await expect(page.get_by_role("alert")).to_have_text("Выберите день и время в будущем.")
    assert anna.complaints.pop().endswith("422 (Unprocessable Entity)")


async def test_a_running_one_is_ended_now(site: PagesSite, anna: Visitor) -> None:
    site.clock.now = NOON + timedelta(hours=11, minutes=10)
    page = await anna.open("/planned")
    first = page.locator("#nightly li").first
    await expect(first).to_contain_text("идёт сейчас")
    await first.get_by_role("button", name="Завершить").click()
    await expect(first).to_contain_text("завершено досрочно")
    assert "Ночное".encode() not in site.service.snapshot.compiled("/help/payroll.json").body


async def test_what_was_done_is_remembered_and_the_configuration_stays_as_it_is(
    site: PagesSite, anna: Visitor
) -> None:
    before = site.configuration.read_bytes()
    page = await anna.open("/planned")
    await page.locator("#nightly li").first.get_by_role("button", name="Пропустить").click()
    await expect(page.locator("#nightly li").first).to_contain_text("пропущено")
    await site.service.read_messages()
    page = await anna.open("/planned")
    await expect(page.locator("#nightly li").first).to_contain_text("пропущено")
    assert site.configuration.read_bytes() == before


async def test_an_editor_bound_to_a_folder_changes_only_its_own_windows(site: PagesSite) -> None:
    async with site.visitor("fedor") as fedor:
        page = await fedor.open("/planned")
        await expect(page.locator("#nightly button").first).to_be_visible()
        await expect(page.locator("#release button")).to_have_count(0)
