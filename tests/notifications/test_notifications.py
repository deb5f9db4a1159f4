"""Notifications in words, in both languages."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import errorhelp
from errorhelp.notifications.notification import Line, Notification, Occasion, example
from errorhelp.notifications.notification_texts import in_words
from errorhelp.reports.report import OTHER, Kind, Problem

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
PROBLEM = Problem(
    "p1", "erp", Kind.LOGIN_FAILURE, "", "Нет лицензии", NOON, NOON.replace(minute=7), 41, 21, ("8.3.27",)
)
NAMES = {"erp": "ERP", "crm": "CRM"}
_PACKAGE = Path(errorhelp.__file__).parent


def document(occasion: Occasion, *lines: Line) -> dict[str, object]:
    return Notification(occasion, NOON, lines or [Line(PROBLEM, 3, is_new=True)]).document(NAMES)


def test_a_first_report_says_what_happens_where_and_to_how_many() -> None:
    title, text = in_words(document(Occasion.FIRST), "ru", MOSCOW)
    assert title == "ERP: не удался вход: Нет лицензии"
    assert text.splitlines() == [
        "ERP: не удался вход: Нет лицензии",
        "  всего 41 отчёт, 21 пользователь",
        "  впервые 21.11.2026 15:00 (UTC+3), в последний раз 21.11.2026 15:07 (UTC+3)",
        "  Версии: 8.3.27",
        "  errorhelp problem show p1",
    ]


def test_what_was_too_much_to_tell_apart_has_no_text_of_its_own() -> None:
    other = document(Occasion.FIRST, Line(replace(PROBLEM, stack_hash=OTHER, title=""), 10))
    title, text = in_words(other, "ru", MOSCOW)
    assert title == "ERP: не удался вход: прочие проблемы, подсчитаны вместе"
    assert text.startswith(title)
    assert in_words(other, "en", MOSCOW)[0].endswith(": other problems, counted together")


def test_a_notification_from_before_an_upgrade_is_still_put_into_words() -> None:
    before = document(Occasion.FIRST)
    (problem,) = before["problems"]  # type: ignore[misc]
    del problem["is_other"]
    assert in_words(before, "en", MOSCOW)[0] == "ERP: login failed: Нет лицензии"


def test_a_digest_says_how_many_more_there_are_of_each_problem() -> None:
    crash = replace(PROBLEM, id="p2", infobase="crm", kind=Kind.CRASH, title="", users=0)
    title, text = in_words(document(Occasion.DIGEST, Line(PROBLEM, 2), Line(crash, 40)), "en", MOSCOW)
    assert title == "42 more reports of problems"
    assert [line for line in text.splitlines() if line.startswith("+")] == [
        "+40  CRM: the client crashed",
        "+2  ERP: login failed: Нет лицензии",
    ]


def test_where_the_pages_are_known_a_problem_comes_with_its_page() -> None:
    shown = Notification(Occasion.FIRST, NOON, [Line(PROBLEM, 1)])
    _, text = in_words(shown.document(NAMES, "https://admin.example.com/"), "en", MOSCOW)
    assert text.endswith(f"https://admin.example.com/problems/{PROBLEM.id}")
    _, text = in_words(shown.document(NAMES), "en", MOSCOW)
    assert text.endswith(f"errorhelp problem show {PROBLEM.id}")


@pytest.mark.parametrize(
    ("occasion", "language", "title"),
    [
        (Occasion.DIGEST, "ru", "Ещё 3 отчёта о проблемах"),
        (Occasion.STOPPED, "ru", "Прекратилось: ERP: не удался вход"),
        (Occasion.STOPPED, "en", "It stopped: ERP: login failed"),
        (Occasion.TEST, "en", "A test from errorhelp"),
        (Occasion.TEST, "de", "A test from errorhelp"),
    ],
)
def test_a_title_says_why_somebody_is_notified(occasion: Occasion, language: str, title: str) -> None:
    assert in_words(document(occasion), language, MOSCOW)[0] == title


def test_a_title_is_one_line_of_bounded_length_whatever_a_report_said() -> None:
    line = Line(replace(PROBLEM, title="x\r\nBcc: all@example.com " * 50), 1)
    title, _ = in_words(document(Occasion.FIRST, line), "en", MOSCOW)
    assert title.isprintable()
    assert len(title) <= 200


def test_every_text_has_a_translation_and_none_is_left_over() -> None:
    found = extract_from_dir(
        _PACKAGE / "notifications" / "templates", [("**.txt", "jinja2.ext:babel_extract")]
    )
    written = {tuple(text) if isinstance(text, (tuple, list)) else text for _, _, text, _, _ in found}
    with (_PACKAGE / "text" / "locale" / "ru" / "notifications.po").open("rb") as file:
        entries = [entry for entry in read_po(file, locale="ru") if entry.id]
    translated = {tuple(each.id) if isinstance(each.id, (tuple, list)) else each.id for each in entries}
    assert written == translated
    assert all(all(each.string) if isinstance(each.string, tuple) else each.string for each in entries)


@pytest.mark.parametrize("occasion", Occasion)
def test_an_example_comes_to_words_on_every_occasion(occasion: Occasion) -> None:
    for language in ("en", "ru"):
        assert all(in_words(example(occasion, NOON), language, MOSCOW))
