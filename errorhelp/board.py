"""The board: live messages by what they target, to find those about an infobase without reading all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from errorhelp.messages import Message, in_order, is_shown, next_change


@dataclass(frozen=True, slots=True)
class Notice:
    """What users read at a moment: the messages shown, most severe first, and when that changes next."""

    shown: tuple[Message, ...] = ()
    valid_until: datetime | None = None


_NOTHING = Notice()


class Board:
    """The messages that are not over, `messages`."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self.messages = tuple(messages)
        self._by_target: dict[str, list[Message]] = {}
        for message in self.messages:
            for target in message.targets:
                self._by_target.setdefault(target, []).append(message)

    def notice(self, target_keys: Iterable[str], now: datetime) -> Notice:
        """What the messages with any of these targets come to at `now`."""
        if not self._by_target:
            return _NOTHING
        about = {message.id: message for key in target_keys for message in self._by_target.get(key, ())}
        if not about:
            return _NOTHING
        shown = in_order(message for message in about.values() if is_shown(message, now))
        return Notice(tuple(shown), next_change(about.values(), now))
