"""Settings of messages: their limits, templates, and maintenance windows."""

from datetime import timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
)

from errorhelp.catalog.names import check_id
from errorhelp.config.settings.setting_values import (
    Duration,
    Id,
    LocalDateTime,
    Section,
    Texts,
    TextValue,
    from_to,
)
from errorhelp.messages.made_window import MADE, is_made
from errorhelp.messages.message import PAST_FOR, Severity
from errorhelp.messages.recurrence import check_rule


def _check_some_time(duration: timedelta) -> timedelta:
    if not duration:
        raise ValueError("must be longer than nothing (e.g. 2h)")
    return duration


def _check_window_id(text: str) -> str:
    if is_made(text):
        raise ValueError(
            f"{text!r}: ids that begin with {MADE!r} are those of maintenance windows made in the pages; "
            f"choose another one (e.g. {text.removeprefix(MADE) or 'backup'})"
        )
    return check_id(text)


class WindowSettings(Section):
    """A maintenance window: a user message that recurs."""

    id: Annotated[str, AfterValidator(_check_window_id)] = Field(description="Its name.", examples=["backup"])
    targets: Texts = Field(
        min_length=1,
        description="Infobase ids, folders, 1C servers (server:srv1c) or '*'.",
        examples=["[/Finance]"],
    )
    text: TextValue = Field(
        description="What users read, one text or by language.", examples=["Идёт обновление"]
    )
    severity: Severity = Field(
        Severity.MAINTENANCE, description="info, maintenance or outage.", examples=["maintenance"]
    )
    starts_at: LocalDateTime = Field(
        description="The first start, in local time of the configured zone.", examples=["2026-11-22 02:00"]
    )
    duration: Annotated[Duration, AfterValidator(_check_some_time)] = Field(
        description="How long it takes.", examples=["2h"]
    )
    rule: Annotated[str, AfterValidator(check_rule)] = Field(
        description="When it recurs: an RFC 5545 rule.", examples=["FREQ=WEEKLY;BYDAY=SU"]
    )
    note: str = Field("", description="For admins only.", examples=["agreed with finance"])


class MessageSettings(Section):
    """User messages."""

    retention: Duration = Field(
        timedelta(days=365), description="How long messages that are over are kept.", examples=["365d"]
    )
    longest: Duration = Field(
        timedelta(days=30), description="The longest time a message may be shown.", examples=["30d"]
    )
    longest_text: int = Field(
        4000, ge=1, le=100_000, description="The longest text, in characters.", examples=["4000"]
    )
    confirm_above: int = Field(
        50,
        ge=0,
        le=100,
        description="The pages ask once more before a message for more than these per cent of the infobases.",
        examples=["50"],
    )
    afterwards: Annotated[Duration, from_to(timedelta(0), PAST_FOR)] = Field(
        timedelta(hours=2),
        description="How long pages and the feed show the closing words of a message that is over.",
        examples=["2h"],
    )
    remind: Annotated[Duration, from_to(timedelta(0), timedelta(days=1))] = Field(
        timedelta(minutes=10),
        description="How long before the end of a message its author's pages ask whether to extend it.",
        examples=["10m"],
    )


class TemplateSettings(Section):
    """A ready message for the admin pages; {infobase}, {from}, {until} and the message_values are filled in."""

    id: Id = Field(description="Its name in addresses.", examples=["outage"])
    name: TextValue = Field(
        description="What its button says, one text or by language.", examples=["Сервер недоступен"]
    )
    severity: Severity = Field(
        Severity.OUTAGE, description="info, maintenance or outage.", examples=["outage"]
    )
    text: TextValue = Field(
        description="What users read, one text or by language.",
        examples=["{infobase}: сервер недоступен. Вход откроется к {until}, подождите. Вопросы: {phone}"],
    )
