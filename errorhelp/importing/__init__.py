"""Import: lists of infobases that already exist in, configuration out. Pure: it opens no file."""

from collections.abc import Iterable

from errorhelp.formats.cluster_registry import is_registry
from errorhelp.importing.cluster_registry_import import read_registry
from errorhelp.importing.import_contents import Collected
from errorhelp.importing.import_result import Imported, ImportSummary
from errorhelp.importing.import_update import BASE_SUFFIX, Updated, update
from errorhelp.importing.imported_yaml import to_yaml
from errorhelp.importing.publication_suggestion import suggested_pattern
from errorhelp.importing.v8i_import import read_list
from errorhelp.text.texts import one_line

__all__ = [
    "BASE_SUFFIX",
    "ImportSummary",
    "Imported",
    "Updated",
    "import_files",
    "suggested_pattern",
    "to_yaml",
    "update",
]


def import_files(files: Iterable[tuple[str, bytes]]) -> Imported:
    """What connection lists and cluster registries hold; each comes as its name in the report and its bytes.

    Lists count before registries, which know less. ValueError names a file that is neither.
    """
    collected = Collected()
    for name, data in sorted(files, key=lambda file: is_registry(file[1])):
        read = read_registry if is_registry(data) else read_list
        try:
            read(collected, one_line(name), data)
        except ValueError as error:
            raise ValueError(f"{one_line(name)}: {error}") from None
    return collected.imported()
