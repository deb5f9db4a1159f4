"""Writes messages into an SQLite database as fast as it can, opening it anew for each, and prints what is kept."""

import asyncio
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from errorhelp.messages.message import Message, Severity
from errorhelp.store import StoreUnavailable
from errorhelp.store.sqlite import SqliteStore


async def write(database: Path, name: str) -> None:
    """Write until this process is ended."""
    now = datetime.now(UTC)
    message = Message(
        id="",
        targets=("erp",),
        text="Ждите",
        severity=Severity.INFO,
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        created_at=now,
        author="anna",
        note="",
    )
    for number in count():
        store = SqliteStore(database, busy_seconds=0.2)
        with suppress(StoreUnavailable):
            await store.open()
            await store.add(replace(message, id=f"{name}-{number}"), "anna", now)
            sys.stdout.write(f"{name}-{number}\n")
            sys.stdout.flush()
        await store.close()


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), sys.argv[2]))
