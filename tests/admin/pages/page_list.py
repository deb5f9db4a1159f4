"""All pages that people see, so that what must hold on every page is looked at on each of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pages_site import ANNA, HOUR, PagesSite

from errorhelp.people.people import Role
from errorhelp.service.message_templates import TemplateDraft
from errorhelp.service.window_drafts import WindowDraft


@dataclass(frozen=True, slots=True)
class ListedPage:
    """The route of an admin page, the title it has in Russian (a regular expression), and who may see it.

    `path` is an address of it, with names in braces to be filled in; by default the route itself.
    """

    route: str
    title: str
    path: str = ""
    needs: Role = Role.VIEWER

    @property
    def address(self) -> str:
        """What to open."""
        return self.path or self.route


ADMIN_PAGES = (
    ListedPage("/", "Сейчас|Сбой|Плановые работы|Информация"),
    ListedPage("/write", "Новое сообщение", needs=Role.EDITOR),
    ListedPage("/write", "Новое сообщение", "/write?template=down&to=erp&to=/Finance", needs=Role.EDITOR),
    ListedPage("/messages/{id}", "Сервер обновляется", "/messages/{message}"),
    ListedPage(
        "/messages/{id}/change", "Изменить сообщение", "/messages/{message}/change", needs=Role.EDITOR
    ),
    ListedPage("/templates", "Шаблоны", needs=Role.EDITOR),
    ListedPage("/templates/new", "Новый шаблон", "/templates/new?message={message}", needs=Role.EDITOR),
    ListedPage("/templates/{id}", "Изменить шаблон", "/templates/{template}", needs=Role.EDITOR),
    ListedPage(
        "/several", "Продлено: 1 из 2", "/several?action=1h&done={message}&unknown=x", needs=Role.EDITOR
    ),
    ListedPage("/infobases", "Базы"),
    ListedPage("/infobases", "Базы", "/infobases?state=message&sort=name"),
    ListedPage("/infobases/{id}", "ERP Управление", "/infobases/erp"),
    ListedPage("/requests", "Запросы клиентов", needs=Role.ADMIN),
    ListedPage("/planned", "План"),
    ListedPage("/planned/new", "Новое окно обслуживания", needs=Role.EDITOR),
    ListedPage(
        "/planned/{id}/change", "Изменить окно обслуживания", "/planned/{window}/change", needs=Role.EDITOR
    ),
    ListedPage("/history", "История"),
    ListedPage("/problems", "Проблемы"),
    ListedPage("/problems", "Проблемы", "/problems?infobase=erp&over=days"),
    ListedPage("/problems", "Проблемы", "/problems?over=2026-11-21"),
    ListedPage("/problems", "Проблемы", "/problems?over=2026-11-21T12:00:00Z"),
    ListedPage("/problems/{id}", "Нет лицензии", "/problems/{problem}"),
    ListedPage("/problems/{id}", "Нет лицензии", "/problems/{problem}?over=2026-11-21T12:00:00Z"),
    ListedPage("/reports/{id}", "Отчёт", "/reports/{report}"),
    ListedPage("/problems/{month}", "Проблемы, ноябрь 2026", "/problems/2026-11"),
    ListedPage("/forwarding", "Пересылка"),
    ListedPage("/settings", "Настройки", needs=Role.ADMIN),
    ListedPage("/tokens", "Токены для скриптов", needs=Role.ADMIN),
    ListedPage("/account", "anna|edik|vera"),
)
PAGES_BEFORE_SIGNING_IN = ("/sign-in", "/sign-in/first?key=x")

NO_PAGES = {
    "/healthz",
    "/events",
    "/static/{digest}/{name}",
    "/write/targets",
    "/write/offline/{key}",
    "/lists/{id}/1CEStart.cfg",
    "/reports/{id}/screenshot",
}
"""What is asked for over GET and is no page: parts of pages, downloads, and what programs ask for."""

PUBLIC_PAGES = {
    "/": "Сбой: 2 из 5 · Состояние информационных баз",
    "/{language}/": "Сбой: 2 из 5 · Состояние информационных баз",
    "/help/{infobase}.html": "ERP Управление: помощь при входе",
    "/help/{language}/{infobase}.html": "ERP Управление: помощь при входе",
    "/help/_error.html": "Сервер помощи не может ответить на этот запрос: помощь при входе",
    "/offline/{infobase}/index.html": "Страница помощи «ERP Управление»",
}
"""Published pages, with their titles in Russian for the infobase `erp`."""


def page_routes(routes: Iterator[tuple[str, str]]) -> Iterator[str]:
    """The routes among methods and paths that are pages."""
    for method, path in routes:
        is_download = path.endswith((".csv", ".json"))
        if method == "GET" and not path.startswith(("/api/", "/failures")) and not is_download:
            yield path


def addresses(ids: Mapping[str, str], role: Role) -> Iterator[tuple[str, str]]:
    """Address and title of each admin page that somebody in the role may see."""
    for each in ADMIN_PAGES:
        if role.includes(each.needs):
            yield each.address.format_map(ids), each.title


async def ids_in_addresses(site: PagesSite, message_id: str) -> dict[str, str]:
    """The ids for addresses: of that message, of a window and a template, of the newest report and its problem."""
    (report,) = await site.service.reports.reports(limit=1)
    template = await site.service.templates.make(TemplateDraft("Ждите", "Ждите до {until}"), ANNA)
    starts_at = datetime.fromisoformat("2026-11-23 02:00")
    hostile = "<svg onload=alert(1)> \u202eтскет\u202c {{7*7}} \"'><script>alert(3)</script>"
    draft = WindowDraft(("/Finance",), hostile, starts_at, HOUR, "FREQ=WEEKLY", note=hostile)
    window = await site.service.made_windows.make(draft, ANNA)
    return {
        "message": message_id,
        "window": window.id,
        "report": report.id,
        "problem": report.problem,
        "template": template.id,
    }
