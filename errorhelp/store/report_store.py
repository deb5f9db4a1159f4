"""What the store keeps of reports: problems with exact counts, and for a while reports as they came."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from errorhelp.reports.known_problems import KnownProblem
from errorhelp.reports.report import HourCount, Kind, Problem, ProblemChange, Report
from errorhelp.reports.report_batch import ReportBatch
from errorhelp.store.report_count_store import ReportCounts


class ReportStore(Protocol):
    """Problems and reports in a database, under the same terms as the rest of a `Store`."""

    @property
    def counts(self) -> ReportCounts:
        """How many there were, by hour, infobase and problem."""

    async def add(self, batch: ReportBatch) -> None:
        """Count the batch and keep its reports, all in one transaction.

        What was dismissed and comes again is listed again. Of the problems that give way those go that have one
        report or were dismissed; their counts and reports go to `OTHER` of their infobase and kind.
        """

    async def problems(
        self,
        *,
        infobase: str | None = None,
        kind: Kind | None = None,
        since: datetime | None = None,
        dismissed: bool = False,
        limit: int = 1000,
    ) -> list[Problem]:
        """Up to `limit` problems, the last seen first: of an infobase, of a kind, seen since an instant.

        Those that were dismissed only where they are asked for, with the others.
        """

    async def known_problems(self) -> list[KnownProblem]:
        """Every problem, the last seen at the end."""

    async def problem(self, problem_id: str) -> Problem:
        """One problem, or UnknownProblem."""

    async def dismiss(self, problem_id: str, who: str, at: datetime) -> Problem:
        """List a problem no more, until a report of it comes; UnknownProblem if there is none."""

    async def bring_back(self, problem_id: str, who: str, at: datetime) -> Problem:
        """List a problem that was dismissed again; UnknownProblem if there is none."""

    async def problem_changes(self) -> list[ProblemChange]:
        """What people did to problems, the oldest first; what changed nothing is not among it."""

    async def with_traits(self, problems: Sequence[Problem]) -> list[Problem]:
        """The problems with the users and versions that they have by now."""

    async def hours(
        self,
        since: datetime,
        until: datetime,
        *,
        infobase: str | None = None,
        problem_id: str | None = None,
    ) -> list[HourCount]:
        """How many reports came in each hour that begins in `[since, until)`; hours without are left out.

        In their order; of all, of one infobase, or of one problem.
        """

    async def reports(
        self,
        *,
        problem_id: str | None = None,
        infobase: str | None = None,
        kind: Kind | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 1000,
    ) -> list[Report]:
        """Up to `limit` reports that are kept whole, received in `[since, until)`, the newest first.

        Their screenshots are left out.
        """

    async def report(self, report_id: str) -> Report:
        """One report with its screenshot, or UnknownReport."""

    async def collect(self, *, reports_before: datetime, problems_before: datetime, largest: int) -> int:
        """Delete what is older, reports by when they came and problems by when they were last seen or changed.

        Of the reports that stay the oldest go until no more than `largest` bytes are kept. Returns how many
        reports went.
        """
