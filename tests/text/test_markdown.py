"""Markdown of the configuration: what is refused there, and that nothing refused ever gets on a page."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html
from page_reading import OUR_ELEMENTS

from errorhelp.text.markdown import check, to_html


def test_text_lists_and_links_become_html() -> None:
    text = "**Подождите** и\n\n- позвоните [Анне](tel:+74951234567)\n- напишите на help@example.com"
    assert check(text) == text
    assert to_html(text) == (
        "<p><strong>Подождите</strong> и</p>\n<ul>\n"
        '<li>позвоните <a href="tel:+74951234567">Анне</a></li>\n'
        '<li>напишите на <a href="mailto:help@example.com">help@example.com</a></li>\n</ul>\n'
    )


def test_an_address_that_is_a_link_already_is_not_linked_again() -> None:
    assert to_html("[+7 495 123-45-67](tel:112)") == '<p><a href="tel:112">+7 495 123-45-67</a></p>\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Нажмите <b>OK</b>", "'<b>' is HTML"),
        ("<script>alert(1)</script>", "'<script>alert(1)</script>' is HTML"),
        ("<!-- note -->", "is HTML"),
        ("- a\n\n  <div>", "'<div>' is HTML"),
        ("![схема](https://help.example.com/map.png)", "'https://help.example.com/map.png' is an image"),
        ("# Что делать", "'#' makes a heading"),
        ("Что делать\n==========", "'=' makes a heading"),
        ("[сюда](javascript:alert(1))", "the link 'javascript:alert(1)' must start with http://, https://,"),
        ("[сюда](/help/erp.html)", "the link '/help/erp.html' must start with"),
        ("[сюда]\n\n[сюда]: data:text/html,x", "the link 'data:text/html,x' must start with"),
        ("<ftp://example.com>", "the link 'ftp://example.com' must start with"),
        ("[сюда](http://)", "the link 'http://' must start with"),
    ],
)
def test_what_would_not_be_shown_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        check(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["1 < 2 > 0", "\\<b>", "`<b>`", "<имя>", "\\# 1", 'Srvr="a";Ref="b"', "[см.](HTTPS://example.com)"],
)
def test_what_only_looks_like_that_is_not(text: str) -> None:
    assert check(text) == text


_PIECES = st.sampled_from(
    ["<svg onload=alert(1)>", "<script>", "](javascript:x)", "[a", "![", "](data:x)", "<a href=x>", "&lt;", "`", "**",
     "\n\n", "\n", "    ", "- ", "> ", "# ", "<javascript:x>", "https://a.b", '"', "]: vbscript:x"]
)  # fmt: skip


@given(st.lists(st.one_of(st.text(max_size=5), _PIECES)).map("".join))
@example("[a](\x01javascript:x)")
@example("[a](java\nscript:x)")
@example("[a](&#106;avascript:x)")
def test_whatever_stands_there_brings_no_element_or_link_of_its_own(text: str) -> None:
    for element in html.fragment_fromstring(to_html(text), create_parent="div").iter():
        assert element.tag in OUR_ELEMENTS
        assert element.tag not in ("script", "style", "link", "meta")
        assert set(element.attrib) <= {"href", "title", "start", "class"}
        if element.tag == "a":
            assert element.get("href").lower().startswith(("http://", "https://", "tel:", "mailto:"))
