"""Databases of earlier and later versions, as literal SQL, opened with this one."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from errorhelp.messages.message import Message, Severity
from errorhelp.people.people import Person, Role
from errorhelp.people.secrets import secret_hash
from errorhelp.store import MessageEvent, NewerSchema, StoreUnavailable
from errorhelp.store.access_records import ApiToken, SignIn
from errorhelp.store.sqlite import SqliteStore
from errorhelp.store.tables import metadata

# What version 1 left behind. It never changes: later versions are tested against it.
VERSION_1 = """
CREATE TABLE schema_version (version INTEGER NOT NULL);
CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, targets JSON NOT NULL, text JSON NOT NULL,
    severity TEXT NOT NULL, starts_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, ended_at BIGINT,
    created_at BIGINT NOT NULL, author TEXT NOT NULL, note TEXT NOT NULL
);
CREATE TABLE events (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, at BIGINT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE, data JSON NOT NULL
);
CREATE INDEX ix_events_message_id ON events (message_id);
INSERT INTO schema_version VALUES (1);
INSERT INTO messages VALUES (
    'm1', 2, '["erp", "/Finance"]', '{"en": "Back at 14:00"}', 'outage',
    1795255200, 1795262400, 1795258800, 1795255100, 'anna', 'disk'
);
INSERT INTO events VALUES (
    7, 1795258800, 'boris', 'ended', 'm1', '{"revision": 2, "ended_at": "2026-11-21T11:00:00Z"}'
);
"""

VERSION_2 = (
    VERSION_1
    + """
CREATE TABLE window_changes (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, at BIGINT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
    window_id TEXT NOT NULL, planned_for BIGINT NOT NULL, planned_until BIGINT NOT NULL,
    starts_at BIGINT NOT NULL, ends_at BIGINT NOT NULL
);
INSERT INTO schema_version VALUES (2);
"""
)
VERSION_3 = (
    VERSION_2
    + """
CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY, secret_hash TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
    folders JSON NOT NULL, created_at BIGINT NOT NULL, created_by TEXT NOT NULL, used_at BIGINT,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX ix_api_tokens_secret_hash ON api_tokens (secret_hash);
CREATE TABLE sign_ins (
    secret_hash TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, proof TEXT NOT NULL,
    created_at BIGINT NOT NULL, used_at BIGINT NOT NULL
);
CREATE INDEX ix_sign_ins_name ON sign_ins (name);
INSERT INTO schema_version VALUES (3);
INSERT INTO api_tokens VALUES (
    'f19f67aa', '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed', 'nightly update',
    'editor', '["/Finance"]', 1795255200, 'anna', 1795258800, NULL
);
INSERT INTO sign_ins VALUES (
    '3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3', 'anna', 'a proof',
    1795255200, 1795258800
);
"""
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "errorhelp.sqlite"


def written(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def schema(path: Path) -> dict[str, list[list[tuple[object, ...]]]]:
    """Columns, indexes (but for their numbers) and foreign keys of each table, as SQLite understands them."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
        ).fetchall()
        return {
            name: [
                sorted(connection.execute(f"SELECT {what}({name!r})").fetchall())
                for what in (
                    "* FROM pragma_table_info",
                    'name, "unique", origin, partial FROM pragma_index_list',
                    "* FROM pragma_foreign_key_list",
                )
            ]
            for (name,) in tables
            if not name.startswith("sqlite_")
        }


async def opened_and_closed(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await store.close()


async def test_what_version_1_kept_is_read(path: Path) -> None:
    written(path, VERSION_1)
    store = SqliteStore(path)
    await store.open()
    assert await store.messages() == [
        Message(
            id="m1",
            targets=("erp", "/Finance"),
            text={"en": "Back at 14:00"},
            severity=Severity.OUTAGE,
            starts_at=datetime(2026, 11, 21, 10, tzinfo=UTC),
            ends_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
            ended_at=datetime(2026, 11, 21, 11, tzinfo=UTC),
            created_at=datetime(2026, 11, 21, 9, 58, 20, tzinfo=UTC),
            author="anna",
            note="disk",
            revision=2,
        )
    ]
    assert await store.events() == [
        MessageEvent(
            seq=7,
            at=datetime(2026, 11, 21, 11, tzinfo=UTC),
            who="boris",
            what="ended",
            message_id="m1",
            data={"revision": 2, "ended_at": "2026-11-21T11:00:00Z"},
        )
    ]
    await store.close()


async def test_what_an_older_version_kept_is_literal_though_it_has_braces(path: Path) -> None:
    written(path, VERSION_1.replace("Back at 14:00", "Back at {until}"))
    store = SqliteStore(path)
    await store.open()
    (message,) = await store.messages()
    assert (message.text, message.live_text) == ({"en": "Back at {until}"}, None)
    await store.close()


async def test_what_a_node_of_an_earlier_version_wrote_counts_though_the_braces_would_give_it(
    path: Path,
) -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    text = {"text": "Back at 14:00.", "live_text": "Back at {until}."}
    live = Message(
        "m1", ("erp",), severity=Severity.INFO, starts_at=noon, ends_at=noon, created_at=noon, **text
    )
    store = SqliteStore(path)
    await store.open()
    await store.add(live, "anna", noon)
    assert (await store.message("m1")).live_text == "Back at {until}."
    with closing(sqlite3.connect(path)) as earlier, earlier:
        earlier.execute("""UPDATE messages SET text = '"Back at noon, call 112."', revision = 2""")
    found = await store.message("m1")
    assert (found.text, found.live_text) == ("Back at noon, call 112.", None)
    await store.close()


async def test_what_version_3_kept_of_tokens_and_sign_ins_is_read(path: Path) -> None:
    written(path, VERSION_3)
    store = SqliteStore(path)
    await store.open()
    ten, eleven = (datetime(2026, 11, 21, hour, tzinfo=UTC) for hour in (10, 11))
    assert await store.access.token_of(secret_hash("one")) == ApiToken(
        id="f19f67aa",
        person=Person("nightly update", Role.EDITOR, ("/Finance",)),
        created_at=ten,
        created_by="anna",
        used_at=eleven,
    )
    assert await store.access.sign_in_of(secret_hash("two")) == SignIn("anna", "a proof", ten, eleven)
    await store.close()


@pytest.mark.parametrize("old", [VERSION_1, VERSION_2, VERSION_3], ids=["1", "2", "3"])
async def test_an_old_database_ends_with_the_schema_of_a_new_one(
    path: Path, tmp_path: Path, old: str
) -> None:
    written(path, old)
    await opened_and_closed(path)
    await opened_and_closed(tmp_path / "new.sqlite")
    assert schema(path) == schema(tmp_path / "new.sqlite")


async def test_the_migrations_lead_to_the_tables_that_queries_use(path: Path, tmp_path: Path) -> None:
    await opened_and_closed(path)
    engine = create_engine(f"sqlite:///{tmp_path / 'tables.sqlite'}")
    metadata.create_all(engine)
    engine.dispose()
    assert schema(path) == schema(tmp_path / "tables.sqlite")


async def test_a_database_of_a_newer_errorhelp_is_refused_and_left_alone(path: Path) -> None:
    written(path, VERSION_1)
    written(path, "INSERT INTO schema_version VALUES (99);")
    before = dump(path)
    with pytest.raises(NewerSchema, match=r"schema 99 .* up to \d+; run the newer errorhelp") as refused:
        await SqliteStore(path).open()
    assert refused.value.found == 99
    assert str(path) in str(refused.value)
    assert dump(path) == before


async def test_a_migration_that_fails_half_way_changes_nothing(path: Path) -> None:
    written(path, VERSION_1 + "CREATE TABLE problems (somebody_elses TEXT);")
    before = dump(path)
    with pytest.raises(StoreUnavailable, match=r"errorhelp left it; .* restore the file"):
        await SqliteStore(path).open()
    assert dump(path) == before


async def test_a_file_with_somebody_elses_tables_is_refused_and_left_alone(path: Path) -> None:
    written(path, "CREATE TABLE customers (name TEXT);")
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable, match=r"this is no database of errorhelp; .* move the file"):
        await SqliteStore(path).open()
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["DROP TABLE messages;", "ALTER TABLE messages DROP COLUMN note;"])
async def test_a_database_that_lacks_something_is_an_error_with_what_to_do(path: Path, damage: str) -> None:
    await opened_and_closed(path)
    written(path, damage)
    store = SqliteStore(path)
    await store.open()
    with pytest.raises(StoreUnavailable, match=r"errorhelp left it; .* restore the file"):
        await store.messages()
    await store.close()
