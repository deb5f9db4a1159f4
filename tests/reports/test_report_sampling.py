"""Which reports are kept whole."""

from datetime import UTC, datetime, timedelta

from errorhelp.reports.report_sampling import SHARE_OF_A_CLIENT, Sampling

NOON = datetime(2026, 11, 27, 12, 30, tzinfo=UTC)


def keeps(sampling: Sampling, problem: str, client: str, size: int, at: datetime = NOON) -> bool:
    may = sampling.may_keep(problem, client, at, per_problem=3, most_bytes=1000)
    does = sampling.keeps(problem, client, at, size, per_problem=3, most_bytes=1000)
    assert may or not does
    return does


def test_of_one_problem_the_first_of_an_hour_are_kept():
    sampling = Sampling()
    assert [keeps(sampling, "licence", f"10.0.0.{n}", 10) for n in range(5)] == [True] * 3 + [False] * 2
    assert keeps(sampling, "another", "10.0.0.1", 10)
    assert keeps(sampling, "licence", "10.0.0.1", 10, NOON + timedelta(minutes=30))


def test_one_client_cannot_use_up_what_all_may_keep_in_an_hour():
    sampling = Sampling()
    of_one = [n for n in range(100) if keeps(sampling, f"made up {n}", "10.0.0.1", 25)]
    assert len(of_one) * 25 == 1000 // SHARE_OF_A_CLIENT
    assert not sampling.may_keep("x", "10.0.0.1", NOON, per_problem=3, most_bytes=1000)
    assert keeps(sampling, "licence", "10.0.0.2", 200)


def test_all_together_keep_no_more_than_the_bytes_of_an_hour():
    sampling = Sampling()
    kept = [n for n in range(100) if keeps(sampling, f"problem {n}", f"10.0.{n}.1", 100)]
    assert len(kept) == 10
