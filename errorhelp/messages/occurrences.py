"""Occurrences of maintenance windows as planned, and the overrides that change some of them. Pure.

An override is an admin's exception for one occurrence; the configuration stays as it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import chain, islice

from errorhelp.messages.message import CANCELLED_FOR, Message, is_shown
from errorhelp.messages.window import Window
from errorhelp.text.times import format_instant


@dataclass(frozen=True, slots=True)
class Override:
    """When an occurrence is shown, `[starts_at, ends_at)`, which is empty for one that is skipped.

    By its window it would be shown in `[planned_for, planned_until)`. `changed_at` is when it was made so, if the
    history was asked.
    """

    window: str
    planned_for: datetime
    planned_until: datetime
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime | None = field(default=None, compare=False)

    @property
    def is_skip(self) -> bool:
        """Whether the occurrence is not shown at all."""
        return self.starts_at >= self.ends_at

    def is_over(self, now: datetime) -> bool:
        """Whether it makes no difference any more."""
        return max(self.planned_until, self.ends_at) <= now

    @property
    def is_cancelled(self) -> bool:
        """Whether the occurrence was skipped, or ended before its time."""
        return self.ends_at - self.starts_at < self.planned_until - self.planned_for

    @property
    def known_until(self) -> datetime:
        """Until when it is kept: as long as it makes a difference, or calendars show that it was cancelled."""
        over = max(self.planned_until, self.ends_at)
        return max(over, self.changed_at + CANCELLED_FOR) if self.is_cancelled and self.changed_at else over


class Deed(StrEnum):
    """What was done to an occurrence; `RESTORED` makes it as planned again."""

    ENDED = "ended"
    SKIPPED = "skipped"
    MOVED = "moved"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class WindowChange:
    """Who did what to an occurrence, when, and when it is shown from then on."""

    at: datetime
    who: str
    what: Deed
    override: Override


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An occurrence as its window plans it, and its override if it has one."""

    planned: Message
    override: Override | None = None

    @property
    def message(self) -> Message:
        """The occurrence as it is shown; a skipped one ends when it starts."""
        if self.override is None:
            return self.planned
        return replace(self.planned, starts_at=self.override.starts_at, ends_at=self.override.ends_at)

    @property
    def announced(self) -> Message:
        """The occurrence with the times that its text names: of a skipped one the planned ones."""
        return self.planned if self.override and self.override.is_skip else self.message


class UnknownOccurrence(ValueError):
    """No window has such an occurrence, or it is over."""

    def __init__(self, occurrence_id: str) -> None:
        super().__init__(f"no maintenance window has {occurrence_id!r} before it")


class CannotOverride(ValueError):
    """What cannot be done to an occurrence now, or not like that."""


def overrides_in_force(changes: Iterable[WindowChange], now: datetime) -> tuple[Override, ...]:
    """What changes, the oldest first, come to: the last one of each occurrence, if it makes a difference."""
    return tuple(each for each in overrides_known(changes, now) if not each.is_over(now))


def overrides_known(changes: Iterable[WindowChange], now: datetime) -> tuple[Override, ...]:
    """The same with those that are over, and with which the occurrence is listed as cancelled."""
    latest = {(change.override.window, change.override.planned_for): change for change in changes}
    overrides = (
        replace(change.override, changed_at=change.at)
        for change in latest.values()
        if change.what is not Deed.RESTORED
    )
    return tuple(each for each in overrides if now < each.known_until)


def with_change(overrides: Iterable[Override], change: WindowChange, now: datetime) -> tuple[Override, ...]:
    """The overrides that are known once one more change was made."""
    changed = change.override
    others = (
        each for each in overrides if (each.window, each.planned_for) != (changed.window, changed.planned_for)
    )
    return (*others, *overrides_known([change], now))


def planned(
    windows: Sequence[Window], now: datetime, overrides: Iterable[Override] = ()
) -> tuple[Message, ...]:
    """The occurrences that run at `now`, those that were moved, and of each window the next as planned."""
    by_window = _by_window(overrides)
    found: dict[str, Message] = {}
    for window in windows:
        own = by_window.get(window.id, {})
        running = (each for each in window.occurrences(now, now) if each.starts_at not in own)
        following = (each for each in window.following(now) if each.starts_at not in own)
        overridden = (each.message for each in _overridden(window, own))
        for occurrence in chain(running, islice(following, 1), overridden):
            if now < occurrence.ends_at and occurrence.starts_at < occurrence.ends_at:
                found[occurrence.id] = occurrence
    return tuple(found.values())


def shown_between(
    windows: Iterable[Window], since: datetime, until: datetime, overrides: Iterable[Override] = ()
) -> list[Message]:
    """The occurrences that are shown at some time from `since` to `until`; overrides are those in force at `since`."""
    by_window = _by_window(overrides)
    found: list[Message] = []
    for window in windows:
        own = by_window.get(window.id, {})
        by_rule = (each for each in window.occurrences(since, until) if each.starts_at not in own)
        overridden = (_until_end(window, each.message) for each in _overridden(window, own))
        found += chain(by_rule, overridden)
    return [each for each in found if max(since, each.starts_at) < each.ends_at and each.starts_at <= until]


def coming(
    window: Window, now: datetime, overrides: Iterable[Override] = (), count: int = 1
) -> list[Occurrence]:
    """The occurrences of a window that are not over, up to the next `count` by its rule, in order.

    Those with an override are among them, also the skipped and ended ones, until their planned end.
    """
    own = _by_window(overrides).get(window.id, {})
    by_rule = chain(window.occurrences(now, now), islice(window.following(now), count))
    found = {each.starts_at: Occurrence(each, own.get(each.starts_at)) for each in by_rule}
    own = {start: override for start, override in own.items() if not override.is_over(now)}
    found |= {each.planned.starts_at: each for each in _overridden(window, own)}
    return sorted(found.values(), key=lambda each: (each.message.starts_at, each.planned.starts_at))


def occurrence_of(
    windows: Iterable[Window], occurrence_id: str, now: datetime, overrides: Iterable[Override] = ()
) -> Occurrence:
    """The occurrence with an id, however far ahead; UnknownOccurrence if there is none, or it is over."""
    found = next(filter(None, (window.occurrence_named(occurrence_id) for window in windows)), None)
    if found is None:
        raise UnknownOccurrence(occurrence_id)
    override = _by_window(overrides).get(found.window, {}).get(found.starts_at)
    if override.is_over(now) if override else found.ends_at <= now:
        raise UnknownOccurrence(occurrence_id)
    return Occurrence(found, override)


def ended(occurrence: Occurrence, now: datetime) -> Override:
    """The override that ends a running occurrence at `now`; CannotOverride if it does not run."""
    now = now.replace(microsecond=0)
    if not is_shown(occurrence.message, now):
        raise CannotOverride(f"{occurrence.planned.id} does not run now")
    return _override(occurrence, occurrence.message.starts_at, now)


def skipped(occurrence: Occurrence, now: datetime) -> Override:
    """The override that skips an occurrence to come; CannotOverride if it has begun."""
    _refuse_if_begun(occurrence, now)
    return _override(occurrence, occurrence.planned.starts_at, occurrence.planned.starts_at)


def moved(occurrence: Occurrence, starts_at: datetime, now: datetime) -> Override:
    """The override that shows an occurrence to come at another time, as long as planned.

    CannotOverride if it has begun, or would be over by `now`.
    """
    _refuse_if_begun(occurrence, now)
    ends_at = starts_at + (occurrence.planned.ends_at - occurrence.planned.starts_at)
    if ends_at <= now:
        raise CannotOverride(f"it would end at {format_instant(ends_at)}, which has passed")
    return _override(occurrence, starts_at, ends_at)


def restored(occurrence: Occurrence, _now: datetime) -> Override:
    """The override that makes an occurrence as planned again."""
    return _override(occurrence, occurrence.planned.starts_at, occurrence.planned.ends_at)


def _refuse_if_begun(occurrence: Occurrence, now: datetime) -> None:
    if occurrence.message.starts_at <= now:
        raise CannotOverride(f"{occurrence.planned.id} has begun; end it instead")


def _override(occurrence: Occurrence, starts_at: datetime, ends_at: datetime) -> Override:
    planned_message = occurrence.planned
    return Override(
        window=planned_message.window or "",
        planned_for=planned_message.starts_at,
        planned_until=planned_message.ends_at,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def _by_window(overrides: Iterable[Override]) -> Mapping[str | None, Mapping[datetime, Override]]:
    found: dict[str | None, dict[datetime, Override]] = {}
    for override in overrides:
        found.setdefault(override.window, {})[override.planned_for] = override
    return found


def _until_end(window: Window, message: Message) -> Message:
    """The message, which is not shown past the end of a window that somebody ended."""
    ended_at = window.ended_at
    return message if ended_at is None or message.ends_at <= ended_at else replace(message, ends_at=ended_at)


def _overridden(window: Window, own: Mapping[datetime, Override]) -> Iterator[Occurrence]:
    """The window's occurrences that have an override; what its rule does not plan any more is left out."""
    for start, override in own.items():
        if (occurrence := window.occurrence(start)) is not None:
            yield Occurrence(occurrence, override)
