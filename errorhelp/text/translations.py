"""Texts in other languages: gettext catalogues, read as they are written (`*.po`). `locale/` has the interface's."""

from functools import lru_cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

_LOCALE = Path(__file__).with_name("locale")

INTERFACE_LANGUAGES = ("en", "ru")
"""The languages of pages; the first is the one that the sources are written in."""


@lru_cache
def translations(domain: str, language: str, locale: Path = _LOCALE) -> NullTranslations:
    """The texts of `{locale}/{language}/{domain}.po`; for a language without one, the source's own."""
    file = locale / language / f"{domain}.po"
    if not file.exists():
        return NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Translations(compiled, domain)
