"""The items of the configuration's lists, as far as they are valid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from errorhelp.catalog.infobase import Infobase
from errorhelp.config.settings.infobase_settings import FolderSettings, ListSettings, PublicationSettings
from errorhelp.config.settings.message_settings import WindowSettings


@dataclass(frozen=True, slots=True)
class ValidItems:
    """The valid folders, lists and windows, and the infobases built of valid ones, by index in the configuration."""

    folders: Mapping[int, FolderSettings]
    infobases: Mapping[int, Infobase]
    own_publications: Mapping[int, Sequence[PublicationSettings]]
    lists: Mapping[int, ListSettings]
    windows: Mapping[int, WindowSettings]
