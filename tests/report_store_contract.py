"""What every store does with reports, whichever database it keeps them in.

A test module derives a class from `ReportStoreContract` and gives it the fixture `new_store`, as for
`StoreContract`.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from store_contract import Stores

from errorhelp.reports.grouping import problem_id, stack_hash_of
from errorhelp.reports.known_problems import KnownProblem
from errorhelp.reports.report import HourCount, Kind, ProblemChange, Report
from errorhelp.reports.report_batch import ReportBatch
from errorhelp.store import UnknownProblem, UnknownReport
from errorhelp.store.list_place import ListPlace
from errorhelp.store.sql import Store
from errorhelp.store.sql_history import ChangesBefore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ERP_CRASH = problem_id("erp", Kind.CRASH, "a1")


def a_report(
    report_id: str = "r1",
    *,
    at: datetime = NOON,
    infobase: str = "erp",
    kind: Kind = Kind.CRASH,
    stack_hash: str = "a1",
    user: str = "anna",
    version: str = "8.3.27",
    screenshot: bytes | None = None,
) -> Report:
    return Report(
        id=report_id,
        at=at,
        infobase=infobase,
        kind=kind,
        text="Деление на 0",
        stack="Модуль : 12",
        stack_hash=stack_hash,
        user=user,
        address="10.0.0.x",
        app="1CV8C",
        version=version,
        details={"sessionInfo": {"userName": user}, "number": 1.5, "list": [None, True]},
        screenshot=screenshot,
        problem=problem_id(infobase, kind, stack_hash),
    )


def a_batch(*reports: Report, keep: bool = True) -> ReportBatch:
    batch = ReportBatch()
    for report in reports:
        batch.add(report, stack_hash_of(report), lambda: "Деление на 0")
    if keep:
        batch.kept.extend(reports)
    return batch


class ReportStoreContract(Stores):
    async def test_a_new_store_knows_of_no_problem(self, store: Store) -> None:
        assert await store.reports.problems() == []
        assert await store.reports.known_problems() == []
        assert await store.reports.reports() == []
        assert await store.reports.hours(NOON - HOUR, NOON + HOUR) == []

    async def test_a_report_comes_back_as_it_was_kept(self, store: Store) -> None:
        report = a_report(screenshot=b"\x89PNG\x00\xff")
        await store.reports.add(a_batch(report))
        assert await store.reports.report("r1") == report

    async def test_reports_of_a_problem_add_up_over_batches_and_nodes(
        self, store: Store, other: Store
    ) -> None:
        await store.reports.add(a_batch(a_report("r1"), a_report("r2", user="boris", at=NOON + MINUTE)))
        await other.reports.add(a_batch(a_report("r3", at=NOON - HOUR, version="8.3.21")))
        (problem,) = await store.reports.problems()
        assert (problem.id, problem.infobase, problem.kind) == (ERP_CRASH, "erp", Kind.CRASH)
        assert (problem.stack_hash, problem.title) == ("a1", "Деление на 0")
        assert (problem.first_seen, problem.last_seen) == (NOON - HOUR, NOON + MINUTE)
        assert (problem.count, problem.users, problem.versions) == (3, 2, ("8.3.21", "8.3.27"))
        assert await store.reports.problem(ERP_CRASH) == problem
        assert await store.reports.known_problems() == [KnownProblem("erp", Kind.CRASH, ERP_CRASH, 3)]

    async def test_a_problem_that_was_read_before_gets_the_users_and_versions_of_now(
        self, store: Store
    ) -> None:
        await store.reports.add(a_batch(a_report("r1"), keep=False))
        (before,) = await store.reports.problems()
        await store.reports.add(a_batch(a_report("r2", user="boris", version="8.3.21"), keep=False))
        (found,) = await store.reports.with_traits([before])
        assert found == replace(before, users=2, versions=("8.3.21", "8.3.27"))

    async def test_counts_are_exact_when_many_nodes_count_at_once(self, store: Store, other: Store) -> None:
        batches = (a_batch(*(a_report() for _ in range(10)), keep=False) for _ in range(20))
        await asyncio.gather(
            *((store, other)[number % 2].reports.add(batch) for number, batch in enumerate(batches))
        )
        assert (await store.reports.problem(ERP_CRASH)).count == 200
        assert await store.reports.hours(NOON, NOON + HOUR) == [HourCount("erp", Kind.CRASH, NOON, 200)]

    async def test_reports_are_counted_by_the_hour_of_the_clock(self, store: Store) -> None:
        other_problem = a_report(stack_hash="b2", at=NOON + 59 * MINUTE)
        login = a_report(infobase="crm", kind=Kind.LOGIN_FAILURE, at=NOON + HOUR)
        await store.reports.add(a_batch(a_report(), other_problem, login, keep=False))
        erp, crm = HourCount("erp", Kind.CRASH, NOON, 2), HourCount("crm", Kind.LOGIN_FAILURE, NOON + HOUR, 1)
        hours = store.reports.hours
        assert await hours(NOON, NOON + 2 * HOUR) == [erp, crm]
        assert await hours(NOON, NOON + HOUR) == [erp]
        assert await hours(NOON, NOON + 2 * HOUR, infobase="crm") == [crm]
        assert await hours(NOON, NOON + 2 * HOUR, problem_id=ERP_CRASH) == [
            HourCount("erp", Kind.CRASH, NOON, 1)
        ]

    async def test_thousands_of_counts_come_in_their_order_and_none_is_lost(self, store: Store) -> None:
        names, starts = [f"ib{number:02}" for number in range(50)], [NOON + each * HOUR for each in range(50)]
        reports = (a_report(infobase=name, at=at) for name in names for at in starts)
        await store.reports.add(a_batch(*reports, keep=False))
        hours = await store.reports.hours(NOON, NOON + 50 * HOUR)
        assert hours == [HourCount(name, Kind.CRASH, at, 1) for at in starts for name in names]
        found = await store.reports.counts.in_hours(starts)
        assert found == {name: dict.fromkeys(starts, 1) for name in names}

    async def test_problems_and_reports_are_found_by_what_is_asked_for_the_newest_first(
        self, store: Store
    ) -> None:
        await store.reports.add(a_batch(a_report("r1"), a_report("r2", infobase="crm", at=NOON + MINUTE)))
        login = a_report("r3", kind=Kind.LOGIN_FAILURE, at=NOON + HOUR)
        await store.reports.add(a_batch(login))

        async def problems(**query: object) -> list[tuple[str, Kind]]:
            found = await store.reports.problems(**query)  # type: ignore[arg-type]
            return [(each.infobase, each.kind) for each in found]

        assert await problems() == [("erp", Kind.LOGIN_FAILURE), ("crm", Kind.CRASH), ("erp", Kind.CRASH)]
        assert await problems(limit=1) == [("erp", Kind.LOGIN_FAILURE)]
        assert await problems(infobase="crm") == [("crm", Kind.CRASH)]
        assert await problems(kind=Kind.CRASH, since=NOON + MINUTE) == [("crm", Kind.CRASH)]

        async def reports(**query: object) -> list[str]:
            return [each.id for each in await store.reports.reports(**query)]  # type: ignore[arg-type]

        assert await reports() == ["r3", "r2", "r1"]
        assert await reports(limit=2) == ["r3", "r2"]
        assert await reports(infobase="erp") == ["r3", "r1"]
        assert await reports(kind=Kind.LOGIN_FAILURE) == ["r3"]
        assert await reports(problem_id=ERP_CRASH) == ["r1"]
        assert await reports(since=NOON + MINUTE, until=NOON + HOUR) == ["r2"]

    async def test_reports_and_problems_follow_a_place_though_all_came_in_a_second(
        self, store: Store
    ) -> None:
        await store.reports.add(a_batch(*(a_report(f"r{each}", stack_hash=f"h{each}") for each in range(5))))
        first = await store.reports.reports(limit=2)
        rest = await store.reports.reports(before_seq=first[-1].seq, details=False)
        assert [each.id for each in (*first, *rest)] == ["r4", "r3", "r2", "r1", "r0"]
        assert (first[0].details["number"], rest[0].details) == (1.5, {})
        listed = await store.reports.problems()
        place = ListPlace(int(NOON.timestamp()), listed[1].id)
        assert await store.reports.problems(after=place) == listed[2:]
        ids = await store.reports.problem_ids()
        assert ids == [each.id for each in listed]
        assert await store.reports.problems_named([ids[3], "gone", ids[0]]) == [listed[3], listed[0]]
        assert await store.reports.count_problems() == await store.reports.count_reports() == 5
        assert await store.reports.count_problems(until=NOON) == 0
        assert await store.reports.count_reports(problem_id=ids[0], since=NOON) == 1
        assert await store.reports.count_reports(kind=Kind.CRASH) is None

    async def test_what_is_not_there_is_named(self, store: Store) -> None:
        with pytest.raises(UnknownProblem, match="'p1'"):
            await store.reports.problem("p1")
        with pytest.raises(UnknownReport, match="'r1'"):
            await store.reports.report("r1")

    async def test_reports_go_when_they_are_old_and_their_problem_stays(self, store: Store) -> None:
        await store.reports.add(a_batch(a_report("old"), a_report("new", at=NOON + HOUR)))
        collect = store.reports.collect
        assert await collect(reports_before=NOON, problems_before=NOON, largest=10**9) == 0
        assert await collect(reports_before=NOON + HOUR, problems_before=NOON, largest=10**9) == 1
        assert [each.id for each in await store.reports.reports()] == ["new"]
        assert (await store.reports.problem(ERP_CRASH)).count == 2

    async def test_the_oldest_reports_go_when_all_together_are_too_large(self, store: Store) -> None:
        pictures = [a_report(f"r{number}", screenshot=bytes(10_000)) for number in range(5)]
        await store.reports.add(a_batch(*pictures))
        collected = await store.reports.collect(reports_before=NOON, problems_before=NOON, largest=25_000)
        assert collected == 3
        assert [each.id for each in await store.reports.reports()] == ["r4", "r3"]

    async def test_users_of_the_problems_seen_longest_ago_are_forgotten_when_there_are_too_many(
        self, store: Store
    ) -> None:
        for number, stack_hash in enumerate(("a1", "b2", "c3")):
            users = (a_report(user=f"user{each}", stack_hash=stack_hash) for each in range(10))
            at = NOON + number * MINUTE
            await store.reports.add(a_batch(*(replace(each, at=at) for each in users), keep=False))
        collect = store.reports.collect
        # Ten users and a version of each.
        await collect(reports_before=NOON, problems_before=NOON, largest=10**9, most_traits=25)
        found = await store.reports.problems()
        assert [(each.stack_hash, each.count, each.users) for each in found] == [
            ("c3", 10, 10),
            ("b2", 10, 10),
            ("a1", 10, 0),
        ]

    async def test_the_oldest_counts_by_the_hour_go_when_there_are_too_many(self, store: Store) -> None:
        reports = [a_report(at=NOON + number * HOUR) for number in range(5)]
        await store.reports.add(a_batch(*reports, keep=False))
        await store.reports.collect(reports_before=NOON, problems_before=NOON, largest=10**9, most_hours=3)
        assert len(await store.reports.hours(NOON, NOON + 5 * HOUR)) == 3
        assert (await store.reports.problem(ERP_CRASH)).count == 5

    async def test_a_problem_goes_with_all_that_belongs_to_it(self, store: Store) -> None:
        await store.reports.add(a_batch(a_report("r1"), a_report("r2", infobase="crm", at=NOON + HOUR)))
        await store.reports.collect(reports_before=NOON, problems_before=NOON + HOUR, largest=10**9)
        assert [each.infobase for each in await store.reports.problems()] == ["crm"]
        assert [each.id for each in await store.reports.reports()] == ["r2"]
        assert [each.infobase for each in await store.reports.hours(NOON, NOON + 2 * HOUR)] == ["crm"]

    async def test_a_problem_that_was_dismissed_is_listed_again_when_a_report_comes(
        self, store: Store
    ) -> None:
        await store.reports.add(a_batch(a_report("r1")))
        dismissed = await store.reports.dismiss(ERP_CRASH, "anna", NOON + MINUTE)
        assert (dismissed.id, dismissed.dismissed_at) == (ERP_CRASH, NOON + MINUTE)
        assert await store.reports.problems() == []
        assert await store.reports.problems(dismissed=True) == [dismissed]
        assert await store.reports.counts.by_problem(NOON, NOON + HOUR) == []
        assert await store.reports.counts.by_hour(NOON, NOON + HOUR) == {NOON: 1}
        assert await store.reports.known_problems() == [KnownProblem("erp", Kind.CRASH, ERP_CRASH, 1, True)]

        await store.reports.add(a_batch(a_report("r2")))
        (problem,) = await store.reports.problems()
        assert (problem.count, problem.dismissed_at) == (2, None)

    async def test_who_dismissed_a_problem_and_brought_it_back_is_known_after_it_is_gone(
        self, store: Store, other: Store
    ) -> None:
        await store.reports.add(a_batch(a_report("r1")))
        for _ in range(2):
            await store.reports.dismiss(ERP_CRASH, "anna", NOON + MINUTE)
        await other.reports.bring_back(ERP_CRASH, "boris", NOON + 2 * MINUTE)
        assert [each.id for each in await store.reports.problems()] == [ERP_CRASH]
        changes = [
            ProblemChange(NOON + MINUTE, "anna", "dismissed", ERP_CRASH, "erp", "Деление на 0"),
            ProblemChange(NOON + 2 * MINUTE, "boris", "brought back", ERP_CRASH, "erp", "Деление на 0"),
        ]
        assert await store.reports.problem_changes() == changes

        async def latest(limit: int = 1000, **wanted: Any) -> list[ProblemChange]:
            return [each for _, each in await store.history.of_problems(ChangesBefore(**wanted), limit)]

        assert await latest() == changes[::-1]
        assert await latest(limit=1) == await latest(who="boris") == changes[1:]
        assert await latest(since=NOON, until=NOON + 2 * MINUTE) == changes[:1]
        assert (await latest(targets=["erp", "crm"]), await latest(targets=["crm"])) == (
            changes[::-1],
            [],
        )
        collect = store.reports.collect
        await collect(reports_before=NOON, problems_before=NOON + 2 * MINUTE, largest=10**9)
        assert await store.reports.problems() == []
        assert await store.reports.problem_changes() == changes[1:]

    async def test_a_problem_that_is_not_there_cannot_be_dismissed(self, store: Store) -> None:
        for change in (store.reports.dismiss, store.reports.bring_back):
            with pytest.raises(UnknownProblem):
                await change("none", "anna", NOON)
        assert await store.reports.problem_changes() == []

    async def test_what_gives_way_counts_with_the_others_and_none_of_it_is_lost(self, store: Store) -> None:
        one = a_report("r1", stack_hash="b2", user="boris", version="8.3.21", at=NOON - HOUR)
        twice = a_report("r2", stack_hash="c3")
        dismissed = a_report("r3", stack_hash="d4", user="vera")
        await store.reports.add(a_batch(one, twice, twice_again := replace(twice, id="r4"), dismissed))
        await store.reports.add(a_batch(replace(dismissed, id="r5")))
        await store.reports.dismiss(dismissed.problem, "anna", NOON)
        batch = a_batch(a_report("r6"))
        for each in (one, twice, dismissed):
            batch.give_way(each.problem)
        await store.reports.add(batch)

        found = {each.stack_hash: each for each in await store.reports.problems()}
        assert found.keys() == {"a1", "c3", "other"}, "more came of c3 meanwhile"
        other = found["other"]
        assert (other.count, other.users, other.versions) == (3, 2, ("8.3.21", "8.3.27"))
        assert (other.first_seen, other.last_seen, other.title) == (NOON - HOUR, NOON, "")
        assert await store.reports.counts.by_hour(NOON - HOUR, NOON + HOUR) == {NOON - HOUR: 1, NOON: 5}
        of_other = await store.reports.reports(problem_id=other.id)
        assert {each.id for each in of_other} == {"r1", "r3", "r5"}
        assert {each.id for each in await store.reports.reports(problem_id=twice.problem)} == {
            twice.id,
            twice_again.id,
        }

    async def test_what_gives_way_before_it_is_written_counts_with_the_others_too(self, store: Store) -> None:
        batch = a_batch(a_report("r1"), a_report("r2", stack_hash="b2"), a_report("r3", stack_hash="c3"))
        for stack_hash in ("b2", "c3"):
            batch.give_way(problem_id("erp", Kind.CRASH, stack_hash))
        await store.reports.add(batch)
        assert {each.stack_hash: each.count for each in await store.reports.problems()} == {
            "a1": 1,
            "other": 2,
        }
        assert len(await store.reports.reports()) == 3

    async def test_a_problem_has_no_more_versions_than_can_be_told_apart(self, store: Store) -> None:
        for first in (0, 40):
            versions = (f"8.3.{number:03}" for number in range(first, first + 40))
            await store.reports.add(a_batch(*(a_report(version=each) for each in versions), keep=False))
        assert len((await store.reports.problem(ERP_CRASH)).versions) == 50

    async def test_counts_are_added_up_by_hour_infobase_and_problem(self, store: Store) -> None:
        login = a_report(kind=Kind.LOGIN_FAILURE, stack_hash="b2", at=NOON + HOUR)
        crm = a_report(infobase="crm", at=NOON + 59 * MINUTE)
        await store.reports.add(a_batch(a_report(), a_report(), login, crm, keep=False))
        counts, end = store.reports.counts, NOON + 2 * HOUR
        assert await counts.by_hour(NOON, end) == {NOON: 3, NOON + HOUR: 1}
        assert await counts.by_hour(NOON, NOON + HOUR, infobase="erp") == {NOON: 2}
        assert await counts.by_hour(NOON, end, kind=Kind.LOGIN_FAILURE) == {NOON + HOUR: 1}
        assert await counts.by_hour(NOON, end, problem_id=ERP_CRASH) == {NOON: 2}
        assert list((await counts.by_infobase(NOON, end)).items()) == [("erp", 3), ("crm", 1)]
        assert await counts.by_infobase(NOON, NOON + HOUR, kind=Kind.CRASH) == {"erp": 2, "crm": 1}
        found = await counts.by_problem(NOON, end, limit=2)
        assert [(problem.id, count) for problem, count in found[:1]] == [(ERP_CRASH, 2)]
        assert len(found) == 2
        (found_login,) = await counts.by_problem(NOON, end, infobase="erp", kind=Kind.LOGIN_FAILURE)
        assert found_login == (await store.reports.problem(found_login[0].id), 1)

    async def test_counts_of_single_hours_are_read_by_infobase(self, store: Store) -> None:
        login = a_report(kind=Kind.LOGIN_FAILURE)
        other = a_report(infobase="crm", at=NOON + HOUR)
        await store.reports.add(a_batch(a_report(), login, other, a_report(at=NOON - HOUR), keep=False))
        found = await store.reports.counts.in_hours([NOON, NOON + HOUR])
        assert found == {"erp": {NOON: 2}, "crm": {NOON + HOUR: 1}}
        assert await store.reports.counts.in_hours([NOON, NOON + HOUR], at_least=2) == {"erp": {NOON: 2}}
        assert await store.reports.counts.in_hours([]) == {}

    async def test_counts_of_a_time_are_told_by_infobase_and_hour(self, store: Store) -> None:
        login = a_report(kind=Kind.LOGIN_FAILURE)
        crm = [a_report(infobase="crm", at=NOON + number * HOUR) for number in range(3)]
        await store.reports.add(a_batch(a_report(), login, *crm, keep=False))
        counts = store.reports.counts
        assert await counts.of_infobases(NOON, NOON + 2 * HOUR) == {
            "erp": {NOON: 2},
            "crm": {NOON: 1, NOON + HOUR: 1},
        }
        assert await counts.of_infobases(NOON, NOON + HOUR, ["crm", "gone"]) == {"crm": {NOON: 1}}
        assert await counts.of_infobases(NOON, NOON + HOUR, []) == {}

    async def test_the_first_report_of_each_hour_is_known_as_long_as_it_is_kept(self, store: Store) -> None:
        first, later = a_report("r1", at=NOON + 13 * MINUTE), a_report("r2", at=NOON + 50 * MINUTE)
        crm = a_report("r3", infobase="crm", at=NOON + HOUR)
        assert await store.reports.counts.began() is None
        await store.reports.add(a_batch(later, first, crm))
        counts = store.reports.counts
        assert await counts.began() == NOON + 13 * MINUTE
        asked = [("erp", NOON), ("erp", NOON + HOUR), ("crm", NOON + HOUR), ("crm", NOON)]
        assert await counts.first_reports(asked) == {
            ("erp", NOON): NOON + 13 * MINUTE,
            ("crm", NOON + HOUR): NOON + HOUR,
        }
        assert await counts.first_reports([("erp", NOON - HOUR)]) == {}
        assert await counts.first_reports([]) == {}
