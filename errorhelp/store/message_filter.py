"""Which messages are looked for, and how a database finds them."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, or_

from errorhelp.messages.message import State
from errorhelp.store.rows import unix_seconds
from errorhelp.store.tables import messages

Position = Callable[[ColumnElement[str], str], ColumnElement[int]]
"""Where a text stands in another, from 1; 0 for nowhere: each database calls that function differently."""

_ended_early = and_(messages.c.ended_at.is_not(None), messages.c.ended_at < messages.c.ends_at)
shown_until: ColumnElement[int] = case((_ended_early, messages.c.ended_at), else_=messages.c.ends_at)
"""The end of a message that counts, as `Message.shown_until` says it."""


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Messages in one of `states`, with the target `target`, with one of the targets `any_of`, by `author`, posted
    in `[since, until)`.

    What is empty lets all through.
    """

    states: tuple[State, ...] = ()
    target: str = ""
    any_of: tuple[str, ...] = ()
    author: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def clauses(self, now: datetime, position: Position) -> Iterator[ColumnElement[bool]]:
        """The filter at an instant, as conditions on the table of messages."""
        if self.states:
            yield state_at(now).in_(self.states)
        if self.target:
            yield has_any_target(messages.c.targets, [self.target], position)
        if self.any_of:
            yield has_any_target(messages.c.targets, self.any_of, position)
        if self.author:
            yield messages.c.author == self.author
        if self.since is not None:
            yield messages.c.created_at >= unix_seconds(self.since)
        if self.until is not None:
            yield messages.c.created_at < unix_seconds(self.until)


def state_at(now: datetime) -> ColumnElement[Any]:
    """The state of a message at an instant, as `messages.message.state` says it."""
    second = unix_seconds(now)
    return case(
        (and_(messages.c.starts_at <= second, shown_until > second), State.ACTIVE.value),
        (and_(_ended_early, shown_until <= second), State.ENDED.value),
        (messages.c.starts_at > second, State.SCHEDULED.value),
        else_=State.EXPIRED.value,
    )


def has_any_target(
    column: ColumnElement[Any], targets: Iterable[str], position: Position
) -> ColumnElement[bool]:
    """Whether any of the targets is a value in a column of JSON."""
    # A quote inside of a text is escaped, so a target in quotes stands there as a whole or not at all.
    text = cast(column, Text)
    return or_(*(position(text, json.dumps(each)) > 0 for each in targets))
