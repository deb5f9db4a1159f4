"""Maintenance windows that are made, changed and ended in the pages."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pages_site import HOUR, NOON, PagesSite, Visitor, violations, without_scripts
from playwright.async_api import expect

from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.message import Severity

FINANCE = [
    ("to", "/Finance"),
    ("text-ru", "Обновление бухгалтерии"),
    ("day", "2026-11-23"),
    ("time", "02:00"),
    ("hours", "0"),
    ("minutes", "45"),
    ("repeats", "weekly"),
    *(("days", day) for day in ("MO", "TU", "WE", "TH", "FR")),
]


@pytest_asyncio.fixture(loop_scope="session")
async def made(site: PagesSite) -> AsyncIterator[MadeWindow]:
    """A window of weekdays that was made without scripts."""
    async with without_scripts(site) as anna:
        status, text = await anna.send("/planned/new", *FINANCE, ("action", "save"))
        assert status == 200, text
    (window,) = site.service.snapshot.made
    yield window


async def test_a_window_is_made_with_the_keyboard_and_is_said_in_words(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/planned")
    await page.get_by_role("link", name="Новое окно обслуживания").press("Enter")
    await page.get_by_label("Русский").fill("Ночное копирование")
    await page.get_by_label("День первого начала").fill("2026-11-23")
    await page.get_by_label("Время первого начала").fill("02:00")
    await page.get_by_label("часов").fill("0")
    await page.get_by_label("минут").fill("45")
    for day in ("понедельник", "вторник", "среда", "четверг", "пятница"):
        await page.get_by_role("checkbox", name=day).press("Space")
    await page.get_by_role("checkbox", name="Зарплата").press("Space")
    await page.get_by_role("button", name="Показать даты").press("Enter")
    await expect(page.locator("#preview")).to_contain_text("по будням в 02:00, 45 мин")
    await expect(page.locator("#preview li").first).to_contain_text("пн 23 нояб. 02:00–02:45")
    assert site.service.snapshot.made == ()
    await page.get_by_role("button", name="Создать окно").press("Enter")
    await expect(page.get_by_role("heading", name="Ночное копирование")).to_be_visible()
    (window,) = site.service.snapshot.made
    assert (window.targets, window.rule) == (("payroll",), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")
    assert page.url.endswith(f"/planned#{window.id}")
    card = page.locator(f'[id="{window.id}"]')
    await expect(card).to_contain_text("по будням в 02:00, 45 мин")
    await expect(card).to_contain_text("автор: anna")
    await expect(card).to_contain_text("пн 23 нояб. 02:00–02:45")
    history = await anna.open("/history")
    await expect(history.locator("tbody tr").first).to_contain_text("создано")


async def test_its_text_is_its_title_and_a_window_of_the_configuration_says_where_it_stands(
    anna: Visitor,
) -> None:
    page = await anna.open("/planned")
    await expect(page.locator("#nightly h2")).to_have_text("Ночное обслуживание")
    await expect(page.locator("#nightly")).to_contain_text("ежедневно в 02:00, 45 мин")
    await expect(page.locator("#release")).to_contain_text("20-го числа каждого месяца в 23:00, 4 ч")
    await expect(page.locator("#nightly")).to_contain_text("задано в конфигурации, меняется там же")
    await expect(page.locator("#nightly").get_by_role("link", name="Изменить")).to_have_count(0)


async def test_any_occurrence_that_is_shown_is_skipped_moved_and_brought_back(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/planned")
    fourth, fifth = (page.locator("#nightly li").nth(number) for number in (3, 4))
    await fourth.get_by_role("button", name="Пропустить").click()
    await expect(fourth).to_contain_text("пропущено")
    await fifth.get_by_text("Перенести…").click()
    assert await fifth.get_by_label("время").input_value() == "02:00"
    await fifth.get_by_label("время").fill("04:30")
    await fifth.get_by_role("button", name="Перенести", exact=True).click()
    await expect(fifth).to_contain_text("чт 26 нояб. 04:30–05:15")
    assert [each.is_skip for each in site.service.snapshot.overrides] == [True, False]
    await fourth.get_by_role("button", name="Вернуть по плану").click()
    await expect(fourth).to_contain_text("ср 25 нояб. 02:00–02:45")
    await fifth.get_by_role("button", name="Вернуть по плану").click()
    await expect(fifth).to_contain_text("чт 26 нояб. 02:00–02:45")
    assert site.service.snapshot.overrides == ()


async def test_more_occurrences_are_shown_and_changed_without_scripts(site: PagesSite) -> None:
    async with without_scripts(site) as anna:
        _, text = await anna.get("/planned")
        assert 'href="/planned?next=20#nightly"' in text
        _, text = await anna.get("/planned?next=20")
        assert "nightly@20261210T230000Z" in text
        back = ("back", "/planned?next=20")
        status, text = await anna.send("/planned/nightly@20261210T230000Z", ("action", "skip"), back)
        assert status == 200 and "skipped" in text
        moving = [("action", "move"), ("day", "2026-12-10"), ("time", "04:00"), back]
        status, text = await anna.send("/planned/nightly@20261208T230000Z", *moving)
        assert status == 200 and "moved from" in text
    assert len(site.service.snapshot.overrides) == 2


async def test_a_window_is_changed_and_what_would_be_lost_is_named_first(
    site: PagesSite, made: MadeWindow
) -> None:
    who, address = "anna", f"/planned/{made.id}/change"
    async with without_scripts(site, who) as anna:
        await anna.send(f"/planned/{made.id}@20261123T230000Z", ("action", "skip"))
        _, text = await anna.get(address)
        assert 'value="TU" checked' in text and 'value="SU" checked' not in text
        later = [(name, "03:00" if name == "time" else value) for name, value in FINANCE]
        form = [*later, ("revision", "1")]
        status, text = await anna.send(address, *form, ("action", "save"))
        assert (status, "1 changed occurrence would be lost" in text) == (409, True)
        assert "24 Nov 02:00" in text
        assert site.service.snapshot.made[0].revision == 1
        status, text = await anna.send(address, *form, ("action", "confirm"))
        assert (status, "on weekdays at 03:00" in text) == (200, True)
        status, text = await anna.send(address, *form, ("action", "save"))
        assert (status, "Someone else has changed this window" in text) == (409, True)
        assert 'name="revision" value="2"' in text
    assert site.service.snapshot.overrides == ()


async def test_a_window_is_ended_after_a_second_click(
    site: PagesSite, anna: Visitor, made: MadeWindow
) -> None:
    page = await anna.open("/planned")
    card = page.locator(f'[id="{made.id}"]')
    await card.get_by_text("Завершить окно…").click()
    await card.get_by_role("button", name="Завершить окно", exact=True).click()
    await expect(card).to_have_count(0)
    assert site.service.snapshot.made == ()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"to": None}, "Choose at least one infobase, folder or server."),
        ({"text-ru": " "}, "Write what users should read."),
        ({"time": "soon"}, "Choose the day and time of the first start: 2026-11-22, 02:00."),
        ({"minutes": "-1"}, "Enter the duration in hours and minutes."),
        ({"repeats": "daily", "interval": "0"}, "Enter a whole number from 1 to 999."),
        ({"end": "on", "until": ""}, "Choose the last day."),
        ({"end": "after", "count": "x"}, "Enter how many times, from 1 to 999."),
        ({"repeats": "rule", "rule": ""}, "Enter a rule, for example"),
        ({"repeats": "rule", "rule": "weekly"}, "NAME=VALUE"),
        ({"others": "nobody"}, "nobody"),
        ({"hours": "2000"}, "messages.longest"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    site: PagesSite, values: dict[str, str | None], said: str
) -> None:
    form = dict(FINANCE) | {"note": "typed", **values}
    fields = [(name, value) for name, value in form.items() if value is not None]
    async with without_scripts(site) as anna:
        status, text = await anna.send("/planned/new", *fields, ("action", "save"))
        assert (status, said in text) == (422, True), text
        assert 'value="typed"' in text
    assert site.service.snapshot.made == ()


async def test_an_editor_of_a_folder_is_offered_it_alone_and_refused_elsewhere(
    site: PagesSite, made: MadeWindow
) -> None:
    async with without_scripts(site, "fedor") as fedor:
        _, text = await fedor.get("/planned/new")
        assert 'value="payroll"' in text
        assert 'value="*"' not in text and 'value="erp"' not in text
        other = [(name, "erp" if name == "to" else value) for name, value in FINANCE]
        status, _ = await fedor.send("/planned/new", *other, ("action", "save"))
        assert status == 403
        status, _ = await fedor.send(f"/planned/{made.id}/end")
        assert status == 200
    wide = [(name, "*" if name == "to" else value) for name, value in FINANCE]
    async with without_scripts(site) as anna:
        await anna.send("/planned/new", *wide, ("action", "save"))
    (window,) = site.service.snapshot.made
    async with without_scripts(site, "fedor") as fedor:
        assert f"/planned/{window.id}/change" not in (await fedor.get("/planned"))[1]
        for path in (f"/planned/{window.id}/change",):
            assert (await fedor.get(path))[0] == 403
        assert (await fedor.send(f"/planned/{window.id}/end"))[0] == 403
    assert site.service.snapshot.made == (window,)


async def test_a_window_of_the_configuration_is_not_changed_or_ended_here(site: PagesSite) -> None:
    async with without_scripts(site) as anna:
        assert (await anna.get("/planned/nightly/change"))[0] == 404
        status, text = await anna.send("/planned/nightly/end")
        assert (status, "This stands in the configuration" in text) == (409, True)


async def test_its_form_is_right_for_people_who_see_hear_or_move_otherwise(
    anna: Visitor, made: MadeWindow
) -> None:
    for path in ("/planned", "/planned/new", f"/planned/{made.id}/change"):
        page = await anna.open(path)
        await page.set_viewport_size({"width": 320, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        assert await violations(page) == []
    page = await anna.open("/planned/new")
    await page.get_by_role("button", name="Создать окно").click()
    await expect(page.get_by_role("alert")).to_contain_text("Не сохранено")
    assert await violations(page) == []
    anna.complaints.clear()


async def test_a_made_window_is_what_it_was_made_as(site: PagesSite, made: MadeWindow) -> None:
    assert (made.targets, made.severity, made.text) == (
        ("/Finance",),
        Severity.MAINTENANCE,
        "Обновление бухгалтерии",
    )
    assert made.duration == HOUR * 3 / 4
    site.clock.now = NOON + 35 * HOUR + HOUR / 4
    await site.service.catch_up()
    answer = site.service.snapshot.compiled("/help/payroll.json")
    assert answer is not None and "Обновление бухгалтерии".encode() in answer.body


async def test_what_stands_in_braces_in_a_window_is_filled_in_wherever_it_is_shown(site: PagesSite) -> None:
    text = ("text-ru", "{infobase}: перезапуск в {from}, до {until}. Звоните {phone}")
    fields = [each for each in FINANCE if each[0] != "text-ru"]
    async with without_scripts(site) as anna:
        _, form = await anna.get("/planned/new")
        assert "{infobase} {from} {until} {phone}" in form
        await anna.send("/planned/new", *fields, text, ("action", "save"))
        (window,) = site.service.snapshot.made
        for address in ("/planned", "/history", "/history.csv"):
            _, page = await anna.get(address)
            assert "Finance: перезапуск в 02:00, до 02:45. Звоните" in page
            assert "{until}" not in page and "{phone}" not in page
        await anna.send(f"/planned/{window.id}/end")
        _, page = await anna.get("/history")
        assert page.count("Finance: перезапуск в 02:00, до 02:45. Звоните") == 2
