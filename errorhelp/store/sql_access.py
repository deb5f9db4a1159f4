"""API tokens and sign-ins in SQL."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from errorhelp.people.people import Person, Role
from errorhelp.store import UnknownToken
from errorhelp.store.access_records import ApiToken, SignIn
from errorhelp.store.rows import instant, refuse_unkeepable, unix_seconds
from errorhelp.store.tables import api_tokens, sign_ins

Connecting = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


class AccessStore:
    """API tokens and sign-ins in a database, under the same terms as the rest of a `Store`.

    On the connections of an SQL store: `reading`, and `writing` in a transaction.
    """

    def __init__(self, reading: Connecting, writing: Connecting) -> None:
        self._reading = reading
        self._writing = writing

    async def add_token(self, token: ApiToken, secret_hash: str) -> None:
        """Keep a token under an id of its own."""
        row = _token_row(token) | {"secret_hash": secret_hash}
        async with self._writing() as connection:
            await connection.execute(insert(api_tokens).values(row))

    async def tokens(self) -> list[ApiToken]:
        """Every token, those revoked too, the oldest first."""
        query = select(api_tokens).order_by(api_tokens.c.created_at, api_tokens.c.id)
        async with self._reading() as connection:
            return [_token_of(row) for row in await connection.execute(query)]

    async def token(self, token_id: str) -> ApiToken:
        """One token, or UnknownToken."""
        async with self._reading() as connection:
            return await _find(connection, token_id)

    async def token_of(self, secret_hash: str) -> ApiToken | None:
        """The token with that secret, if there is one."""
        query = select(api_tokens).where(api_tokens.c.secret_hash == secret_hash)
        async with self._reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _token_of(row)

    async def token_used(self, token_id: str, at: datetime) -> None:
        """Note when it was used."""
        used = update(api_tokens).where(api_tokens.c.id == token_id).values(used_at=unix_seconds(at))
        async with self._writing() as connection:
            await connection.execute(used)

    async def revoke_token(self, token_id: str, at: datetime) -> ApiToken:
        """Revoke a token; one that is revoked already stays as it is. UnknownToken if there is none."""
        revoked_at = func.coalesce(api_tokens.c.revoked_at, unix_seconds(at))
        async with self._writing() as connection:
            await connection.execute(
                update(api_tokens).where(api_tokens.c.id == token_id).values(revoked_at=revoked_at)
            )
            return await _find(connection, token_id)

    async def add_sign_in(self, sign_in: SignIn, secret_hash: str) -> None:
        """Keep a sign-in."""
        refuse_unkeepable(sign_in.name)
        row = {
            "secret_hash": secret_hash,
            "name": sign_in.name,
            "proof": sign_in.proof,
            "created_at": unix_seconds(sign_in.created_at),
            "used_at": unix_seconds(sign_in.used_at),
        }
        async with self._writing() as connection:
            await connection.execute(insert(sign_ins).values(row))

    async def sign_in_of(self, secret_hash: str) -> SignIn | None:
        """The sign-in with that secret, if there is one."""
        query = select(sign_ins).where(sign_ins.c.secret_hash == secret_hash)
        async with self._reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return SignIn(row.name, row.proof, instant(row.created_at), instant(row.used_at))

    async def sign_in_used(self, secret_hash: str, at: datetime) -> None:
        """Note when it was used."""
        used = update(sign_ins).where(sign_ins.c.secret_hash == secret_hash).values(used_at=unix_seconds(at))
        async with self._writing() as connection:
            await connection.execute(used)

    async def end_sign_in(self, secret_hash: str) -> None:
        """Forget a sign-in; nothing happens if there is none."""
        async with self._writing() as connection:
            await connection.execute(delete(sign_ins).where(sign_ins.c.secret_hash == secret_hash))

    async def end_sign_ins_of(self, name: str) -> None:
        """Forget every sign-in of somebody."""
        async with self._writing() as connection:
            await connection.execute(delete(sign_ins).where(sign_ins.c.name == name))

    async def collect_sign_ins(self, *, created_before: datetime, used_before: datetime) -> None:
        """Forget those that are older or were not used for longer."""
        over = or_(
            sign_ins.c.created_at < unix_seconds(created_before),
            sign_ins.c.used_at < unix_seconds(used_before),
        )
        async with self._writing() as connection:
            await connection.execute(delete(sign_ins).where(over))


async def _find(connection: AsyncConnection, token_id: str) -> ApiToken:
    row = (await connection.execute(select(api_tokens).where(api_tokens.c.id == token_id))).one_or_none()
    if row is None:
        raise UnknownToken(token_id)
    return _token_of(row)


def _token_row(token: ApiToken) -> dict[str, Any]:
    person = token.person
    refuse_unkeepable(person.name, token.created_by, *person.folders)
    return {
        "id": token.id,
        "name": person.name,
        "role": person.role.value,
        "folders": list(person.folders),
        "created_at": unix_seconds(token.created_at),
        "created_by": token.created_by,
        "used_at": token.used_at and unix_seconds(token.used_at),
        "revoked_at": token.revoked_at and unix_seconds(token.revoked_at),
    }


def _token_of(row: Row[Any]) -> ApiToken:
    return ApiToken(
        id=row.id,
        person=Person(row.name, Role(row.role), tuple(row.folders)),
        created_at=instant(row.created_at),
        created_by=row.created_by,
        used_at=None if row.used_at is None else instant(row.used_at),
        revoked_at=None if row.revoked_at is None else instant(row.revoked_at),
    )
