"""Help page and overview in a real browser: how they look, and that one left open stays true."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from ports import HOST, free_port

from errorhelp.answers.snapshot import compile
from errorhelp.config import load
from errorhelp.messages.message import Message, Severity
from errorhelp.public.public_listener import PublicListener

CONFIGURATION = """
time_zone: Europe/Moscow
public: {name: {ru: Чайная фабрика, en: Tea factory}, logo: logo.svg}
help:
  text: {ru: "Позвоните дежурному: +7 (495) 123-45-67", en: "Call the person on duty: +7 (495) 123-45-67"}
  url: https://wiki.example.com/1c
infobases:
  - {id: erp, name: ERP Управление предприятием, connect: {server: srv1c, ref: ERP}, folder: /Производство}
  - {id: zup, name: Кадры, connect: {server: srv1c, ref: HR}}
maintenance_windows:
  - {id: night, targets: "*", text: Копия, starts_at: 2026-01-05 HH:00, duration: 45m, rule: FREQ=DAILY}
"""
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><script>alert(6)</script></svg>'
HOSTILE = (
    "<svg onload=alert(1)> <img src=x onerror=alert(2)> </script><script>alert(3)</script> "
    "javascript:alert(4) \"><b onmouseover='alert(5)' \u202edesrever "
    + "x" * 3000
    + " https://a.example/"
    + "y" * 3000
)
PHONE = "+7 (495) 123-45-67"


class HelpSite:
    """A public listener whose clock is `ahead` seconds ahead of this computer's."""

    def __init__(self, folder: Path) -> None:
        file = folder / "errorhelp.yaml"
        (folder / "logo.svg").write_text(LOGO, "utf-8")
        # Nothing of the window is shown now, at whatever time of day this runs.
        far = datetime.now(ZoneInfo("Europe/Moscow")) + timedelta(hours=12)
        file.write_text(CONFIGURATION.replace("HH", f"{far:%H}"), "utf-8")
        self._catalog = load(file).catalog
        self._messages: list[Message] = []
        # It starts again where it was.
        self._port = free_port()
        self.ahead = 0.0
        self.compile()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def help_page(self) -> str:
        return f"{self.url}/help/ru/erp.html"

    def clock(self) -> float:
        return time.time() + self.ahead

    def post(
        self,
        text: str,
        minutes: float = 60,
        starts_in: float = 0,
        severity: Severity = Severity.OUTAGE,
        target: str = "erp",
    ) -> None:
        """Show a message, by default for `erp`; times in minutes."""
        now = datetime.fromtimestamp(self.clock(), UTC).replace(microsecond=0)
        start = now + timedelta(minutes=starts_in)
        self._messages.append(
            Message(text, (target,), text, severity, start, start + timedelta(minutes=minutes), now)
        )
        self.compile()

    def end_all(self) -> None:
        self._messages.clear()
        self.compile()

    def compile(self) -> None:
        self.snapshot = compile(
            self._catalog, self._messages, datetime.fromtimestamp(self.clock(), UTC).replace(microsecond=0)
        )

    async def start(self) -> None:
        self._listener = PublicListener(lambda: self.snapshot, self.clock, max_age=5)
        await self._listener.start(HOST, self._port)

    async def stop(self) -> None:
        await self._listener.stop(grace=0)


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[HelpSite]:
    found = HelpSite(tmp_path)
    await found.start()
    yield found
    await found.stop()


async def open_page(page: Page, address: str, computers_time: datetime | None = None) -> None:
    """Open it with its timers in our hands, and wait until it knows the server's time."""
    await page.clock.install(time=computers_time or datetime.now(UTC))
    await page.goto(address)
    await expect(page.locator("[data-as-of]")).to_contain_text("Сведения на")


def messages(page: Page):  # type: ignore[no-untyped-def]
    return page.locator(".message:visible")


# How they look


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(
    "path", ["/help/ru/erp.html", "/help/en/erp.html", "/", "/help/gone.html", "/not/there"]
)
async def test_everybody_can_use_it_at_every_width(
    browser: Browser, site: HelpSite, path: str, width: int, scheme: str
) -> None:
    for severity in Severity:
        site.post(f"{HOSTILE[:200]} {PHONE} https://help.example.com", severity=severity)
    site.post("Переезд", starts_in=60)
    page = await browser.new_page(viewport={"width": width, "height": 640}, color_scheme=scheme)  # type: ignore[arg-type]
    await page.goto(site.url + path)
    await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")

    found = await Axe().run(page)

    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    await page.close()


@pytest.mark.parametrize("path", ["/help/ru/erp.html", "/"])
async def test_a_hostile_text_is_shown_and_does_nothing(page: Page, site: HelpSite, path: str) -> None:
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("console", lambda line: said.append(line.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    await page.set_viewport_size({"width": 320, "height": 640})
    site.post(HOSTILE)

    await open_page(page, site.url + path)

    await expect(messages(page)).to_contain_text("<svg onload=alert(1)>")
    assert await page.locator("svg, img:not(.organisation img), b, main script").count() == 0
    assert await page.evaluate("document.documentElement.scrollWidth") == 320
    assert said == []


@pytest.mark.parametrize(("width", "height"), [(320, 568), (1280, 720)])
async def test_whom_to_call_is_in_sight_whatever_else_there_is(
    page: Page, site: HelpSite, width: int, height: int
) -> None:
    site.post("Сервер обновляется. " * 200)
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(site.help_page)
    number = page.get_by_role("link", name=PHONE).last
    await expect(number).to_be_in_viewport()
    assert await number.get_attribute("href") == "tel:+74951234567"


async def test_a_link_to_a_cause_opens_its_section(page: Page, site: HelpSite) -> None:
    await page.goto(f"{site.help_page}#no-licence")
    await expect(page.locator("#no-licence")).to_be_in_viewport()
    await expect(page.locator("#no-connection")).to_be_hidden()
    await page.evaluate("location.hash = '#no-connection'")
    await expect(page.locator("#no-connection")).to_be_in_viewport()


async def test_without_scripts_it_says_all_the_same(browser: Browser, site: HelpSite) -> None:
    site.post("Сервер обновляется")
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{site.help_page}#no-licence")
    await expect(page.locator(".message")).to_contain_text("(UTC+3)")
    await expect(page.get_by_role("link", name=PHONE)).to_be_visible()
    await expect(page.locator("#no-licence")).to_be_visible()
    await expect(page.locator("footer")).to_contain_text("Обновите страницу, чтобы увидеть новое")
    await context.close()


async def test_on_paper_every_section_is_open(page: Page, site: HelpSite) -> None:
    await page.goto(site.help_page)
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    await page.emulate_media(media="print")
    await expect(page.locator("#browser-error")).to_be_visible()


# A page left open


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-3), timedelta(), timedelta(days=2)])
@pytest.mark.parametrize("path", ["/help/ru/erp.html", "/"])
async def test_a_message_goes_at_its_end_however_wrong_the_computers_clock_is(
    page: Page, site: HelpSite, path: str, wrong_by: timedelta
) -> None:
    site.post("Сервер обновляется", minutes=10)
    await open_page(page, site.url + path, datetime.now(UTC) + wrong_by)
    await expect(messages(page)).to_contain_text("осталось 9 мин")
    await site.stop()
    await page.clock.run_for(9 * 60_000 - 20_000)
    await expect(messages(page)).to_contain_text(re.compile(r"осталось\s(1\sмин|\d\d\sс)"))
    await page.clock.run_for(80_000)
    await expect(messages(page)).to_have_count(0)
    await expect(page.locator(".state:visible")).to_have_count(0)
    await site.start()


async def test_a_new_message_appears_and_what_was_opened_stays_open(page: Page, site: HelpSite) -> None:
    await open_page(page, site.help_page)
    await page.get_by_text("Не найдена лицензия").click()
    site.post("Сервер обновляется")
    await page.clock.run_for(66_000)
    await expect(messages(page)).to_contain_text("Сервер обновляется")
    await expect(page.locator("#no-licence")).to_be_visible()
    await expect(page.locator("#no-connection")).to_be_hidden()


async def test_a_message_that_was_ended_early_goes(page: Page, site: HelpSite) -> None:
    site.post("Сервер обновляется")
    await open_page(page, site.help_page)
    site.end_all()
    await page.clock.run_for(66_000)
    await expect(messages(page)).to_have_count(0)


async def test_a_scheduled_message_appears_soon_after_its_start(page: Page, site: HelpSite) -> None:
    site.post("Сервер обновляется", starts_in=0.5)
    await open_page(page, site.help_page)
    site.ahead = 30
    await page.clock.run_for(36_000)
    await expect(messages(page)).to_contain_text("Сервер обновляется")


async def test_it_says_when_the_help_server_does_not_answer_and_keeps_whom_to_call(
    page: Page, site: HelpSite
) -> None:
    await open_page(page, site.help_page)
    await site.stop()
    await page.clock.run_for(66_000)
    line = page.locator("[data-as-of]")
    await expect(line).to_contain_text("Сервер помощи не отвечает. Сведения на")
    await expect(page.get_by_role("link", name=PHONE)).to_be_visible()
    await site.start()
    async with asyncio.timeout(30):
        while "не отвечает" in await line.inner_text():
            await page.clock.run_for(66_000)


async def test_somebody_elses_error_page_does_not_take_its_place(page: Page, site: HelpSite) -> None:
    await open_page(page, site.help_page)
    await page.route("**/help/**", lambda route: route.fulfill(status=502, body="<main>Bad gateway</main>"))
    await page.clock.run_for(66_000)
    await expect(page.locator("[data-as-of]")).to_contain_text("не отвечает")
    await expect(page.get_by_role("link", name=PHONE)).to_be_visible()


async def test_it_says_as_of_when_it_is_right_also_when_nothing_changed(page: Page, site: HelpSite) -> None:
    await open_page(page, site.help_page)
    line = page.locator("[data-as-of]")
    before = await line.inner_text()
    site.ahead = 3600
    await page.clock.run_for(66_000)
    await expect(line).not_to_have_text(before)
    await expect(line).to_contain_text("Сведения на")


# The overview


async def test_name_and_logo_stand_above_every_page(page: Page, site: HelpSite) -> None:
    for path, name in (
        ("/", "Чайная фабрика"),
        ("/help/en/erp.html", "Tea factory"),
        ("/not/there", "Чайная"),
    ):
        await page.goto(site.url + path)
        await expect(page.locator(".organisation")).to_contain_text(name)
        assert name in await page.title()
        assert await page.locator(".organisation img").evaluate("each => each.naturalWidth") == 40


async def test_the_page_of_an_error_follows_what_happens(page: Page, site: HelpSite) -> None:
    await open_page(page, site.url + "/not/there")
    await expect(page.locator("h1")).to_have_text("Такой страницы нет")
    site.post("Всё стоит", target="*")
    await page.clock.run_for(70_000)
    await expect(messages(page)).to_contain_text("Всё стоит")


async def test_an_infobase_is_found_by_parts_of_its_name_its_folder_or_its_id(
    page: Page, site: HelpSite
) -> None:
    site.post("Чиним")
    await open_page(page, site.url + "/")
    listed = page.locator(".infobases li:visible")
    await expect(listed).to_have_count(2)
    field = page.get_by_label("Найдите свою базу")
    for typed, found in (
        ("кАдр", "Кадры"),
        ("производ предпр", "ERP Управление предприятием"),
        ("zup", "Кадры"),
    ):
        await field.fill(typed)
        await expect(listed).to_have_count(1)
        await expect(listed).to_contain_text(found)
        await expect(messages(page)).to_have_count(0)
    await field.fill("нет такой")
    await expect(listed).to_have_count(0)
    await expect(page.get_by_role("status").filter(has_text="Ничего не найдено")).to_be_visible()
    await field.fill("")
    await expect(listed).to_have_count(2)
    await expect(messages(page)).to_have_count(1)
    await field.fill("кадры")
    await field.press("Enter")
    await page.wait_for_url("**/help/ru/zup.html")


async def test_who_looks_for_an_infobase_goes_on_when_there_is_news(page: Page, site: HelpSite) -> None:
    await open_page(page, site.url + "/")
    field = page.get_by_label("Найдите свою базу")
    await field.fill("erp")
    site.post("Чиним")
    await page.clock.run_for(70_000)
    await expect(page.locator(".infobases .state")).to_have_text("Сбой")
    await expect(page.locator(".infobases li:visible")).to_have_count(1)
    await expect(field).to_have_value("erp")
    await expect(field).to_be_focused()
    assert (await page.title()).startswith("Сбой: 1 из 2")


async def test_a_folder_that_somebody_closed_is_closed_again_after_looking_for_something(
    page: Page, site: HelpSite
) -> None:
    await open_page(page, site.url + "/")
    folder = page.locator(".folder", has_text="Производство")
    await folder.locator("summary").click()
    field = page.get_by_label("Найдите свою базу")
    await field.fill("erp")
    await expect(folder).to_have_attribute("open", "")
    await field.fill("")
    await expect(folder).not_to_have_attribute("open", "")


async def test_without_scripts_nothing_is_offered_that_needs_them(browser: Browser, site: HelpSite) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(site.url + "/")
    await expect(page.locator(".infobases li")).to_have_count(2)
    await expect(page.locator("#find")).to_be_hidden()
    await context.close()
