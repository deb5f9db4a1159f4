"""Settings of reports, and of the targets to which notifications of them are forwarded."""

from datetime import timedelta
from typing import Annotated

from pydantic import (
    Field,
    model_validator,
)

from errorhelp.config.settings.secret_settings import SecretText
from errorhelp.config.settings.setting_values import (
    Duration,
    HeaderName,
    Id,
    Language,
    OneOrMore,
    Section,
    Texts,
    from_to,
)
from errorhelp.notifications.notification import Occasion
from errorhelp.reports.report import Kind


class ForwardSettings(Section):
    """A target that is notified of problems: by Apprise, or at a webhook."""

    id: Id = Field(description="Its name.", examples=["desk"])
    apprise: SecretText | None = Field(
        None,
        description="An address as Apprise writes them: mail, messengers and the like.",
        examples=["{env: DESK_MAIL}"],
    )
    webhook: SecretText | None = Field(
        None,
        description="An address that takes a POST of JSON.",
        examples=["https://desk.example.com/hooks/1c"],
    )
    secret: SecretText | None = Field(
        None,
        description="Signs what goes to a webhook: whsec_ and 24 to 64 random bytes in base64.",
        examples=["{file: desk.secret}"],
    )
    headers: dict[HeaderName, SecretText] = Field(
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
        description="Infobase ids, folders, 1C servers (server:srv1c) or '*': it is notified of their problems only.",
        examples=["[/Finance]"],
    )
    kinds: Annotated[tuple[Kind, ...], OneOrMore] = Field(
        tuple(Kind), min_length=1, description="login_failure, crash, offline.", examples=["[crash]"]
    )
    occasions: Annotated[tuple[Occasion, ...], OneOrMore] = Field(
        (Occasion.FIRST, Occasion.DIGEST, Occasion.STOPPED),
        min_length=1,
        description="When it is notified: a problem began (first), more came (digest), nothing comes (stopped).",
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
    keep: Annotated[Duration, from_to(timedelta(hours=1), timedelta(days=3650))] = Field(
        timedelta(days=30), description="How long reports are kept as they came.", examples=["30d"]
    )
    keep_problems: Annotated[Duration, from_to(timedelta(hours=1), timedelta(days=3650))] = Field(
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
        1, ge=0, description="The dumpType that the platform gets; dumps are not kept.", examples=["0"]
    )
    forward: tuple[ForwardSettings, ...] = Field((), description="Who is notified of problems.")
    digest: Annotated[Duration, from_to(timedelta(minutes=1), timedelta(days=1))] = Field(
        timedelta(minutes=15),
        description="How often, at most, a target is notified of what came after the first report of a problem.",
        examples=["15m"],
    )
    stopped_after: Annotated[Duration, from_to(timedelta(minutes=1), timedelta(days=7))] = Field(
        timedelta(minutes=30),
        description="After what time without a report a problem has stopped.",
        examples=["30m"],
    )
    quiet_while_explained: bool = Field(
        True,
        description="Whether targets wait while people read a maintenance or outage message.",
        examples=["false"],
    )
    give_up_after: Annotated[Duration, from_to(timedelta(minutes=1), timedelta(days=30))] = Field(
        timedelta(days=1),
        description="How long a notification is tried before an admin has to have it tried again.",
        examples=["1d"],
    )
