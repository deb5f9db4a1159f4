"""What a target is notified of and when: not one notification a report, and nothing that users read anyway. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from errorhelp.notifications.notification import Line, Notification, Occasion
from errorhelp.reports.report import Problem

MOST_FIRSTS = 10
"""How many problems are notified one by one from one digest to the next; further ones wait for the digest."""


JUMP = 10
"""So many new reports of `OTHER`, and at least as many as were notified before, are notified at once."""


class Phase(StrEnum):
    """Where a problem stands with a target: nothing is going on, it waits for the digest, it was notified."""

    CLOSED = "closed"
    WAITING = "waiting"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class NotifiedProblem:
    """How many reports of a problem a target was notified of, and where that stands."""

    count: int = 0
    phase: Phase = Phase.CLOSED


@dataclass(frozen=True, slots=True)
class Progress:
    """What else is remembered of a target: when its next digest goes, and what was notified one by one since.

    `revision` counts its changes, so that two nodes never decide the same thing.
    """

    revision: int = 1
    digest_at: datetime | None = None
    firsts: int = 0


@dataclass(frozen=True, slots=True)
class DigestPace:
    """The settings: how often a digest goes, and after what time without a report a problem has stopped."""

    digest: timedelta
    stopped_after: timedelta


@dataclass(frozen=True, slots=True)
class Decision:
    """What is notified now, and what is to be remembered of it: of the target, and of problems by id."""

    progress: Progress
    notified: dict[str, NotifiedProblem]
    notifications: list[Notification]


def decide(
    progress: Progress,
    problems: Iterable[tuple[Problem, NotifiedProblem]],
    pace: DigestPace,
    now: datetime,
    *,
    is_meant: Callable[[Problem], bool],
    is_explained: Callable[[Problem], bool],
) -> Decision:
    """What a target is notified of, of these problems, at `now`.

    They are those that `ForwardingStore.undecided` gives. `is_meant` says which the target wants to hear of,
    `is_explained` of which users read a message now: those wait.
    """
    # A clock that was set back, or a shorter digest, delays nothing.
    digest_at = progress.digest_at and min(progress.digest_at, now + pace.digest)
    is_digest_due = digest_at is not None and digest_at <= now
    if is_digest_due:
        digest_at, progress = None, replace(progress, firsts=0)
    notified: dict[str, NotifiedProblem] = {}
    lines: dict[Occasion, list[Line]] = {occasion: [] for occasion in Occasion}
    is_more_to_notify = False
    for problem, before in problems:
        line = Line(problem, problem.count - before.count, is_new=before.phase is not Phase.OPEN)
        occasion, after = _decide_about(
            line,
            before,
            is_meant=is_meant(problem),
            is_quiet=is_explained(problem),
            has_stopped=now - problem.last_seen >= pace.stopped_after,
            may_be_first=progress.firsts + len(lines[Occasion.FIRST]) < MOST_FIRSTS,
            is_digest_due=is_digest_due,
        )
        if occasion is not None:
            lines[occasion].append(line)
        if after != before:
            notified[problem.id] = after
        is_more_to_notify |= after.count < problem.count
    firsts = lines.pop(Occasion.FIRST)
    notifications = [Notification(Occasion.FIRST, now, [line]) for line in firsts]
    notifications += [Notification(occasion, now, found) for occasion, found in lines.items() if found]
    if digest_at is None and (firsts or is_more_to_notify):
        digest_at = now + pace.digest
    progress = replace(progress, digest_at=digest_at, firsts=progress.firsts + len(firsts))
    return Decision(progress, notified, notifications)


def _decide_about(
    line: Line,
    before: NotifiedProblem,
    *,
    is_meant: bool,
    is_quiet: bool,
    has_stopped: bool,
    may_be_first: bool,
    is_digest_due: bool,
) -> tuple[Occasion | None, NotifiedProblem]:
    """On which occasion a line is notified now, if on any, and what is remembered of its problem then."""
    everything = line.problem.count
    waiting = replace(before, phase=Phase.WAITING) if before.phase is Phase.CLOSED else before
    if not is_meant:
        return None, NotifiedProblem(everything)
    if is_quiet:
        return None, waiting
    begins = before.phase is Phase.CLOSED or _jumps(line, before)
    if begins and may_be_first and not has_stopped:
        return Occasion.FIRST, NotifiedProblem(everything, Phase.OPEN)
    if before.phase is Phase.OPEN and has_stopped:
        return Occasion.STOPPED, NotifiedProblem(everything)
    if line.reports and is_digest_due:
        # Of what stopped before anybody was notified that it began, nobody is notified that it stopped.
        return Occasion.DIGEST, NotifiedProblem(everything, Phase.CLOSED if has_stopped else Phase.OPEN)
    return None, waiting


def _jumps(line: Line, before: NotifiedProblem) -> bool:
    """Whether much more than before is counted with `OTHER`, where a new problem may hide."""
    is_open = before.phase is Phase.OPEN and line.problem.is_other
    return is_open and line.reports >= max(JUMP, before.count)
