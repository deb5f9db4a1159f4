"""The admin pages of a running service, and people who look at them in a browser."""

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar
from axe_playwright_python.async_playwright import Axe
from multidict import CIMultiDict, CIMultiDictProxy
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page
from signing_in import EVERYBODY, PASSWORD

from errorhelp.admin.access.authorization import FileToken
from errorhelp.admin.admin_listener import AdminListener
from errorhelp.config import load
from errorhelp.messages.message import Message, Severity
from errorhelp.people.people import Person, Role
from errorhelp.public.help_requests import Asked
from errorhelp.public.request_bodies import HelpRequest
from errorhelp.service.drafts import Draft
from errorhelp.service.reloader import Reloader
from errorhelp.service.report_intake import Intake
from errorhelp.service.service import Service
from errorhelp.store.message_filter import MessageFilter
from errorhelp.store.sqlite import SqliteStore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
"""15:00 in Moscow, a Saturday."""

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ANNA, EDIK = Person("anna", Role.ADMIN), Person("edik", Role.EDITOR)

CONFIGURATION = """
time_zone: Europe/Moscow
languages: [ru, en]
public: {url: https://help.example.com}
admin: {EVERYBODY}
help:
  text: {ru: "Звоните дежурному: +7 (495) 123-45-67", en: "Call +7 (495) 123-45-67"}
  url: https://help.example.com/help/{language}/{infobase}.html
folders:
  - {path: /Finance, help: {text: {ru: "Бухгалтерия, доб. 4400", en: "Finance, ext. 4400"}}}
infobases:
  - {id: erp, aliases: erp_old, name: ERP Управление, connect: {server: srv1c, ref: ERP}, folder: /Production}
  - {id: mes, name: MES, connect: {server: srv1c, ref: MES}, folder: /Production}
  - id: payroll
    name: Зарплата
    connect: {server: srv1c, ref: ZUP}
    folder: /Finance
    v8i: {PPasswd: hunter2}
  - {id: archive, name: Архив, connect: {file: 'C:\\archive'}, folder: /Finance/Archive}
  - {id: portal, name: Portal, connect: {url: https://portal.example.com}, language: en}
lists:
  - {id: office, folders: /, carries_messages: true}
maintenance_windows:
  - id: nightly
    targets: /Finance
    text: {ru: Ночное обслуживание, en: Nightly}
    starts_at: 2026-11-20 02:00
    duration: 45m
    rule: FREQ=DAILY
  - id: release
    targets: "*"
    text: Release
    starts_at: 2026-11-20 23:00
    duration: 4h
    rule: FREQ=MONTHLY
reports: {enabled: true, user_names: true, rate: 100000, rate_per_address: 100000}
message_values: {phone: "112"}
message_templates:
  - id: update
    name: {ru: Обновление, en: Update}
    severity: maintenance
    text: "{infobase}: обновление до {until}, {phone}"
  - id: down
    name: {ru: Не работает, en: Down}
    text:
      ru: "{infobase} не работает. Вход откроется к {until}, подождите."
      en: "{infobase} is down until {until}, please wait."
""".replace("EVERYBODY", EVERYBODY)


@dataclass
class SettableClock:
    """A clock that a test moves; scripts in pages count from what it says."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Visitor:
    """Somebody in a browser of their own; `complaints` is what it wrote to its console."""

    context: BrowserContext
    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str) -> Page:
        """Go to a page; it must be there, and not that of an error."""
        response = await self.page.goto(self.url + path)
        assert response is not None
        assert response.status == 200, await self.page.inner_text("main")
        return self.page

    async def read_files_again(self) -> Page:
        """Have the service read its configuration anew, and see the answer."""
        page = await self.open("/settings")
        async with page.expect_navigation():
            await page.get_by_role("button", name="Перечитать").click()
        return page


@dataclass
class PagesSite:
    """A service with its admin listener; the browser is for its visitors."""

    service: Service
    clock: SettableClock
    asked: Asked
    intake: Intake
    configuration: Path
    listener: AdminListener
    browser: Browser | None

    @property
    def url(self) -> str:
        return self.listener.url

    async def post(self, text: Any = "Ждите", *targets: str, who: Person = ANNA, **values: Any) -> Message:
        """Post a message, by default to erp, from now on for an hour."""
        defaults = {"ends_at": self.clock.now + HOUR, "severity": Severity.OUTAGE}
        return await self.service.post(Draft(targets or ("erp",), text, **(defaults | values)), who)

    async def messages(self) -> list[Message]:
        return await self.service.find_messages(MessageFilter(), 1000)

    def ask(self, path: str = "/help/erp.json", body: bytes = b"", query: str = "", **headers: str) -> None:
        """A client asks for help."""
        named = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
        method = "POST" if body else "GET"
        self.asked(HelpRequest(method, path, CIMultiDictProxy(named), "10.0.0.7", body, query))

    async def fail(
        self, infobase: str = "erp", count: int = 1, *, at: datetime | None = None, text: str = "Нет лицензии"
    ) -> None:
        """So many people cannot log in, now or at an earlier time."""
        now, self.clock.now = self.clock.now, at or self.clock.now
        for number in range(count):
            crash = {"errorText": text, "userName": f"user{number}", "appVersion": "8.3.27.1508"}
            self.intake.take(infobase, json.dumps(crash).encode(), "application/json", "10.0.0.7")
        self.clock.now = now
        await self.intake.write()

    async def crash(self, zipped: bytes) -> None:
        """A client of erp crashes, and pushes a report of it."""
        self.intake.start()
        await self.intake.push("erp", zipped, "application/zip", "10.0.0.7")
        await self.intake.stop()

    def configure(self, old: str, new: str) -> None:
        """Change the configuration file."""
        text = self.configuration.read_text("utf-8")
        assert old in text
        self.configuration.write_text(text.replace(old, new), "utf-8")

    @contextmanager
    def locked_store(self) -> Iterator[None]:
        """Meanwhile nobody can write to the database."""
        with closing(sqlite3.connect(self.configuration.with_name("errorhelp.db"))) as other:
            other.execute("BEGIN IMMEDIATE")
            yield

    @asynccontextmanager
    async def visitor(self, name: str = "anna", **options: Any) -> AsyncIterator[Visitor]:
        """Somebody who signed in; in Russian unless said otherwise."""
        assert self.browser is not None
        context = await self.browser.new_context(**({"locale": "ru-RU"} | options))
        context.set_default_timeout(10_000)
        await context.add_cookies(
            [{"name": "errorhelp", "value": await self._signed_in(name), "url": self.url}]
        )
        page = await context.new_page()
        visitor = Visitor(context, page, self.url)
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.on("console", lambda message: _note(message, visitor.complaints))
        yield visitor
        await context.close()

    async def _signed_in(self, name: str) -> str:
        """The cookie of somebody who signed in."""
        async with ClientSession() as http:
            form, origin = {"name": name, "password": PASSWORD}, {"Origin": self.url}
            answer = await http.post(self.url + "/sign-in", data=form, headers=origin, allow_redirects=False)
            return answer.cookies["errorhelp"].value


def _note(message: ConsoleMessage, complaints: list[str]) -> None:
    if message.type == "error":
        complaints.append(message.text)


class Script:
    """A browser without scripts: it sends forms and follows what they lead to."""

    def __init__(self, site: PagesSite, http: ClientSession) -> None:
        self._site = site
        self._http = http

    async def get(self, path: str, **options: Any) -> tuple[int, str]:
        async with self._http.get(self._site.url + path, **options) as answer:
            return answer.status, await answer.text()

    async def send(self, path: str, *fields: tuple[str, str], **options: Any) -> tuple[int, str]:
        """Send a form from a page of the site: status and text of where it leads to."""
        origin = {"Origin": self._site.url}
        async with self._http.post(
            self._site.url + path, data=list(fields), headers=origin, **options
        ) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def without_scripts(site: PagesSite, name: str = "anna", language: str = "en") -> AsyncIterator[Script]:
    """Somebody signed in, whose browser runs no scripts."""
    async with ClientSession(
        cookie_jar=CookieJar(unsafe=True), headers={"Accept-Language": language}
    ) as http:
        script = Script(site, http)
        status, _ = await script.send("/sign-in", ("name", name), ("password", PASSWORD))
        assert status == 200
        yield script


@asynccontextmanager
async def running(
    folder: Path, browser: Browser | None, text: str = CONFIGURATION, port: int = 0
) -> AsyncIterator[PagesSite]:
    """A site with that configuration on the database in the folder, at a port, or any that is free."""
    clock, configuration = SettableClock(), folder / "errorhelp.yaml"
    configuration.write_text(text, "utf-8")
    store = SqliteStore(folder / "errorhelp.db", busy_seconds=0.05)
    service = Service(load(configuration), store, clock)
    intake = Intake(service, store)
    asked = Asked(lambda: clock.now.timestamp(), lambda: service.catalog)
    reload = Reloader(service, configuration).reload
    listener = AdminListener(service, FileToken("a token"), reload, None, asked)
    await service.start()
    await listener.start("127.0.0.1", port)
    yield PagesSite(service, clock, asked, intake, configuration, listener, browser)
    await listener.stop()
    await service.stop()


async def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with a page for people who see, hear or move otherwise."""
    results = await Axe().run(page)
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
        for each in results.response["violations"]
        for node in each["nodes"]
    ]
