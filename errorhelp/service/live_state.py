"""What is live: configuration in force, messages, changed maintenance, and the snapshot made of them."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.config import Loaded
from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.message import Message, is_past
from errorhelp.messages.occurrences import Override, WindowChange, with_change
from errorhelp.service.drafts import MessageLimits
from errorhelp.store.kept_copy import ShownState
from errorhelp.store.spool import Spooled, with_spooled
from errorhelp.system.memory import let_go

Clock = Callable[[], datetime]
Follower = Callable[[], None]
_Shown = tuple[Mapping[str, Message], tuple[Override, ...], tuple[MadeWindow, ...]]

REMEMBERED = timedelta(minutes=10)
"""So long the end of a message is remembered, for answers of the store that come after it."""


class LiveState:
    """Owns what is live. Nobody else changes it, and nothing that changes it waits for store, disk or network.

    Every change is a method that takes effect at once: when it returns, the snapshot holds it. All are called on
    the event loop. The store's answers come in any order: of a message the latest revision counts, however late
    another one is signalled.
    """

    def __init__(self, loaded: Loaded, clock: Clock) -> None:
        self._loaded = loaded
        self._clock = clock
        # Those that ended lately are among them.
        self._messages: dict[str, Message] = {}
        self._overrides: tuple[Override, ...] = ()
        self._windows: tuple[MadeWindow, ...] = ()
        self._spooled: tuple[Spooled, ...] = ()
        # Numbers what is read and what is written, in the order in which it began and was acknowledged.
        self._sequence = 0
        self._latest_reading = self._latest_spool_reading = 0
        self._written: dict[str, int] = {}
        self._snapshot_followers: list[Follower] = []
        self._change_followers: list[Follower] = []
        self._compiled_from: _Shown = {}, (), ()
        began = time.perf_counter()
        self._snapshot = compile(loaded.catalog, (), clock())
        self._compile_seconds = time.perf_counter() - began

    @property
    def loaded(self) -> Loaded:
        """The configuration in force."""
        return self._loaded

    @property
    def catalog(self) -> Catalog:
        """The catalog in force."""
        return self._loaded.catalog

    @property
    def limits(self) -> MessageLimits:
        """What the configuration allows a message."""
        settings = self._loaded.settings.messages
        return MessageLimits(settings.longest, settings.longest_text)

    @property
    def snapshot(self) -> Snapshot:
        """The live snapshot."""
        return self._snapshot

    @property
    def compile_seconds(self) -> float:
        """How long it took to compile."""
        return self._compile_seconds

    @property
    def overrides(self) -> tuple[Override, ...]:
        """The overrides of windows in force."""
        return self._overrides

    @property
    def spooled(self) -> tuple[Spooled, ...]:
        """What was written directly and is not known to be in the store."""
        return self._spooled

    @property
    def shown(self) -> ShownState:
        """The messages that are not over, those to come among them, or may be needed still; overrides, and windows."""
        messages, overrides, windows = self._to_show(self._clock())
        return ShownState(tuple(messages.values()), overrides, windows)

    def message(self, message_id: str) -> Message | None:
        """A message that is not over, or has not been for long."""
        found = self._known().get(message_id)
        return found if found is not None and _is_remembered(found, self._clock()) else None

    def on_snapshot(self, follower: Follower) -> None:
        """Call the follower, on the event loop, whenever there is a new snapshot."""
        self._snapshot_followers.append(follower)

    def on_change(self, follower: Follower) -> None:
        """Call the follower, on the event loop, after each snapshot and whenever `signal_change` is called."""
        self._change_followers.append(follower)

    def signal_change(self) -> None:
        """Signal that something is different which people look at, if not the snapshot."""
        for follower in self._change_followers:
            follower()

    # Changes

    def use(self, loaded: Loaded) -> None:
        """Put a configuration in force."""
        self._loaded = loaded
        self.renew()

    def begin_reading(self) -> int:
        """The number of a reading of store or spool that begins now, to be handed over with what was read."""
        self._sequence += 1
        return self._sequence

    def take(
        self,
        reading: int,
        messages: Iterable[Message],
        overrides: tuple[Override, ...],
        windows: Iterable[MadeWindow] = (),
    ) -> None:
        """Show what was read from the store: its messages that are not over, or have not been for long.

        With the overrides and made windows that were read with them.

        A reading that is overtaken by one that began later changes nothing. What was written after it began
        may be missing in it, or be there as it was before.
        """
        if reading < self._latest_reading:
            return
        self._latest_reading = reading
        found = {message.id: message for message in messages}
        self._written = {key: number for key, number in self._written.items() if number > reading}
        for written in (self._messages[key] for key in self._written if key in self._messages):
            if written.id not in found or found[written.id].revision < written.revision:
                found[written.id] = written
        self._messages, self._overrides, self._windows = found, overrides, tuple(windows)
        self.renew()

    def put(self, message: Message) -> None:
        """Show a message that was written, unless a later revision of it is known."""
        known = self._messages.get(message.id)
        if known is None or known.revision <= message.revision:
            self._sequence += 1
            self._written[message.id] = self._sequence
            self._messages[message.id] = message
        self.renew()

    def override(self, change: WindowChange) -> None:
        """Show an occurrence as it was changed, though the store cannot say what else was."""
        self._latest_reading = self.begin_reading()
        self._overrides = with_change(self._overrides, change, self._clock())
        self.renew()

    def put_window(self, window: MadeWindow) -> None:
        """Show a made window as it was changed, though the store cannot say what else was."""
        self._latest_reading = self.begin_reading()
        others = tuple(each for each in self._windows if each.id != window.id)
        self._windows = others if window.is_ended else (*others, window)
        self.renew()

    def spool(self, reading: int, spooled: tuple[Spooled, ...]) -> None:
        """Show what was read from the spool over what the store has."""
        if reading >= self._latest_spool_reading:
            self._latest_spool_reading, self._spooled = reading, spooled
            self.renew()

    def renew(self) -> None:
        """Have a new snapshot if what is known, or the time, asks for one."""
        now = self._clock()
        if not self._is_outdated(now):
            return
        began, before = time.perf_counter(), self._snapshot
        messages, overrides, windows = self._compiled_from = self._to_show(now)
        self._snapshot = compile(self.catalog, messages.values(), now, before, overrides, windows)
        self._snapshot.take_over(before)
        unwanted, before.kept.answers = before.kept.answers, {}
        let_go(unwanted)
        self._compile_seconds = time.perf_counter() - began
        self._messages = {key: each for key, each in self._messages.items() if _is_remembered(each, now)}
        for follower in self._snapshot_followers:
            follower()
        self.signal_change()

    def _known(self) -> Mapping[str, Message]:
        """The messages by their ids, as they are when the spool is handed over."""
        known = dict(self._messages)
        for each in self._spooled:
            current = known.get(each.message.id)
            known[each.message.id] = each.message if current is None else with_spooled(current, each)
        return known

    def _to_show(self, now: datetime) -> _Shown:
        """What a snapshot at `now` is compiled from."""
        messages = {
            key: each for key, each in self._known().items() if now < each.shown_until or is_past(each, now)
        }
        overrides = tuple(each for each in self._overrides if now < each.known_until)
        return messages, overrides, self._windows

    def _is_outdated(self, now: datetime) -> bool:
        snapshot = self._snapshot
        return (
            snapshot.catalog is not self.catalog
            # The clock may have been set back.
            or now < snapshot.compiled_at
            or (snapshot.valid_until is not None and snapshot.valid_until <= now)
            or self._to_show(now) != self._compiled_from
        )


def _is_remembered(message: Message, now: datetime) -> bool:
    """Whether the message is not over at `now`, or has not been for so long that nobody needs it."""
    long_over = now - REMEMBERED
    return long_over < message.shown_until or is_past(message, long_over)
