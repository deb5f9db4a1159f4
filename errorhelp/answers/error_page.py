"""Errors as pages for people: what happened, whom to call, and where all infobases are."""

from collections.abc import Iterable
from datetime import datetime
from json import loads

from errorhelp.answers.answer import FOR_ANY_ORIGIN, Answer
from errorhelp.answers.help_pages import page_without_infobase
from errorhelp.answers.public_language import Language
from errorhelp.catalog.catalog import Catalog
from errorhelp.formats import problem_detail
from errorhelp.messages.board import Board
from errorhelp.text.languages import one_for

_OVER = 0.0
_OF_THE_BODY = (b"Content-Type:", b"Content-Length:", b"ETag:")
_DENIED = (problem_detail.UNAUTHORIZED.status, problem_detail.FORBIDDEN.status)
_VARY = b"Vary: Accept, Accept-Language\r\n"


def error_page(
    catalog: Catalog,
    board: Board,
    problem: Answer,
    path: str,
    accepted: Iterable[str],
    now: datetime,
) -> Answer:
    """The page for the answer with a problem document that a path has, with the other header lines of that.

    In the first of the `accepted` languages that there is.
    """
    codes = (one_for(each, catalog.languages) for each in accepted)
    language = Language.of(catalog, next(filter(None, codes), None))
    title, detail = _words(language, problem)
    return page_without_infobase(
        catalog,
        board,
        path,
        language,
        now,
        title=title,
        detail=detail,
        status=problem.status,
        valid_until=_OVER,
        headers=_VARY + _other_lines(problem),
    )


def _words(language: Language, problem: Answer) -> tuple[str, str]:
    """Title and explanation."""
    _, status = language.translations.gettext, problem.status
    if status == problem_detail.NOT_FOUND.status:
        return _("There is no such page"), _("The address is out of date or mistyped.")
    if status in _DENIED:
        return _("You have no access to this page"), ""
    if status == problem_detail.INTERNAL.status:
        found = _("The administrator can find it in the log as {id}.")
        return _("Something went wrong on the help server"), found.replace("{id}", loads(problem.body)["id"])
    return _("The help server cannot answer this request"), ""


def _other_lines(problem: Answer) -> bytes:
    lines = problem.head.removesuffix(FOR_ANY_ORIGIN).splitlines(keepends=True)[1:]
    return b"".join(each for each in lines if not each.startswith(_OF_THE_BODY))
