"""Notifications: what a target is notified of, as facts that are kept until they are delivered. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from heapq import nsmallest
from typing import Any

from errorhelp.reports.report import Kind, Problem
from errorhelp.text.times import format_instant

MOST_LISTED = 50
"""How many problems a notification lists; its counts are of all of them."""


class Occasion(StrEnum):
    """Why somebody is notified: a problem began, what came since, nothing comes any more, or to try it out."""

    FIRST = "first"
    DIGEST = "digest"
    STOPPED = "stopped"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Line:
    """A problem in a notification: `reports` are those that the target was not notified of before.

    `is_new`: whether it hears of the problem for the first time since that began, or began again.
    """

    problem: Problem
    reports: int
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Notification:
    """The problems notified at `at`, those with the most reports in front."""

    occasion: Occasion
    at: datetime
    lines: Sequence[Line]

    @property
    def listed(self) -> list[Line]:
        """The lines that its document has."""
        return nsmallest(MOST_LISTED, self.lines, key=lambda line: (-line.reports, line.problem.id))

    def with_problems(self, known: Mapping[str, Problem]) -> "Notification":
        """The same with what is known of problems, by their ids."""
        lines = [replace(each, problem=known.get(each.problem.id, each.problem)) for each in self.lines]
        return replace(self, lines=lines)

    def document(self, name_of: dict[str, str], admin_url: str | None = None) -> dict[str, Any]:
        """As JSON values; `name_of` has the names of infobases by their ids, `admin_url` leads to the pages."""
        listed = self.listed
        return {
            "occasion": self.occasion.value,
            "at": format_instant(self.at),
            "reports": sum(line.reports for line in self.lines),
            "problems": [_listed(line, name_of, admin_url) for line in listed],
            "more_problems": len(self.lines) - len(listed),
        }


def example(occasion: Occasion, at: datetime) -> dict[str, Any]:
    """A notification as the document of one, to try a target out with: of an infobase that does not exist."""
    problem = Problem(
        id="0f3a9c1e5b7d2468",
        infobase="example",
        kind=Kind.LOGIN_FAILURE,
        stack_hash="",
        title="Не найдена лицензия: \\\\srv1c\\\"ERP\" {'example'}",
        first_seen=at,
        last_seen=at,
        count=3,
        users=2,
        versions=("8.3.27.1508",),
    )
    return Notification(occasion, at, [Line(problem, 3, is_new=True)]).document({"example": "Example"})


def _listed(line: Line, name_of: dict[str, str], admin_url: str | None) -> dict[str, Any]:
    problem = line.problem
    return {
        "id": problem.id,
        "infobase": problem.infobase,
        "infobase_name": name_of.get(problem.infobase, problem.infobase),
        "kind": problem.kind.value,
        "title": problem.title,
        "reports": line.reports,
        "reports_in_all": problem.count,
        "users": problem.users,
        "versions": list(problem.versions),
        "first_seen": format_instant(problem.first_seen),
        "last_seen": format_instant(problem.last_seen),
        "is_new": line.is_new,
        "is_other": problem.is_other,
        "page": f"{admin_url.rstrip('/')}/problems/{problem.id}" if admin_url else None,
    }
