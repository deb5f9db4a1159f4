"""Import: lists of infobases that already exist in, configuration out. Pure: it opens no file."""

from errorhelp.importing.from_v8i import infobases_from_v8i
from errorhelp.importing.imported import Imported, Report
from errorhelp.importing.to_yaml import to_yaml

__all__ = ["Imported", "Report", "infobases_from_v8i", "to_yaml"]
