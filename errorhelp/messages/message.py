"""User messages and maintenance windows: when they show, in which state they are, and how they join."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from errorhelp.text.texts import Text

OCCURRENCE = "%Y%m%dT%H%M%SZ"
CANCELLED_FOR = timedelta(days=7)
"""So long calendars show that something announced was cancelled: some ask for it once a day."""
PAST_FOR = timedelta(days=7)
"""So long answers may need a message that is over."""


class Severity(StrEnum):
    """How bad it is; the most severe text is shown first."""

    INFO = "info"
    MAINTENANCE = "maintenance"
    OUTAGE = "outage"

    @property
    def rank(self) -> int:
        """0 for the most severe."""
        return _RANKS[self]


_RANKS = {Severity.OUTAGE: 0, Severity.MAINTENANCE: 1, Severity.INFO: 2}


class State(StrEnum):
    """Where a message stands at a moment: not yet shown, shown, ended by somebody, or past its end."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    ENDED = "ended"
    EXPIRED = "expired"


NOT_OVER = (State.ACTIVE, State.SCHEDULED)


@dataclass(frozen=True, slots=True)
class LaterText:
    """What somebody wrote about a message later, and when; `text` and `live_text` as those of a message."""

    text: Text
    at: datetime
    live_text: Text | None = None

    @property
    def written(self) -> Text:
        """The text as somebody wrote it, with its braces."""
        return self.text if self.live_text is None else self.live_text


@dataclass(frozen=True, slots=True)
class Message:
    """A text for the users of some infobases, shown from `starts_at` until `ends_at`, both instants.

    `targets` are infobase ids, folder paths (all below them) or `*`. `ended_at` is set when somebody ended
    it before its time. `revision` counts its changes, from 1, and `changed_at` is when the last one was made,
    None for an occurrence of the maintenance window with the id `window`.

    `live_text` is the text with what stands in braces, None for one that has nothing to fill in: readers get that
    filled in for them (`catalog.message_texts`). `text` is how it was filled in when somebody last changed the message.

    `updates` are later wordings, the newest first. `closing` are words that pages show for a while when it is over.
    """

    id: str
    targets: tuple[str, ...]
    text: Text
    severity: Severity
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    author: str = ""
    note: str = ""
    ended_at: datetime | None = None
    revision: int = 1
    window: str | None = None
    live_text: Text | None = None
    updates: tuple[LaterText, ...] = ()
    closing: LaterText | None = None
    # The history has it: a message is the same whether that was looked up or not.
    changed_at: datetime | None = field(default=None, compare=False)

    @property
    def written(self) -> Text:
        """The text as somebody wrote it, with its braces."""
        return self.text if self.live_text is None else self.live_text

    @property
    def shown_until(self) -> datetime:
        """The end that counts: the planned one, or the earlier one somebody made."""
        return self.ends_at if self.ended_at is None else min(self.ended_at, self.ends_at)

    @property
    def last_end(self) -> datetime:
        """The end that its text names: that which counts, or the planned one of what was never shown."""
        return self.shown_until if self.starts_at < self.shown_until else self.ends_at

    @property
    def wordings(self) -> "tuple[tuple[Message | LaterText, datetime], ...]":
        """All that has a text, the newest first, each with the time since which users read it."""
        first = min((self.starts_at, *(each.at for each in self.updates)))
        return (*((each, each.at) for each in self.updates), (self, first))

    @property
    def newest(self) -> "Message | LaterText":
        """What has the text that users read: the newest update, or the message itself."""
        return self.updates[0] if self.updates else self


def covers(starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Whether the period `[starts_at, ends_at)` holds `now`: the one place where that is decided."""
    return starts_at <= now < ends_at


def is_shown(message: Message, now: datetime) -> bool:
    """Whether users see the message at `now`."""
    return covers(message.starts_at, message.shown_until, now)


def state(message: Message, now: datetime) -> State:
    """The message's state at `now`."""
    if is_shown(message, now):
        return State.ACTIVE
    if message.shown_until != message.ends_at and message.shown_until <= now:
        return State.ENDED
    return State.SCHEDULED if now < message.starts_at else State.EXPIRED


def next_change(messages: Iterable[Message], now: datetime) -> datetime | None:
    """The next instant after `now` at which one of the messages starts or ends being shown."""
    boundaries = (
        boundary
        for message in messages
        if message.starts_at < message.shown_until
        for boundary in (message.starts_at, message.shown_until)
        if boundary > now
    )
    return min(boundaries, default=None)


def earliest(*changes: datetime | None) -> datetime | None:
    """The earliest of these instants, None if there is none."""
    return min((each for each in changes if each is not None), default=None)


def in_order(messages: Iterable[Message]) -> list[Message]:
    """As they are shown: most severe first, then the one that started first."""
    return sorted(messages, key=lambda message: (message.severity.rank, message.starts_at, message.id))


def latest_end_first(messages: Iterable[Message]) -> list[Message]:
    """As those that are over are listed."""
    return sorted(messages, key=lambda message: (message.shown_until, message.id), reverse=True)


def join_texts(texts: Iterable[str]) -> str:
    """The texts of messages that are shown together, in the given order, a blank line between them.

    What several messages say alike stands there once.
    """
    return "\n\n".join(dict.fromkeys(texts))


def earliest_end(shown: Iterable[Message]) -> datetime | None:
    """Until when a joined text is right: the earliest end among its messages."""
    return min((message.shown_until for message in shown), default=None)


def cancelled_until(message: Message) -> datetime | None:
    """Until when calendars show that the message was cancelled, None for one that was not announced or not ended."""
    is_announced = message.window is None and message.created_at < message.starts_at
    if message.ended_at is None or message.ended_at >= message.ends_at or not is_announced:
        return None
    return message.ended_at + CANCELLED_FOR


def is_cancelled(message: Message, now: datetime) -> bool:
    """Whether the message is over at `now`, or never comes, and calendars show that it was cancelled."""
    until = cancelled_until(message)
    return until is not None and message.shown_until <= max(now, message.starts_at) and now < until


def is_over(message: Message, now: datetime) -> bool:
    """Whether the message is shown no more at `now`, and never will be."""
    return state(message, now) in (State.ENDED, State.EXPIRED)


def closing_until(message: Message, afterwards: timedelta) -> datetime | None:
    """Until when pages show the closing words of a message, None for one without; so long `afterwards`."""
    return None if message.closing is None else message.shown_until + afterwards


def is_closing(message: Message, afterwards: timedelta, now: datetime) -> bool:
    """Whether pages show the closing words of the message at `now`."""
    until = closing_until(message, afterwards)
    return until is not None and covers(message.shown_until, until, now)


def is_past(message: Message, now: datetime) -> bool:
    """Whether the message is over at `now`, or never comes, and answers may need it."""
    is_done = message.shown_until <= max(now, message.starts_at)
    return is_done and now < message.shown_until + PAST_FOR


def ended_message(message: Message, now: datetime, closing: LaterText | None = None) -> Message:
    """The message, ended at `now` with closing words; one that is over gets these alone."""
    if is_over(message, now):
        if closing is None or closing == message.closing:
            return message
        return replace(message, closing=closing, changed_at=now.replace(microsecond=0))
    now = now.replace(microsecond=0)
    # The words stay when somebody ends it again, or a clock was set back.
    closing = message.closing if closing is None else closing
    return replace(message, ended_at=now, closing=closing, changed_at=now)
