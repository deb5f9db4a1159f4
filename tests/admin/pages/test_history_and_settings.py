"""History with its filters, and the configuration in force."""

import csv
import io
import re
from datetime import timedelta

from pages_site import ANNA, EDIK, HOUR, MINUTE, NOON, PagesSite, Visitor, without_scripts
from playwright.async_api import expect


async def test_who_did_what_is_listed_and_filtered(site: PagesSite, anna: Visitor) -> None:
    first = await site.post("ERP стоит", "erp", who=EDIK)
    site.clock.now += timedelta(hours=11)
    await site.post("Зарплата стоит", "/Finance")
    await site.service.end(first.id, ANNA)
    page = await anna.open("/history")
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(2)
    await page.get_by_label("Кто").fill("edik")
    await page.get_by_role("button", name="Показать").click()
    await expect(rows).to_have_count(1)
    await expect(rows.first).to_contain_text("ERP стоит")
    await anna.open("/history?infobase=archive")
    await expect(rows).to_have_count(1)
    await expect(rows.first).to_contain_text("Зарплата стоит")
    await anna.open("/history?until=2026-11-21")
    await expect(rows).to_have_count(1)
    await anna.open("/history?since=2026-11-22&until=2026-11-22")
    await expect(rows.first).to_contain_text("Зарплата стоит")
    await anna.open("/history?infobase=gone&since=yesterday")
    await expect(page.get_by_role("alert")).to_have_count(2)


async def test_a_message_has_a_page_with_all_that_was_done_to_it(site: PagesSite, anna: Visitor) -> None:
    message = await site.post({"ru": "Стоит", "en": "Down"}, "/Production", note="заявка 7")
    await site.service.extend(message.id, HOUR, EDIK)
    page = await anna.open(f"/messages/{message.id}")
    for text in ("Стоит", "Down", "заявка 7", "MES", "15:00–17:00"):
        await expect(page.locator("main")).to_contain_text(text)
    await expect(page.locator(".changes li")).to_have_count(2)
    await expect(page.locator(".changes li").first).to_contain_text("edik продлено")


async def test_the_page_of_a_message_has_its_text_as_title_its_duration_and_the_reports_meanwhile(
    site: PagesSite, anna: Visitor
) -> None:
    await site.fail("erp", 7, at=site.clock.now - HOUR)
    message = await site.post("Сервер ERP перезапускается", "erp", ends_at=site.clock.now + 90 * MINUTE)
    await site.fail("erp", 3)
    await site.fail("mes", 5)
    site.clock.now += 4 * HOUR
    page = await anna.open(f"/messages/{message.id}")
    await expect(page).to_have_title("Сервер ERP перезапускается · errorhelp")
    await expect(page.locator("h1")).to_have_text("Сервер ERP перезапускается")
    await expect(page.locator("article .facts")).to_contain_text("1 ч 30 мин")
    reports = page.locator("section:has(> #reports)")
    await expect(reports).to_contain_text(re.compile(r"Пока оно показывалось\s*3"))
    await expect(reports).to_contain_text(re.compile(r"За 2 часа до этого\s*7"))


async def test_a_row_of_the_history_leads_to_its_message_by_its_text(site: PagesSite, anna: Visitor) -> None:
    await site.post("Звоните +7 (495) 123-45-67", "/Finance/Archive")
    page = await anna.open("/history")
    row = page.locator("tbody tr")
    await expect(row).to_contain_text(re.compile(r"15:00–16:00\s+Finance / Archive"))
    await row.get_by_role("link", name="Звоните +7 (495) 123-45-67").click()
    await expect(page.locator("h1")).to_have_text("Звоните +7 (495) 123-45-67")


async def test_the_history_is_there_as_csv_and_calculates_nothing(site: PagesSite) -> None:
    await site.post('=HYPERLINK("https://evil")', "erp")
    await site.post("Стоит", "mes", who=EDIK)
    async with without_scripts(site) as script:
        _, text = await script.get("/history.csv?who=anna")
    assert text.startswith("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert row["text_ru"] == '\'=HYPERLINK("https://evil")'
    assert (row["at"], row["who"], row["what"], row["targets"]) == (
        "2026-11-21 15:00:00+03:00",
        "anna",
        "posted",
        "erp",
    )


async def test_the_configuration_in_force_is_shown_without_secrets(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/settings")
    await expect(page.locator("dl")).to_contain_text(site.service.configuration.digest)
    await expect(page.locator("pre")).to_contain_text("time_zone: Europe/Moscow")
    await expect(page.locator("pre")).to_contain_text("PPasswd: •••")
    await expect(page.locator("pre")).to_contain_text("password_hash: •••")
    assert "argon2" not in await page.content()


async def test_a_refused_configuration_is_shown_on_every_page_with_its_reason_in_the_settings(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/settings")
    site.configure("time_zone: Europe/Moscow", "time_zone: Mars/Olympus")
    await page.get_by_role("button", name="Перечитать").click()
    await expect(page.locator(".conflict")).to_contain_text("Mars/Olympus")
    page = await anna.open("/")
    await expect(page.locator("#notices")).to_contain_text("не применена")
    site.configure("time_zone: Mars/Olympus", "time_zone: Europe/Berlin")
    page = await anna.open("/settings")
    await page.get_by_role("button", name="Перечитать").click()
    await expect(page.locator("#notices")).not_to_contain_text("не применена")
    await expect(page.locator("footer")).to_contain_text("Europe/Berlin (UTC+1)")


async def test_a_configuration_that_loses_most_infobases_is_put_in_force_with_a_button(
    site: PagesSite, anna: Visitor
) -> None:
    text = site.configuration.read_text("utf-8")
    start, end = text.index("infobases:"), text.index("lists:")
    alone = "infobases: [{id: erp, name: ERP, connect: {server: s, ref: e}, folder: /Finance}]\n"
    site.configuration.write_text(text[:start] + alone + text[end:], "utf-8")
    page = await anna.open("/settings")
    await page.get_by_role("button", name="Перечитать").click()
    await expect(page.locator(".conflict")).to_contain_text("it loses 4 of 5 infobases")
    await page.get_by_role("button", name="Всё равно применить").click()
    await expect(page.locator(".conflict")).to_have_count(0)
    assert list(site.service.catalog.infobases) == ["erp"]


async def test_a_shorter_retention_waits_until_a_button_confirms_it(site: PagesSite) -> None:
    for _ in range(3):
        await site.post()
    await site.service.catch_up()
    site.clock.now += timedelta(days=2)
    site.configure("reports: {", "messages: {retention: 1d}\nreports: {")
    async with site.visitor() as anna:
        page = await anna.open("/settings")
        await page.get_by_role("button", name="Перечитать").click()
        await expect(page.locator(".conflict")).to_contain_text("удалены 3 из 3 сообщений")
        await expect(page.locator(".conflict")).to_contain_text("хранятся 365 д")
        page = await anna.open("/")
        await expect(page.locator("#notices")).to_contain_text("Более короткий срок хранения")
        assert len(await site.messages()) == 3
        page = await anna.open("/settings")
        await page.get_by_role("button", name="Подтвердить удаление").click()
        await expect(page.locator(".conflict")).to_have_count(0)
        await expect(page.locator("#notices")).not_to_contain_text("срок хранения")
        await site.service.catch_up()
        assert await site.messages() == []


async def test_what_happens_elsewhere_shows_without_a_reload(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/history")
    await site.post("Стоит", "erp", who=EDIK)
    await expect(page.locator("tbody tr")).to_have_count(1)
    assert site.clock.now == NOON


async def test_a_message_says_what_it_says_in_the_order_of_the_languages_of_the_site(
    site: PagesSite, anna: Visitor
) -> None:
    message = await site.post({"en": "Please wait", "ru": "Ждите"}, "erp")
    page = await anna.open(f"/messages/{message.id}")
    await expect(page.locator("#message article .text")).to_have_text(["Ждите", "Please wait"])
