"""Maintenance windows as documents of the admin API: what a client sends to make one, and what it gets."""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, RootModel, WithJsonSchema

from errorhelp.admin.api.documents.document_values import Duration, Given, Instant, Taken, TextByLanguage
from errorhelp.admin.api.documents.list_documents import ListPage, ListQuery
from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.made_window import MadeWindow, is_made, window_state
from errorhelp.messages.message import Severity, State
from errorhelp.messages.occurrences import Override, coming
from errorhelp.messages.window import Window
from errorhelp.publishing.publisher import TreeStanding
from errorhelp.service.window_drafts import WindowDraft
from errorhelp.store import WindowDeed
from errorhelp.store import WindowEvent as StoreWindowEvent
from errorhelp.text.texts import as_json
from errorhelp.text.times import format_duration, parse_local

_NO_TREE = TreeStanding()


def _read_local(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return parse_local(value)
    raise ValueError(f"{value!r} is not a local date and time in quotes (e.g. 2026-11-22 02:00)")


def _format_local(local: datetime) -> str:
    return local.isoformat(timespec="seconds")


LocalTime = Annotated[
    datetime,
    BeforeValidator(_read_local),
    PlainSerializer(_format_local, return_type=str),
    WithJsonSchema({"type": "string"}),
]


class WindowValues(Taken):
    """The values of a maintenance window, as the configuration has them."""

    targets: tuple[str, ...] = Field(
        description="Infobase ids, folder paths (all below them), 1C servers (server:srv1c) or '*' (everything).",
        examples=[["/Finance"]],
        json_schema_extra={"minItems": 1},
    )
    text: TextByLanguage = Field(
        description="What users read: one text, or texts by language.",
        examples=[{"ru": "Резервное копирование", "en": "Backups are being made"}],
    )
    severity: Severity = Field(
        Severity.MAINTENANCE,
        description="How bad it is; the most severe is shown first. If left out: maintenance.",
    )
    starts_at: LocalTime = Field(
        description="The first start, in local time of the service's zone.", examples=["2026-11-22 02:00"]
    )
    duration: Duration = Field(description="How long each occurrence lasts.", examples=["2h"])
    rule: str = Field(description="When it recurs: an RFC 5545 rule.", examples=["FREQ=WEEKLY;BYDAY=SU"])
    note: str = Field("", description="For admins only.", examples=["agreed with finance"])

    @classmethod
    def of_right_fields(cls, given: Mapping[str, Any], wrong: Set[str]) -> Self:
        """The values of those fields that are not wrong, with good ones in place of what a window needs."""
        names = WindowValues.model_fields
        right = {name: value for name, value in given.items() if name in names and name not in wrong}
        needed = {
            "targets": ["*"],
            "text": "-",
            "starts_at": "2000-01-01 00:00",
            "duration": "1m",
            "rule": "FREQ=DAILY",
        }
        return cls.model_validate(needed | right)

    def draft(self) -> WindowDraft:
        """The draft that the values make."""
        return WindowDraft(
            targets=self.targets,
            text=self.text,
            starts_at=self.starts_at,
            duration=self.duration,
            rule=self.rule,
            severity=self.severity,
            note=self.note,
        )


class ChangedWindowValues(WindowValues):
    """Other values of a maintenance window."""

    confirm: bool = Field(
        False,
        description="Change it although occurrences that were skipped, moved or ended would not be planned any more.",
    )


class WindowDocument(Given, component="Window"):
    """A maintenance window."""

    id: str = Field(description="Begins with 'w.' if it was made here; in the configuration none does.")
    made: bool = Field(description="Whether it was made here; those of the configuration are changed there.")
    state: State = Field(description="Where it stands now: expired if it does not come any more.")
    targets: tuple[str, ...]
    infobases: tuple[str, ...] = Field(description="The ids of the infobases that its targets mean now.")
    text: TextByLanguage
    severity: Severity
    starts_at: LocalTime = Field(description="The first start, in local time of the service's zone.")
    duration: str = Field(description="How long each occurrence lasts.")
    rule: str = Field(description="When it recurs: an RFC 5545 rule.")
    next_start: Instant | None = Field(description="When it comes next; null if it does not come any more.")
    note: str
    author: str = Field(description="Who made it; empty for one of the configuration.")
    created_at: Instant | None = Field(description="When it was made; null for one of the configuration.")
    ended_at: Instant | None = Field(description="When somebody ended it.")
    revision: int | None = Field(
        description="Counts its changes from 1; its ETag begins with it. Null for one of the configuration."
    )
    tree: Literal["current", "behind"] | None = Field(
        description="Whether the published tree of this service has it as it is; null when there is no tree."
    )
    tree_error: str | None = Field(description="What keeps the tree behind, as far as it is known.")

    @classmethod
    def of(
        cls,
        window: Window,
        made: MadeWindow | None,
        catalog: Catalog,
        overrides: Iterable[Override],
        now: datetime,
        tree: TreeStanding = _NO_TREE,
    ) -> Self:
        """The window at `now`, as it was made if it was, and where the tree stands."""
        overrides = tuple(overrides)
        stands = window_state(window, now, overrides)
        return cls(
            id=window.id,
            made=is_made(window.id),
            state=stands,
            targets=window.targets,
            infobases=tuple(infobase.id for infobase in catalog.meant_by(window.targets)),
            text=as_json(window.text),
            severity=window.severity,
            starts_at=window.starts_at,
            duration=format_duration(window.duration),
            rule=window.rule,
            next_start=None if stands is State.ENDED else _next_start(window, overrides, now),
            note=window.note,
            author=made.author if made else "",
            created_at=made and made.created_at,
            ended_at=made and made.ended_at,
            revision=made and made.revision,
            tree=None if tree.is_behind is None else "behind" if tree.is_behind else "current",
            tree_error=tree.error,
        )


def _next_start(window: Window, overrides: tuple[Override, ...], now: datetime) -> datetime | None:
    count = 1 + sum(each.window == window.id for each in overrides)
    messages = (each.message for each in coming(window, now, overrides, count))
    return min((each.starts_at for each in messages if now < each.starts_at < each.ends_at), default=None)


class Windows(ListPage):
    """A page of maintenance windows: those of the configuration, then those made here."""

    windows: tuple[WindowDocument, ...]


class WindowQuery(ListQuery):
    """Which maintenance windows to list."""

    ended: bool = Field(False, description="Also those that people ended.")
    limit: int | None = Field(
        None, ge=1, description="How many at most; if left out, as many as a page takes."
    )


class WindowEventDocument(Given, component="WindowEvent"):
    """One change of a maintenance window, and in `data` its values after it."""

    seq: int = Field(description="Grows with every event of any window.")
    at: Instant
    who: str = Field(description="The owner of the token with which it was done.")
    what: WindowDeed
    window_id: str
    data: dict[str, Any]

    @classmethod
    def of(cls, event: StoreWindowEvent) -> Self:
        """The event for clients."""
        return cls.model_validate(event, from_attributes=True)


class WindowEvents(ListPage):
    """A page of the history of a maintenance window, the oldest change first."""

    events: tuple[WindowEventDocument, ...]


class Yaml(RootModel[dict[str, Any]]):
    """An object as YAML in UTF-8."""
