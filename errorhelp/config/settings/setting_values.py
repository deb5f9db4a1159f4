"""Kinds of values that settings have: what they take, what they refuse, and the words for it."""

import ipaddress
import re
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetPydanticSchema,
    SecretStr,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import core_schema

from errorhelp.catalog.names import check_folder, check_id
from errorhelp.catalog.publication_pattern import PATTERN_VALUES, example_pattern
from errorhelp.formats.postgres_address import parse_postgres_address
from errorhelp.people.passwords import check_hash
from errorhelp.people.people import check_person_name
from errorhelp.text import markdown
from errorhelp.text.placeholders import check_value_name
from errorhelp.text.texts import Text, in_each_language
from errorhelp.text.times import format_duration, parse_duration, parse_local

_ANCHOR = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}?|\}")
# In double quotes YAML makes them of "C:\new" and "\\srv\Public".
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_NOT_IN_URLS = re.compile(r"[\s\x00-\x1f\x7f\"<>\\]")
_LONGEST_MAX_AGE = timedelta(minutes=5)
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
_LISTEN = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^:\s]+):(?P<port>\d{1,5})")


def _check_url(text: str) -> str:
    try:
        url = urlsplit(text)
        valid = url.scheme in ("http", "https") and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise ValueError(f"{text!r} must start with http:// or https:// (e.g. https://help.example.com)")
    if found := _NOT_IN_URLS.search(text):
        raise ValueError(f"{text!r} holds {found.group()!r}, which cannot stand in an address")
    return text


def check_store(text: str) -> str:
    if parse_postgres_address(text).password is not None:
        raise ValueError(
            "the password must not stand here; leave it out and set the environment variable PGPASSWORD, "
            "or write it into ~/.pgpass (e.g. postgresql://errorhelp@db1/errorhelp)"
        )
    return text


def _check_help_url(text: str) -> str:
    for match in _PLACEHOLDER.finditer(text):
        if match.group() not in ("{infobase}", "{language}"):
            raise ValueError(
                f"{text!r} may hold {{infobase}} and {{language}} and no other braces "
                "(e.g. https://help.example.com/help/{language}/{infobase}.html)"
            )
    _check_url(_PLACEHOLDER.sub("x", text))
    return text


def _check_address(text: str) -> str:
    if "{" in text or "}" in text:
        raise ValueError(f"{text!r} is a pattern; write it as one (e.g. {{pattern: '{example_pattern()}'}})")
    return _check_url(text)


def _check_pattern(text: str) -> str:
    found = [match.group() for match in _PLACEHOLDER.finditer(text)]
    known = [f"{{{name}}}" for name in PATTERN_VALUES]
    if not found or set(found) - set(known):
        raise ValueError(
            f"{text!r} needs at least one of {', '.join(known)}, and may hold no other braces "
            f"(e.g. {example_pattern()})"
        )
    _check_url(_PLACEHOLDER.sub("x", text))
    return text


def _check_language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError(f"{text!r} must be a language code in lower case (e.g. ru)")
    return text


def _read_text(value: object) -> Text:
    if isinstance(value, str):
        return _without_last_breaks(value)
    if (
        isinstance(value, dict)
        and value
        and all(isinstance(key, str) and isinstance(text, str) for key, text in value.items())
    ):
        return {_check_language(language): _without_last_breaks(text) for language, text in value.items()}
    raise ValueError("must be a text, or texts by language (e.g. {ru: 'Звоните 112', en: 'Call 112'})")


def _without_last_breaks(text: str) -> str:
    """YAML ends a block text with a line break that nobody typed."""
    return text.rstrip("\r\n")


def check_anchor(text: str) -> str:
    if not _ANCHOR.fullmatch(text):
        raise ValueError(f"{text!r} must be lower-case words with '-' between them (e.g. no-licence)")
    return text


def _check_title(title: Text) -> Text:
    if not all(map(str.strip, in_each_language(title))):
        raise ValueError("must not be empty (e.g. No licence was found)")
    return title


def _check_markdown(text: Text) -> Text:
    for wording in in_each_language(text):
        markdown.check(wording)
    return text


def _read_duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    return parse_duration(str(value))


def _read_local(value: object) -> datetime:
    return value if isinstance(value, datetime) else parse_local(str(value))


def _read_zone(value: object) -> ZoneInfo:
    try:
        return value if isinstance(value, ZoneInfo) else ZoneInfo(str(value))
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{value!r} must be a time zone of the tz database (e.g. Europe/Moscow)") from None


def _check_plain(text: str) -> str:
    if _CONTROLS.search(text):
        raise ValueError(
            f"{text!r} holds a control character; put a text with backslashes in single quotes "
            r"(e.g. 'C:\new\base')"
        )
    return text


def _check_network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(f"{text!r} must be an address or a network (e.g. 10.0.0.0/24)") from None
    return text


def _check_origin(text: str) -> str:
    _check_url(text)
    url = urlsplit(text)
    if url.path.strip("/") or url.query or url.fragment or url.username is not None:
        raise ValueError(f"{text!r} must be an address and nothing behind it (e.g. https://help.example.com)")
    return text.rstrip("/").lower()


def check_host_name(text: str) -> str:
    _check_url(f"http://{text}")
    if urlsplit(f"http://{text}").hostname != text.lower():
        raise ValueError(f"{text!r} must be the name of a host alone (e.g. 1c.example.com)")
    return text.lower()


def _check_header_name(text: str) -> str:
    if not _HEADER_NAME.fullmatch(text):
        raise ValueError(f"{text!r} must be the name of an HTTP header (e.g. Remote-User)")
    return text


def _check_password_hash(secret: SecretStr) -> SecretStr:
    check_hash(secret.get_secret_value())
    return secret


def check_max_age(duration: timedelta) -> timedelta:
    if duration > _LONGEST_MAX_AGE:
        raise ValueError("must be 5m at most, or a message ended early would go on being shown (e.g. 5s)")
    return duration


def check_value_names(values: dict[str, Text]) -> dict[str, Text]:
    for name in values:
        check_value_name(name)
    return values


def split_listen(text: str) -> tuple[str, int]:
    """Host and port of `host:port`, where an IPv6 address stands in brackets; port 0 is any free one."""
    match = _LISTEN.fullmatch(text)
    if match is None or int(match["port"]) > 65535:
        raise ValueError(f"{text!r} must be host:port (e.g. 127.0.0.1:8080)")
    return match["host"].strip("[]"), int(match["port"])


def _check_listen(text: str) -> str:
    split_listen(text)
    return text


def _one_or_more(value: object) -> object:
    """A single text is as good as a list of one."""
    return (value,) if isinstance(value, str) else value


def _check_each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value!r} stands there twice; name each once")
    return values


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


def from_to(shortest: timedelta, longest: timedelta) -> AfterValidator:
    """Takes durations within the bounds only."""

    def check(duration: timedelta) -> timedelta:
        if not shortest <= duration <= longest:
            raise ValueError(f"must be from {format_duration(shortest)} to {format_duration(longest)}")
        return duration

    return AfterValidator(check)


def _opaque(kind: type) -> GetPydanticSchema:
    """A type that a validator makes and pydantic need not look into."""
    return GetPydanticSchema(lambda _source, _handler: core_schema.is_instance_schema(kind))


Id = Annotated[str, AfterValidator(check_id)]
FolderPath = Annotated[str, AfterValidator(check_folder)]
Url = Annotated[str, AfterValidator(_check_url)]
Address = Annotated[str, AfterValidator(_check_address)]
AddressPattern = Annotated[str, AfterValidator(_check_pattern)]
HelpUrl = Annotated[str, AfterValidator(_check_help_url)]
Language = Annotated[str, AfterValidator(_check_language)]
Network = Annotated[str, AfterValidator(_check_network)]
Origin = Annotated[str, AfterValidator(_check_origin)]
HeaderName = Annotated[str, AfterValidator(_check_header_name)]
PersonName = Annotated[str, AfterValidator(check_person_name)]
PasswordHash = Annotated[SecretStr, AfterValidator(_check_password_hash)]
Plain = Annotated[str, AfterValidator(_check_plain)]
Listen = Annotated[str, AfterValidator(_check_listen)]
FieldName = Annotated[str | None, BeforeValidator(_empty_is_none)]
OneOrMore = BeforeValidator(_one_or_more)
EachOnce = AfterValidator(_check_each_once)
Texts = Annotated[tuple[str, ...], OneOrMore]
TextValue = Annotated[
    Any,
    BeforeValidator(_read_text),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]}
    ),
]
TitleValue = Annotated[TextValue, AfterValidator(_check_title)]
MarkdownValue = Annotated[TextValue, AfterValidator(_check_markdown)]
Duration = Annotated[
    timedelta,
    _opaque(timedelta),
    BeforeValidator(_read_duration),
    WithJsonSchema({"type": "string", "examples": ["90m", "1h30m", "2d"]}),
]
LocalDateTime = Annotated[
    datetime,
    _opaque(datetime),
    BeforeValidator(_read_local),
    WithJsonSchema({"type": "string", "examples": ["2026-11-22 02:00"]}),
]
Zone = Annotated[
    ZoneInfo,
    _opaque(ZoneInfo),
    BeforeValidator(_read_zone),
    WithJsonSchema({"type": "string", "examples": ["Europe/Moscow"]}),
]


class Section(BaseModel):
    """A mapping of the configuration: unknown keys are errors.

    A setting with nothing behind it, as when all below is commented out, is as good as none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nothings(cls, given: object) -> object:
        if not isinstance(given, dict) or None not in given.values():
            return given
        known = cls.model_fields
        return {name: value for name, value in given.items() if value is not None or name not in known}
