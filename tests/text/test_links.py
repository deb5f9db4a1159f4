"""Plain text as HTML: what can be called or opened is a link, everything else is text."""

import re
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from link_examples import MAIL_ADDRESS, NO_LINKS, NO_PHONE_NUMBERS, PHONE_NUMBERS, WEB_ADDRESSES

from errorhelp.text.links import linked
from errorhelp.text.texts import readable


def links(text: str) -> dict[str, str]:
    """Where the links of a text lead, by what they are written on."""
    return {unescape(on): unescape(to) for to, on in re.findall('<a href="(.*?)">(.*?)</a>', linked(text))}


@pytest.mark.parametrize(("text", "number", "address"), PHONE_NUMBERS)
def test_a_phone_number_can_be_called(text: str, number: str, address: str) -> None:
    assert links(text) == {number: address}


@pytest.mark.parametrize("text", NO_PHONE_NUMBERS)
def test_a_date_an_amount_or_an_id_is_no_phone_number(text: str) -> None:
    assert links(text) == {}


@pytest.mark.parametrize(("text", "address"), WEB_ADDRESSES)
def test_a_web_address_can_be_opened(text: str, address: str) -> None:
    assert links(text) == {address: address}


def test_an_e_mail_address_can_be_written_to() -> None:
    assert links(MAIL_ADDRESS) == {"fin-help@example.com": "mailto:fin-help@example.com"}


@pytest.mark.parametrize("text", NO_LINKS)
def test_nothing_else_is_a_link(text: str) -> None:
    assert links(text) == {}


_HOSTILE = st.sampled_from(
    [
        "<svg onload=alert(1)>",
        '"',
        "'",
        "&amp;",
        "https://a.b/",
        "+7 495 123-45-67",
        "a@b.cd",
        "\u202e",
        "доб. 5555",
    ]
)


@given(st.lists(st.one_of(st.text(), _HOSTILE)).map("".join))
@example('https://a.b/"onmouseover="alert(1)')
@example("https://a.b/'&lt;")
def test_the_text_stays_what_it_was(text: str) -> None:
    html = linked(text)
    without_links = re.sub('<a href="[^"<>]*">|</a>', "", html)
    assert re.search("[<>\"']", without_links) is None
    assert unescape(without_links) == readable(text)


@pytest.mark.parametrize("piece", ["a", "a@", "a.b@", "+1 ", "http://", "8 ", "1-", "доб. 1 ", "(", "b."])
def test_ten_thousand_characters_are_read_in_no_time(piece: str) -> None:
    text = piece * (10_000 // len(piece))
    assert unescape(re.sub("<[^>]*>", "", linked(text))) == text
