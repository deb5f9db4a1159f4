"""History: who did what and when, to messages and templates, to maintenance windows, and to problems."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.message_texts import shown_text, shown_window_text
from errorhelp.messages.message_template import TemplateChange
from errorhelp.messages.occurrences import Occurrence, WindowChange
from errorhelp.messages.window import Window
from errorhelp.reports.report import ProblemChange
from errorhelp.store import MessageEvent, WindowEvent
from errorhelp.store.rows import window_after
from errorhelp.text.texts import Text
from errorhelp.text.times import local_to_instant, parse_duration, parse_instant


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change, and what it left: the targets, the text, and the period in which it is shown.

    `about` is the id of the message, or with `is_window` of the maintenance window, or with `is_problem` of the
    problem, of which the text is the title and the period is the moment. With `is_template` it is that of a
    template, whose targets are the folders it is for, and the period is the moment. `closing` are the words that a
    message was ended with.
    """

    at: datetime
    who: str
    what: str
    about: str
    is_window: bool
    targets: tuple[str, ...]
    text: Text
    starts_at: datetime
    ends_at: datetime
    is_problem: bool = False
    closing: Text | None = None
    is_template: bool = False


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which changes are looked for: by a person, about an infobase, in `[since, until)`."""

    who: str | None = None
    infobase: Infobase | None = None
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, entry: HistoryEntry) -> bool:
        """Whether the change is looked for."""
        return (
            (self.who is None or entry.who == self.who)
            and (self.infobase is None or not set(self.infobase.target_keys).isdisjoint(entry.targets))
            and (self.since is None or self.since <= entry.at)
            and (self.until is None or entry.at < self.until)
        )


def of_message(events: Iterable[MessageEvent]) -> list[HistoryEntry]:
    """The changes of one message from its events, the newest first."""
    return [of_event(event) for event in events][::-1]


def of_event(event: MessageEvent) -> HistoryEntry:
    """The change that an event of a message stands for."""
    data: Mapping[str, Any] = event.data
    # Of an older errorhelp there is none of these.
    updates = data.get("updates", ())
    return HistoryEntry(
        at=event.at,
        who=event.who,
        what=event.what,
        about=event.message_id,
        is_window=False,
        targets=tuple(data["targets"]),
        text=updates[0]["text"] if updates else data["text"],
        starts_at=parse_instant(data["starts_at"]),
        ends_at=parse_instant(data["ended_at"] or data["ends_at"]),
        closing=closing["text"] if (closing := data.get("closing")) else None,
    )


def of_window(change: WindowChange, windows: Mapping[str, Window], catalog: Catalog) -> HistoryEntry:
    """A change of an occurrence of one of the windows, which may be configured no more."""
    override = change.override
    window = windows.get(override.window)
    occurrence = window and window.occurrence(override.planned_for)
    return HistoryEntry(
        at=change.at,
        who=change.who,
        what=change.what,
        about=override.window,
        is_window=True,
        targets=window.targets if window else (),
        text=shown_text(Occurrence(occurrence, override).announced, catalog)
        if occurrence
        else shown_window_text(window, catalog)
        if window
        else "",
        starts_at=override.starts_at,
        ends_at=override.ends_at,
    )


def of_window_event(event: WindowEvent, windows: Mapping[str, Window], catalog: Catalog) -> HistoryEntry:
    """A change of a window that people made: the period is that of its first occurrence, or the moment it ended."""
    data: Mapping[str, Any] = event.data
    starts_at = ends_at = event.at
    window = windows.get(event.window_id)
    if data["ended_at"] is None and window is not None:
        starts_at = local_to_instant(datetime.fromisoformat(data["starts_at"]), window.zone)
        ends_at = starts_at + parse_duration(data["duration"])
    return HistoryEntry(
        at=event.at,
        who=event.who,
        what=event.what,
        about=event.window_id,
        is_window=True,
        targets=tuple(data["targets"]),
        text=_words_of_window(event, catalog),
        starts_at=starts_at,
        ends_at=ends_at,
    )


def _words_of_window(event: WindowEvent, catalog: Catalog) -> Text:
    """What the window said then, filled in; as it was written if its rule does not come true in the zone of today."""
    window = window_after(event)
    try:
        return shown_window_text(window.in_zone(catalog.zone), catalog)
    except ValueError:
        return window.text


def of_problem(change: ProblemChange) -> HistoryEntry:
    """A change of a problem."""
    return HistoryEntry(
        at=change.at,
        who=change.who,
        what=change.what,
        about=change.problem,
        is_window=False,
        targets=(change.infobase,),
        text=change.title,
        starts_at=change.at,
        ends_at=change.at,
        is_problem=True,
    )


def of_template(change: TemplateChange) -> HistoryEntry:
    """A change of a template."""
    return HistoryEntry(
        at=change.at,
        who=change.who,
        what=change.what,
        about=change.template,
        is_window=False,
        targets=change.folders,
        text=change.text,
        starts_at=change.at,
        ends_at=change.at,
        is_template=True,
    )
