"""The snapshot: every public answer for one period of time, compiled from catalog and messages. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Protocol

from errorhelp.answers import help_answers, help_pages, icon, list_answers, offline_answers, overview
from errorhelp.answers.answer import Answer
from errorhelp.answers.changed_answers import AskingOrder, NothingAsked, changed_answers
from errorhelp.answers.error_page import error_page
from errorhelp.answers.list_answers import CompiledList
from errorhelp.answers.situation import next_ageing
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.lists import Access, ConnectionList
from errorhelp.messages.board import Board
from errorhelp.messages.made_window import MadeWindow, in_zone
from errorhelp.messages.message import Message, earliest, is_past, is_shown, latest_end_first, next_change
from errorhelp.messages.occurrences import Override, planned
from errorhelp.messages.window import Window


class PageFamily(Protocol):
    """A kind of page."""

    def paths(self, catalog: Catalog) -> Iterator[str]:
        """Every path of such a page."""

    def page(self, catalog: Catalog, board: Board, path: str, now: datetime) -> Answer | None:
        """The page at a moment, None for a path that is no such page."""


_PAGE_FAMILIES: tuple[PageFamily, ...] = (offline_answers, help_pages, overview, icon)
_MOST_PAGES = 1000
# To find so many among all that are kept takes a few milliseconds; of more, all are dropped.
_MOST_DROPPED_ONE_BY_ONE = 300


@dataclass(frozen=True, slots=True)
class KeptList:
    """A connection list as it was compiled last.

    `outdated` are the targets of messages that changed since; without any, `answer` is the whole list.
    """

    compiled: CompiledList
    answer: Answer
    outdated: frozenset[str] = frozenset()


@dataclass(slots=True)
class Kept:
    """What was asked for so far: by path help and whole lists for everybody, and all lists by id. For one thread."""

    answers: dict[str, Answer] = field(default_factory=dict)
    lists: dict[str, KeptList] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every public answer from `compiled_at` until `valid_until` (None: until something is posted).

    An answer is made when it is first asked for. `unknown`, by language, is what is said about an infobase that
    the catalog does not have. `live` are the messages not yet over, among them the occurrences of windows
    (`planned`), some of which `overrides` move, shorten or leave out; `past` are those that are over and may be
    needed still. `made` are the windows that people made. `pages` are those asked for so far, `kept` is what of help
    and lists was; a later snapshot takes that over. `number` counts the snapshots that were compiled from one another.
    """

    catalog: Catalog
    live: tuple[Message, ...]
    planned: tuple[Message, ...]
    overrides: tuple[Override, ...]
    past: tuple[Message, ...]
    compiled_at: datetime
    valid_until: datetime | None
    unknown: Mapping[str, Answer]
    board: Board
    pages: dict[str, Answer] = field(default_factory=dict, compare=False, repr=False)
    kept: Kept = field(default_factory=Kept, compare=False, repr=False)
    number: int = field(default=0, compare=False)
    made: tuple[MadeWindow, ...] = ()

    @property
    def windows(self) -> tuple[Window, ...]:
        """The maintenance windows: those of the configuration, and behind them those that people made."""
        return (*self.catalog.windows, *self.board.made_windows)

    def find(self, path: str, now: float) -> Answer | None:
        """The public answer at a path at `now` (Unix seconds), None where there is nothing.

        A help address of an unknown infobase finds the answer that says so.
        """
        found = self.kept.answers.get(path)
        if found is not None and now < found.valid_until:
            return found
        if (address := help_answers.read_path(path)) is not None:
            own = self._own_help(*address, now)
            return self._unknown(address[0], now) if own is None else own
        connection_list = self.list_at(path)
        if connection_list is not None and connection_list.access is Access.PUBLIC:
            return self.list_answer(connection_list, now)
        return self._page(path, now)

    def error_page(self, problem: Answer, path: str, accepted: Iterable[str], now: float) -> Answer:
        """The page for an error that a path has at `now`, in the first of the accepted languages that there is."""
        instant = datetime.fromtimestamp(now, UTC)
        return error_page(self.catalog, self._board_at(instant), problem, path, accepted, instant)

    def takes_long(self, path: str, now: float) -> bool:
        """Whether `find` makes a page that is about so much that other work should not wait for it."""
        page = self.pages.get(path)
        if page is not None and now < page.valid_until:
            return False
        return overview.is_about_much(self.catalog, self.board, path)

    def help_to_keep(self, path: str, now: float) -> Answer | None:
        """The help of an infobase at a path at `now`, which is kept for whoever asks next; None for all else.

        For the one thread that has `take_over` called.
        """
        address = help_answers.read_path(path)
        found = self._own_help(*address, now) if address else None
        if found is not None and self._holds(now):
            self.kept.answers[path] = found
        return found

    def take_over(self, previous: "Snapshot") -> None:
        """Take what an earlier snapshot of the same catalog kept and what still holds; that one begins anew."""
        if previous.catalog is not self.catalog:
            return
        touched = _touched_targets(previous, self.board, self.catalog, self.compiled_at)
        self.kept.lists = previous.kept.lists.copy()
        if self.catalog.reach(touched) <= _MOST_DROPPED_ONE_BY_ONE:
            self.kept.answers, previous.kept.answers = previous.kept.answers, {}
            for infobase in self.catalog.meant_by(touched):
                for path, _ in help_answers.paths(self.catalog, infobase):
                    self.kept.answers.pop(path, None)
        if touched:
            for list_id, kept in previous.kept.lists.items():
                connection_list = self.catalog.lists[list_id]
                if connection_list.carries_messages:
                    self.kept.lists[list_id] = replace(kept, outdated=kept.outdated | touched)
                    self.kept.answers.pop(list_answers.path(connection_list), None)

    def every_path(self) -> Iterator[str]:
        """The path of every answer that is for everybody, that about an unknown infobase included."""
        for infobase in self.catalog.infobases.values():
            for path, _ in help_answers.paths(self.catalog, infobase):
                yield path
        for connection_list in self.catalog.lists.values():
            if connection_list.access is Access.PUBLIC:
                yield list_answers.path(connection_list)
        for path, _ in help_answers.unknown_paths(self.catalog):
            yield path
        for family in _PAGE_FAMILIES:
            yield from family.paths(self.catalog)

    def changed_paths(
        self, since: "Snapshot | None", asked: AskingOrder | None = None
    ) -> Iterator[Iterator[str]]:
        """The paths of the answers for everybody that messages have changed since an earlier snapshot.

        What another catalog changed is not among them. Without an earlier snapshot they are the answers that
        messages are about at all. They come in groups, each to be finished before the next is begun; see
        `changed_answers` for their order.
        """
        touched = self.touched_targets(since)
        return changed_answers(self.catalog, touched, asked or NothingAsked(), every_list=since is None)

    def touched_targets(self, since: "Snapshot | None") -> set[str]:
        """The targets of messages that changed since an earlier snapshot; of all there are without one."""
        return _touched_targets(since, self.board, self.catalog, self.compiled_at)

    def paths_about(self, targets: Collection[str]) -> Iterator[str]:
        """The path of every answer for everybody that changes with a message for one of these targets."""
        groups = changed_answers(self.catalog, {*targets}, NothingAsked(), every_list=False)
        return chain.from_iterable(groups)

    def compiled(self, path: str) -> Answer | None:
        """The answer for everybody at a path as it was when the snapshot was compiled, None where there is nothing."""
        now = self.compiled_at.timestamp()
        if (address := help_answers.read_path(path)) is not None:
            if address[1] == help_answers.UNKNOWN_ID:
                return self.unknown.get(address[0] or self.catalog.languages[0])
            return self._own_help(*address, now)
        connection_list = self.list_at(path)
        if connection_list is not None and connection_list.access is Access.PUBLIC:
            return self.list_answer(connection_list, now)
        pages = (family.page(self.catalog, self.board, path, self.compiled_at) for family in _PAGE_FAMILIES)
        return next((page for page in pages if page is not None), None)

    def published(self, since: "Snapshot | None" = None) -> Iterator[tuple[str, Answer]]:
        """Every answer that is for everybody as it was compiled, with its path.

        With an earlier snapshot of the same catalog only those that may differ from the earlier ones. Also
        the answer about an unknown infobase, at paths that no infobase can have.
        """
        is_same = since is not None and since.catalog is self.catalog
        for path in chain.from_iterable(self.changed_paths(since)) if is_same else self.every_path():
            if (compiled := self.compiled(path)) is not None:
                yield path, compiled

    def kept_list(self, connection_list: ConnectionList, now: float, matching: int = -1) -> Answer | None:
        """What `list_answer` gives, if it is there already."""
        if connection_list.rules and matching != -1:
            known = self.pages.get(_key_of_part(connection_list, matching))
        else:
            kept = self.kept.lists.get(connection_list.id)
            known = None if kept is None or kept.outdated else kept.answer
        return None if known is None or known.valid_until <= now else known

    def list_answer(self, connection_list: ConnectionList, now: float, matching: int = -1) -> Answer:
        """A list at `now`; of one with rules, what it gives to somebody for whom the `matching` ones match."""
        return (
            self.kept_list(connection_list, now, matching)
            or self.compile_list(connection_list, now, matching)[1]
        )

    def compile_list(
        self, connection_list: ConnectionList, now: float, matching: int = -1
    ) -> tuple[CompiledList, Answer]:
        """The same, made anew as far as it must be: for any thread, since a long list takes its time."""
        kept, instant = self.kept.lists.get(connection_list.id), datetime.fromtimestamp(now, UTC)
        board = self._board_at(instant)
        if kept is None:
            compiled = list_answers.compile_list(self.catalog, connection_list, board, instant)
        else:
            compiled = kept.compiled
            outdated = (each.id for each in self.catalog.meant_by(kept.outdated))
            stale = {each for each in outdated if each in compiled.infobases} | {
                *compiled.past_their_time(now)
            }
            if stale:
                compiled = list_answers.renew_notices(
                    compiled, stale, self.catalog, connection_list, board, instant
                )
        return compiled, list_answers.list_answer(self.catalog, connection_list, compiled, matching)

    def keep_list(
        self,
        connection_list: ConnectionList,
        compiled: CompiledList,
        answer: Answer,
        now: float,
        matching: int = -1,
    ) -> None:
        """Keep what `compile_list` gave, for whoever asks next; see `help_to_keep` for the thread."""
        if connection_list.rules and matching != -1:
            self._remember(_key_of_part(connection_list, matching), answer, now)
        elif self._holds(now):
            self.kept.lists[connection_list.id] = KeptList(compiled, answer)
            if connection_list.access is Access.PUBLIC:
                self.kept.answers[list_answers.path(connection_list)] = answer

    def _remember(self, key: str, answer: Answer, now: float) -> Answer:
        if self._holds(now):
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
                return self._remember(path, page, now)
        return None

    def _own_help(self, language: str | None, infobase_id: str, now: float) -> Answer | None:
        """The help of an infobase that there is, in its own language or one that there is."""
        infobase = self.catalog.infobase(infobase_id)
        if infobase is None or (language is not None and language not in self.unknown):
            return None
        instant = datetime.fromtimestamp(now, UTC)
        notice = self._board_at(instant).notice(infobase.target_keys, instant)
        return help_answers.help_answer(
            self.catalog, infobase, notice, language or self.catalog.language_of(infobase)
        )

    def _unknown(self, language: str | None, now: float) -> Answer:
        language = language if language and language in self.unknown else self.catalog.languages[0]
        if now < self.unknown[language].valid_until:
            return self.unknown[language]
        instant = datetime.fromtimestamp(now, UTC)
        notice = self._board_at(instant).notice(help_answers.UNKNOWN_TARGETS, instant)
        return help_answers.unknown_answers(self.catalog, notice)[language]

    def list_at(self, path: str) -> ConnectionList | None:
        """The connection list that is served at a path, whoever may read it."""
        match = list_answers.PATH.fullmatch(path)
        return self.catalog.lists.get(match[1]) if match else None

    def _holds(self, now: float) -> bool:
        """Whether what is so at `now` is so all the time that the snapshot is for."""
        until = self.valid_until
        return self.compiled_at.timestamp() <= now and (until is None or now < until.timestamp())

    def _board_at(self, instant: datetime) -> Board:
        """The board past the snapshot's time, when further occurrences of windows may be due."""
        if _still_planned(self, instant):
            return self.board
        posted = (message for message in self.live if message.window is None)
        occurrences = planned(self.windows, instant, self.overrides)
        return Board((*posted, *occurrences), self.overrides, self.past, self.board.made_windows)


def compile(
    catalog: Catalog,
    messages: Iterable[Message],
    now: datetime,
    previous: Snapshot | None = None,
    overrides: tuple[Override, ...] = (),
    made: tuple[MadeWindow, ...] = (),
) -> Snapshot:
    """The snapshot at `now` of a catalog, messages, windows that people made, and overrides of occurrences.

    Of messages that are over, those that answers may need are in it. With a `previous` snapshot of the
    same catalog only what changed since is compiled again, to the same result, and may `take_over` the answers
    of that one.
    """
    number = 0 if previous is None else previous.number + 1
    if previous is not None and previous.catalog is not catalog:
        previous = None
    same_windows = previous is not None and previous.made == made
    made_windows = previous.board.made_windows if previous and same_windows else in_zone(made, catalog.zone)
    if previous and same_windows and previous.overrides == overrides and _still_planned(previous, now):
        occurrences = previous.planned
    else:
        occurrences = planned((*catalog.windows, *made_windows), now, overrides)
    posted = tuple(messages)
    live = tuple(
        message
        for message in (*posted, *occurrences)
        if now < message.shown_until and message.starts_at < message.shown_until
    )
    past = tuple(latest_end_first(message for message in posted if is_past(message, now)))
    board = Board(live, overrides, past, made_windows)
    unknown = previous.unknown if previous else {}
    if previous is None or not _touched_targets(previous, board, catalog, now).isdisjoint(
        help_answers.UNKNOWN_TARGETS
    ):
        unknown = help_answers.unknown_answers(catalog, board.notice(help_answers.UNKNOWN_TARGETS, now))
    return Snapshot(
        catalog=catalog,
        live=live,
        planned=occurrences,
        overrides=overrides,
        past=past,
        compiled_at=now,
        valid_until=earliest(
            next_change(live, now),
            board.closing(catalog.afterwards, now).valid_until,
            next_ageing(past, now),
        ),
        unknown=unknown,
        board=board,
        number=number,
        made=made,
    )


def _key_of_part(connection_list: ConnectionList, matching: int) -> str:
    return f"{list_answers.path(connection_list)}#{matching}"


def _still_planned(previous: Snapshot, now: datetime) -> bool:
    """Whether no occurrence of a window has started or ended since the previous snapshot."""
    if now < previous.compiled_at:
        return False
    change = next_change(previous.planned, previous.compiled_at)
    return change is None or now < change


def _touched_targets(previous: Snapshot | None, board: Board, catalog: Catalog, now: datetime) -> set[str]:
    """The targets of messages that came, went, were changed, started or ended since the previous snapshot.

    Also of those whose closing words came, went or were changed.
    """
    before = {message.id: message for message in previous.live} if previous else {}
    touched: set[str] = set()
    for message in board.messages:
        known = before.pop(message.id, None)
        if known is None or previous is None:
            touched.update(message.targets)
        elif known != message or is_shown(message, now) != is_shown(message, previous.compiled_at):
            touched.update(message.targets, known.targets)
    for message in before.values():
        touched.update(message.targets)
    closing = {message.id: message for message in board.closing(catalog.afterwards, now).messages}
    if previous is not None:
        closed = previous.board.closing(previous.catalog.afterwards, previous.compiled_at)
        for known in closed.messages:
            if closing.get(known.id) == known:
                del closing[known.id]
            else:
                touched.update(known.targets)
    for message in closing.values():
        touched.update(message.targets)
    return touched
