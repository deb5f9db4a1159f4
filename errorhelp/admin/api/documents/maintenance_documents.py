"""Occurrences of maintenance windows, and what is changed about them, as documents of the admin API."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from errorhelp.admin.api.documents.document_values import Given, Instant, Taken, TextByLanguage
from errorhelp.admin.api.documents.list_documents import ListPage, ListQuery
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.message_texts import texts_by_language
from errorhelp.messages.message import Severity, State, state
from errorhelp.messages.occurrences import Occurrence
from errorhelp.publishing.publisher import TreeStanding
from errorhelp.text.texts import as_json


class OccurrenceDocument(Given, component="Occurrence"):
    """One occurrence of a maintenance window: as planned, and as it is shown."""

    id: str
    window: str = Field(description="The id of its maintenance window.")
    state: Literal["scheduled", "active", "ended", "skipped"] = Field(description="Where it stands now.")
    changed: bool = Field(description="Whether somebody skipped, moved or ended it.")
    planned_for: Instant = Field(description="When its window has it start.")
    planned_until: Instant = Field(description="When its window has it end.")
    starts_at: Instant = Field(description="When it starts.")
    ends_at: Instant = Field(description="When it ends; if it is skipped, when it starts.")
    targets: tuple[str, ...]
    infobases: tuple[str, ...] = Field(description="The ids of the infobases that its targets mean now.")
    text: TextByLanguage = Field(description="As its window has it, with its braces.")
    live: bool = Field(description="Whether what stands in braces is filled in where it is shown.")
    shown: dict[str, str] = Field(description="What is shown of it in each language.")
    severity: Severity
    tree: Literal["current", "behind"] | None = Field(
        description="Whether the published tree of this service has it as it is; null when there is no tree."
    )
    tree_error: str | None = Field(description="What keeps the tree behind, as far as it is known.")

    @classmethod
    def of(cls, occurrence: Occurrence, catalog: Catalog, now: datetime, tree: TreeStanding) -> Self:
        """The occurrence at `now`, and where the tree stands."""
        planned, message, override = occurrence.planned, occurrence.message, occurrence.override
        stands = state(message, now)
        is_over = stands not in (State.SCHEDULED, State.ACTIVE)
        return cls(
            id=planned.id,
            window=planned.window or "",
            state="skipped" if override and override.is_skip else "ended" if is_over else stands.value,
            changed=override is not None,
            planned_for=planned.starts_at,
            planned_until=planned.ends_at,
            starts_at=message.starts_at,
            ends_at=message.ends_at,
            targets=planned.targets,
            infobases=tuple(infobase.id for infobase in catalog.meant_by(planned.targets)),
            text=as_json(planned.written),
            live=planned.live_text is not None,
            shown=texts_by_language(occurrence.announced, catalog),
            severity=planned.severity,
            tree=None if tree.is_behind is None else "behind" if tree.is_behind else "current",
            tree_error=tree.error,
        )


class Occurrences(ListPage):
    """A page of occurrences: window by window, each in the order of their starts."""

    occurrences: tuple[OccurrenceDocument, ...]


class OccurrenceQuery(ListQuery):
    """Which occurrences to list."""

    window: str = Field("", description="Of this maintenance window, by id.", examples=["nightly"])
    count: int = Field(5, ge=1, le=100, description="How many to come of each window, at most.", examples=[5])
    limit: int | None = Field(
        None, ge=1, description="How many at most; if left out, as many as a page takes."
    )


class NewStart(Taken):
    """When an occurrence is to be shown; it lasts as long as planned."""

    starts_at: Instant = Field(description="Its new start, with an offset.", examples=["now+2h"])
