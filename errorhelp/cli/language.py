"""The language that commands speak to people; what programs read (JSON, API, log, schema) is English always."""

import sys
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from errorhelp.text.text_catalogue import TextCatalogue


class SpokenLanguage(StrEnum):
    """What commands can speak; the first is what the sources are written in."""

    EN = "en"
    RU = "ru"


LANGUAGES = tuple(each.value for each in SpokenLanguage)
VARIABLE = "ERRORHELP_LANG"

_OPTION = "--lang"
_OF_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
_WINDOWS_RUSSIAN = 0x19
_LOCALE = Path(__file__).parents[1] / "text" / "locale"
_language: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])


def chosen(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The language by `--lang` in front of the command, `ERRORHELP_LANG` or the locale; English without any."""
    named = _named(arguments) or environment.get(VARIABLE, "")
    if named in LANGUAGES:
        return named
    locale = next((value for name in _OF_LOCALE if (value := environment.get(name))), None)
    if locale is None:
        return "ru" if _windows_is_russian() else LANGUAGES[0]
    return next((each for each in LANGUAGES if locale.lower().startswith(each)), LANGUAGES[0])


def use(language: str) -> None:
    """Speak it from now on."""
    _language.set(language)


def spoken() -> str:
    """The language that is spoken."""
    return _language.get()


def translated(english: str) -> str:
    """A text for people, as it is in the language that is spoken."""
    return english if spoken() == LANGUAGES[0] else catalogue(spoken()).text(english)


@cache
def catalogue(language: str) -> "TextCatalogue":
    """The texts of a language other than English."""
    # English needs none, and no time for one.
    from errorhelp.text.text_catalogue import TextCatalogue, read_po

    return TextCatalogue(read_po((_LOCALE / language / "cli.po").read_text("utf-8")))


def _named(arguments: Sequence[str]) -> str:
    """The value of `--lang`, wherever it stands in front of the command."""
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        option, equals, value = rest.pop(0).partition("=")
        if option == _OPTION:
            return value if equals else "".join(rest[:1])
    return ""


def _windows_is_russian() -> bool:
    if sys.platform != "win32":
        return False
    import ctypes

    # The lower ten bits are the language, the others the country.
    return bool(ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF == _WINDOWS_RUSSIAN)
