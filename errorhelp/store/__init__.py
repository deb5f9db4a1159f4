"""The store: messages, their history and changed maintenance, kept so that nothing acknowledged is lost."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.message import Message
from errorhelp.messages.message_template import MessageTemplate
from errorhelp.store.request_records import DoneRequest

What = Literal["posted", "changed", "extended", "updated", "ended", "undone"]
WindowDeed = Literal["made", "changed", "ended"]


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


@dataclass(frozen=True, slots=True)
class WindowEvent:
    """One change of a maintenance window that somebody made; see `MessageEvent`."""

    seq: int
    at: datetime
    who: str
    what: WindowDeed
    window_id: str
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


RESTORE_UNDER_WAY = ("a restore is under way", "nothing is written until it has ended; try again then")
"""Why a store takes nothing while a restore replaces what it holds, and what to do."""


class RestoreUnderWay(StoreUnavailable):
    """The database is being replaced by a backup or a copy: it is read as it was, and takes nothing meanwhile."""

    def __init__(self, where: str) -> None:
        super().__init__(where, *RESTORE_UNDER_WAY)


class NewerSchema(StoreError):
    """The database `where` was written by a newer errorhelp."""

    def __init__(self, where: str, found: int, known: int) -> None:
        super().__init__(
            f"{where}: the database has schema {found} and this errorhelp knows schemas up to {known}; "
            "run the newer errorhelp again, or restore a backup from before its installation"
        )
        self.where = where
        self.found = found
        self.known = known


class StaleRevision(StoreError):
    """Somebody changed the message meanwhile; `current` is what it is now."""

    def __init__(self, current: Message) -> None:
        super().__init__(f"message {current.id} was changed meanwhile, to revision {current.revision}")
        self.current = current


class StaleWindow(StoreError):
    """Somebody changed the maintenance window meanwhile; `current` is what it is now."""

    def __init__(self, current: MadeWindow) -> None:
        super().__init__(
            f"maintenance window {current.id} was changed meanwhile, to revision {current.revision}"
        )
        self.current = current


class RequestDone(StoreError):
    """A request with the same key was done already, as `done` says."""

    def __init__(self, done: DoneRequest) -> None:
        super().__init__(f"a request with this key was done already, to message {done.message.id}")
        self.done = done


class UnknownMessage(StoreError):
    """There is no message with this id, or no longer."""

    def __init__(self, message_id: str) -> None:
        super().__init__(f"there is no message {message_id!r}")
        self.message_id = message_id


class StaleTemplate(StoreError):
    """Somebody changed the template meanwhile; `current` is what it is now."""

    def __init__(self, current: MessageTemplate) -> None:
        super().__init__(f"template {current.id} was changed meanwhile, to revision {current.revision}")
        self.current = current


class UnknownTemplate(StoreError):
    """There is no template with this id, or no longer."""

    def __init__(self, template_id: str) -> None:
        super().__init__(f"there is no template {template_id!r}")
        self.template_id = template_id


class UnknownWindow(StoreError):
    """There is no maintenance window with this id, or no longer."""

    def __init__(self, window_id: str) -> None:
        super().__init__(f"there is no maintenance window {window_id!r}")
        self.window_id = window_id


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


class EntryPending(StoreError):
    """The entry of the outbox is still to be delivered, so it is not dropped."""

    def __init__(self, entry_id: str) -> None:
        super().__init__(f"entry {entry_id} is not dead: it is tried again; only dead entries can be dropped")
        self.entry_id = entry_id
