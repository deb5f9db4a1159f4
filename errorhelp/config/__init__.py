"""The configuration: YAML files in, settings and the catalog out, or every error with its place."""

from errorhelp.config.loading import ConfigurationError, Loaded, load, load_copy
from errorhelp.config.settings.configuration import Configuration
from errorhelp.config.yaml_tree import Diagnostic, Place

__all__ = [
    "Configuration",
    "ConfigurationError",
    "Diagnostic",
    "Loaded",
    "Place",
    "load",
    "load_copy",
]
