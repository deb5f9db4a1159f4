"""The verdict at the top of *Now*, and the order and the tree below it, as they are read."""

import re
from html import unescape

import pytest
from samples import DAY, HOUR, MINUTE, MOSCOW, NOON, catalog, infobase, message

from errorhelp.admin.pages.affected_tree import MOST_OPEN, AffectedFolder, affected_tree
from errorhelp.admin.pages.infobase_tree import tree
from errorhelp.admin.pages.now_page import worst_by_infobase
from errorhelp.admin.pages.page_rendering import TEMPLATES
from errorhelp.admin.pages.page_times import Moments
from errorhelp.admin.pages.verdict import Verdict, by_weight, verdict
from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.message import Message, Severity
from errorhelp.text.html_templates import environment

OUTAGE, MAINTENANCE, INFO = Severity.OUTAGE, Severity.MAINTENANCE, Severity.INFO
TWO_HUNDRED = catalog(*(infobase(f"b{number}", folder=f"/Цех-{number % 15:02}") for number in range(200)))
TEXTS = environment(TEMPLATES, "admin", "ru"), environment(TEMPLATES, "admin", "en")


def judged(where: Catalog, *messages: Message, is_doubtful: bool = False) -> Verdict:
    return verdict(messages, worst_by_infobase(messages, where), where, is_doubtful=is_doubtful)


def said(judgement: Verdict, call: str = "line(verdict)") -> tuple[str, str]:
    """What is read in Russian and in English."""
    source = '{% import "verdict.html" as verdicts with context %}{{ verdicts.' + call + " }}"
    russian, english = (
        unescape(
            texts.from_string(source).render(
                verdict=judgement, time=Moments(MOSCOW, NOON, language), language=language
            )
        )
        for texts, language in zip(TEXTS, ("ru", "en"), strict=True)
    )
    return russian, english


def some(count: int) -> tuple[str, ...]:
    return tuple(f"b{number}" for number in range(count))


def small(total: int) -> Catalog:
    return catalog(*map(infobase, some(total)))


def test_an_outage_says_how_many_of_all_and_until_when() -> None:
    outage = message("m1", *some(14), severity=OUTAGE, ends_at=NOON + 30 * MINUTE)
    assert said(judged(TWO_HUNDRED, outage)) == (
        "Сбой: 14 из 200 баз, до 15:30",
        "Outage: 14 of 200 infobases, until 15:30",
    )


@pytest.mark.parametrize(
    ("total", "russian", "english"),
    [
        (1, "Плановые работы: 1 из 1 базы, до 16:00", "Maintenance: 1 of 1 infobase, until 16:00"),
        (2, "Плановые работы: 1 из 2 баз, до 16:00", "Maintenance: 1 of 2 infobases, until 16:00"),
        (5, "Плановые работы: 1 из 5 баз, до 16:00", "Maintenance: 1 of 5 infobases, until 16:00"),
        (11, "Плановые работы: 1 из 11 баз, до 16:00", "Maintenance: 1 of 11 infobases, until 16:00"),
        (21, "Плановые работы: 1 из 21 базы, до 16:00", "Maintenance: 1 of 21 infobases, until 16:00"),
    ],
)
def test_the_count_of_all_is_written_as_its_language_does(total: int, russian: str, english: str) -> None:
    assert said(judged(small(total), message("m1", "b0"))) == (russian, english)


def test_an_end_on_another_day_is_named_with_its_day() -> None:
    info = message("m1", "b0", severity=INFO, ends_at=NOON + DAY)
    assert said(judged(small(2), info)) == (
        "Информация: 1 из 2 баз, до 22 нояб. 15:00",
        "Information: 1 of 2 infobases, until 22 Nov 15:00",
    )


def test_the_first_and_the_last_end_are_named_where_they_differ() -> None:
    first = message("m1", "b0", severity=OUTAGE, ends_at=NOON + HOUR)
    last = message("m2", "b1", severity=OUTAGE, ends_at=NOON + 2 * HOUR)
    assert said(judged(small(3), first, last)) == (
        "Сбой: 2 из 3 баз, первые до 16:00, последние до 17:00",
        "Outage: 2 of 3 infobases, the first until 16:00, the last until 17:00",
    )


def test_an_infobase_is_counted_once_and_is_down_until_its_last_outage_ends() -> None:
    short = message("m1", "b0", severity=OUTAGE, ends_at=NOON + HOUR)
    long = message("m2", "b0", severity=OUTAGE, ends_at=NOON + 2 * HOUR)
    assert said(judged(small(3), short, long))[1] == "Outage: 1 of 3 infobases, until 17:00"


def test_what_is_less_severe_counts_only_where_nothing_is_worse() -> None:
    outage = message("m1", "b0", severity=OUTAGE)
    work = message("m2", *some(3), severity=MAINTENANCE, ends_at=NOON + 2 * HOUR)
    judgement = judged(small(5), work, outage)
    assert [(each.severity, each.count) for each in judgement.grades] == [(OUTAGE, 1), (MAINTENANCE, 2)]
    assert said(judgement)[1] == "Outage: 1 of 5 infobases, until 16:00"
    assert said(judgement, "grade(verdict.grades[1], verdict.total)") == (
        "Плановые работы: 2 из 5 баз, до 17:00",
        "Maintenance: 2 of 5 infobases, until 17:00",
    )


def test_all_is_well_when_nothing_is_said_and_nothing_is_reported() -> None:
    assert said(judged(small(3))) == ("Всё в порядке: сообщений нет", "All is well: no message is shown")
    assert judged(small(3)).severity is None


def test_reports_of_which_nothing_is_said_make_it_doubtful() -> None:
    assert said(judged(small(3), is_doubtful=True)) == (
        "Сообщений нет, но отчётов намного больше обычного",
        "No message is shown, but there are far more reports than usual",
    )


def test_a_message_for_what_is_gone_makes_no_outage() -> None:
    assert judged(small(3), message("m1", "gone", severity=OUTAGE)).severity is None


def test_messages_are_in_order_by_severity_then_reach_then_start() -> None:
    messages = (
        message("info", "*", severity=INFO),
        message("test", *some(13), severity=OUTAGE, starts_at=NOON - HOUR),
        message("later", *some(13), severity=OUTAGE),
        message("total", "*", severity=OUTAGE),
        message("work", "/Цех-01", severity=MAINTENANCE),
    )
    assert [each.id for each in by_weight(messages, TWO_HUNDRED)] == [
        "total",
        "test",
        "later",
        "work",
        "info",
    ]


def shown_tree(where: Catalog, *messages: Message, only_affected: bool = False) -> AffectedFolder:
    worst = worst_by_infobase(messages, where)
    wanted = [where.infobases[each] for each in worst] if only_affected else None
    return affected_tree(tree(where, wanted), worst, where)


def lines(folder: AffectedFolder) -> int:
    """How many are in sight."""
    return len(folder.infobases) + sum(1 + (lines(each) if each.is_open else 0) for each in folder.folders)


def read(folder: AffectedFolder) -> str:
    """What its line says in Russian."""
    source = '{% import "verdict.html" as verdicts with context %}{{ verdicts.in_folder(folder) }}'
    text = TEXTS[0].from_string(source).render(folder=folder, time=None, language="ru")
    return unescape(re.sub("<[^>]+>", "", text))


def test_a_total_outage_of_200_infobases_folds_to_their_15_folders() -> None:
    shown = shown_tree(TWO_HUNDRED, message("m1", "*", severity=OUTAGE), only_affected=True)
    assert lines(shown) == 15
    assert read(shown.folders[0]) == "сбой, 14 из 14"


def test_a_folder_says_each_severity_and_how_many_there_are_in_it() -> None:
    outage = message("m1", "b0", "b15", severity=OUTAGE)
    info = message("m2", "/Цех-00", severity=INFO)
    shown = shown_tree(TWO_HUNDRED, outage, info, only_affected=True)
    assert read(shown.folders[0]) == "сбой, 2 из 14; информация, 12 из 14"


def test_what_is_affected_stands_in_front_the_worst_first() -> None:
    where = catalog(
        infobase("a", folder="/A"),
        infobase("b1", folder="/B"),
        infobase("b2", folder="/B"),
        infobase("c1", folder="/C"),
        infobase("c2", folder="/C"),
    )
    shown = shown_tree(where, message("m1", "/C", severity=INFO), message("m2", "b2", severity=OUTAGE))
    assert [each.path for each in shown.folders] == ["/B", "/C", "/A"]
    assert [each.id for each in shown.folders[0].infobases] == ["b2", "b1"]


def test_a_small_tree_is_unfolded_whatever_is_affected() -> None:
    where = catalog(infobase("a", folder="/A/B"), infobase("b", folder="/A"), infobase("c"))
    for messages in ((), (message("m1", "*"),)):
        assert lines(shown_tree(where, *messages)) == 5


def test_in_a_large_tree_only_folders_of_which_a_part_is_affected_are_unfolded() -> None:
    outage = message("m1", "b0", "b15", "/Цех-01", "/Цех-02", severity=OUTAGE)
    shown = shown_tree(TWO_HUNDRED, outage, only_affected=True)
    assert [(each.name, each.is_open) for each in shown.folders] == [
        ("Цех-01", False),
        ("Цех-02", False),
        ("Цех-00", True),
    ]


def test_however_much_is_affected_no_more_is_in_sight_than_fits() -> None:
    affected = [f"b{number}" for number in range(200) if number % 15 and number < 180]
    for where in (TWO_HUNDRED, small(200)):
        shown = shown_tree(where, message("m1", *affected, severity=OUTAGE), only_affected=True)
        assert lines(shown) <= MOST_OPEN


def test_many_infobases_outside_of_folders_fold_too() -> None:
    where = small(200)
    shown = shown_tree(where, message("m1", "*", severity=OUTAGE), only_affected=True)
    assert lines(shown) == 1
    assert read(shown.folders[0]) == "сбой, 200 из 200"
