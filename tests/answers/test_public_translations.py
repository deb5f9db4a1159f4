"""The public pages speak Russian wherever they speak: no text was forgotten, none is left over."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import errorhelp.answers
from errorhelp.text.languages import INTERFACE_LANGUAGES

ANSWERS = Path(errorhelp.answers.__file__).parent
CATALOGUE = ANSWERS.parent / "text/locale/ru/public.po"
PLACEHOLDER = re.compile(r"%\(\w+\)s|%d|\{\w+\}")


def texts() -> set[str]:
    """Everything that the sources mark for translation."""
    methods = [("templates/**", "jinja2.ext:babel_extract"), ("**.py", "python")]
    options = {"templates/**": {"extensions": "jinja2.ext.i18n"}}
    found = extract_from_dir(ANSWERS, methods, options)
    return {text if isinstance(text, str) else text[0] for _, _, text, _, _ in found}


def test_every_text_is_translated_and_no_other() -> None:
    with CATALOGUE.open("rb") as file:
        translated = read_po(file, locale="ru")
    assert INTERFACE_LANGUAGES == ("en", "ru")
    assert texts() == {each.id if isinstance(each.id, str) else each.id[0] for each in translated if each.id}


def test_each_translation_is_there_in_all_its_forms_with_the_same_placeholders() -> None:
    with CATALOGUE.open("rb") as file:
        translated = read_po(file, locale="ru")
    for each in translated:
        if each.id:
            forms = [each.string] if isinstance(each.string, str) else each.string
            expected = set(PLACEHOLDER.findall(each.id if isinstance(each.id, str) else each.id[0]))
            assert all(form and set(PLACEHOLDER.findall(form)) == expected for form in forms), each.id


@pytest.mark.parametrize("file", sorted(ANSWERS.glob("templates/*.html")), ids=lambda file: file.name)
def test_templates_hold_no_words_that_are_not_marked(file: Path) -> None:
    text = re.sub(
        r"\{% trans.*?endtrans %\}|\{[%{#].*?[%}#]\}|<[^>]*>", "", file.read_text("utf-8"), flags=re.DOTALL
    )
    assert re.findall(r"\w{2,}", text) == []
