"""Queries for what people did: tables with `seq`, `at` and `who`."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, select

from errorhelp.store.rows import unix_seconds


def latest(
    table: Table, who: str | None, since: datetime | None, until: datetime | None, limit: int
) -> Select[Any]:
    """Up to `limit` rows, the newest first: by one person, in `[since, until)`."""
    query = select(table).order_by(table.c.seq.desc()).limit(limit)
    if who is not None:
        query = query.where(table.c.who == who)
    if since is not None:
        query = query.where(table.c.at >= unix_seconds(since))
    if until is not None:
        query = query.where(table.c.at < unix_seconds(until))
    return query
