"""What is live, whatever the order in which a store's answers come."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import HOUR, NOON, message

from errorhelp.config import Loaded, load
from errorhelp.messages.message import CANCELLED_FOR, PAST_FOR, Message
from errorhelp.messages.occurrences import Deed, Override, WindowChange
from errorhelp.service.live_state import REMEMBERED, LiveState
from errorhelp.store.spool import Spooled

CONFIGURATION = """
infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    file = tmp_path_factory.mktemp("configuration") / "errorhelp.yaml"
    file.write_text(CONFIGURATION, "utf-8")
    return load(file)


@pytest.fixture
def live(loaded: Loaded) -> LiveState:
    return LiveState(loaded, lambda: NOON)


def posted(text: str = "Wait", revision: int = 1, *, ended: bool = False) -> Message:
    return message(
        "m",
        "erp",
        text=text,
        revision=revision,
        starts_at=NOON - HOUR,
        ends_at=NOON + HOUR,
        ended_at=NOON if ended else None,
    )


def shown(live: LiveState) -> list[tuple[str, int]]:
    return [(str(each.text), each.revision) for each in live.snapshot.live]


def test_a_message_that_a_reading_cannot_know_yet_stays(live: LiveState):
    reading = live.begin_reading()
    live.put(posted())
    live.take(reading, [], ())
    assert shown(live) == [("Wait", 1)]


def test_a_message_that_a_later_reading_does_not_have_is_gone(live: LiveState):
    live.put(posted())
    live.take(live.begin_reading(), [], ())
    assert shown(live) == []


def test_an_acknowledgement_that_comes_after_the_end_brings_nothing_back(live: LiveState):
    live.take(live.begin_reading(), [posted("Wait", 2, ended=True)], ())
    live.put(posted("Wait", 1))
    assert shown(live) == []


def test_a_change_that_is_acknowledged_late_does_not_undo_a_later_one(live: LiveState):
    live.put(posted("Nearly done", 3))
    live.put(posted("Half done", 2))
    assert shown(live) == [("Nearly done", 3)]


def test_of_two_readings_the_one_that_began_later_counts(live: LiveState):
    first, second = live.begin_reading(), live.begin_reading()
    live.take(second, [posted("Nearly done", 2)], ())
    live.take(first, [posted("Wait", 1)], ())
    assert shown(live) == [("Nearly done", 2)]


def test_what_a_store_has_that_was_put_back_from_a_backup_counts(live: LiveState):
    live.put(posted("Nearly done", 3))
    live.take(live.begin_reading(), [posted("Wait", 1)], ())
    assert shown(live) == [("Wait", 1)]


def test_the_end_of_a_message_is_forgotten_when_no_answer_needs_it(loaded: Loaded):
    now = NOON
    live = LiveState(loaded, lambda: now)
    live.put(replace(posted("Wait", 2, ended=True), created_at=NOON - HOUR))
    assert live.message("m") is not None
    now = NOON + PAST_FOR + REMEMBERED + timedelta(seconds=1)
    live.use(replace(loaded, catalog=replace(loaded.catalog)))
    assert live.message("m") is None


def test_what_was_announced_is_remembered_while_calendars_tell_that_it_was_cancelled(loaded: Loaded):
    now = NOON
    live = LiveState(loaded, lambda: now)
    live.put(replace(posted("Wait", 2, ended=True), created_at=NOON - 2 * HOUR))
    now = NOON + CANCELLED_FOR - HOUR
    live.renew()
    assert live.snapshot.live == ()
    assert [each.id for each in live.snapshot.past] == [each.id for each in live.shown.messages] == ["m"]
    now = NOON + CANCELLED_FOR
    live.renew()
    assert live.snapshot.past == live.shown.messages == ()
    now = NOON + CANCELLED_FOR + REMEMBERED
    live.use(replace(loaded, catalog=replace(loaded.catalog)))
    assert live.message("m") is None


def test_a_late_reading_brings_no_message_back_that_is_long_over(loaded: Loaded):
    now = NOON
    live = LiveState(loaded, lambda: now)
    ended = replace(posted("Wait", 2, ended=True), created_at=NOON - HOUR)
    live.put(ended)
    reading = live.begin_reading()
    now = NOON + PAST_FOR + REMEMBERED + timedelta(seconds=1)
    live.take(reading, [ended], ())
    assert live.message("m") is None


def test_what_was_written_directly_is_over_what_the_store_has(live: LiveState):
    live.put(posted("Wait"))
    live.spool(live.begin_reading(), (Spooled(posted("Call us"), "changed", "root", NOON),))
    assert shown(live) == [("Call us", 1)]
    live.put(posted("Nearly done", 2))
    assert shown(live) == [("Nearly done", 2)]
    live.spool(live.begin_reading(), (Spooled(posted("Wait", 1, ended=True), "ended", "root", NOON),))
    assert shown(live) == []


def test_a_change_of_maintenance_that_the_store_cannot_report_stays_until_it_can(live: LiveState):
    before = live.begin_reading()
    skipped = Override("lunch", NOON, NOON + HOUR, NOON, NOON)
    live.override(WindowChange(NOON, "ann", Deed.SKIPPED, skipped))
    live.take(before, [], ())
    assert live.overrides == (skipped,)
    live.override(WindowChange(NOON, "ann", Deed.RESTORED, skipped))
    assert live.overrides == ()
    live.take(live.begin_reading(), [], (skipped,))
    assert live.overrides == live.snapshot.overrides == (skipped,)


def test_each_change_is_in_the_snapshot_at_once(live: LiveState):
    for number in range(20):
        live.put(message(f"m{number}", "erp", starts_at=NOON - HOUR, ends_at=NOON + HOUR))
        assert f"m{number}" in {each.id for each in live.snapshot.live}
    assert len(live.snapshot.live) == 20


def test_what_was_asked_for_and_did_not_change_is_not_made_again(loaded: Loaded):
    live = LiveState(loaded, lambda: NOON)
    asked = live.snapshot.help_to_keep("/help/erp.json", NOON.timestamp())
    live.put(message("m", "another", starts_at=NOON - HOUR, ends_at=NOON + HOUR))
    assert live.snapshot.kept.answers["/help/erp.json"] is asked
    live.put(message("n", "erp", starts_at=NOON - HOUR, ends_at=NOON + HOUR))
    assert live.snapshot.kept.answers == {}


@dataclass
class Arrival:
    """What the store said and nobody heard yet: of a write, or of a reading."""

    reading: int | None
    messages: list[Message]


@dataclass
class StoreOfSeveral:
    """A store that several nodes write to; what it says may come late and in any order."""

    live: LiveState
    now: dict[str, Message] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)

    def write(self, message_id: str, *, ends: bool, is_ours: bool) -> None:
        """The next state of a message; one that ended stays so."""
        before = self.now.get(message_id)
        if before is not None and before.ended_at is not None:
            return
        first = message(message_id, "erp", starts_at=NOON - HOUR, ends_at=NOON + HOUR, revision=0)
        after = before or first
        self.now[message_id] = replace(
            after, revision=after.revision + 1, ended_at=NOON - HOUR / 120 if ends else None
        )
        if is_ours:
            self.arrivals.append(Arrival(None, [self.now[message_id]]))

    def read(self) -> None:
        self.arrivals.append(Arrival(self.live.begin_reading(), list(self.now.values())))

    def arrive(self, number: int) -> None:
        if self.arrivals:
            arrival = self.arrivals.pop(number % len(self.arrivals))
            if arrival.reading is not None:
                self.live.take(arrival.reading, arrival.messages, ())
            else:
                self.live.put(arrival.messages[0])


ids = st.sampled_from(["a", "b"])
steps = st.one_of(
    st.tuples(st.just("write"), ids, st.booleans(), st.booleans()),
    st.tuples(st.just("read")),
    st.tuples(st.just("arrive"), st.integers(0, 5)),
)


@given(st.lists(steps, max_size=30))
def test_no_order_of_answers_brings_back_what_was_seen_to_be_over_or_changed(loaded: Loaded, steps):
    live = LiveState(loaded, lambda: NOON)
    store = StoreOfSeveral(live)
    seen: dict[str, int] = {}
    for step in steps:
        match step:
            case ("write", message_id, ends, is_ours):
                store.write(message_id, ends=ends, is_ours=is_ours)
            case ("read",):
                store.read()
            case ("arrive", number):
                store.arrive(number)
        for message_id in store.now:
            if (known := live.message(message_id)) is not None:
                assert known.revision >= seen.get(message_id, 0)
                seen[message_id] = known.revision
    store.read()
    while store.arrivals:
        store.arrive(-1)
    assert {each.id: each for each in live.snapshot.live} == {
        key: each for key, each in store.now.items() if each.ended_at is None
    }
