"""The service: what people do to messages, to maintenance and to the configuration.

All of it goes through here and changes the live snapshot. Nothing here knows of HTTP.
"""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from errorhelp.answers.help_answers import help_answers
from errorhelp.answers.snapshot import Snapshot
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.message_texts import missing_values
from errorhelp.config import ConfigurationError, Loaded
from errorhelp.messages.board import Board
from errorhelp.messages.made_window import in_zone
from errorhelp.messages.message import Message, State, state
from errorhelp.messages.occurrences import overrides_in_force, shown_between
from errorhelp.messages.window import Window
from errorhelp.people.people import Person, check_may_write
from errorhelp.service.drafts import (
    Draft,
    MessageLimits,
    changed_message,
    closed_message,
    extended_message,
    new_message,
    updated_message,
)
from errorhelp.service.followers import Followers
from errorhelp.service.history import HistoryEntry, HistoryQuery
from errorhelp.service.history_pages import history_after
from errorhelp.service.live_state import Clock, Follower, LiveState
from errorhelp.service.made_windows import MadeWindows
from errorhelp.service.maintenance import Maintenance
from errorhelp.service.message_retention import WaitingRetention
from errorhelp.service.message_templates import MessageTemplates
from errorhelp.service.new_ids import new_id
from errorhelp.service.undo import OFFERED_FOR, OwnChange, own_changes, undone_message
from errorhelp.store import MessageEvent, StaleRevision, StoreUnavailable, UnknownMessage, What
from errorhelp.store.kept_copy import KeptCopy
from errorhelp.store.list_place import ListPlace
from errorhelp.store.message_filter import MessageFilter
from errorhelp.store.reachability import Reach
from errorhelp.store.request_records import RequestKey
from errorhelp.store.spool import Spool, Spooled
from errorhelp.store.sql import Store
from errorhelp.store.sql_access import AccessStore
from errorhelp.store.sql_forwarding import ForwardingStore
from errorhelp.store.sql_reports import ReportStore
from errorhelp.system.worker_thread import in_thread
from errorhelp.text.texts import Text
from errorhelp.text.times import format_instant

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")
_EVER = datetime.min.replace(tzinfo=UTC)


def system_clock() -> datetime:
    """The time now, as an instant."""
    return datetime.now(UTC)


class NothingToConfirm(ValueError):
    """A confirmation for a configuration that does not wait for one."""


@dataclass(frozen=True, slots=True)
class ConfigurationStatus:
    """The configuration in force, and the newer one that is not: refused, or waiting for a confirmation."""

    digest: str
    loaded_at: datetime
    refused: str | None = None
    waiting: Loaded | None = None


@dataclass(frozen=True, slots=True)
class MessagePreview:
    """The message a draft would make, the infobases it means, and of one the help JSON in each language."""

    message: Message
    infobases: list[Infobase]
    example: Infobase | None
    documents: dict[str, bytes]


class Service:
    """Holds the live snapshot over a store.

    `start` before anything else, `stop` after. Methods that write are for the admin side; they return when
    the change is durable and visible. `maintenance` has what is done to occurrences of maintenance windows,
    `made_windows` those that people make, and `templates` what is done to templates.
    """

    def __init__(
        self,
        loaded: Loaded,
        store: Store,
        clock: Clock = system_clock,
        kept: KeptCopy | None = None,
        spool: Spool | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._spool = spool
        self._live = LiveState(loaded, clock)
        self._reach = Reach(self._live.signal_change)
        self._followers = Followers(self._live, store, self._reach, clock, kept, spool)
        self.maintenance = Maintenance(self._live, store, self._reach, self._followers, clock)
        self.templates = MessageTemplates(self._live, store, self._reach, clock)
        self.made_windows = MadeWindows(self._live, store, self._reach, self._followers, clock)
        self.configuration = ConfigurationStatus(loaded.digest, clock())

    @property
    def snapshot(self) -> Snapshot:
        """The live snapshot."""
        return self._live.snapshot

    @property
    def compile_seconds(self) -> float:
        """How long it took to make it."""
        return self._live.compile_seconds

    @property
    def loaded(self) -> Loaded:
        """The configuration in force."""
        return self._live.loaded

    @property
    def catalog(self) -> Catalog:
        """The catalog in force."""
        return self._live.catalog

    @property
    def store_error(self) -> str | None:
        """Why the store cannot be reached, if so."""
        return self._reach.error

    @property
    def waiting_retention(self) -> WaitingRetention | None:
        """The retention of messages that waits for a confirmation, if one does."""
        return self._followers.retention.waiting

    @property
    def leads(self) -> bool:
        """Whether this is the node that does what one node must do."""
        return self._followers.leads

    @property
    def access(self) -> AccessStore:
        """API tokens and sign-ins."""
        return self._store.access

    @property
    def reports(self) -> ReportStore:
        """Problems and reports."""
        return self._store.reports

    @property
    def forwarding(self) -> ForwardingStore:
        """What targets were notified of, and the outbox."""
        return self._store.forwarding

    @property
    def limits(self) -> MessageLimits:
        """What the configuration allows a message."""
        return self._live.limits

    def on_snapshot(self, follower: Follower) -> None:
        """Call the follower, on the event loop, whenever there is a new snapshot."""
        self._live.on_snapshot(follower)

    def on_change(self, follower: Follower) -> None:
        """Call the follower, on the event loop, when messages, configuration or the store's state change."""
        self._live.on_change(follower)

    def signal_change(self) -> None:
        """Call those followers: something that people look at is different, if not the snapshot."""
        self._live.signal_change()

    def now(self) -> datetime:
        """The time by the service's clock."""
        return self._clock()

    async def start(self) -> None:
        """Open the store, read the messages and follow the clock and the store from now on.

        While the store is unavailable the kept copy is shown, or help alone if there is none.
        """
        await self._followers.start()

    async def stop(self) -> None:
        """Stop following and close the store."""
        await self._followers.stop()
        await self._store.close()

    async def catch_up(self) -> None:
        """Do what the time now asks for, as is done each second: what starts, what ends, and retention."""
        await self._followers.catch_up()

    async def read_spool(self) -> None:
        """Read what was written directly, and show it."""
        await self._followers.read_spool()

    async def read_messages(self) -> None:
        """Read the messages that are not over from the store, and show what changed."""
        await self._followers.read_messages()

    # Reading

    async def find_messages(
        self, wanted: MessageFilter, limit: int, after: ListPlace | None = None
    ) -> list[Message]:
        """Up to `limit` messages that fit now, the newest first; those that follow a place."""
        return await self._reach.wait_for(self._store.find_messages(wanted, self.now(), limit, after))

    async def count_found(self, wanted: MessageFilter) -> int:
        """How many messages fit now."""
        return await self._reach.wait_for(self._store.count_found(wanted, self.now()))

    async def count_messages(self) -> Mapping[State, int]:
        """How many messages are kept, by state; while the store is unavailable, those that are not over."""
        now = self.now()
        try:
            return await self._reach.wait_for(self._store.count_messages(now))
        except StoreUnavailable:
            return Counter(state(each, now) for each in self.snapshot.live if each.window is None)

    async def latest_messages(self, limit: int) -> list[Message]:
        """Up to `limit` messages, those posted last in front."""
        return await self._reach.wait_for(self._store.latest_messages(limit))

    async def shown_between(
        self, since: datetime, until: datetime, any_of: Collection[str] = ()
    ) -> list[Message]:
        """What was on display at some time from `since` to `until`, maintenance too, the earliest first.

        Only what has one of the targets `any_of`, if there are some.
        """
        messages = await self._reach.wait_for(self._store.shown_between(since, until, any_of))
        changes = await self._reach.wait_for(self._store.window_changes(since))
        overrides = overrides_in_force(changes, since)
        versions = await self.made_windows.versions()
        found: list[Message] = []
        for window in (*self.catalog.windows, *in_zone(versions, self.catalog.zone)):
            if any_of and set(any_of).isdisjoint(window.targets):
                continue
            # What was made or changed in the meantime was not shown so before.
            made_so = window.revised_at or _EVER
            shown = shown_between([window], max(since, made_so), until, overrides)
            found += [replace(each, starts_at=max(each.starts_at, made_so)) for each in shown]
        return sorted([*messages, *found], key=lambda each: (each.starts_at, each.id))

    async def history(self, wanted: HistoryQuery, limit: int) -> list[HistoryEntry]:
        """Up to `limit` changes of messages and maintenance, the newest first."""
        return [entry for entry, _ in await self.history_after(wanted, None, limit)]

    async def history_after(
        self, wanted: HistoryQuery, after: ListPlace | None, limit: int
    ) -> list[tuple[HistoryEntry, ListPlace]]:
        """Up to `limit` changes that follow a place in the history, the newest first, each with its own place."""
        windows = await self.every_window()
        return await self._reach.wait_for(
            history_after(self._store, self.catalog, windows, wanted, after, limit)
        )

    @property
    def windows(self) -> tuple[Window, ...]:
        """The maintenance windows in force: those of the configuration, and behind them those that people made."""
        return self.snapshot.windows

    async def every_window(self) -> list[Window]:
        """The same with those that people ended."""
        made = await self.made_windows.all(ended=True)
        return [*self.catalog.windows, *in_zone(made, self.catalog.zone)]

    async def message(self, message_id: str) -> Message:
        """One message; UnknownMessage if there is none."""
        if (live := self._live.message(message_id)) is not None:
            return live
        return await self._reach.wait_for(self._store.message(message_id))

    async def events(
        self,
        message_id: str | None = None,
        after_seq: int = 0,
        limit: int = 1000,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[MessageEvent]:
        """The history of a message, or of all, the oldest first: up to `limit` that follow `after_seq`."""
        found = self._store.events(message_id, after_seq, limit, since=since, until=until)
        return await self._reach.wait_for(found)

    async def own_changes(self, who: Person) -> Mapping[str, OwnChange]:
        """What the person just did to messages, by their ids, where nobody did anything since."""
        now = self._clock()
        return own_changes(await self.events(since=now - OFFERED_FOR), who, now)

    def preview(self, draft: Draft, infobase_id: str | None = None) -> MessagePreview:
        """What posting a draft would do, posting nothing; with the help JSON of one infobase it targets."""
        now = self._clock()
        message = new_message(draft, "preview", "", self.catalog, self.limits, now)
        infobases = self.catalog.meant_by(message.targets)
        example = self.catalog.infobase(infobase_id) if infobase_id else next(iter(infobases), None)
        documents: dict[str, bytes] = {}
        if example is not None:
            board = Board((*self.snapshot.live, message))
            notice = board.notice(example.target_keys, max(message.starts_at, now))
            answers = help_answers(self.catalog, example, notice)
            documents = {language: answer.body for language, answer in answers.items()}
        return MessagePreview(message, infobases, example, documents)

    # Writing

    # InvalidDraft if a message cannot be, NotAllowed if it is not for this person to write.

    async def refuse_if_done(self, key: RequestKey) -> None:
        """RequestDone if a request with that key was done within a day, on any node."""
        await self._reach.wait_for(self._store.done_requests.refuse_if_done(key, self._clock()))

    async def post(
        self, draft: Draft, who: Person, author: str | None = None, key: RequestKey | None = None
    ) -> Message:
        """Post a message of the person, or one for another author; RequestDone if the request was done before."""
        now = self._clock()
        message = new_message(draft, new_id(), author or who.name, self.catalog, self.limits, now)
        check_may_write(who, message.targets, self.catalog)
        spooled = Spooled(message, "posted", who.name, now)
        if await self._store_or_spool(self._added(spooled, key), spooled) is not None:
            self._live.put(message)
        return await self._shown(message, "posted", who)

    async def change(self, message_id: str, draft: Draft, revision: int, who: Person) -> Message:
        """Give a message other values; StaleRevision if somebody changed it since that revision."""

        def changed(message: Message, now: datetime) -> Message:
            _refuse_if_changed(message, revision)
            return changed_message(message, draft, self.catalog, self.limits, now)

        return await self._replace(message_id, "changed", changed, who)

    async def update(
        self,
        message_id: str,
        text: Text,
        who: Person,
        revision: int | None = None,
        key: RequestKey | None = None,
    ) -> Message:
        """Give a message a later wording, which users read from now on.

        StaleRevision if somebody changed it since a revision that is named, RequestDone as for `post`.
        """

        def updated(message: Message, now: datetime) -> Message:
            _refuse_if_changed(message, revision)
            return updated_message(message, text, self.catalog, self.limits, now)

        return await self._replace(message_id, "updated", updated, who, key)

    async def end(
        self,
        message_id: str,
        who: Person,
        revision: int | None = None,
        key: RequestKey | None = None,
        closing: Text | None = None,
    ) -> Message:
        """End a message now, with closing words. Ending what is over changes nothing but these.

        StaleRevision and RequestDone as for `update`.
        """

        def ended(message: Message, now: datetime) -> Message:
            _refuse_if_changed(message, revision)
            return closed_message(message, closing, self.catalog, self.limits, now)

        return await self._replace(message_id, "ended", ended, who, key)

    async def extend(
        self,
        message_id: str,
        until: datetime | timedelta,
        who: Person,
        revision: int | None = None,
        key: RequestKey | None = None,
    ) -> Message:
        """Give a message another end: an instant, or so much later than its present one.

        StaleRevision and RequestDone as for `update`.
        """

        def extended(message: Message, now: datetime) -> Message:
            _refuse_if_changed(message, revision)
            ends_at = message.shown_until + until if isinstance(until, timedelta) else until
            return extended_message(message, ends_at, self.catalog, self.limits, now)

        return await self._replace(message_id, "extended", extended, who, key)

    async def undo(self, message_id: str, revision: int, who: Person) -> Message:
        """Take back what the person just did, which made the message that revision; CannotUndo if that cannot be."""
        events = await self._last_events(message_id)

        def undone(message: Message, now: datetime) -> Message:
            return undone_message(message, events, revision, who, now)

        return await self._replace(message_id, "undone", undone, who)

    async def _last_events(self, message_id: str) -> list[MessageEvent]:
        """The last two events of a message, in their order; UnknownMessage if it has none."""
        last: list[MessageEvent] = []
        while page := await self.events(message_id, last[-1].seq if last else 0):
            last = [*last, *page][-2:]
        if not last:
            raise UnknownMessage(message_id)
        return last

    async def _replace(
        self,
        message_id: str,
        what: What,
        change: Callable[[Message, datetime], Message],
        who: Person,
        key: RequestKey | None = None,
    ) -> Message:
        current = await self._current(message_id)
        while True:
            now = self._clock()
            changed = change(current, now)
            check_may_write(who, (*current.targets, *changed.targets), self.catalog)
            if changed == current:
                if key is not None:
                    await self._reach.wait_for(self._store.done_requests.note(key, current, now))
                self._live.put(current)
                return current
            work = self._store.replace(
                changed, expected_revision=current.revision, what=what, who=who.name, at=now, key=key
            )
            try:
                stored = await self._store_or_spool(work, Spooled(changed, what, who.name, now))
            except StaleRevision as stale:
                # Somebody was faster: the change is made to what they left, or refused for it.
                current = stale.current
                continue
            if stored is not None:
                self._live.put(stored)
            return await self._shown(stored or changed, what, who)

    async def _shown(self, message: Message, what: What, who: Person) -> Message:
        """The message, once readers see it."""
        targets, until = " ".join(message.targets), format_instant(message.shown_until)
        log.info("message %s %s by %s: %s until %s", message.id, what, who.name, targets, until)
        return message

    # Configuration

    async def use(self, loaded: Loaded) -> None:
        """Put a new configuration in force; one that loses more than half of the infobases waits instead."""
        if loaded.digest == self.loaded.digest:
            self.configuration = replace(self.configuration, refused=None, waiting=None)
            self._live.signal_change()
            await self._weigh_retention()
            return
        before = len(self.catalog.infobases)
        lost = len(await in_thread(self.catalog.infobases_not_in, loaded.catalog))
        if lost * 2 > before:
            reason = (
                f"it loses {lost} of {before} infobases, so it waits; if that is meant: "
                f"errorhelp reload --confirm {loaded.digest}"
            )
            log.warning("configuration %s: %s", loaded.digest, reason)
            self.configuration = replace(self.configuration, refused=reason, waiting=loaded)
            self._live.signal_change()
            return
        await self._use(loaded)

    async def confirm(self, digest: str) -> None:
        """Put the configuration that waits in force, or the retention that waits of the one in force."""
        waiting = self.configuration.waiting
        if waiting is not None and waiting.digest == digest:
            await self._use(waiting)
        elif digest != self.configuration.digest or not await self._followers.confirm_retention():
            raise NothingToConfirm(f"no configuration {digest} waits for a confirmation")

    def refuse(self, error: ConfigurationError) -> None:
        """Note that the newest configuration is bad; the one in force stays."""
        for each in error.errors:
            log.error("configuration refused, the one in force stays: %s", each)
        self.configuration = replace(self.configuration, refused=str(error), waiting=None)
        self._live.signal_change()

    async def _use(self, loaded: Loaded) -> None:
        self._live.use(loaded)
        self.configuration = ConfigurationStatus(loaded.digest, self._clock())
        log.info("configuration %s: %d infobases", loaded.digest, len(loaded.catalog.infobases))
        for each in self.snapshot.live:
            if missing := missing_values(each, loaded.catalog):
                names = ", ".join(missing)
                log.warning("message %s names %s, which message_values no longer have", each.id, names)
        await self._weigh_retention()

    async def _weigh_retention(self) -> None:
        """Look whether messages are kept for a time that must be confirmed first."""
        # While the store is unavailable nothing is removed; it is looked at again later.
        with suppress(StoreUnavailable):
            await self._followers.retention.look()

    async def _added(self, posted: Spooled, key: RequestKey | None) -> Message:
        await self._store.add(posted.message, posted.who, posted.at, key)
        return posted.message

    async def _current(self, message_id: str) -> Message:
        try:
            return await self._reach.wait_for(self._store.message(message_id))
        except StoreUnavailable:
            live = self._live.message(message_id)
            if self._spool is None or not self._spool.takes_writes or live is None:
                raise
            return live

    async def _store_or_spool(self, work: Awaitable[_Result], spooled: Spooled) -> _Result | None:
        """What the store answers; None if it is dead and the spool took the message, and shows it."""
        spool = self._spool
        try:
            stored = await self._reach.wait_for(work)
        except StoreUnavailable:
            if spool is None or not spool.takes_writes:
                raise
            try:
                await in_thread(spool.write, spooled, self.loaded.tree)
            except OSError as error:
                where, reason = str(error.filename or spool.folder), error.strerror or str(error)
                raise StoreUnavailable(where, reason, "nothing takes the message; free some space") from error
            await self._followers.read_spool()
            return None
        if spool is not None and spool.takes_all:
            try:
                await in_thread(spool.write, spooled, self.loaded.tree)
            except OSError as error:
                log.warning("the service hangs, and may show the change only when it goes on: %s", error)
        return stored


def _refuse_if_changed(message: Message, revision: int | None) -> None:
    if revision is not None and message.revision != revision:
        raise StaleRevision(message)
