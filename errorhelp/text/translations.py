"""Texts in other languages: gettext catalogues, read as they are written (`*.po`)."""

from copy import copy
from functools import lru_cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from errorhelp.text.languages import LOCALE


@lru_cache
def translations(domain: str, language: str, locale: Path = LOCALE) -> NullTranslations:
    """The texts of `{locale}/{language}/{domain}.po`; for a language without one, the source's own."""
    file = locale / language / f"{domain}.po"
    if not file.exists():
        return NullTranslations()
    with file.open("rb") as source:
        catalogue = read_po(source, locale=language)
    for each in catalogue:
        # Of a text that lacks a plural form nothing is taken.
        if not isinstance(each.string, str) and not all(each.string or ()):
            each.string = ""
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain)


@lru_cache
def translations_in_turn(domain: str, languages: tuple[str, ...], locale: Path = LOCALE) -> NullTranslations:
    """The texts, each of the first of the languages that has it; else the source's own."""
    found = NullTranslations()
    for language in reversed(languages):
        # The texts are shared, what follows where one lacks is not.
        found, following = copy(translations(domain, language, locale)), found
        found.add_fallback(following)
    return found
