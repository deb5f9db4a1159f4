"""Updates are what dialogs say and pages list; closing words stand on pages and in the feed for a while."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st
from page_reading import Page, help_page, overview_page
from samples import DAY, HOUR, MINUTE, NOON, catalog, infobase, message

from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.lists import Access, ConnectionList
from errorhelp.catalog.message_texts import later_text
from errorhelp.messages.message import LaterText, Message, Severity, ended_message

CLOSED = "Всё снова работает"
FINDING = LaterText("Меняем диск", NOON + 20 * MINUTE)
NEARLY = LaterText({"ru": "Почти готово", "en": "Nearly done"}, NOON + 40 * MINUTE)


def site() -> Catalog:
    office = ConnectionList("office", folders=("/",), access=Access.PUBLIC, carries_messages=True)
    return replace(
        catalog(infobase("erp", "ERP"), infobase("crm", "CRM"), lists=[office]),
        public_url="https://example.com",
    )


def updated(**values: object) -> Message:
    """An outage of erp for an hour, with two updates."""
    posted = message("m1", "erp", text="Ищем причину", severity=Severity.OUTAGE)
    return replace(posted, updates=(NEARLY, FINDING), **values)  # type: ignore[arg-type]


def closed(at: datetime = NOON + 50 * MINUTE, **values: object) -> Message:
    return ended_message(updated(**values), at, LaterText(CLOSED, at))


def body(snapshot: Snapshot, path: str, now: datetime) -> str:
    found = snapshot.find(path, now.timestamp())
    assert found is not None
    return found.body.decode()


def test_dialogs_and_lists_have_the_newest_text() -> None:
    snapshot = compile(site(), [updated()], NOON + 45 * MINUTE)
    document = json.loads(body(snapshot, "/help/erp.json", NOON + 45 * MINUTE))
    assert document["userMessage"] == "Почти готово"
    (shown,) = document["messages"]
    assert shown["text"] == "Почти готово"
    assert shown["updates"] == [
        {"text": "Почти готово", "at": "2026-11-21T15:40:00+03:00"},
        {"text": "Меняем диск", "at": "2026-11-21T15:20:00+03:00"},
    ]
    assert shown["firstText"] == "Ищем причину"
    written = body(snapshot, "/lists/office.v8i", NOON + 45 * MINUTE)
    assert "Почти готово" in written
    assert "Меняем диск" not in written
    assert "Ищем причину" not in written


def test_times_of_updates_are_in_the_format_of_the_help_json() -> None:
    whole = site()
    whole = replace(whole, help_json=replace(whole.help_json, time_format="unix"))
    snapshot = compile(whole, [updated()], NOON)
    (shown,) = json.loads(body(snapshot, "/help/en/erp.json", NOON))["messages"]
    assert shown["updates"][0] == {"text": "Nearly done", "at": int((NOON + 40 * MINUTE).timestamp())}


def test_pages_show_all_texts_the_newest_first_with_their_times() -> None:
    expected = (
        "Почти готово До 21 ноября, 16:00 (UTC+3) Обновлено 21 ноября, 15:40 (UTC+3) "
        "Ранее 21 ноября, 15:20 (UTC+3) Меняем диск 21 ноября, 15:00 (UTC+3) Ищем причину"
    )
    assert help_page(site(), updated()).texts(".message") == [f"Сбой {expected}"]
    assert overview_page(site(), updated()).texts(".message") == [f"Сбой ERP {expected}"]


def test_of_many_updates_the_oldest_are_folded() -> None:
    posted = message("m1", "erp", text="Ищем причину")
    many = tuple(LaterText(f"{number}-е", NOON + number * MINUTE) for number in range(9, 0, -1))
    page = help_page(site(), replace(posted, updates=many))
    (folded, *_), (all_of_it,) = page.texts("details"), page.texts(".message")
    assert folded.startswith("и ещё 6 21 ноября, 15:05 (UTC+3) 5-е")
    assert folded.endswith("21 ноября, 15:00 (UTC+3) Ищем причину")
    assert all(each.text in all_of_it for each in many)


def test_a_message_without_updates_has_no_word_about_any() -> None:
    page = help_page(site(), message("m1", "erp"))
    assert page.texts(".updated") == page.texts(".earlier") == []


def test_what_stands_in_braces_of_an_update_is_filled_in_for_each_reader_and_moves_with_the_end() -> None:
    whole = site()
    posted = message("m1", "*", text="Ждите")
    posted = replace(posted, updates=(later_text("{infobase}: до {until}", posted, whole, NOON),))
    assert posted.updates[0].text == {
        "ru": "Все базы: до 16:00",
        "en": "All infobases: до 16:00",
    }
    extended = replace(posted, ends_at=NOON + 2 * HOUR)
    snapshot = compile(whole, [extended], NOON)
    for each, name in (("erp", "ERP"), ("crm", "CRM")):
        document = json.loads(body(snapshot, f"/help/{each}.json", NOON))
        assert document["userMessage"] == document["messages"][0]["updates"][0]["text"] == f"{name}: до 17:00"
        assert f"{name}: до 17:00" in body(snapshot, "/lists/office.v8i", NOON)
    assert "Все базы: до 17:00" in body(snapshot, "/", NOON)


def test_closing_words_stand_on_pages_as_past() -> None:
    for page in (
        help_page(site(), past=(closed(),), now=NOON + HOUR),
        overview_page(site(), past=(closed(),), now=NOON + HOUR),
    ):
        (text,) = page.texts(".closing")
        assert text.startswith("Завершено: Сбой")
        assert text.endswith(f"{CLOSED} Завершено 21 ноября, 15:50 (UTC+3)")
        (card,) = page.all(".closing")
        assert card.get("data-ends") == str(int((NOON + 2 * HOUR + 50 * MINUTE).timestamp()))


def test_words_about_what_never_began_say_that_it_was_cancelled() -> None:
    planned = message("m1", "erp", starts_at=NOON + DAY, ends_at=NOON + DAY + HOUR)
    cancelled = ended_message(planned, NOON, LaterText("Перенесли", NOON))
    assert help_page(site(), past=(cancelled,), now=NOON).texts(".closing") == [
        "Отменено: Плановые работы Перенесли Отменено 21 ноября, 15:00 (UTC+3)"
    ]


def test_words_for_everybody_are_on_the_page_of_an_unknown_infobase() -> None:
    for_all = replace(closed(), targets=("*",))
    page = help_page(site(), path="/help/ru/stale.html", past=(for_all,), now=NOON + HOUR)
    assert len(page.texts(".closing")) == 1


def test_the_latest_end_stands_first() -> None:
    earlier = replace(closed(NOON + 30 * MINUTE), id="m2", closing=LaterText("Раньше", NOON))
    page = help_page(site(), past=(earlier, closed()), now=NOON + HOUR)
    assert [CLOSED in each for each in page.texts(".closing")] == [True, False]


def test_the_feed_has_closing_words_first_and_all_that_was_said() -> None:
    page = overview_page(site(), path="/messages.atom", past=(closed(),), now=NOON + HOUR)
    written = page.answer.body.decode()
    assert f"<title>Завершено: Сбой: {CLOSED}</title>" in written
    texts = [CLOSED, "Почти готово", "Меняем диск", "Ищем причину"]
    places = [written.index(each, written.index("<content")) for each in texts]
    assert places == sorted(places)
    assert "21 ноября, 15:20 (UTC+3)\nМеняем диск" in written
    shown = overview_page(site(), updated(), path="/messages.atom").answer.body.decode()
    assert "<title>Сбой: Почти готово</title>" in shown
    assert "21 ноября, 15:00 (UTC+3)\nИщем причину" in shown


def test_when_closing_words_have_had_their_time_their_pages_are_to_be_written_anew() -> None:
    now = NOON + HOUR
    end = NOON + 2 * HOUR + 50 * MINUTE
    snapshot = compile(site(), [closed()], now)
    assert snapshot.valid_until == end
    following = compile(site(), [closed()], end, compile(snapshot.catalog, [closed()], now))
    assert following.touched_targets(snapshot) == {"erp"}
    again = compile(snapshot.catalog, [closed()], now + MINUTE, snapshot)
    assert again.touched_targets(snapshot) == set()
    changed = replace(closed(), closing=LaterText("Починили", now))
    assert compile(snapshot.catalog, [changed], now, snapshot).touched_targets(snapshot) == {"erp"}


def test_how_long_is_a_setting() -> None:
    for afterwards, is_there in ((timedelta(), False), (11 * MINUTE, True), (10 * MINUTE, False)):
        whole = replace(site(), afterwards=afterwards)
        page: Page = help_page(whole, past=(closed(),), now=NOON + HOUR)
        assert bool(page.texts(".closing")) is is_there


moments = st.integers(-60, 300).map(lambda minutes: NOON + minutes * MINUTE)


@given(
    moments, st.integers(1, 120), st.none() | moments, st.lists(moments, min_size=1, max_size=5).map(sorted)
)
@example(NOON, 60, NOON + 30 * MINUTE, [NOON + 30 * MINUTE, NOON + 150 * MINUTE - timedelta(microseconds=1)])
@example(NOON, 60, None, [NOON + 2 * HOUR, NOON + 3 * HOUR])
def test_closing_words_are_there_from_the_end_on_for_so_long_to_the_second(
    starts_at: datetime, length: int, ended_at: datetime | None, looks: list[datetime]
) -> None:
    whole = site()
    shown = message("m1", "erp", starts_at=starts_at, ends_at=starts_at + length * MINUTE, ended_at=ended_at)
    shown = replace(shown, closing=LaterText(CLOSED, NOON))
    snapshot = compile(whole, [shown], looks[0])
    for now in looks:
        followed = compile(whole, [shown], now, snapshot)
        is_there = shown.shown_until <= now < shown.shown_until + whole.afterwards
        for each in (snapshot, followed):
            for path in ("/help/erp.html", "/", "/messages.atom"):
                assert (CLOSED in body(each, path, now)) is is_there, path
            for path in ("/help/erp.json", "/help/en/erp.json", "/lists/office.v8i", "/help/crm.html"):
                assert CLOSED not in body(each, path, now), path
