"""What stands in braces is filled in, and whose words a text is made of."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.text.placeholders import (
    check_value_name,
    fill_in,
    fill_in_live,
    is_made_from,
    names_in,
    unknown_names,
)

names = st.sampled_from(["until", "from", "infobase", "phone", "whom"])
values = st.dictionaries(names, st.text(alphabet="{}ab untilfrompho") | names.map(lambda name: f"{{{name}}}"))
templates = st.lists(st.text(alphabet="{} abй", max_size=5) | names.map(lambda name: f"{{{name}}}")).map(
    "".join
)


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


@given(templates, values)
def test_what_is_filled_in_has_each_value_in_its_place_and_nothing_else(
    template: str, known: dict[str, str]
) -> None:
    parts = re.split(r"(\{[a-z]+\})", template)
    expected = "".join(known.get(part.strip("{}"), part) if part[:1] == "{" else part for part in parts)
    if not any(part.startswith("{{") for part in parts):
        assert fill_in_live(template, template, known.get) == expected


@given(templates, values, values)
def test_a_text_is_filled_in_as_it_was_when_a_value_of_then_is_gone(
    template: str, then: dict[str, str], now: dict[str, str]
) -> None:
    filled = fill_in_live(template, template, then.get)
    gone = [name for name in names_in(template) if name in then and name not in now]
    if any("{" in value for value in then.values()):
        return
    if gone:
        assert fill_in_live(template, filled, now.get) == filled
    else:
        assert fill_in_live(template, filled, now.get) == fill_in(template, now)


def test_a_name_that_never_had_a_value_keeps_no_other_from_being_filled_in() -> None:
    filled = fill_in_live("{whom}: {until}", "{whom}: {until}", {"until": "14:00"}.get)
    assert filled == "{whom}: 14:00"
    assert fill_in_live("{whom}: {until}", filled, {"until": "15:00"}.get) == "{whom}: 15:00"


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


@pytest.mark.parametrize("name", ["Phone", "1st", "with space", "", "тел", "a" * 40])
def test_a_name_that_cannot_stand_in_braces_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"e\.g\. "):
        check_value_name(name)
