"""Texts in one language or several, and texts on one line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.text.texts import choose, in_each_language, one_line

LANGUAGES = ("ru", "en")


def test_a_plain_text_serves_every_language() -> None:
    assert choose("Звоните 112", "en", LANGUAGES) == "Звоните 112"


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ({"ru": "Звоните", "en": "Call", "de": "Rufen"}, "Rufen"),
        ({"en": "Call", "ru": "Звоните"}, "Звоните"),
        ({"en": "Call"}, "Call"),
        ({"fr": "Appelez"}, "Appelez"),
        ({}, ""),
    ],
)
def test_without_a_text_in_the_language_the_first_configured_one_that_has_it_serves(
    text: dict[str, str], chosen: str
) -> None:
    assert choose(text, "de", LANGUAGES) == chosen


def test_each_wording_of_a_text_is_there_to_check() -> None:
    assert list(in_each_language("x")) == ["x"]
    assert list(in_each_language({"ru": "а", "en": "b"})) == ["а", "b"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Сервер обновляется\nВход в 14:00", "Сервер обновляется. Вход в 14:00"),
        ("Сервер обновляется.\r\nВход в 14:00", "Сервер обновляется. Вход в 14:00"),
        ("Звоните:\n112", "Звоните: 112"),
        ("one\n\n  \n two", "one. two"),
        ("\n\n one \r\n", "one"),
        ("one\u2028two\u2029three\x85four\vfive", "one. two. three. four. five"),
        ("tab\there", "tab here"),
        ("nul\x00here", "nul here"),
        ("  plain  ", "plain"),
        ("", ""),
    ],
)
def test_a_text_goes_on_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text(st.one_of(st.characters(), st.sampled_from("\r\n\v\f\t\x85\u2028\u2029 ."))))
def test_no_text_breaks_out_of_its_line(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert not any(unicodedata.category(character) == "Cc" for character in line)


@given(st.text(st.characters(exclude_categories=["Cc", "Zl", "Zp", "Zs"])))
def test_a_text_that_is_one_line_stays_as_it_is(text: str) -> None:
    assert one_line(text) == text
