"""The values that stand in several documents of the admin API, and what its documents have in common."""

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from errorhelp.text.times import format_instant, parse_duration, parse_instant


def _read_instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return parse_instant(value)
    raise ValueError(f"{value!r} is not a date-time in quotes (e.g. 2026-11-21T14:00:00+03:00)")


def _read_duration(value: object) -> timedelta:
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError(f"{value!r} is not a duration in quotes (e.g. 90m, 1h30m, 2d)")


def _read_text(value: object) -> object:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and all(isinstance(wording, str) for wording in value.values()):
        return value
    raise ValueError('must be a text, or texts by language (e.g. {"ru": "Звоните 112", "en": "Call 112"})')


def _check_author(name: str) -> str:
    if not name.strip() or not name.isprintable():
        raise ValueError(f"{name!r} is not a name on one line (e.g. anna)")
    return name


Instant = Annotated[
    datetime,
    BeforeValidator(_read_instant),
    PlainSerializer(format_instant, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Duration = Annotated[timedelta, BeforeValidator(_read_duration), WithJsonSchema({"type": "string"})]
TextByLanguage = Annotated[str | dict[str, str], BeforeValidator(_read_text)]
Author = Annotated[str, Field(max_length=200), AfterValidator(_check_author)]


class ApiDocument(BaseModel):
    """What goes over the wire; `component` is its name in OpenAPI, which stays when a class is renamed."""

    component: ClassVar[str]

    def __init_subclass__(cls, component: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.component = component or cls.__name__


class Taken(ApiDocument):
    """What a client sends: unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Given(ApiDocument):
    """What a client gets; names may be added to it."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def columns(cls, *, without: str = "") -> tuple[str, ...]:
        """Its names as a table has them."""
        return tuple(name for name in cls.model_fields if name != without)
