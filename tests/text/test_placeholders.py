"""What stands in braces is filled in, and whose words a text is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.text.placeholders import check_value_name, fill_in, is_made_from, unknown_names


def test_names_in_braces_are_filled_in_and_unknown_ones_stay() -> None:
    text = "{infobase}: вход к {until}, {phone} {whom} {} {two words}"
    filled_in = fill_in(text, {"infobase": "ERP", "until": "14:00", "phone": "112"})
    assert filled_in == "ERP: вход к 14:00, 112 {whom} {} {two words}"


def test_a_value_with_braces_is_not_filled_in_again() -> None:
    assert fill_in("{infobase}", {"infobase": "{phone}", "phone": "112"}) == "{phone}"


def test_unknown_names_are_listed_once() -> None:
    assert unknown_names("{until} {fone} {phone} {fone}", ["until", "phone"]) == ["fone"]


def test_whatever_else_stands_in_braces_is_unknown() -> None:
    text = "{база} {Телефон} { until } {two words} {} {until}"
    assert unknown_names(text, ["until"]) == ["база", "Телефон", " until ", "two words", ""]


@given(st.text(), st.dictionaries(st.text(max_size=5), st.text()))
def test_any_text_can_be_filled_in(text: str, values: dict[str, str]) -> None:
    fill_in(text, values)


def test_a_message_is_known_by_the_template_it_was_made_from() -> None:
    template = "{infobase} не работает. Вход откроется к {until}."
    assert is_made_from("ERP не работает. Вход откроется к 14:00.", template)
    assert not is_made_from("ERP работает. Вход откроется к 14:00.", template)
    assert not is_made_from("ERP не работает. Вход откроется к 14:00. И ещё", template)
    assert is_made_from("Просто текст", " Просто текст\n")
    assert not is_made_from("Просто", "Просто текст")
    assert not is_made_from("abc", "ab{x}bc"), "what is at both ends is there twice"


def test_a_text_made_to_be_slow_is_compared_at_once() -> None:
    assert not is_made_from("a" * 4000, "{a}a{b}a{c}b")


@pytest.mark.parametrize("name", ["until", "infobase", "Phone", "1st", "with space", "", "тел", "a" * 40])
def test_a_name_that_cannot_stand_in_braces_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"e\.g\. "):
        check_value_name(name)
