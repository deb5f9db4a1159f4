"""Undo: for some seconds whoever did something to a message can take it back. Pure.

What was done stands in the message's history, so nothing else remembers it: any node that shares the store takes it
back, and a revision that somebody else made meanwhile is left as it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from errorhelp.messages.message import Message
from errorhelp.messages.occurrences import Deed, WindowChange
from errorhelp.people.people import Person
from errorhelp.store import MessageEvent, What
from errorhelp.store.rows import message_of_event

OFFERED_FOR = timedelta(seconds=10)
"""So long the pages offer it."""

_ON_THE_WAY = timedelta(seconds=5)

UNDOABLE: frozenset[What] = frozenset({"posted", "changed", "extended", "updated", "ended"})
"""What can be taken back."""


class CannotUndo(ValueError):
    """What was done cannot be taken back: the message `has_changed` since, or it is too late."""

    def __init__(self, message_id: str, *, has_changed: bool) -> None:
        why = "it has changed meanwhile" if has_changed else "it is too late to take back what was done"
        super().__init__(f"{message_id} stays as it is: {why}")
        self.has_changed = has_changed


@dataclass(frozen=True, slots=True)
class OwnChange:
    """What somebody just did to a message, the last that was done to it: it is acknowledged until an instant.

    The message is as that left it.
    """

    what: What
    message: Message
    until: datetime

    @property
    def can_be_undone(self) -> bool:
        """Whether to offer that it is taken back."""
        return self.what in UNDOABLE


def own_changes(events: Iterable[MessageEvent], who: Person, now: datetime) -> Mapping[str, OwnChange]:
    """What a person just did, by the message's id, of all events of the last seconds in their order."""
    last = {event.message_id: event for event in events}
    return {
        key: OwnChange(event.what, message_of_event(event), event.at + OFFERED_FOR)
        for key, event in last.items()
        if event.who == who.name and event.at <= now < event.at + OFFERED_FOR
    }


def undone_message(
    message: Message, last_events: Sequence[MessageEvent], revision: int, who: Person, now: datetime
) -> Message:
    """The message as it was before the person made it that revision; CannotUndo if that is not the last, or too old.

    What was posted is taken back as if it had never been shown. `last_events` are its last ones in their order, the
    one before the last among them; `message` may be known as it was before them, and says if it has changed since.
    """
    *earlier, last = last_events
    if max(message.revision, last.data["revision"]) != revision or last.who != who.name:
        raise CannotUndo(message.id, has_changed=True)
    if last.what not in UNDOABLE or now >= last.at + OFFERED_FOR + _ON_THE_WAY:
        raise CannotUndo(message.id, has_changed=False)
    now = now.replace(microsecond=0)
    if last.what == "posted":
        posted = message_of_event(last)
        # Nobody read it before it was posted, whenever it starts.
        never = max(posted.starts_at, posted.created_at)
        return replace(posted, ended_at=min(now, never), changed_at=now)
    if not earlier:
        raise CannotUndo(message.id, has_changed=False)
    return replace(message_of_event(earlier[-1]), changed_at=now)


def own_ends(
    changes: Iterable[WindowChange], who: Person, now: datetime
) -> list[tuple[WindowChange, datetime]]:
    """The ends that a person just made to occurrences of windows, and what took one back, where it is the last change.

    Each with the instant until which it is acknowledged; `changes` are in their order.
    """
    by_occurrence: dict[tuple[str, datetime], list[WindowChange]] = {}
    for each in changes:
        by_occurrence.setdefault((each.override.window, each.override.planned_for), []).append(each)
    return [
        (last, last.at + OFFERED_FOR)
        for *earlier, last in by_occurrence.values()
        if last.who == who.name and last.at <= now < last.at + OFFERED_FOR
        if Deed.ENDED in (last.what, *(each.what for each in earlier[-1:]))
    ]


def undone_end(
    changes: Sequence[WindowChange], who: Person, now: datetime, occurrence_id: str
) -> WindowChange:
    """The change that lets an occurrence be as before the person ended it: moved as it was, or as planned.

    CannotUndo if that is not the last of its changes, which come in their order, or too old.
    """
    *earlier, last = changes
    if last.who != who.name or last.what is not Deed.ENDED:
        raise CannotUndo(occurrence_id, has_changed=True)
    if now >= last.at + OFFERED_FOR + _ON_THE_WAY:
        raise CannotUndo(occurrence_id, has_changed=False)
    at = now.replace(microsecond=0)
    if earlier and earlier[-1].what is Deed.MOVED:
        return replace(earlier[-1], at=at, who=who.name)
    as_planned = replace(
        last.override, starts_at=last.override.planned_for, ends_at=last.override.planned_until
    )
    return WindowChange(at, who.name, Deed.RESTORED, as_planned)
