"""A store that hangs: who posts waits for it, and nobody and nothing else does."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from postgres_cluster import cluster

from errorhelp.config import Loaded, load
from errorhelp.messages.message import Message
from errorhelp.people.people import Person, Role
from errorhelp.publishing.publisher import Publisher
from errorhelp.service.drafts import Draft, MessageOver
from errorhelp.service.service import Service
from errorhelp.store import StoreUnavailable
from errorhelp.store.kept_copy import KeptCopy
from errorhelp.store.message_filter import MessageFilter
from errorhelp.store.postgres import PostgresStore
from errorhelp.store.spool import Spool, Spooled
from errorhelp.store.sql import Store
from errorhelp.store.sqlite import SqliteStore
from errorhelp.system.state_directory import StateDirectory

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANN, BOB = (Person(name, Role.ADMIN) for name in ("ann", "bob"))
CONFIGURATION = """
help: {text: Call 112}
publish: tree
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: erp}}
  - {id: crm, name: CRM, connect: {server: s, ref: crm}}
maintenance_windows:
  - {id: lunch, targets: [crm], text: Lunch, starts_at: 2026-11-21 15:00, duration: 1h, rule: FREQ=DAILY}
"""


class Place:
    """A service that publishes, over a database that a test keeps locked, with the clock it goes by."""

    def __init__(self, folder: Path, store: Store | None = None) -> None:
        self.folder = folder
        self.now = NOON
        self.state = StateDirectory(folder / "state")
        self.state.path.mkdir()
        self.spool = Spool(self.state.spool)
        self.service = Service(
            self.loaded(),
            # Longer than any test waits.
            store or SqliteStore(self.state.database, busy_seconds=60, poll_seconds=0.02),
            lambda: self.now,
            KeptCopy(self.state.kept_messages),
            self.spool,
        )
        self.publisher = Publisher(self.service, self.state)

    def loaded(self, more: str = "") -> Loaded:
        file = self.folder / "errorhelp.yaml"
        file.write_text(CONFIGURATION + more, "utf-8")
        return load(file)

    @asynccontextmanager
    async def locked_database(self) -> AsyncIterator[None]:
        """Another process, as it were, that writes to the database for as long as this lasts."""
        with closing(sqlite3.connect(self.state.database, isolation_level=None, timeout=0)) as other:
            # What the service writes meanwhile is finished on the loop, which must not wait for it.
            async with asyncio.timeout(10):
                while not _begins(other):
                    await asyncio.sleep(0.005)
            yield

    def shown(self, infobase: str = "erp") -> str:
        """The user message that the service shows."""
        answer = self.service.snapshot.compiled(f"/help/{infobase}.json")
        return str(json.loads(answer.body)["userMessage"])

    def published(self, infobase: str = "erp") -> str:
        """The user message that stands in the tree."""
        document = (self.folder / "tree" / "help" / f"{infobase}.json").read_bytes()
        return str(json.loads(document)["userMessage"])

    @asynccontextmanager
    async def hanging_posts(self, count: int = 3) -> AsyncIterator[list[asyncio.Task[Message]]]:
        """Posts that wait for the database at the beginning, and are acknowledged at the end."""
        async with self.locked_database():
            posts = [
                asyncio.create_task(self.service.post(draft(f"late {number}"), ANN))
                for number in range(count)
            ]
            await asyncio.sleep(0)
            yield posts
            assert not any(post.done() for post in posts)
        await asyncio.gather(*posts)


def _begins(database: sqlite3.Connection) -> bool:
    """Whether a transaction that writes could begin."""
    with suppress(sqlite3.OperationalError):
        database.execute("BEGIN IMMEDIATE")
    return database.in_transaction


def draft(text: str, minutes: float = 60, target: str = "erp") -> Draft:
    return Draft((target,), text, NOON + timedelta(minutes=minutes))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with publishing(Place(tmp_path)) as place:
        yield place


@asynccontextmanager
async def publishing(place: Place) -> AsyncIterator[Place]:
    await place.service.start()
    publishing = asyncio.create_task(place.publisher.run())
    await until(lambda: place.publisher.status.published_at)
    yield place
    publishing.cancel()
    await asyncio.wait([publishing])
    await place.service.stop()


async def test_a_message_ends_at_its_last_second_while_posts_wait(place: Place):
    await place.service.post(draft("Please wait", minutes=5), ANN)
    await until(lambda: place.published() == "Please wait")
    async with place.hanging_posts():
        place.now = NOON + timedelta(minutes=5)
        await until(lambda: place.shown() == "")
        await until(lambda: place.published() == "")


async def test_maintenance_begins_while_posts_wait(place: Place):
    async with place.hanging_posts():
        place.now = NOON + timedelta(hours=3)
        await until(lambda: place.shown("crm") == place.published("crm") == "Lunch")


async def test_what_waited_is_shown_once_it_is_acknowledged(place: Place):
    async with place.hanging_posts() as posts:
        assert place.shown() == ""
    assert [post.result().text for post in posts] == ["late 0", "late 1", "late 2"]
    assert set(place.shown().split("\n\n")) == {"late 0", "late 1", "late 2"}
    await until(lambda: set(place.published().split("\n\n")) == {"late 0", "late 1", "late 2"})


async def test_what_was_written_directly_is_shown_while_posts_wait(place: Place):
    async with place.hanging_posts():
        message = Message("direct", ("crm",), "Call us", starts_at=NOON, ends_at=NOON + timedelta(hours=1),
                          severity=draft("").severity, created_at=NOON)  # fmt: skip
        place.spool.write(Spooled(message, "posted", "root", NOON))
        await until(lambda: place.shown("crm") == place.published("crm") == "Call us")


async def test_a_second_direct_message_is_shown_while_the_first_is_being_handed_over(place: Place):
    async with place.hanging_posts():
        for text in ("first", "second"):
            message = Message(text, ("crm",), text, starts_at=NOON, ends_at=NOON + timedelta(hours=1),
                              severity=draft("").severity, created_at=NOON)  # fmt: skip
            place.spool.write(Spooled(message, "posted", "root", NOON))
            await until(lambda: text in place.shown("crm"))  # noqa: B023 - it is awaited here


async def test_a_new_configuration_is_in_force_while_posts_wait(place: Place):
    async with place.hanging_posts():
        loaded = place.loaded("folders: [{path: /, help: {text: Call 113}}]")
        async with asyncio.timeout(10):
            await place.service.use(loaded)
        assert b"Call 113" in place.service.snapshot.compiled("/help/erp.json").body


async def test_messages_are_read_while_posts_wait(place: Place):
    posted = await place.service.post(draft("Please wait"), ANN)
    async with place.hanging_posts(), asyncio.timeout(10):
        assert await place.service.find_messages(MessageFilter(), 1000) == [posted]
        await place.service.read_messages()
        assert place.shown() == "Please wait"


async def test_a_copy_of_what_is_shown_is_kept_while_posts_wait(place: Place):
    kept = KeptCopy(place.state.kept_messages)
    async with place.hanging_posts():
        message = Message("direct", ("crm",), "Call us", starts_at=NOON, ends_at=NOON + timedelta(hours=1),
                          severity=draft("").severity, created_at=NOON)  # fmt: skip
        place.spool.write(Spooled(message, "posted", "root", NOON))
        await until(lambda: (shown := kept.read()) is not None and shown.messages == (message,))


async def test_two_who_extend_a_message_at_once_both_do(place: Place):
    message = await place.service.post(draft("Please wait"), ANN)
    ten_minutes = timedelta(minutes=10)
    await asyncio.gather(*(place.service.extend(message.id, ten_minutes, each) for each in (ANN, BOB) * 3))
    assert (await place.service.message(message.id)).ends_at == message.ends_at + 6 * ten_minutes


async def test_two_who_end_a_message_at_once_end_it_once(place: Place):
    message = await place.service.post(draft("Please wait"), ANN)
    place.now = NOON + timedelta(minutes=1)
    ended = await asyncio.gather(*(place.service.end(message.id, each) for each in (ANN, BOB)))
    assert ended[0] == ended[1]
    assert [event.what for event in await place.service.events(message.id)] == ["posted", "ended"]


async def test_what_ends_while_a_change_of_it_waits_stays_ended(place: Place):
    message = await place.service.post(draft("Please wait", minutes=5), ANN)
    async with place.locked_database():
        extension = asyncio.create_task(place.service.extend(message.id, timedelta(hours=1), ANN))
        place.now = NOON + timedelta(minutes=5)
        await until(lambda: place.shown() == "")
        extension.cancel()
        await asyncio.wait([extension])
    with pytest.raises(MessageOver):
        await place.service.extend(message.id, timedelta(hours=1), ANN)
    assert place.shown() == ""


@pytest.mark.more
@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
async def test_a_message_ends_at_its_last_second_while_postgresql_answers_nobody(tmp_path: Path):
    with cluster() as postgres:
        async with publishing(Place(tmp_path, PostgresStore(postgres.address))) as place:
            await place.service.post(draft("Please wait", minutes=5), ANN)
            await until(lambda: place.published() == "Please wait")
            with postgres.hanging():
                posts = [asyncio.create_task(place.service.post(draft("late"), ANN)) for _ in range(3)]
                place.now = NOON + timedelta(minutes=5)
                await until(lambda: place.shown() == place.published() == "")
                assert not any(post.done() for post in posts)
            for late in await asyncio.gather(*posts, return_exceptions=True):
                # Who waited long enough is refused; the others are shown.
                assert isinstance(late, StoreUnavailable) or late.text in place.shown()
