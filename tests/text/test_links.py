"""Plain text as HTML: what can be called or opened is a link, everything else is text."""

import re
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from errorhelp.text.links import linked
from errorhelp.text.texts import readable


def links(text: str) -> dict[str, str]:
    """Where the links of a text lead, by what they are written on."""
    return {unescape(on): unescape(to) for to, on in re.findall('<a href="(.*?)">(.*?)</a>', linked(text))}


@pytest.mark.parametrize(
    ("text", "number", "address"),
    [
        ("Позвоните: +7 (495) 123-45-67", "+7 (495) 123-45-67", "tel:+74951234567"),
        ("Звоните 8 800 555-35-35.", "8 800 555-35-35", "tel:88005553535"),
        ("8-495-123-45-67", "8-495-123-45-67", "tel:84951234567"),
        ("Тел. (3412) 12-34-56", "(3412) 12-34-56", "tel:3412123456"),
        ("Диспетчер 123-45-67", "123-45-67", "tel:1234567"),
        ("+7(495)123-45-67/68", "+7(495)123-45-67", "tel:+74951234567"),
        ("+49 30 901820", "+49 30 901820", "tel:+4930901820"),
        ("+7 495 123-45-67, доб. 44", "+7 495 123-45-67, доб. 44", "tel:+74951234567;ext=44"),
        ("Поддержка: доб. 4400, круглосуточно", "4400", "tel:4400"),
        ("Support: ext.4400", "4400", "tel:4400"),
        ("Звоните 112", "112", "tel:112"),
        ("Call 5-55 (day and night)", "5-55", "tel:555"),
        ("тел.: 22-33-44", "22-33-44", "tel:223344"),
    ],
)
def test_a_phone_number_can_be_called(text: str, number: str, address: str) -> None:
    assert links(text) == {number: address}


@pytest.mark.parametrize(
    "text",
    [
        "до 14:00 21.11.2026",
        "2026-11-22 02:00",
        "12-05-26",
        "с 10 до 11",
        "версия 8.3.27.1234",
        "сервер 10.0.0.15",
        "заявка 4711",
        "счёт 40702810900000012345",
        "ИНН 7701234567",
        "Звоните 24 часа в сутки",
        "осталось +2 часа",
        "1+1",
    ],
)
def test_a_date_an_amount_or_an_id_is_no_phone_number(text: str) -> None:
    assert links(text) == {}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("См. https://help.example.com/power.", "https://help.example.com/power"),
        ("(https://help.example.com/a?b=c&d=e)", "https://help.example.com/a?b=c&d=e"),
        ("«http://help.example.com»", "http://help.example.com"),
        ("https://ru.wikipedia.org/wiki/1С_(фирма)", "https://ru.wikipedia.org/wiki/1С_(фирма)"),
    ],
)
def test_a_web_address_can_be_opened(text: str, address: str) -> None:
    assert links(text) == {address: address}


def test_an_e_mail_address_can_be_written_to() -> None:
    assert links("Пишите fin-help@example.com, поможем") == {
        "fin-help@example.com": "mailto:fin-help@example.com"
    }


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "http://",
        "https://[",
        "ftp://example.com",
        "@example",
    ],
)
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
