"""The form in which maintenance windows are made and changed; and their end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from aiohttp import web
from babel.dates import get_day_names

from errorhelp.admin.pages.infobase_tree import tree, writable
from errorhelp.admin.pages.page_rendering import Renderer, language_of, person
from errorhelp.admin.pages.page_routes import Form, PageRoute, read_form, see
from errorhelp.admin.pages.window_form import DAYS, ORDINALS, REPEATS, WindowForm, read_draft
from errorhelp.admin.pages.write_form import FormError, in_languages, value_names
from errorhelp.catalog.names import EVERYTHING
from errorhelp.messages.made_window import MadeWindow, in_zone
from errorhelp.messages.message import Message, Severity
from errorhelp.messages.occurrences import Occurrence
from errorhelp.messages.recurrence_words import window_words
from errorhelp.people.people import Role, check_may_write, may_write
from errorhelp.service.drafts import InvalidDraft
from errorhelp.service.service import Service
from errorhelp.service.window_drafts import OccurrencesLost, WindowDraft, new_window
from errorhelp.store import StaleWindow
from errorhelp.system.worker_thread import in_thread

# Of more infobases the form offers folders alone.
_WHOLE_TREE = 200
_PREVIEWED = 5
_FIELDS = {"targets": "to", "starts_at": "starts_at", "duration": "duration", "rule": "rule", "note": "note"}


@dataclass(frozen=True, slots=True)
class WindowPreview:
    """What a form comes to: when the window comes in words, and its next occurrences."""

    words: str
    occurrences: Sequence[Message]


class WindowPage:
    """The form for new maintenance windows, and for windows that are changed."""

    def __init__(self, service: Service, renderer: Renderer) -> None:
        self._service = service
        self._renderer = renderer

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        return (
            PageRoute("GET", "/planned/new", self.get_new, Role.EDITOR),
            PageRoute("POST", "/planned/new", self.post_new, Role.EDITOR),
            PageRoute("GET", "/planned/{id}/change", self.get_change, Role.EDITOR),
            PageRoute("POST", "/planned/{id}/change", self.post_change, Role.EDITOR),
            PageRoute("POST", "/planned/{id}/end", self.end, Role.EDITOR),
        )

    async def get_new(self, request: web.Request) -> web.Response:
        """Fill in a new window."""
        zone = self._service.catalog.zone
        tomorrow = (self._service.now().astimezone(zone) + timedelta(days=1)).replace(hour=2, minute=0)
        form = WindowForm(
            targets=tuple(request.query.getall("to", ())),
            texts=in_languages("", self._service.catalog.languages),
            day=tomorrow.date().isoformat(),
            clock=tomorrow.strftime("%H:%M"),
        )
        return await self._page(request, form)

    async def post_new(self, request: web.Request) -> web.Response:
        """Make a window, or see what the form comes to so far."""
        given = await read_form(request)
        form = self._read(given)
        draft = read_draft(form, self._service.catalog.languages)
        if given.get("action") != "save":
            return await self._page(request, form, previews=True)
        if isinstance(draft, list):
            return await self._page(request, form, errors=draft)
        try:
            made = await self._service.made_windows.make(draft, person(request))
        except InvalidDraft as error:
            return await self._page(request, form, errors=_form_errors(error))
        raise see(f"/planned#{made.id}")

    async def get_change(self, request: web.Request) -> web.Response:
        """Change a window."""
        window = await self._window(request)
        if window.is_ended:
            raise see("/planned")
        catalog = self._service.catalog
        form = WindowForm.of(window, catalog.languages, catalog.zone)
        return await self._page(request, form, changes=window)

    async def post_change(self, request: web.Request) -> web.Response:
        """Give a window other values, unless somebody else did meanwhile."""
        given, window = await read_form(request), await self._window(request)
        form = self._read(given)
        draft = read_draft(form, self._service.catalog.languages)
        action = given.get("action")
        if action not in ("save", "confirm"):
            return await self._page(request, form, changes=window, previews=True)
        if isinstance(draft, list):
            return await self._page(request, form, changes=window, errors=draft)
        try:
            await self._service.made_windows.change(
                window.id, draft, form.revision, person(request), confirm=action == "confirm"
            )
        except InvalidDraft as error:
            return await self._page(request, form, changes=window, errors=_form_errors(error))
        except OccurrencesLost as error:
            return await self._page(request, form, changes=window, lost=error.lost, status=409)
        except StaleWindow as stale:
            # Sent once more, the form takes the place of what is shown beside it.
            form = replace(form, revision=stale.current.revision)
            return await self._page(request, form, changes=window, theirs=stale.current, status=409)
        raise see(f"/planned#{window.id}")

    async def end(self, request: web.Request) -> web.Response:
        """End a window for good."""
        await read_form(request)
        await self._service.made_windows.end(request.match_info["id"], person(request))
        raise see("/planned")

    async def _window(self, request: web.Request) -> MadeWindow:
        window = await self._service.made_windows.window(request.match_info["id"])
        check_may_write(person(request), window.targets, self._service.catalog)
        return window

    def _read(self, given: Form) -> WindowForm:
        languages = self._service.catalog.languages
        others = given.get("others", "")
        return WindowForm.read(given, given.getall("to", ()), others, given.getall("days", ()), languages)

    async def _page(
        self,
        request: web.Request,
        form: WindowForm,
        *,
        changes: MadeWindow | None = None,
        errors: Sequence[FormError] = (),
        lost: Sequence[Occurrence] = (),
        theirs: MadeWindow | None = None,
        previews: bool = False,
        status: int = 200,
    ) -> web.Response:
        language = language_of(request)
        preview: WindowPreview | None = None
        if previews or lost:
            draft = read_draft(form, self._service.catalog.languages)
            if isinstance(draft, list):
                errors = draft
            else:
                try:
                    preview = await in_thread(self._preview, draft, language)
                except InvalidDraft as error:
                    errors = _form_errors(error)
        return await self._renderer.page(
            request,
            "window.html",
            status=422 if errors and status == 200 else status,
            **await in_thread(self._offered, request, form),
            form=form,
            changes=changes,
            errors=errors,
            lost=lost,
            theirs=theirs,
            their_words=self._words(theirs, language) if theirs else "",
            preview=preview,
            day_names=_day_names(language),
            ordinals=ORDINALS,
            repeats=REPEATS,
            severities=tuple(Severity),
            names=value_names(self._service.catalog),
        )

    def _preview(self, draft: WindowDraft, language: str) -> WindowPreview:
        catalog, now = self._service.catalog, self._service.now()
        window = new_window(draft, "w.", "", catalog, self._service.limits, now).in_zone(catalog.zone)
        found = [*window.occurrences(now, now)]
        for each in window.following(now):
            if len(found) >= _PREVIEWED:
                break
            found.append(each)
        return WindowPreview(window_words(window, language), found)

    def _words(self, window: MadeWindow, language: str) -> str:
        in_force = in_zone([window], self._service.catalog.zone)
        return window_words(in_force[0], language) if in_force else window.rule

    def _offered(self, request: web.Request, form: WindowForm) -> dict[str, Any]:
        """What can be chosen, as a tree; of many infobases the folders alone, and the others are written."""
        catalog, who = self._service.catalog, person(request)
        offered = writable(catalog, who)
        is_whole = len(offered) <= _WHOLE_TREE
        shown = tree(catalog, offered)
        in_sight = {each.id for each in offered} if is_whole else set()
        in_sight |= {path for path in catalog.folder_paths if may_write(who, [path], catalog)}
        others = [each for each in form.targets if each not in in_sight and each != EVERYTHING]
        return {
            "tree": shown,
            "is_whole": is_whole,
            "others": ", ".join(others),
            "may_write_for_all": may_write(who, [EVERYTHING], catalog),
            "may_write_for": lambda folder: may_write(who, [folder], catalog),
        }


def _day_names(language: str) -> dict[str, str]:
    """The days of the week by what rules call them."""
    names = get_day_names("wide", context="stand-alone", locale=language)
    return {day: names[number] for number, day in enumerate(DAYS)}


def _form_errors(error: InvalidDraft) -> list[FormError]:
    """What the service found, which has no words of its own on the page."""
    return [
        FormError(_FIELDS.get(where, "text"), "other", {"message": message})
        for where, message in error.errors
    ]
