"""The settings that a configuration may hold: names, meaning, defaults, examples.

These models are the one table of settings: they validate, and the reference page and the JSON schema for
editors are generated from them.
"""

import ipaddress
import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    SecretStr,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import core_schema

from errorhelp import markdown
from errorhelp.catalog import MOST_RULES, Access, check_folder, check_id
from errorhelp.formats import v8i
from errorhelp.formats.connection import (
    Connection,
    FileConnection,
    ServerConnection,
    WebConnection,
    connect_string,
    parse_connect,
    says_all,
)
from errorhelp.formats.help_json import TIME_FORMATS
from errorhelp.messages import Severity
from errorhelp.passwords import check_hash
from errorhelp.people import Role, check_person_name
from errorhelp.reports.notification import Occasion
from errorhelp.reports.report import Kind
from errorhelp.texts import Text, in_each_language
from errorhelp.times import format_duration, parse_duration, parse_local
from errorhelp.wording import check_value_name

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


def _check_store(text: str) -> str:
    url = urlsplit(text)
    if url.scheme != "postgresql" or not url.path.strip("/"):
        raise ValueError(
            "must be postgresql://user@host/database (e.g. postgresql://errorhelp@db1/errorhelp)"
        )
    if url.password:
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


def _check_language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError(f"{text!r} must be a language code in lower case (e.g. ru)")
    return text


def _read_text(value: object) -> Text:
    if isinstance(value, str):
        return value
    if (
        isinstance(value, dict)
        and value
        and all(isinstance(key, str) and isinstance(text, str) for key, text in value.items())
    ):
        return {_check_language(language): text for language, text in value.items()}
    raise ValueError("must be a text, or texts by language (e.g. {ru: 'Звоните 112', en: 'Call 112'})")


def _check_anchor(text: str) -> str:
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


def _read_connection(value: object) -> object:
    """A `Connect=` string is as good as a mapping."""
    if not isinstance(value, str):
        return value
    connection = parse_connect(value)
    if not says_all(connection, value):
        raise ValueError(
            f"says more than where the infobase is; write {connect_string(connection)!r} here "
            "and the whole as the key Connect under v8i"
        )
    match connection:
        case ServerConnection(server, ref):
            return {"server": server, "ref": ref}
        case FileConnection(path):
            return {"file": path}
        case WebConnection(url):
            return {"url": url}


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


def _check_header_name(text: str) -> str:
    if not _HEADER_NAME.fullmatch(text):
        raise ValueError(f"{text!r} must be the name of an HTTP header (e.g. Remote-User)")
    return text


def _check_password_hash(secret: SecretStr) -> SecretStr:
    check_hash(secret.get_secret_value())
    return secret


def _check_max_age(duration: timedelta) -> timedelta:
    if duration > _LONGEST_MAX_AGE:
        raise ValueError("must be 5m at most, or a message ended early would go on being shown (e.g. 5s)")
    return duration


def _nothing_is_empty(keys: object) -> object:
    """A v8i key with nothing behind it has an empty value."""
    if not isinstance(keys, dict):
        return keys
    return {key: "" if value is None else value for key, value in keys.items()}


def _read_publication(value: object) -> object:
    """An address alone is as good as a mapping."""
    return {"url": value} if isinstance(value, str) else value


def _read_secret_text(value: object) -> object:
    """A text alone is as good as a mapping."""
    return {"secret": value} if isinstance(value, str) else value


def _check_v8i_keys(keys: dict[str, str]) -> dict[str, str]:
    for key in keys:
        v8i.check_key(key)
    return keys


def _check_value_names(values: dict[str, Text]) -> dict[str, Text]:
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


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


def _from_to(shortest: timedelta, longest: timedelta) -> AfterValidator:
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
Texts = Annotated[tuple[str, ...], OneOrMore]
RoleName = Annotated[
    Role,
    Field(
        description="viewer (reads), editor (posts, changes and ends messages too) or admin (everything).",
        examples=["editor"],
    ),
]
EditorsFolders = Annotated[
    tuple[FolderPath, ...],
    OneOrMore,
    Field(
        description="For an editor: messages for these folders and what is below only; all if left out.",
        examples=["/Finance"],
    ),
]
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
    """A mapping of the configuration: unknown keys are mistakes.

    A setting with nothing behind it, as when all below is commented out, is as good as none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nothings(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        known = cls.model_fields
        return {name: value for name, value in given.items() if value is not None or name not in known}


class PublicSettings(Section):
    """The public listener: what clients, launchers and browsers ask."""

    listen: Listen = Field("127.0.0.1:8080", description="Host and port.", examples=["0.0.0.0:8080"])
    url: Url | None = Field(
        None,
        description="The address under which clients reach it, for the links that errorhelp writes.",
        examples=["https://help.example.com"],
    )
    max_age: Annotated[Duration, AfterValidator(_check_max_age)] = Field(
        timedelta(seconds=5),
        description="How long caches may keep an answer; never longer than until the next known change.",
        examples=["5s"],
    )
    trusted_proxies: Annotated[tuple[Network, ...], OneOrMore] = Field(
        (),
        description="Addresses or networks of the proxies whose user header is believed.",
        examples=["127.0.0.1"],
    )
    groups_header: str = Field(
        "Remote-Groups",
        description="The header in which a trusted proxy names the user's groups, with commas in between.",
        examples=["Remote-Groups"],
    )
    user_header: str = Field(
        "Remote-User",
        description="The header in which a trusted proxy names the user.",
        examples=["Remote-User"],
    )
    overview: bool = Field(
        True,
        description="Whether / shows everybody all infobases and messages; off also for feed and calendar.",
        examples=["off"],
    )
    log_requests: bool = Field(False, description="One log line for every public request.", examples=["true"])


class UserSettings(Section):
    """Somebody who signs in with a password, or whom a trusted proxy names."""

    name: PersonName = Field(
        description="The name, as it is typed or as the proxy says it.", examples=["anna"]
    )
    password_hash: PasswordHash | None = Field(
        None,
        description="What 'errorhelp user hash' prints, in single quotes; without it only the proxy signs in.",
        examples=["'$argon2id$v=19$m=65536,t=3,p=4$…'"],
    )
    role: RoleName
    folders: EditorsFolders = ()


class GroupSettings(Section):
    """What the members of a group may do that a trusted proxy names."""

    group: PersonName = Field(description="The group, as the proxy says it.", examples=["1c-admins"])
    role: RoleName
    folders: EditorsFolders = ()


class AdminSettings(Section):
    """The admin listener: API and pages. Never reachable from the internet."""

    listen: Listen = Field("127.0.0.1:8081", description="Host and port.", examples=["127.0.0.1:8081"])
    url: Origin | None = Field(
        None,
        description="The address under which admins reach it, if not by that of the machine; https if it can be.",
        examples=["https://errorhelp.example.com"],
    )
    users: tuple[UserSettings, ...] = Field((), description="Who may sign in.")
    sign_in_idle: Annotated[Duration, _from_to(timedelta(minutes=1), timedelta(days=30))] = Field(
        timedelta(hours=12), description="How long a sign-in lasts without use.", examples=["12h"]
    )
    sign_in_longest: Annotated[Duration, _from_to(timedelta(minutes=1), timedelta(days=90))] = Field(
        timedelta(days=7), description="How long a sign-in lasts at most.", examples=["7d"]
    )
    trusted_proxies: Annotated[tuple[Network, ...], OneOrMore] = Field(
        (),
        description="Addresses or networks of the proxies in front; they are believed for whom they ask.",
        examples=["127.0.0.1"],
    )
    user_header: HeaderName | None = Field(
        None,
        description="The header in which a trusted proxy names the user, if it signs people in.",
        examples=["Remote-User"],
    )
    groups_header: HeaderName = Field(
        "Remote-Groups",
        description="The header in which it names the user's groups, with commas or semicolons in between.",
        examples=["Remote-Groups"],
    )
    groups: tuple[GroupSettings, ...] = Field(
        (), description="What members of groups may do; whoever is among the users has the role given there."
    )
    metrics_from: Annotated[tuple[Network, ...], OneOrMore] = Field(
        (),
        description="Addresses or networks that may read /metrics without a token, unless a trusted proxy's.",
        examples=["10.0.0.9"],
    )


class CauseSettings(Section):
    """A section of the help page, "What do you see?". One with the id of another changes that."""

    id: Annotated[str, AfterValidator(_check_anchor)] = Field(
        description="Its anchor in the address of the page.", examples=["no-licence"]
    )
    title: TitleValue = Field(
        None, description="What people see, one text or by language.", examples=["No licence was found"]
    )
    text: MarkdownValue = Field(
        None,
        description="What to do then, in Markdown without HTML, images and headings; empty leaves it out.",
        examples=["Try again **in ten minutes**."],
    )


class HelpSettings(Section):
    """What a person reads and where the link leads; what is left out is inherited from above."""

    text: TextValue = Field(
        None,
        description="The help text, one or by language.",
        examples=["Позвоните дежурному администратору: +7 (495) 123-45-67"],
    )
    url: HelpUrl | None = Field(
        None,
        description="The help URL, http or https; {infobase} and {language} are filled in.",
        examples=["https://help.example.com/help/{language}/{infobase}.html"],
    )
    causes: tuple[CauseSettings, ...] = Field(
        (), description="Further causes on the help page, or changes to those it has."
    )


V8iKeys = Annotated[dict[str, str], BeforeValidator(_nothing_is_empty), AfterValidator(_check_v8i_keys)]


class FolderSettings(Section):
    """A folder of infobases. Folders that only hold infobases need not be listed."""

    path: FolderPath = Field(description="The folder.", examples=["/Finance/Payroll"])
    help: HelpSettings = Field(HelpSettings(), description="Help for everything below it.")
    v8i: V8iKeys = Field({}, description="Further keys of its entry in lists.", examples=["OrderInTree: 1"])


class ConnectSettings(Section):
    """How clients reach an infobase: `server` and `ref`, or `file`, or `url`."""

    server: Plain | None = Field(None, description="The 1C server, `Srvr`.", examples=["srv1c"])
    ref: Plain | None = Field(None, description="The infobase's name on it, `Ref`.", examples=["ERP"])
    file: Plain | None = Field(
        None, description="The folder of a file infobase.", examples=[r"'\\fs\bases\erp'"]
    )
    url: Url | None = Field(
        None, description="The address of a web publication.", examples=["https://1c.example.com/erp"]
    )

    @model_validator(mode="after")
    def _is_one_way(self) -> "ConnectSettings":
        given = {name for name in ("server", "ref", "file", "url") if getattr(self, name)}
        if given not in ({"server", "ref"}, {"file"}, {"url"}):
            raise ValueError(
                "needs either server and ref, or file, or url (e.g. {server: srv1c, ref: ERP}); "
                f"it has {', '.join(sorted(given)) or 'none of them'}"
            )
        return self

    def connection(self) -> Connection:
        """The connection that the settings describe."""
        if self.file:
            return FileConnection(self.file)
        if self.url:
            return WebConnection(self.url)
        return ServerConnection(self.server or "", self.ref or "")


class PublicationSettings(Section):
    """A web publication of an infobase; an address alone is one without a worker."""

    url: Url = Field(description="Where browsers reach it.", examples=["https://1c.example.com/erp"])
    worker: bool = Field(
        False,
        description="Whether our service worker shows the offline page there; not with the platform's own.",
        examples=["true"],
    )


_Publication = Annotated[
    PublicationSettings, BeforeValidator(_read_publication, json_schema_input_type=Url | PublicationSettings)
]


class InfobaseSettings(Section):
    """One infobase."""

    id: Id = Field(description="Its name in addresses and messages.", examples=["erp"])
    aliases: Annotated[tuple[Id, ...], OneOrMore] = Field(
        (), description="Ids it had before; their addresses go on working."
    )
    name: str = Field(min_length=1, description="The name that people see.", examples=["ERP"])
    connect: Annotated[ConnectSettings, BeforeValidator(_read_connection)] = Field(
        description="How clients reach it.", examples=["{server: srv1c, ref: ERP}"]
    )
    publications: Annotated[tuple[_Publication, ...], OneOrMore] = Field(
        (), description="Addresses where browsers reach it.", examples=["https://1c.example.com/erp"]
    )
    folder: FolderPath = Field("/", description="Its folder in launchers.", examples=["/Finance"])
    language: Language | None = Field(
        None, description="The language of answers that name none.", examples=["ru"]
    )
    help: HelpSettings = Field(HelpSettings(), description="Its own help.")
    v8i: V8iKeys = Field({}, description="Further keys of its entry in lists.", examples=["Version: 8.3.27"])


class SecretSettings(Section):
    """A secret, kept outside the configuration: in an environment variable or a file."""

    env: str | None = Field(None, description="The environment variable.", examples=["OFFICE_LIST_TOKEN"])
    file: str | None = Field(
        None, description="The file, beside the configuration.", examples=["office.token"]
    )

    @model_validator(mode="after")
    def _is_one_place(self) -> "SecretSettings":
        if (self.env is None) == (self.file is None):
            raise ValueError("needs either env or file (e.g. {env: OFFICE_LIST_TOKEN})")
        return self


class SecretTextSettings(SecretSettings):
    """A text that may be secret; it is shown nowhere. A text alone is as good."""

    secret: SecretStr | None = Field(None, description="The text itself.")

    @model_validator(mode="after")
    def _is_one_place(self) -> "SecretTextSettings":
        if [self.env, self.file, self.secret].count(None) != 2:
            raise ValueError("needs either a text, env or file (e.g. {env: DESK_SECRET})")
        return self


_SecretText = Annotated[
    SecretTextSettings, BeforeValidator(_read_secret_text, json_schema_input_type=str | SecretTextSettings)
]


class RuleSettings(Section):
    """Who finds what in a list that is one address for all."""

    users: Texts = Field((), description="Users, as the proxy names them.", examples=["ann"])
    groups: Texts = Field((), description="Groups, as the proxy names them.", examples=["accountants"])
    folders: Annotated[tuple[FolderPath, ...], OneOrMore] = Field(
        (), description="Folders whose infobases, and those below, they find.", examples=["/Finance"]
    )
    infobases: Texts = Field((), description="Further infobases, by id.", examples=["erp"])


class ListSettings(Section):
    """A connection list."""

    id: Id = Field(description="Its name in addresses.", examples=["office"])
    folders: Annotated[tuple[FolderPath, ...], OneOrMore] = Field(
        (), description="Folders whose infobases, and those below, are in it.", examples=["/"]
    )
    infobases: Texts = Field((), description="Further infobases, by id.", examples=["erp"])
    language: Language | None = Field(None, description="The language of its texts.", examples=["ru"])
    access: Access = Field(
        Access.PUBLIC,
        description="Who may read it: public, token, or proxy (a trusted proxy names the user).",
        examples=["public"],
    )
    token: SecretSettings | None = Field(
        None,
        description="Where the token of a list with token access is.",
        examples=["{env: OFFICE_LIST_TOKEN}"],
    )
    rules: tuple[RuleSettings, ...] = Field(
        (),
        max_length=MOST_RULES,
        description="With access proxy: who finds which infobases. Whom no rule matches finds an empty list.",
    )
    carries_messages: bool = Field(
        False,
        description="Put the current user message, with its end, in front of the help text.",
        examples=["true"],
    )


class WindowSettings(Section):
    """A maintenance window: a user message that recurs."""

    id: Id = Field(description="Its name.", examples=["backup"])
    targets: Texts = Field(min_length=1, description="Infobase ids, folders or '*'.", examples=["[/Finance]"])
    text: TextValue = Field(
        description="What users read, one text or by language.", examples=["Идёт обновление"]
    )
    severity: Severity = Field(
        Severity.MAINTENANCE, description="info, maintenance or outage.", examples=["maintenance"]
    )
    starts_at: LocalDateTime = Field(
        description="The first start, in local time of the configured zone.", examples=["2026-11-22 02:00"]
    )
    duration: Duration = Field(description="How long it takes.", examples=["2h"])
    rule: str = Field(description="When it recurs: an RFC 5545 rule.", examples=["FREQ=WEEKLY;BYDAY=SU"])
    note: str = Field("", description="For admins only.", examples=["agreed with finance"])


class OfflineSettings(Section):
    """The offline page, and the service worker of the publications that have `worker: true`."""

    workers: bool = Field(
        True, description="The off switch: false takes every worker out of the browsers.", examples=["false"]
    )
    timeout: Annotated[Duration, _from_to(timedelta(seconds=1), timedelta(minutes=4))] = Field(
        timedelta(seconds=30),
        description="How long a worker waits for the 1C web server before it shows the offline page.",
        examples=["30s"],
    )
    longest_pause: Annotated[Duration, _from_to(timedelta(seconds=5), timedelta(minutes=10))] = Field(
        timedelta(seconds=60),
        description="The longest pause between two looks of the page for recovery.",
        examples=["60s"],
    )


class HelpJsonSettings(Section):
    """The help JSON. Only the name userMessage is public, so names and time format can be changed."""

    help_text: FieldName = Field("helpText", description="Name of the help text; empty leaves it out.")
    help_url: FieldName = Field("helpUrl", description="Name of the help URL; empty leaves it out.")
    user_message: str = Field("userMessage", min_length=1, description="Name of the user message.")
    user_message_until: FieldName = Field(
        "userMessageUntil", description="Name of its end; empty leaves it out."
    )
    messages: FieldName = Field("messages", description="Name of the message list; empty leaves it out.")
    time_format: Literal["iso", "iso-utc", "iso-local", "1c", "unix", "unix-ms"] = Field(
        "iso",
        description="; ".join(f"{name}: {meaning}" for name, meaning in TIME_FORMATS.items()),
        examples=["iso"],
    )

    @model_validator(mode="after")
    def _have_different_names(self) -> "HelpJsonSettings":
        names = (self.help_text, self.help_url, self.user_message, self.user_message_until, self.messages)
        given = [name for name in names if name]
        if twice := next((name for name in given if given.count(name) > 1), None):
            raise ValueError(f"two fields are called {twice!r}; give each a name of its own")
        return self


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
    remind: Annotated[Duration, _from_to(timedelta(0), timedelta(days=1))] = Field(
        timedelta(minutes=10),
        description="How long before the end of a message its author's pages ask whether to extend it.",
        examples=["10m"],
    )


class ForwardSettings(Section):
    """A target that is told of problems: by Apprise, or at a webhook."""

    id: Id = Field(description="Its name.", examples=["desk"])
    apprise: _SecretText | None = Field(
        None,
        description="An address as Apprise writes them: mail, messengers and the like.",
        examples=["{env: DESK_MAIL}"],
    )
    webhook: _SecretText | None = Field(
        None,
        description="An address that takes a POST of JSON.",
        examples=["https://desk.example.com/hooks/1c"],
    )
    secret: _SecretText | None = Field(
        None,
        description="Signs what goes to a webhook: whsec_ and 24 to 64 random bytes in base64.",
        examples=["{file: desk.secret}"],
    )
    headers: dict[HeaderName, _SecretText] = Field(
        {}, description="Further headers for a webhook.", examples=["Authorization: {env: DESK_TOKEN}"]
    )
    body: str | None = Field(
        None,
        min_length=1,
        description="A Jinja2 template: the body of a webhook, or the text for Apprise.",
        examples=["'{\"summary\": {{ title | tojson }}}'"],
    )
    targets: Texts = Field(
        ("*",),
        min_length=1,
        description="Infobase ids, folders or '*': it is told of their problems only.",
        examples=["[/Finance]"],
    )
    kinds: Annotated[tuple[Kind, ...], OneOrMore] = Field(
        tuple(Kind), min_length=1, description="login_failure, crash, offline.", examples=["[crash]"]
    )
    occasions: Annotated[tuple[Occasion, ...], OneOrMore] = Field(
        (Occasion.FIRST, Occasion.DIGEST, Occasion.STOPPED),
        min_length=1,
        description="When it is told: a problem began (first), more came (digest), nothing comes (stopped).",
        examples=["[first, stopped]"],
    )
    language: Language | None = Field(None, description="The language of its texts.", examples=["ru"])

    @model_validator(mode="after")
    def _is_one_way(self) -> "ForwardSettings":
        if (self.apprise is None) == (self.webhook is None):
            raise ValueError("needs either apprise or webhook (e.g. webhook: https://desk.example.com/1c)")
        if self.webhook is None and (self.secret or self.headers):
            raise ValueError("has a secret or headers, which only a webhook has; leave them out")
        return self


class ReportSettings(Section):
    """Reports of failed logins and crashes. Switched off, none is kept, and help is answered all the same."""

    enabled: bool = Field(False, description="Whether reports are taken in and kept.", examples=["true"])
    keep: Annotated[Duration, _from_to(timedelta(hours=1), timedelta(days=3650))] = Field(
        timedelta(days=30), description="How long reports are kept as they came.", examples=["30d"]
    )
    keep_problems: Annotated[Duration, _from_to(timedelta(hours=1), timedelta(days=3650))] = Field(
        timedelta(days=365),
        description="How long a problem and its counts are kept after it was last seen.",
        examples=["365d"],
    )
    largest_store: int = Field(
        500,
        ge=1,
        le=1_000_000,
        description="How many MiB of reports are kept; the oldest go.",
        examples=["500"],
    )
    samples: int = Field(
        20,
        ge=1,
        le=10_000,
        description="How many reports of a problem are kept each hour; all are counted.",
        examples=["20"],
    )
    largest: int = Field(
        8, ge=1, le=100, description="The largest crash report that is read, in MiB.", examples=["8"]
    )
    rate: int = Field(
        2000, ge=1, le=100_000, description="How many reports a second are taken in.", examples=["2000"]
    )
    rate_per_address: int = Field(
        100,
        ge=1,
        le=100_000,
        description="How many of them from one address, which may be a terminal server's.",
        examples=["100"],
    )
    user_names: bool = Field(
        False, description="Whether names of users, and screenshots, are kept.", examples=["true"]
    )
    addresses: bool = Field(
        False,
        description="Whether addresses of clients are kept, and not only their networks.",
        examples=["true"],
    )
    dump_type: int = Field(
        1, ge=0, description="The dumpType that the platform is told; dumps are not kept.", examples=["0"]
    )
    forward: tuple[ForwardSettings, ...] = Field((), description="Who is told of problems.")
    digest: Annotated[Duration, _from_to(timedelta(minutes=1), timedelta(days=1))] = Field(
        timedelta(minutes=15),
        description="How often a target is told, at most, what came after the first report of a problem.",
        examples=["15m"],
    )
    stopped_after: Annotated[Duration, _from_to(timedelta(minutes=1), timedelta(days=7))] = Field(
        timedelta(minutes=30),
        description="After what time without a report a problem has stopped.",
        examples=["30m"],
    )
    quiet_while_explained: bool = Field(
        True,
        description="Whether targets wait while people read a maintenance or outage message.",
        examples=["false"],
    )
    give_up_after: Annotated[Duration, _from_to(timedelta(minutes=1), timedelta(days=30))] = Field(
        timedelta(days=1),
        description="How long a notification is tried before an admin has to have it tried again.",
        examples=["1d"],
    )


class TemplateSettings(Section):
    """A ready message for the admin pages; {infobase}, {until} and the message_values are filled in."""

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


class LogSettings(Section):
    """The log, on standard error."""

    format: Literal["human", "json"] = Field("human", description="human or json.", examples=["json"])


class Configuration(Section):
    """The configuration of errorhelp."""

    include: Texts = Field(
        (), description="Further files, beside this one; patterns allowed.", examples=['["*.yaml"]']
    )
    public: PublicSettings = Field(PublicSettings(), description="The public listener.")
    admin: AdminSettings = Field(AdminSettings(), description="The admin listener.")
    time_zone: Zone = Field(
        ZoneInfo("UTC"),
        description="The zone in which times are typed and shown.",
        examples=["Europe/Moscow"],
    )
    languages: Annotated[tuple[Language, ...], OneOrMore] = Field(
        ("ru", "en"),
        min_length=1,
        description="The languages; the first is the default.",
        examples=["[ru, en]"],
    )
    help: HelpSettings = Field(HelpSettings(), description="Help for everything.")
    folders: tuple[FolderSettings, ...] = Field((), description="Folders with help of their own.")
    infobases: tuple[InfobaseSettings, ...] = Field((), description="The infobases.")
    lists: tuple[ListSettings, ...] = Field((), description="The connection lists.")
    maintenance_windows: tuple[WindowSettings, ...] = Field((), description="The maintenance windows.")
    publish: str | None = Field(
        None,
        description="The folder of the published tree: every public answer as a file for a web server.",
        examples=["/srv/errorhelp"],
    )
    offline: OfflineSettings = Field(
        OfflineSettings(), description="The offline page and its service worker."
    )
    store: Annotated[str, AfterValidator(_check_store)] | None = Field(
        None,
        description="The PostgreSQL database of several nodes; without it the state directory holds a file.",
        examples=["postgresql://errorhelp@db1/errorhelp"],
    )
    help_json: HelpJsonSettings = Field(HelpJsonSettings(), description="The help JSON's names and times.")
    messages: MessageSettings = Field(MessageSettings(), description="User messages.")
    reports: ReportSettings = Field(ReportSettings(), description="Reports of failed logins and crashes.")
    message_templates: tuple[TemplateSettings, ...] = Field(
        (), description="Ready messages for the admin pages."
    )
    message_values: Annotated[dict[str, TextValue], AfterValidator(_check_value_names)] = Field(
        {},
        description="Texts that templates and messages name in braces, such as {phone}.",
        examples=["{phone: +7 (495) 123-45-67}"],
    )
    log: LogSettings = Field(LogSettings(), description="The log.")
