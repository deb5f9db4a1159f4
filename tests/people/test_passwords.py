"""Passwords and their hashes."""

import pytest
from argon2 import PasswordHasher

from errorhelp.people.passwords import check_hash, hash_password, is_right

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def test_a_password_fits_its_own_hash_and_no_other() -> None:
    password_hash = hash_password("correct horse")
    assert is_right("correct horse", password_hash)
    assert not is_right("Correct horse", password_hash)
    assert hash_password("correct horse") != password_hash


@pytest.mark.parametrize(
    ("typed", "made"), [("\u0439\u0451\u0436", "\u0438\u0306\u0435\u0308\u0436"), ("\udcff", "\udcff")]
)
def test_how_a_keyboard_composes_letters_does_not_matter(typed: str, made: str) -> None:
    assert is_right(typed, check_hash(hash_password(made)))


def test_what_a_hash_says_is_not_what_the_password_said() -> None:
    assert hash_password("correct horse").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_password_of_millions_of_letters_to_compose_is_not_even_looked_at() -> None:
    assert not is_right("a" + "\u0315\u0301" * 1_000_000, CHEAP.hash("x"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        "$2b$12$abcdefghijklmnopqrstuv",
        CHEAP.hash("x").replace("argon2id", "argon2i"),
        CHEAP.hash("x")[:-30],
        "$argon2id$v=19$m=65536,t=3,p=4$…",
        "$argon2id$v=19$m=9999999,t=3,p=4$" + CHEAP.hash("x").split("$", 4)[4],
    ],
    ids=("empty", "plain", "bcrypt", "argon2i", "cut", "example", "costly"),
)
def test_what_cannot_be_checked_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="errorhelp user hash") as refused:
        check_hash(text)
    assert not text or text not in str(refused.value)


def test_a_hash_that_is_damaged_fits_no_password() -> None:
    whole = CHEAP.hash("x")
    assert not is_right("x", whole[:-1] + ("A" if whole[-1] != "A" else "B"))
    assert not is_right("x", "no hash")
