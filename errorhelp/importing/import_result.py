"""What an import found, before it is written as configuration."""

from dataclasses import dataclass

from errorhelp.catalog.infobase import Folder, Infobase


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """How many infobases and folders were imported, and what an admin should look at.

    A note is one line, `file:line: text`, and never holds a secret's value.
    """

    infobases: int
    folders: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """The infobases and folders of some files, in order.

    `left_over` are the files' lines, as `file:line: text`, for which the configuration has no place.
    """

    files: tuple[str, ...]
    infobases: tuple[Infobase, ...]
    folders: tuple[Folder, ...]
    left_over: tuple[str, ...]
    report: ImportSummary
