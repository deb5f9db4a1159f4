"""A month of reports: announced or not, and how soon its outages were."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from samples import DAY, HOUR, MINUTE, MOSCOW, NOON, catalog, infobase, message

from errorhelp.messages.message import Message
from errorhelp.reports.announcements import Announcements
from errorhelp.reports.outages import FirstReports, InfobaseMonth, month
from errorhelp.reports.spikes import Counts

BASES = catalog(infobase("erp"), infobase("crm"))
STARTS_AT = NOON - 5 * HOUR
HOURS = [STARTS_AT + number * HOUR for number in range(48)]


def a_month(
    counts: dict[str, Counts],
    *messages: Message,
    first_reports: FirstReports | None = None,
    now: datetime = NOON + 30 * DAY,
) -> list[InfobaseMonth]:
    """The month that has the hours from 07:00 on, with reports since long ago."""
    announcements = Announcements(messages, BASES)
    began = NOON - 100 * DAY
    return month(counts, HOURS, announcements, first_reports or {}, MOSCOW, began, now)


def erp(counts: Counts, *messages: Message, first_reports: FirstReports | None = None) -> InfobaseMonth:
    (found,) = a_month({"erp": counts}, *messages, first_reports=first_reports)
    return found


def test_infobases_stand_in_the_order_of_their_reports() -> None:
    found = a_month({"crm": {NOON: 2}, "erp": {NOON: 3, NOON + HOUR: 4}, "old": {NOON - 10 * DAY: 99}})
    assert [(each.infobase, each.count) for each in found] == [("erp", 7), ("crm", 2)]


def test_reports_in_hours_with_a_message_are_announced() -> None:
    found = erp({NOON: 5, NOON + HOUR: 3}, message(), message("other", "crm", ends_at=NOON + 9 * HOUR))
    assert (found.count, found.announced) == (8, 5)


def test_spikes_hour_by_hour_are_one_outage() -> None:
    found = erp({NOON: 40, NOON + HOUR: 50, NOON + 2 * HOUR: 3, NOON + 3 * HOUR: 60})
    assert [(each.starts_at, each.ends_at, each.count) for each in found.outages] == [
        (NOON, NOON + 2 * HOUR, 90),
        (NOON + 3 * HOUR, NOON + 4 * HOUR, 60),
    ]


def test_the_minutes_until_the_message_count_from_the_first_report_of_the_outage() -> None:
    first = {("erp", NOON): NOON + 13 * MINUTE, ("crm", NOON): NOON}
    posted = message("late", "erp", starts_at=NOON + 25 * MINUTE, ends_at=NOON + 2 * HOUR)
    (outage,) = erp({NOON: 40}, posted, first_reports=first).outages
    assert (outage.starts_at, outage.until_message) == (NOON + 13 * MINUTE, 12 * MINUTE)


def test_where_no_report_is_kept_they_count_from_the_beginning_of_the_hour() -> None:
    (outage,) = erp({NOON: 40}, message(starts_at=NOON + 25 * MINUTE)).outages
    assert outage.until_message == 25 * MINUTE


def test_the_first_of_several_messages_counts() -> None:
    second = message("b", starts_at=NOON + 40 * MINUTE)
    first = message("a", starts_at=NOON + 10 * MINUTE, ends_at=NOON + 20 * MINUTE)
    (outage,) = erp({NOON: 40}, second, first).outages
    assert outage.message == first


def test_an_outage_with_a_message_on_display_was_announced_before() -> None:
    (outage,) = erp({NOON: 40}, message(starts_at=NOON - HOUR)).outages
    assert outage.until_message == timedelta()


def test_a_message_that_was_over_or_came_afterwards_announced_nothing() -> None:
    before = message("a", starts_at=NOON - HOUR, ends_at=NOON)
    after = message("b", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    (outage,) = erp({NOON: 40}, before, after).outages
    assert outage.message is None
    assert outage.until_message is None


def test_an_outage_belongs_to_the_month_in_which_it_begins() -> None:
    counts = {STARTS_AT - HOUR: 40, STARTS_AT: 40, STARTS_AT + HOUR: 40}
    assert erp(counts).outages == ()
    assert erp({STARTS_AT: 40}).outages[0].starts_at == STARTS_AT


@given(st.dictionaries(st.sampled_from(HOURS), st.integers(1, 100)), st.lists(st.integers(0, 48 * 60)))
def test_announced_reports_are_some_of_all_and_outages_hold_some_of_them(
    counts: dict[datetime, int], starts: list[int]
) -> None:
    messages = [
        message(str(number), starts_at=STARTS_AT + start * MINUTE, ends_at=STARTS_AT + (start + 90) * MINUTE)
        for number, start in enumerate(starts)
    ]
    for found in a_month({"erp": counts}, *messages):
        assert found.count == sum(counts.values())
        assert 0 <= found.announced <= found.count
        assert sum(each.count for each in found.outages) <= found.count
        assert all(before.ends_at < after.starts_at for before, after in pairwise(found.outages))
