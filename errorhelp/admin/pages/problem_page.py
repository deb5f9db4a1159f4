"""A problem with the reports that are kept of it, and one report with all that was sent."""

import json
from datetime import timedelta
from typing import Any

from aiohttp import web

from errorhelp.admin.pages.page_rendering import Renderer, person
from errorhelp.admin.pages.page_routes import PageRoute, read_form, see_again
from errorhelp.admin.pages.report_timeline import by_hour, last_hours
from errorhelp.admin.pages.table_period import chosen_hour
from errorhelp.messages.message import is_shown
from errorhelp.people.people import Role
from errorhelp.reports.announcements import Announcements
from errorhelp.reports.report import Problem
from errorhelp.reports.report_zips import PICTURES
from errorhelp.reports.spikes import hour_of
from errorhelp.service.service import Service

_MOST_REPORTS = 20
_MOST_MESSAGES = 20
# So far back messages are looked for that were on display.
_LOOKED_BACK = timedelta(days=30)
_HOUR, _SECOND = timedelta(hours=1), timedelta(seconds=1)


class ProblemPage:
    """The pages of problems and of reports."""

    def __init__(self, service: Service, renderer: Renderer) -> None:
        self._service = service
        self._renderer = renderer

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        return (
            PageRoute("GET", r"/problems/{id:\w+}", self.get_problem),
            PageRoute("POST", r"/problems/{id:\w+}", self.change_problem, Role.ADMIN),
            PageRoute("GET", "/reports/{id}", self.get_report),
            PageRoute("GET", "/reports/{id}/screenshot", self.get_screenshot),
        )

    async def get_problem(self, request: web.Request) -> web.Response:
        """See a problem: its last hours, what was on display meanwhile, and its newest reports."""
        reports = self._service.reports
        problem = await reports.problem(request.match_info["id"])
        period = chosen_hour(request.query.get("over", ""))
        since, until = (period.since, period.until) if period else (None, None)
        kept = await reports.reports(problem_id=problem.id, since=since, until=until, limit=_MOST_REPORTS)
        return await self._renderer.page(
            request,
            "problem.html",
            problem=problem,
            reports=kept,
            period=period,
            is_all=len(kept) < _MOST_REPORTS,
            **await self._over_time(request, problem),
        )

    async def change_problem(self, request: web.Request) -> web.Response:
        """Dismiss a problem, or bring it back."""
        form, who, now = await read_form(request), person(request).name, self._service.now()
        match form.get("action"):
            case "dismiss":
                await self._service.reports.dismiss(request.match_info["id"], who, now)
            case "bring back":
                await self._service.reports.bring_back(request.match_info["id"], who, now)
            case _:
                raise web.HTTPBadRequest
        raise see_again(form)

    async def get_report(self, request: web.Request) -> web.Response:
        """See a report."""
        report = await self._service.reports.report(request.match_info["id"])
        keys = self._service.catalog.target_keys(report.infobase)
        shown = await self._service.shown_between(report.at, report.at + _SECOND, any_of=keys)
        then = Announcements(shown, self._service.catalog).about(report.infobase)
        return await self._renderer.page(
            request,
            "report.html",
            report=report,
            problem=await self._service.reports.problem(report.problem),
            details=json.dumps(report.details, ensure_ascii=False, indent=2),
            messages=[each for each in then if is_shown(each, report.at)],
            has_picture=content_type(report.screenshot) is not None,
        )

    async def get_screenshot(self, request: web.Request) -> web.Response:
        """Get the screenshot of a report, a PNG or JPEG."""
        screenshot = (await self._service.reports.report(request.match_info["id"])).screenshot
        kind = content_type(screenshot)
        if kind is None:
            raise web.HTTPNotFound
        return web.Response(body=screenshot, content_type=kind)

    async def _over_time(self, request: web.Request, problem: Problem) -> dict[str, Any]:
        hours, end = last_hours(hour_of(problem.last_seen)), problem.last_seen
        since = max(problem.first_seen, problem.last_seen - _LOOKED_BACK)
        keys = self._service.catalog.target_keys(problem.infobase)
        shown = await self._service.shown_between(min(since, hours[0]), end, any_of=keys)
        announcements = Announcements(shown, self._service.catalog)
        counts = await self._service.reports.counts.by_hour(
            hours[0], hours[-1] + _HOUR, problem_id=problem.id
        )
        periods = announcements.periods(problem.infobase)
        meanwhile = [each for each in announcements.about(problem.infobase) if each.shown_until > since]
        return {
            "by_hour": by_hour(counts, hours, periods, (), self._renderer.moments(request)),
            "messages": meanwhile[: -_MOST_MESSAGES - 1 : -1],
        }


def content_type(screenshot: bytes | None) -> str | None:
    """The content type of a picture by its first bytes; None if it is none that may be shown."""
    return next(
        (kind for start, kind in PICTURES.items() if screenshot and screenshot.startswith(start)), None
    )
