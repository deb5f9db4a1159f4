"""The configuration: YAML files in, settings and the catalog out, or every mistake with its place."""

from errorhelp.config.files import Look, look
from errorhelp.config.load import ConfigurationError, Loaded, load, load_copy
from errorhelp.config.models import Configuration
from errorhelp.config.tree import Mistake, Place

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
