"""Rows of a query some at a time, so that many are never in memory at once, and public reads get in between."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection

_ROWS_AT_ONCE = 1000


async def in_slices(connection: AsyncConnection, query: Select[Any]) -> AsyncIterator[Sequence[Any]]:
    """The query's rows in their order, up to a thousand at a time."""
    async with connection.stream(query) as result:
        async for rows in result.partitions(_ROWS_AT_ONCE):
            yield rows
