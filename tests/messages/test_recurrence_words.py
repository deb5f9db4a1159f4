"""Recurrences in words: short where there are words for them, and never the same for what comes at other times."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, product

import pytest
from samples import HOUR, MINUTE, MOSCOW, window

from errorhelp.messages.recurrence import Recurrence
from errorhelp.messages.recurrence_words import duration_words, recurrence_words, window_words

# A Tuesday.
FIRST = datetime.fromisoformat("2026-11-03 02:00")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def words(rule: str, language: str, first: datetime = FIRST) -> str:
    return recurrence_words(Recurrence(rule, first, MOSCOW), language)


@pytest.mark.parametrize(
    ("rule", "russian", "english"),
    [
        ("FREQ=DAILY", "ежедневно в 02:00", "every day at 02:00"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "по будням в 02:00", "on weekdays at 02:00"),
        ("FREQ=DAILY;BYDAY=SA,SU", "по выходным в 02:00", "on Saturdays and Sundays at 02:00"),
        ("FREQ=WEEKLY", "по вторникам в 02:00", "on Tuesdays at 02:00"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH",
            "раз в 2 недели по вторникам и четвергам в 02:00",
            "every 2 weeks on Tuesdays and Thursdays at 02:00",
        ),
        ("FREQ=DAILY;INTERVAL=21", "раз в 21 день в 02:00", "every 21 days at 02:00"),
        (
            "FREQ=DAILY;BYHOUR=2,14;BYMINUTE=30",
            "ежедневно в 02:30 и 14:30",
            "every day at 02:30 and 14:30",
        ),
        (
            "FREQ=MONTHLY;BYDAY=2TU",
            "во второй вторник месяца в 02:00",
            "on the second Tuesday of the month at 02:00",
        ),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1",
            "в последнюю пятницу месяца в 02:00",
            "on the last Friday of the month at 02:00",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
            "в первый будний день месяца в 02:00",
            "on the first weekday of the month at 02:00",
        ),
        ("FREQ=MONTHLY", "3-го числа каждого месяца в 02:00", "on the 3rd of every month at 02:00"),
        (
            "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1,-1",
            "раз в 3 месяца 1-го числа и в последний день месяца в 02:00",
            "every 3 months on the 1st and last day of the month at 02:00",
        ),
        (
            "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=11",
            "ежегодно 11 января в 02:00",
            "every year on 11 January at 02:00",
        ),
        ("FREQ=HOURLY", "каждый час в 00 мин", "every hour at :00"),
        (
            "FREQ=HOURLY;INTERVAL=4",
            "раз в 4 часа, впервые 3 ноября 2026 02:00",
            "every 4 hours, first on 3 November 2026 02:00",
        ),
        ("FREQ=DAILY;COUNT=5", "ежедневно в 02:00, всего 5 раз", "every day at 02:00, 5 times in all"),
        (
            "FREQ=YEARLY;BYWEEKNO=50;COUNT=1",
            "один раз, 7 декабря 2026 02:00",
            "once, on 7 December 2026 02:00",
        ),
        (
            "FREQ=DAILY;UNTIL=20261231",
            "ежедневно в 02:00, по 31 декабря 2026",
            "every day at 02:00, until 31 December 2026",
        ),
        (
            "FREQ=DAILY;UNTIL=20261231T010000",
            "ежедневно в 02:00, до 31 декабря 2026 01:00",
            "every day at 02:00, until 31 December 2026 01:00",
        ),
    ],
)
def test_a_rule_is_said_in_words(rule: str, russian: str, english: str) -> None:
    assert words(rule, "ru") == russian
    assert words(rule, "en") == english


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYYEARDAY=100",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=MONTHLY;BYMONTH=1,7;BYMONTHDAY=1",
        "FREQ=HOURLY;BYHOUR=2,3",
        "FREQ=DAILY;BYHOUR=1,2,3,4,5",
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU",
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-3",
    ],
)
def test_a_rule_without_short_words_is_shown_as_it_is_written(rule: str) -> None:
    assert words(rule, "ru").startswith(f"по правилу {rule}, впервые ")
    assert words(rule, "en").startswith(f"by the rule {rule}, first on ")


def test_the_length_stands_behind_the_time_and_before_the_end() -> None:
    nightly = window("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=9", duration=45 * MINUTE)
    assert window_words(nightly, "ru") == "по будням в 02:00, 45 мин, всего 9 раз"
    assert duration_words(26 * HOUR + timedelta(seconds=5), "en") == "1 d 2 h 5 s"


def rules() -> Iterator[str]:
    """Every shape that there are words for, and some beside them."""
    intervals = [1, 2]
    ends = ["", ";COUNT=3", ";UNTIL=20270301T013000"]
    days = [
        "",
        ";BYDAY=TU",
        ";BYDAY=MO,TU,WE,TH,FR",
        ";BYDAY=SA,SU",
        ";BYDAY=TU,FR",
        f";BYDAY={','.join(DAYS)}",
    ]
    numbered = [f";BYDAY={number}{day}" for number in (1, 5, -1, -3) for day in ("TU", "WE")]
    positions = [f";BYDAY={day};BYSETPOS={n}" for day in ("TU", "MO,TU,WE,TH,FR", "SA,SU") for n in (1, -1)]
    month_days = [f";BYMONTHDAY={each}" for each in ("1", "31", "-1", "-2", "1,15", "1,-1")]
    times = ["", ";BYMINUTE=30", ";BYHOUR=3,15"]
    parts = {
        "HOURLY": ["", ";BYHOUR=2"],
        "DAILY": days,
        "WEEKLY": [*days, ";WKST=SU;BYDAY=SU,TU"],
        "MONTHLY": [*days, *numbered, *positions, *month_days],
        "YEARLY": ["", ";BYMONTH=2", ";BYMONTHDAY=1", ";BYMONTH=2;BYMONTHDAY=1", ";BYMONTH=1,7;BYMONTHDAY=1"],
    }
    for frequency, given in parts.items():
        for interval, part, end, clock in product(intervals, given, ends, times):
            step = f";INTERVAL={interval}" if interval > 1 else ""
            yield f"FREQ={frequency}{step}{part}{clock}{end}"


def starts(rule: str) -> tuple[datetime, ...] | None:
    try:
        recurrence = Recurrence(rule, FIRST, MOSCOW)
    except ValueError:
        return None
    return tuple(islice(recurrence.starts(FIRST.replace(tzinfo=MOSCOW)), 8))


@pytest.mark.parametrize("language", ["ru", "en"])
def test_rules_with_the_same_words_come_at_the_same_times(language: str) -> None:
    said: defaultdict[str, dict[tuple[datetime, ...], str]] = defaultdict(dict)
    for rule in rules():
        if (found := starts(rule)) is not None:
            said[words(rule, language)][found] = rule
    assert len(said) > 200
    assert {text: [*meant.values()] for text, meant in said.items() if len(meant) > 1} == {}
