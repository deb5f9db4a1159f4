"""The part of the API that is about reports: problems, reports, and both to take away."""

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property, partial

from aiohttp import hdrs, web

from errorhelp.admin.access.authorization import WHO
from errorhelp.admin.api import documents
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.json_answers import answer
from errorhelp.admin.api.list_pages import CSV, ApiList, answer_export, answer_page
from errorhelp.admin.api.request_reading import read_query
from errorhelp.formats import problem_detail
from errorhelp.people.people import Role
from errorhelp.reports.report import Problem, Report
from errorhelp.service.drafts import InvalidDraft
from errorhelp.service.service import Service
from errorhelp.store.list_place import ListPlace
from errorhelp.store.sql_reports import ProblemSearch, ReportSearch
from errorhelp.system.worker_thread import in_thread

_PROBLEMS = "/api/v1/problems"
_REPORTS = "/api/v1/reports"
_ZIP = "application/zip"
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
                query=documents.ProblemExportQuery,
                media_type=CSV,
            ),
            Route(
                "GET",
                f"{_PROBLEMS}.json",
                self.export_problems_json,
                documents.AllProblems,
                viewer,
                query=documents.ProblemExportQuery,
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
                query=documents.ReportExportQuery,
                media_type=CSV,
            ),
            Route(
                "GET",
                f"{_REPORTS}.json",
                self.export_reports_json,
                documents.AllReports,
                viewer,
                query=documents.ReportExportQuery,
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
        query = read_query(request, documents.ProblemQuery)
        reports, wanted = self._service.reports, self._of_problems(query)

        async def read(after: ListPlace | None, limit: int) -> Sequence[Problem]:
            return await reports.problems(**wanted, limit=limit, after=after)

        def place(problem: Problem) -> ListPlace:
            return ListPlace(int(problem.last_seen.timestamp()), problem.id)

        listed = ApiList(read, place, documents.ReportedProblem.of)
        total = partial(reports.count_problems, **wanted)
        return await answer_page(request, "problems", listed, query.cursor, query.limit, total)

    async def export_problems(self, request: web.Request) -> web.StreamResponse:
        """Get problems as CSV, the last seen first."""
        columns = documents.ReportedProblem.columns()
        return await answer_export(request, "problems.csv", await self._all_problems(request), None, columns)

    async def export_problems_json(self, request: web.Request) -> web.StreamResponse:
        """Get problems as JSON, the last seen first."""
        return await answer_export(request, "problems.json", await self._all_problems(request), None)

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
        query = read_query(request, documents.ReportQuery)
        wanted = self._of_reports(query)
        total = partial(self._service.reports.count_reports, **wanted)
        return await answer_page(request, "reports", self._listed(wanted), query.cursor, query.limit, total)

    async def export_reports(self, request: web.Request) -> web.StreamResponse:
        """Get reports that are kept as CSV, without their details, the newest first."""
        query = read_query(request, documents.ReportExportQuery)
        listed = self._listed(self._of_reports(query), details=False)
        columns = documents.ReportDocument.columns(without="details")
        return await answer_export(request, "reports.csv", listed, query.limit, columns)

    async def export_reports_json(self, request: web.Request) -> web.StreamResponse:
        """Get reports that are kept as JSON, the newest first."""
        query = read_query(request, documents.ReportExportQuery)
        listed = self._listed(self._of_reports(query))
        return await answer_export(request, "reports.json", listed, query.limit)

    async def get_report(self, request: web.Request) -> web.Response:
        """Get a report."""
        return answer(
            documents.ReportDocument.of(await self._service.reports.report(request.match_info["id"]))
        )

    async def download_report(self, request: web.Request) -> web.Response:
        """Get a report as a zip, with its screenshot if that is kept."""
        report = await self._service.reports.report(request.match_info["id"])
        return _file(f"report-{report.id}.zip", await in_thread(_zipped, report), _ZIP)

    async def _all_problems(self, request: web.Request) -> ApiList[Problem]:
        """All that a query means, in the order of this moment: nothing is left out that is seen meanwhile."""
        query, reports = read_query(request, documents.ProblemExportQuery), self._service.reports
        ids = await reports.problem_ids(**self._of_problems(query), limit=query.limit)
        places = {found: number for number, found in enumerate(ids)}

        async def read(after: ListPlace | None, limit: int) -> Sequence[Problem]:
            begin, found = 0 if after is None else after.number + 1, list[Problem]()
            # Some may be gone; fewer than were asked for would be the end.
            while begin < len(ids) and len(found) < limit:
                some = ids[begin : begin + limit - len(found)]
                found += await reports.problems_named(some)
                begin += len(some)
            return found

        return ApiList(read, lambda each: ListPlace(places[each.id]), documents.ReportedProblem.of)

    def _listed(self, wanted: ReportSearch, *, details: bool = True) -> ApiList[Report]:
        reports = self._service.reports

        async def read(after: ListPlace | None, limit: int) -> Sequence[Report]:
            before_seq = None if after is None else after.number
            return await reports.reports(**wanted, limit=limit, before_seq=before_seq, details=details)

        # With details some have tens of kilobytes.
        at_once = 20 if details else 200
        return ApiList(read, lambda each: ListPlace(each.seq), documents.ReportDocument.of, at_once)

    def _of_problems(self, query: documents.ProblemQuery | documents.ProblemExportQuery) -> ProblemSearch:
        return {
            "infobase": self._infobase_id(query.infobase),
            "kind": query.kind,
            "since": query.since,
            "until": query.until,
            "dismissed": query.dismissed,
        }

    def _of_reports(self, query: documents.ReportQuery | documents.ReportExportQuery) -> ReportSearch:
        return {
            "problem_id": query.problem or None,
            "infobase": self._infobase_id(query.infobase),
            "kind": query.kind,
            "since": query.since,
            "until": query.until,
        }

    def _infobase_id(self, any_id: str) -> str | None:
        if not any_id:
            return None
        infobase = self._service.catalog.infobase(any_id)
        if infobase is None:
            raise InvalidDraft([("infobase", f"no infobase has the id {any_id!r}")])
        return infobase.id


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
        headers={hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'},
    )
