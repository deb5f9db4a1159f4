"""The items of the configuration's lists, as far as they are valid."""

from collections.abc import Mapping
from dataclasses import dataclass

from errorhelp.config.settings.infobase_settings import FolderSettings, InfobaseSettings, ListSettings
from errorhelp.config.settings.message_settings import WindowSettings


@dataclass(frozen=True, slots=True)
class ValidItems:
    """The valid folders, infobases, lists and windows, by their index in the configuration."""

    folders: Mapping[int, FolderSettings]
    infobases: Mapping[int, InfobaseSettings]
    lists: Mapping[int, ListSettings]
    windows: Mapping[int, WindowSettings]
