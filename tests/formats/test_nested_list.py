import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.formats.nested_list import Bare, BrokenList, Value, parse, to_text

BARE = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.uuids().map(str),
    st.sampled_from(["00010101000000", "1.460854638145756e-3", "/Nru/bfuWBdJC4jsnXnXJA==", "ИмяБазы"]),
).map(Bare)
TEXTS = st.text() | st.text(st.sampled_from('"{},\r\n\t x'))
VALUES: st.SearchStrategy[Value] = st.recursive(
    TEXTS | BARE, lambda values: st.lists(values, max_size=5).map(tuple), max_leaves=30
)


@given(st.lists(VALUES).map(tuple))
def test_any_nested_value_written_and_read_is_the_same(value: tuple[Value, ...]):
    assert parse(to_text(value)) == value


@given(st.text(st.sampled_from('{},"1a \n')))
def test_any_text_is_a_list_or_a_clear_error(text: str):
    try:
        parse(text)
    except BrokenList as error:
        line, column, what = str(error).split(":", 2)
        assert (int(line) - 1, int(column)) <= (text.count("\n"), len(text) + 1)
        assert "expected, found" in what


def test_a_text_keeps_its_quotes_and_line_breaks():
    assert parse('{0,\r\n{"say ""hi"",\r\nthen go",""},{}}') == (
        Bare("0"),
        ('say "hi",\r\nthen go', ""),
        (),
    )


def test_no_depth_of_nesting_is_too_deep():
    deep = parse("{" * 100_000 + "}" * 100_000)
    assert deep != ()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "1:1: '{' expected, found the end"),
        ("x", "1:1: '{' expected, found 'x'"),
        ("{1,\n", "2:1: a value expected, found the end"),
        ("{1,}", "1:4: a value expected, found '}'"),
        ("{1,\n 2 3}", "2:4: ',' or '}' expected, found '3'"),
        ('{1,\n"secret}', "2:1: a text that ends with a quote expected, found '\"'"),
        ("{{1}", "1:5: ',' or '}' expected, found the end"),
        ("{1}\n{2}", "2:1: the end expected, found '{'"),
    ],
)
def test_an_error_names_line_and_column(text: str, error: str):
    with pytest.raises(BrokenList) as raised:
        parse(text)
    assert str(raised.value) == error


@pytest.mark.parametrize("text", ["", "a b", "{", '"', "1,2"])
def test_what_needs_quotes_is_no_bare_value(text: str):
    with pytest.raises(ValueError, match="cannot stand without quotes"):
        Bare(text)
