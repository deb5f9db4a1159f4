"""The configuration: YAML files in, settings and the catalog out, or every mistake with its place."""

from errorhelp.config.loading import ConfigurationError, Loaded, load, load_copy
from errorhelp.config.settings.configuration import Configuration
from errorhelp.config.yaml_tree import Mistake, Place

__all__ = [
    "Configuration",
    "ConfigurationError",
    "Loaded",
    "Mistake",
    "Place",
    "load",
    "load_copy",
]
