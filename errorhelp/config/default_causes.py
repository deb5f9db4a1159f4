"""The causes that help pages have before a configuration says anything of them: `text/locale/*/causes.yaml`."""

from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from errorhelp.catalog.help import Cause
from errorhelp.config.settings.infobase_settings import CauseSettings, HelpSettings
from errorhelp.config.yaml_tree import parse, value_of
from errorhelp.text.languages import LOCALE, SOURCE_LANGUAGE, one_for, translated_languages

_FILE = "causes.yaml"


@lru_cache(maxsize=10)
def shipped_causes(languages: tuple[str, ...], locale: Path = LOCALE) -> tuple[Cause, ...]:
    """Those causes, in the order of the page: each text in the languages that have it, and in the sources'."""
    offered = translated_languages(_FILE, locale)
    found = {code: one_for(code, offered) for code in (*languages, SOURCE_LANGUAGE)}
    known = {
        code: {each.id: each for each in _read(locale / language / _FILE)}
        for code, language in found.items()
        if language is not None
    }

    def by_language(cause: str, name: str) -> dict[str, str]:
        texts = {code: getattr(causes.get(cause), name, None) for code, causes in known.items()}
        return {code: text for code, text in texts.items() if text}

    return tuple(
        Cause(id_, by_language(id_, "title"), by_language(id_, "text")) for id_ in known[SOURCE_LANGUAGE]
    )


@cache
def _read(file: Path) -> tuple[CauseSettings, ...]:
    document = parse(file, file.read_bytes())
    assert document.root is not None  # noqa: S101 - the file is ours
    return HelpSettings.model_validate(value_of(document.root)).causes


def causes(settings: Iterable[CauseSettings]) -> tuple[Cause, ...]:
    """The causes that settings describe."""
    return tuple(Cause(each.id, each.title, each.text) for each in settings)
