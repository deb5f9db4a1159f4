"""The board: messages by what they target, to find those about an infobase without reading all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from errorhelp.messages.message import (
    Message,
    in_order,
    is_closing,
    is_shown,
    latest_end_first,
    next_change,
)
from errorhelp.messages.occurrences import Override
from errorhelp.messages.window import Window


@dataclass(frozen=True, slots=True)
class Notice:
    """What users read at a moment: the messages shown, most severe first, and when that changes next."""

    shown: tuple[Message, ...] = ()
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """Those whose closing words pages show at a moment, the latest end first, and when that changes next."""

    messages: tuple[Message, ...] = ()
    valid_until: datetime | None = None


_NOTHING = Notice()
_NOTHING_CLOSING = Closing()
_MOST_NOTICES = 1000


class Board:
    """The messages that are not over, `messages`, and what is not as the windows plan it, `overrides`.

    `past` are messages that are over and may be needed still, the latest end first; overrides that are over are kept
    for a while too. `made_windows` are the maintenance windows that the configuration does not have.
    """

    def __init__(
        self,
        messages: Iterable[Message],
        overrides: Sequence[Override] = (),
        past: Sequence[Message] = (),
        made_windows: Sequence[Window] = (),
    ) -> None:
        self.messages = tuple(messages)
        self.overrides = overrides
        self.past = past
        self.made_windows = made_windows
        self._with_closing = [each for each in (*self.messages, *past) if each.closing is not None]
        self._notices: dict[tuple[datetime | str, ...], Notice] = {}
        self._by_target: dict[str, list[Message]] = {}
        for message in self.messages:
            for target in message.targets:
                self._by_target.setdefault(target, []).append(message)

    def about(self, target_keys: Iterable[str]) -> dict[str, Message]:
        """The messages with any of these targets, by their ids."""
        return {message.id: message for key in target_keys for message in self._by_target.get(key, ())}

    def notice(self, target_keys: Iterable[str], now: datetime) -> Notice:
        """What the messages with any of these targets come to at `now`."""
        if not self._by_target:
            return _NOTHING
        about = self.about(target_keys)
        if not about:
            return _NOTHING
        # A message for everybody makes one notice for thousands of infobases.
        key: tuple[datetime | str, ...] = (now, *about)
        notice = self._notices.get(key)
        if notice is None:
            shown = in_order(message for message in about.values() if is_shown(message, now))
            notice = Notice(tuple(shown), next_change(about.values(), now))
            if len(self._notices) >= _MOST_NOTICES:
                self._notices.clear()
            self._notices[key] = notice
        return notice

    def closing(
        self, afterwards: timedelta, now: datetime, target_keys: Iterable[str] | None = None
    ) -> Closing:
        """The messages whose closing words are shown at `now`: so long `afterwards`.

        Those with any of these targets, None for all.
        """
        if not self._with_closing:
            return _NOTHING_CLOSING
        keys = None if target_keys is None else frozenset(target_keys)
        about = [each for each in self._with_closing if keys is None or not keys.isdisjoint(each.targets)]
        changes = (
            change
            for each in about
            for change in (each.shown_until, each.shown_until + afterwards)
            if now < change
        )
        shown = latest_end_first(each for each in about if is_closing(each, afterwards, now))
        return Closing(tuple(shown), min(changes, default=None))
