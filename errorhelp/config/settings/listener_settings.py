"""Settings of what faces people and programs: the listeners, who may come in, the log, help JSON, the offline page."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    model_validator,
)

from errorhelp.config.settings.setting_values import (
    Duration,
    FieldName,
    FolderPath,
    HeaderName,
    Listen,
    Network,
    OneOrMore,
    Origin,
    PasswordHash,
    PersonName,
    Plain,
    Section,
    TextValue,
    Url,
    check_max_age,
    from_to,
)
from errorhelp.formats.help_json import TIME_FORMATS
from errorhelp.people.people import Role

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


class PublicSettings(Section):
    """The public listener: what clients, launchers and browsers ask."""

    listen: Listen = Field("127.0.0.1:8080", description="Host and port.", examples=["0.0.0.0:8080"])
    url: Url | None = Field(
        None,
        description="The address under which clients reach it, for the links that errorhelp writes.",
        examples=["https://help.example.com"],
    )
    max_age: Annotated[Duration, AfterValidator(check_max_age)] = Field(
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
    name: TextValue = Field(
        "",
        description="The name of the organisation, which all public pages show.",
        examples=["ACME Ltd"],
    )
    logo: Plain | None = Field(
        None,
        description="Its logo: a PNG or SVG file beside the configuration, at most 64 KiB.",
        examples=["logo.svg"],
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
    sign_in_idle: Annotated[Duration, from_to(timedelta(minutes=1), timedelta(days=30))] = Field(
        timedelta(hours=12), description="How long a sign-in lasts without use.", examples=["12h"]
    )
    sign_in_longest: Annotated[Duration, from_to(timedelta(minutes=1), timedelta(days=90))] = Field(
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


class OfflineSettings(Section):
    """The offline page, and the service worker of the publications that have `worker: true`."""

    workers: bool = Field(
        True, description="The off switch: false takes every worker out of the browsers.", examples=["false"]
    )
    timeout: Annotated[Duration, from_to(timedelta(seconds=1), timedelta(minutes=4))] = Field(
        timedelta(seconds=30),
        description="How long a worker waits for the 1C web server before it shows the offline page; at most 60s.",
        examples=["30s"],
    )
    longest_pause: Annotated[Duration, from_to(timedelta(seconds=5), timedelta(minutes=10))] = Field(
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


class LogSettings(Section):
    """The log, on standard error."""

    format: Literal["human", "json"] = Field("human", description="human or json.", examples=["json"])
