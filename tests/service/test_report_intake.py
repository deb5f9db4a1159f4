"""The intake in a storm, and what is left of it."""

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from report_samples import GET_INFO, NOON, REPORT, Desk, desk, zipped
from work import Work, counted

from benchmarks.hostile_bodies import BODIES, CONTENT_TYPES
from errorhelp.reports.known_problems import MOST_NEW
from errorhelp.reports.report import HourCount, Kind
from errorhelp.reports.report_rates import Rates
from errorhelp.reports.report_reading import Unreadable

FAST = "{enabled: true, rate: 100000, rate_per_address: 100000"


def post(served: Desk, text: str, user: str = "anna", address: str = "10.0.0.1") -> None:
    body = json.dumps({"errorText": text, "userName": user}).encode()
    served.intake.take("erp", body, "application/json", address)


def words(number: int) -> list[str]:
    """So many words that differ."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [first + second for first in letters for second in letters][:number]


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
        for number, first in enumerate(letters):
            for second in letters:
                # No address of them alone may begin so many.
                post(served, f"trouble {first}{second}", address=f"10.0.0.{number}")
        await served.intake.write()
        problems = await served.store.reports.problems()
        assert len(problems) == 201
        assert sum(each.count for each in problems) == 26 * 26
        (other,) = [each for each in problems if each.stack_hash == "other"]
        assert other.count == 26 * 26 - 200


async def test_a_real_problem_is_listed_though_strangers_made_up_as_many_as_there_may_be(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, FAST + "}") as served:
        post(served, "no licence")
        post(served, "no licence")
        for number, word in enumerate(words(230)):
            served.clock.go_on(seconds=1)
            post(served, f"made up {word}", address=f"10.0.{number // 40}.1")
            if number % 50 == 0:
                await served.intake.write()
                await served.intake.look_after_store()
        served.clock.go_on(minutes=2)
        await served.intake.write()
        await served.intake.look_after_store()
        post(served, "Не найдена лицензия", address="10.9.9.9")
        await served.intake.write()

        problems = await served.store.reports.problems()
        assert {"no licence", "Не найдена лицензия"} <= {each.title for each in problems}
        assert len(problems) == 201
        assert sum(each.count for each in problems) == 233
        (other,) = [each for each in problems if each.stack_hash == "other"]
        assert other.count == 32
        # The oldest of those with one report gave way.
        titles = {each.title for each in problems}
        assert {f"made up {word}" for word in words(230)} - titles == {
            f"made up {word}" for word in words(32)
        }


async def test_one_address_begins_few_problems_in_an_hour_and_the_rest_is_counted_together(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, FAST + "}") as served:
        for word in words(230):
            post(served, f"made up {word}", address="10.0.0.1")
        post(served, "no licence", address="10.0.0.2")
        await served.intake.write()
        counts = {each.title: each.count for each in await served.store.reports.problems()}
        assert len(counts) == MOST_NEW + 2
        assert (counts["no licence"], counts[""]) == (1, 230 - MOST_NEW)

        served.clock.go_on(hours=1)
        post(served, "made up later", address="10.0.0.1")
        await served.intake.write()
        assert "made up later" in {each.title for each in await served.store.reports.problems()}


async def test_what_was_dismissed_gives_way_first(tmp_path: Path) -> None:
    async with desk(tmp_path, FAST + "}") as served:
        for number, word in enumerate(words(200)):
            for _ in range(2):
                post(served, f"made up {word}", address=f"10.0.{number // 40}.1")
        await served.intake.write()
        (dismissed, *_) = await served.store.reports.problems()
        await served.store.reports.dismiss(dismissed.id, "anna", NOON)
        served.clock.go_on(minutes=2)
        await served.intake.look_after_store()
        post(served, "no licence", address="10.9.9.9")
        await served.intake.write()
        titles = {each.title for each in await served.store.reports.problems(dismissed=True)}
        assert "no licence" in titles
        assert dismissed.title not in titles


async def test_the_log_shows_once_an_hour_that_much_is_counted_together(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(tmp_path, FAST + "}") as served:
        for word in words(MOST_NEW + 9):
            post(served, f"made up {word}")
        await served.intake.write()
        assert "counted together" not in caplog.text
        for word in words(MOST_NEW + 9)[-9:]:
            post(served, f"made up {word}")
        await served.intake.write()
        await served.intake.write()
    (line,) = [each.getMessage() for each in caplog.records if "counted together" in each.getMessage()]
    assert line.startswith("18 reports (login_failure) of erp")


async def test_one_address_leaves_room_for_the_reports_of_others(tmp_path: Path) -> None:
    async with desk(tmp_path, FAST + ", largest_store: 1, samples: 1000}") as served:
        for number in range(20):
            post(served, f"{number} " + "x" * 13_000)
        post(served, "Не найдена лицензия", address="10.0.7.7")
        await served.intake.write()
        kept = await served.store.reports.reports()
        assert "Не найдена лицензия" in {each.text for each in kept}


async def test_large_reports_are_kept_up_to_a_share_of_the_store_an_hour(tmp_path: Path) -> None:
    async with desk(tmp_path, FAST + ", largest_store: 1, samples: 1000}") as served:
        for number in range(20):
            post(served, f"{number} " + "x" * 13_000, address=f"10.0.{number}.1")
        await served.intake.write()
        # Of each the text, as far as it is kept, and the details.
        assert len(await served.store.reports.reports()) == 104_857 // (13_000 + 8_000)
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
    asked = json.dumps(GET_INFO).encode()
    async with desk(tmp_path) as first:
        assert await first.intake.get_info("erp", asked, "10.0.0.1")
        await first.intake.push("erp", zipped(), "application/zip", "10.0.0.1")
    async with desk(tmp_path) as second:
        await second.intake.look_after_store()
        assert not await second.intake.get_info("erp", asked, "10.0.0.1")


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


# What one report may cost: calls of functions, as tests/work.py counts them, of which a few thousand take
# a millisecond.
MOST_OF_ONE, MOST_AT_A_STRETCH = 150_000, 20_000


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
@pytest.mark.parametrize("name", BODIES)
def test_no_report_costs_more_than_a_bounded_number_of_steps_and_few_of_them_on_the_event_loop(
    tmp_path: Path, name: str, content_type: str
) -> None:
    async def work(body: bytes) -> Work:
        async with desk(tmp_path, FAST + "}") as served:
            # Statements are compiled once, by whichever test comes first.
            served.intake.take("erp", b'{"description": "x"}', "application/json", "10.0.0.1")
            await served.intake.write()
            with counted() as work:
                served.intake.take("erp", body, content_type, "10.0.0.1")
                await served.intake.write()
            assert sum(each.count for each in await served.store.reports.problems()) == 2
            assert served.intake.counters.unread.total() == 0
            return work

    taken = asyncio.run(work(BODIES[name]))
    assert taken.calls <= MOST_OF_ONE
    assert taken.longest_step <= MOST_AT_A_STRETCH


@pytest.mark.parametrize("name", BODIES)
def test_no_small_report_holds_the_event_loop_either(tmp_path: Path, name: str) -> None:
    async def work(body: bytes) -> Work:
        async with desk(tmp_path, FAST + "}") as served:
            with counted() as work:
                served.intake.take("erp", body, "application/json", "10.0.0.1")
                await served.intake.write()
            return work

    assert asyncio.run(work(BODIES[name][:4096])).longest_step <= MOST_AT_A_STRETCH


@pytest.mark.parametrize("name", BODIES)
def test_a_get_info_is_bounded_as_a_report_is(tmp_path: Path, name: str) -> None:
    body = BODIES[name]

    async def work() -> Work:
        async with desk(tmp_path, FAST + "}") as served:
            with counted() as work, suppress(Unreadable):
                await served.intake.get_info("erp", body, "10.0.0.1")
            with suppress(Unreadable):
                await served.intake.get_info("erp", b'{"x": ' + body[:60_000] + b"}", "10.0.0.1")
            return work

    taken = asyncio.run(work())
    assert taken.calls <= MOST_OF_ONE
    assert taken.longest_step <= MOST_AT_A_STRETCH


async def test_a_get_info_over_the_bytes_of_its_address_is_counted_and_no_report_is_wanted(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as served:
        body = json.dumps(GET_INFO | {"x": "x" * 60_000}).encode()
        wanted = [await served.intake.get_info("erp", body, "10.0.0.1") for _ in range(20)]
        assert wanted == [True] * 8 + [False] * 12
        assert await served.intake.get_info("erp", json.dumps(GET_INFO).encode(), "10.0.0.2")
        await served.intake.write()
        (other,) = await served.store.reports.problems()
        assert (other.kind, other.stack_hash, other.count) == (Kind.CRASH, "other", 12)


def test_no_crash_report_costs_more_than_a_bounded_number_of_steps(tmp_path: Path) -> None:
    reports = {
        "many texts": REPORT | {"additionalInfo": [f"{number:x}" * 4 for number in range(40_000)]},
        "many names": REPORT | {"additionalInfo": {f"name{number:x}": number for number in range(40_000)}},
        "a long text": REPORT | {"additionalInfo": ["pwd" * 50 + f"{number:x}" for number in range(10_000)]},
        "a long stack": REPORT
        | {"errorInfo": {"applicationErrorInfo": {"stack": [f"a : {number}" for number in range(40_000)]}}},
    }

    async def work(body: bytes) -> Work:
        async with desk(tmp_path, FAST + "}") as served:
            with counted() as work:
                await served.intake.push("erp", body, "application/zip", "10.0.0.1")
            return work

    for report in reports.values():
        taken = asyncio.run(work(zipped(report)))
        assert taken.calls <= 300_000
        assert taken.longest_step <= MOST_AT_A_STRETCH


async def test_details_are_cut_to_what_may_be_kept_and_that_is_what_counts(tmp_path: Path) -> None:
    report = REPORT | {"additionalInfo": [f"Ошибка в строке {number}" for number in range(20_000)]}
    async with desk(tmp_path, "{enabled: true, largest_store: 1, samples: 1000}") as served:
        sizes = []
        for number in range(20):
            body = zipped(report | {"id": str(number)})
            await served.intake.push("erp", body, "application/zip", "10.0.0.1")
        for each in await served.store.reports.reports():
            sizes.append(len(json.dumps(each.details)))
        assert (await served.store.reports.problems())[0].count == 20
    assert sizes and max(sizes) <= 64 * 1024 + 100
    # A tenth of the store in an hour, however small the zips are.
    assert sum(sizes) <= 1024 * 1024 // 10


async def test_the_oldest_reports_go_as_soon_as_there_are_too_many_and_not_an_hour_later(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, FAST + ", largest_store: 1, samples: 1000}") as served:
        for hour in range(14):
            for number in range(20):
                post(served, f"{hour} {number} " + "x" * 5_000)
            await served.intake.write()
            await served.intake.look_after_store()
            # The clock is set back now and then, so that no hour passes for the collection.
            served.clock.go_on(hours=1 if hour % 2 else -1)
        kept = await served.store.reports.reports()
        assert sum(each.size for each in kept) <= 1024 * 1024 * 1.1


async def test_one_large_report_after_another_is_counted_and_only_some_are_read(tmp_path: Path) -> None:
    async with desk(tmp_path) as served:
        for _ in range(100):
            served.intake.take("erp", BODIES["numbers"], "application/json", "10.0.0.1")
        post(served, "no licence", address="10.0.0.2")
        await served.intake.write()
        problems = await served.store.reports.problems()
        assert sum(each.count for each in problems) == 101
        counters = served.intake.counters
        assert (counters.taken, counters.unread.total(), counters.too_many) == (101, 93, 0)
        assert "no licence" in {each.title for each in problems}


async def test_what_waits_to_be_read_takes_a_bounded_memory_and_the_rest_is_counted(tmp_path: Path) -> None:
    async with desk(tmp_path, FAST + "}") as served:
        for _ in range(40_000):
            served.intake.take("erp", b"", "", "10.0.0.1")
        assert 0 < served.intake.counters.unread.total() < 40_000
        await served.intake.write()
        assert sum(each.count for each in await served.store.reports.problems()) == 40_000


def test_the_bytes_of_a_client_count_and_not_only_its_reports() -> None:
    rates = Rates()
    taken = [rates.take("a", 0, per_address=100, overall=1000, amount=200) for _ in range(4)]
    assert taken == [True, True, False, False]
    assert rates.take("b", 0, per_address=100, overall=1000, amount=500)


async def test_all_addresses_of_one_household_have_one_rate(tmp_path: Path) -> None:
    async with desk(tmp_path, "{enabled: true, rate_per_address: 1}") as served:
        for number in range(50):
            post(served, "no licence", address=f"2001:db8::{number:x}")
        assert served.intake.counters.too_many == 45


async def test_a_report_is_kept_without_any_part_of_a_secret_at_its_end(tmp_path: Path) -> None:
    texts = [f"{'x' * length} https://anna:{'ж' * 60}@srv" for length in range(7900, 8020, 10)]
    async with desk(tmp_path, FAST + "}") as served:
        for text in texts:
            post(served, text)
        await served.intake.write()
        kept = await served.store.reports.reports()
        assert len(kept) == len(texts)
        assert "ж" not in json.dumps([[each.text, each.details] for each in kept], ensure_ascii=False)
