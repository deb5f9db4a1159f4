"""What users will see of a message: the help JSON, and the offline page as their browsers show it. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from jinja2.utils import htmlsafe_json_dumps

from errorhelp.answers import offline_answers
from errorhelp.answers.help_answers import help_answers, help_url
from errorhelp.answers.list_answers import help_text_with_messages
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.message_texts import message_text
from errorhelp.formats.connect_string import FileConnection, ServerConnection, WebConnection
from errorhelp.messages.board import Board
from errorhelp.messages.message import Message, join_texts
from errorhelp.text.texts import choose, one_line

_NOTHING_FOUND = '<script type="application/json" id="found">null</script>'
_FOUND = '<script type="application/json" id="found">{}</script>'


@dataclass(frozen=True, slots=True)
class Words:
    """What the client says by itself, in its interface's language, near enough for a drawing.

    Only the Russian words about the connection, with the advice below it, the link and the details are public:
    they stand in 1C's announcement (docs/en/1c-formats.md#help-at-a-failed-login).
    """

    language: str
    title: str
    no_connection: str
    advice: tuple[str, ...]
    reconnecting: str
    need_help: str
    details: str
    close: str
    stop: str


_RUSSIAN = Words(
    language="ru",
    title="1С:Предприятие",
    no_connection='Не удается установить соединение с "{}"',
    advice=("Проверьте сетевое соединение", "Проверьте, что параметры подключения указаны верно"),
    reconnecting="Соединение прервано, восстанавливаем…",
    need_help="Нужна помощь",
    details="Показать подробности…",
    close="Закрыть",
    stop="Завершить работу",
)
_ENGLISH = Words(
    language="en",
    title="1C:Enterprise",
    no_connection='Cannot connect to "{}"',
    advice=("Check the network connection", "Check that the connection parameters are correct"),
    reconnecting="The connection is lost, restoring it…",
    need_help="Need help",
    details="Show details…",
    close="Close",
    stop="Exit",
)


@dataclass(frozen=True, slots=True)
class DialogPreview:
    """What the users of an infobase read in a language while a message is shown.

    `message` is every message that is shown then, joined. `lock_text` is what a session lock for the draft
    says, `list_text` the help text in the connection lists that the infobase is in.
    """

    infobase: Infobase
    language: str
    words: Words
    server: str
    message: str
    lock_text: str
    list_text: str
    help_text: str
    help_url: str
    document: str
    documents: Mapping[str, Any]
    at: datetime

    @property
    def own_lines(self) -> tuple[str, ...]:
        """What the client says by itself at a failed login, above everything else."""
        return (self.words.no_connection.format(self.server), *self.words.advice)


def preview(
    catalog: Catalog,
    live: Iterable[Message],
    draft: Message | None,
    infobase: Infobase,
    language: str,
    now: datetime,
) -> DialogPreview:
    """What is read when the draft is first shown, in place of the message that it changes."""
    at = max(draft.starts_at, now) if draft else now
    others = (each for each in live if draft is None or each.id != draft.id)
    board = Board((*others, draft) if draft else others)
    notice = board.notice(infobase.target_keys, at)
    answers = help_answers(catalog, infobase, notice)
    documents = {each: json.loads(answer.body) for each, answer in answers.items()}
    inherited = catalog.inherited_help(infobase)
    help_text = choose(inherited.text, language, catalog.languages)
    carried = any(
        each.carries_messages and infobase in catalog.in_list(each) for each in catalog.lists.values()
    )
    return DialogPreview(
        infobase=infobase,
        language=language,
        words=_words((language, *catalog.languages)),
        server=_server(infobase),
        message=join_texts(message_text(each, catalog, language, infobase) for each in notice.shown),
        lock_text=one_line(message_text(draft, catalog, language)) if draft else "",
        list_text=help_text_with_messages(catalog, infobase, help_text, language, notice)
        if carried
        else help_text,
        help_text=help_text,
        help_url=help_url(inherited.url, infobase.id, language),
        document=json.dumps(documents[language], ensure_ascii=False, indent=2),
        documents=documents,
        at=at,
    )


def _words(languages: Iterable[str]) -> Words:
    """The client's words in the first of the languages in which we have them."""
    known = {each.language: each for each in (_ENGLISH, _RUSSIAN)}
    return next((known[each] for each in languages if each in known), _ENGLISH)


def _server(infobase: Infobase) -> str:
    """Where the client says that it cannot connect to."""
    match infobase.connection:
        case ServerConnection(server=server):
            return server
        case FileConnection(path=path):
            return path
        case WebConnection(url=url):
            return url


def offline_page(catalog: Catalog, seen: DialogPreview, sent: float) -> bytes:
    """The offline page, as a service worker shows it that asked for help while the message was shown.

    It asks nobody. `sent` is the time at which the page is asked for, in Unix seconds.
    """
    compiled = offline_answers.page(catalog, Board(()), f"/offline/{seen.infobase.id}/", seen.at)
    assert compiled is not None  # noqa: S101 - every infobase has one
    date = format_datetime(seen.at.astimezone(UTC), usegmt=True)
    found = {
        "status": 503,
        "date": date,
        "draft": True,
        "help": {
            language: {"help": _begun(catalog, document), "date": date, "sent": sent * 1000, "received": 0}
            for language, document in seen.documents.items()
        },
    }
    filled_in = _FOUND.format(htmlsafe_json_dumps(found))
    return compiled.body.decode().replace(_NOTHING_FOUND, filled_in, 1).encode("utf-8", "replace")


def _begun(catalog: Catalog, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The help JSON whose messages count as begun, whatever the clock of the browser says."""
    name = catalog.help_json.messages
    if name is None:
        return document
    messages = [{key: each[key] for key in each if key != "startsAt"} for each in document[name]]
    return {**document, name: messages}
