"""Write: a message from its targets to its texts, previewed while it is typed, and posted."""

import json

from pages_site import EDIK, HOUR, NOON, PagesSite, Visitor
from playwright.async_api import Page, expect
from signing_in import PASSWORD

from errorhelp.messages.message import Severity
from errorhelp.service.drafts import Draft


async def test_an_outage_message_takes_a_template_a_target_and_a_button(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/")
    await page.get_by_role("link", name="Не работает").click()
    await page.get_by_label("ERP Управление").check()
    await page.get_by_role("button", name="Опубликовать").click()
    await expect(page.locator("section:has(> #active)")).to_contain_text("ERP Управление не работает")
    (message,) = await site.messages()
    assert message.targets == ("erp",)
    assert message.text == {
        "ru": "ERP Управление не работает. Вход откроется к 16:00, подождите.",
        "en": "ERP Управление is down until 16:00, please wait.",
    }
    assert (message.ends_at, message.severity, message.author) == (NOON + HOUR, Severity.OUTAGE, "anna")


async def test_it_can_be_written_with_the_keyboard_alone(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/write?template=down")
    await page.keyboard.type("payr")
    await expect(page.locator("#found")).to_have_text("1 / 5")
    await page.keyboard.press("Enter")
    await expect(page.locator("[name=to][value=payroll]")).to_be_checked()
    await page.get_by_role("button", name="Опубликовать").press("Enter")
    await page.wait_for_url(anna.url + "/")
    assert [each.targets for each in await site.messages()] == [("payroll",)]


async def test_the_tree_is_searched_by_name_id_alias_folder_and_server(anna: Visitor) -> None:
    page = await anna.open("/write")
    results, folders = page.locator("[role=option]:visible"), ["/Finance", "/Finance/Archive"]
    expected = {
        "erp_old": ["erp"],
        "finance": [*folders, "payroll", "archive"],
        "зарп finance": ["payroll"],
        "SRV1C": ["server:srv1c", "payroll", "erp", "mes"],
        "zup": ["payroll"],
        "nothing": [],
        "": [],
    }
    for words, found in expected.items():
        await page.fill("#find", words)
        await expect(results).to_have_count(len(found))
        targets = await results.evaluate_all("rows => rows.map(row => row.dataset.target)")
        assert sorted(targets) == sorted(found), words
        # Folders and servers come first.
        assert targets == sorted(targets, key=lambda each: not each.startswith(("/", "server:")))
    await expect(page.locator(".tree details:visible")).to_have_count(4)


async def test_what_was_found_and_chosen_is_in_sight_afterwards(site: PagesSite, anna: Visitor) -> None:
    more = "".join(
        f"  - {{id: base{number}, name: Base {number}, connect: {{server: srv1c, ref: B{number}}}}}\n"
        for number in range(40)
    )
    site.configure("lists:\n", more + "lists:\n")
    await anna.read_files_again()
    page = await anna.open("/write")
    await page.fill("#find", "Base 27")
    await page.press("#find", "Enter")
    chosen = page.locator("[name=to][value=base27]")
    await page.fill("#find", "")
    await expect(chosen).to_be_in_viewport()
    await page.get_by_role("button", name="Не работает").click()
    await expect(page.locator("#text-en")).to_have_value("{infobase} is down until {until}, please wait.")
    await expect(chosen).to_be_checked()
    await expect(chosen).to_be_in_viewport()


async def test_the_preview_follows_what_is_typed_and_chosen(anna: Visitor) -> None:
    page = await anna.open("/write")
    await page.get_by_label("вся папка Production").check()
    await page.fill("#text-ru", "Сервер {infobase} вернётся к {until}, ждите. {nobody}")
    await expect(page.locator("#meant")).to_have_text("2 базы")
    await expect(page.locator("#effect")).to_contain_text("2 базы")
    await expect(page.locator("#effect")).to_contain_text("до 16:00")
    words = "Сервер ERP Управление вернётся к 16:00, ждите."
    await expect(page.locator(".dialog").first).to_contain_text(words)
    for_all = "Сервер Production вернётся к 16:00, ждите."
    await expect(page.locator(".filled")).to_have_text(f"{for_all} {{nobody}}")
    await expect(page.locator(".dialog").first).to_contain_text("+7 (495) 123-45-67")
    for own in (
        'Не удается установить соединение с "srv1c"',
        "Проверьте сетевое соединение",
        "Проверьте, что параметры подключения указаны верно",
    ):
        await expect(page.locator(".dialog").first).to_contain_text(own)
    await expect(page.locator("#drawings")).to_contain_text("нарисованы по анонсу")
    await expect(page.locator(".dialog").nth(1)).to_contain_text(for_all)
    await expect(page.frame_locator("#offline").locator("#messages")).to_contain_text(words)
    await expect(page.locator("#json")).to_contain_text('"userMessageUntil": "2026-11-21T16:00:00+03:00"')
    await expect(page.locator("#deny")).to_contain_text("2026-11-21T16:00:00")
    await expect(page.locator(".hints")).to_contain_text("{nobody} останется как есть")
    await page.get_by_label("на языке").select_option("en")
    await expect(page.locator(".dialog").first).to_contain_text("Cannot connect to")
    assert json.loads(await page.locator("#json").inner_text())["helpText"] == "Call +7 (495) 123-45-67"
    await page.locator("#shell").select_option("cmd")
    await expect(page.locator("#deny")).to_contain_text("rem ")


async def test_the_end_can_be_chosen_in_every_way_and_is_said_with_its_zone(anna: Visitor) -> None:
    page = await anna.open("/write")
    await expect(page.get_by_text("Europe/Moscow (UTC+3)").first).to_be_visible()
    effect = page.locator("#effect")
    await page.get_by_text("через 30 мин").click()
    await expect(effect).to_contain_text("до 15:30 UTC+3")
    await page.get_by_text("конец дня").click()
    await expect(effect).to_contain_text("до 23:59")
    await page.get_by_label("Время окончания", exact=True).fill("18:15")
    await expect(effect).to_contain_text("до 18:15")
    await page.get_by_label("День и время окончания").fill("2026-11-22T06:00")
    await expect(effect).to_contain_text("до 22 нояб. 06:00")
    await page.get_by_text("Начало и заметка").click()
    await page.get_by_label("День и время начала").fill("2026-11-22T04:00")
    await expect(effect).to_contain_text("22 нояб. 04:00–06:00")


async def test_hints_are_given_and_block_nothing(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/write?to=erp")
    await page.fill("#text-ru", "Сломалось")
    hints = page.locator(".hints")
    await expect(hints).to_contain_text("В тексте нет времени")
    await expect(hints).to_contain_text("что делать пользователям")
    await page.fill("#text-ru", "Сломалось, ждите до 23:10. " + "Чиним. " * 60)
    await expect(hints).to_contain_text("не совпадает с окончанием")
    await expect(hints).to_contain_text("длиннее, чем люди читают")
    await page.get_by_role("button", name="Опубликовать").click()
    await page.wait_for_url(anna.url + "/")
    assert len(await site.messages()) == 1


async def test_everything_is_asked_about_once_more(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/write?template=down")
    await page.get_by_label("все базы 5").check()
    await page.get_by_role("button", name="Опубликовать").click()
    await expect(page.locator("h1")).to_have_text("Сообщение увидят в 5 базах из 5")
    assert await site.messages() == []
    await page.get_by_role("button", name="Вернуться к форме").click()
    await expect(page.get_by_label("все базы 5")).to_be_checked()
    await expect(page.locator("#text-ru")).to_have_value(
        "{infobase} не работает. Вход откроется к {until}, подождите."
    )
    await page.get_by_role("button", name="Опубликовать").click()
    await page.get_by_role("button", name="Да, показать в 5 базах").click()
    await page.wait_for_url(anna.url + "/")
    assert [each.targets for each in await site.messages()] == [("*",)]


async def test_what_is_wrong_is_shown_at_its_field_and_what_was_typed_stays(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/write")
    await page.get_by_text("Начало и заметка").click()
    await page.fill("#note", "заявка 1")
    await page.get_by_text("дата", exact=True).click()
    await page.get_by_label("День и время окончания").fill("2026-11-21T14:00")
    await page.get_by_role("button", name="Опубликовать").click()
    for error in ("Выберите хотя бы одну базу", "Это время уже прошло", "Напишите текст для пользователей"):
        await expect(page.locator(".error", has_text=error)).to_be_visible()
    await expect(page.locator("#note")).to_have_value("заявка 1")
    await expect(page.get_by_label("День и время окончания")).to_have_value("21.11.2026 14:00")
    assert await site.messages() == []
    assert anna.complaints.pop().endswith("422 (Unprocessable Entity)")


async def test_a_message_can_be_changed_until_it_is_over(site: PagesSite, anna: Visitor) -> None:
    message = await site.post({"ru": "Ждите", "en": "Wait"}, "erp")
    page = await anna.open(f"/messages/{message.id}/change")
    await expect(page.locator("[name=start]:checked")).to_have_value("kept")
    await page.fill("#text-ru", "Ждите до 17:00")
    await page.get_by_label("День и время окончания").fill("2026-11-21T17:00")
    await page.get_by_role("button", name="Сохранить").click()
    await page.wait_for_url(anna.url + "/")
    changed = await site.service.message(message.id)
    assert changed.text == {"ru": "Ждите до 17:00", "en": "Wait"}
    assert (changed.starts_at, changed.ends_at) == (NOON, NOON + 2 * HOUR)
    site.clock.now += 3 * HOUR
    page = await anna.open(f"/messages/{message.id}/change")
    await expect(page.locator("h1")).to_have_text("Новое сообщение")


async def test_what_somebody_else_changed_meanwhile_is_shown_and_not_overwritten_unseen(
    site: PagesSite, anna: Visitor
) -> None:
    message = await site.post("Ждите", "erp")
    page = await anna.open(f"/messages/{message.id}/change")
    theirs = Draft(("mes",), "Вариант Эдика", NOON + 3 * HOUR, Severity.INFO)
    await site.service.change(message.id, theirs, message.revision, EDIK)
    await page.fill("#text-ru", "Вариант Анны")
    await page.get_by_role("button", name="Сохранить").click()
    conflict = page.locator(".conflict")
    await expect(conflict).to_contain_text("Вариант Эдика")
    await expect(conflict).to_contain_text("MES")
    await expect(page.locator("#text-ru")).to_have_value("Вариант Анны")
    assert (await site.service.message(message.id)).text == "Вариант Эдика"
    await page.get_by_role("button", name="Сохранить").click()
    await page.wait_for_url(anna.url + "/")
    assert (await site.service.message(message.id)).text == {"ru": "Вариант Анны"}
    assert anna.complaints.pop().endswith("412 (Precondition Failed)")


async def test_what_was_typed_is_there_again_after_the_sign_in_had_ended(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/write")
    await page.locator("[name=to][value=payroll]").check()
    await page.fill("#text-ru", "Не потеряйте меня")
    await anna.context.clear_cookies()
    await page.get_by_role("button", name="Опубликовать").click()
    await page.fill("[name=name]", "anna")
    await page.fill("[name=password]", PASSWORD)
    await page.get_by_role("button", name="Войти").click()
    await page.get_by_role("button", name="Вернуть").click()
    await expect(page.locator("#text-ru")).to_have_value("Не потеряйте меня")
    await page.get_by_role("button", name="Опубликовать").click()
    await page.wait_for_url(anna.url + "/")
    assert [each.targets for each in await site.messages()] == [("payroll",)]
    await page.get_by_role("link", name="Новое сообщение").click()
    await expect(page.locator("#typed")).to_be_hidden()
    # The preview was refused while nobody was signed in.
    anna.complaints.clear()


async def test_what_was_typed_is_there_after_a_sign_in_that_led_elsewhere(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/write")
    await page.fill("#text-ru", "Не потеряйте меня")
    await anna.context.clear_cookies()
    await page.get_by_role("button", name="Опубликовать").click()
    await page.wait_for_url("**/sign-in?*")
    await page.goto(anna.url + "/")
    await page.fill("[name=name]", "anna")
    await page.fill("[name=password]", PASSWORD)
    await page.get_by_role("button", name="Войти").click()
    await page.get_by_role("link", name="Новое сообщение").click()
    await page.get_by_role("button", name="Вернуть").click()
    await expect(page.locator("#text-ru")).to_have_value("Не потеряйте меня")
    anna.complaints.clear()


async def test_after_an_error_every_infobase_can_be_found_again(anna: Visitor) -> None:
    page = await anna.open("/write")
    await page.fill("#find", "payr")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Опубликовать").click()
    await expect(page.locator(".error[id]")).to_be_in_viewport()
    await expect(page.locator("[name=to][value=payroll]")).to_be_checked()
    await page.fill("#find", "")
    await expect(page.locator("li[data-find]:visible")).to_have_count(5)
    assert anna.complaints.pop().endswith("422 (Unprocessable Entity)")


async def test_what_could_not_be_posted_without_the_store_is_there_again(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/write?to=erp")
    await page.fill("#text-ru", "Не потеряйте меня")
    with site.locked_store():
        await page.get_by_role("button", name="Опубликовать").click()
        await expect(page.locator("h1")).to_contain_text("ни записать")
    await page.get_by_role("link", name="Вернуться к написанному").click()
    await page.get_by_role("button", name="Вернуть").click()
    await expect(page.locator("#text-ru")).to_have_value("Не потеряйте меня")
    await expect(page.locator("[name=to][value=erp]")).to_be_checked()
    assert anna.complaints.pop().endswith("503 (Service Unavailable)")


async def test_an_editor_bound_to_a_folder_is_offered_only_what_is_in_it(site: PagesSite) -> None:
    async with site.visitor("fedor") as fedor:
        page = await fedor.open("/write")
        await expect(page.locator("li[data-find]")).to_have_count(2)
        await expect(page.locator("[name=to][value='*']")).to_have_count(0)
        await expect(page.locator("[name=to][value='/Finance']")).to_have_count(1)


async def test_the_json_and_the_commands_are_copied(anna: Visitor) -> None:
    await anna.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=anna.url)
    page = await anna.open("/write?to=erp&template=down")
    await page.locator("[data-copy=json]").click()
    await expect(page.locator("[data-copy=json]")).to_have_text("Скопировано")
    assert await _clipboard(page) == await page.locator("#json").text_content()


async def _clipboard(page: Page) -> str:
    text: str = await page.evaluate("navigator.clipboard.readText()")
    return text


async def test_the_offline_page_of_a_draft_asks_nobody_and_writes_times_as_the_other_pages(
    site: PagesSite,
) -> None:
    async with site.visitor(timezone_id="Asia/Vladivostok") as anna:
        asked: list[str] = []
        anna.page.on("request", lambda request: asked.append(request.url))
        page = await anna.open("/write?to=erp&template=down")
        until = page.frame_locator("#offline").locator("#messages .until")
        await expect(until).to_contain_text("16:00")
        await page.wait_for_load_state("networkidle")
        assert [each for each in asked if not each.startswith(anna.url)] == []
        assert anna.complaints == []
