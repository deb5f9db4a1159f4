"""Help pages: whom to call, what is being repaired until when, and what to do about what one sees."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from markupsafe import Markup

from errorhelp.answers.answer import NEVER, Answer, unix
from errorhelp.answers.help_answers import UNKNOWN_TARGETS, help_url
from errorhelp.answers.help_answers import paths as json_paths
from errorhelp.answers.help_answers import unknown_paths as unknown_json_paths
from errorhelp.answers.html_page import html_answer, template, way_up
from errorhelp.answers.public_language import Language
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.help import Cause
from errorhelp.catalog.infobase import Infobase
from errorhelp.formats import problem_detail
from errorhelp.messages.board import Board, Closing
from errorhelp.messages.message import Message, closing_until, earliest

_PATH = re.compile(r"/help/(?:([a-z][a-z0-9-]*)/)?([^/]+)\.html\Z")
_NO_LANGUAGE = "none"

ERROR_PATH = "/help/_error.html"
"""The page that a web server shows instead of what the service does not answer; no infobase can have its path."""


def paths(catalog: Catalog) -> Iterator[str]:
    """Every page, also those about no infobase, at paths that no infobase can have."""
    for infobase in catalog.infobases.values():
        for json_path, _ in json_paths(catalog, infobase):
            yield path_beside(json_path)
    for json_path, _ in unknown_json_paths(catalog):
        yield path_beside(json_path)
    yield ERROR_PATH


def path_beside(json_path: str) -> str:
    """The path of the page beside help JSON."""
    return f"{json_path.removesuffix('.json')}.html"


def page_for(catalog: Catalog, path: str) -> str:
    """The path of the same page: one for all infobases that there are not, or else the path itself."""
    match = _PATH.match(path)
    if match is None or path == ERROR_PATH:
        return path
    code, is_language = match[1], match[1] in catalog.languages
    if (code is None or is_language) and catalog.infobase(match[2]) is not None:
        return path
    folder = "" if code is None else f"{code if is_language else _NO_LANGUAGE}/"
    return f"/help/{folder}_unknown.html"


def page(catalog: Catalog, board: Board, path: str, now: datetime) -> Answer | None:
    """The help page at a path; for an unknown infobase or language a 404 with the help there is for all."""
    match = _PATH.match(path)
    if match is None:
        return None
    if path == ERROR_PATH:
        return _page_of_web_server(catalog, board, now)
    code, infobase_id = match[1], match[2]
    infobase = catalog.infobase(infobase_id)
    if infobase is None or (code and code not in catalog.languages):
        language = Language.of(catalog, code if code in catalog.languages else None)
        return page_without_infobase(
            catalog,
            board,
            path,
            language,
            now,
            title=language.translations.gettext("No infobase has this address"),
            detail=language.translations.gettext(
                "This address is outdated or mistyped. Ask for the new address of the infobase."
            ),
            causes=catalog.default_help.causes,
        )
    language = Language.of(catalog, code or infobase.language)
    notice = board.notice(infobase.target_keys, now)
    closing = board.closing(catalog.afterwards, now, infobase.target_keys)
    inherited = catalog.inherited_help(infobase)
    return html_answer(
        "help.html",
        language,
        catalog.organisation,
        {
            "name": language.text(infobase.name),
            "detail": "",
            "shown": notice.shown,
            "text_of": lambda message, wording=None: language.message(message, catalog, infobase, wording),
            "closing": _closing(catalog, closing),
            "help_text": language.text(inherited.text),
            "help_language": language.language_of(inherited.text),
            "help_url": _elsewhere(help_url(inherited.url, infobase.id, language.code), catalog, infobase),
            "causes": _causes(inherited.causes, language),
            "others": _in_other_languages(catalog, language, path, infobase.id),
            "overview": _overview(catalog, language, path),
        },
        valid_until=unix(earliest(notice.valid_until, closing.valid_until)),
    )


def _page_of_web_server(catalog: Catalog, board: Board, now: datetime) -> Answer:
    """It is shown at any address, so its only link is a whole one."""
    language = Language.of(catalog, None)
    return page_without_infobase(
        catalog,
        board,
        "",
        language,
        now,
        title=language.translations.gettext("The help server cannot answer this request"),
        detail="",
        status=502,
    )


def page_without_infobase(
    catalog: Catalog,
    board: Board,
    path: str,
    language: Language,
    now: datetime,
    *,
    title: str,
    detail: str,
    causes: Iterable[Cause] = (),
    status: int = problem_detail.UNKNOWN_INFOBASE.status,
    valid_until: float = NEVER,
    headers: bytes = b"",
) -> Answer:
    """A page about no infobase, with the help and the messages that there are for all; `detail` explains the title."""
    notice = board.notice(UNKNOWN_TARGETS, now)
    closing = board.closing(catalog.afterwards, now, UNKNOWN_TARGETS)
    url = catalog.default_help.url
    return html_answer(
        "help.html",
        language,
        catalog.organisation,
        {
            "name": title,
            "detail": detail,
            "shown": notice.shown,
            "text_of": lambda message, wording=None: language.message(message, catalog, None, wording),
            "closing": _closing(catalog, closing),
            "help_text": language.text(catalog.default_help.text),
            "help_language": language.language_of(catalog.default_help.text),
            # A URL that names the infobase has nothing to name here.
            "help_url": "" if "{infobase}" in url else help_url(url, "", language.code),
            "causes": _causes(causes, language),
            "others": [],
            "overview": _overview(catalog, language, path),
        },
        status=status,
        valid_until=min(valid_until, unix(earliest(notice.valid_until, closing.valid_until))),
        headers=headers,
    )


def _closing(catalog: Catalog, closing: Closing) -> list[tuple[Message, datetime | None]]:
    """The messages whose closing words are shown, each with until when they are."""
    return [(message, closing_until(message, catalog.afterwards)) for message in closing.messages]


def _causes(causes: Iterable[Cause], language: Language) -> Markup:
    """The section of the causes that have a text."""
    shown = tuple(
        (each.id, language.text(each.title or ""), text, language.language_of(each.text or ""))
        for each in causes
        if (text := language.text(each.text or "")).strip()
    )
    return _causes_section(shown, language.turn)


# It is the longest part of the page, and the same for most infobases.
@lru_cache(maxsize=100)
def _causes_section(causes: tuple[tuple[str, str, str, str], ...], turn: tuple[str, ...]) -> Markup:
    """The section of causes, each with its id, title, Markdown and language."""
    if not causes:
        return Markup()
    html = template("causes.html", turn).render(causes=causes)
    return Markup(html)  # noqa: S704 - the template escapes


def _elsewhere(url: str, catalog: Catalog, infobase: Infobase) -> str:
    """The help URL, "" if it only leads to the page that it would stand on."""
    address = urlsplit(url)
    match = _PATH.search(address.path)
    if match is None or catalog.infobase(match[2]) is not infobase:
        return url
    own_host = urlsplit(catalog.public_url).netloc
    return url if own_host and address.netloc != own_host else ""


def _in_other_languages(
    catalog: Catalog, language: Language, path: str, infobase_id: str
) -> list[tuple[Language, str]]:
    """The other languages, each with where the page is from here."""
    others = [Language.of(catalog, code) for code in catalog.languages if code != language.code]
    return [(other, f"{way_up(path)}help/{other.code}/{infobase_id}.html") for other in others]


def _overview(catalog: Catalog, language: Language, path: str) -> str:
    """Where the overview is from here, "" if there is none; from no `path` by its whole address, if that is known."""
    if not catalog.overview or not (path or catalog.public_url):
        return ""
    return f"{way_up(path) if path else f'{catalog.public_url}/'}{language.code}/"
