"""What every store does with API tokens and sign-ins; used like `store_contract`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from store_contract import HOUR, NOON, SECOND, Stores

from errorhelp.people.people import Person, Role
from errorhelp.people.secrets import secret_hash
from errorhelp.store import UnknownToken
from errorhelp.store.access_records import ApiToken, SignIn
from errorhelp.store.sql import Store
from errorhelp.store.sql_access import AccessStore

ONE, OTHER = secret_hash("one"), secret_hash("other")


def a_token(known_as: str = "t1", *, created_at_second: int = 0) -> ApiToken:
    return ApiToken(
        id=known_as,
        person=Person("ночной скрипт", Role.EDITOR, ("/Finance", "/Sales")),
        created_at=NOON + created_at_second * SECOND,
        created_by="anna",
    )


def a_sign_in(name: str = "anna", *, age: timedelta = timedelta(), unused: timedelta = timedelta()) -> SignIn:
    return SignIn(name, proof=secret_hash("a hash"), created_at=NOON - age, used_at=NOON - unused)


class AccessContract(Stores):
    @pytest.fixture
    def access(self, store: Store) -> AccessStore:
        return store.access

    async def test_a_token_is_found_by_its_secret_and_by_its_id(self, access: AccessStore) -> None:
        await access.add_token(a_token(), ONE)
        assert await access.token_of(ONE) == a_token()
        assert await access.token("t1") == a_token()
        assert await access.token_of(OTHER) is None

    async def test_tokens_come_in_the_order_in_which_they_were_made(self, access: AccessStore) -> None:
        later, sooner = a_token("a", created_at_second=1), a_token("b")
        await access.add_token(later, ONE)
        await access.add_token(sooner, OTHER)
        assert await access.tokens() == [sooner, later]

    async def test_the_use_of_a_token_is_noted(self, access: AccessStore) -> None:
        await access.add_token(a_token(), ONE)
        await access.token_used("t1", NOON + HOUR)
        assert await access.token("t1") == replace(a_token(), used_at=NOON + HOUR)

    async def test_a_token_is_revoked_once_and_stays_known(self, access: AccessStore) -> None:
        await access.add_token(a_token(), ONE)
        revoked = await access.revoke_token("t1", NOON + HOUR)
        assert revoked == replace(a_token(), revoked_at=NOON + HOUR)
        assert await access.revoke_token("t1", NOON + 2 * HOUR) == revoked
        assert await access.token_of(ONE) == revoked
        assert await access.tokens() == [revoked]

    async def test_a_token_that_does_not_exist_is_named(self, access: AccessStore) -> None:
        with pytest.raises(UnknownToken, match="'t1'"):
            await access.token("t1")
        with pytest.raises(UnknownToken, match="'t1'"):
            await access.revoke_token("t1", NOON)

    async def test_names_that_no_database_keeps_are_refused(self, access: AccessStore) -> None:
        with pytest.raises(ValueError, match=r"U\+0000"):
            await access.add_token(replace(a_token(), created_by="an\0na"), ONE)
        with pytest.raises(ValueError, match=r"U\+DCFF"):
            await access.add_sign_in(a_sign_in("an\udcffna"), ONE)
        assert await access.tokens() == []

    async def test_a_sign_in_is_found_by_its_secret_until_it_ends(self, access: AccessStore) -> None:
        await access.add_sign_in(a_sign_in(), ONE)
        assert await access.sign_in_of(ONE) == a_sign_in()
        assert await access.sign_in_of(OTHER) is None
        await access.end_sign_in(ONE)
        await access.end_sign_in(ONE)
        assert await access.sign_in_of(ONE) is None

    async def test_the_use_of_a_sign_in_is_noted(self, access: AccessStore) -> None:
        await access.add_sign_in(a_sign_in(), ONE)
        await access.sign_in_used(ONE, NOON + HOUR)
        assert await access.sign_in_of(ONE) == replace(a_sign_in(), used_at=NOON + HOUR)

    async def test_all_sign_ins_of_somebody_end_and_no_others(self, access: AccessStore) -> None:
        for number, name in enumerate(["anna", "anna", "boris"]):
            await access.add_sign_in(a_sign_in(name), secret_hash(str(number)))
        await access.end_sign_ins_of("anna")
        left = [await access.sign_in_of(secret_hash(str(number))) for number in range(3)]
        assert left == [None, None, a_sign_in("boris")]

    async def test_sign_ins_that_are_old_or_out_of_use_are_collected(self, access: AccessStore) -> None:
        limit = timedelta(days=1)
        for name, sign_in in {
            "old": a_sign_in(age=limit + SECOND),
            "out of use": a_sign_in(unused=limit + SECOND),
            "kept": a_sign_in(age=limit, unused=limit),
        }.items():
            await access.add_sign_in(sign_in, secret_hash(name))
        await access.collect_sign_ins(created_before=NOON - limit, used_before=NOON - limit)
        assert await access.sign_in_of(secret_hash("old")) is None
        assert await access.sign_in_of(secret_hash("out of use")) is None
        assert await access.sign_in_of(secret_hash("kept")) is not None

    async def test_tokens_and_sign_ins_are_there_after_reopening(
        self, access: AccessStore, new_store: Callable[[], Store]
    ) -> None:
        await access.add_token(a_token(), ONE)
        await access.add_sign_in(a_sign_in(), OTHER)
        other = new_store()
        await other.open()
        assert await other.access.token_of(ONE) == a_token()
        assert await other.access.sign_in_of(OTHER) == a_sign_in()
        await other.close()
