"""The history, as documents of the admin API."""

from typing import Literal, Self

from pydantic import Field, RootModel

from errorhelp.admin.api.documents.document_values import Given, Instant, Taken, TextByLanguage
from errorhelp.admin.api.documents.list_documents import ExportQuery, ListPage, ListQuery
from errorhelp.service.history import HistoryEntry
from errorhelp.text.texts import as_json


class ChangeDocument(Given, component="Change"):
    """What somebody did, and what it left."""

    at: Instant
    who: str
    what: str = Field(
        description="posted, made, changed, extended, ended, undone, skipped, moved, restored, …"
    )
    kind: Literal["message", "maintenance", "problem", "template"] = Field(description="What it was done to.")
    about: str = Field(
        description="The id of the message, of the maintenance window, of the problem, or of the template."
    )
    targets: tuple[str, ...]
    text: TextByLanguage = Field(description="What users read from then on; of a problem: its title.")
    starts_at: Instant = Field(
        description="Since when it is shown from then on; of a problem or template: when it was done."
    )
    ends_at: Instant = Field(
        description="Until when it is shown from then on; of a problem or template: when it was done."
    )
    closing: TextByLanguage | None = Field(description="The closing words of a message that was ended.")

    @classmethod
    def of(cls, entry: HistoryEntry) -> Self:
        """The change for clients."""
        return cls(
            at=entry.at,
            who=entry.who,
            what=str(entry.what),
            kind=_kind(entry),
            about=entry.about,
            targets=entry.targets,
            text=as_json(entry.text),
            starts_at=entry.starts_at,
            ends_at=entry.ends_at,
            closing=None if entry.closing is None else as_json(entry.closing),
        )


def _kind(entry: HistoryEntry) -> Literal["message", "maintenance", "problem", "template"]:
    if entry.is_template:
        return "template"
    return "problem" if entry.is_problem else "maintenance" if entry.is_window else "message"


class HistoryDocument(ListPage, component="History"):
    """A page of what people did, the newest first."""

    changes: tuple[ChangeDocument, ...]


class WholeHistory(RootModel[tuple[ChangeDocument, ...]]):
    """What people did, the newest first."""


class _ChangeFilters(Taken):
    """Filters for changes."""

    who: str = Field("", description="By this person or token, by name.", examples=["anna"])
    infobase: str = Field("", description="About this infobase, by id or alias.", examples=["erp"])
    since: Instant | None = Field(None, description="Done then or later.", examples=["now-7d"])
    until: Instant | None = Field(None, description="Done before then.", examples=["now+1d"])


class ChangeQuery(_ChangeFilters, ListQuery):
    """Which changes to list; every filter that is given must fit."""

    limit: int = Field(100, ge=1, le=1000, description="How many at most.", examples=[100])


class ChangeExportQuery(_ChangeFilters, ExportQuery):
    """Which changes to take away; every filter that is given must fit."""
