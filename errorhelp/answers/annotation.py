"""Annotation: today's help put into a connection list that somebody else keeps. Pure."""

import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from errorhelp.answers.list_answers import entry_ids, infobase_pairs
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.formats import v8i
from errorhelp.formats.connect_string import Connection, WebConnection, normal_form, parse_connect
from errorhelp.formats.v8i import Entry
from errorhelp.messages.board import Board, Notice

_TEXT, _URL = "StartupErrorHelpText", "StartupErrorHelpURL"


@dataclass(frozen=True, slots=True)
class Match:
    """Which infobase of the catalog an entry is, found `by` what; else None and `why` not.

    `line` (from 1) is that of the entry's name; `changed` says whether its help was not yet right.
    """

    line: int
    name: str
    infobase: Infobase | None = None
    by: str = ""
    why: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Annotated:
    """A list with the help in it, and what became of each infobase in it.

    `is_windows_1251`: it was read as that instead of UTF-8, and written so again.
    """

    data: bytes
    matches: tuple[Match, ...]
    is_windows_1251: bool = False


def annotate(
    data: bytes, catalog: Catalog, language: str, now: datetime, board: Board | None = None
) -> Annotated:
    """The list in `data` with the help that the catalog has for its infobases; every other byte stays.

    With a board the messages shown at `now` stand in front of the help text, which is then the catalog's
    alone: where that has none, it is empty once the message is over. ValueError for UTF-16 text, and for a list in
    Windows-1251 that lacks a character of the help.
    """
    v8i.refuse_utf16(data)
    if (russian := v8i.read_windows_1251(data)) is not None:
        annotated_list = annotate(russian.encode(), catalog, language, now, board)
        return replace(annotated_list, data=_windows_1251(annotated_list.data.decode()), is_windows_1251=True)
    listed = v8i.parse(data)
    known = _KnownInfobases(catalog)
    entries: list[Entry] = []
    matches: list[Match] = []
    for entry in listed.entries:
        match = known.match(entry) if entry.is_infobase else None
        annotated = entry
        if match and match.infobase:
            notice = Notice() if board is None else board.notice(match.infobase.target_keys, now)
            pairs = infobase_pairs(catalog, match.infobase, language, notice)
            annotated = _with_help(entry, pairs, messages_too=board is not None)
        entries.append(annotated)
        if match:
            matches.append(replace(match, changed=annotated is not entry))
    return Annotated(replace(listed, entries=tuple(entries)).to_bytes(), tuple(matches))


def _windows_1251(text: str) -> bytes:
    try:
        return text.encode("cp1251")
    except UnicodeEncodeError as error:
        lacking = error.object[error.start : error.end]
        raise ValueError(
            f"this is Windows-1251 text, which lacks {lacking!r} of the help; save the list as UTF-8"
        ) from None


def _with_help(entry: Entry, pairs: Iterable[tuple[str, str]], *, messages_too: bool) -> Entry:
    said = {key.casefold(): value for key, value in pairs}
    if messages_too and entry.get(_TEXT):
        said.setdefault(_TEXT.casefold(), "")
    annotated = entry
    for key in (_TEXT, _URL):
        value = said.get(key.casefold())
        if value is not None:
            annotated = annotated.with_value(key, value)
    return entry if annotated.lines == entry.lines else annotated


class _KnownInfobases:
    """The catalog's infobases by what an entry can be known by; None where that means several."""

    def __init__(self, catalog: Catalog) -> None:
        self._by_id = _unambiguous(
            (_plain(entry_id), infobase)
            for infobase in catalog.infobases.values()
            for entry_id in entry_ids(infobase)
        )
        self._by_connection = _unambiguous(
            (connection, infobase)
            for infobase in catalog.infobases.values()
            for connection in _connections(infobase)
        )

    def match(self, entry: Entry) -> Match:
        """What the catalog knows of the entry of an infobase."""
        line, name = entry.line, entry.name
        if v8i.is_broken(name):
            # What is put in is UTF-8, and one file in two encodings can be read in none.
            return Match(line, name, why="its name is not UTF-8 text; save the list as UTF-8")
        if infobase := self._by_id.get(_plain(entry.get("ID") or "")):
            return Match(line, name, infobase, by="ID")
        try:
            connection = normal_form(parse_connect(entry.get("Connect") or ""))
        except ValueError:
            return Match(line, name, why="its ID is not in the configuration and its Connect cannot be read")
        if connection not in self._by_connection:
            return Match(line, name, why="the configuration has neither its ID nor its connection")
        infobase = self._by_connection[connection]
        if infobase is None:
            return Match(
                line, name, why="several infobases have its connection; give the one that is meant its v8i ID"
            )
        return Match(line, name, infobase, by="connection")


def _unambiguous(known: Iterable[tuple[Hashable, Infobase]]) -> dict[Hashable, Infobase | None]:
    found: dict[Hashable, Infobase | None] = {}
    for key, infobase in known:
        found[key] = infobase if found.get(key, infobase) is infobase else None
    return found


def _connections(infobase: Infobase) -> Iterator[Connection]:
    yield normal_form(infobase.connection)
    yield from (normal_form(WebConnection(each.url)) for each in infobase.publications)


def _plain(entry_id: str) -> str:
    return re.sub(r"[{}\s]", "", entry_id).casefold()
