"""What is shown: the messages that are not over, changed maintenance, and the live snapshot made of them."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from errorhelp.answers.snapshot import compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.config import Loaded
from errorhelp.messages.message import Message
from errorhelp.messages.occurrences import Override
from errorhelp.store.kept_copy import ShownState

Clock = Callable[[], datetime]
Follower = Callable[[], None]

# From so many infobases on, compiling takes longer than other work should wait.
_MANY_INFOBASES = 300


class Live:
    """Holds the live snapshot, of nothing but the catalog at first.

    Whoever has it changed holds `changing`, from the look at what is there to the new snapshot.
    """

    def __init__(self, loaded: Loaded, clock: Clock) -> None:
        self.changing = asyncio.Lock()
        self.loaded = loaded
        self.overrides: tuple[Override, ...] = ()
        self._clock = clock
        self._messages: dict[str, Message] = {}
        self._snapshot_followers: list[Follower] = []
        self._change_followers: list[Follower] = []
        began = time.perf_counter()
        self.snapshot = compile(loaded.catalog, (), clock())
        # How long the last compiling took.
        self.compile_seconds = time.perf_counter() - began

    @property
    def catalog(self) -> Catalog:
        """The catalog in force."""
        return self.loaded.catalog

    @property
    def shown(self) -> ShownState:
        """The messages and the overrides."""
        return ShownState(tuple(self._messages.values()), self.overrides)

    @property
    def messages(self) -> Mapping[str, Message]:
        """The messages that are not over, those to come among them, by their ids."""
        return self._messages

    def on_snapshot(self, follower: Follower) -> None:
        """Call the follower, on the event loop, whenever there is a new snapshot."""
        self._snapshot_followers.append(follower)

    def on_change(self, follower: Follower) -> None:
        """Call the follower, on the event loop, after each snapshot and whenever `tell_change` is called."""
        self._change_followers.append(follower)

    def tell_change(self) -> None:
        """Tell that something is different which people look at, if not the snapshot."""
        for follower in self._change_followers:
            follower()

    async def show(self, messages: Iterable[Message], overrides: tuple[Override, ...]) -> None:
        """Show these and nothing else."""
        self._messages = {message.id: message for message in messages}
        self.overrides = overrides
        await self.compile()

    async def put(self, message: Message) -> None:
        """Show a message, in the place of an earlier state of it."""
        self._messages[message.id] = message
        await self.compile()

    async def compile(self) -> None:
        """Make a new snapshot of what changed, the time included."""
        now = self._clock()
        self._messages = {key: each for key, each in self._messages.items() if now < each.shown_until}
        work = self.catalog, tuple(self._messages.values()), now, self.snapshot, self.overrides
        began = time.perf_counter()
        if len(self.catalog.infobases) > _MANY_INFOBASES:
            self.snapshot = await asyncio.to_thread(compile, *work)
        else:
            self.snapshot = compile(*work)
        self.compile_seconds = time.perf_counter() - began
        for follower in self._snapshot_followers:
            follower()
        self.tell_change()
