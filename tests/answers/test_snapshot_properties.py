"""Whatever happened and was asked for before, a snapshot says what a full compile at that time says."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from samples import DAY, MINUTE
from snapshot_histories import Step, histories

from errorhelp.answers.answer import Answer
from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog

# What is over is told of for a week.
delays = (st.integers(0, 400) | st.integers(950, 1080)).map(lambda tens: tens * 10 * MINUTE)


def every_answer(snapshot: Snapshot, now: float) -> dict[str, Answer | None]:
    """At a time, also of lists that are not for everybody and of what there is not."""
    # The calendar shows for a week what was cancelled, and knows by itself until when.
    paths = [path for path in snapshot.every_path() if not path.endswith(".ics")]
    paths += ["/help/stale.json", "/help/en/stale.json", "/nothing"]
    found = {path: snapshot.find(path, now) for path in paths}
    return found | {each.id: snapshot.list_answer(each, now) for each in snapshot.catalog.lists.values()}


def follow(snapshot: Snapshot | None, whole: Catalog, step: Step) -> Snapshot:
    """The snapshot after the one before."""
    following = compile(whole, step.messages, step.now, snapshot, step.overrides, step.made)
    if snapshot is not None:
        following.take_over(snapshot)
    return following


def ask(snapshot: Snapshot, number: int, now: float) -> None:
    """Ask as readers do for one of the answers, which is kept then."""
    lists = [*snapshot.catalog.lists.values()]
    if number % 3 == 0:
        connection_list = lists[number % len(lists)]
        snapshot.keep_list(connection_list, *snapshot.compile_list(connection_list, now), now)
    else:
        paths = [*snapshot.every_path()]
        snapshot.help_to_keep(paths[number % len(paths)], now)


questions = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 1000), st.just(timedelta()) | delays), max_size=30
)


@given(histories(), questions)
def test_whatever_was_asked_before_answers_are_those_of_a_full_compile(
    history: tuple[Catalog, list[Step]], asked: list[tuple[int, int, timedelta]]
) -> None:
    whole, steps = history
    snapshot = None
    for position, step in enumerate(steps):
        snapshot = follow(snapshot, whole, step)
        for after, number, delay in asked:
            if after == position:
                ask(snapshot, number, (step.now + delay).timestamp())
        full = compile(whole, step.messages, step.now, overrides=step.overrides, made=step.made)
        now = step.now.timestamp()
        assert every_answer(snapshot, now) == every_answer(full, now)
        assert {path: snapshot.compiled(path) for path in full.every_path()} == dict(full.published())
        assert snapshot.unknown == full.unknown
        assert snapshot.valid_until == full.valid_until


@given(histories(), questions, st.lists(delays, min_size=1, max_size=4))
def test_what_is_read_later_is_what_a_full_compile_then_says(
    history: tuple[Catalog, list[Step]], asked: list[tuple[int, int, timedelta]], later: list[timedelta]
) -> None:
    whole, steps = history
    snapshot = None
    for position, step in enumerate(steps):
        snapshot = follow(snapshot, whole, step)
        for after, number, delay in asked:
            if after == position:
                ask(snapshot, number, (step.now + delay).timestamp())
    assert snapshot is not None
    for each in later:
        then = steps[-1].now + each
        full = compile(whole, steps[-1].messages, then, overrides=steps[-1].overrides, made=steps[-1].made)
        assert every_answer(snapshot, then.timestamp()) == every_answer(full, then.timestamp())


@given(histories())
def test_until_a_snapshot_says_it_ends_nothing_changes(history: tuple[Catalog, list[Step]]) -> None:
    whole, steps = history
    step = steps[0]
    snapshot = compile(whole, step.messages, step.now, overrides=step.overrides, made=step.made)
    end = snapshot.valid_until or step.now + 3 * DAY
    last = end - timedelta(microseconds=1)
    before_the_end = compile(whole, step.messages, last, overrides=step.overrides, made=step.made)

    def dialogs(snapshot: Snapshot, now: float) -> dict[str, Answer | None]:
        """What dialogs and launchers show; pages also list what is planned, and say by themselves until when."""
        return {
            path: found
            for path, found in every_answer(snapshot, now).items()
            if (path.endswith(".json") and path.startswith("/help/")) or path in whole.lists
        }

    now = step.now.timestamp()
    assert dialogs(snapshot, now) == dialogs(before_the_end, last.timestamp())
    assert dialogs(snapshot, now) == dialogs(snapshot, last.timestamp())
