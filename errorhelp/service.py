"""The service: the live snapshot, and the only place where things change.

The snapshot is replaced when the configuration changes, when messages do, and when the clock reaches the next
start or end of one. Nothing here knows of HTTP.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from errorhelp.answers.help import help_answers
from errorhelp.board import Board
from errorhelp.catalog import Catalog, Infobase
from errorhelp.config import ConfigurationError, Loaded
from errorhelp.drafts import (
    Draft,
    Limits,
    changed_message,
    ended_message,
    extended_message,
    new_message,
)
from errorhelp.history import Entry, Wanted, history
from errorhelp.messages import Message
from errorhelp.people import Person, check_may_write
from errorhelp.planned import (
    Deed,
    Occurrence,
    Override,
    WindowChange,
    ended,
    moved,
    occurrence_of,
    overrides_in_force,
    restored,
    shown_between,
    skipped,
)
from errorhelp.snapshot import Snapshot, compile
from errorhelp.store import Event, StaleRevision, Store, StoreUnavailable, What
from errorhelp.store.access import AccessStore
from errorhelp.store.forwarding import ForwardingStore
from errorhelp.store.kept import KeptCopy, Shown
from errorhelp.store.reports import ReportStore
from errorhelp.store.spool import Spool, Spooled, hand_over
from errorhelp.times import format_instant

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
_Result = TypeVar("_Result")

_TICK = 1.0
_COLLECT_EVERY = timedelta(hours=1)
_LOOK_WHO_LEADS_EVERY = timedelta(minutes=1)
# From so many infobases on, compiling takes longer than other work should wait.
_MANY_INFOBASES = 300
# Read aloud on the phone without mistakes: no vowels, no look-alikes.
_ID_LETTERS = "23456789bcdfghjkmnpqrstvwxz"


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
class Preview:
    """The message a draft would make, the infobases it means, and of one the help JSON in each language."""

    message: Message
    infobases: list[Infobase]
    example: Infobase | None
    documents: dict[str, bytes]


class Service:
    """Holds the live snapshot over a store.

    `start` before anything else, `stop` after. Methods that write are for the admin side; they return when
    the change is durable and visible.
    """

    def __init__(
        self,
        loaded: Loaded,
        store: Store,
        clock: Clock = system_clock,
        kept: KeptCopy | None = None,
        spool: Spool | None = None,
    ) -> None:
        self._loaded = loaded
        self._store = store
        self._clock = clock
        self._kept = kept
        self._kept_now: Shown | None = None
        self._spool = spool
        self._spooled: tuple[Spooled, ...] = ()
        self._store_is_open = False
        # The messages that are not over. History stays in the store.
        self._live: dict[str, Message] = {}
        self._overrides: tuple[Override, ...] = ()
        began = time.perf_counter()
        self._snapshot = compile(loaded.catalog, (), clock())
        # How long the last compiling took.
        self.compile_seconds = time.perf_counter() - began
        self._changing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._next_collection = self._next_look = clock()
        self._followers: list[Callable[[], None]] = []
        self._change_followers: list[Callable[[], None]] = []
        self.configuration = ConfigurationStatus(loaded.digest, clock())
        self.store_error: str | None = None
        # Whether this is the node that does what one node must do.
        self.leads = False

    @property
    def snapshot(self) -> Snapshot:
        """The live snapshot."""
        return self._snapshot

    @property
    def loaded(self) -> Loaded:
        """The configuration in force."""
        return self._loaded

    @property
    def catalog(self) -> Catalog:
        """The catalog in force."""
        return self._loaded.catalog

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
        """What targets were told of problems, and the outbox."""
        return self._store.forwarding

    @property
    def limits(self) -> Limits:
        """What the configuration allows a message."""
        settings = self._loaded.settings.messages
        return Limits(settings.longest, settings.longest_text)

    def on_snapshot(self, follower: Callable[[], None]) -> None:
        """Call the follower, on the event loop, whenever there is a new snapshot."""
        self._followers.append(follower)

    def on_change(self, follower: Callable[[], None]) -> None:
        """Call the follower, on the event loop, when messages, configuration or the store's state change."""
        self._change_followers.append(follower)

    def _tell_change(self) -> None:
        for follower in self._change_followers:
            follower()

    def now(self) -> datetime:
        """The time by the service's clock."""
        return self._clock()

    async def start(self) -> None:
        """Open the store, read the messages and follow the clock and the store from now on.

        While the store is unavailable the kept copy is shown; StoreUnavailable if there is none.
        """
        if self._spool is not None:
            self._spooled = await asyncio.to_thread(self._spool.read)
        try:
            await self._open_store()
        except StoreUnavailable:
            shown = self._kept.read() if self._kept else None
            if self._spool is not None and self._spool.takes_writes:
                shown = shown or Shown()
            if shown is None:
                raise
            log.warning("showing what was kept, %d messages, until the store is back", len(shown.messages))
            await self._take(shown.messages, shown.overrides)
        self._tasks = [
            asyncio.create_task(self._keep_doing(self._follow_clock)),
            asyncio.create_task(self._keep_doing(self._follow_store)),
            asyncio.create_task(self._keep_doing(self._follow_spool)),
        ]

    async def stop(self) -> None:
        """Stop following and close the store."""
        # Not in the middle of a change.
        async with self._changing:
            for task in self._tasks:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._keep()
        await self._store.close()

    # Reading

    async def messages(self) -> list[Message]:
        """Every message that is kept, the newest first."""
        messages = await self._storing(self._store.messages())
        return sorted(messages, key=lambda message: (message.created_at, message.id), reverse=True)

    async def latest_messages(self, limit: int) -> list[Message]:
        """Up to `limit` messages, those posted last in front."""
        return await self._storing(self._store.latest_messages(limit))

    async def shown_between(self, since: datetime, until: datetime) -> list[Message]:
        """What was on display at some time from `since` to `until`, maintenance too, the earliest first."""
        messages = await self._storing(self._store.messages(shown_after=since))
        overrides = overrides_in_force(await self._storing(self._store.window_changes()), since)
        found = [each for each in messages if each.starts_at < each.shown_until and each.starts_at <= until]
        found += shown_between(self.catalog.windows, since, until, overrides)
        return sorted(found, key=lambda each: (each.starts_at, each.id))

    async def history(self, wanted: Wanted, limit: int) -> list[Entry]:
        """Up to `limit` changes of messages and maintenance, the newest first."""
        return await self._storing(history(self._store, self.catalog.windows, wanted, limit))

    async def message(self, message_id: str) -> Message:
        """One message; UnknownMessage if there is none."""
        if message_id in self._live:
            return self._live[message_id]
        return await self._storing(self._store.message(message_id))

    async def events(self, message_id: str | None = None) -> list[Event]:
        """The history of a message, or of all, the oldest first."""
        return await self._storing(self._store.events(message_id))

    def preview(self, draft: Draft, infobase_id: str | None = None) -> Preview:
        """What posting a draft would do, posting nothing; with the help JSON of one infobase it targets."""
        now = self._clock()
        message = new_message(draft, "preview", "", self.catalog, self.limits, now)
        infobases = self.catalog.meant_by(message.targets)
        example = self.catalog.infobase(infobase_id) if infobase_id else next(iter(infobases), None)
        documents: dict[str, bytes] = {}
        if example is not None:
            board = Board((*self._snapshot.live, message))
            notice = board.notice(example.target_keys, max(message.starts_at, now))
            answers = help_answers(self.catalog, example, notice)
            documents = {language: answer.body for language, answer in answers.items()}
        return Preview(message, infobases, example, documents)

    # Writing

    # InvalidDraft if a message cannot be, NotAllowed if it is not for this person to write.

    async def post(self, draft: Draft, who: Person, author: str | None = None) -> Message:
        """Post a message of the person, or one for another author."""
        async with self._changing:
            now = self._clock()
            message = new_message(draft, _new_id(), author or who.name, self.catalog, self.limits, now)
            check_may_write(who, message.targets, self.catalog)
            work = self._store.add(message, who.name, now)
            await self._store_or_spool(work, Spooled(message, "posted", who.name, now))
            return await self._show(message, "posted", who)

    async def change(self, message_id: str, draft: Draft, revision: int, who: Person) -> Message:
        """Give a message other values; StaleRevision if somebody changed it since that revision."""

        def changed(message: Message, now: datetime) -> Message:
            if message.revision != revision:
                raise StaleRevision(message)
            return changed_message(message, draft, self.catalog, self.limits, now)

        return await self._replace(message_id, "changed", changed, who)

    async def end(self, message_id: str, who: Person) -> Message:
        """End a message now. Ending what is over changes nothing."""
        return await self._replace(message_id, "ended", ended_message, who)

    async def extend(self, message_id: str, until: datetime | timedelta, who: Person) -> Message:
        """Give a message another end: an instant, or so much later than its present one."""

        def extended(message: Message, now: datetime) -> Message:
            ends_at = message.shown_until + until if isinstance(until, timedelta) else until
            return extended_message(message, ends_at, self.limits, now)

        return await self._replace(message_id, "extended", extended, who)

    async def _replace(
        self, message_id: str, what: What, change: Callable[[Message, datetime], Message], who: Person
    ) -> Message:
        async with self._changing:
            now = self._clock()
            current = await self._current(message_id)
            changed = change(current, now)
            check_may_write(who, (*current.targets, *changed.targets), self.catalog)
            if changed == current:
                return current
            work = self._store.replace(
                changed, expected_revision=current.revision, what=what, who=who.name, at=now
            )
            stored = await self._store_or_spool(work, Spooled(changed, what, who.name, now))
            return await self._show(stored or changed, what, who)

    # Occurrences of maintenance windows: UnknownOccurrence, CannotOverride or NotAllowed if it cannot be.

    async def end_occurrence(self, occurrence_id: str, who: Person) -> None:
        """End a running occurrence now."""
        await self._override(occurrence_id, Deed.ENDED, ended, who)

    async def skip_occurrence(self, occurrence_id: str, who: Person) -> None:
        """Leave out an occurrence to come."""
        await self._override(occurrence_id, Deed.SKIPPED, skipped, who)

    async def move_occurrence(self, occurrence_id: str, starts_at: datetime, who: Person) -> None:
        """Show an occurrence to come at another time, for as long as planned."""

        def moved_there(occurrence: Occurrence, now: datetime) -> Override:
            return moved(occurrence, starts_at, now)

        await self._override(occurrence_id, Deed.MOVED, moved_there, who)

    async def restore_occurrence(self, occurrence_id: str, who: Person) -> None:
        """Let an occurrence be as its window plans it."""
        await self._override(occurrence_id, Deed.RESTORED, restored, who)

    async def _override(
        self,
        occurrence_id: str,
        deed: Deed,
        override: Callable[[Occurrence, datetime], Override],
        who: Person,
    ) -> None:
        async with self._changing:
            now = self._clock()
            occurrence = occurrence_of(self.catalog.windows, occurrence_id, now, self._overrides)
            check_may_write(who, occurrence.planned.targets, self.catalog)
            change = WindowChange(now.replace(microsecond=0), who.name, deed, override(occurrence, now))
            await self._storing(self._store.add_window_change(change))
            self._overrides = overrides_in_force(await self._storing(self._store.window_changes()), now)
            await self._recompile()
        log.info("maintenance %s %s by %s", occurrence_id, deed, who.name)

    async def _show(self, message: Message, what: What, who: Person) -> Message:
        self._live[message.id] = message
        await self._recompile()
        targets, until = " ".join(message.targets), format_instant(message.shown_until)
        log.info("message %s %s by %s: %s until %s", message.id, what, who.name, targets, until)
        return message

    # Configuration

    async def use(self, loaded: Loaded) -> None:
        """Put a new configuration in force; one that loses more than half of the infobases waits instead."""
        if loaded.digest == self._loaded.digest:
            self.configuration = replace(self.configuration, refused=None, waiting=None)
            self._tell_change()
            return
        before = len(self.catalog.infobases)
        lost = sum(loaded.catalog.infobase(each) is None for each in self.catalog.infobases)
        if lost * 2 > before:
            reason = (
                f"it loses {lost} of {before} infobases, so it waits; if that is meant: "
                f"errorhelp reload --confirm {loaded.digest}"
            )
            log.warning("configuration %s: %s", loaded.digest, reason)
            self.configuration = replace(self.configuration, refused=reason, waiting=loaded)
            self._tell_change()
            return
        await self._use(loaded)

    async def confirm(self, digest: str) -> None:
        """Put the configuration that waits in force."""
        waiting = self.configuration.waiting
        if waiting is None or waiting.digest != digest:
            raise NothingToConfirm(f"no configuration {digest} waits for a confirmation")
        await self._use(waiting)

    def refuse(self, error: ConfigurationError) -> None:
        """Note that the newest configuration is bad; the one in force stays."""
        for mistake in error.mistakes:
            log.error("configuration refused, the one in force stays: %s", mistake)
        self.configuration = replace(self.configuration, refused=str(error), waiting=None)
        self._tell_change()

    async def _use(self, loaded: Loaded) -> None:
        async with self._changing:
            self._loaded = loaded
            await self._recompile()
            self.configuration = ConfigurationStatus(loaded.digest, self._clock())
        log.info("configuration %s: %d infobases", loaded.digest, len(loaded.catalog.infobases))

    # Following clock and store

    async def catch_up(self) -> None:
        """Do what the time now asks for: a new snapshot when a message starts or ends, and retention."""
        now = self._clock()
        valid_until = self._snapshot.valid_until
        if now < self._snapshot.compiled_at:
            # The clock was set back: what was over may not be any more.
            self._next_look = min(self._next_look, now)
            await self.read_messages()
        elif valid_until is not None and valid_until <= now:
            async with self._changing:
                await self._recompile()
        if now >= self._next_look:
            self._next_look = now + _LOOK_WHO_LEADS_EVERY
            # What one node must do needs the database.
            self.leads = self.store_error is None and await self._storing(self._store.leads())
        if self.leads and now >= self._next_collection:
            self._next_collection = now + _COLLECT_EVERY
            retention = self._loaded.settings.messages.retention
            if collected := await self._storing(self._store.collect(now - retention)):
                log.info("%d messages are past their retention and were removed", collected)

    async def read_messages(self) -> None:
        """Read the messages that are not over from the store, and show what changed."""
        async with self._changing:
            now = self._clock()
            messages = await self._storing(self._store.messages(shown_after=now))
            overrides = overrides_in_force(await self._storing(self._store.window_changes()), now)
            live = {message.id: message for message in messages}
            # The store also changes, each second in a storm, when reports come.
            if (live, overrides) != (self._live, self._overrides) or now < self._snapshot.compiled_at:
                await self._take(messages, overrides)

    async def _open_store(self) -> None:
        await self._storing(self._store.open())
        self._store_is_open = True
        await self.read_messages()

    async def _take(self, messages: Iterable[Message], overrides: tuple[Override, ...]) -> None:
        """Show these; the caller holds `_changing`, or nobody else is there yet."""
        spooled = (each.message for each in self._spooled)
        self._live = {message.id: message for message in (*messages, *spooled)}
        self._overrides = overrides
        await self._recompile()

    async def _keep(self) -> None:
        """Leave a copy of what is shown, if it is another than the last one."""
        shown = Shown(tuple(self._live.values()), self._overrides)
        if self._kept is None or shown == self._kept_now:
            return
        try:
            await asyncio.to_thread(self._kept.write, shown)
            self._kept_now = shown
        except OSError as error:
            log.warning("no copy of what is shown could be kept: %s", error)

    async def _recompile(self) -> None:
        """Compile what changed; the caller holds `_changing`."""
        now = self._clock()
        self._live = {key: message for key, message in self._live.items() if now < message.shown_until}
        work = self.catalog, tuple(self._live.values()), now, self._snapshot, self._overrides
        began = time.perf_counter()
        if len(self.catalog.infobases) > _MANY_INFOBASES:
            self._snapshot = await asyncio.to_thread(compile, *work)
        else:
            self._snapshot = compile(*work)
        self.compile_seconds = time.perf_counter() - began
        for follower in self._followers:
            follower()
        self._tell_change()

    async def _follow_clock(self) -> None:
        while True:
            await self.catch_up()
            await self._keep()
            valid_until = self._snapshot.valid_until
            rest = (valid_until - self._clock()).total_seconds() if valid_until else _TICK
            await asyncio.sleep(min(max(rest, 0), _TICK))

    async def _follow_store(self) -> None:
        if not self._store_is_open:
            await self._open_store()
        async for _ in self._store.changes():
            await self.read_messages()

    async def _follow_spool(self) -> None:
        """Show what was written directly while the store was dead, and hand it over when that is back."""
        while self._spool is not None:
            spooled = await asyncio.to_thread(self._spool.read)
            if spooled != self._spooled:
                async with self._changing:
                    self._spooled = spooled
                    await self._take(self._live.values(), self._overrides)
            if spooled and self._store_is_open:
                for each in spooled:
                    await self._storing(hand_over(each, self._store))
                self._spooled = ()
                await self.read_messages()
                for each in spooled:
                    await asyncio.to_thread(self._spool.remove, each)
                    log.info("message %s, %s directly, is in the store", each.message.id, each.what)
            await asyncio.sleep(_TICK)

    async def _current(self, message_id: str) -> Message:
        try:
            return await self._storing(self._store.message(message_id))
        except StoreUnavailable:
            if self._spool is None or not self._spool.takes_writes or message_id not in self._live:
                raise
            return self._live[message_id]

    async def _store_or_spool(self, work: Awaitable[_Result], spooled: Spooled) -> _Result | None:
        """What the store answers; None if it is dead and the spool took the message."""
        try:
            return await self._storing(work)
        except StoreUnavailable:
            if self._spool is None or not self._spool.takes_writes:
                raise
            await asyncio.to_thread(self._spool.write, spooled)
            return None

    async def _keep_doing(self, follow: Callable[[], Awaitable[None]]) -> None:
        """Follow for ever; after trouble begin anew."""
        while True:
            try:
                await follow()
            except StoreUnavailable:
                pass  # _storing has told.
            except Exception:
                log.exception("trouble while following; trying again")
            await asyncio.sleep(_TICK)

    async def _storing(self, work: Awaitable[_Result]) -> _Result:
        """What the store answers; whether it can be reached is noted, and logged when that changes."""
        try:
            result = await work
        except StoreUnavailable as error:
            is_news, self.store_error = self.store_error is None, str(error)
            if is_news:
                log.error("the store is unavailable: %s", error)
                self._tell_change()
            raise
        if self.store_error is not None:
            log.warning("the store is back")
            self.store_error = None
            self._tell_change()
        return result


def _new_id() -> str:
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(10))
