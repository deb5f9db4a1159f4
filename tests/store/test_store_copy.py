"""`errorhelp store copy` between SQLite and a real PostgreSQL, both ways."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from command import run
from postgres_cluster import Cluster
from sqlalchemy import JSON, BigInteger, Integer, LargeBinary, Text, create_engine, insert
from store_contract import NOON, a_message

from errorhelp.store.postgres import PostgresStore
from errorhelp.store.sqlite import SqliteStore
from errorhelp.store.tables import metadata, schema_version

TABLES = [table for table in metadata.sorted_tables if table is not schema_version]


@pytest.fixture
def database(postgres: Cluster) -> str:
    """The address of an empty database."""
    return asyncio.run(postgres.new_database())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An SQLite database with rows in every table."""
    path = tmp_path / "errorhelp.db"

    async def create() -> None:
        store = SqliteStore(path)
        await store.open()
        await store.close()

    asyncio.run(create())
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for table in TABLES:
            for number in (1, 2):
                connection.execute(insert(table).values({c.name: value(c.type, number) for c in table.c}))
    engine.dispose()
    return path


def value(kind: Any, number: int) -> Any:
    """A value of a column's type; the same for every column, so that rows refer to each other."""
    match kind:
        case JSON():
            return {"Ж": [number, None, "'"]}
        case LargeBinary():
            return b"\0\xff" * number
        case Integer() | BigInteger():
            return number
        case Text():
            return f"Ж{number}\n"
    raise AssertionError(f"what stands in a column of {kind}?")


def contents(path: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table.name: sorted(connection.execute(f'SELECT * FROM "{table.name}"'))  # noqa: S608
            for table in TABLES
        }


def test_everything_gets_to_postgresql_and_back(tmp_path: Path, file: Path, database: str) -> None:
    there = run(tmp_path, "store", "copy", file, database)
    assert there.returncode == 0, there.stderr
    assert "2 messages" in there.stdout and "2 reports" in there.stdout
    assert run(tmp_path, "store", "copy", database, tmp_path / "back.db").returncode == 0
    assert contents(tmp_path / "back.db") == contents(file)
    assert all(contents(file).values())


async def test_new_events_get_numbers_of_their_own_after_a_copy(
    tmp_path: Path, file: Path, database: str
) -> None:
    # Its last event is gone, and its number must not come again all the same.
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DELETE FROM events WHERE seq = 2")
        connection.commit()
    for source, target in ((file, database), (database, tmp_path / "back.db")):
        assert (await asyncio.to_thread(run, tmp_path, "store", "copy", source, target)).returncode == 0
    for store in (PostgresStore(database), SqliteStore(tmp_path / "back.db")):
        await store.open()
        await store.add(a_message("new"), "anna", NOON)
        assert [event.seq for event in await store.events("new")] == [3]
        await store.close()


def test_a_database_that_holds_something_is_only_replaced_when_asked_to(
    tmp_path: Path, file: Path, database: str
) -> None:
    run(tmp_path, "store", "copy", file, database)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE messages SET author = 'boris'")
        connection.commit()

    refused = run(tmp_path, "store", "copy", file, database)
    assert refused.returncode == 1 and "--replace" in refused.stderr
    run(tmp_path, "store", "copy", database, tmp_path / "before.db")
    assert contents(tmp_path / "before.db") != contents(file)

    assert run(tmp_path, "store", "copy", "--replace", file, database).returncode == 0
    run(tmp_path, "store", "copy", database, tmp_path / "after.db")
    assert contents(tmp_path / "after.db") == contents(file)


def test_a_copy_that_fails_leaves_the_target_as_it_was(tmp_path: Path, file: Path, database: str) -> None:
    run(tmp_path, "store", "copy", file, database)
    with closing(sqlite3.connect(file)) as connection:
        # PostgreSQL keeps no NUL. The table is the last one to be copied.
        connection.execute("UPDATE reports SET text = 'a' || char(0)")
        connection.commit()
    failed = run(tmp_path, "store", "copy", "--replace", file, database)
    assert failed.returncode == 1 and "Traceback" not in failed.stderr
    assert run(tmp_path, "store", "copy", database, tmp_path / "kept.db").returncode == 0
    assert contents(tmp_path / "kept.db")["messages"] == contents(file)["messages"]


def test_what_cannot_be_copied_from_is_named(tmp_path: Path, database: str) -> None:
    empty = run(tmp_path, "store", "copy", database, tmp_path / "new.db")
    assert empty.returncode == 1 and "holds no errorhelp" in empty.stderr
    missing = run(tmp_path, "store", "copy", tmp_path / "nothing.db", database)
    assert missing.returncode == 1 and "nothing.db: there is no such file" in missing.stderr
    assert not (tmp_path / "nothing.db").exists()
    nobody = "postgresql://nobody@127.0.0.1:1/nothing"
    unreachable = run(tmp_path, "store", "copy", nobody, tmp_path / "new.db")
    assert unreachable.returncode == 1 and "127.0.0.1:1/nothing" in unreachable.stderr
    assert "Traceback" not in unreachable.stderr


def test_an_older_database_in_postgresql_is_not_changed_by_copying_from_it(
    tmp_path: Path, file: Path, database: str
) -> None:
    run(tmp_path, "store", "copy", file, database)

    async def make_older() -> None:
        connection = await asyncpg.connect(database)
        await connection.execute("DELETE FROM schema_version WHERE version > 1")
        await connection.close()

    asyncio.run(make_older())
    refused = run(tmp_path, "store", "copy", database, tmp_path / "new.db")
    assert refused.returncode == 1 and "has schema 1" in refused.stderr
