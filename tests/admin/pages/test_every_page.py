"""What holds on every page: anybody can use it, hostile texts do nothing, and it fits a phone."""

import json
from datetime import timedelta

import pytest
from page_list import ADMIN_PAGES, ids_in_addresses
from pages_site import EDIK, HOUR, MINUTE, PagesSite, Visitor, violations
from playwright.async_api import expect

PAGES = tuple(each.address for each in ADMIN_PAGES)
HOSTILE = "<svg onload=alert(1)> javascript:alert(2) \u202eтскет\u202c {{7*7}} \"'><script>alert(3)</script>"
LONG = "я" * 10_000


async def test_the_pages_of_errors_can_be_used_by_everybody(site: PagesSite, anna: Visitor) -> None:
    message = await site.post()
    page = await anna.open("/write?to=*&template=down")
    await page.get_by_role("button", name="Опубликовать").click()
    await expect(page.locator("h1")).to_contain_text("из 5")
    assert await violations(page) == []
    await anna.open("/write")
    await page.get_by_role("button", name="Опубликовать").click()
    await expect(page.locator(".error").first).to_be_visible()
    assert await violations(page) == []
    await anna.open(f"/messages/{message.id}/change")
    await site.service.extend(message.id, HOUR, EDIK)
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.locator(".conflict")).to_be_visible()
    assert await violations(page) == []
    await page.goto(anna.url + "/infobases/gone")
    assert await violations(page) == []
    site.configure("Europe/Moscow", "Nowhere")
    await anna.read_files_again()
    await expect(page.locator(".conflict")).to_be_visible()
    assert await violations(page) == []
    anna.complaints.clear()


async def test_nothing_is_wider_than_the_screen_of_a_phone(site: PagesSite, ids: dict[str, str]) -> None:
    await site.post("Оченьдлинноеслово" * 50, "*", note="тожедлинное" * 30)
    async with site.visitor(viewport={"width": 360, "height": 640}) as anna:
        for path in PAGES:
            page = await anna.open(path.format_map(ids))
            width: int = await page.evaluate("document.documentElement.scrollWidth")
            assert width <= 360, path


async def test_hostile_texts_do_nothing_on_any_page(site: PagesSite) -> None:
    # Names and texts of the configuration are as hostile as what people type.
    text = site.configuration.read_text("utf-8")
    quoted = "'" + HOSTILE.replace("'", "''").replace("{{7*7}}", "") + "'"
    text = text.replace("name: MES", f"name: {quoted}").replace("text: Release", f"text: {quoted}")
    text = text.replace("ru: Обновление,", f"ru: {quoted},").replace('phone: "112"', f"phone: {quoted}")
    site.configuration.write_text(text, "utf-8")
    async with site.visitor() as anna:
        alerts: list[str] = []
        anna.page.on("dialog", lambda dialog: alerts.append(dialog.message))
        page = await anna.read_files_again()
        await expect(page.locator(".conflict")).to_have_count(0)
        site.asked.capture()
        site.ask("/help/<svg onload=alert(4)>.json", body=HOSTILE.encode(), query=HOSTILE, User_Agent=HOSTILE)
        names = ("errorText", "userName", "appName", "appVersion", "stack", "appStackHash", HOSTILE)
        for _ in range(20):
            body = json.dumps(dict.fromkeys(names, HOSTILE))
            site.intake.take("mes", body.encode(), "application/json", HOSTILE)
        await site.intake.write()
        await anna.open("/write?to=mes&template=update")
        await page.get_by_text("Начало и заметка").click()
        await page.fill("#text-ru", HOSTILE + " {phone} {infobase}")
        await page.fill("#note", HOSTILE)
        await page.fill("#find", HOSTILE)
        await expect(page.locator(".dialog").first).to_contain_text("<svg onload=alert(1)>")
        await expect(page.frame_locator("#offline").locator("#messages")).to_contain_text(
            "<svg onload=alert(1)>"
        )
        await page.get_by_role("button", name="Опубликовать").click()
        await page.wait_for_url(anna.url + "/")
        (message,) = await site.messages()
        ids = await ids_in_addresses(site, message.id)
        for path in (
            *PAGES,
            "/infobases/mes",
            "/write?copy={message}",
            f"/history?who={HOSTILE}&infobase={HOSTILE}",
            f"/infobases?find={HOSTILE}",
            f"/problems?infobase={HOSTILE}&until={HOSTILE}",
        ):
            await anna.open(path if HOSTILE in path else path.format_map(ids))
            assert "\u202e" not in await page.locator("body").inner_text(), path
            assert await page.locator("svg:not(.chart), [href^='javascript:']").count() == 0, path
        assert alerts == []
        assert anna.complaints == []


async def test_ten_thousand_characters_are_said_to_be_too_many_and_stay_in_the_form(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/write?to=erp")
    await page.get_by_text("Начало и заметка").click()
    for field in ("#text-ru", "#text-en", "#note"):
        await page.fill(field, LONG)
    await page.get_by_role("button", name="Опубликовать").click()
    await expect(
        page.locator(".error", has_text="В тексте 10000 знаков, допустимо не больше 4000")
    ).to_have_count(3)
    await expect(page.locator("#text-en")).to_have_value(LONG)
    assert await site.messages() == []
    anna.complaints.clear()


async def test_a_text_as_long_as_can_be_leaves_the_pages_readable(site: PagesSite, anna: Visitor) -> None:
    await site.post("я" * 4000, "erp")
    page = await anna.open("/")
    box = await page.locator(".card .text").first.bounding_box()
    assert box is not None
    assert box["height"] < 200


async def test_the_language_is_the_browsers_until_it_is_switched(site: PagesSite) -> None:
    async with site.visitor(locale="en-GB") as anna:
        page = await anna.open("/planned")
        await expect(page.locator("h1")).to_have_text("Planned")
        await page.get_by_role("button", name="Русский").click()
        await expect(page.locator("h1")).to_have_text("План")
        assert await page.locator("html").get_attribute("lang") == "ru"
        assert page.url == anna.url + "/planned"


async def test_a_page_that_was_hidden_shows_what_happened_meanwhile(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/")
    await page.evaluate(
        "Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    await site.post("Пока не смотрели", "erp")
    await expect(page.locator("section:has(> #active)")).to_contain_text("Ничего")
    await page.evaluate(
        "Object.defineProperty(document, 'hidden', { value: false });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    await expect(page.locator("section:has(> #active)")).to_contain_text("Пока не смотрели")


async def test_what_somebody_is_typing_stays_when_the_page_follows(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/planned")
    field = page.locator("#nightly li").first.get_by_label("на")
    await field.fill("2026-11-25")
    await field.focus()
    release = next(each for each in site.service.snapshot.planned if each.window == "release")
    async with page.expect_response(lambda response: response.url.endswith("/planned")):
        await site.service.maintenance.skip(release.id, EDIK)
    await expect(field).to_have_value("2026-11-25")


async def test_the_answer_to_a_form_follows_what_happens_without_being_asked_for(
    site: PagesSite, anna: Visitor
) -> None:
    await site.post("Скоро закончится")
    page = await anna.open("/planned")
    await page.locator("#nightly li").first.get_by_label("на").fill("2020-01-01")
    await page.get_by_role("button", name="Перенести").first.click()
    await expect(page.get_by_role("alert")).to_be_visible()
    assert anna.complaints.pop().endswith("422 (Unprocessable Entity)")
    site.clock.now += 55 * MINUTE
    await site.post("О другом", "portal", who=EDIK)
    await expect(page.locator("#notices")).to_contain_text("Скоро закончится")
    await expect(page.get_by_role("alert")).to_be_visible()


async def test_a_stream_that_ends_is_followed_again(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/")
    await page.route("**/events", lambda route: route.fulfill(status=503))
    await page.reload()
    await page.unroute("**/events")
    await site.post("После перерыва", "erp")
    await expect(page.locator("section:has(> #active)")).to_contain_text("После перерыва")
    anna.complaints.clear()


@pytest.mark.parametrize("hours", [0, 12])
async def test_times_are_shown_in_the_zone_of_the_configuration(site: PagesSite, hours: int) -> None:
    site.clock.now += timedelta(hours=hours)
    message = await site.post()
    async with site.visitor(timezone_id="Asia/Vladivostok") as anna:
        page = await anna.open("/")
        end = f"{message.ends_at + 3 * HOUR:%H:%M}"
        await expect(page.locator(".card .when").first).to_contain_text(end)
        await expect(page.locator("footer")).to_contain_text("Europe/Moscow (UTC+3)")
