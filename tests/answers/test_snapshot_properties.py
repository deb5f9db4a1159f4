"""Whatever happened before, a snapshot says what a full compile at that time says."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from samples import DAY, MINUTE
from snapshot_histories import Step, histories

from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog


def every_path(snapshot: Snapshot) -> list[str]:
    return [*snapshot.answers, "/help/stale.json", "/help/en/stale.json", "/nothing"]


@given(histories())
def test_compiling_only_what_changed_is_the_same_as_compiling_all(
    history: tuple[Catalog, list[Step]],
) -> None:
    whole, steps = history
    snapshot = None
    for step in steps:
        snapshot = compile(whole, step.messages, step.now, snapshot, step.overrides)
        full = compile(whole, step.messages, step.now, overrides=step.overrides)
        assert snapshot.answers == full.answers
        assert snapshot.guarded == full.guarded
        assert snapshot.unknown == full.unknown
        assert snapshot.valid_until == full.valid_until


@given(
    histories(), st.lists(st.integers(0, 400).map(lambda tens: tens * 10 * MINUTE), min_size=1, max_size=4)
)
def test_what_is_read_later_is_what_a_full_compile_then_says(
    history: tuple[Catalog, list[Step]], delays: list[timedelta]
) -> None:
    whole, steps = history
    snapshot = None
    for step in steps:
        snapshot = compile(whole, step.messages, step.now, snapshot, step.overrides)
    assert snapshot is not None
    for delay in delays:
        later = steps[-1].now + delay
        full = compile(whole, steps[-1].messages, later, overrides=steps[-1].overrides)
        for path in every_path(snapshot):
            assert snapshot.find(path, later.timestamp()) == full.find(path, later.timestamp())
        for path in snapshot.guarded:
            assert snapshot.find_guarded(path, later.timestamp()) == full.guarded[path]


@given(histories())
def test_until_a_snapshot_says_it_ends_nothing_changes(history: tuple[Catalog, list[Step]]) -> None:
    whole, steps = history
    step = steps[0]
    snapshot = compile(whole, step.messages, step.now, overrides=step.overrides)
    end = snapshot.valid_until or step.now + 3 * DAY
    before_the_end = compile(whole, step.messages, end - timedelta(microseconds=1), overrides=step.overrides)
    assert snapshot.answers == before_the_end.answers
    assert snapshot.guarded == before_the_end.guarded
    assert snapshot.unknown == before_the_end.unknown
