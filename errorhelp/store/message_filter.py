"""Which messages are looked for, and how a database finds them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, or_

from errorhelp.messages.message import State
from errorhelp.store.rows import unix_seconds
from errorhelp.store.tables import messages

Position = Callable[[ColumnElement[str], str], ColumnElement[int]]
"""Where a text stands in another, from 1; 0 for nowhere: each database calls that function differently."""


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
            yield _has_target(self.target, position)
        if self.any_of:
            yield or_(*(_has_target(each, position) for each in self.any_of))
        if self.author:
            yield messages.c.author == self.author
        if self.since is not None:
            yield messages.c.created_at >= unix_seconds(self.since)
        if self.until is not None:
            yield messages.c.created_at < unix_seconds(self.until)


def state_at(now: datetime) -> ColumnElement[Any]:
    """The state of a message at an instant, as `messages.message.state` says it."""
    second = unix_seconds(now)
    ended_early = and_(messages.c.ended_at.is_not(None), messages.c.ended_at < messages.c.ends_at)
    shown_until = case((ended_early, messages.c.ended_at), else_=messages.c.ends_at)
    return case(
        (and_(messages.c.starts_at <= second, shown_until > second), State.ACTIVE.value),
        (and_(ended_early, shown_until <= second), State.ENDED.value),
        (messages.c.starts_at > second, State.SCHEDULED.value),
        else_=State.EXPIRED.value,
    )


def _has_target(target: str, position: Position) -> ColumnElement[bool]:
    # A quote inside of a target is escaped, so a target in quotes stands there as a whole or not at all.
    return position(cast(messages.c.targets, Text), json.dumps(target)) > 0
