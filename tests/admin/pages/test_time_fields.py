"""Days and times are typed with 24 hours, in whatever browser, and a day may be chosen in its calendar."""

from pages_site import PagesSite, Visitor, violations
from playwright.async_api import expect


async def test_an_american_browser_shows_no_am_and_pm_and_what_is_typed_is_taken(site: PagesSite) -> None:
    async with site.visitor(locale="en-US") as anna:
        page = await anna.open("/planned")
        first = page.locator("#nightly li").first
        await expect(first.get_by_label("time", exact=True)).to_have_value("02:00")
        await first.get_by_label("time", exact=True).fill("22:30")
        await first.get_by_role("button", name="Move").click()
        await expect(page.locator("#nightly")).to_contain_text("22:30–23:15")
        page = await anna.open("/write?to=erp")
        await page.get_by_label("Time of the end", exact=True).fill("9:30")
        await page.fill("#text-en", "Until 09:30, please wait")
        await page.get_by_role("button", name="Post").click()
        await page.wait_for_url(anna.url + "/")
    (message,) = await site.messages()
    assert f"{message.ends_at:%d %H:%M}" == "22 06:30"


async def test_a_day_is_chosen_in_the_calendar_of_the_browser_and_the_time_stays(
    site: PagesSite, anna: Visitor
) -> None:
    message = await site.post()
    page = await anna.open(f"/messages/{message.id}/change")
    field = page.get_by_label("День и время окончания", exact=True)
    typed = await field.input_value()
    time = typed.partition(" ")[2]
    await (
        page.locator("label, span").filter(has=field).get_by_role("button", name="Выбрать день").last.click()
    )
    assert await violations(page) == []
    calendar = page.locator("input[type=date]")
    await calendar.evaluate(
        "(each) => { each.value = '2026-11-25'; each.dispatchEvent(new Event('change')); }"
    )
    await expect(field).to_have_value(f"25.11.2026 {time}")
    await expect(field).to_be_focused()
    await expect(calendar).to_have_count(0)


async def test_what_was_typed_and_cannot_be_read_stays_in_the_field(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/write?to=erp")
    await page.get_by_label("День и время окончания").fill("31.11.2026 14:00")
    await page.get_by_role("button", name="Опубликовать").click()
    await expect(page.get_by_text("Укажите день и время окончания.")).to_be_visible()
    await expect(page.get_by_label("День и время окончания")).to_have_value("31.11.2026 14:00")
    assert await site.messages() == []
    anna.complaints.clear()
