"""Errors and warnings of settings, by their location in the merged configuration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from errorhelp.config.yaml_tree import Location
from errorhelp.text.texts import Text

_Given = TypeVar("_Given")
_Checked = TypeVar("_Checked")


@dataclass(frozen=True, slots=True)
class SettingDiagnostic:
    """An error or warning at a location; with `key` at its key, `other` is where it clashes with."""

    location: Location
    message: str
    key: bool = False
    other: Location | None = None


class Diagnostics:
    """Collects errors and warnings. Texts may be in one of `languages`; with none known, in any."""

    def __init__(self, languages: Sequence[str]) -> None:
        self.errors: list[SettingDiagnostic] = []
        self.warnings: list[SettingDiagnostic] = []
        self.languages = languages

    def error(self, location: Location, message: str) -> None:
        """Something that must be mended."""
        self.errors.append(SettingDiagnostic(location, message))

    def clash(self, location: Location, message: str, other: Location) -> None:
        """Something that must be mended at one of two places."""
        self.errors.append(SettingDiagnostic(location, message, other=other))

    def warn(self, location: Location, message: str) -> None:
        """Something that an admin should look at all the same."""
        self.warnings.append(SettingDiagnostic(location, message))

    def check_once(self, taken: dict[str, Location], name: str, here: Location, message: str) -> None:
        """Each name once: `taken` are those met so far, with where they stand."""
        first = taken.setdefault(name, here)
        if first != here:
            self.errors.append(SettingDiagnostic(here, f"{name!r} {message}", other=first))

    def check_text(self, here: Location, text: Text | None) -> None:
        """A text by language is in languages of the configuration."""
        if text is not None and not isinstance(text, str):
            for language in text:
                self.check_language((*here, language), language, key=True)

    def check_language(self, here: Location, language: str | None, *, key: bool = False) -> None:
        """A language is one of the configuration's."""
        if language is not None and self.languages and language not in self.languages:
            known = ", ".join(self.languages)
            message = f"{language!r} is not one of the languages ({known}); add it there"
            self.errors.append(SettingDiagnostic(here, message, key))

    def checked(self, here: Location, check: Callable[[_Given], _Checked], given: _Given) -> _Checked | None:
        """What the check makes of what is given; what it has against it (a ValueError) is an error."""
        try:
            return check(given)
        except ValueError as error:
            self.error(here, str(error))
            return None
