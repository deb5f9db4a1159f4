"""The feed is Atom (RFC 4287) that any reader takes, whatever people type."""

from dataclasses import replace
from typing import Any

from hypothesis import example, given
from lxml import etree
from page_reading import overview_page, texts
from samples import DAY, HOUR, NOON, catalog, infobase, message, window

from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.message import Message, Severity
from errorhelp.text.times import format_instant, parse_instant

ATOM = "{http://www.w3.org/2005/Atom}"


def feed(catalog_: Catalog, *messages: Message, path: str = "/messages.atom", **options: Any) -> Any:
    """The feed's root element; what is not well-formed fails here."""
    answer = overview_page(catalog_, *messages, path=path, **options).answer
    return etree.fromstring(answer.body, etree.XMLParser(resolve_entities=False))


def entries(root: Any) -> list[dict[str, str]]:
    return [{each.tag.removeprefix(ATOM): each.text for each in entry} for entry in root.iter(f"{ATOM}entry")]


def test_every_message_shown_or_posted_for_later_is_an_entry_the_latest_first() -> None:
    nightly = catalog(windows=[window("FREQ=DAILY")])
    later = replace(
        message("m2", text="Скоро"), created_at=NOON - HOUR, starts_at=NOON + HOUR, ends_at=NOON + DAY
    )
    shown = message("m1", text="Стоим\nЗвоните 112", severity=Severity.OUTAGE)
    found = entries(feed(nightly, later, shown))
    assert [each["title"] for each in found] == ["Сбой: Стоим. Звоните 112", "Плановые работы: Скоро"]
    assert found[0]["content"] == "Стоим\nЗвоните 112\n\nсб, 21 нояб., 15:00–16:00 (UTC+3)\nВсе базы"
    assert found[0]["published"] == "2026-11-20T12:00:00Z"


def test_it_has_what_the_standard_asks_for() -> None:
    """RFC 4287, 4.1.1 and 4.1.2."""
    root = feed(
        replace(catalog(), public_url="https://help.example.com/1c"), message("m1"), path="/en/messages.atom"
    )
    (author,) = root.findall(f"{ATOM}author/{ATOM}name")
    assert author.text
    assert {each.get("rel"): each.get("href") for each in root.findall(f"{ATOM}link")} == {
        "self": "https://help.example.com/1c/en/messages.atom",
        "alternate": "https://help.example.com/1c/en/",
    }
    for element in (root, *root.iter(f"{ATOM}entry")):
        for required in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{required}")) == 1
        parse_instant(element.find(f"{ATOM}updated").text)
        assert element.find(f"{ATOM}id").text.startswith("urn:uuid:")
    assert len({each.text for each in root.iter(f"{ATOM}id")}) == 2


def test_an_entry_keeps_its_id_and_is_updated_when_its_message_begins_or_changes() -> None:
    posted = message("m1", starts_at=NOON + HOUR, ends_at=NOON + DAY)
    seen = [
        entries(feed(catalog(), posted))[0],
        entries(feed(catalog(), posted, now=NOON + HOUR))[0],
        entries(feed(catalog(), replace(posted, changed_at=NOON + 2 * HOUR), now=NOON + 3 * HOUR))[0],
    ]
    assert len({each["id"] for each in seen}) == 1
    assert [each["updated"] for each in seen] == [
        format_instant(each) for each in (posted.created_at, NOON + HOUR, NOON + 2 * HOUR)
    ]


def test_the_feed_was_updated_when_the_last_of_its_entries_was() -> None:
    """RFC 4287, 4.2.15: whenever it is asked for."""
    old = message("m1", starts_at=NOON - DAY, ends_at=NOON + DAY)
    changed = replace(message("m2", starts_at=NOON - HOUR, ends_at=NOON + DAY), changed_at=NOON)
    for later in (HOUR, 2 * HOUR):
        root = feed(catalog(), old, changed, now=NOON + later)
        assert root.find(f"{ATOM}updated").text == format_instant(NOON)


def test_without_messages_it_is_empty() -> None:
    root = feed(catalog())
    assert entries(root) == []
    assert root.find(f"{ATOM}updated").text == "1970-01-01T00:00:00Z"


def test_a_long_text_has_a_short_title() -> None:
    (entry,) = entries(feed(catalog(), message(text="слово " * 500)))
    assert len(entry["title"]) < 130
    assert entry["title"].endswith("…")
    assert entry["content"].startswith("слово " * 499)


@given(name=texts, text=texts)
@example("]]>", "<![CDATA[ ]]> &bogus; <!ENTITY x>")
@example("\ud800\x00\u202e", "\x0b\x0c\ufffe")
def test_whatever_people_type_stays_text(name: str, text: str) -> None:
    root = feed(catalog(infobase("erp", name)), message("m1", "erp", text=text))
    assert {each.tag.removeprefix(ATOM) for each in root.iter()} == {
        "feed", "id", "title", "updated", "author", "name", "link", "entry", "published", "category", "content",
    }  # fmt: skip
