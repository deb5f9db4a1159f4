"""A batch: what many reports come to until it is written, bounded by how many problems there are."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from errorhelp.reports.grouping import problem_id
from errorhelp.reports.pseudonyms import who
from errorhelp.reports.report import MOST_AFFECTED, MOST_VERSIONS, OTHER, Kind, Report


@dataclass(slots=True)
class ReportTally:
    """What a batch adds to one problem: reports by the hour, users by their pseudonyms, client versions."""

    problem_id: str
    infobase: str
    kind: Kind
    stack_hash: str
    title: str
    first_seen: datetime
    last_seen: datetime
    hours: dict[datetime, int] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        """How many reports."""
        return sum(self.hours.values())

    def add(self, report: Report) -> None:
        """Count a report."""
        hour = report.at.replace(minute=0, second=0, microsecond=0)
        self.hours[hour] = self.hours.get(hour, 0) + 1
        self.first_seen = min(self.first_seen, report.at)
        self.last_seen = max(self.last_seen, report.at)
        if len(self.users) < MOST_AFFECTED and (user := who(report)):
            self.users.add(user)
        if report.version and len(self.versions) < MOST_VERSIONS:
            self.versions.add(report.version)

    def add_all(self, other: "ReportTally") -> None:
        """Count what another tally counted."""
        for hour, count in other.hours.items():
            self.hours[hour] = self.hours.get(hour, 0) + count
        self.first_seen = min(self.first_seen, other.first_seen)
        self.last_seen = max(self.last_seen, other.last_seen)
        self.users.update(sorted(other.users)[: MOST_AFFECTED - len(self.users)])
        self.versions.update(sorted(other.versions)[: MOST_VERSIONS - len(self.versions)])

    def as_other(self) -> "ReportTally":
        """The same, counted with the problem for what is too much."""
        other = problem_id(self.infobase, self.kind, OTHER)
        return replace(self, problem_id=other, stack_hash=OTHER, title="")


@dataclass(slots=True)
class ReportBatch:
    """Tallies by the id of their problem, and the reports that are kept whole.

    `gives_way` are problems that the store may have already: what they have counts with `OTHER` from now on,
    unless others had more reports of them meanwhile.
    """

    tallies: dict[str, ReportTally] = field(default_factory=dict)
    kept: list[Report] = field(default_factory=list)
    gives_way: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        """How many reports."""
        return sum(tally.count for tally in self.tallies.values())

    def add(self, report: Report, stack_hash: str, title: Callable[[], str]) -> str:
        """Count a report with the problem that has the stack hash; the problem's id.

        `title` is asked for when it is the problem's first in this batch.
        """
        found = problem_id(report.infobase, report.kind, stack_hash)
        tally = self.tallies.get(found)
        if tally is None:
            tally = self.tallies[found] = ReportTally(
                problem_id=found,
                infobase=report.infobase,
                kind=report.kind,
                stack_hash=stack_hash,
                title=title(),
                first_seen=report.at,
                last_seen=report.at,
            )
        tally.add(report)
        return found

    def give_way(self, problem: str) -> None:
        """Have a problem give way, as `gives_way` says; what the batch has of it too."""
        self.gives_way.add(problem)
        tally = self.tallies.pop(problem, None)
        if tally is None:
            return
        moved = tally.as_other()
        if (other := self.tallies.get(moved.problem_id)) is None:
            self.tallies[moved.problem_id] = moved
        else:
            other.add_all(moved)
        self.kept = [
            replace(each, problem=moved.problem_id) if each.problem == problem else each for each in self.kept
        ]
