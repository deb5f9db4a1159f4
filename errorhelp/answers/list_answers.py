"""Connection lists, `*.v8i`, with each infobase's help in them (docs/en/1c-formats.md#connection-lists)."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from uuid import UUID, uuid5

from errorhelp.answers.answer import Answer, answer, unix
from errorhelp.answers.help_answers import help_url
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.lists import Access, ConnectionList
from errorhelp.catalog.message_texts import message_text, names_own_infobase
from errorhelp.catalog.names import ROOT, ancestors
from errorhelp.formats import v8i
from errorhelp.formats.connect_string import connect_string
from errorhelp.messages.board import Board, Notice
from errorhelp.system.garbage_collection import uncollected
from errorhelp.text.languages import languages_in_turn
from errorhelp.text.texts import choose
from errorhelp.text.times import for_people
from errorhelp.text.translations import translations_in_turn

CONTENT_TYPE = "text/plain; charset=utf-8"
PATH = re.compile(r"/lists/([^/]+)\.v8i")
"""Where lists are served; the group is the list's id."""

# Gives entries without an ID of their own the same one at every start, on every node. Any fixed UUID does.
_ENTRY_IDS = UUID("6f0c2a3e-5b7d-5c1a-9a68-0f6d5e1c7b42")
_HELP_TEXT = "StartupErrorHelpText"
_NO_MESSAGE = Notice()


@dataclass(frozen=True, slots=True)
class PreparedEntry:
    """An infobase's entry: `before` and `after` its help text, where messages are shown; `own` is it without any."""

    before: bytes
    help_text: str
    after: bytes
    own: bytes


@dataclass(frozen=True, slots=True)
class CompiledList:
    """A list's entries, in order: the folders' as bytes, and the infobases' by id.

    `notices` are of the infobases that messages are about; `own_texts` are the help texts, as values of a list, of
    those that messages name.
    """

    folders: bytes
    infobases: Mapping[str, PreparedEntry]
    notices: Mapping[str, Notice]
    own_texts: Mapping[str, bytes]

    def past_their_time(self, now: float) -> list[str]:
        """The ids of infobases whose notice is no longer right at `now`."""
        return [each for each, notice in self.notices.items() if unix(notice.valid_until) <= now]


def path(connection_list: ConnectionList) -> str:
    """Where the list is served."""
    return f"/lists/{connection_list.id}.v8i"


def launcher_address(catalog: Catalog, connection_list: ConnectionList) -> str:
    """What launchers are given to find the list: they append `/WebCommonInfoBases` themselves.

    See docs/en/1c-formats.md#1cestartcfg.
    """
    return f"{catalog.public_url}/lists/{connection_list.id}"


def compile_list(
    catalog: Catalog, connection_list: ConnectionList, board: Board, now: datetime
) -> CompiledList:
    """All entries of the list at `now`."""
    infobases = catalog.in_list(connection_list)
    language = connection_list.language or catalog.languages[0]
    names = Counter(infobase.name for infobase in infobases)
    entries = {
        each.id: _prepared(
            catalog, each, f"{each.name} ({each.id})" if names[each.name] > 1 else each.name, language
        )
        for each in infobases
    }
    compiled = CompiledList(b"".join(_folder_entries(catalog, infobases)), entries, {}, {})
    if not connection_list.carries_messages:
        return compiled
    return renew_notices(compiled, entries, catalog, connection_list, board, now)


def renew_notices(
    compiled: CompiledList,
    infobase_ids: Iterable[str],
    catalog: Catalog,
    connection_list: ConnectionList,
    board: Board,
    now: datetime,
) -> CompiledList:
    """The list with the messages about some of its infobases as they are at `now`."""
    notices, own_texts = dict(compiled.notices), dict(compiled.own_texts)
    language = connection_list.language or catalog.languages[0]
    for infobase_id in infobase_ids:
        notice = board.notice(catalog.infobases[infobase_id].target_keys, now)
        if notice.valid_until is None:
            notices.pop(infobase_id, None)
        else:
            notices[infobase_id] = notice
        own_texts.pop(infobase_id, None)
        if any(names_own_infobase(each, catalog, language) for each in notice.shown):
            infobase, entry = catalog.infobases[infobase_id], compiled.infobases[infobase_id]
            text = help_text_with_messages(catalog, infobase, entry.help_text, language, notice)
            own_texts[infobase_id] = v8i.value_bytes(text)
    return replace(compiled, notices=notices, own_texts=own_texts)


def list_answer(
    catalog: Catalog, connection_list: ConnectionList, compiled: CompiledList, matching: int = -1
) -> Answer:
    """The list as a file to download; of a list with rules, what the `matching` ones give."""
    folders, entries, notices = compiled.folders, compiled.infobases, compiled.notices
    if connection_list.rules and matching != -1:
        infobases = catalog.in_list(connection_list, matching)
        folders = b"".join(_folder_entries(catalog, infobases))
        entries = {infobase.id: compiled.infobases[infobase.id] for infobase in infobases}
        notices = {key: notice for key, notice in notices.items() if key in entries}
    language = connection_list.language or catalog.languages[0]
    return answer(
        v8i.new_list((folders, *_entries(catalog, language, entries, notices, compiled.own_texts))),
        CONTENT_TYPE,
        valid_until=min((unix(notice.valid_until) for notice in notices.values()), default=unix(None)),
        private=connection_list.access is not Access.PUBLIC,
        headers=b'Content-Disposition: attachment; filename="%s.v8i"\r\n' % connection_list.id.encode(),
    )


def _prepared(catalog: Catalog, infobase: Infobase, name: str, language: str) -> PreparedEntry:
    own = v8i.entry_bytes(name, infobase_pairs(catalog, infobase, language, _NO_MESSAGE))
    help_text = choose(catalog.inherited_help(infobase).text, language, catalog.languages)
    before, after = v8i.entry_around(name, _pairs_around(catalog, infobase, language, help_text), _HELP_TEXT)
    return uncollected(PreparedEntry(before, help_text, after, own))


def _entries(
    catalog: Catalog,
    language: str,
    entries: Mapping[str, PreparedEntry],
    notices: Mapping[str, Notice],
    own_texts: Mapping[str, bytes],
) -> Iterator[bytes]:
    """The parts of all entries; thousands of infobases share few help texts, and messages that do not name them."""
    values: dict[tuple[int, str], bytes] = {}
    for infobase_id, entry in entries.items():
        notice = notices.get(infobase_id)
        if notice is None or not notice.shown:
            yield entry.own
            continue
        key = id(notice), entry.help_text
        value = own_texts.get(infobase_id) or values.get(key)
        if value is None:
            infobase = catalog.infobases[infobase_id]
            text = help_text_with_messages(catalog, infobase, entry.help_text, language, notice)
            value = values[key] = v8i.value_bytes(text)
        yield entry.before
        yield value
        yield entry.after


def help_text_with_messages(
    catalog: Catalog, infobase: Infobase, help_text: str, language: str, notice: Notice
) -> str:
    """The help text behind the messages shown, each with its end as date, time and zone."""
    turn = languages_in_turn(language, catalog.languages)
    pattern = translations_in_turn("public", turn).gettext("Until {time}: {text}")
    shown = [
        pattern.format(
            time=for_people(message.shown_until, catalog.zone, turn[0]),
            text=message_text(message, catalog, language, infobase),
        )
        for message in notice.shown
    ]
    return "\n".join((*shown, help_text))


def entry_ids(infobase: Infobase) -> list[str]:
    """The `ID`s by which entries of the infobase are known: the configured one, and those lists gave it."""
    configured = [value for key, value in infobase.v8i if key.casefold() == "id" and value]
    return [*configured, *map(_entry_id, (infobase.id, *infobase.aliases))]


def infobase_pairs(
    catalog: Catalog, infobase: Infobase, language: str, notice: Notice
) -> list[tuple[str, str]]:
    """The keys and values of an infobase's entry with its help, behind the messages of the notice."""
    help_text = choose(catalog.inherited_help(infobase).text, language, catalog.languages)
    if notice.shown:
        help_text = help_text_with_messages(catalog, infobase, help_text, language, notice)
        return _pairs_around(catalog, infobase, language, help_text)
    written = _written(catalog, infobase, language, help_text)
    return _with_keys(
        {key: value for key, value in written.items() if value or key != _HELP_TEXT}, infobase.v8i
    )


def _pairs_around(
    catalog: Catalog, infobase: Infobase, language: str, help_text: str
) -> list[tuple[str, str]]:
    """The entry with a help text that takes the place of one that is configured as a key."""
    keys = [(key, value) for key, value in infobase.v8i if key.casefold() != _HELP_TEXT.casefold()]
    return _with_keys(_written(catalog, infobase, language, help_text), keys)


def _written(catalog: Catalog, infobase: Infobase, language: str, help_text: str) -> dict[str, str]:
    """What errorhelp writes of itself, in order."""
    written = {
        "Connect": connect_string(infobase.connection),
        "ID": _entry_id(infobase.id),
        "Folder": infobase.folder,
        _HELP_TEXT: help_text,
    }
    if url := help_url(catalog.inherited_help(infobase).url, infobase.id, language):
        written["StartupErrorHelpURL"] = url
    return written


def _folder_entries(catalog: Catalog, infobases: Iterable[Infobase]) -> Iterable[bytes]:
    """An entry for every folder on the way to an infobase, those above first."""
    paths = {path: None for infobase in infobases for path in ancestors(infobase.folder) if path != ROOT}
    for path in paths:
        parent, _, name = path.rpartition("/")
        configured = catalog.folders.get(path)
        written = {"ID": _entry_id(path), "Folder": parent or ROOT}
        yield v8i.entry_bytes(name, _with_keys(written, configured.v8i if configured else ()))


def _with_keys(written: Mapping[str, str], keys: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """What errorhelp writes, but for keys that are configured, in whatever case; then those."""
    configured = {key.casefold() for key, _ in keys}
    own = ((key, value) for key, value in written.items() if key.casefold() not in configured)
    return [*own, *v8i.without_secrets(keys)]


@cache
def _entry_id(id_or_path: str) -> str:
    return str(uuid5(_ENTRY_IDS, id_or_path))
