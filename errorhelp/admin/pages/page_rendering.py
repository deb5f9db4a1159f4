"""Templates made pages: in the reader's language, with what stands on every page."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from aiohttp import hdrs, web
from jinja2 import Environment

from errorhelp.admin.access.authorization import WHO
from errorhelp.admin.pages.assets import Assets
from errorhelp.admin.pages.event_stream import SEEN
from errorhelp.admin.pages.page_language import COOKIE, choose_language
from errorhelp.admin.pages.page_routes import page_address
from errorhelp.admin.pages.page_times import Moments, parts
from errorhelp.admin.pages.reminders import next_reminder, reminders
from errorhelp.answers.situation import folder_name
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.message_texts import message_text
from errorhelp.messages.message import Message
from errorhelp.people.people import Person, Role
from errorhelp.publishing.publisher import Publisher
from errorhelp.service.service import Service
from errorhelp.system.shipped_files import shipped
from errorhelp.system.worker_thread import in_thread
from errorhelp.text.html_templates import environment
from errorhelp.text.languages import INTERFACE_LANGUAGES
from errorhelp.text.links import unbroken

TEMPLATES = Path(__file__).parent.parent / "templates"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""The Content-Security-Policy of every page (CSP Level 3); a frame shows the offline page of a draft."""

_HEADERS = {
    hdrs.CACHE_CONTROL: "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
}


class Renderer:
    """Renders the templates in `templates/` for a service; `has_reports` says that there are reports to see.

    `dead` says how many notifications nobody tries to deliver any more.
    """

    def __init__(
        self, service: Service, publisher: Publisher | None = None, dead: Callable[[], int] = lambda: 0
    ) -> None:
        self.assets = Assets(shipped("static"))
        self._service = service
        self._publisher = publisher
        self._dead = dead
        self.has_reports = False

    async def page(
        self, request: web.Request, template: str, *, status: int = 200, **values: object
    ) -> web.Response:
        """The page that a template makes of the values and of what every page has.

        Public reads do not wait for it, though it be large, or the template be compiled first.
        """
        every_value = {**self._common(request), **values}
        return await in_thread(_rendered, template, language_of(request), every_value, status)

    def moments(self, request: web.Request) -> Moments:
        """How times are shown to whoever asks."""
        return Moments(self._service.catalog.zone, self._service.now(), language_of(request))

    def _common(self, request: web.Request) -> Mapping[str, Any]:
        service, now, who = self._service, self._service.now(), request.get(WHO)
        return {
            "language": language_of(request),
            "text_of": partial(self._text_of, language_of(request)),
            "interface_languages": INTERFACE_LANGUAGES,
            "catalog": service.catalog,
            "seen": request.get(SEEN, 0),
            "time": self.moments(request),
            "asset": self.assets.url,
            "address": page_address(request),
            # An answer to a form cannot be asked for again: of that page only what all pages have is followed.
            "followed": page_address(request) if request.method == hdrs.METH_GET else "/",
            "person": who,
            "may_write": who is not None and who.role.includes(Role.EDITOR),
            "is_admin": who is not None and who.role.includes(Role.ADMIN),
            "shows_reports": self.shows_reports,
            "configuration": service.configuration,
            "waiting_retention": service.waiting_retention,
            "dead_notifications": self._dead(),
            "store_error": service.store_error,
            "tree_is_late": self._publisher is not None and self._publisher.is_late,
            "tree_error": self._publisher and self._publisher.status.error,
            **self._reminding(who, now),
        }

    def _text_of(self, language: str, message: Message, infobase: Infobase | None = None) -> str:
        """What is shown of a message, of which readers in the language see the wording in it."""
        return message_text(message, self._service.catalog, language, infobase)

    @property
    def shows_reports(self) -> bool:
        """Whether reports are switched on, have been, or are there."""
        self.has_reports = self.has_reports or self._service.loaded.settings.reports.enabled
        return self.has_reports

    def _reminding(self, who: Person | None, now: datetime) -> Mapping[str, Any]:
        before = self._service.loaded.settings.messages.remind
        name = who.name if who and who.role.includes(Role.EDITOR) else None
        own = [each for each in self._service.snapshot.live if each.author == name]
        return {"reminders": reminders(own, before, now), "next_reminder": next_reminder(own, before, now)}


def _rendered(template: str, language: str, values: Mapping[str, object], status: int) -> web.Response:
    html = _templates(language).get_template(template).render(values)
    return web.Response(text=html, status=status, content_type="text/html", charset="utf-8", headers=_HEADERS)


def person(request: web.Request) -> Person:
    """Who asks, on a page that only those see who signed in."""
    return request[WHO]


def language_of(request: web.Request) -> str:
    """The language in which a request is answered."""
    return choose_language(
        request.cookies.get(COOKIE, ""), request.headers.get(hdrs.ACCEPT_LANGUAGE, ""), INTERFACE_LANGUAGES
    )


@lru_cache
def _templates(language: str) -> Environment:
    made = environment(TEMPLATES, "admin", language)
    made.filters["parts"] = parts
    made.filters["phones"] = unbroken
    made.filters["folder"] = folder_name
    return made
