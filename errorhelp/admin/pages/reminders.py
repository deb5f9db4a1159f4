"""Reminders: shortly before a message ends its author is asked whether to extend it. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from errorhelp.messages.message import Message, is_shown


def reminders(own: Iterable[Message], before: timedelta, now: datetime) -> list[Message]:
    """Of somebody's own messages those to ask about at `now`, the first to end in front."""
    asked = (each for each in own if is_shown(each, now) and _asks_at(each, before) <= now)
    return sorted(asked, key=lambda message: message.shown_until)


def next_reminder(own: Iterable[Message], before: timedelta, now: datetime) -> datetime | None:
    """When there will be something more to ask about."""
    return min((at for at in (_asks_at(each, before) for each in own) if now < at), default=None)


def _asks_at(message: Message, before: timedelta) -> datetime:
    """Not in the first half of a short message: whoever just posted it knows."""
    return message.shown_until - min(before, (message.shown_until - message.starts_at) / 2)
