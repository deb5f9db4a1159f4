"""What is planned as a calendar to subscribe to (iCalendar, RFC 5545 and RFC 7986)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from icalendar import Calendar, Event, vRecur

from errorhelp.answers.public_language import Language
from errorhelp.answers.situation import subjects
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.message_texts import window_text
from errorhelp.formats.vtimezone import vtimezone
from errorhelp.messages.board import Board
from errorhelp.messages.message import Message, cancelled_until, is_cancelled
from errorhelp.messages.occurrences import Override
from errorhelp.messages.window import Window
from errorhelp.text.texts import readable
from errorhelp.text.times import local_to_instant

# Events keep their UID at every start and on every node. Any fixed UUID does.
_EVENTS = UUID("5d9f6d3a-8c0e-5b52-8f0d-6d1c3f6f2e41")
_NO_CHANGE_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
_MOST_NAMES = 5
_YEARS_AHEAD = 5


def calendar(catalog: Catalog, board: Board, language: Language, now: datetime) -> bytes:
    """Every maintenance window, with its exceptions, and every message announced ahead that is not over.

    What was cancelled stays for a while, said to be so, for those who have it from before.
    """
    title = language.translations.gettext("Planned maintenance")
    planned = Calendar()
    planned.add("PRODID", "-//errorhelp//maintenance//EN")
    planned.add("VERSION", "2.0")
    planned.add("NAME", title)
    planned.add("X-WR-CALNAME", title)
    planned.add("REFRESH-INTERVAL", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    windows = (*catalog.windows, *board.made_windows)
    if windows and str(catalog.zone) != "UTC":
        first_year = min(window.starts_at.year for window in windows)
        planned.add_component(vtimezone(catalog.zone, first_year, now.year + _YEARS_AHEAD))
    for window in windows:
        for event in _window_events(catalog, board, language, window, now):
            planned.add_component(event)
    for message in board.messages:
        if message.window is None and message.created_at < message.starts_at and now < message.shown_until:
            planned.add_component(_message_event(catalog, language, message))
    for message in board.past:
        if is_cancelled(message, now):
            event = _message_event(catalog, language, message)
            event.add("STATUS", "CANCELLED")
            planned.add_component(event)
    return bytes(planned.to_ical())


def calendar_changes(board: Board, now: datetime) -> Iterator[datetime]:
    """When what was cancelled is listed no more."""
    ends = (*map(cancelled_until, board.past), *(each.known_until for each in board.overrides))
    return (end for end in ends if end is not None and now < end)


def _window_events(
    catalog: Catalog, board: Board, language: Language, window: Window, now: datetime
) -> Iterator[Event]:
    """The event that recurs, and one in place of each occurrence that is at another time, or cancelled."""
    first = local_to_instant(window.recurrence.first_start, window.zone)
    text = readable(window_text(window, catalog, language.code))
    recurring = _event(catalog, language, window, text, window.revised_at or catalog.revised_at or first)
    # An end rather than a duration: then every occurrence takes exactly as long (RFC 5545, 3.8.5.3).
    recurring.add("DTSTART", window.recurrence.first_start.replace(tzinfo=window.zone))
    recurring.add("DTEND", (first + window.duration).astimezone(window.zone))
    recurring.add("RRULE", vRecur.from_ical(window.recurrence.rule))
    for override in board.overrides:
        if override.window != window.id or override.known_until <= now:
            continue
        occurrence = window.occurrence(override.planned_for)
        if occurrence is None:
            continue
        starts_at, ends_at = override.starts_at, override.ends_at
        if override.is_skip:
            starts_at, ends_at = override.planned_for, override.planned_until
        text = language.message(replace(occurrence, starts_at=starts_at, ends_at=ends_at), catalog)
        instead = _event(catalog, language, window, text, override.changed_at or first)
        instead.add("SEQUENCE", _sequence(override))
        instead.add("RECURRENCE-ID", override.planned_for.astimezone(window.zone))
        instead.add("DTSTART", starts_at.astimezone(window.zone))
        instead.add("DTEND", ends_at.astimezone(window.zone))
        if override.is_cancelled:
            instead.add("STATUS", "CANCELLED")
        yield instead
    yield recurring


def _sequence(override: Override) -> int:
    """What grows with each change of an occurrence (RFC 5545, 3.8.7.4), also when one in between was taken back."""
    if override.changed_at is None:
        return 0
    return int((override.changed_at - _NO_CHANGE_BEFORE).total_seconds())


def _message_event(catalog: Catalog, language: Language, message: Message) -> Event:
    revised_at = message.changed_at or message.ended_at or message.created_at
    event = _event(catalog, language, message, language.message(message, catalog), revised_at)
    event.add("SEQUENCE", message.revision - 1)
    event.add("DTSTART", message.starts_at)
    # What was ended before it started has no time of its own.
    event.add("DTEND", message.last_end)
    return event


def _event(
    catalog: Catalog, language: Language, about: Message | Window, text: str, revised_at: datetime
) -> Event:
    names = [subject.name for subject in subjects(catalog, language, about.targets)]
    more = ", …" if len(names) > _MOST_NAMES else ""
    event = Event()
    event.add("UID", str(uuid5(_EVENTS, f"{catalog.public_url} {type(about).__name__} {about.id}")))
    event.add("DTSTAMP", revised_at)
    event.add("SUMMARY", f"{language.severity(about.severity)}: {', '.join(names[:_MOST_NAMES])}{more}")
    event.add("DESCRIPTION", text)
    event.add("CATEGORIES", [about.severity.value])
    # Nobody is busy then because of it.
    event.add("TRANSP", "TRANSPARENT")
    return event
