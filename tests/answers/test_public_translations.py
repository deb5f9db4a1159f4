"""The public pages speak each of their languages wherever they speak: no text was forgotten, none is left over."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

import errorhelp.answers
from errorhelp.config.default_causes import shipped_causes
from errorhelp.system.shipped_files import shipped
from errorhelp.text.languages import LOCALE, SOURCE_LANGUAGE
from errorhelp.text.markdown import to_html
from errorhelp.text.translations import translations

ANSWERS = Path(errorhelp.answers.__file__).parent
TRANSLATED = ["az", "be", "de", "et", "hr", "kk", "lt", "lv", "ro", "ru", "uk", "uz"]
PLACEHOLDER = re.compile(r"%\(\w+\)s|%d|\{\w+\}")
IN_EVERY_LANGUAGE = pytest.mark.parametrize("language", TRANSLATED)


def texts() -> set[str]:
    """Everything that the sources mark for translation, and the words of the offline page."""
    methods = [("templates/**", "jinja2.ext:babel_extract"), ("**.py", "python")]
    options = {"templates/**": {"extensions": "jinja2.ext.i18n"}}
    found = extract_from_dir(ANSWERS, methods, options)
    marked = {text if isinstance(text, str) else text[0] for _, _, text, _, _ in found}
    offline = json.loads((shipped("service-worker") / "texts.json").read_text("utf-8"))
    return marked | set(offline.pop("severity").values()) | set(offline.values())


def entries(language: str) -> Iterator[tuple[str, Message, list[str]]]:
    """The English text of each entry, the entry, and its translation in every form."""
    with (LOCALE / language / "public.po").open("rb") as file:
        for each in read_po(file, locale=language):
            if each.id:
                forms = [each.string] if isinstance(each.string, str) else list(each.string)
                yield each.id if isinstance(each.id, str) else each.id[0], each, forms


def test_these_are_all_languages() -> None:
    for name in ("public.po", "causes.yaml"):
        found = {file.parent.name for file in LOCALE.glob(f"*/{name}")}
        assert sorted(found - {SOURCE_LANGUAGE}) == TRANSLATED


@IN_EVERY_LANGUAGE
def test_every_text_is_translated_and_no_other(language: str) -> None:
    translated = {english for english, _, forms in entries(language) if all(forms)}
    assert {"missing": texts() - translated, "left over": translated - texts()} == {
        "missing": set(),
        "left over": set(),
    }


@IN_EVERY_LANGUAGE
def test_each_translation_has_the_same_placeholders_and_ends_alike(language: str) -> None:
    for english, each, forms in entries(language):
        for form in forms:
            assert sorted(PLACEHOLDER.findall(form)) == sorted(PLACEHOLDER.findall(english)), english
            assert (form[:1] == ",", form[-1:] in ".?…") == (english[:1] == ",", english[-1:] in ".?…"), form
        assert not each.fuzzy, english


@IN_EVERY_LANGUAGE
def test_things_are_counted_in_the_plural_forms_of_the_language(language: str) -> None:
    plurals = get_plural(language)
    header = (LOCALE / language / "public.po").read_text("utf-8").split("\n\n")[0]
    rule = translations("public", language).plural  # type: ignore[attr-defined]
    assert f"nplurals={plurals.num_plurals};" in header
    assert f'"Language: {language}\\n"' in header
    for english, each, forms in entries(language):
        assert len(forms) == (plurals.num_plurals if each.pluralizable else 1), english
    assert {rule(count) for count in range(200)} == set(range(plurals.num_plurals))


@pytest.mark.parametrize(
    ("language", "counted"),
    [
        ("be", {1: "1 база", 3: "3 базы", 11: "11 баз", 21: "21 база"}),
        ("et", {1: "1 baas", 2: "2 baasi", 21: "21 baasi"}),
        ("kk", {1: "1 база", 7: "7 база"}),
        ("lt", {1: "1 bazė", 2: "2 bazės", 10: "10 bazių", 11: "11 bazių", 21: "21 bazė"}),
        ("lv", {1: "1 bāze", 2: "2 bāzes", 21: "21 bāze", 0: "0 bāzu"}),
        ("ro", {1: "1 bază", 2: "2 baze", 20: "20 de baze", 119: "119 baze"}),
    ],
)
def test_infobases_are_counted(language: str, counted: dict[int, str]) -> None:
    ngettext = translations("public", language).ngettext
    assert {count: ngettext("%d infobase", "%d infobases", count) % count for count in counted} == counted


@IN_EVERY_LANGUAGE
def test_every_cause_is_there_with_a_title_and_the_same_steps(language: str) -> None:
    for cause in shipped_causes((language,)):
        assert isinstance(cause.title, dict) and isinstance(cause.text, dict)
        assert cause.title.get(language), f"{cause.id} has no title in {language}"
        assert cause.text.get(language), f"{cause.id} has no text in {language}"
        marks, expected = (
            re.findall(r"<[a-z]+|\b[45]0\d\b", to_html(cause.text[each])) for each in (language, "en")
        )
        assert marks == expected, cause.id


@pytest.mark.parametrize("file", sorted(ANSWERS.glob("templates/*.html")), ids=lambda file: file.name)
def test_templates_hold_no_words_that_are_not_marked(file: Path) -> None:
    text = re.sub(
        r"\{% trans.*?endtrans %\}|\{[%{#].*?[%}#]\}|<[^>]*>", "", file.read_text("utf-8"), flags=re.DOTALL
    )
    assert re.findall(r"\w{2,}", text) == []
