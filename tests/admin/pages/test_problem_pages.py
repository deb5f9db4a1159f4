"""Problems: counts of reports over time, spikes, problems with their reports, and the month."""

import csv
import io
import json
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pages_site import ANNA, CONFIGURATION, HOUR, MINUTE, NOON, PagesSite, Visitor, running, without_scripts
from playwright.async_api import Browser, expect
from report_samples import PICTURE, zipped
from report_store_contract import a_batch, a_report

DAY = timedelta(days=1)


async def problem_page(site: PagesSite) -> str:
    """The page of the only problem."""
    (problem,) = await site.service.reports.problems()
    return f"/problems/{problem.id}"


# Counts


async def test_reports_are_counted_by_hour_and_by_day(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp", 4)
    await site.fail("mes", 3, at=NOON - 2 * HOUR)
    await site.fail("erp", 5, at=NOON - 3 * DAY)
    await site.fail("erp", 9, at=NOON - 31 * DAY)
    page = await anna.open("/problems")
    await expect(page.get_by_role("img", name="Отчёты по часам: всего 7, максимум 4")).to_be_visible()
    await expect(page.get_by_role("img", name="Отчёты по дням: всего 12, максимум 7")).to_be_visible()
    await page.get_by_text("Показать таблицу").first.click()
    rows = page.locator("#counts details").first.locator("tbody tr")
    await expect(rows).to_have_count(48)
    await expect(rows.first).to_contain_text("21 нояб. 15:00–16:00")
    assert [int(await row.locator(".number").inner_text()) for row in (await rows.all())[:3]] == [4, 0, 3]


async def test_no_heading_of_a_column_is_broken_inside_a_word(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp", 4, text="Не удалось соединиться с сервером, обратитесь к администратору. " * 9)
    await anna.page.set_viewport_size({"width": 1280, "height": 800})
    page = await anna.open("/problems")
    heading = page.get_by_role("columnheader", name="Отчёты", exact=True).last
    lines = "each => { const all = new Range(); all.selectNodeContents(each); return all.getClientRects().length }"
    assert await heading.evaluate(lines) == 1


async def test_reports_are_filtered_by_infobase_kind_and_day(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp", 4)
    await site.fail("mes", 3)
    await site.fail("erp", 5, at=NOON - 3 * DAY)
    await site.crash(zipped())
    page = await anna.open("/problems")
    by_hour, by_day = page.get_by_role("img").first, page.get_by_role("img").last
    await page.get_by_label("База").fill("erp_old")
    await page.get_by_role("button", name="Показать").click()
    await expect(page.locator("h1")).to_have_text("Проблемы ERP Управление")
    await expect(by_hour).to_have_accessible_name(
        "Отчёты по часам: всего 5, максимум 5: 21 нояб. 15:00–16:00"
    )
    await page.get_by_label("Вид").select_option(label="аварийное завершение")
    await page.get_by_role("button", name="Показать").click()
    await expect(by_day).to_have_accessible_name("Отчёты по дням: всего 1, максимум 1: 21 нояб.")
    await anna.open("/problems?until=2026-11-18")
    await expect(by_hour).to_have_accessible_name(
        "Отчёты по часам: всего 5, максимум 5: 18 нояб. 15:00–16:00"
    )
    await expect(page.get_by_role("link", name="Нет лицензии")).to_have_count(1)
    await anna.open("/problems?infobase=gone&until=yesterday")
    await expect(page.get_by_role("alert")).to_have_count(2)


async def test_the_most_frequent_problems_and_infobases_come_first(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp", 2, text="Сервер не найден")
    await site.fail("mes", 3, text="Нет лицензии")
    await site.fail("payroll", 8, at=NOON - 5 * DAY)
    page = await anna.open("/problems")
    problems, infobases = page.locator("section:has(> #problems) th a"), page.locator(".ranking li")
    await expect(problems).to_have_text(["Нет лицензии", "Сервер не найден"])
    await expect(infobases.first).to_contain_text("MES 3")
    await page.get_by_role("link", name="Последние 30 дней").click()
    await expect(infobases).to_have_count(3)
    await expect(infobases.first).to_contain_text("Зарплата 8")


async def test_time_with_a_message_on_display_is_shaded(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp", 4)
    page = await anna.open("/problems?infobase=erp")
    shaded = page.locator("svg .band")
    # The release, which is for everything, in the hours and in the days.
    await expect(shaded).to_have_count(2)
    await site.post(ends_at=NOON + 20 * MINUTE)
    site.clock.now += HOUR
    await site.post("Не о том", "portal")
    await anna.open("/problems?infobase=erp")
    await expect(shaded).to_have_count(4)
    await page.get_by_text("Показать таблицу").first.click()
    await expect(page.locator("details tr", has_text="21 нояб. 15:00")).to_contain_text("показывалось")
    await expect(page.locator("details tr", has_text="21 нояб. 14:00")).not_to_contain_text("показывалось")


async def test_counts_are_there_as_csv_and_json(site: PagesSite) -> None:
    await site.fail("erp", 4)
    await site.fail("mes", 3, at=NOON - 20 * DAY)
    async with without_scripts(site, "vera") as script:
        _, text = await script.get("/problems.csv")
        _, document = await script.get("/problems.json?infobase=erp&kind=login_failure")
        _, of_crashes = await script.get("/problems.json?kind=crash")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows == [
        ["hour", "infobase", "kind", "count"],
        ["2026-11-01 15:00:00+03:00", "mes", "login_failure", "3"],
        ["2026-11-21 15:00:00+03:00", "erp", "login_failure", "4"],
    ]
    assert json.loads(document)["counts"] == [
        {"hour": "2026-11-21T12:00:00Z", "infobase": "erp", "kind": "login_failure", "count": 4}
    ]
    assert json.loads(of_crashes)["counts"] == []


async def test_what_comes_in_shows_without_a_reload(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/problems")
    await expect(page.get_by_text("Проблем нет.")).to_be_visible()
    await site.fail("erp", 4)
    await site.post("О чём угодно", "portal")
    await expect(page.get_by_role("img").first).to_have_accessible_name(
        "Отчёты по часам: всего 4, максимум 4: 21 нояб. 15:00–16:00"
    )


async def test_every_number_of_a_table_is_of_the_period_that_stands_above_it(
    site: PagesSite, anna: Visitor
) -> None:
    await site.fail("erp", 1)
    await site.fail("erp", 25, at=NOON - 5 * DAY)
    page = await anna.open("/problems")
    section = page.locator("section:has(> #problems)")
    await expect(section.get_by_role("heading")).to_have_text("Проблемы за последние 48 часов")
    await expect(section.get_by_role("columnheader")).to_have_text(["Проблема", "Отчёты", "Последний раз"])
    await expect(section.locator("tbody td")).to_have_text(["1", "15:00"])
    await expect(section).not_to_contain_text("новая")
    await page.get_by_role("link", name="Последние 30 дней").click()
    await expect(section.get_by_role("heading")).to_have_text("Проблемы за последние 30 дней")
    await expect(section.locator("tbody td")).to_have_text(["26", "15:00"])
    await expect(section).to_contain_text("новая")
    # It was seen again later than the day that was asked for.
    await anna.open("/problems?until=2026-11-17")
    await expect(section.get_by_role("heading")).to_contain_text("16 нояб. 00:00 – 18 нояб. 00:00")
    await expect(section.locator("tbody td")).to_have_text(["25", "и позже"])


async def test_a_bar_leads_to_what_came_in_its_hour_and_in_its_day(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp", 4, text="Нет лицензии")
    await site.fail("mes", 3, at=NOON - 2 * HOUR, text="Сервер не найден")
    await site.fail("payroll", 2, at=NOON - 3 * DAY, text="Нет места")
    page = await anna.open("/problems")
    problems = page.locator("section:has(> #problems) th a")
    await page.get_by_role("link", name="13:00–14:00: 3").click()
    await expect(problems).to_have_text(["Сервер не найден"])
    await expect(page.locator("section:has(> #problems) h2")).to_have_text("Проблемы 21 нояб. 13:00–14:00")
    await expect(page.locator(".ranking li")).to_have_text(["MES 3"])
    await expect(page.locator("section:has(> #reports) tbody tr")).to_have_count(3)
    await expect(page.locator("#over")).to_be_in_viewport()
    await expect(page.locator("svg a[aria-current]")).to_have_count(1)
    await page.get_by_role("link", name="18 нояб.: 2").click()
    await expect(problems).to_have_text(["Нет места"])
    await page.locator("section:has(> #reports) tbody a").first.click()
    await expect(page.locator("main")).to_contain_text("user")
    # The tables lead there, too.
    await anna.open("/problems")
    await page.get_by_text("Показать таблицу").first.click()
    await page.get_by_role("link", name="21 нояб. 15:00–16:00").click()
    await expect(problems).to_have_text(["Нет лицензии"])


async def test_bars_are_one_stop_of_the_keyboard_and_arrows_go_from_one_to_the_next(
    site: PagesSite, anna: Visitor
) -> None:
    for hours in (0, 2, 5):
        await site.fail("erp", hours + 1, at=NOON - hours * HOUR)
    page = await anna.open("/problems")
    bars = page.get_by_role("group", name="Отчёты по часам: выбирайте стрелками")
    await expect(bars.locator("a[tabindex='0']")).to_have_count(1)
    await bars.locator("a[tabindex='0']").focus()
    for key, focused in (
        ("ArrowLeft", "13:00–14:00: 3"),
        ("Home", "10:00–11:00: 6"),
        ("ArrowLeft", "10:00–11:00: 6"),
        ("End", "15:00–16:00: 1"),
        ("ArrowLeft", "13:00–14:00: 3"),
    ):
        await page.keyboard.press(key)
        await expect(bars.get_by_role("link", name=focused)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("section:has(> #problems) h2")).to_contain_text("13:00–14:00")
    # One comes back to the bar that was chosen.
    await expect(bars.locator("a[tabindex='0']")).to_have_accessible_name("13:00–14:00: 3")


async def test_a_chart_that_follows_what_comes_in_keeps_the_bar_that_has_the_focus(
    site: PagesSite, anna: Visitor
) -> None:
    await site.fail("erp", 2)
    page = await anna.open("/problems")
    await page.get_by_role("link", name="15:00–16:00: 2").focus()
    await site.fail("erp", 1)
    await site.post("О чём угодно", "portal")
    await expect(page.get_by_role("link", name="15:00–16:00: 3")).to_be_focused()


# Spikes


async def test_the_chart_of_all_marks_the_hours_of_spikes_and_its_table_names_whose_they_are(
    site: PagesSite, anna: Visitor
) -> None:
    await site.fail("erp", 34)
    await site.fail("mes", 12)
    await site.fail("payroll", 9)
    await site.fail("mes", 9, at=NOON - 3 * HOUR)
    await site.fail("payroll", 9, at=NOON - 3 * HOUR)
    for days in range(1, 15):
        await site.fail("portal", 30, at=NOON - 5 * HOUR - days * DAY)
    await site.fail("portal", 30, at=NOON - 5 * HOUR)
    page = await anna.open("/problems")
    await expect(page.locator("svg .column.spike")).to_have_count(1)
    await page.get_by_text("Показать таблицу").first.click()
    row = page.locator("details tr", has_text="21 нояб. 15:00–16:00")
    await expect(row).to_contain_text("55 намного больше обычного: ERP Управление, MES")
    await anna.open("/problems?kind=login_failure")
    await expect(page.locator("svg .column.spike")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/problems"])
async def test_a_spike_offers_a_message_filled_in(site: PagesSite, anna: Visitor, path: str) -> None:
    await site.fail("erp", 34)
    await site.fail("mes", 9)
    page = await anna.open(path)
    await expect(page.locator("#spikes li")).to_have_count(1)
    await expect(page.locator("#spikes li")).to_contain_text("ERP Управление 34 с 15:00, обычно 0")
    await page.locator("#spikes").get_by_role("link", name="Написать сообщение").click()
    await expect(page.locator("[name=to][value=erp]")).to_be_checked()
    await expect(page.locator("#text-ru")).to_have_value(
        "{infobase} не работает. Вход откроется к {until}, подождите."
    )
    await expect(page.locator("[name=severity]:checked")).to_have_value("outage")


async def test_several_spikes_are_written_about_at_once(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp", 34)
    await site.fail("mes", 12)
    page = await anna.open("/")
    await page.get_by_role("link", name="Написать сразу обо всех").click()
    for infobase in ("erp", "mes"):
        await expect(page.locator(f"[name=to][value={infobase}]")).to_be_checked()


async def test_a_spike_that_a_message_covers_is_announced(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp", 34)
    page = await anna.open("/")
    await expect(page.locator("#spikes li")).not_to_contain_text("объявлено")
    await site.post("Сервер не отвечает", "/Production")
    await expect(page.locator("#spikes li")).to_contain_text("объявлено")
    await expect(page.locator("#spikes").get_by_role("link", name="Написать")).to_have_count(0)


async def test_an_infobase_with_a_spike_is_marked_in_the_lists(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp", 34)
    page = await anna.open("/infobases")
    await expect(page.locator("tr", has_text="erp")).to_contain_text("отчётов больше обычного")
    await expect(page.locator("tr", has_text="mes")).not_to_contain_text("отчётов больше")
    await anna.open("/infobases/erp")
    await expect(page.locator("#reports")).to_contain_text("отчётов больше обычного: 34")
    await anna.open("/problems")
    await expect(page.locator(".ranking li")).to_contain_text("отчётов больше обычного")
    await anna.open("/problems?infobase=erp")
    await expect(page.locator("svg .column.spike")).to_have_count(1)


async def test_what_fails_like_that_every_day_is_no_spike(site: PagesSite, anna: Visitor) -> None:
    for days in range(1, 15):
        await site.fail("erp", 30, at=NOON - days * DAY)
    await site.fail("erp", 40)
    page = await anna.open("/")
    await expect(page.locator("#spikes li")).to_have_count(0)
    await site.fail("erp", 60)
    page = await anna.open("/")
    await expect(page.locator("#spikes li")).to_contain_text("100 с 15:00, обычно 30")


async def test_the_last_full_hour_counts_until_the_next_one_is_full(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp", 34)
    site.clock.now += 119 * MINUTE
    page = await anna.open("/")
    await expect(page.locator("#spikes li")).to_contain_text("34 15:00–16:00")
    site.clock.now += MINUTE
    page = await anna.open("/")
    await expect(page.locator("#spikes li")).to_have_count(0)


async def test_who_may_not_write_about_an_infobase_is_offered_no_message(site: PagesSite) -> None:
    await site.fail("erp", 34)
    await site.fail("payroll", 34)
    async with site.visitor("fedor") as fedor:
        page = await fedor.open("/")
        await expect(page.locator("#spikes li")).to_have_count(2)
        links = page.locator("#spikes").get_by_role("link", name="Написать сообщение")
        await expect(links).to_have_count(1)
        assert "to=payroll" in (await links.get_attribute("href") or "")


# Problems and reports


async def test_a_problem_shows_what_is_known_of_it(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp", 3, at=NOON - HOUR)
    await site.fail("erp", 25)
    page = await anna.open(await problem_page(site))
    await expect(page.locator("h1")).to_have_text("Нет лицензии")
    facts = page.locator("dl.facts")
    for text in ("ERP Управление", "неудачный вход", "14:00", "15:00", "28", "25", "8.3.27.1508"):
        await expect(facts).to_contain_text(text)
    await expect(page.get_by_role("img")).to_have_accessible_name(
        "Отчёты по часам: всего 28, максимум 25: 21 нояб. 15:00–16:00"
    )
    await expect(page.locator("section:has(> #reports) tbody tr")).to_have_count(20)


async def test_a_problem_says_how_long_it_lasted_and_shows_the_reports_of_an_hour(
    site: PagesSite, anna: Visitor
) -> None:
    await site.fail("erp", 3, at=NOON - 25 * HOUR)
    await site.fail("erp", 2)
    page = await anna.open(await problem_page(site))
    facts = page.locator("dl.facts")
    await expect(facts).to_contain_text("Длительность1 д 1 ч")
    await expect(facts).to_contain_text("Отчётов (всего)5")
    rows = page.locator("section:has(> #reports) tbody tr")
    await expect(rows).to_have_count(5)
    await page.get_by_role("link", name="14:00–15:00: 3").click()
    await expect(rows).to_have_count(3)
    await expect(page.locator("h2:has-text('Сохранённые отчёты')")).to_contain_text("20 нояб. 14:00–15:00")
    await page.get_by_role("link", name="Отчёты за все часы").click()
    await expect(rows).to_have_count(5)


async def test_a_report_shows_the_messages_that_its_user_could_have_read(
    site: PagesSite, anna: Visitor
) -> None:
    message = await site.post("Чиним до {until}", "/Production", ends_at=NOON + 90 * MINUTE)
    await site.post("О другом", "portal")
    site.clock.now += 10 * MINUTE
    await site.post("Позже", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    await site.fail("erp")
    (report,) = await site.service.reports.reports()
    page = await anna.open(f"/reports/{report.id}")
    await expect(page.locator("ul.shown li")).to_have_text(["15:00–16:30 Сбой Чиним до 16:30 1 ч 30 мин"])
    await page.locator("ul.shown a").click()
    await page.wait_for_url(f"{anna.url}/messages/{message.id}")


async def test_a_problem_shows_what_was_on_display_meanwhile(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp", at=NOON - HOUR)
    await site.post("Чиним", "/Production")
    await site.post("О другом", "portal")
    await site.service.end(
        (await site.post("Ошиблись базой", starts_at=NOON + HOUR, ends_at=NOON + DAY)).id, ANNA
    )
    site.clock.now += 10 * MINUTE
    await site.fail("erp")
    page = await anna.open(await problem_page(site))
    await expect(page.locator("ul.shown li")).to_have_count(1)
    await expect(page.locator("ul.shown li")).to_contain_text("15:00–16:00 Сбой Чиним")


async def test_a_report_is_shown_with_its_stack_its_screenshot_and_all_that_was_sent(
    site: PagesSite, anna: Visitor
) -> None:
    await site.crash(zipped(screenshot_png=_picture()))
    page = await anna.open("/problems")
    await page.get_by_role("link", name="Деление на 0").click()
    await page.locator("section:has(> #reports) tbody a").click()
    for text in ("Иванова Анна", "1CV8C 8.3.27.1508", "10.0.0.x", "Сумма = А / Б", '"os": "Windows"'):
        await expect(page.locator("main")).to_contain_text(text)
    picture = page.get_by_role("img", name="Снимок экрана")
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Скачать").click()
    assert (await download.value).suggested_filename.endswith(".zip")


async def test_only_a_picture_is_served_as_a_screenshot(site: PagesSite) -> None:
    await site.crash(zipped(screenshot_png=PICTURE))
    await site.fail("mes")
    login, crash = (f"/reports/{each.id}" for each in await site.service.reports.reports())
    async with site.visitor("vera") as vera:
        answer = await vera.context.request.get(f"{site.url}{crash}/screenshot")
        assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert await answer.body() == PICTURE
        for gone in (login, "/reports/gone", "/problems/gone"):
            answer = await vera.context.request.get(f"{site.url}{gone}/screenshot")
            assert answer.status == 404


async def test_a_screenshot_that_is_no_picture_is_not_served(site: PagesSite) -> None:
    report = a_report(screenshot=b"<svg onload=alert(1)>")
    await site.service.reports.add(a_batch(report))
    async with without_scripts(site) as script:
        status, text = await script.get("/reports/r1")
        assert status == 200
        assert "screenshot" not in text.partition("<main")[2]
        assert (await script.get("/reports/r1/screenshot"))[0] == 404


async def test_a_viewer_sees_problems_and_reports(site: PagesSite) -> None:
    await site.fail("erp", 34)
    async with site.visitor("vera") as vera:
        page = await vera.open("/problems")
        await expect(page.locator("#spikes").get_by_role("link", name="Написать")).to_have_count(0)
        await page.get_by_role("link", name="Нет лицензии").click()
        await page.locator("section:has(> #reports) tbody a").first.click()
        await expect(page.locator("main")).to_contain_text("user")


async def test_a_problem_is_dismissed_and_brought_back_and_the_history_shows_who_did_it(
    site: PagesSite, anna: Visitor
) -> None:
    await site.fail("erp")
    page = await anna.open(problem := await problem_page(site))
    await page.get_by_role("button", name="Убрать").click()
    await expect(page.locator("main")).to_contain_text("Убрано")
    await anna.open("/problems")
    await expect(page.get_by_role("link", name="Нет лицензии")).to_have_count(0)
    await anna.open("/history?infobase=erp")
    row = page.locator("#entries tbody tr")
    for text in ("anna", "убрано", "Проблема", "Нет лицензии"):
        await expect(row).to_contain_text(text)
    await row.get_by_role("link").click()
    await page.get_by_role("button", name="Вернуть").click()
    await expect(page.get_by_role("button", name="Убрать")).to_be_visible()
    await anna.open("/problems")
    await expect(page.get_by_role("link", name="Нет лицензии")).to_have_attribute("href", problem)
    async with without_scripts(site) as script:
        _, text = await script.get("/history.csv")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [(each["what"], each["problem"], each["message"]) for each in rows] == [
        ("brought back", problem.rpartition("/")[2], ""),
        ("dismissed", problem.rpartition("/")[2], ""),
    ]


async def test_only_admins_dismiss_problems(site: PagesSite) -> None:
    await site.fail("erp")
    async with site.visitor("edik") as edik:
        page = await edik.open(await problem_page(site))
        await expect(page.get_by_role("button", name="Убрать")).to_have_count(0)


async def test_what_is_too_much_to_tell_apart_says_so_instead_of_any_text(
    site: PagesSite, anna: Visitor
) -> None:
    for first in "абвгдежзи":
        for second in "абвгдежзи":
            await site.fail("erp", text=f"Придумано {first}{second}")
    page = await anna.open("/problems")
    await page.get_by_role("link", name="прочие проблемы, подсчитаны вместе").click()
    await expect(page.locator("main")).to_contain_text("могут скрываться новые проблемы")


# The month


async def test_a_month_shows_what_was_announced_and_how_soon(site: PagesSite, anna: Visitor) -> None:
    site.clock.now = NOON - 2 * DAY + 5 * MINUTE
    await site.fail("erp", 40)
    site.clock.now += 12 * MINUTE
    await site.post("Чиним", ends_at=NOON - 2 * DAY + HOUR)
    site.clock.now = NOON
    await site.fail("mes", 20)
    await site.fail("mes", 2, at=NOON - 3 * DAY)
    page = await anna.open("/problems")
    await page.get_by_role("link", name="Месяц").click()
    await expect(page.locator("h1")).to_have_text("Проблемы, ноябрь 2026")
    erp, mes = page.locator("tbody tr", has_text="ERP"), page.locator("tbody tr", has_text="MES")
    await expect(erp.locator("[data-label]")).to_have_text(["40", "40", "0"])
    await expect(erp).to_contain_text("19 нояб. 15:05–16:00 сообщение через 12 мин 40 отчётов")
    await expect(mes.locator("[data-label]")).to_have_text(["22", "0", "22"])
    await expect(mes).to_contain_text("21 нояб. 15:00–16:00 без сообщения 20 отчётов")
    await expect(page.locator("dl.facts")).to_contain_text("62, из них при показанном сообщении — 40")
    await page.get_by_role("link", name="Предыдущий месяц").click()
    await expect(page.get_by_text("Отчётов нет.")).to_be_visible()
    await page.get_by_role("link", name="Следующий месяц").click()
    await expect(page.locator("h1")).to_have_text("Проблемы, ноябрь 2026")
    await page.emulate_media(media="print")
    await expect(page.locator(".top")).to_be_hidden()
    await expect(erp).to_be_visible()


async def test_a_month_says_of_its_spikes_in_sentences_how_soon_messages_came(
    site: PagesSite, anna: Visitor
) -> None:
    for days, wait in ((5, 26), (4, 12), (3, 40), (2, 0), (1, None)):
        # Each at another time of day, for what comes at the same one is usual after a while.
        site.clock.now = NOON - days * DAY - days * 2 * HOUR
        if wait == 0:
            await site.post("Чиним", ends_at=site.clock.now + HOUR)
        await site.fail("erp", 40)
        if wait:
            site.clock.now += wait * MINUTE
            await site.post("Чиним", ends_at=site.clock.now + HOUR)
    site.clock.now = NOON
    page = await anna.open("/problems/2026-11")
    await expect(page.locator("dl.facts li")).to_have_text(
        [
            "В 1 случае сообщение уже показывалось.",
            "В 3 случаях сообщение появилось позже: через 26 мин после первого отчёта (медиана).",
            "В 1 случае сообщения не было.",
        ]
    )


async def test_a_month_is_there_as_csv(site: PagesSite) -> None:
    await site.fail("erp", 40)
    await site.fail("mes", 2, at=datetime(2026, 10, 31, 22, tzinfo=UTC))
    async with without_scripts(site, "vera") as script:
        _, text = await script.get("/problems/2026-11.csv")
        for gone in ("2026-13", "0000-01", "0001-02", "9999-12"):
            assert (await script.get(f"/problems/{gone}"))[0] == 404
        for day in ("0001-01-01", "9999-12-31", "2026-02-30", "9998-12-31", "%00"):
            assert (await script.get(f"/problems?until={day}"))[0] == 200
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [(row["infobase"], row["name"], row["failures"]) for row in rows] == [
        ("erp", "ERP Управление", "40"),
        ("mes", "MES", "2"),
    ], "in Moscow it was November already"
    assert (rows[0]["not_announced"], rows[0]["outages"], rows[0]["minutes_to_message"]) == (
        "40",
        "1",
        "never",
    )


# Old addresses


async def test_an_old_address_leads_to_the_new_one_with_its_query(site: PagesSite, anna: Visitor) -> None:
    await site.crash(zipped(screenshot_png=PICTURE))
    (report,) = await site.service.reports.reports()
    for old, new in (
        ("/failures", "/problems"),
        ("/failures?infobase=erp&over=days", "/problems?infobase=erp&over=days"),
        ("/failures.csv?infobase=erp&kind=crash", "/problems.csv?infobase=erp&kind=crash"),
        ("/failures.json?until=2026-11-18", "/problems.json?until=2026-11-18"),
        ("/failures/2026-11", "/problems/2026-11"),
        ("/failures/2026-11.csv", "/problems/2026-11.csv"),
        (f"/failures/problems/{report.problem}", f"/problems/{report.problem}"),
        (f"/failures/reports/{report.id}", f"/reports/{report.id}"),
        (f"/failures/reports/{report.id}/screenshot", f"/reports/{report.id}/screenshot"),
    ):
        answer = await anna.context.request.get(site.url + old)
        assert (answer.status, answer.url) == (200, site.url + new)


async def test_the_form_of_a_page_with_an_old_address_still_dismisses(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp")
    (problem,) = await site.service.reports.problems()
    old = f"/failures/problems/{problem.id}"
    page = await anna.open(old)
    await page.get_by_role("button", name="Убрать").wait_for()
    await page.locator("form", has=page.get_by_role("button", name="Убрать")).evaluate(
        "(form, old) => { form.action = old; form.elements.back.value = old }", old
    )
    await page.get_by_role("button", name="Убрать").click()
    await expect(page.locator("main")).to_contain_text("Убрано")


# When there is something to see


async def test_reports_that_are_switched_off_are_in_the_navigation_once_there_were_any(
    tmp_path: Path, browser: Browser
) -> None:
    off = CONFIGURATION.replace("enabled: true", "enabled: false")
    async with running(tmp_path, browser, off) as site, site.visitor() as anna:
        page = await anna.open("/")
        await expect(page.locator("nav a[href='/problems']")).to_have_count(0)
        await anna.open("/problems")
        await expect(page.locator("main")).to_contain_text("Отчёты выключены")
    async with running(tmp_path, browser) as site:
        await site.fail("erp")
    async with running(tmp_path, browser, off) as site, site.visitor() as anna:
        page = await anna.open("/")
        await expect(page.locator("nav a[href='/problems']")).to_have_count(1)


def _picture() -> bytes:
    """A PNG of one black point (W3C PNG, 5.3)."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(2))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
