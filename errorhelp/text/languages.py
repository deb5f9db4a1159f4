"""The languages that our own words are in, and which of them readers get. Pure."""

from collections.abc import Collection
from functools import cache, lru_cache
from pathlib import Path

LOCALE = Path(__file__).with_name("locale")
"""The folder of what is translated, by language."""

SOURCE_LANGUAGE = "en"
"""The language that the sources are written in."""

INTERFACE_LANGUAGES = (SOURCE_LANGUAGE, "ru")
"""The languages of admin pages and of the command line."""

_LENGTH_OF_A_SCRIPT = 4


@cache
def translated_languages(name: str, locale: Path = LOCALE) -> frozenset[str]:
    """The languages that have a file of that name."""
    return frozenset(file.parent.name for file in locale.glob(f"*/{name}"))


def one_for(code: str, languages: Collection[str]) -> str | None:
    """The one of the languages for readers of `code`: itself, or `ru` for `ru-kz` (RFC 4647, 3.4).

    None for a language that is not among them, and for one in another script: `uz-cyrl` is not read as `uz`.
    """
    while code not in languages:
        code, dash, last = code.rpartition("-")
        if not dash or (len(last) == _LENGTH_OF_A_SCRIPT and last.isalpha()):
            return None
    return code


@lru_cache
def languages_in_turn(code: str, configured: tuple[str, ...], locale: Path = LOCALE) -> tuple[str, ...]:
    """The languages in which readers of `code` get our own words: theirs, the configured ones in order, the sources'.

    Those that have none are left out. A word that the first lacks is in the next.
    """
    offered = {SOURCE_LANGUAGE, *translated_languages("public.po", locale)}
    found = (one_for(each, offered) for each in (code, *configured, SOURCE_LANGUAGE))
    ours = list(dict.fromkeys(each for each in found if each is not None))
    return tuple(ours[: ours.index(SOURCE_LANGUAGE) + 1])
