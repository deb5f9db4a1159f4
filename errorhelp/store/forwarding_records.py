"""What the store keeps of forwarding: what each target was notified of, and the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


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
    """How many entries of a target are in the outbox, and when the oldest that is pending was made."""

    pending: int = 0
    dead: int = 0
    oldest_pending: datetime | None = None


@dataclass(frozen=True, slots=True)
class LastDelivery:
    """How the last attempts to deliver to a target ended.

    `error` says why the one at `tried_at` failed, "" if it did not; `delivered_at` is when the target last took one.
    """

    tried_at: datetime
    delivered_at: datetime | None
    error: str
