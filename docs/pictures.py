"""Takes the pictures that README and the pages of docs/ show: run `make pictures` after pages changed.

A real errorhelp serves an invented company at a fixed time; Debian's Chromium looks at it, as it does in tests.
`--infobases 5000` gives the company more of them, `--to FOLDER` leaves the pictures of the documentation alone:

    .venv/bin/python docs/pictures.py --infobases 5000 --to /tmp/pictures
"""

import argparse
import asyncio
import io
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from PIL import Image
from playwright.async_api import Browser, Page, Route, expect

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests/admin/pages")]

from chromium import launched  # noqa: E402 - found from any folder only now
from pages_site import EDIK, PagesSite, Severity, running  # noqa: E402
from signing_in import user, users  # noqa: E402

from errorhelp.public.public_listener import PublicListener  # noqa: E402

FOLDER = ROOT / "docs/pictures"
LANGUAGES = {"en": "en-GB", "ru": "ru-RU"}
"""The languages of the pictures, and the locale of a browser for each."""

NOW = datetime(2026, 11, 24, 7, 20, tzinfo=UTC)
"""10:20 in Moscow, a Tuesday."""

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HELP, PUBLICATION = "https://help.example.com", "https://1c.example.com/erp"
# Colours of a picture: enough for text and its smooth edges, and half of the bytes.
_COLOURS = 256

NAMES = {"en": "Samovar Tea", "ru": "Чайная компания «Самовар»"}
LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">
<path d="M6 12h22v12a8 8 0 0 1-8 8h-6a8 8 0 0 1-8-8z" fill="#1a6e3c"/>
<path d="M28 15h3a4 4 0 0 1 0 9h-3M12 8c0-3 3-2 3-5M19 8c0-3 3-2 3-5" fill="none" stroke="#1a6e3c" stroke-width="2.5"/>
</svg>"""

FOLDERS = {
    "Production": "Производство",
    "Finance": "Финансы",
    "Finance/Archive": "Финансы/Архив",
    "Sales": "Продажи",
    "Branches": "Филиалы",
}
"""English and Russian paths."""

# Id, folder, English and Russian name, and where it is.
INFOBASES: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
    ("erp", "Production", "ERP", "ERP Управление предприятием", {"server": "srv1c-1", "ref": "ERP"}),
    ("wms", "Production", "Warehouse", "Склад (WMS)", {"server": "srv1c-1", "ref": "WMS"}),
    ("repairs", "Production", "Repairs", "Ремонты оборудования", {"server": "srv1c-1", "ref": "TOIR"}),
    (
        "accounting",
        "Finance",
        "Accounting",
        "Бухгалтерия предприятия",
        {"server": "srv1c-2", "ref": "BP30"},
    ),
    (
        "payroll",
        "Finance",
        "Payroll and HR",
        "Зарплата и управление персоналом",
        {"server": "srv1c-2", "ref": "ZUP"},
    ),
    ("budget", "Finance", "Budgets", "Бюджеты", {"server": "srv1c-2", "ref": "BUDGET"}),
    ("archive", "Finance/Archive", "Archive 2020–2024", "Архив 2020–2024", {"file": r"\\files\1c\archive"}),
    ("trade", "Sales", "Wholesale", "Управление торговлей", {"server": "srv1c-2", "ref": "UT11"}),
    ("retail", "Sales", "Retail", "Розница", {"server": "srv1c-2", "ref": "RT"}),
    ("crm", "Sales", "CRM", "CRM", {"server": "srv1c-2", "ref": "CRM"}),
    ("documents", "", "Documents", "Документооборот", {"server": "srv1c-2", "ref": "DOC"}),
    ("portal", "", "Supplier portal", "Портал поставщиков", {"url": "https://portal.example.com/base"}),
)
_BRANCHES_ON_A_SERVER = 200
# Pages with thousands of infobases take their time.
_PATIENCE = 120_000
# How high a window is, at whose foot the bar with the buttons begins below the first dialog.
_DOWN_TO_THE_DIALOG = """
Math.ceil(document.querySelector(".dialog").getBoundingClientRect().bottom)
+ document.querySelector(".send").offsetHeight + 1
"""


def configuration(language: str, infobases: int) -> str:
    """YAML of a company that makes tea, with names in that language and so many infobases."""
    rename = (lambda english, _: english) if language == "en" else (lambda _, russian: russian)
    all_infobases = [
        {"id": id_, "name": rename(english, russian), "connect": connect, "folder": _path(folder, rename)}
        for id_, folder, english, russian, connect in INFOBASES
    ]
    all_infobases[0]["publications"] = [{"url": PUBLICATION, "worker": True}]
    all_infobases += [
        {
            "id": f"branch{number}",
            "name": rename(f"Branch {number}", f"Филиал № {number}"),
            "connect": {"server": f"srv1c-{3 + number // _BRANCHES_ON_A_SERVER}", "ref": f"BR{number}"},
            "folder": _path("Branches", rename),
        }
        for number in range(1, infobases - len(INFOBASES) + 1)
    ]
    return as_yaml(settings(language, all_infobases, nightly=_path("Finance", rename)))


def settings(language: str, infobases: list[dict[str, Any]], *, nightly: str) -> dict[str, Any]:
    """The company's configuration with these infobases, but for its people; each night that folder is looked after."""
    return {
        "time_zone": "Europe/Moscow",
        "languages": ["ru", "en"] if language == "ru" else ["en", "ru"],
        "public": {"url": HELP, "name": NAMES[language], "logo": "logo.svg"},
        "help": {
            "text": {
                "ru": "Дежурный администратор: +7 (495) 123-45-67",
                "en": "Administrator on duty: +7 (495) 123-45-67",
            },
            "url": f"{HELP}/help/{{language}}/{{infobase}}.html",
        },
        "infobases": infobases,
        "lists": [{"id": "office", "folders": ["/"], "carries_messages": True}],
        "reports": {"enabled": True},
        "message_templates": [
            {
                "id": "outage",
                "name": {"ru": "Сервер недоступен", "en": "Server down"},
                "severity": "outage",
                "text": {
                    "ru": "{infobase}: сервер недоступен, чиним. Вход откроется к {until}, подождите.",
                    "en": "{infobase}: the server is down, we are working on it. "
                    "You can log in again at {until}, please wait. Questions: ext. 4455",
                },
            },
            {
                "id": "update",
                "name": {"ru": "Обновление", "en": "Update"},
                "severity": "maintenance",
                "text": {
                    "ru": "{infobase}: идёт обновление. Вход откроется к {until}, данные сохранены.",
                    "en": "{infobase} is being updated. Back by {until}, your data is safe.",
                },
            },
        ],
        "maintenance_windows": [
            {
                "id": "nightly",
                "targets": [nightly],
                "text": {"ru": "Ночное обслуживание", "en": "Nightly maintenance"},
                "starts_at": "2026-01-05 02:00",
                "duration": "45m",
                "rule": "FREQ=DAILY",
            }
        ],
    }


def as_yaml(settings: dict[str, Any]) -> str:
    """The configuration with an admin and an editor, who can sign in."""
    people = users(user("anna", "admin"), user("edik", "editor"))
    return f"admin: {{{people}}}\n" + yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)


def _path(folder: str, rename: Callable[[str, str], str]) -> str:
    return f"/{rename(folder, FOLDERS[folder])}" if folder else "/"


async def post_messages(site: PagesSite, language: str) -> None:
    """What happened until `NOW`: one message over, two shown, one to come."""
    folder = {"en": "/Finance", "ru": "/Финансы"}[language]
    site.clock.now = NOW - 2 * HOUR
    await site.post(
        {
            "en": "Scales answer again, please weigh as usual.",
            "ru": "Весы снова отвечают, работайте как обычно.",
        },
        "wms",
        who=EDIK,
        severity=Severity.INFO,
        ends_at=NOW - HOUR,
    )
    site.clock.now = NOW - 15 * MINUTE
    await site.post(
        {
            "en": "ERP and Warehouse: a disk of the server is being replaced. Back by 11:30, please wait.",
            "ru": "ERP и склад: на сервере меняют диск. Вход откроется к 11:30, подождите.",
        },
        "erp",
        "wms",
        ends_at=NOW + 70 * MINUTE,
        note={"en": "ticket 4711", "ru": "заявка 4711"}[language],
    )
    await site.post(
        {
            "en": "Suppliers get their letters up to half an hour late today.",
            "ru": "Письма поставщикам сегодня приходят с опозданием до получаса.",
        },
        "portal",
        who=EDIK,
        severity=Severity.INFO,
        ends_at=NOW + 8 * HOUR - 20 * MINUTE,
    )
    tonight = NOW + 12 * HOUR - 20 * MINUTE
    await site.post(
        {
            "en": "The finance infobases are being updated. Back by 23:30, your data is safe.",
            "ru": "Обновляем финансовые базы. Вход откроется к 23:30, данные сохранены.",
        },
        folder,
        severity=Severity.MAINTENANCE,
        starts_at=tonight,
        ends_at=tonight + 90 * MINUTE,
    )
    site.clock.now = NOW


@dataclass(frozen=True)
class Example:
    """The running company: its admin pages, and its help and publication under the names people know.

    The publication answers nothing but 503, with the offline page, as nginx does when 1C is gone.
    """

    site: PagesSite
    language: str
    public: str

    @asynccontextmanager
    async def page(self, width: int, height: int, **options: Any) -> AsyncIterator[Page]:
        """A page of somebody who is signed in as an admin, in the language of the example, at `NOW`."""
        look = {
            "viewport": {"width": width, "height": height},
            "color_scheme": "light",
            "locale": LANGUAGES[self.language],
            "timezone_id": "Europe/Moscow",
            "reduced_motion": "reduce",
        }
        async with self.site.visitor(**(look | options)) as visitor:
            context = visitor.context
            context.set_default_timeout(_PATIENCE)
            infobases = self.site.service.catalog.infobases.values()
            published = next(each.id for each in infobases if each.publications)

            async def answer_help(route: Route) -> None:
                here = self.public + route.request.url.removeprefix(HELP)
                asked = route.request
                answer = await context.request.fetch(here, method=asked.method, headers=asked.headers)
                await route.fulfill(response=answer)

            async def answer_unavailable(route: Route) -> None:
                answer = await context.request.get(f"{self.public}/offline/{published}/index.html")
                await route.fulfill(response=answer, status=503)

            # On a machine without a network, too.
            await context.add_init_script("Object.defineProperty(navigator, 'onLine', {value: true})")
            await context.clock.install(time=NOW)
            await context.route(f"{HELP}/**", answer_help)
            await context.route(f"{PUBLICATION}/**", answer_unavailable)
            yield visitor.page


@asynccontextmanager
async def serving(browser: Browser, language: str, infobases: int) -> AsyncIterator[Example]:
    """The company at `NOW`, with its messages."""
    async with serving_after(browser, language, configuration(language, infobases), post_messages) as example:
        yield example


@asynccontextmanager
async def serving_after(
    browser: Browser, language: str, text: str, happen: Callable[[PagesSite, str], Awaitable[None]]
) -> AsyncIterator[Example]:
    """What that configuration makes, in that language, after something happened to it."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "logo.svg").write_text(LOGO, "utf-8")
        async with running(Path(folder), browser, text) as site:
            await happen(site, language)
            listener = PublicListener(
                lambda: site.service.snapshot, lambda: site.clock.now.timestamp(), max_age=60
            )
            await listener.start("127.0.0.1", 0)
            host, port = listener.addresses[0]
            yield Example(site, language, f"http://{host}:{port}")
            await listener.stop(0)


async def front(example: Example) -> bytes:
    """The front page of the help server."""
    async with example.page(960, 900) as page:
        await page.goto(f"{HELP}/{example.language}/")
        # A script counts how long.
        await expect(page.locator("main")).to_contain_text(
            {"en": "min left", "ru": "осталось"}[example.language]
        )
        return await page.screenshot()


async def offline(example: Example) -> bytes:
    """The offline page in place of ERP."""
    async with example.page(800, 610) as page:
        await page.goto(f"{PUBLICATION}/")
        await expect(page.locator("#messages")).to_contain_text("11:30")
        return await page.screenshot()


async def now(example: Example) -> bytes:
    """*Now*, with everything that is shown and to come."""
    async with example.page(1100, 784) as page:
        await page.goto(example.site.url)
        return await page.screenshot()


async def write(example: Example) -> bytes:
    """*Write*, with a message nearly ready."""
    async with _writing(example) as page:
        await page.set_viewport_size({"width": 1200, "height": await page.evaluate(_DOWN_TO_THE_DIALOG)})
        return await page.screenshot()


async def login_dialog(example: Example) -> bytes:
    """What a user will see at a failed login, drawn beside the form of *Write*."""
    async with _writing(example) as page:
        return await page.locator(".dialog").first.screenshot()


@asynccontextmanager
async def _writing(example: Example) -> AsyncIterator[Page]:
    async with example.page(1200, 1200) as page:
        await page.goto(f"{example.site.url}/write?template=outage&to=retail&to=crm")
        await expect(page.locator(".dialog").first).to_contain_text("11:20")
        yield page


PICTURES: Mapping[str, Callable[[Example], Awaitable[bytes]]] = {
    "front": front,
    "offline": offline,
    "now": now,
    "write": write,
    "login-dialog": login_dialog,
}
"""The beginning of each file's name, and what takes the picture."""


def small(png: bytes) -> bytes:
    """The same picture with fewer colours."""
    written = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


async def take(folder: Path, infobases: int) -> None:
    """Write every picture in every language into a folder that is there."""
    async with launched() as browser:
        for language in LANGUAGES:
            async with serving(browser, language, infobases) as example:
                for name, picture in PICTURES.items():
                    file = folder / f"{name}-{language}.png"
                    file.write_bytes(small(await picture(example)))
                    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description="Take the pictures of the documentation.")
    parser.add_argument("--to", type=Path, default=FOLDER, metavar="FOLDER", help="where they are written")
    parser.add_argument(
        "--infobases", type=int, default=len(INFOBASES), metavar="N", help="how many the company has"
    )
    arguments = parser.parse_args()
    arguments.to.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(arguments.to, max(arguments.infobases, len(INFOBASES))))


if __name__ == "__main__":
    main()
