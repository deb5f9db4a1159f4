"""Charts of reports: everything stands within the picture, and means what it shows."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import HOUR, MINUTE, MOSCOW, NOON, utc

from errorhelp.admin.pages.charts import Bar, chart, nice_top
from errorhelp.admin.pages.page_times import Moments
from errorhelp.admin.pages.report_timeline import by_day, by_hour, last_days, last_hours

MOMENTS = Moments(MOSCOW, NOON, "en")
BARS = st.lists(st.integers(0, 100_000).map(Bar), min_size=1, max_size=60)


def test_the_highest_bar_is_as_high_as_its_count_on_the_axis() -> None:
    drawn = chart([Bar(5), Bar(0), Bar(10)])
    (top, most), (_, half) = drawn.lines
    assert (most, half) == (10, 5)
    low, high = drawn.bars
    assert high.y == top
    assert high.height == 2 * low.height


def test_a_bar_without_a_count_is_not_drawn() -> None:
    assert chart([Bar(0, label="00:00")]).bars == ()
    assert [each.text for each in chart([Bar(0, label="00:00")]).marks] == ["00:00"]


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (1, 2), (3, 4), (7, 8), (10, 10), (34, 40), (85, 100), (101, 200)]
)
def test_the_axis_ends_at_a_number_that_is_easily_read(most: int, top: int) -> None:
    assert nice_top(most) == top


@given(BARS)
def test_bars_stand_side_by_side_within_the_picture(bars: list[Bar]) -> None:
    drawn = chart(bars)
    right = 0.0
    for box in drawn.bars:
        assert box.x >= right - 0.01
        right = box.x + box.width
        assert box.y >= 0
        assert box.y + box.height == pytest.approx(drawn.bottom)
    assert right <= 100


@given(st.floats(-1, 2), st.floats(0, 1))
def test_a_band_is_seen_and_stays_within_the_picture(start: float, length: float) -> None:
    (band,) = chart([Bar(1)], [(start, start + length)]).bands
    assert band.width > 0
    assert band.x >= 0 or start + length < 0
    assert band.x + band.width <= 100.01


def test_hours_end_with_the_one_that_runs() -> None:
    hours = last_hours(NOON)
    assert (len(hours), hours[0], hours[-1]) == (48, NOON - 47 * HOUR, NOON)


def test_days_are_those_of_the_zone_however_long() -> None:
    # Clocks in Berlin went back on 25 October.
    days = last_days(utc("2026-11-20 12:00"), MOMENTS.zone)
    assert (days[-2], days[-1]) == (utc("2026-11-19 21:00"), utc("2026-11-20 21:00"))
    assert len(days) == 31


def test_a_column_knows_whether_a_message_was_on_display() -> None:
    hours = last_hours(NOON)
    found = by_hour({NOON: 3}, hours, [(NOON - 90 * MINUTE, NOON - HOUR)], {NOON}, MOMENTS)
    assert [each.is_covered for each in found.columns[-3:]] == [True, False, False]
    assert [each.is_spike for each in found.columns[-2:]] == [False, True]
    assert (found.total, found.highest.start) == (3, NOON)
    assert found.chart.bars[-1].title == "15:00–16:00: 3"


def test_a_band_stands_where_its_hours_do() -> None:
    hours = last_hours(NOON)
    found = by_hour({NOON: 3}, hours, [(hours[12], hours[24])], (), MOMENTS)
    (band,) = found.chart.bands
    assert (band.x, band.width) == (25, 25)


def test_noon_and_midnight_are_written_below_the_hours_and_mondays_below_the_days() -> None:
    found = by_hour({}, last_hours(NOON), [], (), MOMENTS)
    assert [each.text for each in found.chart.marks] == ["20 Nov", "12:00", "21 Nov", "12:00"]
    found = by_day({}, last_days(NOON, MOSCOW), [], MOMENTS)
    assert [each.text for each in found.chart.marks] == ["26 Oct", "2 Nov", "9 Nov", "16 Nov"]


@given(
    st.dictionaries(
        st.integers(0, 29 * 24).map(lambda hours: NOON - timedelta(hours=hours)), st.integers(1, 99)
    )
)
def test_every_failure_is_counted_on_one_day(counts: dict[datetime, int]) -> None:
    assert by_day(counts, last_days(NOON, MOSCOW), [], MOMENTS).total == sum(counts.values())
