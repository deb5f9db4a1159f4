"""Every text of the admin pages has a Russian translation, and no translation is left over."""

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import errorhelp

_PACKAGE = Path(errorhelp.__file__).parent
_TEMPLATES = [("**.html", "jinja2.ext:babel_extract")]
_NAMES = re.compile(r"%\((\w+)\)")

Texts = str | tuple[str, ...]


def written() -> set[Texts]:
    """The texts in the templates; one with a plural is both together."""
    found = extract_from_dir(_PACKAGE / "admin" / "templates", _TEMPLATES)
    return {tuple(text) if isinstance(text, (tuple, list)) else text for _, _, text, _, _ in found}


def translated() -> dict[Texts, Texts]:
    with (_PACKAGE / "text" / "locale" / "ru" / "admin.po").open("rb") as file:
        entries = [entry for entry in read_po(file, locale="ru") if entry.id]
    assert not any(entry.fuzzy for entry in entries)
    return {
        tuple(each.id) if isinstance(each.id, (tuple, list)) else each.id: each.string for each in entries
    }


def test_every_text_in_the_templates_is_translated() -> None:
    russian = translated()
    missing = [text for text in written() if not all(_wordings(russian.get(text, "")))]
    assert missing == []


def test_no_translation_is_left_over() -> None:
    assert translated().keys() - written() == set()


def test_a_translation_fills_in_what_its_text_does() -> None:
    for text, wordings in translated().items():
        names = set(_NAMES.findall("".join(text)))
        for wording in _wordings(wordings):
            assert set(_NAMES.findall(wording)) == names, text


def _wordings(texts: Texts) -> tuple[str, ...]:
    return texts if isinstance(texts, tuple) else (texts,)
