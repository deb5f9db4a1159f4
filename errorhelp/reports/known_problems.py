"""The problems that are known: asked at every report, so kept in memory, and few enough for it."""

from collections import defaultdict
from collections.abc import Iterable

from errorhelp.reports.grouping import OTHER, problem_id
from errorhelp.reports.report import Kind

MOST_PROBLEMS = 200
"""How many problems of a kind an infobase may have; what is beyond is counted as one, `OTHER`."""


class KnownProblems:
    """Ids of problems: those that reports came for, and of those the ones in the store."""

    def __init__(self) -> None:
        self._seen: defaultdict[tuple[str, Kind], set[str]] = defaultdict(set)
        self._stored: set[str] = set()

    def use(self, stored: Iterable[tuple[str, Kind, str]]) -> None:
        """From now on these are the ones in the store: infobase, kind and id of each."""
        self._seen.clear()
        self._stored.clear()
        for infobase, kind, found in stored:
            self._seen[infobase, kind].add(found)
            self._stored.add(found)

    def add_stored(self, ids: Iterable[str]) -> None:
        """These are in the store, too."""
        self._stored.update(ids)

    def is_stored(self, infobase: str, kind: Kind, stack_hash: str) -> bool:
        """Whether the store has that problem."""
        return problem_id(infobase, kind, stack_hash) in self._stored

    def place(self, infobase: str, kind: Kind, stack_hash: str) -> str:
        """The stack hash to count a report by: its own, or `OTHER` when there are too many problems."""
        seen = self._seen[infobase, kind]
        found = problem_id(infobase, kind, stack_hash)
        if found not in seen:
            if len(seen) >= MOST_PROBLEMS:
                return OTHER
            seen.add(found)
        return stack_hash
