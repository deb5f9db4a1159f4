"""Wrong passwords slow down whoever tries them, and nobody else; time stands still unless a test moves it."""

from datetime import UTC, datetime, timedelta

from errorhelp.admin.access.attempt_delays import LONGEST_WAIT, SlowDown

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HERE, THERE = "192.0.2.1", "198.51.100.7"


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def failed(slow_down: SlowDown, times: int, name: str = "anna", address: str = HERE) -> datetime:
    """The time after so many wrong attempts, each at the first moment at which it is let through."""
    now = NOON
    for _ in range(times):
        now += slow_down.wait(name, address, now)
        slow_down.begin(name, address, now)
    return now


def test_the_first_attempt_waits_for_nothing() -> None:
    assert SlowDown().wait("anna", HERE, NOON) == timedelta()


def test_each_failure_doubles_the_wait_up_to_a_minute() -> None:
    waits = []
    for count in range(10):
        now = failed(slow_down := SlowDown(), count + 1)
        waits.append(slow_down.wait("anna", HERE, now).total_seconds())
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_waiting_is_enough() -> None:
    slow_down = SlowDown()
    now = failed(slow_down, 3)
    assert slow_down.wait("anna", HERE, now + seconds(3.5)) == seconds(0.5)
    assert slow_down.wait("anna", HERE, now + seconds(4)) == timedelta()


def test_an_address_that_tries_many_names_waits_for_each_of_them() -> None:
    slow_down = SlowDown()
    now = failed(slow_down, 1, "anna")
    slow_down.begin("boris", HERE, now)
    slow_down.begin("olga", HERE, now)
    assert slow_down.wait("vera", HERE, now) == seconds(4)


def test_many_attempts_at_once_are_no_way_around() -> None:
    slow_down = SlowDown()
    slow_down.begin("anna", HERE, NOON)
    assert slow_down.wait("anna", HERE, NOON) > timedelta()


def test_a_name_that_is_tried_from_many_addresses_lets_each_of_them_wait_longer() -> None:
    slow_down = SlowDown()
    for number in range(5):
        slow_down.begin("Anna", f"198.51.100.{number}", NOON)
    assert slow_down.wait("anna", "198.51.100.0", NOON) == seconds(16)


def test_the_right_person_is_not_locked_out_from_elsewhere() -> None:
    slow_down = SlowDown()
    now = failed(slow_down, 20, address=THERE)
    assert slow_down.wait("anna", HERE, now) == timedelta()
    slow_down.begin("anna", HERE, now)
    for later in range(60):
        slow_down.begin("anna", THERE, now + seconds(later))
    assert slow_down.wait("anna", HERE, now + LONGEST_WAIT) == timedelta()


def test_success_forgets_the_wrong_attempts_of_the_name_but_not_those_of_the_address() -> None:
    slow_down = SlowDown()
    now = failed(slow_down, 3)
    now += slow_down.wait("anna", HERE, now)
    slow_down.begin("anna", HERE, now)
    slow_down.succeeded("anna", HERE)
    slow_down.begin("boris", HERE, now)
    assert slow_down.wait("boris", HERE, now) == seconds(8)
    slow_down.begin("anna", THERE, now)
    assert slow_down.wait("anna", THERE, now) == seconds(1)


def test_success_leaves_no_wait_behind_when_nothing_failed() -> None:
    slow_down = SlowDown()
    slow_down.begin("anna", HERE, NOON)
    slow_down.succeeded("anna", HERE)
    assert slow_down.wait("boris", HERE, NOON) == timedelta()


def test_an_hour_without_wrong_attempts_forgets_them() -> None:
    slow_down = SlowDown()
    now = failed(slow_down, 9) + timedelta(hours=1)
    slow_down.begin("anna", HERE, now)
    assert slow_down.wait("anna", HERE, now) == seconds(1)


def test_the_addresses_of_one_ipv6_network_are_one() -> None:
    slow_down = SlowDown()
    slow_down.begin("anna", "2001:db8:1:2::1", NOON)
    assert slow_down.wait("anna", "2001:db8:1:2:ffff::9", NOON) == seconds(1)
    assert slow_down.wait("anna", "2001:db8:1:3::1", NOON) == timedelta()
    slow_down.begin("anna", "::ffff:192.0.2.1", NOON)
    assert slow_down.wait("anna", HERE, NOON) > timedelta()


def test_only_the_newest_thousands_are_remembered() -> None:
    slow_down = SlowDown()
    slow_down.begin("anna", HERE, NOON)
    for number in range(10_000):
        slow_down.begin(f"name {number}", f"10.0.{number // 256}.{number % 256}", NOON)
    assert slow_down.wait("anna", HERE, NOON) == timedelta()
    assert slow_down.wait("name 9999", "10.0.39.15", NOON) == seconds(1)


def test_a_clock_that_is_set_back_makes_nobody_wait_longer_than_the_longest_wait() -> None:
    slow_down = SlowDown()
    slow_down.begin("anna", HERE, NOON)
    assert slow_down.wait("anna", HERE, NOON - timedelta(days=1)) <= LONGEST_WAIT
