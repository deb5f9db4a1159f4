"""The list of infobases: sorted as people do, grouped by folder, nothing lost; and what tables of reports are of."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import DAY, HOUR, MOSCOW, NOON, infobase, utc

from errorhelp.admin.pages.infobase_groups import (
    InfobaseStates,
    ListedState,
    ListOrder,
    groups,
    listed,
    natural,
)
from errorhelp.admin.pages.report_timeline import last_days, last_hours
from errorhelp.admin.pages.table_period import PeriodKind, TablePeriod, chosen_hour
from errorhelp.catalog.infobase import Infobase
from errorhelp.messages.message import Severity

ALL = [
    infobase("crm", "CRM", folder="/Sales"),
    infobase("shop10", "Shop 10", folder="/Production/Shops"),
    infobase("erp", "ERP", folder="/Production"),
    infobase("shop9", "shop 9", folder="/Production/Shops"),
    infobase("portal", "Portal"),
]
ASKED = {"erp": NOON, "crm": NOON - HOUR}


def _asked(each: Infobase) -> datetime | None:
    return ASKED.get(each.id)


STANDING = InfobaseStates(
    affected={"shop9": Severity.OUTAGE, "shop10": Severity.INFO, "crm": Severity.MAINTENANCE},
    spikes={"erp", "shop9"},
    has_help=lambda each: each.id != "portal",
    asked=_asked,
)


def ids(state: ListedState | None = None, order: ListOrder = ListOrder.FOLDER) -> list[str]:
    return [each.id for each in listed(ALL, STANDING, state, order)]


def test_folders_stand_together_and_below_the_one_they_are_in() -> None:
    assert ids() == ["portal", "erp", "shop10", "shop9", "crm"]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (ListOrder.NAME, ["crm", "erp", "portal", "shop9", "shop10"]),
        (ListOrder.STATE, ["shop9", "crm", "shop10", "erp", "portal"]),
        (ListOrder.ASKED, ["erp", "crm", "shop10", "shop9", "portal"]),
    ],
)
def test_the_list_is_sorted_by_name_by_state_or_by_the_last_request(
    order: ListOrder, found: list[str]
) -> None:
    assert ids(order=order) == found


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (ListedState.MESSAGE, {"shop9", "shop10", "crm"}),
        (ListedState.OUTAGE, {"shop9"}),
        (ListedState.MAINTENANCE, {"crm"}),
        (ListedState.INFO, {"shop10"}),
        (ListedState.NO_MESSAGE, {"erp", "portal"}),
        (ListedState.SPIKE, {"erp", "shop9"}),
        (ListedState.NO_HELP, {"portal"}),
        (ListedState.NEVER_ASKED, {"shop9", "shop10", "portal"}),
    ],
)
def test_the_list_is_filtered_by_state(state: ListedState, found: set[str]) -> None:
    assert set(ids(state)) == found


def test_a_folder_says_how_many_of_it_have_what_also_of_those_on_another_page() -> None:
    wanted = listed(ALL, STANDING, None, ListOrder.FOLDER)
    first, second, third = groups(wanted, 0, 3, STANDING)
    assert [each.folder for each in (first, second, third)] == ["/", "/Production", "/Production/Shops"]
    assert ([each.id for each in third.infobases], third.count) == (["shop10"], 2)
    assert third.severities == {Severity.OUTAGE: 1, Severity.INFO: 1}
    assert (third.worst, third.spikes, second.worst, second.spikes) == (Severity.OUTAGE, 1, None, 1)


FOLDERS = st.lists(st.sampled_from(["", "/A", "/A/B", "/A10", "/A9", "/Я"]).map(lambda path: path or "/"))


@given(FOLDERS, st.integers(1, 7))
def test_every_infobase_stands_on_one_page_in_one_group(folders: list[str], most: int) -> None:
    wanted = listed(
        [infobase(f"i{number}", folder=folder) for number, folder in enumerate(folders)],
        STANDING,
        None,
        ListOrder.FOLDER,
    )
    pages = [groups(wanted, start, most, STANDING) for start in range(0, len(wanted), most)]
    found = [each for page in pages for group in page for each in group.infobases]
    assert found == wanted
    assert all(len({group.folder for group in page}) == len(page) for page in pages)


@given(st.lists(st.text()))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    assert sorted(sorted(names, key=natural), key=natural) == sorted(names, key=natural)


def test_numbers_in_names_are_compared_as_numbers() -> None:
    assert sorted(["Shop 10", "shop 9", "Shop"], key=natural) == ["Shop", "shop 9", "Shop 10"]
    natural("1" * 5000)


# The period of tables

HOURS, DAYS = last_hours(NOON), last_days(NOON, MOSCOW)


def period(key: str) -> TablePeriod:
    return TablePeriod.read(key, HOURS, DAYS, MOSCOW)


def test_tables_are_of_the_hours_or_the_days_of_the_charts_or_of_one_of_them() -> None:
    assert (period("").since, period("").until) == (NOON - 47 * HOUR, NOON + HOUR)
    assert (period("days").since, period("days").until) == (DAYS[0], NOON + HOUR)
    hour = period("2026-11-21T10:00:00Z")
    assert (hour.kind, hour.since, hour.until) == (
        PeriodKind.HOUR,
        utc("2026-11-21 10:00"),
        utc("2026-11-21 11:00"),
    )
    day = period("2026-11-20")
    assert (day.kind, day.since, day.until) == (
        PeriodKind.DAY,
        utc("2026-11-19 21:00"),
        utc("2026-11-20 21:00"),
    )
    assert day.until - day.since == DAY


@pytest.mark.parametrize(
    "key", ["x", "0001-01-01", "9999-12-31", "2026-13-01", "2026-11-21T10:00", "\x00" * 10]
)
def test_what_names_no_period_is_that_of_the_hours(key: str) -> None:
    assert period(key).kind is PeriodKind.HOURS
    assert chosen_hour(key) is None
