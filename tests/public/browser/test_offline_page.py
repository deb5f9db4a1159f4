"""The offline page in a real browser: what it says, until when, and how it finds the way back."""

import json
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from outage_site import CONFIGURATION, Site
from playwright.async_api import Browser, BrowserContext, Page, expect
from visiting import ERP, PHONE, heading, load, visit

from errorhelp.formats.help_json import TIME_FORMATS
from errorhelp.messages.message import Severity


@pytest_asyncio.fixture(loop_scope="session")
async def visited(page: Page, site: Site) -> AsyncIterator[Page]:
    """A page whose visitor was there while all worked."""
    await visit(page, f"{site.front}/erp")
    yield page


async def break_all(site: Site) -> None:
    await site.nginx.stop()
    await site.stop_help()


async def load_with_our_clock(page: Page, address: str) -> None:
    """Load the offline page with its timers in our hands."""
    await page.clock.install()
    await page.goto(address)


# What it says


@pytest.mark.parametrize(
    ("locale", "title", "phrase"),
    [
        ("ru-RU", ERP, "Позвоните дежурному администратору"),
        ("en-GB", "Can’t connect to “ERP Управление предприятием”", "Call the administrator on duty"),
        ("de-DE", ERP, "Позвоните дежурному администратору"),
    ],
    ids=["Russian", "English", "neither"],
)
async def test_it_speaks_the_browsers_language(
    browser: Browser, site: Site, locale: str, title: str, phrase: str
) -> None:
    await site.publication.stop()
    context = await browser.new_context(locale=locale)
    page = await context.new_page()

    await page.goto(f"{site.front}/erp/ru/")

    assert await heading(page) == title
    await expect(page.locator("#help-text")).to_contain_text(phrase)
    await context.close()


async def test_a_visitor_without_a_worker_gets_the_page_from_nginx(page: Page, site: Site) -> None:
    site.post("Сервер ERP обновляется")
    await site.publication.stop()

    response = await page.goto(f"{site.front}/erp/ru/?a=1#b")

    assert response is not None
    assert (response.status, response.from_service_worker) == (503, False)
    assert await heading(page) == ERP
    await expect(page.locator(".message")).to_contain_text("Сервер ERP обновляется")


async def test_a_message_posted_during_the_outage_appears(visited: Page, site: Site) -> None:
    await site.nginx.stop()
    await load_with_our_clock(visited, f"{site.front}/erp/ru/")
    await expect(visited.locator("#why")).to_have_text("Сервер не отвечает.")
    assert await visited.locator(".message").count() == 0

    site.post("Меняем диск, откроемся к обеду", severity=Severity.OUTAGE)
    await visited.clock.run_for(6_000)

    await expect(visited.locator(".message")).to_contain_text("Сбой")
    await expect(visited.locator(".message")).to_contain_text("Меняем диск, откроемся к обеду")


async def test_the_newest_known_message_is_shown_with_its_age_when_nothing_answers(
    visited: Page, site: Site
) -> None:
    site.post("Сервер ERP обновляется")
    await visited.reload()
    await visited.wait_for_function(
        "async (address) => (await (await caches.match(address)).text()).includes('обновляется')",
        arg=f"{site.help}/help/ru/erp.json",
    )
    await break_all(site)

    await load(visited, f"{site.front}/erp/ru/")

    await expect(visited.locator(".message")).to_contain_text("Сервер ERP обновляется")
    await expect(visited.locator(".message")).to_contain_text("осталось 59 мин")
    now = datetime.now(ZoneInfo("Europe/Moscow"))
    await expect(visited.locator("#as-of")).to_have_text(
        re.compile(f"Сведения на ({now:%H:%M}|{now - timedelta(minutes=1):%H:%M})")
    )


async def test_maintenance_is_named_as_the_reason(visited: Page, site: Site) -> None:
    site.post("Плановые работы на сервере", severity=Severity.MAINTENANCE)
    await site.publication.stop()

    await load(visited, f"{site.front}/erp/ru/")

    await expect(visited.locator("#why")).to_have_text("Идут плановые работы.")


async def test_details_are_ready_to_be_copied_for_support(
    visited: Page, context: BrowserContext, site: Site
) -> None:
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    await site.publication.stop()
    await load(visited, f"{site.front}/erp/ru/?usr=ann#list")

    await visited.locator("summary").click()
    await visited.locator("#copy").click()

    await expect(visited.locator("#copy")).to_have_text("Скопировано")
    copied = await visited.evaluate("navigator.clipboard.readText()")
    assert "Информационная база: ERP Управление предприятием (erp)\n" in copied
    assert f"Адрес: {site.front}/erp/ru/?usr=ann#list\n" in copied
    assert "Ошибка: HTTP 503" in copied
    assert copied.startswith(f"Время: {datetime.now(ZoneInfo('Europe/Moscow')):%Y-%m-%d} ")


HOSTILE = """</script><script>window.isBroken = 1</script><img src=x onerror="window.isBroken = 1">"""


async def test_hostile_texts_are_shown_as_they_are(page: Page, site: Site) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    quoted = json.dumps(HOSTILE)
    site.configure(
        CONFIGURATION.replace("name: ERP для проверки", f"name: {quoted}\n    help: {{{{text: {quoted}}}}}")
    )
    site.post(HOSTILE, target="erp_test")
    await page.goto(f"{site.front}/erp-test")
    await page.evaluate("navigator.serviceWorker.ready")
    await site.nginx.stop()

    await load(page, f"{site.front}/erp-test/ru/")

    for place in ("h1", "#help-text", ".message"):
        await expect(page.locator(place)).to_contain_text(HOSTILE)
    assert await page.evaluate("window.isBroken") is None
    assert not [text for text in said if "Content Security Policy" in text]


async def test_a_help_link_that_is_no_web_address_is_not_offered(visited: Page, site: Site) -> None:
    await site.publication.stop()
    await site.stop_help()
    await site.start_false_help({"helpText": "Позвоните нам", "helpUrl": "javascript:alert(1)"})

    await load(visited, f"{site.front}/erp/ru/")

    await expect(visited.locator("#help-text")).to_have_text("Позвоните нам")
    await expect(visited.locator("#help-url")).to_be_hidden()


async def test_it_is_accessible_and_fits_on_any_screen_light_or_dark(page: Page, site: Site) -> None:
    site.post("Плановые работы", severity=Severity.MAINTENANCE)
    site.post("Сбой сети", severity=Severity.OUTAGE)
    site.post("Отчёты считаются дольше", severity=Severity.INFO)
    await site.publication.stop()
    await page.goto(f"{site.front}/erp/ru/")
    await page.locator("summary").click()
    await expect(page.locator(".message")).to_have_count(3)

    for width in (320, 1000):
        await page.set_viewport_size({"width": width, "height": 640})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            report = await Axe().run(page)
            assert report.violations_count == 0, report.generate_report()


async def test_on_paper_it_keeps_what_helps_and_drops_what_cannot_be_pressed(page: Page, site: Site) -> None:
    await site.publication.stop()
    await page.goto(f"{site.front}/erp/ru/")
    await page.emulate_media(media="print")

    await expect(page.locator("#help-text")).to_be_visible()
    await expect(page.locator("#go")).to_be_hidden()
    shown = await page.evaluate("getComputedStyle(document.getElementById('help-url'), '::after').content")
    assert "attr(href)" in shown or "https://help.example.com/help/ru/erp.html" in shown


# Until when it says it


async def test_a_message_that_ends_while_the_page_is_open_disappears(visited: Page, site: Site) -> None:
    site.post("Сервер ERP обновляется", minutes=30)
    await site.nginx.stop()
    await load_with_our_clock(visited, f"{site.front}/erp/ru/")
    await expect(visited.locator(".message")).to_contain_text("осталось 29 мин")
    await site.stop_help()

    await visited.clock.fast_forward(timedelta(minutes=29).seconds * 1000)
    await expect(visited.locator(".message")).to_contain_text("Сервер ERP обновляется")
    await visited.clock.fast_forward(60_000)

    await expect(visited.locator(".message")).to_have_count(0)


@pytest.fixture(params=[timedelta(days=-3), timedelta(days=3)], ids=["slow", "fast"])
def error(request: pytest.FixtureRequest) -> timedelta:
    """How wrong the visitor's clock is."""
    shift: timedelta = request.param
    return shift


async def test_a_wrong_clock_changes_nothing_about_fresh_help(
    visited: Page, site: Site, error: timedelta
) -> None:
    site.ahead = -error.total_seconds()
    site.post("Сервер ERP обновляется", minutes=30)
    await site.nginx.stop()

    await load(visited, f"{site.front}/erp/ru/")

    await expect(visited.locator(".message")).to_contain_text("осталось 29 мин")


async def test_a_wrong_clock_changes_nothing_about_kept_help(
    page: Page, site: Site, error: timedelta
) -> None:
    site.ahead = -error.total_seconds()
    site.post("Сервер ERP обновляется", minutes=30)
    await visit(page, f"{site.front}/erp")
    await break_all(site)

    await load_with_our_clock(page, f"{site.front}/erp/ru/")
    await expect(page.locator(".message")).to_contain_text("осталось 29 мин")
    await page.clock.fast_forward(timedelta(minutes=30).seconds * 1000)

    await expect(page.locator(".message")).to_have_count(0)


@pytest.mark.parametrize("later", [timedelta(minutes=31), timedelta(minutes=-5)], ids=["over", "set back"])
async def test_a_kept_message_that_may_be_over_is_not_shown(page: Page, site: Site, later: timedelta) -> None:
    site.post("Сервер ERP обновляется", minutes=30)
    await visit(page, f"{site.front}/erp")
    await break_all(site)
    now = await page.evaluate("Date.now()")
    await page.clock.install(time=now / 1000 + later.total_seconds())

    await page.goto(f"{site.front}/erp/ru/")

    await expect(page.locator("#help-text")).to_contain_text(PHONE)
    await expect(page.locator("#as-of")).to_contain_text("Сведения на")
    assert await page.locator(".message").count() == 0


async def test_every_time_format_of_the_help_json_is_understood(page: Page, site: Site) -> None:
    site.post("Сервер ERP обновляется", minutes=30)
    for time_format in TIME_FORMATS:
        site.configure(CONFIGURATION + f"help_json: {{{{time_format: {time_format}}}}}")

        await page.goto(f"{site.help}/offline/erp/?{time_format}")

        await expect(page.locator(".message"), time_format).to_contain_text("осталось 29 мин")


async def test_updates_stand_there_the_newest_first_with_their_times(page: Page, site: Site) -> None:
    site.post("Ищем причину", updates=("Почти готово", "Меняем диск"))
    for time_format in ("iso", "unix-ms"):
        site.configure(CONFIGURATION + f"help_json: {{{{time_format: {time_format}}}}}")
        await page.goto(f"{site.help}/offline/erp/?{time_format}")
        words = re.compile(
            r"Сбой\s*Почти готово\s*До .*Обновлено .*\d\d:\d\d.*Ранее.*\d\d:\d\d.*Меняем диск.*\d\d:\d\d.*Ищем причину",
            re.DOTALL,
        )
        await expect(page.locator(".message")).to_have_text(words)
        results = await Axe().run(page)
        assert results.response["violations"] == []


async def test_other_names_in_the_help_json_are_understood(page: Page, site: Site) -> None:
    site.post("Сервер ERP обновляется")
    for names in (
        "messages: ''",
        "messages: '', user_message_until: ''",
        "user_message: text, help_text: help",
    ):
        site.configure(CONFIGURATION + f"help_json: {{{{{names}}}}}")

        await page.goto(f"{site.help}/offline/erp/?{names}")

        await expect(page.locator(".message"), names).to_contain_text("Сервер ERP обновляется")
        await expect(page.locator("#help-text"), names).to_contain_text(PHONE)


# The way back


async def test_it_goes_back_by_itself_to_the_wanted_address(visited: Page, site: Site) -> None:
    await site.publication.stop()
    wanted = f"{site.front}/erp/ru/?usr=ann#e1cib/list/Document.Order"
    await load_with_our_clock(visited, wanted)
    assert await heading(visited) == ERP
    await site.publication.start()

    await visited.clock.run_for(6_000)

    await expect(visited.locator("body")).to_have_text("1C works")
    assert visited.url == wanted


@pytest.mark.parametrize("behaviour", [401, "redirects"])
async def test_a_server_that_wants_a_sign_in_is_back(visited: Page, site: Site, behaviour: str | int) -> None:
    await site.publication.stop()
    await load_with_our_clock(visited, f"{site.front}/erp/ru/")
    site.publication.behaviour = behaviour
    await site.publication.start()

    async with visited.expect_navigation():
        await visited.clock.run_for(6_000)

    await expect(visited.locator("#help-text")).to_have_count(0)


async def test_a_person_can_try_at_once(visited: Page, site: Site) -> None:
    await site.publication.stop()
    await load(visited, f"{site.front}/erp/ru/?usr=ann#list")
    await site.publication.start()

    await visited.get_by_role("button", name="Попробовать сейчас").click()

    await expect(visited.locator("body")).to_have_text("1C works")
    assert visited.url == f"{site.front}/erp/ru/?usr=ann#list"


async def test_it_never_loops_when_the_server_answers_but_the_page_does_not_open(
    visited: Page, site: Site
) -> None:
    site.publication.behaviour = "fails page loads"
    await load_with_our_clock(visited, f"{site.front}/erp/ru/")
    loads = len(site.publication.page_loads)

    for _ in range(3):
        async with visited.expect_navigation():
            await visited.clock.run_for(60_000)
    await visited.clock.run_for(60_000)
    await expect(visited.locator("#automatic")).to_contain_text("страница сама не открывается")
    await visited.clock.run_for(120_000)

    assert len(site.publication.page_loads) == loads + 3


async def test_it_looks_ever_more_rarely_and_never_in_step_with_others(
    context: BrowserContext, site: Site
) -> None:
    note_pauses = """
        window.pauses = [];
        const later = window.setTimeout;
        window.setTimeout = (work, pause, ...more) => {
          if (pause > 1000) window.pauses.push(pause);
          return later(work, pause, ...more);
        };
    """
    await site.publication.stop()
    firsts = set()
    for _ in range(3):
        page = await context.new_page()
        await page.clock.install()
        await page.add_init_script(note_pauses)
        await page.goto(f"{site.front}/erp/ru/")
        await page.wait_for_function("window.pauses.length === 1")
        for count in range(2, 8):
            await page.clock.run_for(60_000)
            await page.wait_for_function("count => window.pauses.length >= count", arg=count)
        pauses = (await page.evaluate("window.pauses"))[:7]
        firsts.add(pauses[0])
        for pause, most in zip(pauses, (5, 10, 20, 40, 60, 60, 60), strict=True):
            assert most / 2 <= pause / 1000 <= most
    assert len(firsts) == 3


async def test_in_a_hidden_tab_it_rests(visited: Page, site: Site) -> None:
    await site.publication.stop()
    await load_with_our_clock(visited, f"{site.front}/erp/ru/")
    await set_hidden(visited, True)
    await site.publication.start()
    before = len(site.publication.loads)

    await visited.clock.run_for(300_000)
    assert len(site.publication.loads) == before
    await set_hidden(visited, False)
    await visited.clock.run_for(6_000)

    await expect(visited.locator("body")).to_have_text("1C works")


async def set_hidden(page: Page, hidden: bool) -> None:
    await page.evaluate(
        """(hidden) => {
             Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
             dispatchEvent(new Event("visibilitychange"));
           }""",
        hidden,
    )


async def test_at_its_own_address_it_is_a_preview_that_leads_to_the_publication(
    page: Page, site: Site
) -> None:
    await page.clock.install()
    await page.goto(f"{site.help}/offline/erp/")
    assert await heading(page) == "Страница помощи «ERP Управление предприятием»"

    await page.clock.run_for(120_000)
    assert page.url == f"{site.help}/offline/erp/"
    await page.get_by_role("button", name="Открыть «ERP Управление предприятием»").click()

    await expect(page.locator("body")).to_have_text("1C works")
