"""How many reports there were: by hour, by infobase and by problem, counted in the database."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from errorhelp.reports.report import Kind, Problem


class ReportCounts(Protocol):
    """Exact counts, also of reports that are not kept, under the same terms as the rest of a `ReportStore`.

    Times are hours that begin in `[since, until)`.
    """

    async def began(self) -> datetime | None:
        """When the first report came of all problems that are kept; None if there is none."""

    async def by_hour(
        self,
        since: datetime,
        until: datetime,
        *,
        infobase: str | None = None,
        kind: Kind | None = None,
        problem_id: str | None = None,
    ) -> dict[datetime, int]:
        """How many in each hour, in order: of all, of an infobase, of a kind, of a problem."""

    async def by_infobase(
        self, since: datetime, until: datetime, *, kind: Kind | None = None
    ) -> dict[str, int]:
        """How many of each infobase, the most first: of all kinds, or of one."""

    async def by_problem(
        self,
        since: datetime,
        until: datetime,
        *,
        infobase: str | None = None,
        kind: Kind | None = None,
        limit: int = 100,
    ) -> list[tuple[Problem, int]]:
        """Up to `limit` problems, each with how many there were in that time, the most first."""

    async def in_hours(
        self, hours: Collection[datetime], *, at_least: int = 1
    ) -> dict[str, dict[datetime, int]]:
        """How many of an infobase in each of these hours, where there are `at_least` so many."""

    async def first_reports(self, since: datetime, until: datetime) -> dict[tuple[str, datetime], datetime]:
        """When the first report came that is kept, by infobase and hour."""
