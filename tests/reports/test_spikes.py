"""Spikes: which hours have far more failures than usual, and which do not."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from errorhelp.reports.spikes import EARLIER_DAYS, FACTOR, FLOOR, find, hours_to_look_at, same_hours

MOSCOW = ZoneInfo("Europe/Moscow")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LONG_AGO = NOON - 100 * DAY

COUNTS = st.integers(0, 1000)
EARLIER = st.lists(COUNTS, min_size=EARLIER_DAYS, max_size=EARLIER_DAYS)


def is_spike(count: int, *earlier: int, began: datetime = LONG_AGO) -> bool:
    """Whether so many failures at noon are a spike, when there were so many on the days before, the last first."""
    counts = {NOON - DAY * (day + 1): number for day, number in enumerate(earlier)} | {NOON: count}
    return bool(list(find({"erp": counts}, [NOON], MOSCOW, began)))


def test_three_failures_where_one_is_usual_are_no_spike() -> None:
    assert not is_spike(3, *[1] * 14)


def test_ten_failures_out_of_nothing_are_a_spike() -> None:
    assert is_spike(10)
    assert not is_spike(9)


def test_three_times_the_usual_is_a_spike() -> None:
    assert is_spike(120, *[40] * 14)
    assert not is_spike(119, *[40] * 14)


def test_an_outage_of_the_other_day_makes_no_new_normal() -> None:
    assert is_spike(30, 500, *[2] * 13)


def test_an_infobase_that_fails_like_that_every_day_has_no_spike() -> None:
    assert not is_spike(50, *[45] * 14)


def test_days_before_the_first_report_do_not_count() -> None:
    assert is_spike(50, 45, 45, 45)
    assert not is_spike(50, 45, 45, 45, began=NOON - 3 * DAY)


def test_on_the_first_day_nothing_is_usual() -> None:
    assert is_spike(10, began=NOON)


def test_a_spike_shows_how_many_there_are_usually() -> None:
    counts = {"erp": {NOON: 40, NOON - DAY: 3, NOON - 2 * DAY: 4}, "crm": {NOON: 1}}
    (spike,) = find(counts, [NOON], MOSCOW, NOON - 2 * DAY)
    assert (spike.infobase, spike.hour, spike.count, spike.usual) == ("erp", NOON, 40, 3.5)


def test_this_hour_and_the_last_full_one_are_looked_at() -> None:
    assert hours_to_look_at(NOON + timedelta(minutes=59)) == (NOON - HOUR, NOON)
    assert hours_to_look_at(NOON) == (NOON - HOUR, NOON)


def test_the_same_hour_is_the_same_by_local_time() -> None:
    # Clocks in Berlin went back on 25 October: 09:00 was 07:00 UTC before, and is 08:00 UTC since.
    berlin = ZoneInfo("Europe/Berlin")
    found = same_hours(datetime(2026, 10, 26, 8, tzinfo=UTC), berlin)
    assert found[:2] == [datetime(2026, 10, 25, 8, tzinfo=UTC), datetime(2026, 10, 24, 7, tzinfo=UTC)]


@given(EARLIER, COUNTS)
def test_more_failures_are_never_less_of_a_spike(earlier: list[int], count: int) -> None:
    assert is_spike(count + 1, *earlier) >= is_spike(count, *earlier)


@given(EARLIER, COUNTS, st.randoms())
def test_the_order_of_the_earlier_days_makes_no_difference(
    earlier: list[int], count: int, random: Random
) -> None:
    mixed = random.sample(earlier, len(earlier))
    assert is_spike(count, *mixed) == is_spike(count, *earlier)


@given(EARLIER, COUNTS)
def test_a_spike_is_above_the_floor_and_above_most_of_the_earlier_days(
    earlier: list[int], count: int
) -> None:
    if is_spike(count, *earlier):
        assert count >= FLOOR
        assert sum(count >= FACTOR * each for each in earlier) * 2 >= len(earlier)


@given(st.integers(0, 6), st.lists(COUNTS, min_size=6, max_size=6))
def test_less_than_half_of_the_days_cannot_hide_or_make_a_spike(days: int, wild: list[int]) -> None:
    usual = [10] * (EARLIER_DAYS - days)
    assert is_spike(30, *wild[:days], *usual)
    assert not is_spike(29, *wild[:days], *usual)


@given(
    st.integers(0, 500_000).map(lambda hours: datetime(2000, 1, 1, tzinfo=UTC) + hours * HOUR),
    st.sampled_from(["Europe/Moscow", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
)
def test_earlier_hours_are_full_hours_about_whole_days_before(hour: datetime, zone: str) -> None:
    for number, earlier in enumerate(same_hours(hour, ZoneInfo(zone)), 1):
        assert earlier.minute == earlier.second == 0
        assert abs(hour - number * DAY - earlier) <= 2 * HOUR


def test_a_zone_may_be_an_offset() -> None:
    assert same_hours(NOON, timezone(3 * HOUR))[0] == NOON - DAY
