"""Reports while a message was shown are counted by whole hours, and compared with as many before."""

from datetime import UTC, datetime, timedelta

import pytest

from errorhelp.reports.while_shown import WhileShown, hours_of, while_shown

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MUCH_LATER = NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (0, 60, [0]),
        (20, 130, [0, 1]),
        (40, 150, [1, 2]),
        (40, 100, [1]),
        (50, 65, [0]),
        (10, 25, [0]),
    ],
)
def test_an_hour_is_that_of_a_message_if_half_of_it_is(starts: int, ends: int, expected: list[int]) -> None:
    found = hours_of(NOON + starts * MINUTE, NOON + ends * MINUTE, MUCH_LATER)
    assert found == [NOON + number * HOUR for number in expected]


def test_of_the_hour_that_runs_only_what_has_passed_is_looked_at() -> None:
    start, end = NOON + 10 * MINUTE, NOON + 3 * HOUR
    assert hours_of(start, end, NOON + 30 * MINUTE) == [NOON]
    assert hours_of(start, end, NOON + HOUR + 5 * MINUTE) == [NOON, NOON + HOUR]


def test_what_has_not_begun_has_no_hours() -> None:
    assert hours_of(NOON, NOON + HOUR, NOON - HOUR) == []
    assert hours_of(NOON, NOON, MUCH_LATER) == []


def test_as_many_hours_before_are_summed_up_beside_them() -> None:
    counts = {NOON + number * HOUR: 10 ** (number + 3) for number in range(-3, 3)}
    assert while_shown(counts, [NOON, NOON + HOUR]) == WhileShown(hours=2, count=11_000, before=110)
