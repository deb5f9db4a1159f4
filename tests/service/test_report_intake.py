"""The intake in a storm, and what is left of it."""

import json
from datetime import timedelta
from pathlib import Path

from report_samples import GET_INFO, NOON, Desk, desk, zipped

from errorhelp.reports.report import HourCount, Kind
from errorhelp.reports.report_rates import Rates
from errorhelp.reports.report_reading import read_get_info

FAST = "{enabled: true, rate: 100000, rate_per_address: 100000"


def post(served: Desk, text: str, user: str = "anna", address: str = "10.0.0.1") -> None:
    body = json.dumps({"errorText": text, "userName": user}).encode()
    served.intake.take("erp", body, "application/json", address)


async def test_a_storm_of_an_hour_is_counted_exactly_and_few_reports_are_kept(tmp_path: Path) -> None:
    async with desk(tmp_path, FAST + ", samples: 5}") as served:
        for minute in range(60):
            for number in range(50):
                post(served, f"21.11.2026 12:{minute}: no licence for session {number}", f"user{number}")
            await served.intake.write()
            served.clock.go_on(minutes=1)
        (problem,) = await served.store.reports.problems()
        assert (problem.count, problem.users) == (3000, 50)
        assert (problem.first_seen, problem.last_seen) == (NOON, NOON + timedelta(minutes=59))
        assert await served.store.reports.hours(NOON, NOON + timedelta(hours=2)) == [
            HourCount("erp", Kind.LOGIN_FAILURE, NOON, 3000)
        ]
        assert len(await served.store.reports.reports()) == 5

        post(served, "no licence in the next hour")
        post(served, "no licence for session 7 at 13:00")
        await served.intake.write()
        assert len(await served.store.reports.reports()) == 7


async def test_texts_made_up_to_differ_fill_no_more_than_a_bounded_number_of_problems(tmp_path: Path) -> None:
    async with desk(tmp_path, FAST + "}") as served:
        letters = "abcdefghijklmnopqrstuvwxyz"
        for first in letters:
            for second in letters:
                post(served, f"trouble {first}{second}")
        await served.intake.write()
        problems = await served.store.reports.problems()
        assert len(problems) == 201
        assert sum(each.count for each in problems) == 26 * 26
        (other,) = [each for each in problems if each.stack_hash == "other"]
        assert other.count == 26 * 26 - 200


async def test_large_reports_are_kept_up_to_a_share_of_the_store_an_hour(tmp_path: Path) -> None:
    async with desk(tmp_path, FAST + ", largest_store: 1, samples: 1000}") as served:
        for number in range(20):
            post(served, f"{number} " + "x" * 20_000)
        await served.intake.write()
        assert len(await served.store.reports.reports()) == 5
        assert [each.count for each in await served.store.reports.problems()] == [20]


async def test_what_is_past_its_time_goes(tmp_path: Path) -> None:
    async with desk(tmp_path, "{enabled: true, keep: 1d, keep_problems: 2d}") as served:
        post(served, "no licence")
        await served.intake.write()
        left = []
        for _ in range(3):
            await served.intake.look_after_store()
            left.append(
                (len(await served.store.reports.reports()), len(await served.store.reports.problems()))
            )
            served.clock.go_on(days=1, seconds=1)
        assert left == [(1, 1), (0, 1), (0, 0)]


async def test_a_new_service_knows_the_problems_that_are_in_the_store(tmp_path: Path) -> None:
    told = read_get_info(json.dumps(GET_INFO).encode())
    async with desk(tmp_path) as first:
        assert first.intake.get_info("erp", told, "10.0.0.1")
        await first.intake.push("erp", zipped(), "10.0.0.1")
    async with desk(tmp_path) as second:
        await second.intake.look_after_store()
        assert not second.intake.get_info("erp", told, "10.0.0.1")


async def test_what_was_taken_in_is_written_when_the_service_stops(tmp_path: Path) -> None:
    async with desk(tmp_path) as served:
        post(served, "no licence")
    async with desk(tmp_path) as served:
        assert [each.count for each in await served.store.reports.problems()] == [1]


async def test_one_loud_address_takes_nothing_from_the_others(tmp_path: Path) -> None:
    async with desk(tmp_path, "{enabled: true, rate: 1000, rate_per_address: 10}") as served:
        for _ in range(200):
            post(served, "no licence", address="10.0.0.1")
        post(served, "no licence", address="10.0.0.2")
        counters = served.intake.counters
        assert (counters.taken, counters.too_many) == (51, 150)


def test_a_rate_is_kept_over_time_and_a_burst_of_five_seconds_is_let_through() -> None:
    rates = Rates()
    taken = [
        sum(rates.take("a", second, per_address=2, overall=100) for _ in range(50)) for second in range(5)
    ]
    assert taken == [10, 2, 2, 2, 2]


def test_a_clock_that_is_set_back_lets_nothing_more_through() -> None:
    rates = Rates()
    for _ in range(5):
        rates.take("a", 100, per_address=1, overall=100)
    assert not rates.take("a", 0, per_address=1, overall=100)
    assert rates.take("a", 1, per_address=1, overall=100)


def test_the_overall_rate_bounds_many_addresses() -> None:
    rates = Rates()
    taken = sum(rates.take(f"10.0.{number}", 0, per_address=10, overall=20) for number in range(1000))
    assert taken == 100
