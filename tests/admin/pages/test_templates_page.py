"""Templates in the pages: made from messages and from what is written, used, renamed and deleted."""

import re

from pages_site import ANNA, EDIK, HOUR, NOON, PagesSite, Visitor, violations, without_scripts
from playwright.async_api import expect

from errorhelp.messages.message import Severity
from errorhelp.people.people import Person, Role
from errorhelp.service.message_templates import TemplateDraft

FEDOR = Person("fedor", Role.EDITOR, ("/Finance",))


async def test_a_message_is_made_a_template_that_the_next_one_is_written_with(
    site: PagesSite, anna: Visitor
) -> None:
    message = await site.post("Меняем диск, ждите", "erp", severity=Severity.MAINTENANCE)
    page = await anna.open("/")
    await page.locator(f"#message-{message.id}").get_by_role("link", name="Подробнее").click()
    await page.get_by_role("link", name="Сделать шаблоном").click()
    await expect(page.locator("#text-ru")).to_have_value("Меняем диск, ждите")
    await page.fill("#name-ru", "Диск")
    assert await violations(page) == []
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.locator("h1")).to_have_text("Шаблоны")
    assert await violations(page) == []
    page = await anna.open("/")
    await page.get_by_role("link", name="Диск").click()
    await expect(page.locator("#text-ru")).to_have_value("Меняем диск, ждите")
    await expect(page.locator("[name=severity][value=maintenance]")).to_be_checked()


async def test_what_is_written_is_made_a_template_with_its_braces(site: PagesSite, anna: Visitor) -> None:
    page = await anna.open("/write?to=erp")
    await page.fill("#text-ru", "{infobase} вернётся к {until}")
    await page.get_by_text("Начало и заметка").click()
    await page.get_by_role("button", name="Сделать из текста шаблон").click()
    await expect(page.locator("form.template")).to_contain_text("{infobase} {from} {until} {phone}")
    await page.fill("#name-ru", "Вернётся")
    await page.get_by_role("button", name="Сохранить").click()
    await page.wait_for_url(re.compile("/templates#t[.]"))
    await expect(page.locator("article:focus")).to_contain_text("Вернётся")
    (made,) = [each for each in await site.service.templates.all() if not each.is_configured]
    assert (made.name, made.text) == ({"ru": "Вернётся"}, {"ru": "{infobase} вернётся к {until}"})
    assert made.author == "anna"


async def test_a_template_is_renamed_and_deleted_without_scripts(site: PagesSite) -> None:
    made = await site.service.templates.make(TemplateDraft("Старое имя", "Ждите"), ANNA)
    async with without_scripts(site) as script:
        _, page = await script.get(f"/templates/{made.id}")
        assert re.search(r'name="name-ru"[^>]* value="Старое имя"', page)
        fields = (("name-ru", "Новое имя"), ("text-ru", "Ждите"), ("severity", "info"))
        _, page = await script.send(f"/templates/{made.id}", *fields, ("revision", "1"))
        assert "Новое имя" in page
        status, page = await script.send(f"/templates/{made.id}", *fields, ("revision", "1"))
        assert (status, "Someone else has changed this template" in page) == (412, True)
        status, page = await script.send(f"/templates/{made.id}", *fields, ("name-ru", ""), ("revision", "2"))
        status, page = await script.send("/templates", ("text-ru", "Ждите"))
        assert (status, "Enter a name of one line" in page, "Ждите" in page) == (422, True, True)
        await script.send(f"/templates/{made.id}/delete")
        _, page = await script.get("/templates")
        assert "Новое имя" not in page
        _, page = await script.get("/history")
        assert "deleted" in page
        assert (await script.get(f"/templates/{made.id}"))[0] == 404
        assert (await script.get("/templates/down"))[0] == 409


async def test_an_editor_of_folders_is_offered_what_may_be_done(site: PagesSite) -> None:
    everybodys = await site.service.templates.make(TemplateDraft("Для всех", "Ждите"), ANNA)
    draft = TemplateDraft("Производство", "Ждите", folders=("/Production",))
    others = await site.service.templates.make(draft, EDIK)
    own = await site.service.templates.make(TemplateDraft("Финансы", "Ждите"), FEDOR)
    async with without_scripts(site, "fedor") as script:
        _, page = await script.get("/templates")
        assert "Производство" not in page
        assert f"/templates/{own.id}/delete" in page
        assert f"/templates/{everybodys.id}/delete" not in page
        _, page = await script.get("/write")
        assert "template:t." in page
        assert others.id not in page
        for foreign in (everybodys, others):
            assert (await script.get(f"/templates/{foreign.id}"))[0] == 403
            assert (await script.send(f"/templates/{foreign.id}/delete"))[0] == 403
    async with without_scripts(site, "vera") as script:
        assert (await script.get("/templates"))[0] == 403


# Instead of another one


async def test_the_message_that_the_same_infobases_have_is_changed_instead_and_the_text_stays(
    site: PagesSite, anna: Visitor
) -> None:
    message = await site.post("Уже чиним", "/Production", note="заявка")
    await site.post("О другом", "erp")
    page = await anna.open("/write?template=down&to=erp&to=mes")
    already = page.locator("#already")
    await expect(already).to_contain_text("Уже чиним")
    await expect(already.locator("li")).to_have_count(1)
    await page.fill("#text-ru", "{infobase}: новый текст, ждите до {until}")
    await page.get_by_label("Время окончания", exact=True).fill("18:00")
    assert await violations(page) == []
    await page.get_by_role("button", name="Изменить его").click()
    await page.wait_for_url(f"**/messages/{message.id}/change")
    await expect(page.locator("h1")).to_have_text("Изменить сообщение")
    await expect(page.locator("#text-ru")).to_have_value("{infobase}: новый текст, ждите до {until}")
    await expect(page.locator("#already li")).to_have_count(0)
    await page.get_by_role("button", name="Сохранить").click()
    await page.wait_for_url(anna.url + "/")
    changed = await site.service.message(message.id)
    assert (changed.targets, changed.ends_at, changed.starts_at) == (("/Production",), NOON + 3 * HOUR, NOON)
    assert (changed.note, changed.revision) == ("заявка", 2)
    assert "новый текст" in str(changed.text)


async def test_what_was_written_stays_though_the_other_message_has_ended_meanwhile(site: PagesSite) -> None:
    message = await site.post("Уже чиним", "erp")
    await site.service.end(message.id, ANNA)
    async with without_scripts(site) as script:
        fields = (("action", "take"), ("to", "erp"), ("text-ru", "Новый текст"), ("end", "2h"))
        _, page = await script.send(f"/messages/{message.id}/change", *fields)
    assert 'action="/write"' in page
    assert "Новый текст" in page


async def test_what_was_said_for_the_same_infobases_is_found_while_one_chooses(
    site: PagesSite, anna: Visitor
) -> None:
    await site.post("Уже чиним", "erp", "mes", "payroll")
    later = NOON + 5 * HOUR
    await site.post("Потом", "/Production", starts_at=later, ends_at=later + HOUR)
    page = await anna.open("/write?template=down")
    await page.get_by_label("сервер 1С srv1c").evaluate("box => box.closest('details').open = true")
    await page.get_by_label("сервер 1С srv1c").check()
    await expect(page.locator("#already")).to_contain_text("Уже чиним")
    await page.get_by_label("сервер 1С srv1c").uncheck()
    await page.get_by_label("вся папка Production").check()
    # Neither for fewer infobases, nor for another time.
    await expect(page.locator("#meant")).to_have_text("2 базы")
    await expect(page.locator("#already li")).to_have_count(0)


async def test_an_editor_of_folders_is_not_offered_what_others_have(site: PagesSite) -> None:
    foreign = await site.post("Для всех", "server:srv1c")
    async with without_scripts(site, "fedor") as script:
        _, page = await script.get("/write?to=erp&to=payroll&to=server:srv1c&to=*")
        assert re.findall(r'name="to" value="([^"]+)" checked', page) == ["payroll"]
        assert 'value="server:srv1c"' not in page
        assert (await script.get(f"/messages/{foreign.id}/change"))[0] == 403
        take = (("action", "take"), ("text-ru", "Моё"), ("to", "payroll"))
        assert (await script.send(f"/messages/{foreign.id}/change", *take))[0] == 403


# With nothing chosen


async def test_with_nothing_chosen_no_infobase_is_shown_as_if_it_were_meant(
    site: PagesSite, anna: Visitor
) -> None:
    await site.post("Сбой у других", "erp")
    page = await anna.open("/write?template=down")
    preview = page.locator("#preview")
    await expect(preview).to_contain_text("Выберите, для кого сообщение")
    await expect(page.locator(".dialog")).to_have_count(0)
    await expect(page.locator("#offline")).to_be_hidden()
    await expect(page.locator(".seen")).not_to_contain_text("{infobase}")
    await page.get_by_label("Portal").check()
    await expect(page.locator(".dialog").first).to_contain_text("Portal не работает")
    await expect(page.frame_locator("#offline").locator("#messages")).to_contain_text("Portal не работает")
    await page.get_by_label("Portal").uncheck()
    await expect(page.locator("#offline")).to_be_hidden()
