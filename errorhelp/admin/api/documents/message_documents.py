"""What a client gets from the admin API."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field, RootModel

from errorhelp.admin.api.documents.document_values import Given, Instant, TextByLanguage
from errorhelp.admin.api.documents.list_documents import ListPage
from errorhelp.admin.api.documents.template_documents import TemplateDocument
from errorhelp.admin.api.documents.window_documents import WindowDocument
from errorhelp.answers.help_answers import help_url, paths
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase as CatalogInfobase
from errorhelp.catalog.message_texts import texts_by_language
from errorhelp.catalog.names import ROOT
from errorhelp.formats.connect_string import connect_string
from errorhelp.messages import occurrences
from errorhelp.messages.message import LaterText, Severity, State, state
from errorhelp.messages.message import Message as UserMessage
from errorhelp.publishing.copier import CopyStatus
from errorhelp.publishing.publisher import TreeStanding, TreeStatus
from errorhelp.service.service import Service
from errorhelp.store import MessageEvent as StoreEvent
from errorhelp.store import What
from errorhelp.system.open_connections import GaveWay, OpenConnections
from errorhelp.text.texts import as_json, choose

_NO_TREE = TreeStanding()


class UpdateDocument(Given, component="Update"):
    """A later wording of a message, and since when users read it."""

    text: TextByLanguage = Field(description="As it was typed, with its braces.")
    at: Instant

    @classmethod
    def of(cls, update: LaterText) -> Self:
        """The update for clients."""
        return cls(text=as_json(update.written), at=update.at)


class MessageDocument(Given, component="Message"):
    """A message as it is now."""

    id: str
    state: State = Field(description="Where it stands now.")
    targets: tuple[str, ...]
    infobases: tuple[str, ...] = Field(description="The ids of the infobases that its targets mean now.")
    text: TextByLanguage = Field(description="As it was typed, with its braces.")
    live: bool = Field(description="Whether what stands in braces is filled in where it is shown.")
    shown: dict[str, str] = Field(
        description="What is shown of it in each language; an infobase's own users read its name for {infobase}."
    )
    severity: Severity
    starts_at: Instant
    ends_at: Instant
    ended_at: Instant | None = Field(description="When somebody ended it, if before its end.")
    updates: tuple[UpdateDocument, ...] = Field(
        description="Later wordings, the newest first: users read that one in place of the text."
    )
    closing: TextByLanguage | None = Field(
        description="Words that help pages, / and the feed show for messages.afterwards when it is over."
    )
    note: str
    author: str
    created_at: Instant
    revision: int = Field(description="Counts its changes from 1; its ETag begins with it.")
    tree: Literal["current", "behind"] | None = Field(
        description="Whether the published tree of this service has it as it is; null when there is no tree."
    )
    tree_error: str | None = Field(description="What keeps the tree behind, as far as it is known.")

    @classmethod
    def of(cls, message: UserMessage, catalog: Catalog, now: datetime, tree: TreeStanding = _NO_TREE) -> Self:
        """The message at `now`, and where the tree stands."""
        return cls(
            id=message.id,
            state=state(message, now),
            targets=message.targets,
            infobases=tuple(infobase.id for infobase in catalog.meant_by(message.targets)),
            text=as_json(message.written),
            live=message.live_text is not None,
            shown=texts_by_language(message, catalog),
            severity=message.severity,
            starts_at=message.starts_at,
            ends_at=message.ends_at,
            ended_at=message.ended_at,
            updates=tuple(map(UpdateDocument.of, message.updates)),
            closing=None if message.closing is None else as_json(message.closing.written),
            note=message.note,
            author=message.author,
            created_at=message.created_at,
            revision=message.revision,
            tree=None if tree.is_behind is None else "behind" if tree.is_behind else "current",
            tree_error=tree.error,
        )


class Messages(ListPage):
    """A page of messages, the newest first."""

    messages: tuple[MessageDocument, ...]
    more: bool = Field(description="Whether there are more that fit, on the next page.")


class AllMessages(RootModel[tuple[MessageDocument, ...]]):
    """Messages, the newest first."""


class OverrideDocument(Given, component="Override"):
    """When an occurrence of a maintenance window is shown instead of as planned; skipped, it starts at its end."""

    window: str
    planned_for: Instant
    planned_until: Instant
    starts_at: Instant
    ends_at: Instant


class Overrides(Given):
    """Every occurrence that is not shown as its window plans it."""

    overrides: tuple[OverrideDocument, ...]

    @classmethod
    def of(cls, overrides: Iterable[occurrences.Override]) -> Self:
        """The document of these occurrences."""
        names = OverrideDocument.model_fields.keys()
        return cls(
            overrides=tuple(
                OverrideDocument(**{name: getattr(each, name) for name in names}) for each in overrides
            )
        )


class EventDocument(Given, component="Event"):
    """One change of a message, and in `data` its values after it."""

    seq: int = Field(description="Grows with every event of any message.")
    at: Instant
    who: str = Field(description="The owner of the token with which it was done.")
    what: What
    message_id: str
    data: dict[str, Any]

    @classmethod
    def of(cls, event: StoreEvent) -> Self:
        """The event for clients."""
        return cls.model_validate(event, from_attributes=True)


class Events(ListPage):
    """A page of the history of a message, the oldest change first."""

    events: tuple[EventDocument, ...]


class PreviewDocument(Given, component="Preview"):
    """What posting a message would do."""

    message: MessageDocument
    infobases: tuple[str, ...] = Field(description="The ids of the infobases that it means.")
    infobase: str | None = Field(description="The infobase whose help is shown; null when it means none.")
    help: dict[str, dict[str, Any]] = Field(description="Its help JSON in each language.")


class InfobaseHelp(Given):
    """An infobase's help in each language, and where it comes from: an id, a folder path or '*'."""

    text: dict[str, str]
    text_from: str
    url: dict[str, str]
    url_from: str


class AddressesDocument(Given, component="Addresses"):
    """Where clients read an infobase's help JSON."""

    default: str = Field(description="In the infobase's own language: its service address.")
    by_language: dict[str, str]


class InfobaseDocument(Given, component="Infobase"):
    """An infobase with its help after inheritance."""

    id: str
    name: str
    connect: str = Field(description="How clients reach it, as connection lists write it.")
    folder: str
    aliases: tuple[str, ...]
    language: str = Field(description="The language of answers that name none.")
    help: InfobaseHelp
    addresses: AddressesDocument

    @classmethod
    def of(cls, infobase: CatalogInfobase, catalog: Catalog) -> Self:
        """The infobase as its catalog has it."""
        help_, languages = catalog.inherited_help(infobase), catalog.languages
        # The paths of its id come first, those of its aliases follow.
        addresses = [catalog.public_url + path for path, _ in paths(catalog, infobase)]
        return cls(
            id=infobase.id,
            name=infobase.name,
            connect=connect_string(infobase.connection),
            folder=infobase.folder,
            aliases=infobase.aliases,
            language=catalog.language_of(infobase),
            help=InfobaseHelp(
                text={language: choose(help_.text, language, languages) for language in languages},
                text_from=help_.text_from,
                url={language: help_url(help_.url, infobase.id, language) for language in languages},
                url_from=help_.url_from,
            ),
            addresses=AddressesDocument(
                default=addresses[0], by_language=dict(zip(languages, addresses[1:], strict=False))
            ),
        )


class Infobases(ListPage):
    """A page of infobases, in the order of the configuration."""

    infobases: tuple[InfobaseDocument, ...]


class ConfigurationDocument(Given, component="Configuration"):
    """The configuration in force, and why the newest one is not."""

    digest: str
    loaded_at: Instant
    refused: str | None = Field(description="Why the newest one is not in force; null when it is.")
    waiting: str | None = Field(description="The digest of one that waits for a confirmation.")
    retention_waits: str | None = Field(
        description="Why the retention of messages in it waits for a confirmation, by its digest; null when not."
    )

    @classmethod
    def of(cls, live: Service) -> Self:
        """The status of a service, for clients."""
        status, retention = live.configuration, live.waiting_retention
        return cls(
            digest=status.digest,
            loaded_at=status.loaded_at,
            refused=status.refused,
            waiting=status.waiting and status.waiting.digest,
            retention_waits=retention and retention.reason(status.digest),
        )


class Reloaded(Given):
    """What became of reading the configuration again."""

    configuration: ConfigurationDocument


class StoreStatus(Given):
    """Whether messages can be read and written."""

    ok: bool
    error: str | None


class Tree(Given):
    """The published tree."""

    folder: str
    published_at: Instant | None = Field(description="When it last held what it must.")
    error: str | None = Field(description="Why it no longer does; null when it does.")

    @classmethod
    def of(cls, status: TreeStatus) -> Self | None:
        """The status for clients, None when no tree is kept."""
        if status.folder is None:
            return None
        return cls(folder=str(status.folder), published_at=status.published_at, error=status.error)


class CopyDocument(Given, component="Copy"):
    """A copy of all public answers elsewhere."""

    id: str
    where: str = Field(description="The folder, or bucket, prefix and host.")
    written_here: bool = Field(description="Whether this node writes it; of several one does.")
    current: bool = Field(description="Whether it is known to hold what is shown now.")
    copied_at: Instant | None = Field(
        description="When it last held what it must, as far as this node knows."
    )
    error: str | None = Field(description="Why it no longer does; null when it does.")
    next_try: Instant | None = Field(description="When it is tried again, if nothing changes before.")

    @classmethod
    def of(cls, status: CopyStatus) -> Self:
        """The status for clients."""
        return cls(
            id=status.id,
            where=status.where,
            written_here=status.is_written_here,
            current=status.is_current,
            copied_at=status.copied_at,
            error=status.error,
            next_try=status.next_try_at,
        )


class ListenerConnections(Given):
    """The connections of a listener."""

    open: int
    most: int = Field(description="How many there may be.")
    gave_way: dict[GaveWay, int] = Field(
        description="How many were closed since the start: idle ones for new ones, as there were too many in all "
        "or from one client; new ones, as all others were in use."
    )

    @classmethod
    def of(cls, connections: OpenConnections) -> Self:
        """Those of a listener now."""
        return cls(open=len(connections), most=connections.caps.most, gave_way=dict(connections.gave_way))


class PublishedDocument(Given, component="Published"):
    """What came of publishing."""

    folder: str
    written: int = Field(description="How many answers were not there as they must be.")
    removed: int = Field(description="How many files of answers that are gone.")


class Status(Given):
    """How the service is doing."""

    version: str
    time: Instant = Field(description="Now, by the service's clock.")
    time_zone: str = Field(description="The zone in which admins type times.")
    languages: tuple[str, ...] = Field(description="The first is the default.")
    configuration: ConfigurationDocument
    infobases: int
    folders: int
    lists: int
    store: StoreStatus
    tree: Tree | None = Field(description="The published tree; null when none is configured.")
    copies: tuple[CopyDocument, ...] = Field(description="The copies that are configured.")
    messages: dict[State, int] = Field(
        description="How many are in each state; while the store is unavailable only those not over."
    )
    next_change: Instant | None = Field(description="When a message starts or ends next, windows included.")
    connections: dict[str, ListenerConnections] = Field(description="Those of the listeners, by name.")
    unknown_proxies: tuple[str, ...] = Field(
        description="Addresses that say for whom they ask, as proxies do, and are not in public.trusted_proxies."
    )

    @classmethod
    def of(
        cls,
        live: Service,
        tree: TreeStatus,
        copies: Iterable[CopyStatus],
        counts: Mapping[State, int],
        connections: Iterable[OpenConnections],
        unknown_proxies: Iterable[str],
        version: str,
        now: datetime,
    ) -> Self:
        """The status at `now` of a service that keeps so many messages, this tree and copies, and of its listeners."""
        catalog = live.catalog
        return cls(
            version=version,
            time=now,
            time_zone=live.loaded.settings.time_zone.key,
            languages=catalog.languages,
            configuration=ConfigurationDocument.of(live),
            infobases=len(catalog.infobases),
            folders=sum(path != ROOT for path in catalog.folder_paths),
            lists=len(catalog.lists),
            store=StoreStatus(ok=live.store_error is None, error=live.store_error),
            tree=Tree.of(tree),
            copies=tuple(map(CopyDocument.of, copies)),
            messages=dict(counts),
            next_change=live.snapshot.valid_until,
            connections={each.listener: ListenerConnections.of(each) for each in connections},
            unknown_proxies=tuple(unknown_proxies),
        )


class Health(Given):
    """That the listener answers."""

    ok: bool


class FieldError(Given):
    """What is wrong with one value."""

    field: str
    message: str


class ProblemDetailDocument(Given, component="Problem"):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str | None = Field(None, description="What to do about it.")
    errors: tuple[FieldError, ...] | None = Field(None, description="Every value that is wrong.")
    message: MessageDocument | None = Field(None, description="The message as somebody else left it.")
    template: TemplateDocument | None = Field(None, description="The template as somebody else left it.")
    window: WindowDocument | None = Field(
        None, description="The maintenance window as somebody else left it."
    )
    occurrences: tuple[str, ...] | None = Field(
        None, description="The ids of occurrences that would not be planned any more."
    )
    id: str | None = Field(None, description="By which the log has the details.")


class OpenApi(RootModel[dict[str, Any]]):
    """The OpenAPI document of this API."""
