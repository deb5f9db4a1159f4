"""Now: the verdict, what is answered where it was done and taken back, and a service that is gone."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from pages_site import (
    ANNA,
    CONFIGURATION,
    EDIK,
    HOUR,
    MINUTE,
    NOON,
    PagesSite,
    Visitor,
    running,
    violations,
    without_scripts,
)
from playwright.async_api import Browser, Locator, Page, expect

from errorhelp.messages.message import Severity, is_shown

SECOND = timedelta(seconds=1)
IN_FOLDERS = "".join(
    f"  - {{id: base{number}, name: База {number}, connect: {{server: srv{number % 7}, ref: B{number}}}, "
    f"folder: /Отдел-{number % 15:02}}}\n"
    for number in range(195)
)


async def test_the_verdict_is_in_the_page_its_title_and_its_icon_and_is_kept_right(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/")
    await expect(page.locator("h1")).to_have_text("Всё в порядке: сообщений нет")
    assert await _icon(page) == "icon.svg"
    outage = await site.post("Стоит", "/Production")
    await expect(page.locator("h1")).to_have_text("Сбой: 2 из 5 баз, до 16:00")
    await expect(page).to_have_title("Сбой: 2 из 5 баз, до 16:00 · errorhelp")
    assert await _icon(page) == "icon-outage.svg"
    await site.post("Обновляем", "portal", severity=Severity.MAINTENANCE, ends_at=NOON + 2 * HOUR)
    await expect(page.locator("#verdict")).to_contain_text("Плановые работы: 1 из 5 баз, до 17:00")
    await site.service.end(outage.id, EDIK)
    await expect(page).to_have_title("Плановые работы: 1 из 5 баз, до 17:00 · errorhelp")
    assert await _icon(page) == "icon-maintenance.svg"


async def test_reports_of_which_nothing_is_said_are_in_the_verdict(site: PagesSite, anna: Visitor) -> None:
    await site.fail("erp", 40)
    page = await anna.open("/")
    await expect(page.locator("h1")).to_have_text("Сообщений нет, но отчётов намного больше обычного")


async def test_a_total_outage_stands_first_and_its_tree_fits_a_screen(
    tmp_path: Path, browser: Browser
) -> None:
    text = CONFIGURATION.replace("lists:\n", f"{IN_FOLDERS}lists:\n")
    async with running(tmp_path, browser, text) as site:
        for number in range(5):
            await site.post("Проверка", *(f"base{number * 7 + each}" for each in range(13)), who=EDIK)
        total = await site.post("Стоит всё", "*", who=EDIK)
        async with site.visitor() as anna:
            page = await anna.open("/")
            first = page.locator(".card").first
            assert await first.get_attribute("data-message") == total.id
            await expect(page.locator("h1")).to_have_text("Сбой: 200 из 200 баз, до 16:00")
            await expect(page.get_by_text("Отдел-07: сбой, 13 из 13")).to_be_visible()
            tree = await page.locator("#infobases").bounding_box()
            assert tree is not None
            assert tree["height"] < 900
            assert await page.evaluate("document.documentElement.scrollHeight") < 3 * 900
            await page.get_by_text("Отдел-07: сбой, 13 из 13").click()
            await expect(page.get_by_role("link", name="База 7", exact=True)).to_be_visible()


async def test_what_was_ended_is_acknowledged_on_its_card_and_runs_again(
    site: PagesSite, anna: Visitor
) -> None:
    message = await site.post("Сервер обновляется", "/Production")
    await site.post("Другое", "portal", who=EDIK)
    page = await anna.open("/")
    card = _card(page, message.id)
    await card.get_by_role("button", name="Завершить").click()
    await expect(card.get_by_role("status")).to_have_text("Завершено")
    await expect(card).to_be_focused()
    # It stays where it was.
    await expect(page.locator("section:has(> #active) .card")).to_have_count(2)
    await expect(page.locator("h1")).to_have_text("Сбой: 1 из 5 баз, до 16:00")
    assert not is_shown(await site.service.message(message.id), site.clock.now)
    assert await violations(page) == []
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(card.get_by_role("status")).to_have_text("Отменено")
    await expect(card).to_be_focused()
    await expect(page.locator("h1")).to_have_text("Сбой: 3 из 5 баз, до 16:00")
    assert is_shown(await site.service.message(message.id), site.clock.now)


async def test_extending_is_acknowledged_keeps_the_focus_and_is_taken_back(
    site: PagesSite, anna: Visitor
) -> None:
    for number in range(8):
        await site.post(f"Сообщение {number}", who=EDIK)
    message = await site.post("Последнее", severity=Severity.INFO)
    page = await anna.open("/")
    card, button = _card(page, message.id), _card(page, message.id).get_by_role("button", name="+1 ч")
    await button.scroll_into_view_if_needed()
    before = await page.evaluate("scrollY")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(card.get_by_role("status")).to_have_text("Теперь до 17:00")
    await expect(button).to_be_focused()
    assert before > 0
    assert abs(await page.evaluate("scrollY") - before) < 60
    await card.get_by_role("button", name="Отменить").click()
    await expect(card).to_contain_text("до 16:00")
    assert (await site.service.message(message.id)).ends_at == message.ends_at


async def test_what_was_posted_is_acknowledged_on_its_card_and_taken_back(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/write?to=erp&template=down")
    await page.get_by_role("button", name="Опубликовать").click()
    card = page.locator(".card", has_text="ERP Управление не работает")
    await expect(card.get_by_role("status")).to_have_text("Опубликовано")
    await expect(card).to_be_focused()
    await card.get_by_role("button", name="Отменить").click()
    await expect(card.get_by_role("status")).to_have_text("Отменено")
    await expect(page.locator("h1")).to_have_text("Всё в порядке: сообщений нет")
    page = await anna.open("/history")
    await expect(page.locator("tbody tr").first).to_contain_text("отменено")


async def test_the_page_of_a_message_answers_there_too(site: PagesSite, anna: Visitor) -> None:
    message = await site.post("Сервер обновляется", who=EDIK)
    page = await anna.open(f"/messages/{message.id}")
    card = _card(page, message.id)
    await card.get_by_role("button", name="Завершить").click()
    await expect(card.get_by_role("status")).to_have_text("Завершено")
    await expect(card).to_be_focused()
    await card.get_by_role("button", name="Отменить").click()
    await expect(card.get_by_role("status")).to_have_text("Отменено")
    await expect(card.get_by_role("button", name="Завершить")).to_be_visible()
    await expect(page.locator(".changes li").first).to_contain_text("отменено")


async def test_the_offer_goes_after_ten_seconds(site: PagesSite, anna: Visitor) -> None:
    message = await site.post("Сервер обновляется")
    await site.service.end(message.id, ANNA)
    page = await anna.open("/")
    await expect(_card(page, message.id).get_by_role("status")).to_have_text("Завершено")
    site.clock.now += 10 * SECOND
    # Nobody does anything: the page knows when to look.
    await expect(page.locator("section:has(> #active)")).to_contain_text("Ничего")
    await expect(page.get_by_role("button", name="Отменить")).to_have_count(0)


async def test_what_others_do_is_not_offered_to_be_taken_back(site: PagesSite, anna: Visitor) -> None:
    await site.post("Сервер обновляется", who=EDIK)
    page = await anna.open("/")
    await expect(page.locator("section:has(> #active) .card")).to_have_count(1)
    await expect(page.locator(".card [role=status]")).to_have_count(0)


async def test_what_somebody_changed_meanwhile_is_not_overwritten(site: PagesSite, anna: Visitor) -> None:
    message = await site.post("Сервер обновляется", who=EDIK)
    page = await anna.open("/")
    card = _card(page, message.id)
    await card.get_by_role("button", name="+1 ч").click()
    await expect(card.get_by_role("status")).to_have_text("Теперь до 17:00")
    stale = await card.locator("[name=revision]").get_attribute("value")
    changed = await site.service.extend(message.id, HOUR, EDIK)
    await expect(card).to_contain_text("до 18:00")
    # As a page sends it that was not quick enough to follow.
    await card.evaluate(
        """(card, revision) => {
          const form = card.querySelector("form").cloneNode(true);
          form.setAttribute("action", card.querySelector("form").getAttribute("action").replace(/[^/]+$/, "undo"));
          form.insertAdjacentHTML("beforeend", `<input type="hidden" name="revision" value="${revision}">`);
          card.append(form);
          form.requestSubmit();
        }""",
        stale,
    )
    await expect(card.get_by_role("alert")).to_contain_text("После вас сообщение изменили")
    assert await site.service.message(message.id) == changed
    anna.complaints.clear()


async def test_ending_for_everybody_is_asked_about_first(site: PagesSite, anna: Visitor) -> None:
    message = await site.post("Стоит всё", "*", who=EDIK)
    page = await anna.open("/")
    card = _card(page, message.id)
    await card.get_by_role("button", name="Завершить").click()
    question = page.get_by_role("dialog")
    await expect(question).to_contain_text("Завершить для всех, в 5 базах?")
    assert await violations(page) == []
    await question.get_by_role("link", name="Нет").click()
    await expect(question).to_have_count(0)
    assert is_shown(await site.service.message(message.id), site.clock.now)
    await card.get_by_role("button", name="Завершить").click()
    await expect(question.get_by_role("button", name="Да, завершить")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(card.get_by_role("status")).to_have_text("Завершено")
    await expect(card).to_be_focused()
    assert not is_shown(await site.service.message(message.id), site.clock.now)


async def test_maintenance_that_was_ended_runs_again_as_before(site: PagesSite, anna: Visitor) -> None:
    release = next(each for each in site.service.snapshot.planned if each.window == "release")
    await site.service.maintenance.move(release.id, NOON + MINUTE, EDIK)
    site.clock.now += 2 * MINUTE
    await site.service.catch_up()
    page = await anna.open("/")
    await page.get_by_role("button", name="Завершить").click()
    await page.get_by_role("button", name="Да, завершить").click()
    card = _card(page, release.id)
    await expect(card.get_by_role("status")).to_have_text("Завершено")
    assert all(
        each.id != release.id or not is_shown(each, site.clock.now) for each in site.service.snapshot.live
    )
    await card.get_by_role("button", name="Отменить").click()
    await expect(card.get_by_role("status")).to_have_text("Отменено")
    await expect(card).to_contain_text("до 19:01")


async def test_without_scripts_each_action_is_acknowledged_and_taken_back(site: PagesSite) -> None:
    message = await site.post("Ждите", "/Production", who=EDIK)
    async with without_scripts(site) as script:
        _, page = await script.send(f"/messages/{message.id}/extend", ("by", "1h"))
        assert "Now until 17:00" in page
        # The browser begins there.
        assert re.search(rf'id="message-{message.id}"[^>]*autofocus', page)
        _, page = await script.send(f"/messages/{message.id}/undo", _revision(page))
        assert (await site.service.message(message.id)).ends_at == message.ends_at
        _, page = await script.send(f"/messages/{message.id}/end", ("back", "/"))
        assert "Ended" in page
        revision = _revision(page)
        status, page = await script.send(f"/messages/{message.id}/undo", revision)
        assert (status, "Undone" in page) == (200, True)
        status, page = await script.send(f"/messages/{message.id}/undo", revision)
        assert (status, "It cannot be undone any more" in page) == (409, True)
        await script.send("/write", ("to", "erp"), ("text-en", "Wait"), ("end", "1h"), ("action", "post"))
        _, page = await script.get("/")
        assert "Posted" in page


async def test_without_scripts_it_is_too_late_after_a_while(site: PagesSite) -> None:
    message = await site.post("Ждите", who=EDIK)
    async with without_scripts(site) as script:
        _, page = await script.send(f"/messages/{message.id}/end", ("back", "/"))
        site.clock.now += MINUTE
        status, late = await script.send(f"/messages/{message.id}/undo", _revision(page))
        assert (status, "for ten seconds" in late) == (409, True)
        for wrong in ("", "x", "9" * 40):
            status, _ = await script.send(f"/messages/{message.id}/undo", ("revision", wrong))
            assert status == 400


async def test_without_scripts_ending_for_everybody_is_asked_about_too(site: PagesSite) -> None:
    message = await site.post("Ждите", "/", who=EDIK)
    async with without_scripts(site) as script:
        _, page = await script.send(f"/messages/{message.id}/end", ("back", "/"))
        assert "End it for everybody, in 5 infobases?" in page
        assert is_shown(await site.service.message(message.id), site.clock.now)
        async with without_scripts(site, "fedor") as fedor:
            status, _ = await fedor.send(f"/messages/{message.id}/end", ("back", "/"))
            assert status == 403
        await script.send(f"/messages/{message.id}/end", ("back", "/"), ("confirmed", "yes"))
        assert not is_shown(await site.service.message(message.id), site.clock.now)


async def test_whoever_may_not_write_there_takes_nothing_back(site: PagesSite) -> None:
    message = await site.post("Ждите")
    for name in ("fedor", "vera"):
        async with without_scripts(site, name) as script:
            status, _ = await script.send(f"/messages/{message.id}/undo", ("revision", "1"))
            assert status in (403, 409)
    assert await site.service.message(message.id) == message


async def test_a_page_that_lost_the_service_says_since_when_and_its_buttons_fail_in_place(
    tmp_path: Path, browser: Browser
) -> None:
    async with visited(tmp_path, browser) as (anna, page, port):
        # By the clock of the service, in the zone of the site.
        await expect(page.locator("#lost")).to_have_text("Связи нет с 15:00, данные могли устареть.")
        assert (await page.title()).startswith("Нет связи")
        await page.get_by_role("button", name="+30 мин").click()
        await expect(page.locator(".card [role=alert]")).to_contain_text("Сервис не отвечает")
        await page.get_by_role("button", name="English").click()
        await expect(page.locator("form[action='/language'] [role=alert]")).to_be_visible()
        assert page.url == f"{anna.url}/"
        assert await violations(page) == []
        async with running(tmp_path, browser, port=port) as site:
            await expect(page.locator("#lost")).to_be_hidden()
            await expect(page).to_have_title("Сбой: 1 из 5 баз, до 16:00 · errorhelp")
            await site.post("После перерыва", "portal", who=EDIK)
            await expect(page.locator("section:has(> #active)")).to_contain_text("После перерыва")
            card = page.locator(".card", has_text="Сервер обновляется")
            await card.get_by_role("button", name="+30 мин").click()
            await expect(card.get_by_role("status")).to_have_text("Теперь до 16:30")


async def test_what_was_typed_stays_when_the_service_is_gone_and_is_posted_when_it_is_back(
    tmp_path: Path, browser: Browser
) -> None:
    async with visited(tmp_path, browser, "/write?to=erp&template=down") as (anna, page, port):
        await page.fill("#text-ru", "Меняем диск до {until}, подождите")
        await page.get_by_role("button", name="Опубликовать").click()
        await expect(page.locator(".send [role=alert]")).to_contain_text("Ничего не потеряно")
        await expect(page.locator("#text-ru")).to_have_value("Меняем диск до {until}, подождите")
        async with running(tmp_path, browser, port=port):
            await page.get_by_role("button", name="Опубликовать").click()
            await page.wait_for_url(f"{anna.url}/")
            await expect(page.locator(".card", has_text="Меняем диск до 16:00")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
async def test_what_is_done_on_a_card_fits_and_is_for_everybody(site: PagesSite, width: int) -> None:
    for targets in (("*",), ("/Production",), ("portal",)):
        await site.post("Ждите до 16:00", *targets)
    await site.service.end((await site.post("Было")).id, ANNA)
    for scheme in ("light", "dark"):
        async with site.visitor(viewport={"width": width, "height": 800}, color_scheme=scheme) as anna:
            page = await anna.open("/")
            await expect(page.locator(".card [role=status]")).to_have_count(4)
            assert await violations(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth") <= width


@asynccontextmanager
async def visited(
    folder: Path, browser: Browser, path: str = "/"
) -> AsyncIterator[tuple[Visitor, Page, int]]:
    """A page with a message, whose service is stopped by now, and the port at which to start it again."""
    async with AsyncExitStack() as visitors:
        async with running(folder, browser) as site:
            await site.post("Сервер обновляется", who=EDIK)
            anna = await visitors.enter_async_context(site.visitor())
            page = await anna.open(path)
            port = site.listener.addresses[0][1]
        yield anna, page, port


def _card(page: Page, message_id: str) -> Locator:
    return page.locator(f".card[data-message='{message_id}']")


async def _icon(page: Page) -> str:
    return (await page.locator("link[rel=icon]").get_attribute("href") or "").rpartition("/")[2]


def _revision(page: str) -> tuple[str, str]:
    """The field of the offer to take something back."""
    found = re.search(r'name="revision" value="(\d+)"', unescape(page))
    assert found
    return "revision", found[1]
