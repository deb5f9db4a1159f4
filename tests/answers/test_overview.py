"""The overview: what is going on and what is planned, for everybody, as a page and as JSON."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from page_reading import overview_page, texts
from samples import DAY, HOUR, MINUTE, NOON, SECOND, catalog, infobase, message, utc, window

from errorhelp.answers import overview
from errorhelp.answers.answer import NEVER
from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.board import Board
from errorhelp.messages.message import Message, Severity
from errorhelp.messages.occurrences import Override, planned


def company(*windows: Any) -> Catalog:
    return catalog(
        infobase("erp", "ERP"),
        infobase("hr", "Кадры", folder="/Finance"),
        infobase("pay", "Зарплата", folder="/Finance/Payroll"),
        windows=windows,
    )


def test_it_shows_messages_most_severe_first_with_the_infobases_they_are_about() -> None:
    page = overview_page(
        company(),
        message("m1", "/Finance", text="Медленно", severity=Severity.INFO),
        message("m2", "erp", "hr", text="Не работает", severity=Severity.OUTAGE),
        message("m3", "*", text="Обновление"),
    )
    assert page.texts(".message") == [
        "Сбой ERP, Кадры Не работает До 21 ноября, 16:00 (UTC+3)",
        "Плановые работы Все базы Обновление До 21 ноября, 16:00 (UTC+3)",
        "Информация Finance (2 базы) Медленно До 21 ноября, 16:00 (UTC+3)",
    ]
    assert page.links["Кадры"] == "help/ru/hr.html"


def test_every_infobase_is_listed_by_folder_with_what_is_wrong_with_it() -> None:
    page = overview_page(
        company(), message("m1", "hr", severity=Severity.OUTAGE), message("m2", "*", severity=Severity.INFO)
    )
    assert page.texts("summary") == ["Finance Сбой: 1 из 2", "Payroll 1", "Без папки 1"]
    assert page.texts(".infobases") == ["Зарплата", "Кадры Сбой", "ERP"]
    ends = {each.get("data-ends") for each in (*page.all(".state"), *page.all(".verdict"))}
    assert ends == {str(int((NOON + HOUR).timestamp()))}


def test_with_no_messages_it_says_so() -> None:
    page = overview_page(company())
    assert page.texts(".verdict") == ["Сбоев и плановых работ сейчас нет"]
    assert page.texts("title") == ["Состояние информационных баз"]
    assert page.texts(".message") == []
    assert "Сообщений не было." in page.texts(".quiet")
    assert page.answer.valid_until == NEVER


def test_it_begins_with_how_many_infobases_are_affected_and_until_when() -> None:
    page = overview_page(
        company(),
        message("m1", "erp", severity=Severity.OUTAGE),
        message("m2", "hr", severity=Severity.OUTAGE, ends_at=NOON + 2 * HOUR),
        # Whoever has an outage, too, counts with that.
        message("m3", "/Finance", ends_at=NOON + 3 * HOUR),
        message("m4", "*", severity=Severity.INFO, ends_at=NOON + 4 * HOUR),
    )
    assert page.texts(".verdict") == [
        "Сбой: 2 из 3 баз До 21 ноября, 17:00 (UTC+3)",
        "Плановые работы: 1 из 3 баз До 21 ноября, 18:00 (UTC+3)",
    ]
    assert page.texts("title") == ["Сбой: 2 из 3 · Состояние информационных баз"]
    # From the first end on the numbers are others.
    assert page.all(".verdict")[0].get("data-ends") == str(int((NOON + HOUR).timestamp()))


def test_what_only_informs_affects_nothing() -> None:
    page = overview_page(company(), message("m1", "*", severity=Severity.INFO))
    assert page.texts(".verdict") == ["Сбоев и плановых работ сейчас нет"]
    assert page.all(".state") == []


def test_messages_as_severe_stand_by_how_many_infobases_they_reach() -> None:
    page = overview_page(
        company(),
        message("m1", "erp", text="Одна", starts_at=NOON - HOUR),
        message("m2", "/Finance", text="Две"),
        message("m3", "*", text="Все"),
    )
    assert page.texts(".text") == ["Все", "Две", "Одна"]


def test_of_many_infobases_the_folders_that_are_affected_are_open_and_in_front() -> None:
    many = catalog(*(infobase(f"base{each}", folder=f"/Folder {each % 30:02}/Below") for each in range(120)))
    page = overview_page(many, message("m1", "base7", severity=Severity.OUTAGE), message("m2", "/Folder 20"))
    folders = page.all(".folder")
    assert [each.get("data-key") for each in folders[:5]] == [
        "/Folder 07", "/Folder 07/Below", "/Folder 20", "/Folder 20/Below", "/Folder 00",
    ]  # fmt: skip
    assert [each.get("open") is not None for each in folders] == [True] * 4 + [False] * 56
    assert page.texts("summary")[:3] == [
        "Folder 07 Сбой: 1 из 4", "Below Сбой: 1 из 4", "Folder 20 Плановые работы: 4 из 4",
    ]  # fmt: skip
    assert page.texts(".infobases")[0].startswith("BASE7 Сбой")


def test_an_outage_of_all_of_many_infobases_leaves_the_folders_closed() -> None:
    many = catalog(*(infobase(f"base{each}", folder=f"/Folder {each % 30:02}") for each in range(120)))
    page = overview_page(many, message("m1", "*", severity=Severity.OUTAGE))
    assert {each.get("open") for each in page.all(".folder")} == {None}


def over(message_id: str, ended_ago: timedelta, **values: Any) -> Message:
    ends_at = NOON - ended_ago
    return message(message_id, "erp", starts_at=ends_at - HOUR, ends_at=ends_at, **values)


def test_what_was_in_the_last_seven_days_stands_there_with_its_times() -> None:
    old = over("m3", 7 * DAY - MINUTE, text="Давно")
    cancelled = message("m5", "erp", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR, ended_at=NOON - HOUR)
    page = overview_page(
        company(),
        past=(over("m1", HOUR, text="Недавно", severity=Severity.OUTAGE), old, cancelled),
    )
    assert [" ".join(each.text_content().split()) for each in page.all(".past")[0]] == [
        "Сбой сб, 21 нояб., 13:00–14:00 (UTC+3) ERP Недавно",
        "Плановые работы сб, 14 нояб., 14:01–15:01 (UTC+3) ERP Давно",
    ]
    # A page that is older than that must not be shown.
    assert page.answer.valid_until == (NOON + MINUTE).timestamp()
    page = overview_page(company(), now=NOON + MINUTE, past=(old,))
    assert "Сообщений не было." in page.texts(".quiet")


def test_a_message_is_among_what_was_from_its_end_on() -> None:
    ending = message("m1", "erp", text="Сервер")
    assert overview_page(company(), ending, now=NOON + HOUR - SECOND).all(".past") == []
    page = overview_page(company(), ending, now=NOON + HOUR)
    assert page.texts(".message") == []
    assert "Сервер" in page.texts(".past")[0]


def test_of_much_that_was_the_latest_is_in_sight_and_the_rest_is_folded() -> None:
    many = tuple(over(f"m{each}", (each + 1) * HOUR, text=f"Было-{each}") for each in range(35))
    page = overview_page(company(), past=many)
    first, rest = page.all(".past")
    assert (len(first), len(rest)) == (10, 25)
    assert "Было-9" in first.text_content() and "Было-10" in rest.text_content()
    assert "и ещё 25" in page.texts("summary")


def test_a_message_for_many_infobases_names_the_first_twenty() -> None:
    many = catalog(*(infobase(f"base{number}") for number in range(30)))
    page = overview_page(many, message("m1", *many.infobases))
    assert page.texts(".about")[0].endswith("BASE18, BASE19, и ещё 10")


def test_what_is_planned_stands_there_with_its_next_times() -> None:
    nightly = window("FREQ=DAILY", "/Finance", text="Копия")
    page = overview_page(
        company(nightly),
        message("m1", "erp", text="Переезд", starts_at=NOON + 2 * HOUR, ends_at=NOON + 3 * HOUR),
    )
    assert page.texts("h3")[-2:] == ["Плановые работы", "Плановые работы"]
    assert page.texts(".times") == [
        "сб, 21 нояб., 17:00–18:00 (UTC+3)",
        "вс, 22 нояб., 02:00–04:00 (UTC+3) пн, 23 нояб., 02:00–04:00 (UTC+3) вт, 24 нояб., 02:00–04:00 (UTC+3)",
    ]


def test_occurrences_whose_texts_name_other_days_or_times_stand_each_with_its_own() -> None:
    daily = window("FREQ=DAILY", "erp", text="Вход откроется в {until}")
    page = overview_page(company(daily))
    (card,) = [each for each in page.texts(".card") if "откроется" in each]
    assert "Вход откроется в 04:00" in card and card.count("нояб., 02:00–04:00") == 3
    over_night = window(
        "FREQ=DAILY", "erp", text="Вход откроется {until}", starts_at="2026-11-01 22:00", duration=4 * HOUR
    )
    cards = [each for each in overview_page(company(over_night)).texts(".card") if "откроется" in each]
    assert [each.partition("откроется ")[2][:14] for each in cards] == [
        f"{day} нояб. 02:00" for day in (22, 23, 24)
    ]


def test_what_is_planned_for_later_than_a_fortnight_comes_in_time() -> None:
    rare = company(window("FREQ=MONTHLY;BYMONTHDAY=20"))
    appears = utc("2026-12-05 23:00")
    early = overview_page(rare, now=appears - SECOND)
    assert early.texts(".times") == []
    assert early.answer.valid_until == appears.timestamp()
    assert overview_page(rare, now=appears).texts(".times") == ["вс, 20 дек., 02:00–04:00 (UTC+3)"]


def test_a_skipped_occurrence_is_not_planned_and_a_moved_one_is_at_its_new_time() -> None:
    nightly = window("FREQ=DAILY")
    first = utc("2026-11-21 23:00")
    overrides = (
        Override("backup", first, first + 2 * HOUR, first, first),
        Override("backup", first + DAY, first + DAY + 2 * HOUR, first + DAY + HOUR, first + DAY + 3 * HOUR),
    )
    page = overview_page(company(nightly), overrides=overrides)
    assert page.texts(".times") == [
        "пн, 23 нояб., 03:00–05:00 (UTC+3) вт, 24 нояб., 02:00–04:00 (UTC+3) ср, 25 нояб., 02:00–04:00 (UTC+3)"
    ]


def test_a_running_window_is_shown_as_what_is_going_on() -> None:
    nightly = window("FREQ=DAILY", text="Копия")
    now = utc("2026-11-21 23:30")
    page = overview_page(company(nightly), *planned((nightly,), now), now=now)
    assert page.texts(".message") == ["Плановые работы Все базы Копия До 22 ноября, 04:00 (UTC+3)"]
    assert page.answer.valid_until == utc("2026-11-22 01:00").timestamp()


def test_it_is_there_in_each_language() -> None:
    page = overview_page(company(), message(text={"ru": "Стоим", "en": "Down"}), path="/en/")
    assert page.texts("h1") == ["Infobase status"]
    assert "Down" in page.texts(".message")[0]
    assert page.links["Русский"] == "../ru/"
    assert page.links["ERP"] == "../help/en/erp.html"
    assert overview_page(company(), path="/").texts("h1") == ["Состояние информационных баз"]


def test_json_says_the_same_to_programs() -> None:
    moved = message(
        "m2", "erp", text={"ru": "Переезд", "en": "Move"}, starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR
    )
    answer = overview_page(company(), message("m1", "/Finance"), moved, path="/en/messages.json").answer
    assert json.loads(answer.body) == {
        "messages": [
            {
                "id": "m1",
                "severity": "maintenance",
                "text": "Сервер обновляется",
                "targets": ["/Finance"],
                "startsAt": "2026-11-21T15:00:00+03:00",
                "endsAt": "2026-11-21T16:00:00+03:00",
                "updates": [],
                "firstText": None,
            }
        ],
        "planned": [
            {
                "id": "m2",
                "severity": "maintenance",
                "text": "Move",
                "targets": ["erp"],
                "startsAt": "2026-11-21T16:00:00+03:00",
                "endsAt": "2026-11-21T17:00:00+03:00",
                "updates": [],
                "firstText": None,
            }
        ],
        "infobases": [
            {"id": "erp", "name": "ERP", "folder": "/", "severity": None, "messages": []},
            {
                "id": "hr",
                "name": "Кадры",
                "folder": "/Finance",
                "severity": "maintenance",
                "messages": ["m1"],
            },
            {
                "id": "pay",
                "name": "Зарплата",
                "folder": "/Finance/Payroll",
                "severity": "maintenance",
                "messages": ["m1"],
            },
        ],
    }
    assert answer.valid_until == (NOON + HOUR).timestamp()


def test_nothing_private_is_in_any_of_them() -> None:
    private = replace(message(starts_at=NOON + MINUTE), author="anna", note="заявка 4711")
    for path in overview.paths(company()):
        body = overview_page(company(), private, path=path).answer.body.decode()
        assert "anna" not in body
        assert "4711" not in body


@pytest.mark.parametrize("path", ["/", "/ru/", "/messages.json", "/en/messages.atom", "/maintenance.ics"])
def test_switched_off_there_is_none(path: str) -> None:
    closed = replace(company(), overview=False)
    assert list(overview.paths(closed)) == []
    assert overview.page(closed, Board(()), path, NOON) is None


@pytest.mark.parametrize("path", ["/de/", "/ru", "//", "/ru/messages", "/ru/en/", "/index.html"])
def test_another_address_is_none_of_them(path: str) -> None:
    assert overview.page(company(), Board(()), path, NOON) is None


def hostile(name: str, text: str) -> tuple[Catalog, Message]:
    found = catalog(infobase("erp", name, folder=f"/{name[:50].replace('/', '').strip() or 'x'}"))
    return found, message("m1", "erp", text=text)


@given(name=texts, text=texts)
@example("<svg onload=alert(1)>", "</script><img src=x onerror=alert(1)>")
@example("\ud800\x00\u202e]]>", "\ud800\x00\u202e]]>")
def test_whatever_people_type_stays_text(name: str, text: str) -> None:
    found, shown = hostile(name, text)
    later = replace(shown, id="m2", starts_at=NOON + MINUTE)
    overview_page(found, shown, later).refuse_what_is_not_ours()
    json.loads(overview_page(found, shown, path="/messages.json").answer.body)
