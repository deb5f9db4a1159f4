"""The form of a maintenance window says what its rule says, and what cannot be said in fields stays a rule."""

from dataclasses import replace
from datetime import datetime
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import HOUR, MINUTE, MOSCOW, NOON

from errorhelp.admin.pages.window_form import DAYS, ORDINALS, REPEATS, WindowForm, read_draft
from errorhelp.admin.pages.write_form import FormError
from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.message import Severity
from errorhelp.messages.recurrence import Recurrence
from errorhelp.service.window_drafts import WindowDraft

LANGUAGES = ("ru", "en")
FIRST = datetime.fromisoformat("2026-11-03 02:00")


def window(rule: str) -> MadeWindow:
    return MadeWindow(
        "w.1", ("erp",), "Wait", Severity.MAINTENANCE, FIRST, HOUR + 5 * MINUTE, rule, NOON, note="agreed"
    )


def starts(rule: str) -> list[datetime]:
    return [*islice(Recurrence(rule, FIRST, MOSCOW).starts(NOON), 20)]


@pytest.mark.parametrize(
    ("rule", "repeats"),
    [
        ("FREQ=DAILY", "daily"),
        ("FREQ=DAILY;INTERVAL=3;UNTIL=20261231", "daily"),
        ("FREQ=DAILY;COUNT=1", "once"),
        ("FREQ=WEEKLY", "weekly"),
        ("FREQ=WEEKLY;BYDAY=SU,MO;COUNT=9", "weekly"),
        ("FREQ=MONTHLY", "monthday"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "monthday"),
        ("FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2", "weekday"),
        ("FREQ=HOURLY", "rule"),
        ("FREQ=MONTHLY;BYDAY=MO,TU", "rule"),
        ("FREQ=MONTHLY;BYMONTHDAY=-2", "rule"),
        ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=3", "rule"),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,TU", "rule"),
        ("FREQ=DAILY;UNTIL=20261231T120000", "rule"),
        ("FREQ=DAILY;INTERVAL=99999", "rule"),
    ],
)
def test_a_window_that_is_saved_as_it_is_comes_when_it_came(rule: str, repeats: str) -> None:
    form = WindowForm.of(window(rule), LANGUAGES, MOSCOW)
    assert form.repeats == repeats
    draft = read_draft(form, LANGUAGES)
    assert isinstance(draft, WindowDraft)
    assert starts(draft.rule) == starts(rule)
    assert (draft.starts_at, draft.duration, draft.text, draft.note) == (
        FIRST,
        HOUR + 5 * MINUTE,
        "Wait",
        "agreed",
    )


def test_a_window_keeps_its_seconds() -> None:
    odd = replace(window("FREQ=DAILY"), starts_at=FIRST.replace(second=7), duration=MINUTE + MINUTE / 4)
    draft = read_draft(WindowForm.of(odd, LANGUAGES, MOSCOW), LANGUAGES)
    assert isinstance(draft, WindowDraft)
    assert (draft.starts_at, draft.duration) == (odd.starts_at, odd.duration)


numbers = st.integers(-1, 40).map(str) | st.just("") | st.just("x")


@given(
    st.builds(
        WindowForm,
        targets=st.just(("erp",)),
        texts=st.just({"ru": "Ждите", "en": ""}),
        day=st.just("2026-11-03"),
        clock=st.just("02:00"),
        repeats=st.sampled_from(REPEATS),
        interval=numbers,
        days=st.lists(st.sampled_from(DAYS), unique=True).map(tuple),
        ordinal=st.sampled_from(ORDINALS),
        weekday=st.sampled_from(DAYS),
        month_day=numbers,
        end=st.sampled_from(["never", "on", "after"]),
        until=st.dates(FIRST.date()).map(str) | st.just("soon"),
        count=numbers,
        rule=st.sampled_from(["", "FREQ=HOURLY", "FREQ=WEEKLY;BYDAY=TU"]),
    )
)
def test_whatever_is_chosen_makes_a_rule_that_the_form_gives_back_or_an_error(form: WindowForm) -> None:
    draft = read_draft(form, LANGUAGES)
    if isinstance(draft, list):
        assert draft and all(isinstance(each, FormError) for each in draft)
        return
    try:
        expected = starts(draft.rule)
    except ValueError:
        # Some months have no such day before the end: the service says so.
        return
    again = read_draft(WindowForm.of(window(draft.rule), LANGUAGES, MOSCOW), LANGUAGES)
    assert isinstance(again, WindowDraft)
    assert starts(again.rule) == expected
