"""The store: messages, their history and changed maintenance, kept so that nothing acknowledged is lost."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from errorhelp.messages.message import Message
from errorhelp.messages.occurrences import WindowChange
from errorhelp.store.access_store import AccessStore
from errorhelp.store.forwarding_store import ForwardingStore
from errorhelp.store.report_store import ReportStore

What = Literal["posted", "changed", "extended", "ended"]


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """One change of a message: who did what and when, and in `data` the message's values after it.

    `seq` grows with every event and is never used twice. `data` holds JSON values, instants as RFC 3339.
    """

    seq: int
    at: datetime
    who: str
    what: What
    message_id: str
    data: dict[str, Any]


class StoreError(Exception):
    """The store did not do what it was asked; nothing was changed."""


class StoreUnavailable(StoreError):
    """The database can't be reached, read or written at present: where it is, why, and what to do."""

    def __init__(self, where: str, reason: str, remedy: str) -> None:
        super().__init__(f"{where}: {reason}; {remedy}")
        self.where = where
        self.reason = reason
        self.remedy = remedy


class NewerSchema(StoreError):
    """The database `where` was written by a newer errorhelp."""

    def __init__(self, where: str, found: int, known: int) -> None:
        super().__init__(
            f"{where}: the database has schema {found} and this errorhelp knows schemas up to {known}; "
            "run the newer errorhelp again, or restore a backup from before its installation"
        )
        self.found = found
        self.known = known


class StaleRevision(StoreError):
    """Somebody changed the message meanwhile; `current` is what it is now."""

    def __init__(self, current: Message) -> None:
        super().__init__(f"message {current.id} was changed meanwhile, to revision {current.revision}")
        self.current = current


class UnknownMessage(StoreError):
    """There is no message with this id, or no longer."""

    def __init__(self, message_id: str) -> None:
        super().__init__(f"there is no message {message_id!r}")
        self.message_id = message_id


class UnknownToken(StoreError):
    """There is no API token with this id."""

    def __init__(self, token_id: str) -> None:
        super().__init__(f"there is no token {token_id!r}")
        self.token_id = token_id


class UnknownProblem(StoreError):
    """There is no problem with this id, or no longer."""

    def __init__(self, problem_id: str) -> None:
        super().__init__(f"there is no problem {problem_id!r}")
        self.problem_id = problem_id


class UnknownReport(StoreError):
    """There is no report with this id, or no longer."""

    def __init__(self, report_id: str) -> None:
        super().__init__(f"there is no report {report_id!r}; reports are kept for a while only")
        self.report_id = report_id


class UnknownEntry(StoreError):
    """There is no entry of the outbox with this id, or no longer: it may have been delivered."""

    def __init__(self, entry_id: str) -> None:
        super().__init__(
            f"there is no entry {entry_id!r} in the outbox; what was delivered is not kept there"
        )
        self.entry_id = entry_id


class Store(Protocol):
    """Messages, their events, and changes of maintenance windows' occurrences, in a database.

    A write is one transaction that holds a message and its event together, and returns when both are
    durable. Instants are kept in whole seconds. NUL and lone surrogates in a text are a ValueError. Any
    method may raise StoreUnavailable.
    """

    @property
    def access(self) -> AccessStore:
        """API tokens and sign-ins."""

    @property
    def reports(self) -> ReportStore:
        """Problems and reports."""

    @property
    def forwarding(self) -> ForwardingStore:
        """What targets were told of problems, and the outbox."""

    async def open(self) -> None:
        """Connect, create what is missing and migrate an older schema; NewerSchema refuses a newer one."""

    async def close(self) -> None:
        """Let go of the database; whoever iterates `changes` must have ended."""

    async def messages(self, shown_after: datetime | None = None) -> list[Message]:
        """Every message that is kept, or those not over at an instant, the earliest start first."""

    async def latest_messages(self, limit: int) -> list[Message]:
        """Up to `limit` messages, those posted last in front."""

    async def message(self, message_id: str) -> Message:
        """One message, or UnknownMessage."""

    async def add(self, message: Message, who: str, at: datetime) -> None:
        """Keep a message under an id of its own, with its event `posted`."""

    async def replace(
        self, message: Message, *, expected_revision: int, what: What, who: str, at: datetime
    ) -> Message:
        """Put the message in the place of its revision `expected_revision`, and return it with the next one.

        StaleRevision if it has another revision by now, UnknownMessage if it is gone.
        """

    async def events(
        self, message_id: str | None = None, after_seq: int = 0, limit: int = 1000
    ) -> list[MessageEvent]:
        """Up to `limit` events that follow the event `after_seq`, of one message or all, in their order."""

    async def latest_events(
        self,
        *,
        who: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before_seq: int | None = None,
        limit: int = 1000,
    ) -> list[MessageEvent]:
        """Up to `limit` events, the newest first: by one person, in `[since, until)`, before `before_seq`."""

    async def add_window_change(self, change: WindowChange) -> None:
        """Keep what somebody did to an occurrence of a maintenance window."""

    async def window_changes(self) -> list[WindowChange]:
        """Every such change that is kept, the oldest first."""

    async def collect(self, before: datetime) -> int:
        """Delete the messages whose shown end is before the instant, each with its events: how many.

        Changes of occurrences go when all of an occurrence is before the instant.
        """

    async def leads(self) -> bool:
        """Whether this node is the one that does what one node must do; another takes over when it dies."""

    def changes(self) -> AsyncGenerator[None, None]:
        """Yield at once, and then after each change by anybody, this store included: read `messages` again.

        StoreUnavailable ends it when it can't watch any longer. Iterating anew misses nothing, since it
        yields at once.
        """
