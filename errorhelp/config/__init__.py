"""The configuration: YAML files in, settings and the catalog out, or every mistake with its place."""

from errorhelp.config.configuration_files import Look, look
from errorhelp.config.loading import ConfigurationError, Loaded, load, load_copy
from errorhelp.config.settings.configuration import Configuration
from errorhelp.config.yaml_tree import Mistake, Place

__all__ = [
    "Configuration",
    "ConfigurationError",
    "Loaded",
    "Look",
    "Mistake",
    "Place",
    "load",
    "load_copy",
    "look",
]
