"""Who goes first when many passwords are to be checked, and who is sent away."""

import asyncio

import pytest
from argon2 import PasswordHasher

from errorhelp.admin.access.password_checks import PasswordChecks, TooManyChecks

# A tenth of a second or more: all that are asked for at once wait behind the first.
HASH = PasswordHasher(time_cost=20, memory_cost=8192, parallelism=1).hash("right")


async def checked(checks: PasswordChecks, done: list[str], name: str, address: str) -> bool:
    is_right = await checks.is_right("right", HASH, name, address)
    done.append(name)
    return is_right


async def test_who_was_right_before_goes_first_and_the_address_says_more_than_the_name() -> None:
    # Of several at once nobody knows which is done first.
    checks, done = PasswordChecks(at_once=1), list[str]()
    checks.succeeded("Anna", "192.0.2.1")
    asked = [("x", "192.0.2.9"), ("y", "192.0.2.9"), ("z", "192.0.2.9")]
    asked += [("anna", "192.0.2.9"), ("edik", "192.0.2.1"), ("ANNA", "192.0.2.1")]
    assert all(await asyncio.gather(*(checked(checks, done, *each) for each in asked)))
    assert done == ["x", "ANNA", "edik", "anna", "y", "z"]


async def test_who_was_never_right_gives_way_and_who_finds_no_place_is_sent_away_at_once() -> None:
    checks, done = PasswordChecks(), list[str]()
    checks.succeeded("anna", "192.0.2.1")
    strangers = [asyncio.create_task(checked(checks, done, f"x{n}", "192.0.2.9")) for n in range(10)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyChecks):
        await checks.is_right("right", HASH, "one more", "192.0.2.9")
    assert await checks.is_right("right", HASH, "anna", "192.0.2.1")
    outcomes = await asyncio.gather(*strangers, return_exceptions=True)
    assert [type(each) for each in outcomes].count(TooManyChecks) == 1


async def test_who_leaves_makes_room() -> None:
    checks, done = PasswordChecks(), list[str]()
    for _ in range(3):
        strangers = [asyncio.create_task(checked(checks, done, f"x{n}", "192.0.2.9")) for n in range(10)]
        await asyncio.sleep(0)
        for each in strangers[2:]:
            each.cancel()
        await asyncio.gather(*strangers, return_exceptions=True)
    assert await checks.is_right("right", HASH, "anna", "192.0.2.1")
    assert not await checks.is_right("wrong", HASH, "anna", "192.0.2.1")
    assert set(done) == {"x0", "x1"}
