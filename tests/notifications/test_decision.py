"""What targets are notified of, and when, by a clock that the test turns."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from errorhelp.notifications.decision import (
    JUMP,
    MOST_FIRSTS,
    Decision,
    DigestPace,
    NotifiedProblem,
    Phase,
    Progress,
    decide,
)
from errorhelp.notifications.notification import Notification, Occasion, example
from errorhelp.reports.report import OTHER, Kind, Problem

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PACE = DigestPace(digest=15 * MINUTE, stopped_after=30 * MINUTE)
FIRST, DIGEST, STOPPED = Occasion.FIRST, Occasion.DIGEST, Occasion.STOPPED


@dataclass
class Desk:
    """A target, and the problems of infobases whose names are theirs; `explained` are those with a message."""

    now: datetime = NOON
    progress: Progress = field(default_factory=Progress)
    problems: dict[str, Problem] = field(default_factory=dict)
    notified: dict[str, NotifiedProblem] = field(default_factory=dict)
    explained: set[str] = field(default_factory=set)
    meant: set[str] | None = None
    pace: DigestPace = PACE

    def report(self, name: str = "erp", count: int = 1) -> None:
        new = Problem(name, name, Kind.CRASH, name, "", self.now, self.now, 0)
        known = self.problems.get(name, new)
        self.problems[name] = replace(known, last_seen=self.now, count=known.count + count)

    def report_of_other(self, count: int = 1) -> None:
        self.report("other", count)
        self.problems["other"] = replace(self.problems["other"], stack_hash=OTHER)

    def go_on(self, minutes: float) -> list[Notification]:
        """What is notified when so much time has passed."""
        self.now += minutes * MINUTE
        return self.decide()

    def decide(self) -> list[Notification]:
        known = [
            (problem, self.notified.get(name, NotifiedProblem())) for name, problem in self.problems.items()
        ]
        decision = self._decision(filter(self._is_undecided, known))
        # What waits for its time would make no difference before.
        alive = [
            (each, notified)
            for each, notified in known
            if each.count > notified.count or notified.phase != Phase.CLOSED
        ]
        assert decision == self._decision(alive)
        self.progress = decision.progress
        self.notified |= decision.notified
        return decision.notifications

    def _is_undecided(self, known: tuple[Problem, NotifiedProblem]) -> bool:
        """As `ForwardingStore.undecided` has it."""
        problem, notified = known
        if notified.phase is Phase.OPEN and problem.last_seen <= self.now - self.pace.stopped_after:
            return True
        waits = self.progress.digest_at is not None and self.now < self.progress.digest_at
        new = problem.count - notified.count
        if problem.stack_hash == OTHER and new >= max(JUMP, notified.count):
            return True
        return problem.count > notified.count and (notified.phase is Phase.CLOSED or not waits)

    def _decision(self, known: Iterable[tuple[Problem, NotifiedProblem]]) -> Decision:
        return decide(
            self.progress,
            known,
            self.pace,
            self.now,
            is_meant=lambda problem: self.meant is None or problem.infobase in self.meant,
            is_explained=lambda problem: problem.infobase in self.explained,
        )


def said(notifications: list[Notification]) -> list[tuple[Occasion, dict[str, int]]]:
    """Of each the occasion, and how many reports of each problem it has."""
    return [(each.occasion, {line.problem.id: line.reports for line in each.lines}) for each in notifications]


def test_a_thousand_users_of_one_problem_are_one_first_notification_one_digest_and_its_end() -> None:
    desk = Desk()
    desk.report()
    assert said(desk.decide()) == [(FIRST, {"erp": 1})]
    for _ in range(9):
        desk.report(count=111)
        assert desk.go_on(1) == []
    assert said(desk.go_on(6)) == [(DIGEST, {"erp": 999})]
    assert desk.go_on(22) == []
    assert said(desk.go_on(2)) == [(STOPPED, {"erp": 0})]
    assert desk.go_on(600) == []


def test_when_much_more_is_counted_together_that_is_notified_at_once_and_not_with_the_digest() -> None:
    desk = Desk()
    desk.report_of_other(3)
    assert said(desk.decide()) == [(FIRST, {"other": 3})]
    desk.report_of_other(9)
    assert desk.go_on(1) == []
    desk.report_of_other(1)
    (jump,) = desk.go_on(1)
    assert said([jump]) == [(FIRST, {"other": 10})]
    assert not jump.lines[0].is_new
    desk.report_of_other(12)
    assert desk.go_on(1) == []
    assert said(desk.go_on(14)) == [(DIGEST, {"other": 12})]


def test_a_jump_of_a_problem_of_its_own_waits_for_the_digest() -> None:
    desk = Desk()
    desk.report()
    desk.decide()
    desk.report(count=1000)
    assert desk.go_on(1) == []


def test_a_problem_that_begins_again_is_notified_at_once_again() -> None:
    desk = Desk()
    desk.report()
    desk.decide()
    desk.go_on(31)
    desk.report(count=2)
    assert said(desk.go_on(1)) == [(FIRST, {"erp": 2})]


def test_what_came_before_it_stopped_is_notified_with_the_end_if_no_digest_was_due() -> None:
    desk = Desk(pace=DigestPace(digest=60 * MINUTE, stopped_after=30 * MINUTE))
    desk.report()
    desk.decide()
    desk.report(count=4)
    assert said(desk.go_on(30)) == [(STOPPED, {"erp": 4})]


def test_while_a_message_explains_it_nothing_is_notified_and_afterwards_a_digest_has_it_all() -> None:
    desk = Desk(explained={"erp"})
    desk.report(count=40)
    assert desk.decide() == []
    assert desk.go_on(60) == []
    desk.report(count=2)
    desk.explained.clear()
    assert desk.go_on(1) == []
    digest = desk.go_on(15)
    assert said(digest) == [(DIGEST, {"erp": 42})]
    assert digest[0].lines[0].is_new
    assert said(desk.go_on(20)) == [(STOPPED, {"erp": 0})]


def test_of_what_stopped_before_anybody_was_notified_nobody_is_notified_that_it_stopped() -> None:
    desk = Desk(explained={"erp"})
    desk.report(count=40)
    desk.decide()
    desk.go_on(60)
    desk.explained.clear()
    desk.go_on(1)
    assert said(desk.go_on(15)) == [(DIGEST, {"erp": 40})]
    assert desk.go_on(600) == []


def test_a_message_about_one_infobase_keeps_nobody_quiet_about_another() -> None:
    desk = Desk(explained={"erp"})
    desk.report("erp")
    desk.report("crm")
    assert said(desk.decide()) == [(FIRST, {"crm": 1})]


def test_of_many_problems_at_once_ten_are_notified_one_by_one_and_the_rest_in_the_digest() -> None:
    desk = Desk()
    for number in range(25):
        desk.report(f"p{number}")
    assert [each.occasion for each in desk.decide()] == [FIRST] * MOST_FIRSTS
    (digest,) = desk.go_on(15)
    assert (digest.occasion, len(digest.lines)) == (DIGEST, 15)
    desk.report("another")
    assert said(desk.go_on(1)) == [(FIRST, {"another": 1})]


def test_what_a_target_does_not_want_is_not_notified_later_when_it_does() -> None:
    desk = Desk(meant={"crm"})
    desk.report("erp", 50)
    assert desk.decide() == []
    desk.meant = None
    assert desk.go_on(1) == []
    desk.report("erp", 2)
    assert said(desk.go_on(1)) == [(FIRST, {"erp": 2})]


def test_a_clock_that_is_set_back_delays_no_digest_for_longer_than_one() -> None:
    desk = Desk()
    desk.report()
    desk.decide()
    desk.now -= timedelta(days=1)
    desk.report(count=2)
    assert desk.decide() == []
    assert said(desk.go_on(15)) == [(DIGEST, {"erp": 2})]


def test_a_notification_lists_no_more_than_can_be_read_and_counts_all() -> None:
    desk = Desk(explained={f"p{number}" for number in range(80)})
    for number in range(80):
        desk.report(f"p{number}", number + 1)
    desk.decide()
    desk.explained.clear()
    desk.go_on(1)
    desk.report("p0", 1000)
    (digest,) = desk.go_on(15)
    document = digest.document({"p0": "The first"})
    assert (len(document["problems"]), document["more_problems"]) == (50, 30)
    assert document["reports"] == sum(range(1, 81)) + 1000
    assert document["problems"][0]["infobase_name"] == "The first"
    assert [each["reports"] for each in document["problems"][:2]] == [1001, 80]


def test_an_example_has_every_name_that_a_notification_has() -> None:
    desk = Desk()
    desk.report()
    (first,) = desk.decide()
    real, sample = first.document({}), example(FIRST, NOON)
    assert (real.keys(), real["problems"][0].keys()) == (sample.keys(), sample["problems"][0].keys())


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 7, 16, 31]),
        st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(1, 5)),
        st.sets(st.sampled_from(["a", "b", "c"])),
    ),
    max_size=30,
)


@given(STEPS)
def test_every_report_is_notified_once_and_never_while_a_message_explains_it(
    steps: list[tuple[int, dict[str, int], set[str]]],
) -> None:
    desk = Desk()
    notified: dict[str, int] = {}
    is_open: set[str] = set()
    digests: list[datetime] = []
    rest: list[tuple[int, dict[str, int], set[str]]] = [(16, {}, set())] * 6
    for minutes, reports, explained in steps + rest:
        for name, count in reports.items():
            desk.report(name, count)
        desk.explained = explained
        notifications = desk.go_on(minutes)
        digests += [each.at for each in notifications if each.occasion is DIGEST]
        for each in notifications:
            for line in each.lines:
                name = line.problem.id
                assert name not in explained
                assert line.is_new == (name not in is_open)
                if each.occasion is STOPPED:
                    assert name in is_open
                    is_open.discard(name)
                elif desk.notified[name].phase is Phase.OPEN:
                    is_open.add(name)
                notified[name] = notified.get(name, 0) + line.reports
    assert notified == {name: problem.count for name, problem in desk.problems.items()}
    assert is_open == set()
    assert all(later - earlier >= PACE.digest for earlier, later in pairwise(digests))
