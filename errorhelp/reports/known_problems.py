"""The problems that are known: asked at every report, so kept in memory, and few enough for it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from errorhelp.reports.grouping import problem_id
from errorhelp.reports.report import OTHER, Kind

MOST_PROBLEMS = 200
"""How many problems of a kind an infobase may have; what is beyond is counted as one, `OTHER`."""

MOST_NEW = 50
"""How many problems may begin with reports of one client in an hour; its further ones count with `OTHER`."""

_DISMISSED = 0


@dataclass(frozen=True, slots=True)
class KnownProblem:
    """A problem in the store, how many reports it has, and whether it was dismissed."""

    infobase: str
    kind: Kind
    id: str
    count: int
    is_dismissed: bool = False


class ProblemPlace(NamedTuple):
    """The stack hash that a report counts by, and the id of the problem that gives way to its own, if one does."""

    stack_hash: str
    gives_way: str = ""


class KnownProblems:
    """Problems that reports came for, and of those the ones in the store."""

    def __init__(self) -> None:
        # Counts by id, those that were seen last at the end.
        self._seen: defaultdict[tuple[str, Kind], dict[str, int]] = defaultdict(dict)
        self._stored: set[str] = set()

    def use(self, stored: Iterable[KnownProblem]) -> None:
        """From now on these are the ones in the store, the last seen at the end."""
        self._seen.clear()
        self._stored.clear()
        for each in stored:
            self._stored.add(each.id)
            if each.id != problem_id(each.infobase, each.kind, OTHER):
                count = _DISMISSED if each.is_dismissed else each.count
                self._seen[each.infobase, each.kind][each.id] = count

    def add_stored(self, ids: Iterable[str]) -> None:
        """These are in the store, too."""
        self._stored.update(ids)

    def is_stored(self, infobase: str, kind: Kind, stack_hash: str) -> bool:
        """Whether the store has that problem."""
        return problem_id(infobase, kind, stack_hash) in self._stored

    def place(
        self, infobase: str, kind: Kind, stack_hash: str, may_begin: Callable[[], bool]
    ) -> ProblemPlace:
        """Where to count a report: with its own problem, or with `OTHER` when there are too many.

        `may_begin` is asked when its problem would be a new one. When there are too many, the one that was
        seen longest ago gives way: of those that were dismissed, or else of those with one report.
        """
        seen = self._seen[infobase, kind]
        found = problem_id(infobase, kind, stack_hash)
        if (count := seen.pop(found, None)) is not None:
            seen[found] = max(count, 1) + 1
            return ProblemPlace(stack_hash)
        if stack_hash == OTHER or not may_begin():
            return ProblemPlace(OTHER)
        gives_way = ""
        if len(seen) >= MOST_PROBLEMS:
            gives_way = _least(seen)
            if not gives_way:
                return ProblemPlace(OTHER)
            del seen[gives_way]
            self._stored.discard(gives_way)
        seen[found] = 1
        return ProblemPlace(stack_hash, gives_way)


def _least(counts: dict[str, int]) -> str:
    """The first that was dismissed, or else has one report; "" if there is none."""
    once = ""
    for each, count in counts.items():
        if count == _DISMISSED:
            return each
        if count == 1 and not once:
            once = each
    return once
