"""Targets and the outbox, as the admin API gives them."""

from collections.abc import Container, Iterable, Mapping
from typing import Any, Self

from pydantic import Field

from errorhelp.admin.api.documents.document_values import Given, Instant
from errorhelp.admin.api.documents.list_documents import ListPage, ListQuery, PeriodQuery
from errorhelp.notifications.notification_target import NotificationTarget as ConfiguredTarget
from errorhelp.store.forwarding_records import Depth, EntryState, LastDelivery
from errorhelp.store.forwarding_records import QueuedNotification as StoredEntry


class OutboxEntry(Given):
    """A notification that a target has not taken yet."""

    id: str
    target: str = Field(description="The id of the target.")
    target_gone: bool = Field(
        description="Whether the target is configured no more: then nobody delivers this, and it can only be dropped."
    )
    state: EntryState = Field(description="pending, or dead: not tried any more.")
    created_at: Instant
    attempts: int = Field(description="How often it was tried.")
    next_try: Instant = Field(description="Not tried before; a pending one waits for those in front, too.")
    error: str = Field(description="Why the last attempt failed; empty if there was none.")
    notification: Mapping[str, Any] = Field(description="What is sent, as templates of bodies have it.")

    @classmethod
    def of(cls, entry: StoredEntry, targets: Container[str]) -> Self:
        """The entry for clients; `targets` are the ids of those that are configured."""
        return cls(
            id=entry.id,
            target=entry.target,
            target_gone=entry.target not in targets,
            state=entry.state,
            created_at=entry.created_at,
            attempts=entry.attempts,
            next_try=entry.next_try,
            error=entry.error,
            notification=entry.document,
        )


class Outbox(ListPage):
    """A page of entries, in the order in which they are delivered."""

    entries: tuple[OutboxEntry, ...]


class OutboxQuery(PeriodQuery, ListQuery):
    """Which entries to list; every filter that is given must fit."""

    target: str = Field("", description="For this target, by id.", examples=["desk"])
    state: EntryState | None = Field(None, description="In this state.", examples=["dead"])
    limit: int = Field(100, ge=1, le=1000, description="How many at most.", examples=[100])


class TargetDocument(Given, component="Target"):
    """Somebody who is notified of problems."""

    id: str
    by: str = Field(description="apprise or webhook.")
    infobases: int = Field(description="Of how many infobases it hears.")
    pending: int = Field(description="How many entries of the outbox wait for it.")
    dead: int = Field(description="How many are not tried any more.")
    tried_at: Instant | None = Field(
        description="When something was last tried to be delivered; tests do not count."
    )
    delivered_at: Instant | None = Field(description="When it last took something.")
    error: str = Field(description="Why the last attempt failed; empty if it did not, or there was none.")

    @classmethod
    def of(cls, target: ConfiguredTarget, depth: Depth, last: LastDelivery | None) -> Self:
        """The target with the depth of its outbox, and how the last attempt ended."""
        return cls(
            id=target.id,
            by=target.way,
            infobases=len(target.infobases),
            pending=depth.pending,
            dead=depth.dead,
            tried_at=last and last.tried_at,
            delivered_at=last and last.delivered_at,
            error=last.error if last else "",
        )


class TargetsDocument(Given, component="Targets"):
    """The targets of the configuration, in its order."""

    targets: tuple[TargetDocument, ...]

    @classmethod
    def of(
        cls,
        targets: Iterable[ConfiguredTarget],
        depth: Mapping[str, Depth],
        last: Mapping[str, LastDelivery],
    ) -> Self:
        """The targets with the depth of their outbox, and how the last attempts ended."""
        return cls(
            targets=tuple(
                TargetDocument.of(each, depth.get(each.id, Depth()), last.get(each.id)) for each in targets
            )
        )


class Retried(Given):
    """How many entries will be tried again."""

    retried: int


class Dropped(Given):
    """How many entries were dropped."""

    dropped: int


class Tested(Given):
    """Whether a target took a test notification."""

    target: str
    delivered: bool
    error: str = Field(description="Why it was not delivered.")
