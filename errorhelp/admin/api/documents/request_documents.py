"""What a client sends to the admin API."""

from collections.abc import Mapping, Set
from datetime import datetime, timedelta
from typing import Any, Self

from pydantic import ConfigDict, Field

from errorhelp.admin.api.documents.document_values import Author, Duration, Instant, Taken, TextByLanguage
from errorhelp.admin.api.documents.list_documents import ExportQuery, ListQuery, PeriodQuery
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.messages.message import Severity, State
from errorhelp.service.drafts import Draft, InvalidDraft
from errorhelp.store.message_filter import MessageFilter


def _one_of(name: str, other: str) -> dict[str, Any]:
    """The JSON schema's words for: exactly one of these is given, and not as null.

    Not with `oneOf`, in which generators of clients see a choice between two documents without other values.
    """
    given, left_out = {"type": "string"}, {"type": "null"}
    return {
        "if": {"required": [name], "properties": {name: given}},
        "then": {"properties": {other: left_out}},
        "else": {"required": [other], "properties": {other: given}},
    }


class MessageValues(Taken):
    """The values of a message, with either `ends_at` or `duration`."""

    model_config = ConfigDict(json_schema_extra=_one_of("ends_at", "duration"))

    targets: tuple[str, ...] = Field(
        description="Infobase ids, folder paths (all below them), 1C servers (server:srv1c) or '*' (everything).",
        examples=[["erp", "/Finance"]],
        json_schema_extra={"minItems": 1},
    )
    text: TextByLanguage = Field(
        description="What users read: one text, or texts by language.",
        examples=[{"ru": "ERP обновляется", "en": "ERP is being updated"}, "ERP is being updated"],
    )
    severity: Severity = Field(
        Severity.INFO, description="How bad it is; the most severe is shown first. If left out: info."
    )
    starts_at: Instant | None = Field(
        None,
        description="When it starts, with an offset; now, or for a change as before, if left out.",
        examples=["now+1h"],
    )
    ends_at: Instant | None = Field(None, description="When it ends, with an offset.", examples=["now+2h"])
    duration: Duration | None = Field(
        None, description="How long it lasts, from starts_at or else from now.", examples=["90m"]
    )
    note: str = Field("", description="For admins only.", examples=["agreed with finance"])

    @classmethod
    def of_right_fields(cls, given: Mapping[str, Any], wrong: Set[str]) -> Self:
        """The values of those fields that are not wrong, with good ones in place of what a message needs."""
        right = {
            name: value for name, value in given.items() if name in cls.model_fields and name not in wrong
        }
        needed = {"targets": ["*"], "text": "-"}
        if not right.keys() & {"ends_at", "duration"}:
            needed["duration"] = "1m"
        return cls.model_validate(needed | right)

    def draft(self, now: datetime) -> Draft:
        """The draft that the values make at `now`; InvalidDraft unless they give one end."""
        return Draft(
            targets=self.targets,
            text=self.text,
            ends_at=_end(self.ends_at, self.duration, self.starts_at or now),
            severity=self.severity,
            starts_at=self.starts_at,
            note=self.note,
        )


class NewMessage(MessageValues):
    """A message to be posted."""

    author: Author | None = Field(
        None, description="Who says so; the token's owner if left out.", examples=["anna"]
    )


class NewUpdate(Taken):
    """A later wording of a message."""

    text: TextByLanguage = Field(
        description="What users read from now on: one text, or texts by language.",
        examples=["The disk is being replaced; logging in opens at {until}"],
    )


class Ending(Taken):
    """How a message ends."""

    closing: TextByLanguage | None = Field(
        None,
        description="Closing words, one text or by language: help pages, / and the feed show them as past for "
        "messages.afterwards. Of a message that is over, and shown so still, they are given or changed.",
        examples=["ERP works again"],
    )


class Extension(Taken):
    """Another end of a message: either so much later, or an instant."""

    model_config = ConfigDict(json_schema_extra=_one_of("by", "ends_at"))

    by: Duration | None = Field(None, description="How much later than planned.", examples=["30m"])
    ends_at: Instant | None = Field(None, description="The new end, with an offset.", examples=["now+2h"])

    def until(self) -> datetime | timedelta:
        """The new end, or how much later it is; InvalidDraft unless there is one of them."""
        if self.by is not None and self.ends_at is None:
            return self.by
        if self.ends_at is not None and self.by is None:
            return self.ends_at
        raise InvalidDraft([("by", "give either by (e.g. 30m) or ends_at (e.g. 2026-11-21T11:30:00Z)")])


class ReloadOrder(Taken):
    """How to read the configuration again."""

    confirm: str | None = Field(
        None, description="The digest of a configuration that waits, to put it in force.", examples=["3f9a0c"]
    )


class _MessageFilters(Taken):
    """Filters for messages."""

    state: tuple[State, ...] = Field((), description="In one of these states.")
    target: str = Field("", description="With exactly this target.", examples=["/Finance"])
    infobase: str = Field("", description="Meaning this infobase, by id or alias.", examples=["erp"])
    author: str = Field("", description="By this author.", examples=["anna"])
    since: Instant | None = Field(None, description="Posted then or later.", examples=["now-7d"])
    until: Instant | None = Field(None, description="Posted before then.", examples=["now+1d"])

    def filter(self, catalog: Catalog) -> MessageFilter:
        """What is looked for; InvalidDraft for an unknown infobase."""
        keys = _infobase(self.infobase, catalog).target_keys if self.infobase else ()
        return MessageFilter(self.state, self.target, keys, self.author, self.since, self.until)


class MessageQuery(_MessageFilters, ListQuery):
    """Which messages to list; every filter that is given must fit."""

    limit: int = Field(100, ge=1, le=1000, description="How many at most, the newest first.", examples=[100])


class MessageExportQuery(_MessageFilters, ExportQuery):
    """Which messages to take away; every filter that is given must fit."""


class EventQuery(PeriodQuery, ListQuery):
    """Which changes of a message to list."""

    limit: int = Field(1000, ge=1, le=10_000, description="How many at most.", examples=[100])


class WholeListQuery(ListQuery):
    """Which page of a short list is asked for."""

    limit: int | None = Field(
        None, ge=1, description="How many at most; if left out, as many as a page takes."
    )


class PreviewQuery(Taken):
    """Which infobase's help JSON to preview."""

    infobase: str = Field(
        "", description="By id or alias; the first that is meant, if left out.", examples=["erp"]
    )

    def infobase_id(self, catalog: Catalog) -> str | None:
        """The infobase's id, None if none is asked for; InvalidDraft for an unknown one."""
        return _infobase(self.infobase, catalog).id if self.infobase else None


def _end(ends_at: datetime | None, duration: timedelta | None, starts_at: datetime) -> datetime:
    if ends_at is not None and duration is None:
        return ends_at
    if duration is not None and ends_at is None:
        return starts_at.replace(microsecond=0) + duration
    raise InvalidDraft(
        [("ends_at", "give either ends_at (e.g. 2026-11-21T11:00:00Z) or duration (e.g. 90m)")]
    )


def _infobase(any_id: str, catalog: Catalog) -> Infobase:
    infobase = catalog.infobase(any_id)
    if infobase is None:
        raise InvalidDraft([("infobase", f"no infobase has the id {any_id!r}")])
    return infobase
