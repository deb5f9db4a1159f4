"""What every store does with what targets were notified of, and with their outbox.

For a class that also derives from `ReportStoreContract`, which has the stores.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from report_store_contract import ERP_CRASH, HOUR, MINUTE, NOON, a_batch, a_report

from errorhelp.notifications.decision import NotifiedProblem, Phase, Progress
from errorhelp.reports.grouping import problem_id
from errorhelp.reports.report import OTHER, Kind, Problem
from errorhelp.store import EntryPending, UnknownEntry
from errorhelp.store.forwarding_records import Depth, EntryState, LastDelivery, QueuedNotification
from errorhelp.store.sql import Store

EARLIER, LATER = NOON - MINUTE, NOON + MINUTE
DOCUMENT = {"occasion": "first", "problems": [{"title": "Деление на 0", "reports": 1}]}


async def undecided(
    store: Store, target: str = "desk", stopped_by: datetime = NOON - HOUR
) -> tuple[Progress, Sequence[tuple[Problem, NotifiedProblem]]]:
    """What the decision at noon needs of a target that has begun."""
    found = await store.forwarding.undecided(target, NOON, stopped_by)
    assert found is not None
    return found


async def queued(
    store: Store, target: str = "desk", number: int = 1, document: Mapping[str, Any] = DOCUMENT
) -> list[QueuedNotification]:
    """So many notifications put into the target's outbox; all that is in it."""
    await store.forwarding.begin(target, NOON)
    progress, _ = await undecided(store, target)
    documents = [{**document, "number": each} for each in range(number)]
    assert await store.forwarding.keep_decision(target, progress, {}, documents, NOON)
    return await store.forwarding.entries(target=target)


class ForwardingStoreContract:
    async def test_a_target_is_notified_only_of_what_was_seen_after_it_began(self, store: Store) -> None:
        await store.reports.add(a_batch(a_report("old", infobase="crm", at=NOON - MINUTE), keep=False))
        await store.reports.add(a_batch(a_report("new"), keep=False))
        assert await store.forwarding.undecided("desk", NOON, NOON - HOUR) is None
        await store.forwarding.begin("desk", NOON)
        progress, problems = await undecided(store)
        assert progress == Progress()
        assert [(each.infobase, each.count, notified) for each, notified in problems] == [
            ("erp", 1, NotifiedProblem())
        ]

    async def test_beginning_again_forgets_nothing(self, store: Store) -> None:
        await store.forwarding.begin("desk", NOON)
        await store.reports.add(a_batch(a_report("r1"), keep=False))
        await store.forwarding.begin("desk", NOON + HOUR)
        _, problems = await undecided(store)
        assert len(problems) == 1

    async def test_a_decision_is_remembered_with_what_it_puts_into_the_outbox(
        self, store: Store, other: Store
    ) -> None:
        await store.reports.add(a_batch(a_report("r1"), a_report("r2"), keep=False))
        await store.forwarding.begin("desk", NOON)
        decided = Progress(1, NOON + 15 * MINUTE, 1)
        notified = {ERP_CRASH: NotifiedProblem(1, Phase.OPEN)}
        assert await store.forwarding.keep_decision("desk", decided, notified, [DOCUMENT], NOON)
        progress, problems = await undecided(other, stopped_by=NOON)
        assert progress == Progress(2, NOON + 15 * MINUTE, 1)
        assert [each for _, each in problems] == [NotifiedProblem(1, Phase.OPEN)]
        (entry,) = await other.forwarding.entries()
        assert (entry.target, entry.document, entry.state) == ("desk", DOCUMENT, EntryState.PENDING)
        assert (entry.created_at, entry.tried_since, entry.next_try) == (NOON, NOON, NOON)
        assert (entry.attempts, entry.error) == (0, "")

    async def test_of_a_problem_that_was_dismissed_or_is_gone_nobody_is_notified(self, store: Store) -> None:
        await store.forwarding.begin("desk", NOON - HOUR)
        gone = a_report("r2", stack_hash="b2")
        await store.reports.add(a_batch(a_report("r1"), gone))
        _, before = await undecided(store)
        assert len(before) == 2
        await store.reports.dismiss(ERP_CRASH, "anna", NOON)
        batch = a_batch(a_report("r3", infobase="crm"))
        batch.give_way(gone.problem)
        await store.reports.add(batch)
        notified = {each.id: NotifiedProblem(1, Phase.OPEN) for each, _ in before}
        assert await store.forwarding.keep_decision("desk", Progress(), notified, [], NOON)
        _, after = await undecided(store)
        assert {(each.infobase, each.stack_hash) for each, _ in after} == {("erp", "other"), ("crm", "a1")}

    async def test_a_problem_that_comes_again_after_it_was_dismissed_begins_anew(self, store: Store) -> None:
        await store.reports.add(a_batch(a_report("r1")))
        await store.forwarding.begin("desk", NOON - HOUR)
        notified = {ERP_CRASH: NotifiedProblem(1, Phase.OPEN)}
        await store.forwarding.keep_decision("desk", Progress(), notified, [], NOON)
        await store.reports.dismiss(ERP_CRASH, "anna", NOON)
        await store.reports.add(a_batch(a_report("r2")))
        _, problems = await undecided(store)
        assert [notified for _, notified in problems] == [NotifiedProblem(1, Phase.CLOSED)]

    async def test_a_jump_of_what_is_counted_together_does_not_wait_for_the_digest(
        self, store: Store
    ) -> None:
        other = problem_id("erp", Kind.CRASH, OTHER)
        reports = [replace(a_report(f"r{number}"), stack_hash=OTHER) for number in range(24)]
        await store.reports.add(a_batch(*reports[:5], keep=False))
        await store.forwarding.begin("desk", NOON - HOUR)
        progress = Progress(1, NOON + 15 * MINUTE)
        await store.forwarding.keep_decision(
            "desk", progress, {other: NotifiedProblem(5, Phase.OPEN)}, [], NOON
        )
        await store.reports.add(a_batch(*reports[5:14], keep=False))
        assert (await undecided(store))[1] == []
        await store.reports.add(a_batch(reports[14], keep=False))
        assert [each.id for each, _ in (await undecided(store))[1]] == [other]

    @pytest.mark.parametrize(
        ("notified", "digest_at", "last_seen", "is_undecided"),
        [
            pytest.param(NotifiedProblem(1), LATER, NOON, True, id="closed, more came"),
            pytest.param(NotifiedProblem(2), NOON, EARLIER, False, id="closed, all was notified"),
            pytest.param(
                NotifiedProblem(1, Phase.WAITING), LATER, EARLIER, False, id="waiting, the digest is not due"
            ),
            pytest.param(
                NotifiedProblem(1, Phase.WAITING), NOON, NOON, True, id="waiting, the digest is due"
            ),
            pytest.param(
                NotifiedProblem(1, Phase.WAITING), None, NOON, True, id="waiting, no digest is planned"
            ),
            pytest.param(
                NotifiedProblem(1, Phase.OPEN), LATER, NOON, False, id="open, the digest is not due"
            ),
            pytest.param(NotifiedProblem(1, Phase.OPEN), NOON, NOON, True, id="open, the digest is due"),
            pytest.param(NotifiedProblem(1, Phase.OPEN), None, NOON, True, id="open, no digest is planned"),
            pytest.param(NotifiedProblem(2, Phase.OPEN), NOON, NOON, False, id="open, all was notified"),
            pytest.param(NotifiedProblem(2, Phase.OPEN), LATER, EARLIER, True, id="open, and it has stopped"),
        ],
    )
    async def test_only_what_a_target_can_be_notified_of_now_is_undecided(
        self,
        store: Store,
        notified: NotifiedProblem,
        digest_at: datetime | None,
        last_seen: datetime,
        is_undecided: bool,
    ) -> None:
        reports = (a_report(each, at=last_seen) for each in ("r1", "r2"))
        await store.reports.add(a_batch(*reports, keep=False))
        await store.forwarding.begin("desk", EARLIER)
        progress = Progress(1, digest_at)
        assert await store.forwarding.keep_decision("desk", progress, {ERP_CRASH: notified}, [], NOON)
        _, problems = await undecided(store, stopped_by=EARLIER)
        assert [each for _, each in problems] == [notified] * is_undecided

    async def test_of_two_nodes_that_decide_at_once_one_learns_that_the_other_did(
        self, store: Store, other: Store
    ) -> None:
        await store.forwarding.begin("desk", NOON)
        kept = await asyncio.gather(
            *(
                each.forwarding.keep_decision("desk", Progress(), {}, [DOCUMENT], NOON)
                for each in (store, other)
            )
        )
        assert sorted(kept) == [False, True]
        assert len(await store.forwarding.entries()) == 1

    async def test_what_was_notified_of_a_problem_goes_with_it(self, store: Store) -> None:
        await store.reports.add(a_batch(a_report("r1"), keep=False))
        await store.forwarding.begin("desk", NOON)
        notified = {ERP_CRASH: NotifiedProblem(1, Phase.OPEN)}
        assert await store.forwarding.keep_decision("desk", Progress(), notified, [], NOON)
        await store.reports.collect(reports_before=NOON, problems_before=NOON + HOUR, largest=10**9)
        await store.reports.add(a_batch(a_report("r2", at=NOON + HOUR), keep=False))
        _, problems = await undecided(store)
        assert [each for _, each in problems] == [NotifiedProblem()]

    async def test_entries_are_delivered_in_their_order_each_target_by_itself(self, store: Store) -> None:
        first, second = await queued(store, "desk", 2)
        (mail,) = await queued(store, "mail")
        assert await store.forwarding.head("desk") == first
        assert await store.forwarding.head("mail") == mail
        await store.forwarding.delivered(first.id)
        assert await store.forwarding.head("desk") == second
        assert await store.forwarding.entries(limit=1) == [second]
        await store.forwarding.delivered(second.id)
        assert await store.forwarding.head("desk") is None

    async def test_a_failed_entry_stays_in_front_until_it_is_dead(self, store: Store) -> None:
        first, second = await queued(store, "desk", 2)
        await store.forwarding.failed(first.id, "nobody is there", NOON + MINUTE)
        head = await store.forwarding.head("desk")
        assert head is not None
        assert (head.id, head.attempts, head.error, head.next_try) == (
            first.id,
            1,
            "nobody is there",
            NOON + MINUTE,
        )
        await store.forwarding.failed(first.id, "nobody is there", None)
        assert await store.forwarding.head("desk") == second
        (dead,) = await store.forwarding.entries(state=EntryState.DEAD)
        assert (dead.id, dead.attempts) == (first.id, 2)
        assert await store.forwarding.depth() == {"desk": Depth(pending=1, dead=1, oldest_pending=NOON)}

    async def test_it_knows_since_when_the_oldest_entry_waits(self, store: Store) -> None:
        first, second = await queued(store, "desk", 2)
        await queued(store, "mail", 1)
        await store.forwarding.failed(first.id, "404", None)
        await store.forwarding.retry(second.id, NOON + HOUR)
        depth = await store.forwarding.depth()
        assert [depth[each].oldest_pending for each in ("desk", "mail")] == [NOON, NOON]
        await store.forwarding.failed(second.id, "404", None)
        assert (await store.forwarding.depth())["desk"] == Depth(pending=0, dead=2)

    async def test_an_entry_that_is_tried_again_has_its_old_place(self, store: Store) -> None:
        first, second = await queued(store, "desk", 2)
        for each in (first, second):
            await store.forwarding.failed(each.id, "404", None)
        retried = await store.forwarding.retry(first.id, NOON + HOUR)
        assert (retried.state, retried.attempts, retried.error) == (EntryState.PENDING, 0, "404")
        assert (retried.tried_since, retried.next_try) == (NOON + HOUR, NOON + HOUR)
        assert await store.forwarding.retry_all("desk", NOON + HOUR) == 2
        assert await store.forwarding.retry_all("mail", NOON + HOUR) == 0
        assert await store.forwarding.head("desk") == retried

    async def test_entries_go_when_they_are_old(self, store: Store) -> None:
        await queued(store, "desk", 2)
        await store.forwarding.collect_entries(NOON)
        assert len(await store.forwarding.entries()) == 2
        await store.forwarding.collect_entries(NOON + timedelta(seconds=1))
        assert await store.forwarding.depth() == {}

    async def test_an_entry_that_is_not_there_is_named(self, store: Store) -> None:
        with pytest.raises(UnknownEntry, match="'e1'"):
            await store.forwarding.retry("e1", NOON)

    async def test_how_the_last_attempts_ended_is_remembered_by_target(self, store: Store) -> None:
        assert await store.forwarding.last_deliveries() == {}
        await store.forwarding.note_attempt("desk", NOON)
        await store.forwarding.note_attempt("mail", NOON, "nobody is there")
        await store.forwarding.note_attempt("desk", LATER, "404")
        assert await store.forwarding.last_deliveries() == {
            "desk": LastDelivery(tried_at=LATER, delivered_at=NOON, error="404"),
            "mail": LastDelivery(tried_at=NOON, delivered_at=None, error="nobody is there"),
        }
        await store.forwarding.note_attempt("desk", NOON + HOUR)
        found = (await store.forwarding.last_deliveries())["desk"]
        assert found == LastDelivery(NOON + HOUR, NOON + HOUR, "")

    async def test_it_knows_how_many_are_dead(self, store: Store) -> None:
        first, second, _ = await queued(store, "desk", 3)
        await queued(store, "mail")
        for each in (first, second):
            await store.forwarding.failed(each.id, "404", None)
        assert await store.forwarding.dead() == {"desk": 2}

    async def test_entries_follow_one_another_and_are_counted(self, store: Store) -> None:
        entries = await queued(store, "desk", 3)
        await queued(store, "other")
        await store.forwarding.failed(entries[1].id, "404", None)
        found = await store.forwarding.entries(target="desk", after_seq=entries[0].seq)
        assert [each.id for each in found] == [each.id for each in entries[1:]]
        count = store.forwarding.count_entries
        assert (await count(), await count(target="desk"), await count(state=EntryState.DEAD)) == (4, 3, 1)
        assert await count(until=entries[0].created_at) == 0
        assert await store.forwarding.entry(entries[0].id) == entries[0]

    async def test_what_is_dead_is_dropped_and_what_is_pending_only_where_nobody_delivers_it(
        self, store: Store
    ) -> None:
        dead, pending, other_dead = await queued(store, "desk", 3)
        for each in (dead, other_dead):
            await store.forwarding.failed(each.id, "404", None)
        await store.forwarding.drop(dead.id, dead_only=True)
        with pytest.raises(EntryPending):
            await store.forwarding.drop(pending.id, dead_only=True)
        with pytest.raises(UnknownEntry):
            await store.forwarding.drop(dead.id, dead_only=False)
        assert await store.forwarding.drop_all("desk", dead_only=True) == 1
        assert [each.id for each in await store.forwarding.entries()] == [pending.id]
        assert await store.forwarding.drop_all("desk", dead_only=False) == 1
        assert await store.forwarding.entries() == []
