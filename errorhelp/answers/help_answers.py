"""Help JSON for every infobase and language, and the 404 that still helps."""

import re
from collections.abc import Iterator

from errorhelp.answers.answer import Answer, answer, unix
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.message_texts import later_text_for, message_text
from errorhelp.catalog.names import EVERYTHING, ROOT
from errorhelp.formats import problem_detail
from errorhelp.formats.help_json import ShownMessage, help_json
from errorhelp.messages.board import Notice
from errorhelp.messages.message import Message, earliest_end, join_texts
from errorhelp.text.texts import choose

CONTENT_TYPE = "application/json; charset=utf-8"

UNKNOWN_ID = "_unknown"
"""In place of an id: no infobase can have it."""

_PATH = re.compile(r"/help/(?:([a-z][a-z0-9-]*)/)?([^/]+)\.json")


def read_path(path: str) -> tuple[str | None, str] | None:
    """The language (None: the infobase's own) and infobase id of a help address, None for another address."""
    match = _PATH.fullmatch(path)
    return None if match is None else (match[1], match[2])


def paths(catalog: Catalog, infobase: Infobase) -> Iterator[tuple[str, str]]:
    """Every path of an infobase's help, with the language in which it answers."""
    own = catalog.language_of(infobase)
    for any_id in (infobase.id, *infobase.aliases):
        yield f"/help/{any_id}.json", own
        for language in catalog.languages:
            yield f"/help/{language}/{any_id}.json", language


def unknown_paths(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Paths that no infobase can have, with the language in which they say so."""
    yield f"/help/{UNKNOWN_ID}.json", catalog.languages[0]
    for language in catalog.languages:
        yield f"/help/{language}/{UNKNOWN_ID}.json", language


def help_answer(catalog: Catalog, infobase: Infobase, notice: Notice, language: str) -> Answer:
    """The help JSON of an infobase in a language."""
    inherited = catalog.inherited_help(infobase)
    return answer(
        _document(
            catalog,
            notice,
            language,
            infobase,
            help_text=choose(inherited.text, language, catalog.languages),
            help_url=help_url(inherited.url, infobase.id, language),
        ),
        CONTENT_TYPE,
        valid_until=unix(notice.valid_until),
    )


def help_answers(catalog: Catalog, infobase: Infobase, notice: Notice) -> dict[str, Answer]:
    """The help JSON of an infobase in each language."""
    return {language: help_answer(catalog, infobase, notice, language) for language in catalog.languages}


def unknown_answers(catalog: Catalog, notice: Notice) -> dict[str, Answer]:
    """In each language the 404 for a stale address: the help for everything, and messages for everybody."""
    url = catalog.help.url or ""
    # A URL that names the infobase has nothing to name here.
    url = "" if "{infobase}" in url else url
    problem_members = problem_detail.UNKNOWN_INFOBASE.document(
        "Ask the administrator for the infobase's new address."
    )
    return {
        language: answer(
            _document(
                catalog,
                notice,
                language,
                help_text=choose(catalog.help.text or "", language, catalog.languages),
                help_url=help_url(url, "", language),
                first=problem_members,
            ),
            problem_detail.CONTENT_TYPE,
            status=problem_detail.UNKNOWN_INFOBASE.status,
            valid_until=unix(notice.valid_until),
        )
        for language in catalog.languages
    }


UNKNOWN_TARGETS = (EVERYTHING, ROOT)
"""What a message must target to be shown for an unknown infobase: whatever means all there are."""


def help_url(template: str, infobase_id: str, language: str) -> str:
    """A help URL with `{infobase}` and `{language}` filled in."""
    return template.replace("{infobase}", infobase_id).replace("{language}", language)


def _document(
    catalog: Catalog,
    notice: Notice,
    language: str,
    infobase: Infobase | None = None,
    *,
    help_text: str,
    help_url: str,
    first: dict[str, object] | None = None,
) -> bytes:
    texts = [message_text(message, catalog, language, infobase) for message in notice.shown]
    return help_json(
        catalog.help_json,
        catalog.zone,
        help_text=help_text,
        help_url=help_url,
        user_message=join_texts(texts),
        until=earliest_end(notice.shown),
        shown=[
            _shown(message, text, catalog, language, infobase)
            for message, text in zip(notice.shown, texts, strict=True)
        ],
        first=first,
    )


def _shown(
    message: Message, text: str, catalog: Catalog, language: str, infobase: Infobase | None
) -> ShownMessage:
    """The message with what users read now."""
    if not message.updates:
        return ShownMessage(message.severity.value, text, message.starts_at, message.shown_until)
    *updates, first = (
        (later_text_for(each, message, catalog, language, infobase), at) for each, at in message.wordings
    )
    return ShownMessage(
        message.severity.value, text, message.starts_at, message.shown_until, updates, first[0]
    )
