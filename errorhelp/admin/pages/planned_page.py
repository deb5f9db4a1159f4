"""Planned: the next occurrences of every maintenance window, and what admins do to them."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from errorhelp.admin.pages.now_page import end_confirmation, is_for_everybody
from errorhelp.admin.pages.page_rendering import Renderer, language_of, person
from errorhelp.admin.pages.page_routes import Form, PageRoute, read_form, see_again
from errorhelp.catalog.message_texts import window_text
from errorhelp.messages.message import Message, is_shown
from errorhelp.messages.occurrences import Occurrence, coming
from errorhelp.messages.window import Window
from errorhelp.people.people import Person, Role, may_write
from errorhelp.service.service import Service
from errorhelp.text.times import local_to_instant, parse_local

_NEXT = 5


@dataclass(frozen=True, slots=True)
class OccurrenceRow:
    """An occurrence: whether it is shown now, and whether it is still to come.

    Of those to come the next one, and what was changed already, can be moved.
    """

    occurrence: Occurrence
    runs: bool
    is_to_come: bool
    can_be_moved: bool

    @property
    def is_skipped(self) -> bool:
        """Whether it is not shown at all."""
        return self.occurrence.override is not None and self.occurrence.override.is_skip


@dataclass(frozen=True, slots=True)
class Planned:
    """A window with its next occurrences, and whether whoever looks may change them."""

    window: Window
    text: str
    count: int
    rows: list[OccurrenceRow]
    is_mine_to_change: bool


class PlannedPage:
    def __init__(self, service: Service, renderer: Renderer) -> None:
        self._service = service
        self._renderer = renderer

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        return (
            PageRoute("GET", "/planned", self.get),
            PageRoute("POST", "/planned/{id}", self.change, Role.EDITOR),
        )

    async def get(self, request: web.Request) -> web.Response:
        """See what is planned."""
        return await self._page(request)

    async def change(self, request: web.Request) -> web.Response:
        """End, skip, move or restore an occurrence."""
        form, occurrence_id, who = await read_form(request), request.match_info["id"], person(request)
        match form.get("action"):
            case "end" if not form.get("confirmed") and (ends := self._for_everybody(occurrence_id, who)):
                return await end_confirmation(self._renderer, request, ends, form, self._service.catalog)
            case "undo end":
                await self._service.maintenance.undo_end(occurrence_id, who)
            case "end":
                await self._service.maintenance.end(occurrence_id, who)
            case "skip":
                await self._service.maintenance.skip(occurrence_id, who)
            case "restore":
                await self._service.maintenance.restore(occurrence_id, who)
            case "move":
                starts_at = self._start(form)
                if starts_at is None:
                    return await self._page(request, status=422, wrong=occurrence_id)
                await self._service.maintenance.move(occurrence_id, starts_at, who)
            case _:
                raise web.HTTPBadRequest
        raise see_again(form)

    def _for_everybody(self, occurrence_id: str, who: Person) -> Message | None:
        """The occurrence, if it is for all infobases, and the person's to end."""
        catalog, live = self._service.catalog, self._service.snapshot.live
        found = next((each for each in live if each.id == occurrence_id), None)
        is_asked = found and is_for_everybody(found, catalog) and may_write(who, found.targets, catalog)
        return found if is_asked else None

    def _start(self, form: Form) -> datetime | None:
        """The start that was chosen, None if it is none to come."""
        try:
            start = local_to_instant(parse_local(form.get("starts_at", "")), self._service.catalog.zone)
        except (ValueError, OverflowError):
            return None
        return start if start > self._service.now() else None

    async def _page(self, request: web.Request, *, status: int = 200, wrong: str = "") -> web.Response:
        catalog, language = self._service.catalog, language_of(request)
        windows = [
            Planned(
                window=window,
                text=window_text(window, catalog, language),
                count=len(catalog.meant_by(window.targets)),
                rows=self._rows(window),
                is_mine_to_change=may_write(person(request), window.targets, catalog),
            )
            for window in catalog.windows
        ]
        # An answer to a form stands at the form's address, which is no page.
        return await self._renderer.page(
            request, "planned.html", status=status, address="/planned", windows=windows, wrong=wrong
        )

    def _rows(self, window: Window) -> list[OccurrenceRow]:
        now, overrides = self._service.now(), self._service.snapshot.overrides
        rows = []
        next_found = False
        for each in coming(window, now, overrides, _NEXT):
            to_come = now < each.message.starts_at
            is_next = to_come and each.override is None and not next_found
            next_found = next_found or is_next
            can_be_moved = to_come and (is_next or each.override is not None)
            rows.append(OccurrenceRow(each, is_shown(each.message, now), to_come, can_be_moved))
        return rows
