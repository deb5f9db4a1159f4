"""Planned: the next occurrences of every maintenance window, and what admins do to them."""

import re
from dataclasses import dataclass
from datetime import datetime

from aiohttp import hdrs, web

from errorhelp.admin.pages.now_page import end_confirmation, is_for_everybody
from errorhelp.admin.pages.page_rendering import Renderer, language_of, person
from errorhelp.admin.pages.page_routes import Form, PageRoute, local_path, read_form, see_again
from errorhelp.catalog.message_texts import window_text
from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.message import Message, is_shown
from errorhelp.messages.occurrences import Occurrence, coming
from errorhelp.messages.recurrence_words import window_words
from errorhelp.messages.window import Window
from errorhelp.people.people import Person, Role, may_write
from errorhelp.service.service import Service
from errorhelp.system.worker_thread import in_thread
from errorhelp.text.times import local_to_instant, parse_local

_NEXT, _MOST = 5, 100
_NUMBER = re.compile(r"(?<=\d) (?=[^\W\d])")
_LONGEST_TITLE = 90


@dataclass(frozen=True, slots=True)
class OccurrenceRow:
    """An occurrence: whether it is shown now, whether it is still to come, and whether it is the next as planned."""

    occurrence: Occurrence
    runs: bool
    is_to_come: bool
    is_next: bool

    @property
    def is_skipped(self) -> bool:
        """Whether it is not shown at all."""
        return self.occurrence.override is not None and self.occurrence.override.is_skip


@dataclass(frozen=True, slots=True)
class Planned:
    """A window with its next occurrences, and whether whoever looks may change them.

    `made` is the window as somebody made it, None for one of the configuration, and `words` say when it comes. Its
    `title` is how its text begins, `text` is what is to be read beside that. With `more` the page shows more of its
    occurrences, up to so many.
    """

    window: Window
    made: MadeWindow | None
    words: str
    title: str
    text: str
    more: int | None
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
        raise see_again(form, f"occurrence-{occurrence_id}")

    def _for_everybody(self, occurrence_id: str, who: Person) -> Message | None:
        """The occurrence, if it is for all infobases, and the person's to end."""
        catalog, live = self._service.catalog, self._service.snapshot.live
        found = next((each for each in live if each.id == occurrence_id), None)
        is_asked = found and is_for_everybody(found, catalog) and may_write(who, found.targets, catalog)
        return found if is_asked else None

    def _start(self, form: Form) -> datetime | None:
        """The start that was chosen, None if it is none to come."""
        # Pages that were opened before a change of version send it in one field.
        typed = form.get("starts_at", "") or f"{form.get('day', '')} {form.get('time', '').strip()}"
        try:
            start = local_to_instant(parse_local(typed), self._service.catalog.zone)
        except (ValueError, OverflowError):
            return None
        return start if start > self._service.now() else None

    async def _page(self, request: web.Request, *, status: int = 200, wrong: str = "") -> web.Response:
        next_ = request.query.get("next", "")
        count = min(int(next_), _MOST) if next_.isdecimal() and 0 < len(next_) < 4 and int(next_) else _NEXT
        windows = await in_thread(self._planned, person(request), language_of(request), count)
        # An answer to a form stands at the form's address, which is no page.
        address = local_path(request.rel_url.raw_path_qs) if request.method == hdrs.METH_GET else "/planned"
        return await self._renderer.page(
            request,
            "planned.html",
            status=status,
            address=address,
            windows=windows,
            has_made=any(each.made for each in windows),
            wrong=wrong,
        )

    def _planned(self, who: Person, language: str, count: int) -> list[Planned]:
        catalog, snapshot = self._service.catalog, self._service.snapshot
        made = {each.id: each for each in snapshot.made}
        found = []
        for window in snapshot.windows:
            text = window_text(window, catalog, language)
            title, rest = _title(text)
            rows = self._rows(window, count)
            found.append(
                Planned(
                    window=window,
                    made=made.get(window.id),
                    words=_unbroken(window_words(window, language)),
                    title=title,
                    text=rest,
                    more=min(count * 4, _MOST) if len(rows) >= count and count < _MOST else None,
                    count=len(catalog.meant_by(window.targets)),
                    rows=rows,
                    is_mine_to_change=may_write(who, window.targets, catalog),
                )
            )
        return found

    def _rows(self, window: Window, count: int) -> list[OccurrenceRow]:
        now, overrides = self._service.now(), self._service.snapshot.overrides
        rows = []
        next_found = False
        for each in coming(window, now, overrides, count):
            to_come = now < each.message.starts_at
            is_next = to_come and each.override is None and not next_found
            next_found = next_found or is_next
            rows.append(OccurrenceRow(each, is_shown(each.message, now), to_come, is_next))
        return rows


def _unbroken(words: str) -> str:
    """The words, with a number and what it counts on one line."""
    return _NUMBER.sub("\u00a0", words)


def _title(text: str) -> tuple[str, str]:
    """How a text begins, as far as fits a title, and what is to be read beside it: the rest, or all of it."""
    first, _, rest = text.strip().partition("\n")
    if len(first) <= _LONGEST_TITLE:
        return first, rest.strip()
    words = first[:_LONGEST_TITLE].rpartition(" ")[0] or first[:_LONGEST_TITLE]
    return f"{words.rstrip(' ,;:.')}…", text
