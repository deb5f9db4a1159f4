"""Takes a picture of every page, to look at before and after a change: a large company on a bad day.

200 infobases in 15 folders, six messages, some hundred reports with a spike, windows, tokens and a history of a week;
as large as a screen and as a phone, light and dark, in English and Russian, over 200 pictures in two minutes:

    .venv/bin/python docs/every_page.py /tmp/pages

A part of it takes seconds. `--page` takes names (`--help` lists them) or addresses, `--whole` is a page to its end:

    .venv/bin/python docs/every_page.py /tmp/pages --page now,write
    .venv/bin/python docs/every_page.py /tmp/pages --page front --only ru,phone,dark --whole
    .venv/bin/python docs/every_page.py /tmp/pages --page '/problems?over=days' --only en,screen

`--serve ru` leaves it running for a look around, and says where.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests/admin/pages")]

from chromium import launched  # noqa: E402 - found from any folder only now
from pages_site import ANNA, EDIK, HOUR, MINUTE, PagesSite, Severity  # noqa: E402
from signing_in import PASSWORD  # noqa: E402

from docs import pictures  # noqa: E402
from errorhelp.admin.access.api_tokens import ApiTokens  # noqa: E402
from errorhelp.people.people import Person, Role  # noqa: E402

SIZES: dict[str, dict[str, Any]] = {
    "screen": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
SCHEMES = ("light", "dark")

ADMIN_PAGES = {
    "now": "/",
    "write": "/write",
    "write-ready": "/write?template=outage&to={shops}",
    "message": "/messages/{message}",
    "change": "/messages/{message}/change",
    "infobases": "/infobases",
    "infobase": "/infobases/shop-3",
    "requests": "/requests",
    "planned": "/planned",
    "window": "/planned/new",
    "templates": "/templates",
    "template": "/templates/new",
    "history": "/history",
    "problems": "/problems",
    "problem": "/problems/{problem}",
    "report": "/reports/{report}",
    "month": "/problems/2026-11",
    "forwarding": "/forwarding",
    "settings": "/settings",
    "tokens": "/tokens",
    "account": "/account",
    "unknown-page": "/nothing",
    "unknown-message": "/messages/nothing",
}
PUBLIC_PAGES = {
    "front": f"{pictures.HELP}/{{language}}/",
    "help": f"{pictures.HELP}/help/{{language}}/shop-3.html",
    "help-unknown": f"{pictures.HELP}/help/{{language}}/gone.html",
    "help-nothing": f"{pictures.HELP}/nothing",
    "offline": f"{pictures.PUBLICATION}/",
}
SIGN_IN = {"sign-in": "/sign-in"}
PAGES = {**ADMIN_PAGES, **SIGN_IN, **PUBLIC_PAGES}
"""The address of each page; one of the admin side begins with a slash."""

# English and Russian paths; how the ids of its infobases begin, and how many there are.
FOLDERS = (
    ("/Production", "/Производство", "erp", 6),
    ("/Production/Shops", "/Производство/Цеха", "shop", 34),
    ("/Finance", "/Финансы", "accounting", 14),
    ("/Finance/Payroll", "/Финансы/Зарплата", "payroll", 12),
    ("/Finance/Archive", "/Финансы/Архив", "archive", 8),
    ("/Sales", "/Продажи", "trade", 10),
    ("/Sales/Retail", "/Продажи/Розница", "retail", 30),
    ("/Warehouses", "/Склады", "warehouse", 12),
    ("/Branches", "/Филиалы", "branch", 4),
    ("/Branches/North", "/Филиалы/Север", "north", 15),
    ("/Branches/South", "/Филиалы/Юг", "south", 15),
    ("/Branches/Far East", "/Филиалы/Дальний Восток", "east", 15),
    ("/Projects", "/Проекты", "project", 10),
    ("/Tests", "/Тестовые", "test", 13),
    ("/", "/", "office", 2),
)
NAMES = {
    "erp": ("Enterprise management", "Управление предприятием"),
    "shop": ("Shop floor", "Цех"),
    "accounting": ("Accounting of the enterprise, corporate edition", "Бухгалтерия предприятия КОРП"),
    "payroll": ("Payroll and HR", "Зарплата и управление персоналом"),
    "archive": ("Archive", "Архив"),
    "trade": ("Wholesale", "Управление торговлей"),
    "retail": ("Retail", "Розница"),
    "warehouse": ("Warehouse", "Склад"),
    "branch": ("Branch", "Филиал"),
    "north": ("Branch North", "Филиал Север"),
    "south": ("Branch South", "Филиал Юг"),
    "east": ("Branch Far East", "Филиал Дальний Восток"),
    "project": ("Project", "Проект"),
    "test": ("Test", "Тестовая база"),
    "office": ("Documents", "Документооборот"),
}
_ON_A_SERVER = 50


def configuration(language: str) -> str:
    """YAML of the large company."""
    shops, finance, sales = (path(each, language) for each in ("/Production/Shops", "/Finance", "/Sales"))
    infobases = list(_infobases(language))
    next(each for each in infobases if each["id"] == "shop-3")["publications"] = [
        {"url": pictures.PUBLICATION, "worker": True}
    ]
    settings = pictures.settings(language, infobases, nightly=finance)
    settings["reports"] |= {
        "user_names": True,
        "rate_per_address": 10_000,
        "forward": [{"id": "desk", "webhook": "https://desk.example.com/1c"}],
    }
    settings["maintenance_windows"] += [
        {
            "id": "backup",
            "targets": [shops],
            "text": {"ru": "Резервное копирование", "en": "Backup"},
            "starts_at": "2026-01-05 21:00",
            "duration": "2h",
            "rule": "FREQ=WEEKLY;BYDAY=MO,WE,FR",
        },
        {
            "id": "release",
            "targets": [sales],
            "text": {"ru": "Обновление конфигурации", "en": "Release"},
            "starts_at": "2026-01-03 08:00",
            "duration": "4h",
            "rule": "FREQ=MONTHLY;BYDAY=-1SA",
        },
    ]
    return pictures.as_yaml(settings)


def path(english: str, language: str) -> str:
    """The folder's path in a language."""
    return next(each[language == "ru"] for each in FOLDERS if each[0] == english)


def _infobases(language: str) -> Iterator[dict[str, Any]]:
    made = 0
    for *paths, prefix, count in FOLDERS:
        for number in range(1, count + 1):
            made += 1
            connect = {"server": f"srv1c-{1 + made // _ON_A_SERVER}", "ref": f"{prefix}{number}".upper()}
            yield {
                "id": f"{prefix}-{number}",
                "name": f"{NAMES[prefix][0]} {number}"
                if language == "en"
                else f"{NAMES[prefix][1]} № {number}",
                "connect": {"file": rf"\\files\1c\{prefix}{number}"} if prefix == "archive" else connect,
                "folder": paths[language == "ru"],
            }


async def happen(site: PagesSite, language: str) -> None:
    """What happened until now: a week of messages, failed logins, and six messages that are not over."""
    shops, payroll, sales = (
        path(each, language) for each in ("/Production/Shops", "/Finance/Payroll", "/Sales")
    )
    now = pictures.NOW
    for days, hours, english, russian, target, severity in (
        (6, 1, "The database server is down.", "Сервер баз данных недоступен.", "*", Severity.OUTAGE),
        (4, 2, "New release.", "Обновление конфигурации.", sales, Severity.MAINTENANCE),
        (3, 8, "Letters are late.", "Письма приходят с опозданием.", "office-1", Severity.INFO),
        (1, 1, "Shop floor: no licences.", "Цех: не хватает лицензий.", "shop-7", Severity.OUTAGE),
        (0, 2, "Scales answer again.", "Весы снова отвечают.", "warehouse-2", Severity.INFO),
    ):
        site.clock.now = now - timedelta(days=days, hours=hours + 1)
        ends_at = site.clock.now + hours * HOUR
        text = {"en": english, "ru": russian}
        posted = await site.post(text, target, severity=severity, ends_at=ends_at)
        site.clock.now += HOUR / 2
        await site.service.extend(posted.id, HOUR / 2, EDIK)
    await _report(site)
    for ago, length, english, russian, target, severity, who in (
        (300, 600, "Letters come late.", "Письма приходят с опозданием.", "*", Severity.INFO, EDIK),
        (90, 150, "Printers are slow.", "Печать идёт медленно.", "office-1", Severity.INFO, EDIK),
        (
            50,
            120,
            "Being updated.",
            "Идёт обновление, данные сохранены.",
            payroll,
            Severity.MAINTENANCE,
            EDIK,
        ),
        (35, 100, "The scales do not answer.", "Весы не отвечают.", "warehouse-4", Severity.OUTAGE, ANNA),
        (
            20,
            90,
            "The server of the shop floors is down: a disk is being replaced. Back by 11:30, please wait.",
            "Сервер цехов недоступен: меняют диск. Вход откроется к 11:30, подождите.",
            shops,
            Severity.OUTAGE,
            ANNA,
        ),
    ):
        site.clock.now = now - ago * MINUTE
        ends_at = site.clock.now + length * MINUTE
        await site.post({"en": english, "ru": russian}, target, severity=severity, ends_at=ends_at, who=who)
    shops_down = next(each for each in site.service.snapshot.live if each.targets == (shops,))
    for ago, text in (
        (12, {"en": "The disk has come.", "ru": "Диск привезли, меняем."}),
        (
            4,
            {
                "en": "The disk is replaced, data are being checked. Back by {until}.",
                "ru": "Диск заменили, проверяем данные. Вход откроется к {until}.",
            },
        ),
    ):
        site.clock.now = now - ago * MINUTE
        await site.service.update(shops_down.id, text, EDIK)
    site.clock.now = now - 80 * MINUTE
    licences = await site.post({"en": "No licences.", "ru": "Не хватает лицензий."}, "shop-3", who=EDIK)
    site.clock.now = now - 40 * MINUTE
    words = {
        "en": "Licences are there again. If 1C still finds none, call 44-00.",
        "ru": "Лицензии снова есть. Если 1С их не находит, звоните 44-00.",
    }
    await site.service.end(licences.id, EDIK, closing=words)
    tonight = now + 12 * HOUR + 10 * MINUTE
    await site.post(
        {"en": "New release tonight.", "ru": "Вечером обновление."},
        sales,
        severity=Severity.MAINTENANCE,
        starts_at=tonight,
        ends_at=tonight + 2 * HOUR,
    )
    nightly = next(each for each in site.service.snapshot.planned if each.window == "nightly")
    await site.service.maintenance.move(nightly.id, nightly.starts_at + HOUR, ANNA)
    tokens = ApiTokens(site.service.access, site.clock)
    await tokens.make(
        Person({"en": "nightly update", "ru": "ночное обновление"}[language], Role.EDITOR), ANNA
    )
    old, _ = await tokens.make(Person("monitoring", Role.VIEWER), ANNA)
    await tokens.revoke(old.id, ANNA)
    site.clock.now = now


async def _report(site: PagesSite) -> None:
    """Some reports a day for two weeks, and in the last hour very many of the shop floors."""
    no_licence, unreachable = "Не обнаружен ключ защиты программы", "Сервер 1С:Предприятия не обнаружен"
    for days in range(14, 0, -1):
        at = pictures.NOW - timedelta(days=days, minutes=days * 37 % 300)
        await site.fail(f"retail-{days}", days % 3 + 1, at=at, text=no_licence)
        await site.fail("shop-3", days % 2 + 1, at=at - HOUR, text=no_licence)
    for number, (infobase, count) in enumerate((("shop-3", 26), ("shop-4", 14), ("shop-9", 4), ("erp-1", 2))):
        at = pictures.NOW - (18 - number) * MINUTE
        await site.fail(infobase, count, at=at, text=f"{unreachable}: srv1c-1")
    site.clock.now = pictures.NOW - 5 * MINUTE
    for infobase in ("shop-3", "shop-4", "erp-1"):
        site.ask(f"/help/{infobase}.json", body=b'{"errorText": "?"}', User_Agent="1CV8C/8.3.27.1508")
    site.ask("/help/gone.json", User_Agent="curl/8")


async def take(folder: Path, addresses: dict[str, str], only: set[str], *, whole: bool) -> None:
    """Write a picture of each address into a folder that is there, in all looks that `only` leaves."""
    languages, sizes, schemes = ([*_left(group, only)] for group in (pictures.LANGUAGES, SIZES, SCHEMES))
    async with launched() as browser:
        for language in languages:
            async with pictures.serving_after(browser, language, configuration(language), happen) as example:
                values = await _values(example.site, language)
                for size, scheme in product(sizes, schemes):
                    look = SIZES[size]
                    async with example.page(**look["viewport"], color_scheme=scheme, **look) as page:
                        # Last, for it signs out.
                        for name, address in sorted(addresses.items(), key=lambda each: each[0] in SIGN_IN):
                            if name in SIGN_IN:
                                await page.context.clear_cookies()
                            to = address.format_map(values)
                            await page.goto(example.site.url + to if to.startswith("/") else to)
                            if not to.startswith("/"):
                                # Public pages ask once more for what is new.
                                await page.wait_for_load_state("networkidle")
                            file = folder / f"{name}-{language}-{size}-{scheme}.png"
                            await page.screenshot(path=file, full_page=whole)
                            print(file)


def _left(group: Any, only: set[str]) -> Any:
    return [each for each in group if each in only] or group


async def _values(site: PagesSite, language: str) -> dict[str, str]:
    """What stands in braces in the addresses."""
    shops = path("/Production/Shops", language)
    message = next(each for each in site.service.snapshot.live if each.targets == (shops,))
    report, *_ = await site.service.reports.reports(limit=1)
    return {
        "language": language,
        "shops": shops,
        "message": message.id,
        "report": report.id,
        "problem": report.problem,
    }


async def serve(language: str) -> None:
    """Leave the company running."""
    async with (
        launched() as browser,
        pictures.serving_after(browser, language, configuration(language), happen) as example,
    ):
        print(f"{example.site.url} (anna or edik, {PASSWORD!r}) and {example.public}/; Ctrl+C ends it")
        await asyncio.Event().wait()


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("to", type=Path, nargs="?", metavar="FOLDER", help="where they are written")
    parser.add_argument("--page", metavar="PAGE,…", help=f"of these only: {', '.join(PAGES)}; or /an/address")
    parser.add_argument("--only", default="", metavar="LOOK,…", help="en, ru, screen, phone, light, dark")
    parser.add_argument("--whole", action="store_true", help="each page to its end")
    parser.add_argument("--serve", choices=pictures.LANGUAGES, help="no pictures: leave it running")
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve(arguments.serve))
    elif arguments.to is None:
        parser.error("name the FOLDER for the pictures, such as /tmp/pages")
    else:
        names = arguments.page.split(",") if arguments.page else list(PAGES)
        if unknown := [each for each in names if each not in PAGES and not each.startswith("/")]:
            parser.error(f"there is no page {', '.join(unknown)}; there are {', '.join(PAGES)}")
        only = {each for each in arguments.only.split(",") if each}
        if unknown := only - {*pictures.LANGUAGES, *SIZES, *SCHEMES}:
            parser.error(
                f"there is no look {', '.join(unknown)}; there are en, ru, screen, phone, light, dark"
            )
        addresses = {name.strip("/").replace("/", "-").split("?")[0]: PAGES.get(name, name) for name in names}
        arguments.to.mkdir(parents=True, exist_ok=True)
        asyncio.run(take(arguments.to, addresses, only, whole=arguments.whole))


if __name__ == "__main__":
    main()
