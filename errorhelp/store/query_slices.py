"""Rows of a query, and values for one, some at a time.

So many are never in memory at once, and public reads get in between.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection

_Item = TypeVar("_Item")

_ROWS_AT_ONCE = 1000
_VALUES_AT_ONCE = 500

SMALL_ROWS_AT_ONCE = 4000
"""How many are read at once of rows of a few numbers, of which there are tens of thousands."""

LARGE_ROWS_AT_ONCE = 100
"""How many are read at once of rows that hold texts and JSON, each of which takes longer to be read."""


async def in_slices(
    connection: AsyncConnection, query: Select[Any], rows_at_once: int = _ROWS_AT_ONCE
) -> AsyncIterator[Sequence[Any]]:
    """The query's rows in their order, up to so many at a time."""
    async with connection.stream(query) as result:
        async for rows in result.partitions(rows_at_once):
            yield rows


def chunks(values: Sequence[_Item], size: int = _VALUES_AT_ONCE) -> Iterator[Sequence[_Item]]:
    """The values in their order, as many at a time as stand in one query."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
