"""The settings that a configuration may hold: names, meaning, defaults, examples.

These models are the one table of settings: they validate, and the reference page and the JSON schema for
editors are generated from them.
"""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    Field,
)

from errorhelp.config.settings.copy_settings import CopySettings
from errorhelp.config.settings.infobase_settings import (
    FolderSettings,
    HelpSettings,
    InfobaseSettings,
    ListSettings,
    Publications,
)
from errorhelp.config.settings.listener_settings import (
    AdminSettings,
    HelpJsonSettings,
    LogSettings,
    OfflineSettings,
    PublicSettings,
)
from errorhelp.config.settings.message_settings import MessageSettings, TemplateSettings, WindowSettings
from errorhelp.config.settings.report_settings import ReportSettings
from errorhelp.config.settings.setting_values import (
    EachOnce,
    Language,
    OneOrMore,
    Section,
    Texts,
    TextValue,
    Zone,
    check_store,
    check_value_names,
)
from errorhelp.config.settings.web_server_settings import WebServerSettings


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
    languages: Annotated[tuple[Language, ...], OneOrMore, EachOnce] = Field(
        ("ru", "en"),
        min_length=1,
        description="The languages; the first is the default.",
        examples=["[ru, en]"],
    )
    help: HelpSettings = Field(HelpSettings(), description="Help for everything.")
    publications: Publications = Field(
        (),
        description="Addresses of all infobases whose folder has none and who have none of their own.",
        examples=["[{pattern: 'https://1c.example.com/{ref}', worker: true}]"],
    )
    folders: tuple[FolderSettings, ...] = Field((), description="Folders with help of their own.")
    infobases: tuple[InfobaseSettings, ...] = Field((), description="The infobases.")
    lists: tuple[ListSettings, ...] = Field((), description="The connection lists.")
    maintenance_windows: tuple[WindowSettings, ...] = Field((), description="The maintenance windows.")
    publish: str | None = Field(
        None,
        description="The folder of the published tree: every public answer as a file for a web server.",
        examples=["/srv/errorhelp"],
    )
    publish_copies: tuple[CopySettings, ...] = Field(
        (), description="Copies of all public answers elsewhere, for when this machine is dead."
    )
    offline: OfflineSettings = Field(
        OfflineSettings(), description="The offline page and its service worker."
    )
    web_server: WebServerSettings = Field(
        WebServerSettings(), description="The web server in front, for errorhelp web-server."
    )
    store: Annotated[str, AfterValidator(check_store)] | None = Field(
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
    message_values: Annotated[dict[str, TextValue], AfterValidator(check_value_names)] = Field(
        {},
        description="Texts that templates and messages name in braces, such as {phone}.",
        examples=["{phone: +7 (495) 123-45-67}"],
    )
    log: LogSettings = Field(LogSettings(), description="The log.")
