"""Maintenance windows that people make in the pages, as they are kept; those of the configuration are not. Pure."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from errorhelp.messages.message import Severity, State, is_shown
from errorhelp.messages.occurrences import Deed, Occurrence, Override, WindowChange, coming
from errorhelp.messages.window import Window
from errorhelp.text.texts import Text

MADE = "w."
"""What the id of such a window begins with, and no id of the configuration."""


@dataclass(frozen=True, slots=True)
class MadeWindow:
    """A maintenance window that somebody made: what `Window` has, but for the zone, which is the configuration's.

    `starts_at` is local time without an offset. It does not come any more from `ended_at` on. `revision` counts
    its changes from 1, and `changed_at` is when the last one was made.
    """

    id: str
    targets: tuple[str, ...]
    text: Text
    severity: Severity
    starts_at: datetime
    duration: timedelta
    rule: str
    created_at: datetime
    author: str = ""
    note: str = ""
    ended_at: datetime | None = None
    revision: int = 1
    # The history has it: a window is the same whether that was looked up or not.
    changed_at: datetime | None = field(default=None, compare=False)

    @property
    def is_ended(self) -> bool:
        """Whether somebody ended it."""
        return self.ended_at is not None

    def in_zone(self, zone: tzinfo) -> Window:
        """The window in a time zone; ValueError if its rule never comes true there."""
        return Window(
            id=self.id,
            targets=self.targets,
            text=self.text,
            severity=self.severity,
            starts_at=self.starts_at,
            duration=self.duration,
            rule=self.rule,
            zone=zone,
            note=self.note,
            ended_at=self.ended_at,
            revised_at=self.changed_at or self.created_at,
        )


def in_zone(made: Iterable[MadeWindow], zone: tzinfo) -> tuple[Window, ...]:
    """The windows in a time zone, without those that never come true there."""
    windows: list[Window] = []
    for each in made:
        with suppress(ValueError):
            windows.append(each.in_zone(zone))
    return tuple(windows)


def is_made(window_id: str) -> bool:
    """Whether a window with that id was made in the pages."""
    return window_id.startswith(MADE)


def ended_window(window: MadeWindow, now: datetime) -> MadeWindow:
    """The window, ended at `now`; one that has ended is returned as it is."""
    if window.is_ended:
        return window
    now = now.replace(microsecond=0)
    return replace(window, ended_at=now, changed_at=now)


def window_state(window: Window, now: datetime, overrides: Iterable[Override] = ()) -> State:
    """Where a window stands: an occurrence is shown, one is to come, it was ended, or it does not come again."""
    if window.ended_at is not None and window.ended_at <= now:
        return State.ENDED
    # Beside those that are skipped, one that is not.
    overrides = tuple(overrides)
    skipped = sum(each.window == window.id for each in overrides)
    messages = [each.message for each in coming(window, now, overrides, 1 + skipped)]
    if any(is_shown(each, now) for each in messages):
        return State.ACTIVE
    is_to_come = any(now < each.starts_at < each.ends_at for each in messages)
    return State.SCHEDULED if is_to_come else State.EXPIRED


def lost_occurrences(
    before: Window, after: Window, now: datetime, overrides: Iterable[Override]
) -> list[Occurrence]:
    """Occurrences that somebody skipped or moved, that are not over, and that the changed window does not plan."""
    own = [each for each in overrides if each.window == before.id and not each.is_over(now)]
    return [
        Occurrence(planned, each)
        for each in own
        if (planned := before.occurrence(each.planned_for)) is not None
        and after.occurrence(each.planned_for) is None
    ]


def changes_with_window(
    before: Window, after: Window, who: str, now: datetime, overrides: Iterable[Override]
) -> list[WindowChange]:
    """What is to be kept with a change of the window, so that its occurrences are as people left them.

    Those that it does not plan any more are as planned again, or they would come back with a later change; those
    that were moved take as long as the changed window says.
    """
    at, own = now.replace(microsecond=0), [each for each in overrides if each.window == before.id]
    lost = [each.override for each in lost_occurrences(before, after, now, own)]
    changes: list[WindowChange] = []
    for each in own:
        if each in lost:
            as_planned = replace(each, starts_at=each.planned_for, ends_at=each.planned_until)
            changes.append(WindowChange(at, who, Deed.RESTORED, as_planned))
        elif before.duration != after.duration and now < each.starts_at:
            ends_at = each.starts_at if each.is_skip else each.starts_at + after.duration
            longer = replace(each, planned_until=each.planned_for + after.duration, ends_at=ends_at)
            deed = Deed.SKIPPED if each.is_skip else Deed.MOVED
            changes.append(WindowChange(at, who, deed, longer))
    return changes
