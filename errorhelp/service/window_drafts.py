"""Drafts of maintenance windows: what somebody asks for, checked before it becomes a window. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.message import Severity
from errorhelp.messages.occurrences import Occurrence
from errorhelp.messages.window import Window
from errorhelp.service.drafts import (
    InvalidDraft,
    MessageLimits,
    check_targets,
    plain_errors,
    text_errors,
    tidied,
)
from errorhelp.text.texts import Text
from errorhelp.text.times import FIRST_YEAR, format_duration

_LAST_YEAR = 9000
# They are counted from the first one, each time anew.
_MOST_COUNTED = 999
_COUNT = re.compile(r"COUNT\s*=\s*([0-9]{1,9})", re.IGNORECASE)
# Each minute of a day for a week, and for months since 1970: ten thousand messages at once, and seconds to find them.
_MINUTES = re.compile(r"BYMINUTE\s*=[^;]*,", re.IGNORECASE)
_LONGEST_AGO = timedelta(days=3660)
# What the parts of a rule are written with (RFC 5545, 3.3.10).
_RULE = re.compile(r"[A-Za-z0-9=;,:+ -]{1,500}")


@dataclass(frozen=True, slots=True)
class WindowDraft:
    """What a window is to be; `starts_at` is its first start in local time, without an offset."""

    targets: tuple[str, ...]
    text: Text
    starts_at: datetime
    duration: timedelta
    rule: str
    severity: Severity = Severity.MAINTENANCE
    note: str = ""


class WindowOver(ValueError):
    """A change to a maintenance window that somebody ended."""

    def __init__(self, window: MadeWindow) -> None:
        super().__init__(f"maintenance window {window.id} was ended; make a new one instead")


class WindowConfigured(ValueError):
    """A change to a maintenance window that stands in the configuration."""

    def __init__(self, window_id: str) -> None:
        super().__init__(
            f"maintenance window {window_id!r} stands in the configuration; change it there, under maintenance_windows"
        )


class OccurrencesLost(ValueError):
    """A change with which occurrences would not be planned any more that people skipped, moved or ended."""

    def __init__(self, lost: Sequence[Occurrence]) -> None:
        self.occurrences = tuple(each.planned.id for each in lost)
        self.lost = tuple(lost)
        super().__init__(
            f"the window would not plan these any more, which were skipped, moved or ended: "
            f"{', '.join(self.occurrences)}; if that is meant, confirm it"
        )


def new_window(
    draft: WindowDraft, window_id: str, author: str, catalog: Catalog, limits: MessageLimits, now: datetime
) -> MadeWindow:
    """The window that a draft makes at `now`; InvalidDraft says what is wrong with it."""
    now = now.replace(microsecond=0)
    window = MadeWindow(
        id=window_id,
        targets=(),
        text=tidied(draft.text),
        severity=draft.severity,
        starts_at=draft.starts_at.replace(microsecond=0),
        duration=draft.duration,
        rule=draft.rule.strip(),
        created_at=now,
        author=author,
        note=draft.note,
        changed_at=now,
    )
    return _checked(window, draft.targets, catalog, limits, now)


def changed_window(
    window: MadeWindow, draft: WindowDraft, catalog: Catalog, limits: MessageLimits, now: datetime
) -> MadeWindow:
    """The window with the values of a draft; WindowOver if it has ended, InvalidDraft as for a new one."""
    if window.is_ended:
        raise WindowOver(window)
    like_new = new_window(draft, window.id, window.author, catalog, limits, now)
    return replace(like_new, created_at=window.created_at, revision=window.revision)


def _checked(
    window: MadeWindow, given: Iterable[str], catalog: Catalog, limits: MessageLimits, now: datetime
) -> MadeWindow:
    """The window with its targets in their one spelling, if nothing about it is wrong."""
    targets, errors = check_targets(given, catalog)
    errors += text_errors("text", window.text, catalog.languages, limits)
    errors += plain_errors("note", window.note, limits)
    errors += _time_errors(window, catalog, limits, now)
    if errors:
        raise InvalidDraft(errors)
    return replace(window, targets=targets)


def _time_errors(
    window: MadeWindow, catalog: Catalog, limits: MessageLimits, now: datetime
) -> Iterator[tuple[str, str]]:
    has_length = timedelta() < window.duration <= limits.longest
    if not window.duration:
        yield "duration", "must be longer than nothing (e.g. 2h)"
    elif not has_length:
        longest = format_duration(limits.longest)
        yield "duration", f"would show users an occurrence longer than {longest} (messages.longest)"
    if window.starts_at.tzinfo is not None or not FIRST_YEAR <= window.starts_at.year <= _LAST_YEAR:
        yield (
            "starts_at",
            f"must be local time in the years {FIRST_YEAR} to {_LAST_YEAR} (e.g. 2026-11-22 02:00)",
        )
        return
    if not _RULE.fullmatch(window.rule):
        yield "rule", "must be a rule of NAME=VALUE parts with ';' between them (e.g. FREQ=WEEKLY;BYDAY=SU)"
        return
    count = _COUNT.search(window.rule)
    if count is not None and int(count[1]) > _MOST_COUNTED:
        yield "rule", f"COUNT must be {_MOST_COUNTED} at most; say UNTIL instead (e.g. UNTIL=20271231)"
        return
    if _MINUTES.search(window.rule):
        yield "rule", "BYMINUTE must be one minute; make a window for each (e.g. BYMINUTE=30)"
        return
    if window.starts_at < now.replace(tzinfo=None) - _LONGEST_AGO:
        yield (
            "starts_at",
            "must be no more than ten years ago; say when it starts next (e.g. 2026-11-22 02:00)",
        )
        return
    try:
        in_zone = window.in_zone(catalog.zone)
    except ValueError as error:
        yield "rule", str(error)
        return
    if has_length and not _comes(in_zone, now):
        yield "rule", "does not come any more: its last start has passed"


def _comes(window: Window, now: datetime) -> bool:
    return bool(window.occurrences(now, now)) or window.next_occurrence(now) is not None
