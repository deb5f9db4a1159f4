"""Requests that were done, in SQL: noted in the transaction that does them, so that two of them never do it twice."""

from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from errorhelp.messages.message import Message
from errorhelp.store import RequestDone
from errorhelp.store.request_records import KNOWN_FOR, DoneRequest, RequestKey
from errorhelp.store.rows import instant, message_of, message_row, unix_seconds
from errorhelp.store.sql_access import Connecting
from errorhelp.store.tables import done_requests


class DoneRequestStore:
    """Requests that were done, in a database, under the same terms as the rest of a `Store`.

    On the connections of an SQL store: `reading`, and `writing` in a transaction.
    """

    def __init__(self, reading: Connecting, writing: Connecting) -> None:
        self._reading = reading
        self._writing = writing

    async def refuse_if_done(self, key: RequestKey, now: datetime) -> None:
        """RequestDone if a request with that key was done, as far as that is known."""
        async with self._reading() as connection:
            await _refuse_if_done(connection, key, now)

    async def note(self, key: RequestKey, message: Message, at: datetime) -> None:
        """Note a request that changed nothing; RequestDone if there was one with that key."""
        async with self._writing() as connection:
            await note_request(connection, key, message, at)

    async def collect(self, before: datetime) -> None:
        """Forget the requests done before the instant."""
        async with self._writing() as connection:
            old = done_requests.c.at < unix_seconds(before)
            await connection.execute(delete(done_requests).where(old))


async def note_request(connection: AsyncConnection, key: RequestKey, message: Message, at: datetime) -> None:
    """Note what a request does in this transaction; RequestDone if there was one with that key.

    Of two at once the other has committed by now, or waits for this one: a store has one writer at a time.
    """
    await _refuse_if_done(connection, key, at)
    # It may be known no longer, and be there still.
    await connection.execute(delete(done_requests).where(done_requests.c.key_hash == key.hash))
    row = {"key_hash": key.hash, "fingerprint": key.fingerprint, "at": unix_seconds(at)}
    await connection.execute(insert(done_requests).values(row | {"message": message_row(message)}))


async def _refuse_if_done(connection: AsyncConnection, key: RequestKey, now: datetime) -> None:
    known = done_requests.c.at > unix_seconds(now - KNOWN_FOR)
    query = select(done_requests).where(done_requests.c.key_hash == key.hash, known)
    if (row := (await connection.execute(query)).one_or_none()) is not None:
        raise RequestDone(_done_request_of(row))


def _done_request_of(row: Row[Any]) -> DoneRequest:
    at = instant(row.at)
    return DoneRequest(
        row.fingerprint, at, replace(message_of(SimpleNamespace(**row.message)), changed_at=at)
    )
