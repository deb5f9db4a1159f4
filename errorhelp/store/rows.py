"""Messages, made windows, events and changes of occurrences as rows of their tables."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.message import LaterText, Message, Severity
from errorhelp.messages.occurrences import Deed, Override, WindowChange
from errorhelp.store import MessageEvent, What, WindowDeed, WindowEvent
from errorhelp.text.placeholders import is_made_from
from errorhelp.text.texts import Text, as_json, choose, in_each_language
from errorhelp.text.times import format_duration, format_instant, parse_duration, parse_instant

if TYPE_CHECKING:
    from sqlalchemy import Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Of a message: Unix seconds in its row, RFC 3339 in its events.
_INSTANTS = ("starts_at", "ends_at", "ended_at", "created_at")
# PostgreSQL keeps no NUL, and UTF-8 has no lone surrogate: such a text could not be shown either.
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


def message_row(message: Message) -> dict[str, Any]:
    """The message's columns; ValueError names a character that no database keeps."""
    texts = (message, *message.updates, *((message.closing,) if message.closing else ()))
    wordings = (
        wording for each in texts for text in (each.text, each.written) for wording in in_each_language(text)
    )
    refuse_unkeepable(message.author, message.note, *message.targets, *wordings)
    return {
        "id": message.id,
        "revision": message.revision,
        "targets": list(message.targets),
        "text": as_json(message.text),
        "severity": message.severity.value,
        "starts_at": unix_seconds(message.starts_at),
        "ends_at": unix_seconds(message.ends_at),
        "ended_at": None if message.ended_at is None else unix_seconds(message.ended_at),
        "created_at": unix_seconds(message.created_at),
        "author": message.author,
        "note": message.note,
        "live_text": None if message.live_text is None else as_json(message.live_text),
        "updates": [_later_row(each) for each in message.updates],
        "closing": None if message.closing is None else _later_row(message.closing),
    }


def stored_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a message, of `message_row`, as the database has them.

    Beside the text with braces stands how it was filled in: a node of an earlier version writes `text` alone.
    """
    live_text = row["live_text"]
    return {**row, "live_text": None if live_text is None else [live_text, row["text"]]}


def message_of(row: Any) -> Message:
    """The message of a row of `messages`, or of anything with its columns, and `changed_at` if that is known.

    What an older errorhelp wrote may have no `live_text`, or one that no longer fits its `text` and counts no more.
    It has no updates and no closing words.
    """
    changed_at = getattr(row, "changed_at", None)
    return Message(
        id=row.id,
        revision=row.revision,
        targets=tuple(row.targets),
        text=row.text,
        severity=Severity(row.severity),
        starts_at=instant(row.starts_at),
        ends_at=instant(row.ends_at),
        ended_at=None if row.ended_at is None else instant(row.ended_at),
        created_at=instant(row.created_at),
        author=row.author,
        note=row.note,
        updates=tuple(map(_later_text, getattr(row, "updates", ()))),
        closing=_later_text(closing) if (closing := getattr(row, "closing", None)) else None,
        changed_at=None if changed_at is None else instant(changed_at),
        live_text=_live_text(row.text, getattr(row, "live_text", None)),
    )


def _live_text(text: Text, live_text: Text | list[Text] | None) -> Text | None:
    if live_text is None:
        return None
    if isinstance(live_text, list):
        live_text, filled = live_text
        if text != filled:
            return None
    if isinstance(live_text, str):
        is_same = all(is_made_from(each, live_text) for each in in_each_language(text))
    else:
        is_same = all(is_made_from(choose(text, each, ()), written) for each, written in live_text.items())
    return live_text if is_same else None


def _later_text(row: Mapping[str, Any]) -> LaterText:
    return LaterText(row["text"], instant(row["at"]), _live_text(row["text"], row.get("live_text")))


def _later_row(later: LaterText) -> dict[str, Any]:
    live_text = None if later.live_text is None else as_json(later.live_text)
    return {"text": as_json(later.text), "live_text": live_text, "at": unix_seconds(later.at)}


def event_row(message: Message, what: What, who: str, at: datetime) -> dict[str, Any]:
    """The columns of the event that made the message what it is; the database numbers it."""
    refuse_unkeepable(who)
    row = message_row(message)
    instants = {name: None if row[name] is None else format_instant(instant(row[name])) for name in _INSTANTS}
    data = row | instants | _later_texts(row, lambda at: format_instant(instant(at)))
    return {"at": unix_seconds(at), "who": who, "what": what, "message_id": message.id, "data": data}


def event_of(row: "Row[Any]") -> MessageEvent:
    """The event of a row of `events`."""
    return MessageEvent(row.seq, instant(row.at), row.who, row.what, row.message_id, row.data)


def message_of_event(event: MessageEvent) -> Message:
    """The message as an event left it."""
    data = event.data
    instants = {
        name: None if data[name] is None else unix_seconds(parse_instant(data[name])) for name in _INSTANTS
    }
    later = _later_texts(data, lambda at: unix_seconds(parse_instant(at)))
    return message_of(SimpleNamespace(**(data | instants | later), changed_at=unix_seconds(event.at)))


def _later_texts(row: Mapping[str, Any], written: Callable[[Any], str | int]) -> dict[str, Any]:
    """Updates and closing words, with their times written in another way; there are none of an older errorhelp."""
    updates, closing = row.get("updates", ()), row.get("closing")
    return {
        "updates": [each | {"at": written(each["at"])} for each in updates],
        "closing": closing and closing | {"at": written(closing["at"])},
    }


def window_change_row(change: WindowChange) -> dict[str, Any]:
    """The columns of a change of an occurrence; the database numbers it."""
    refuse_unkeepable(change.who, change.override.window)
    return {
        "at": unix_seconds(change.at),
        "who": change.who,
        "what": change.what.value,
        "window_id": change.override.window,
        "planned_for": unix_seconds(change.override.planned_for),
        "planned_until": unix_seconds(change.override.planned_until),
        "starts_at": unix_seconds(change.override.starts_at),
        "ends_at": unix_seconds(change.override.ends_at),
    }


def window_change_of(row: "Row[Any]") -> WindowChange:
    """The change of a row of `window_changes`."""
    override = Override(
        window=row.window_id,
        planned_for=instant(row.planned_for),
        planned_until=instant(row.planned_until),
        starts_at=instant(row.starts_at),
        ends_at=instant(row.ends_at),
    )
    return WindowChange(instant(row.at), row.who, Deed(row.what), override)


def window_row(window: MadeWindow) -> dict[str, Any]:
    """The columns of a maintenance window that somebody made; ValueError as for a message."""
    refuse_unkeepable(window.author, window.note, *window.targets, *in_each_language(window.text))
    return {
        "id": window.id,
        "revision": window.revision,
        "targets": list(window.targets),
        "text": as_json(window.text),
        "severity": window.severity.value,
        "starts_at": window.starts_at.isoformat(),
        "duration": window.duration // timedelta(seconds=1),
        "rule": window.rule,
        "ended_at": None if window.ended_at is None else unix_seconds(window.ended_at),
        "created_at": unix_seconds(window.created_at),
        "author": window.author,
        "note": window.note,
    }


def window_of(row: Any) -> MadeWindow:
    """The window of a row of `windows`, or of anything with its columns, and `changed_at` if that is known."""
    changed_at = getattr(row, "changed_at", None)
    return MadeWindow(
        id=row.id,
        revision=row.revision,
        targets=tuple(row.targets),
        text=row.text,
        severity=Severity(row.severity),
        starts_at=datetime.fromisoformat(row.starts_at),
        duration=timedelta(seconds=row.duration),
        rule=row.rule,
        ended_at=None if row.ended_at is None else instant(row.ended_at),
        created_at=instant(row.created_at),
        author=row.author,
        note=row.note,
        changed_at=None if changed_at is None else instant(changed_at),
    )


def window_event_row(window: MadeWindow, what: WindowDeed, who: str, at: datetime) -> dict[str, Any]:
    """The columns of the event that made the window what it is; the database numbers it."""
    refuse_unkeepable(who)
    data = window_row(window) | {
        "duration": format_duration(window.duration),
        "ended_at": None if window.ended_at is None else format_instant(window.ended_at),
        "created_at": format_instant(window.created_at),
    }
    return {"at": unix_seconds(at), "who": who, "what": what, "window_id": window.id, "data": data}


def window_after(event: WindowEvent) -> MadeWindow:
    """The window as an event left it."""
    data, ended_at = event.data, event.data["ended_at"]
    return MadeWindow(
        id=event.window_id,
        revision=data["revision"],
        targets=tuple(data["targets"]),
        text=data["text"],
        severity=Severity(data["severity"]),
        starts_at=datetime.fromisoformat(data["starts_at"]),
        duration=parse_duration(data["duration"]),
        rule=data["rule"],
        ended_at=None if ended_at is None else parse_instant(ended_at),
        created_at=parse_instant(data["created_at"]),
        author=data["author"],
        note=data["note"],
        changed_at=event.at,
    )


def window_event_of(row: "Row[Any]") -> WindowEvent:
    """The event of a row of `window_events`."""
    return WindowEvent(row.seq, instant(row.at), row.who, row.what, row.window_id, row.data)


def unix_seconds(instant: datetime) -> int:
    """The instant as the tables keep it."""
    return (instant - _EPOCH) // timedelta(seconds=1)


def instant(seconds: int) -> datetime:
    """The instant that the tables keep as Unix seconds."""
    # Not datetime.fromtimestamp, which ends in the year 3000 on Windows.
    return _EPOCH + timedelta(seconds=seconds)


def refuse_unkeepable(*texts: str) -> None:
    """ValueError names a character that no database keeps."""
    for text in texts:
        if found := _UNKEEPABLE.search(text):
            raise ValueError(f"{text!r} holds the character U+{ord(found[0]):04X}, which can't be kept")
