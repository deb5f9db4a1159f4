"""The snapshot: every public answer for one period of time, compiled from catalog and messages. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from errorhelp.answers import help_answers, help_pages, list_answers, offline_answers, overview
from errorhelp.answers.answer import Answer
from errorhelp.answers.list_answers import CompiledList
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.lists import Access, ConnectionList
from errorhelp.catalog.names import EVERYTHING
from errorhelp.messages.board import Board
from errorhelp.messages.message import Message, is_cancelled, is_shown, next_change
from errorhelp.messages.occurrences import Override, planned


class PageFamily(Protocol):
    """A kind of page."""

    def paths(self, catalog: Catalog) -> Iterator[str]:
        """Every path of such a page."""

    def paths_about(self, catalog: Catalog, infobases: Iterable[Infobase]) -> Iterator[str]:
        """Those whose page changes when a message for one of these infobases does."""

    def page(self, catalog: Catalog, board: Board, path: str, now: datetime) -> Answer | None:
        """The page at a moment, None for a path that is no such page."""


_PAGE_FAMILIES: tuple[PageFamily, ...] = (offline_answers, help_pages, overview)
_MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every public answer from `compiled_at` until `valid_until` (None: until something is posted).

    `answers` is keyed by path; `guarded` holds the lists that are not for everybody; `unknown`, by language,
    is what is said about an infobase that the catalog does not have. `live` are the messages not yet over,
    among them the occurrences of windows (`planned`), some of which `overrides` move, shorten or leave out;
    `cancelled` are announced ones that were ended lately.
    `pages` are those asked for so far. `number` counts the snapshots that were compiled from one another.
    """

    catalog: Catalog
    live: tuple[Message, ...]
    planned: tuple[Message, ...]
    overrides: tuple[Override, ...]
    cancelled: tuple[Message, ...]
    compiled_at: datetime
    valid_until: datetime | None
    answers: Mapping[str, Answer]
    guarded: Mapping[str, tuple[ConnectionList, Answer]]
    unknown: Mapping[str, Answer]
    compiled_lists: Mapping[str, CompiledList]
    board: Board
    pages: dict[str, Answer] = field(default_factory=dict, compare=False, repr=False)
    number: int = field(default=0, compare=False)

    def find(self, path: str, now: float) -> Answer | None:
        """The public answer at a path at `now` (Unix seconds), None where there is nothing.

        An answer past its time is compiled on the spot. A help address of an unknown infobase finds the
        answer that says so.
        """
        found = self.answers.get(path)
        if found is not None and now < found.valid_until:
            return found
        address = help_answers.read_path(path)
        if address is not None:
            return self._help(found, *address, now)
        if found is not None:
            return self._list(path.removeprefix("/lists/").removesuffix(".v8i"), now)
        return self._page(path, now)

    def every_path(self) -> Iterator[str]:
        """The path of every answer that is for everybody, that about an unknown infobase included."""
        yield from self.answers
        for path, _ in help_answers.unknown_paths(self.catalog):
            yield path
        for family in _PAGE_FAMILIES:
            yield from family.paths(self.catalog)

    def changed_paths(self, since: "Snapshot | None") -> Iterator[str]:
        """The path of every answer for everybody that messages have changed since an earlier snapshot.

        What another catalog changed is not among them. Without an earlier snapshot they are the answers that
        messages are about at all.
        """
        touched = _touched_targets(since, self.live, self.compiled_at)
        infobases = self.catalog.meant_by(touched)
        for infobase in infobases:
            for path, _ in help_answers.paths(self.catalog, infobase):
                yield path
        for connection_list in self.catalog.lists.values():
            path = list_answers.path(connection_list)
            compiled = self.answers.get(path) if connection_list.carries_messages else None
            if compiled is not None and (since is None or since.answers.get(path) is not compiled):
                yield path
        if not touched.isdisjoint(help_answers.UNKNOWN_TARGETS):
            for path, _ in help_answers.unknown_paths(self.catalog):
                yield path
        for family in _PAGE_FAMILIES:
            yield from family.paths_about(self.catalog, infobases)

    def compiled(self, path: str) -> Answer | None:
        """The answer for everybody at a path as it was compiled, None where there is nothing."""
        if (found := self.answers.get(path)) is not None:
            return found
        if (language := dict(help_answers.unknown_paths(self.catalog)).get(path)) is not None:
            return self.unknown[language]
        pages = (family.page(self.catalog, self.board, path, self.compiled_at) for family in _PAGE_FAMILIES)
        return next((page for page in pages if page is not None), None)

    def published(self, since: "Snapshot | None" = None) -> Iterator[tuple[str, Answer]]:
        """Every answer that is for everybody as it was compiled, with its path.

        With an earlier snapshot of the same catalog only those that may differ from the earlier ones. Also
        the answer about an unknown infobase, at paths that no infobase can have.
        """
        is_same = since is not None and since.catalog is self.catalog
        for path in self.changed_paths(since) if is_same else self.every_path():
            if (compiled := self.compiled(path)) is not None:
                yield path, compiled

    def find_guarded(self, path: str, now: float) -> tuple[ConnectionList, Answer] | None:
        """A list that is not for everybody, with who may read it."""
        found = self.guarded.get(path)
        if found is None or now < found[1].valid_until:
            return found
        return found[0], self._list(found[0].id, now)

    def list_for(self, connection_list: ConnectionList, matching: int, now: float) -> Answer:
        """What a list gives to somebody for whom these of its rules match; without rules, the whole list."""
        path = list_answers.path(connection_list)
        if not connection_list.rules:
            guarded = self.find_guarded(path, now)
            return guarded[1] if guarded else self.find(path, now) or self._list(connection_list.id, now)
        key = f"{path}#{matching}"
        known = self.pages.get(key)
        if known is None or known.valid_until <= now:
            known = self._remember(key, self._list(connection_list.id, now, matching))
        return known

    def _remember(self, key: str, answer: Answer) -> Answer:
        if len(self.pages) >= _MOST_PAGES:
            self.pages.clear()
        self.pages[key] = answer
        return answer

    def _page(self, path: str, now: float) -> Answer | None:
        """A page, compiled when it is first asked for: thousands of them would fill the memory unread."""
        path = help_pages.page_for(self.catalog, path)
        page = self.pages.get(path)
        if page is not None and now < page.valid_until:
            return page
        instant = datetime.fromtimestamp(now, UTC)
        for family in _PAGE_FAMILIES:
            page = family.page(self.catalog, self._board_at(instant), path, instant)
            if page is not None:
                return self._remember(path, page)
        return None

    def _help(self, found: Answer | None, language: str | None, infobase_id: str, now: float) -> Answer:
        instant = datetime.fromtimestamp(now, UTC)
        infobase = self.catalog.infobase(infobase_id)
        if found is None or infobase is None:
            language = language if language and language in self.unknown else self.catalog.languages[0]
            if now < self.unknown[language].valid_until:
                return self.unknown[language]
            notice = self._board_at(instant).notice(help_answers.UNKNOWN_TARGETS, instant)
            return help_answers.unknown_answers(self.catalog, notice)[language]
        notice = self._board_at(instant).notice(infobase.target_keys, instant)
        answers = help_answers.help_answers(self.catalog, infobase, notice)
        return answers[language or self.catalog.language_of(infobase)]

    def _list(self, list_id: str, now: float, matching: int = -1) -> Answer:
        connection_list, compiled = self.catalog.lists[list_id], self.compiled_lists[list_id]
        instant = datetime.fromtimestamp(now, UTC)
        stale = compiled.past_their_time(now)
        board = self._board_at(instant)
        compiled = list_answers.recompile_entries(
            compiled, stale, self.catalog, connection_list, board, instant
        )
        return list_answers.list_answer(self.catalog, connection_list, compiled, matching)

    def _board_at(self, instant: datetime) -> Board:
        """The board past the snapshot's time, when further occurrences of windows may be due."""
        if _still_planned(self, instant):
            return self.board
        posted = (message for message in self.live if message.window is None)
        occurrences = planned(self.catalog.windows, instant, self.overrides)
        return Board((*posted, *occurrences), self.overrides, self.cancelled)


def compile(
    catalog: Catalog,
    messages: Iterable[Message],
    now: datetime,
    previous: Snapshot | None = None,
    overrides: tuple[Override, ...] = (),
) -> Snapshot:
    """The snapshot at `now` of a catalog, messages, and overrides of occurrences of its windows.

    Of messages that are over, those that are told of as cancelled are in it. With a `previous` snapshot of the same
    catalog only what changed since is compiled again, to the same result.
    """
    number = 0 if previous is None else previous.number + 1
    if previous is not None and previous.catalog is not catalog:
        previous = None
    if previous is not None and previous.overrides == overrides and _still_planned(previous, now):
        occurrences = previous.planned
    else:
        occurrences = planned(catalog.windows, now, overrides)
    posted = tuple(messages)
    live = tuple(
        message
        for message in (*posted, *occurrences)
        if now < message.shown_until and message.starts_at < message.shown_until
    )
    cancelled = tuple(message for message in posted if is_cancelled(message, now))
    board = Board(live, overrides, cancelled)
    touched = {EVERYTHING} if previous is None else _touched_targets(previous, live, now)
    infobases = catalog.meant_by(touched)

    answers = dict(previous.answers) if previous else {}
    for infobase in infobases:
        by_language = help_answers.help_answers(catalog, infobase, board.notice(infobase.target_keys, now))
        for path, language in help_answers.paths(catalog, infobase):
            answers[path] = by_language[language]
    unknown = previous.unknown if previous else {}
    if not touched.isdisjoint(help_answers.UNKNOWN_TARGETS):
        unknown = help_answers.unknown_answers(catalog, board.notice(help_answers.UNKNOWN_TARGETS, now))

    guarded = dict(previous.guarded) if previous else {}
    compiled_lists = dict(previous.compiled_lists) if previous else {}
    for connection_list in catalog.lists.values():
        compiled = compiled_lists.get(connection_list.id)
        if compiled is None:
            compiled = list_answers.compile_list(catalog, connection_list, board, now)
        elif connection_list.carries_messages and (
            in_list := [each.id for each in infobases if each.id in compiled.infobases]
        ):
            compiled = list_answers.recompile_entries(compiled, in_list, catalog, connection_list, board, now)
        else:
            continue
        compiled_lists[connection_list.id] = compiled
        list_answer = list_answers.list_answer(catalog, connection_list, compiled)
        if connection_list.access is Access.PUBLIC:
            answers[list_answers.path(connection_list)] = list_answer
        else:
            guarded[list_answers.path(connection_list)] = connection_list, list_answer

    return Snapshot(
        catalog=catalog,
        live=live,
        planned=occurrences,
        overrides=overrides,
        cancelled=cancelled,
        compiled_at=now,
        valid_until=next_change(live, now),
        answers=answers,
        guarded=guarded,
        unknown=unknown,
        compiled_lists=compiled_lists,
        board=board,
        number=number,
    )


def _still_planned(previous: Snapshot, now: datetime) -> bool:
    """Whether no occurrence of a window has started or ended since the previous snapshot."""
    if now < previous.compiled_at:
        return False
    change = next_change(previous.planned, previous.compiled_at)
    return change is None or now < change


def _touched_targets(previous: Snapshot | None, live: Sequence[Message], now: datetime) -> set[str]:
    """The targets of messages that came, went, were changed, started or ended since the previous snapshot."""
    before = {message.id: message for message in previous.live} if previous else {}
    touched: set[str] = set()
    for message in live:
        known = before.pop(message.id, None)
        if known is None or previous is None:
            touched.update(message.targets)
        elif known != message or is_shown(message, now) != is_shown(message, previous.compiled_at):
            touched.update(message.targets, known.targets)
    for message in before.values():
        touched.update(message.targets)
    return touched
