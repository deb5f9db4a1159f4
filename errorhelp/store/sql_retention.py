"""How long messages are kept, in SQL: what was used last, what somebody confirmed, and what it comes to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from errorhelp.store.rows import instant, unix_seconds
from errorhelp.store.sql_access import Connecting
from errorhelp.store.sql_reports import upsert
from errorhelp.store.tables import message_retention, messages

_USED, _CONFIRMED = "used", "confirmed"
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class KeptRetention:
    """How long messages were kept last, None if none were yet; and what somebody confirmed, and when."""

    used: timedelta | None = None
    confirmed: timedelta | None = None
    confirmed_at: datetime | None = None


class RetentionStore:
    """The retention of messages in a database, under the same terms as the rest of a `Store`.

    On the connections of an SQL store: `reading`, and `writing` in a transaction.
    """

    def __init__(self, reading: Connecting, writing: Connecting) -> None:
        self._reading = reading
        self._writing = writing

    async def kept(self) -> KeptRetention:
        """What is known of it."""
        async with self._reading() as connection:
            rows = await connection.execute(select(message_retention))
            found = {row.standing: (row.seconds * _SECOND, instant(row.at)) for row in rows}
        used, _ = found.get(_USED, (None, None))
        return KeptRetention(used, *found.get(_CONFIRMED, (None, None)))

    async def use(self, retention: timedelta, at: datetime) -> None:
        """Remember that messages are kept so long from now on; what was confirmed has had its time."""
        async with self._writing() as connection:
            await _keep(connection, _USED, retention, at)
            confirmed = message_retention.c.standing == _CONFIRMED
            await connection.execute(delete(message_retention).where(confirmed))

    async def confirm(self, retention: timedelta, at: datetime) -> None:
        """Remember that somebody wants messages to be kept so long only."""
        async with self._writing() as connection:
            await _keep(connection, _CONFIRMED, retention, at)

    async def count_over(self, before: datetime) -> tuple[int, int]:
        """How many messages `collect` would delete, and how many there are."""
        end = unix_seconds(before)
        is_over = case((messages.c.ends_at < end, 1), (messages.c.ended_at < end, 1), else_=0)
        async with self._reading() as connection:
            row = (await connection.execute(select(func.sum(is_over), func.count(messages.c.id)))).one()
        return int(row[0] or 0), int(row[1])


async def _keep(connection: AsyncConnection, standing: str, retention: timedelta, at: datetime) -> None:
    add, new = upsert(connection, message_retention)
    row = {"standing": standing, "seconds": retention // _SECOND, "at": unix_seconds(at)}
    replaced = {"seconds": new.seconds, "at": new.at}
    keys = [message_retention.c.standing]
    await connection.execute(add.values(row).on_conflict_do_update(index_elements=keys, set_=replaced))
