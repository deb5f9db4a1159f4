"""Settings of infobases, their folders, their help, and the connection lists that name them."""

from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    model_validator,
)

from errorhelp.catalog.lists import MOST_RULES, Access
from errorhelp.catalog.publication_pattern import example_pattern
from errorhelp.config.settings.secret_settings import SecretSettings
from errorhelp.config.settings.setting_values import (
    Address,
    AddressPattern,
    FolderPath,
    HelpUrl,
    Id,
    Language,
    MarkdownValue,
    OneOrMore,
    Plain,
    Section,
    Texts,
    TextValue,
    TitleValue,
    Url,
    check_anchor,
)
from errorhelp.formats import v8i
from errorhelp.formats.connect_string import (
    FileConnection,
    ServerConnection,
    WebConnection,
    connect_string,
    parse_connect,
    says_all,
)


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


def _nothing_is_empty(keys: object) -> object:
    """A v8i key with nothing behind it has an empty value."""
    if not isinstance(keys, dict):
        return keys
    return {key: "" if value is None else value for key, value in keys.items()}


def _read_publication(value: object) -> object:
    """An address alone is as good as a mapping."""
    return {"url": value} if isinstance(value, str) else value


def _check_v8i_keys(keys: dict[str, str]) -> dict[str, str]:
    for key in keys:
        v8i.check_key(key)
    return keys


class CauseSettings(Section):
    """A section of the help page, "What do you see?". One with the id of another changes that."""

    id: Annotated[str, AfterValidator(check_anchor)] = Field(
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


class PublicationSettings(Section):
    """A web publication of an infobase, or a pattern that gives many theirs; an address alone is as good."""

    url: Address | None = Field(
        None, description="Where browsers reach it.", examples=["https://1c.example.com/erp"]
    )
    pattern: AddressPattern | None = Field(
        None,
        description="The address of each infobase, in place of url. {ref} is its Ref as Connect has it, {ref_lower} "
        "that in lower case, {infobase} its id, {server} its 1C server; one that lacks a value gets no address.",
        examples=["https://1c.example.com/{ref}"],
    )
    worker: bool = Field(
        False,
        description="Whether our service worker shows the offline page there; not with the platform's own.",
        examples=["true"],
    )

    @model_validator(mode="after")
    def _is_url_or_pattern(self) -> "PublicationSettings":
        if (self.url is None) == (self.pattern is None):
            raise ValueError(f"needs either url or pattern (e.g. {{pattern: '{example_pattern()}'}})")
        return self


_Publication = Annotated[
    PublicationSettings,
    BeforeValidator(_read_publication, json_schema_input_type=Address | PublicationSettings),
]
Publications = Annotated[tuple[_Publication, ...], OneOrMore]


class FolderSettings(Section):
    """A folder of infobases. Folders that only hold infobases need not be listed."""

    path: FolderPath = Field(description="The folder.", examples=["/Finance/Payroll"])
    help: HelpSettings = Field(HelpSettings(), description="Help for everything below it.")
    publications: Publications | None = Field(
        None,
        description="Addresses of all below it that have none of their own, in place of those from above; [] is none.",
        examples=["[{pattern: 'https://hr.example.com/{ref_lower}'}]"],
    )
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
        if self.server and self.ref and not self.file and not self.url:
            return self
        given = {name for name in ("server", "ref", "file", "url") if getattr(self, name)}
        if given not in ({"server", "ref"}, {"file"}, {"url"}):
            raise ValueError(
                "needs either server and ref, or file, or url (e.g. {server: srv1c, ref: ERP}); "
                f"it has {', '.join(sorted(given)) or 'none of them'}"
            )
        return self


_Connection = Annotated[
    ConnectSettings, BeforeValidator(_read_connection, json_schema_input_type=str | ConnectSettings)
]


class InfobaseSettings(Section):
    """One infobase."""

    id: Id = Field(description="Its name in addresses and messages.", examples=["erp"])
    aliases: Annotated[tuple[Id, ...], OneOrMore] = Field(
        (), description="Ids it had before; their addresses go on working."
    )
    name: str = Field(min_length=1, description="The name that people see.", examples=["ERP"])
    connect: _Connection = Field(description="How clients reach it.", examples=["{server: srv1c, ref: ERP}"])
    publications: Publications | None = Field(
        None,
        description="Addresses where browsers reach it, in place of those of its folder; [] is none.",
        examples=["https://1c.example.com/erp"],
    )
    folder: FolderPath = Field("/", description="Its folder in launchers.", examples=["/Finance"])
    language: Language | None = Field(
        None, description="The language of answers that name none.", examples=["ru"]
    )
    help: HelpSettings = Field(HelpSettings(), description="Its own help.")
    v8i: V8iKeys = Field({}, description="Further keys of its entry in lists.", examples=["Version: 8.3.27"])


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
