"""The part of the API that is about reports: problems, reports, and both to take away."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable
from datetime import timedelta
from functools import cached_property

from aiohttp import hdrs, web

from errorhelp.admin.access.authorization import WHO
from errorhelp.admin.api import documents
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.json_answers import answer
from errorhelp.admin.api.request_reading import read_query
from errorhelp.formats import problem_detail
from errorhelp.people.people import Role
from errorhelp.reports.report import Problem, Report
from errorhelp.service.drafts import InvalidDraft
from errorhelp.service.service import Service
from errorhelp.system.worker_thread import in_thread

_PROBLEMS = "/api/v1/problems"
_REPORTS = "/api/v1/reports"
_CSV, _ZIP = "text/csv", "application/zip"
_HOURS_OF = timedelta(days=30)
_PNG = b"\x89PNG"


class ReportsApi:
    """The API over the reports of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        problems, reports = documents.ProblemQuery, documents.ReportQuery
        of_problem, of_report = (problem_detail.UNKNOWN_PROBLEM,), (problem_detail.UNKNOWN_REPORT,)
        viewer = Role.VIEWER
        return (
            Route("GET", _PROBLEMS, self.list_problems, documents.ReportedProblems, viewer, query=problems),
            Route(
                "GET",
                f"{_PROBLEMS}.csv",
                self.export_problems,
                documents.Csv,
                viewer,
                query=problems,
                media_type=_CSV,
            ),
            Route(
                "GET",
                f"{_PROBLEMS}/{{id}}",
                self.get_problem,
                documents.ProblemWithHours,
                viewer,
                own_problems=of_problem,
            ),
            Route(
                "POST",
                f"{_PROBLEMS}/{{id}}/dismiss",
                self.dismiss_problem,
                documents.ReportedProblem,
                Role.ADMIN,
                own_problems=of_problem,
            ),
            Route(
                "POST",
                f"{_PROBLEMS}/{{id}}/bring-back",
                self.bring_problem_back,
                documents.ReportedProblem,
                Role.ADMIN,
                own_problems=of_problem,
            ),
            Route("GET", _REPORTS, self.list_reports, documents.Reports, viewer, query=reports),
            Route(
                "GET",
                f"{_REPORTS}.csv",
                self.export_reports,
                documents.Csv,
                viewer,
                query=reports,
                media_type=_CSV,
            ),
            Route(
                "GET",
                f"{_REPORTS}/{{id}}",
                self.get_report,
                documents.ReportDocument,
                viewer,
                own_problems=of_report,
            ),
            Route(
                "GET",
                f"{_REPORTS}/{{id}}/download",
                self.download_report,
                documents.Zip,
                viewer,
                own_problems=of_report,
                media_type=_ZIP,
            ),
        )

    async def list_problems(self, request: web.Request) -> web.Response:
        """List problems, the last seen first."""
        return answer(documents.ReportedProblems.of(await self._problems(request)))

    async def export_problems(self, request: web.Request) -> web.Response:
        """Get problems as CSV."""
        return await _table("problems.csv", map(documents.ReportedProblem.of, await self._problems(request)))

    async def get_problem(self, request: web.Request) -> web.Response:
        """Get a problem, with its counts by the hour."""
        found = await self._service.reports.problem(request.match_info["id"])
        now = self._service.now()
        hours = await self._service.reports.hours(now - _HOURS_OF, now, problem_id=found.id)
        return answer(documents.ProblemWithHours.with_hours(found, hours))

    async def dismiss_problem(self, request: web.Request) -> web.Response:
        """List a problem no more until a report of it comes again; it is the first to give way to new ones."""
        who, now = request[WHO].name, self._service.now()
        found = await self._service.reports.dismiss(request.match_info["id"], who, now)
        return answer(documents.ReportedProblem.of(found))

    async def bring_problem_back(self, request: web.Request) -> web.Response:
        """List a problem that was dismissed again."""
        who, now = request[WHO].name, self._service.now()
        found = await self._service.reports.bring_back(request.match_info["id"], who, now)
        return answer(documents.ReportedProblem.of(found))

    async def list_reports(self, request: web.Request) -> web.Response:
        """List reports that are kept, the newest first."""
        found = await self._reports(request)
        return answer(await in_thread(documents.Reports.of, found))

    async def export_reports(self, request: web.Request) -> web.Response:
        """Get reports that are kept as CSV, without their details."""
        return await _table("reports.csv", map(documents.ReportDocument.of, await self._reports(request)))

    async def get_report(self, request: web.Request) -> web.Response:
        """Get a report."""
        return answer(
            documents.ReportDocument.of(await self._service.reports.report(request.match_info["id"]))
        )

    async def download_report(self, request: web.Request) -> web.Response:
        """Get a report as a zip, with its screenshot if that is kept."""
        report = await self._service.reports.report(request.match_info["id"])
        return _file(f"report-{report.id}.zip", await in_thread(_zipped, report), _ZIP)

    async def _problems(self, request: web.Request) -> list[Problem]:
        query = read_query(request, documents.ProblemQuery)
        return await self._service.reports.problems(
            infobase=self._infobase_id(query.infobase),
            kind=query.kind,
            since=query.since,
            dismissed=query.dismissed,
            limit=query.limit,
        )

    async def _reports(self, request: web.Request) -> list[Report]:
        query = read_query(request, documents.ReportQuery)
        return await self._service.reports.reports(
            problem_id=query.problem or None,
            infobase=self._infobase_id(query.infobase),
            kind=query.kind,
            since=query.since,
            until=query.until,
            limit=query.limit,
        )

    def _infobase_id(self, any_id: str) -> str | None:
        if not any_id:
            return None
        infobase = self._service.catalog.infobase(any_id)
        if infobase is None:
            raise InvalidDraft([("infobase", f"no infobase has the id {any_id!r}")])
        return infobase.id


async def _table(
    name: str, given: Iterable[documents.ReportedProblem | documents.ReportDocument]
) -> web.Response:
    def written() -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(documents.rows(given))
        # Spreadsheets take what has no byte order mark for Windows' Cyrillic.
        return text.getvalue().encode("utf-8-sig")

    return _file(name, await in_thread(written), _CSV)


def _zipped(report: Report) -> bytes:
    """`report.json` as it was sent, but for what is masked, and the screenshot."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.json", json.dumps(report.details, ensure_ascii=False, indent=2))
        if report.screenshot is not None:
            suffix = "png" if report.screenshot.startswith(_PNG) else "jpg"
            archive.writestr(f"screenshot.{suffix}", report.screenshot)
    return data.getvalue()


def _file(name: str, data: bytes, content_type: str) -> web.Response:
    return web.Response(
        body=data,
        content_type=content_type,
        charset="utf-8" if content_type == _CSV else None,
        headers={hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'},
    )
