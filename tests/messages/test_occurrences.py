"""Occurrences of maintenance windows that admins end, skip or move; the configuration stays as it is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import DAY, HOUR, MINUTE, NOON, SECOND, catalog, infobase, utc, window

from errorhelp.answers.snapshot import compile
from errorhelp.messages.message import Message, is_shown
from errorhelp.messages.occurrences import (
    CannotOverride,
    Deed,
    Occurrence,
    Override,
    UnknownOccurrence,
    WindowChange,
    coming,
    ended,
    moved,
    occurrence_of,
    overrides_in_force,
    planned,
    restored,
    shown_between,
    skipped,
)
from errorhelp.messages.window import Window

# Sundays 02:00 to 04:00 in Moscow: from 23:00 UTC on Saturday.
WEEKLY = window("FREQ=WEEKLY;BYDAY=SU")
FIRST, SECOND_ONE = utc("2026-11-21 23:00"), utc("2026-11-28 23:00")


def starts(messages: Sequence[Message]) -> list[datetime]:
    return [message.starts_at for message in messages]


def next_one(now: datetime, overrides: Sequence[Override] = ()) -> Occurrence:
    return coming(WEEKLY, now, overrides)[0]


def test_a_skipped_occurrence_is_not_shown_and_the_one_after_it_is() -> None:
    skip = skipped(next_one(NOON), NOON)
    assert starts(planned([WEEKLY], NOON, [skip])) == [SECOND_ONE]
    assert planned([WEEKLY], FIRST + HOUR, [skip]) == planned([WEEKLY], FIRST + 3 * HOUR)


def test_a_moved_occurrence_is_shown_at_its_new_time_for_as_long_as_planned() -> None:
    move = moved(next_one(NOON), NOON + 3 * HOUR, NOON)
    first, second = planned([WEEKLY], NOON, [move])
    assert {first.starts_at, second.starts_at} == {NOON + 3 * HOUR, SECOND_ONE}
    shown = [each for each in planned([WEEKLY], NOON + 4 * HOUR, [move]) if is_shown(each, NOON + 4 * HOUR)]
    assert [(each.starts_at, each.ends_at) for each in shown] == [(NOON + 3 * HOUR, NOON + 5 * HOUR)]
    assert starts(planned([WEEKLY], FIRST + HOUR, [move])) == [SECOND_ONE], "not at its old time as well"


def test_an_occurrence_moved_behind_the_next_one_is_still_to_come() -> None:
    move = moved(next_one(NOON), SECOND_ONE + DAY, NOON)
    assert sorted(starts(planned([WEEKLY], SECOND_ONE + HOUR, [move])))[:2] == [SECOND_ONE, SECOND_ONE + DAY]


def test_an_occurrence_ended_now_is_gone_from_this_second_on_and_can_be_restored() -> None:
    now = FIRST + HOUR
    end = ended(next_one(now), now)
    assert starts(planned([WEEKLY], now, [end])) == [SECOND_ONE]
    assert sorted(starts(planned([WEEKLY], now - SECOND, [end]))) == [FIRST, SECOND_ONE]
    again = occurrence_of([WEEKLY], next_one(now).planned.id, now, [end])
    assert restored(again, now).ends_at == FIRST + 2 * HOUR


def test_what_is_listed_as_coming_keeps_the_skipped_and_the_ended_until_their_planned_end() -> None:
    skip = skipped(next_one(NOON), NOON)
    assert [each.override for each in coming(WEEKLY, NOON, [skip], count=2)] == [skip, None]
    assert coming(WEEKLY, FIRST + HOUR, [skip], count=1)[0].override == skip
    assert coming(WEEKLY, FIRST + 2 * HOUR, [skip], count=1)[0].override is None


def test_only_a_running_occurrence_can_be_ended_and_only_one_to_come_skipped_or_moved() -> None:
    to_come, running = next_one(NOON), next_one(FIRST)
    with pytest.raises(CannotOverride, match="does not run"):
        ended(to_come, NOON)
    with pytest.raises(CannotOverride, match="has begun"):
        skipped(running, FIRST)
    with pytest.raises(CannotOverride, match="has begun"):
        moved(running, FIRST + DAY, FIRST)
    with pytest.raises(CannotOverride, match="has passed"):
        moved(to_come, NOON - 3 * HOUR, NOON)


@pytest.mark.parametrize(
    "occurrence_id",
    [
        "backup@20261121T220000Z",
        "other@20261121T230000Z",
        "backup@",
        "backup@00010101T000000Z",
        "backup@99991231T235959Z",
        "backup@20261114T230000Z",
        "../backup",
    ],
)
def test_an_occurrence_that_there_is_not_or_that_is_over_is_unknown(occurrence_id: str) -> None:
    with pytest.raises(UnknownOccurrence):
        occurrence_of([WEEKLY], occurrence_id, NOON)


def test_of_several_changes_of_an_occurrence_the_last_one_counts() -> None:
    occurrence = next_one(NOON)
    skip, move = skipped(occurrence, NOON), moved(occurrence, NOON + HOUR, NOON)

    def in_force(*changes: tuple[Deed, Override]) -> tuple[Override, ...]:
        return overrides_in_force([WindowChange(NOON, "anna", *change) for change in changes], NOON)

    assert in_force((Deed.SKIPPED, skip), (Deed.MOVED, move)) == (move,)
    assert in_force((Deed.SKIPPED, skip), (Deed.RESTORED, restored(occurrence, NOON))) == ()


def test_an_override_counts_until_the_planned_end_and_the_new_one_have_passed() -> None:
    skip = WindowChange(NOON, "anna", Deed.SKIPPED, skipped(next_one(NOON), NOON))
    assert overrides_in_force([skip], FIRST + 2 * HOUR - SECOND) != ()
    assert overrides_in_force([skip], FIRST + 2 * HOUR) == ()


def test_an_override_of_what_the_rule_does_not_plan_any_more_means_nothing() -> None:
    move = moved(next_one(NOON), NOON + HOUR, NOON)
    mondays = window("FREQ=WEEKLY;BYDAY=MO")
    assert planned([mondays], NOON, [move]) == planned([mondays], NOON)


# Properties: whatever is ended, skipped and moved, and however time goes on.

WINDOWS = (
    window("FREQ=DAILY", "/Finance", window_id="nightly", duration=HOUR),
    window(
        "FREQ=HOURLY;INTERVAL=5", "erp", window_id="often", starts_at="2026-11-20 00:00", duration=7 * HOUR
    ),
    window("FREQ=WEEKLY;BYDAY=SA;COUNT=2", window_id="seldom", starts_at="2026-11-21 16:00", duration=DAY),
)
BASES = catalog(infobase("erp"), infobase("payroll", folder="/Finance"), windows=WINDOWS)

steps = st.lists(
    st.tuples(
        st.integers(0, 90),
        st.sampled_from(["nothing", "end", "skip", "move", "restore"]),
        st.sampled_from(WINDOWS),
        st.integers(0, 3),
        st.integers(-600, 3000),
    ),
    max_size=12,
)


def done(what: str, occurrence: Occurrence, by: int, now: datetime) -> WindowChange | None:
    """The change, None if it cannot be made."""
    try:
        match what:
            case "end":
                return WindowChange(now, "anna", Deed.ENDED, ended(occurrence, now))
            case "skip":
                return WindowChange(now, "anna", Deed.SKIPPED, skipped(occurrence, now))
            case "move":
                start = occurrence.planned.starts_at + by * MINUTE
                return WindowChange(now, "anna", Deed.MOVED, moved(occurrence, start, now))
            case "restore":
                return WindowChange(now, "anna", Deed.RESTORED, restored(occurrence, now))
    except CannotOverride:
        pass
    return None


def shown_at(windows: Sequence[Window], overrides: Sequence[Override], now: datetime) -> set[str]:
    """What is shown at a moment, found the slow way: from every occurrence of some weeks."""
    by_key = {(each.window, each.planned_for): each for each in overrides}
    found = set()
    for each in windows:
        for occurrence in each.occurrences(NOON - 9 * DAY, now + 9 * DAY):
            message = Occurrence(occurrence, by_key.get((each.id, occurrence.starts_at))).message
            if is_shown(message, now):
                found.add(message.id)
    return found


@given(steps)
def test_a_snapshot_made_from_the_last_one_is_the_same_as_one_made_anew(
    given_steps: list[tuple[int, str, Window, int, int]],
) -> None:
    now, changes = NOON, list[WindowChange]()
    snapshot = compile(BASES, (), now)
    for minutes, what, of, number, by in given_steps:
        now += timedelta(minutes=minutes)
        overrides = overrides_in_force(changes, now)
        rows = coming(of, now, overrides, 4)
        if rows and (change := done(what, rows[number % len(rows)], by, now)):
            changes.append(change)
        overrides = overrides_in_force(changes, now)
        snapshot = compile(BASES, (), now, snapshot, overrides)
        anew = compile(BASES, (), now, overrides=overrides)
        for path, answer in anew.published():
            assert snapshot.compiled(path) == answer
        assert set(snapshot.live) == set(anew.live)
        assert snapshot.valid_until == anew.valid_until
        shown = {each.id for each in snapshot.live if is_shown(each, now)}
        assert shown == shown_at(WINDOWS, overrides, now)


@given(
    st.sampled_from(WINDOWS),
    st.integers(0, 5000),
    st.integers(0, 5000),
    st.sampled_from(["end", "skip", "move"]),
)
def test_past_its_time_a_snapshot_still_answers_by_the_overrides(
    of: Window, minutes: int, later: int, what: str
) -> None:
    now = NOON + minutes * MINUTE
    change = done(what, (coming(of, now) or coming(WINDOWS[0], now))[0], 90, now)
    overrides = overrides_in_force([change] if change else [], now)
    snapshot, then = compile(BASES, (), now, overrides=overrides), now + later * MINUTE
    anew = compile(BASES, (), then, overrides=overrides)
    for path in ("/help/erp.json", "/help/payroll.json"):
        found, expected = snapshot.find(path, then.timestamp()), anew.compiled(path)
        assert found is not None
        assert found.body == expected.body


def test_the_time_of_an_occurrence_is_the_same_instant_in_its_id() -> None:
    occurrence = next_one(NOON)
    assert occurrence.planned.id == f"backup@{FIRST.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    assert occurrence_of([WEEKLY], occurrence.planned.id, NOON) == occurrence


def test_what_was_shown_in_a_time_was_shown_as_it_was_changed() -> None:
    skip = skipped(next_one(NOON), NOON)
    second = next(each for each in coming(WEEKLY, NOON, count=2) if each.planned.starts_at == SECOND_ONE)
    move = moved(second, SECOND_ONE + DAY, NOON)
    assert starts(shown_between([WEEKLY], NOON, SECOND_ONE + HOUR)) == [FIRST, SECOND_ONE]
    assert starts(shown_between([WEEKLY], NOON, SECOND_ONE + 2 * DAY, [skip, move])) == [SECOND_ONE + DAY]
    assert starts(shown_between([WEEKLY], FIRST + 2 * HOUR, SECOND_ONE - SECOND)) == []
