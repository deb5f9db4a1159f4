"""When failures were announced: periods of messages, and hours of which they cover enough."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from samples import HOUR, MINUTE, NOON, catalog, infobase, message

from errorhelp.reports.announcements import Announcements, in_announced_hours, is_covered, joined

BASES = catalog(infobase("erp", folder="/Finance", aliases=("erp_old",)), infobase("crm"))

MINUTES = st.integers(0, 300).map(lambda number: NOON + number * MINUTE)
PERIODS = st.lists(st.tuples(MINUTES, MINUTES))


def test_messages_are_about_an_infobase_by_any_of_its_names_and_folders() -> None:
    targets = ("erp", "erp_old", "/Finance", "/", "*", "crm", "/Other")
    announcements = Announcements((message(each, each) for each in targets), BASES)
    assert {each.id for each in announcements.about("erp")} == {"erp", "erp_old", "/Finance", "/", "*"}
    assert {each.id for each in announcements.about("erp", "crm")} == set(targets) - {"/Other"}


def test_an_infobase_that_is_gone_was_announced_by_what_named_it_or_everything() -> None:
    announcements = Announcements([message("a", "gone"), message("b"), message("c", "erp")], BASES)
    assert {each.id for each in announcements.about("gone")} == {"a", "b"}


def test_a_message_that_was_ended_announced_until_then() -> None:
    announcements = Announcements([message(ended_at=NOON + 10 * MINUTE)], BASES)
    assert announcements.periods("erp") == [(NOON, NOON + 10 * MINUTE)]


def test_messages_that_follow_each_other_announce_without_a_gap() -> None:
    first, second = message("a"), message("b", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    assert Announcements([second, first], BASES).periods("erp") == [(NOON, NOON + 2 * HOUR)]


def test_half_an_hour_is_enough_and_a_minute_less_is_not() -> None:
    assert is_covered(NOON, NOON + HOUR, [(NOON + 30 * MINUTE, NOON + 5 * HOUR)])
    assert not is_covered(NOON, NOON + HOUR, [(NOON + 31 * MINUTE, NOON + 5 * HOUR)])
    assert is_covered(NOON, NOON + HOUR, [(NOON, NOON + 15 * MINUTE), (NOON + 45 * MINUTE, NOON + HOUR)]), (
        "in two parts"
    )


def test_failures_are_announced_by_the_hour() -> None:
    counts = {NOON - HOUR: 5, NOON: 20, NOON + HOUR: 3}
    assert in_announced_hours(counts, [(NOON + 10 * MINUTE, NOON + 80 * MINUTE)], NOON + 24 * HOUR) == 20


def test_of_the_hour_that_runs_only_what_has_passed_is_looked_at() -> None:
    periods = [(NOON + 5 * MINUTE, NOON + 20 * MINUTE)]
    assert in_announced_hours({NOON: 20}, periods, NOON + 20 * MINUTE) == 20
    assert in_announced_hours({NOON: 20}, periods, NOON + HOUR) == 0
    assert in_announced_hours({NOON: 20}, [], NOON) == 0


@given(PERIODS, MINUTES)
def test_joined_periods_hold_the_same_moments(
    periods: list[tuple[datetime, datetime]], now: datetime
) -> None:
    found = joined(periods)
    assert any(start <= now < end for start, end in found) == any(
        start <= now < end for start, end in periods
    )


@given(PERIODS)
def test_joined_periods_are_in_order_and_do_not_touch(periods: list[tuple[datetime, datetime]]) -> None:
    instants = [instant for period in joined(periods) for instant in period]
    assert all(before < after for before, after in pairwise(instants))


@given(PERIODS, st.integers(1, 120))
def test_a_longer_message_never_announces_less(
    periods: list[tuple[datetime, datetime]], minutes: int
) -> None:
    end = NOON + timedelta(minutes=minutes)
    more = [(start, until + HOUR) for start, until in periods if start < until]
    assert is_covered(NOON, end, joined(more)) >= is_covered(NOON, end, joined(periods))
