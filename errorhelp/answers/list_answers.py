"""Connection lists, `*.v8i`, with each infobase's help in them (docs/en/1c-formats.md#connection-lists)."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID, uuid5

from errorhelp.answers.answer import Answer, answer, unix
from errorhelp.answers.help_answers import help_url
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.lists import Access, ConnectionList
from errorhelp.catalog.names import ROOT, ancestors
from errorhelp.formats import v8i
from errorhelp.formats.connect_string import connect_string
from errorhelp.messages.board import Board, Notice
from errorhelp.text.texts import choose
from errorhelp.text.times import for_people

CONTENT_TYPE = "text/plain; charset=utf-8"
PATH = re.compile(r"/lists/([^/]+)\.v8i")
"""Where lists are served; the group is the list's id."""

# Gives entries without an ID of their own the same one at every start, on every node. Any fixed UUID does.
_ENTRY_IDS = UUID("6f0c2a3e-5b7d-5c1a-9a68-0f6d5e1c7b42")
_UNTIL = {"ru": "До {}: {}"}
_UNTIL_ELSEWHERE = "Until {}: {}"


@dataclass(frozen=True, slots=True)
class CompiledList:
    """A list's entries as bytes, in order: the folders', then by infobase id with their `valid_until`.

    `shared_names` are names that several infobases of the list have.
    """

    folders: bytes
    infobases: Mapping[str, tuple[bytes, float]]
    shared_names: frozenset[str]

    def past_their_time(self, now: float) -> list[str]:
        """The ids of infobases whose entry is no longer right at `now`."""
        return [infobase_id for infobase_id, (_, until) in self.infobases.items() if until <= now]


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
    names = Counter(infobase.name for infobase in infobases)
    compiled = CompiledList(
        folders=b"".join(_folder_entries(catalog, infobases)),
        infobases={infobase.id: (b"", 0.0) for infobase in infobases},
        shared_names=frozenset(name for name, count in names.items() if count > 1),
    )
    return recompile_entries(compiled, compiled.infobases, catalog, connection_list, board, now)


def recompile_entries(
    compiled: CompiledList,
    infobase_ids: Collection[str],
    catalog: Catalog,
    connection_list: ConnectionList,
    board: Board,
    now: datetime,
) -> CompiledList:
    """The list with the entries of some of its infobases compiled anew at `now`."""
    entries = dict(compiled.infobases)
    language = connection_list.language or catalog.languages[0]
    for infobase_id in infobase_ids:
        infobase = catalog.infobases[infobase_id]
        notice = board.notice(infobase.target_keys, now) if connection_list.carries_messages else Notice()
        name = f"{infobase.name} ({infobase.id})" if infobase.name in compiled.shared_names else infobase.name
        entry = v8i.entry_bytes(name, infobase_pairs(catalog, infobase, language, notice))
        entries[infobase_id] = entry, unix(notice.valid_until)
    return CompiledList(compiled.folders, entries, compiled.shared_names)


def list_answer(
    catalog: Catalog, connection_list: ConnectionList, compiled: CompiledList, matching: int = -1
) -> Answer:
    """The list as a file to download; of a list with rules, what the `matching` ones give."""
    folders, entries = compiled.folders, compiled.infobases
    if connection_list.rules and matching != -1:
        infobases = catalog.in_list(connection_list, matching)
        folders = b"".join(_folder_entries(catalog, infobases))
        entries = {infobase.id: compiled.infobases[infobase.id] for infobase in infobases}
    return answer(
        v8i.new_list((folders, *(entry for entry, _ in entries.values()))),
        CONTENT_TYPE,
        valid_until=min((until for _, until in entries.values()), default=unix(None)),
        private=connection_list.access is not Access.PUBLIC,
        headers=b'Content-Disposition: attachment; filename="%s.v8i"\r\n' % connection_list.id.encode(),
    )


def help_text_with_messages(catalog: Catalog, help_text: str, language: str, notice: Notice) -> str:
    """The help text behind the messages shown, each with its end as date, time and zone."""
    pattern = _UNTIL.get(language, _UNTIL_ELSEWHERE)
    shown = [
        pattern.format(
            for_people(message.shown_until, catalog.zone, language),
            choose(message.text, language, catalog.languages),
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
    inherited = catalog.inherited_help(infobase)
    help_text = choose(inherited.text, language, catalog.languages)
    keys = list(infobase.v8i)
    written = {
        "Connect": connect_string(infobase.connection),
        "ID": _entry_id(infobase.id),
        "Folder": infobase.folder,
    }
    if notice.shown:
        help_text = help_text_with_messages(catalog, help_text, language, notice)
        keys = [(key, value) for key, value in keys if key.casefold() != "startuperrorhelptext"]
    if help_text:
        written["StartupErrorHelpText"] = help_text
    if url := help_url(inherited.url, infobase.id, language):
        written["StartupErrorHelpURL"] = url
    return _with_keys(written, keys)


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
