"""What the store keeps of forwarding: what each target was told of, and the outbox."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from errorhelp.notifications.decision import NotifiedProblem, Progress
from errorhelp.reports.report import Problem


class EntryState(StrEnum):
    """Where an entry stands: it will be delivered, or nobody tries any more until an admin says so."""

    PENDING = "pending"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class QueuedNotification:
    """A notification for a target, until it is delivered.

    `seq` grows with every entry and is their order. `id` is what the target may know it again by. `document`
    is the notification. `tried_since` is when trying began, or began again; `error` says why the last of
    the `attempts` since then failed.
    """

    seq: int
    id: str
    target: str
    document: Mapping[str, Any]
    created_at: datetime
    tried_since: datetime
    next_try: datetime
    attempts: int
    error: str
    state: EntryState


@dataclass(frozen=True, slots=True)
class Depth:
    """How many entries of a target are in the outbox."""

    pending: int = 0
    dead: int = 0


class ForwardingStore(Protocol):
    """Targets and their outbox in a database, under the same terms as the rest of a `Store`."""

    async def begin(self, target: str, before: datetime) -> None:
        """From now on the target is remembered; it is not told of problems last seen before the instant.

        For a target that is remembered already this does nothing.
        """

    async def undecided(
        self, target: str, now: datetime, stopped_by: datetime
    ) -> tuple[Progress, Sequence[tuple[Problem, NotifiedProblem]]] | None:
        """What a decision at `now` needs, those first seen in front; nothing for a target that has not begun.

        Closed problems with reports that the target was not told of, the others with such reports unless its
        digest is planned for later, and the open ones last seen at `stopped_by` or before. Their users and
        versions are left out.
        """

    async def keep_decision(
        self,
        target: str,
        progress: Progress,
        told: Mapping[str, NotifiedProblem],
        documents: Iterable[Mapping[str, Any]],
        at: datetime,
    ) -> bool:
        """Remember a decision and put its notifications into the outbox, in one transaction.

        False, and nothing is changed, when somebody else decided since that revision of the progress.
        """

    async def head(self, target: str) -> QueuedNotification | None:
        """The first entry of the target that is pending."""

    async def entries(
        self, *, target: str | None = None, state: EntryState | None = None, limit: int = 1000
    ) -> list[QueuedNotification]:
        """Up to `limit` entries in their order: of a target, in a state."""

    async def delivered(self, entry_id: str) -> None:
        """Remove an entry that was delivered."""

    async def failed(self, entry_id: str, error: str, next_try: datetime | None) -> None:
        """Note a failed attempt and when the next one is; None: it is dead."""

    async def retry(self, entry_id: str, at: datetime) -> QueuedNotification:
        """Have an entry tried again, from the instant on, and return it; UnknownEntry if there is none."""

    async def retry_all(self, target: str, at: datetime) -> int:
        """Have all entries of a target tried again: how many."""

    async def depth(self) -> dict[str, Depth]:
        """How many entries there are, by target."""

    async def collect_entries(self, before: datetime) -> None:
        """Delete the entries made before the instant."""
