"""Problems and reports, as the admin API gives them."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydantic import Field, RootModel

from errorhelp.admin.api.documents.document_values import Given, Instant, Taken
from errorhelp.admin.api.documents.list_documents import ExportQuery, ListPage, ListQuery
from errorhelp.reports.report import HourCount, Kind
from errorhelp.reports.report import Problem as StoredProblem
from errorhelp.reports.report import Report as StoredReport


class ReportedProblem(Given):
    """All reports of an infobase with the same kind and stack hash."""

    id: str
    infobase: str = Field(description="By id.")
    kind: Kind
    stack_hash: str = Field(description="The platform's, or one of the text; 'other' for what was too much.")
    title: str = Field(description="The first line of its first report; may be empty.")
    first_seen: Instant
    last_seen: Instant
    count: int = Field(description="How many reports, those not kept included.")
    users: int = Field(description="How many users, by name or else by address.")
    versions: tuple[str, ...] = Field(description="Of the clients.")
    dismissed_at: Instant | None = Field(
        description="When an admin dismissed it; null if it is listed, also after a report came again."
    )

    @classmethod
    def of(cls, problem: StoredProblem) -> Self:
        """The problem for clients."""
        return cls.model_validate(problem, from_attributes=True)


class ReportedProblems(ListPage):
    """A page of problems, the last seen first."""

    problems: tuple[ReportedProblem, ...]


class AllProblems(RootModel[tuple[ReportedProblem, ...]]):
    """Problems, the last seen first."""


class CountOfHour(Given):
    """How many reports came in the hour that begins then."""

    hour: Instant
    count: int


class ProblemWithHours(ReportedProblem):
    """A problem with its counts by the hour."""

    hours: tuple[CountOfHour, ...] = Field(description="Of the last 30 days; hours without any are left out.")

    @classmethod
    def with_hours(cls, problem: StoredProblem, hours: Iterable[HourCount]) -> Self:
        """The problem with its counts."""
        counts = tuple(CountOfHour(hour=each.hour, count=each.count) for each in hours)
        return cls(**ReportedProblem.of(problem).model_dump(), hours=counts)


class ReportDocument(Given, component="Report"):
    """What one client reported; names and addresses as far as the settings keep them."""

    id: str
    problem: str = Field(description="The id of its problem.")
    at: Instant = Field(description="When it came.")
    infobase: str = Field(description="By id.")
    kind: Kind
    text: str
    stack: str
    stack_hash: str = Field(description="The platform's; empty if it sent none.")
    user: str
    address: str
    app: str = Field(description="The client application.")
    version: str = Field(description="Of the client application.")
    details: Mapping[str, Any] = Field(description="All that was sent.")

    @classmethod
    def of(cls, report: StoredReport) -> Self:
        """The report for clients."""
        return cls.model_validate(report, from_attributes=True)


class Reports(ListPage):
    """A page of reports, the newest first."""

    reports: tuple[ReportDocument, ...]


class AllReports(RootModel[tuple[ReportDocument, ...]]):
    """Reports, the newest first."""


class Csv(RootModel[str]):
    """A table as CSV (RFC 4180), UTF-8 with a byte order mark, for spreadsheets."""


class Zip(RootModel[bytes]):
    """A zip."""


class _FilterValues(Taken):
    """Filters for problems and reports."""

    infobase: str = Field("", description="Of this infobase, by id or alias.", examples=["erp"])
    kind: Kind | None = Field(None, description="Of this kind.", examples=["crash"])


class _ProblemFilterValues(_FilterValues):
    since: Instant | None = Field(None, description="Seen then or later.", examples=["now-7d"])
    until: Instant | None = Field(None, description="Seen before then.", examples=["now+1d"])
    dismissed: bool = Field(False, description="Those that were dismissed, too.", examples=[True])


class _ReportFilterValues(_FilterValues):
    since: Instant | None = Field(None, description="Come then or later.", examples=["now-7d"])
    until: Instant | None = Field(None, description="Come before then.", examples=["now+1d"])
    problem: str = Field("", description="Of this problem, by id.", examples=["0123456789abcdef"])


class ProblemQuery(_ProblemFilterValues, ListQuery):
    """Which problems to list; every filter that is given must fit."""

    limit: int = Field(100, ge=1, le=10_000, description="How many at most.", examples=[100])


class ProblemExportQuery(_ProblemFilterValues, ExportQuery):
    """Which problems to take away; every filter that is given must fit."""


class ReportQuery(_ReportFilterValues, ListQuery):
    """Which reports to list; every filter that is given must fit."""

    limit: int = Field(100, ge=1, le=10_000, description="How many at most.", examples=[100])


class ReportExportQuery(_ReportFilterValues, ExportQuery):
    """Which reports to take away; every filter that is given must fit."""
