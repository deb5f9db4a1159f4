"""The catalog out of settings: infobases, folders, lists, windows and their help."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TypeVar, cast

from errorhelp.catalog.catalog import LONGEST_OFFLINE_TIMEOUT, Catalog, Offline
from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Folder, Infobase
from errorhelp.catalog.lists import ConnectionList
from errorhelp.catalog.organisation import Logo, Organisation
from errorhelp.config.default_causes import causes, shipped_causes
from errorhelp.config.diagnostics import Diagnostics
from errorhelp.config.settings.configuration import Configuration
from errorhelp.config.settings.infobase_settings import (
    ConnectSettings,
    FolderSettings,
    HelpSettings,
    InfobaseSettings,
    PublicationSettings,
)
from errorhelp.config.settings.message_settings import WindowSettings
from errorhelp.config.target_references import TargetReferences
from errorhelp.config.yaml_tree import Location
from errorhelp.formats.connect_string import Connection, FileConnection, ServerConnection, WebConnection
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.messages.window import Window
from errorhelp.system.garbage_collection import uncollected

_Value = TypeVar("_Value", bound=Hashable)

ReadInfobase = tuple[Infobase, Sequence[PublicationSettings] | None]
"""An infobase, and what its settings say of its publications; None where it inherits them."""

_NO_HELP = Help()


def build_catalog(
    settings: Configuration,
    infobases: Mapping[str, Infobase],
    folders: Mapping[str, Folder],
    lists: Mapping[str, ConnectionList],
    windows: tuple[Window, ...],
    revised_at: datetime | None,
    logo: Logo | None = None,
) -> Catalog:
    """The catalog of these, with what the settings say of all of them."""
    return Catalog(
        infobases=infobases,
        folders=folders,
        lists=lists,
        windows=windows,
        help=_help(settings.help),
        languages=settings.languages,
        zone=settings.time_zone,
        help_json=HelpJsonFormat(**settings.help_json.model_dump()),
        public_url=(settings.public.url or "").rstrip("/"),
        offline=_offline(settings),
        causes=shipped_causes(settings.languages),
        overview=settings.public.overview,
        organisation=Organisation(settings.public.name, logo),
        afterwards=settings.messages.afterwards,
        revised_at=revised_at,
        values=settings.message_values,
    )


def _offline(settings: Configuration) -> Offline:
    given = settings.offline
    return Offline(
        workers=given.workers,
        timeout=min(given.timeout, LONGEST_OFFLINE_TIMEOUT),
        longest_pause=given.longest_pause,
        reports=settings.reports.enabled,
    )


def build_folders(folders: Mapping[int, FolderSettings]) -> dict[str, Folder]:
    """The folders by path."""
    return {
        each.path: Folder(each.path, _help(each.help), tuple(each.v8i.items())) for each in folders.values()
    }


class InfobaseBuilder:
    """Builds infobases; a value that many of them have is one object, not as many as there are."""

    def __init__(self) -> None:
        self._shared: dict[object, object] = {}

    def build(self, given: InfobaseSettings) -> ReadInfobase:
        """The infobase that settings describe, without publications, and those that it has of its own."""
        shared = self._share
        v8i = tuple(given.v8i.items())
        if v8i not in self._shared:
            v8i = tuple((shared(key), shared(value)) for key, value in v8i)
        infobase = Infobase(
            id=given.id,
            name=given.name,
            connection=uncollected(self._connection(given.connect)),
            aliases=given.aliases,
            folder=shared(given.folder),
            language=shared(given.language),
            help=_help(given.help) if "help" in given.model_fields_set else _NO_HELP,
            v8i=shared(v8i),
        )
        return uncollected(infobase), given.publications

    def _connection(self, given: ConnectSettings) -> Connection:
        if given.file:
            return FileConnection(given.file)
        if given.url:
            return WebConnection(given.url)
        return ServerConnection(self._share(given.server or ""), given.ref or "")

    def _share(self, value: _Value) -> _Value:
        return cast(_Value, self._shared.setdefault(value, value))


def build_windows(
    windows: Mapping[int, WindowSettings],
    zone: tzinfo,
    references: TargetReferences,
    diagnostics: Diagnostics,
) -> Iterator[Window]:
    """The maintenance windows, without those whose rule cannot be."""
    taken: dict[str, Location] = {}
    for index, each in windows.items():
        here: Location = ("maintenance_windows", index)
        diagnostics.check_once(taken, each.id, (*here, "id"), "is already the id of a window")
        diagnostics.check_text((*here, "text"), each.text)
        targets = references.look_up((*here, "targets"), each.targets)
        try:
            yield Window(
                id=each.id,
                targets=targets,
                text=each.text,
                severity=each.severity,
                starts_at=each.starts_at,
                duration=each.duration,
                rule=each.rule,
                zone=zone,
                note=each.note,
            )
        except ValueError as error:
            diagnostics.error((*here, "rule"), str(error))


def _help(settings: HelpSettings) -> Help:
    return Help(settings.text, settings.url, causes(settings.causes))
