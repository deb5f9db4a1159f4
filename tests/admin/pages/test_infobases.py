"""Infobases: what each is helped with, what to paste into 1C, and whether clients ask."""

import csv
import io

from pages_site import PagesSite, Severity, Visitor, without_scripts
from playwright.async_api import expect


async def test_each_has_its_help_and_where_that_comes_from(site: PagesSite, anna: Visitor) -> None:
    await site.post("Стоит", "payroll")
    page = await anna.open("/infobases")
    folder = page.locator("details", has_text="Зарплата")
    await expect(folder).to_contain_text("Текст помощи: Бухгалтерия, доб. 4400")
    await expect(page.locator("tr", has_text="Зарплата")).to_contain_text("Сбой")
    below = page.locator("details", has_text="Архив")
    await expect(below.locator(".folder-help")).to_have_text("Текст помощи из папки Finance")
    await expect(page.locator("main")).to_contain_text(
        "Текст помощи, если не указан другой: Звоните дежурному"
    )
    await anna.open("/infobases?sort=name")
    await expect(page.locator("tr", has_text="Зарплата")).to_contain_text("из папки Finance")
    await expect(page.locator("tr", has_text="MES")).to_contain_text("из общей помощи")
    await anna.open("/infobases")
    for words, found in [("production", 2), ("SRV1C", 3), ("zup", 1)]:
        await page.get_by_label("Имя, идентификатор, сервер или папка").fill(words)
        await page.get_by_role("button", name="Найти").click()
        await expect(page.locator("#rows tbody tr")).to_have_count(found)


async def test_the_help_text_of_a_folder_stands_there_once_and_only_other_ones_in_the_rows(
    site: PagesSite, anna: Visitor
) -> None:
    site.configure("name: MES,", "name: MES, help: {text: Звоните мастеру},")
    page = await anna.read_files_again()
    await anna.open("/infobases")
    assert (await page.locator("main").inner_text()).count("Бухгалтерия, доб. 4400") == 1
    assert (await page.locator("main").inner_text()).count("Звоните дежурному") == 1
    await expect(page.locator("tr", has_text="MES")).to_contain_text("Звоните мастеру")
    await expect(page.locator("tr", has_text="Зарплата")).not_to_contain_text("Бухгалтерия")


async def test_the_list_is_filtered_by_state_and_sorted(site: PagesSite, anna: Visitor) -> None:
    await site.post("Стоит", "payroll")
    await site.post("Медленно", "erp", severity=Severity.INFO)
    await site.fail("mes", 34)
    page = await anna.open("/infobases")
    names = page.locator("#rows tbody th a:first-child")
    await page.get_by_label("Состояние").select_option(label="Сбой")
    await page.get_by_role("button", name="Найти").click()
    await expect(names).to_have_text(["Зарплата"])
    await expect(page.locator("h1")).to_have_text("Базы 1 из 5")
    await page.get_by_label("Состояние").select_option(label="отчётов больше обычного")
    await page.get_by_role("button", name="Найти").click()
    await expect(names).to_have_text(["MES"])
    await page.get_by_role("link", name="Сбросить").click()
    await page.get_by_label("Порядок").select_option(label="сначала самые серьёзные")
    await page.get_by_role("button", name="Найти").click()
    await expect(names).to_have_text(["Зарплата", "ERP Управление", "MES", "Архив", "Portal"])
    await page.get_by_label("Имя, идентификатор, сервер или папка").fill("production")
    await page.get_by_role("button", name="Найти").click()
    await expect(names).to_have_text(["ERP Управление", "MES"])
    # An address from earlier.
    await anna.open("/infobases?affected=1")
    await expect(names).to_have_count(2)


async def test_a_folder_says_how_bad_it_is_there(site: PagesSite, anna: Visitor) -> None:
    await site.post("Стоит", "erp")
    await site.post("Медленно", "/Production", severity=Severity.INFO)
    page = await anna.open("/infobases")
    folder = page.locator("summary", has_text="Production")
    await expect(folder).to_have_text("Production 2 базы Сбой: 1 из 2 Информация: 1 из 2")


async def test_the_form_to_paste_into_is_called_by_both_its_names_with_the_right_it_needs(
    anna: Visitor,
) -> None:
    page = await anna.open("/infobases/erp")
    section = page.locator("section:has(> #paste)")
    for name in (
        "Стандартные → Управление настройками обработки ошибок",
        "«Управление настройками отображения ошибок»",
        "«Администрирование данных»",
    ):
        await expect(section).to_contain_text(name)


async def test_the_values_to_paste_are_exactly_those_that_clients_get(anna: Visitor) -> None:
    page = await anna.open("/infobases/erp_old")
    values = {
        "text-ru": "Звоните дежурному: +7 (495) 123-45-67",
        "url-ru": "https://help.example.com/help/ru/erp.html",
        "service-ru": "https://help.example.com/help/erp.json",
        "text-en": "Call +7 (495) 123-45-67",
        "url-en": "https://help.example.com/help/en/erp.html",
        "service-en": "https://help.example.com/help/en/erp.json",
    }
    for name, value in values.items():
        await expect(page.locator(f"#{name}")).to_have_text(value)
    await expect(page.locator("main")).to_contain_text("только при следующем успешном входе")
    entry = page.locator("#entry")
    await expect(entry).to_contain_text('Connect=Srvr="srv1c";Ref="ERP";')
    await expect(entry).to_contain_text("StartupErrorHelpText=Звоните дежурному: +7 (495) 123-45-67")
    await expect(page.get_by_role("link", name="office.v8i")).to_be_visible()


async def test_no_page_shows_the_password_of_a_list(anna: Visitor) -> None:
    for path in ("/infobases/payroll", "/settings", "/infobases"):
        page = await anna.open(path)
        assert "hunter2" not in await page.content()


async def test_a_message_for_an_infobase_is_begun_from_its_page(anna: Visitor) -> None:
    page = await anna.open("/infobases/mes")
    await page.get_by_role("link", name="Новое сообщение").click()
    await expect(page.locator("[name=to]:checked")).to_have_value("mes")


async def test_it_is_shown_when_clients_asked_how_often_and_which(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/infobases/erp")
    await expect(page.locator("#asked")).to_contain_text("запросов не было")
    site.ask(User_Agent="1CV8C/8.3.27")
    site.ask("/help/en/erp.json", User_Agent="1CV8C/8.3.27")
    site.ask("/help/erp_old.json", User_Agent="Mozilla/5.0")
    page = await anna.open("/infobases/erp")
    await expect(page.locator("#asked")).to_contain_text("15:00, 3 запроса с 15:00")
    await expect(page.locator("#asked")).to_contain_text("клиенты 1С: 2")
    await expect(page.locator("#asked")).to_contain_text("браузеры: 1")
    page = await anna.open("/infobases")
    await expect(page.locator("tr", has_text="ERP Управление")).to_contain_text("15:00 3 запроса")
    await expect(page.locator("tr", has_text="MES")).to_contain_text("никогда")


async def test_what_is_answered_from_the_published_tree_is_said_to_be_missing(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/infobases/erp")
    await expect(page.locator("#asked")).not_to_contain_text("из опубликованного дерева")
    site.configure("time_zone:", "publish: tree\ntime_zone:")
    await anna.read_files_again()
    await anna.open("/infobases/erp")
    await expect(page.locator("#asked")).to_contain_text("из опубликованного дерева, не учтены")


async def test_requests_are_captured_while_the_switch_is_on_and_appear_by_themselves(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/requests")
    site.ask(query="before=1")
    await page.get_by_role("button", name="Записывать в течение часа").click()
    await expect(page.locator("#captured")).to_contain_text("до 16:00")
    await expect(page.locator("details.request")).to_have_count(0)
    body = '{"user": "Иванов", "password": "hunter2"}'.encode()
    site.ask(body=body, query="lang=ru", Content_Type="application/json", Authorization="Basic hunter2")
    request = page.locator("details.request")
    await expect(request).to_contain_text("POST /help/erp.json?lang=ru")
    await expect(request).to_contain_text("Иванов")
    await expect(request).to_contain_text("Authorization: Basic •••")
    await expect(request).not_to_contain_text("hunter2")
    await page.get_by_role("button", name="Остановить запись").click()
    await expect(page.get_by_role("button", name="Записывать в течение часа")).to_be_visible()
    site.ask(query="after=1")
    await expect(page.locator("details.request")).to_have_count(1)
    await page.get_by_role("button", name="Удалить записанное").click()
    await expect(page.locator("details.request")).to_have_count(0)


async def test_addresses_of_infobases_that_there_are_not_are_listed(site: PagesSite, anna: Visitor) -> None:
    site.ask("/help/old_base.json")
    page = await anna.open("/requests")
    await expect(page.locator("#captured")).to_contain_text("/help/old_base.json")


async def test_all_of_it_is_there_as_csv(site: PagesSite) -> None:
    site.ask()
    async with without_scripts(site) as script:
        status, text = await script.get("/infobases.csv")
    assert status == 200
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))}
    assert list(rows) == ["erp", "mes", "payroll", "archive", "portal"]
    assert rows["erp"]["service_address"] == "https://help.example.com/help/erp.json"
    assert rows["erp"]["help_text_ru"] == "'Звоните дежурному: +7 (495) 123-45-67".removeprefix("'")
    assert rows["payroll"]["help_text_from"] == "/Finance"
    assert (rows["erp"]["asked"], rows["erp"]["last_asked"]) == ("1", "2026-11-21 15:00:00+03:00")
    assert "Connect=" in rows["erp"]["v8i"]
    assert "hunter2" not in text


async def test_an_infobase_that_there_is_not_is_answered_with_a_page(site: PagesSite) -> None:
    async with without_scripts(site) as script:
        status, text = await script.get("/infobases/gone")
    assert status == 404
    assert "<title>Not found · errorhelp</title>" in text
    assert "<h1>Not found</h1>" in text


async def test_the_messages_of_an_infobase_stand_the_worst_first_and_lead_to_their_pages(
    site: PagesSite, anna: Visitor
) -> None:
    await site.post("Медленно", "*", severity=Severity.INFO)
    outage = await site.post("Стоит до {until}", "erp")
    page = await anna.open("/infobases/erp")
    cards = page.locator("#shown .card")
    await expect(cards.nth(0)).to_contain_text("Стоит до 16:00")
    await expect(cards.nth(1)).to_contain_text("Медленно")
    await page.get_by_role("link", name="Стоит до 16:00").click()
    await page.wait_for_url(f"{anna.url}/messages/{outage.id}")
