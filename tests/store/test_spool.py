"""Break-glass with a dead database: what was written directly is shown at once, and stored once it can be."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from errorhelp.config import load
from errorhelp.messages.message import LaterText, Message, Severity, State, ended_message, state
from errorhelp.people.people import Person, Role
from errorhelp.service.drafts import Draft
from errorhelp.service.service import Service
from errorhelp.store import StoreUnavailable
from errorhelp.store.kept_copy import KeptCopy
from errorhelp.store.spool import Spool, Spooled, hand_over
from errorhelp.store.sqlite import SqliteStore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANNA = Person("anna", Role.ADMIN)
CONFIGURATION = """
help: {text: Call 112}
infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]
"""


class Place:
    """A state with a database, which may be dead, and services over it."""

    def __init__(self, folder: Path, tree: Path | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self.database = folder / "errorhelp.db"
        self.folder = folder
        (folder / "errorhelp.yaml").write_text(CONFIGURATION + (f"publish: {tree}" if tree else ""))

    def break_database(self) -> None:
        self.database.replace(self.folder / "away.db")
        self.database.write_bytes(b"not a database at all" * 100)

    def mend_database(self) -> None:
        (self.folder / "away.db").replace(self.database)

    @asynccontextmanager
    async def service(self, *, direct: bool = False, around: bool = False) -> AsyncIterator[Service]:
        """One that runs, that of a direct command, or that of one that goes around a service that hangs."""
        service = Service(
            load(self.folder / "errorhelp.yaml"),
            SqliteStore(self.database, poll_seconds=0.05),
            lambda: NOON,
            kept=KeptCopy(self.folder / "shown.json"),
            spool=Spool(self.folder / "spool", takes_writes=direct or around, takes_all=around),
        )
        await service.start()
        try:
            yield service
        finally:
            await service.stop()


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    """With one message, `before`, posted while all was well."""
    place = Place(tmp_path)
    async with place.service() as service:
        await service.post(draft("before"), ANNA)
    return place


def draft(text: str) -> Draft:
    return Draft(("erp",), text, NOON + timedelta(hours=1))


def shown(service: Service) -> set[str]:
    return {str(message.text) for message in service.snapshot.board.notice(("erp",), NOON).shown}


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_with_the_database_dead_a_direct_command_posts_beside_what_was_shown(place: Place):
    place.break_database()
    async with place.service(direct=True) as service:
        await service.post(draft("direct"), ANNA)
        assert shown(service) == {"before", "direct"}
    async with place.service(direct=True) as service:
        assert shown(service) == {"before", "direct"}


async def test_when_a_message_was_changed_is_known_without_the_database_too(place: Place):
    place.break_database()
    async with place.service(direct=True) as service:
        await service.post(draft("direct"), ANNA)
    async with place.service() as service:
        assert [each.changed_at for each in service.snapshot.live] == [NOON, NOON]


async def test_a_text_with_braces_stays_alive_in_the_spool_and_in_the_kept_copy(place: Place):
    place.break_database()
    async with place.service(direct=True) as service:
        await service.post(draft("back by {until}"), ANNA)
    place.mend_database()
    async with place.service() as service:
        await until(lambda: not list((place.folder / "spool").iterdir()))
        (posted,) = [each for each in service.snapshot.live if each.live_text is not None]
        assert (posted.text, posted.live_text) == ("back by 13:00", "back by {until}")
        assert (await service.message(posted.id)).live_text == "back by {until}"
    place.break_database()
    async with place.service() as service:
        assert {each.live_text for each in service.snapshot.live} == {None, "back by {until}"}


async def test_without_any_copy_a_direct_command_still_posts(tmp_path: Path):
    place = Place(tmp_path)
    place.database.write_bytes(b"not a database at all" * 100)
    async with place.service(direct=True) as service:
        await service.post(draft("direct"), ANNA)
        assert shown(service) == {"direct"}


async def test_with_the_database_dead_a_direct_command_ends_what_was_shown(place: Place):
    place.break_database()
    async with place.service(direct=True) as service:
        (message,) = service.snapshot.live
        await service.end(message.id, ANNA)
        assert shown(service) == set()
    place.mend_database()
    async with place.service() as service:
        await until(lambda: not (place.folder / "spool" / f"{message.id}.json").exists())
        assert state(await service.message(message.id), NOON) is State.ENDED
        assert [event.what for event in await service.events(message.id)] == ["posted", "ended"]
        assert shown(service) == set()


async def test_only_a_direct_command_may_write_without_the_database(place: Place):
    place.break_database()
    async with place.service() as service:
        with pytest.raises(StoreUnavailable):
            await service.post(draft("through the API"), ANNA)
        assert shown(service) == {"before"}


async def test_a_running_service_shows_what_was_posted_directly_and_stores_it_once_it_can(place: Place):
    place.break_database()
    async with place.service() as service:
        async with place.service(direct=True) as direct:
            posted = await direct.post(draft("direct"), ANNA)
        await until(lambda: shown(service) == {"before", "direct"})
        place.mend_database()
        await until(lambda: not list((place.folder / "spool").iterdir()))
        stored = await service.message(posted.id)
        assert (stored.text, stored.author) == ("direct", "anna")
        assert shown(service) == {"before", "direct"}
    async with place.service() as service:
        assert shown(service) == {"before", "direct"}


async def test_what_goes_around_a_service_leaves_word_for_it_however_long_that_takes(place: Place):
    async with place.service(around=True) as service:
        posted = await service.post(draft("around"), ANNA)
        word = place.folder / "spool" / f"{posted.id}.json"
        # It looks there each second, and so several times until it has seen all of them.
        for number in range(4):
            other = replace(posted, id=f"other{number}", text=f"other {number}")
            Spool(word.parent).write(Spooled(other, "posted", "anna", NOON))
            await until(lambda text=other.text: text in shown(service))
            assert word.exists()
    async with place.service() as service:
        await until(lambda: not word.exists())
        assert "around" in shown(service)


async def test_another_node_that_keeps_the_tree_shows_what_was_posted_directly_here(tmp_path: Path):
    here, there = (Place(tmp_path / name, tmp_path / "tree") for name in ("here", "there"))
    here.database.write_bytes(b"not a database at all" * 100)
    async with there.service() as service:
        async with here.service(direct=True) as direct:
            posted = await direct.post(draft("direct"), ANNA)
        await until(lambda: shown(service) == {"direct"})
        await until(lambda: not list((tmp_path / "tree" / ".errorhelp" / "spool").iterdir()))
        assert (await service.message(posted.id)).text == "direct"


async def test_the_later_state_of_a_message_counts_wherever_it_lies(tmp_path: Path):
    spool, tree = Spool(tmp_path / "spool"), tmp_path / "tree"
    (tmp_path / "tree").mkdir()
    message = Message("abc", ("erp",), "Down", Severity.OUTAGE, NOON, NOON + timedelta(hours=1), NOON)
    spool.write(Spooled(message, "posted", "anna", NOON), tree)
    later = NOON + timedelta(minutes=1)
    ended = Spooled(ended_message(message, later), "ended", "anna", later)
    Spool(tree / ".errorhelp" / "spool").write(ended)
    assert [each.what for each in spool.read(tree)] == ["ended"]
    spool.remove(ended, tree)
    assert spool.read(tree) == ()


async def test_handing_over_twice_changes_nothing(place: Place):
    async with place.service() as service:
        (message,) = service.snapshot.live
        store = SqliteStore(place.database)
        await store.open()
        try:
            spooled = Spooled(message, "posted", "anna", NOON)
            await hand_over(spooled, store)
            assert await store.message(message.id) == message
            assert len(await store.events(message.id)) == 1
        finally:
            await store.close()


async def test_a_message_that_colleagues_changed_meanwhile_keeps_their_text_but_ends(place: Place):
    async with place.service() as service:
        (message,) = service.snapshot.live
        await service.change(message.id, draft("corrected"), message.revision, ANNA)
        spool = Spool(place.folder / "spool")
        spool.write(Spooled(ended_message(message, NOON), "ended", "anna", NOON))
        await until(lambda: not list((place.folder / "spool").iterdir()))
        stored = await service.message(message.id)
        assert (stored.text, state(stored, NOON)) == ("corrected", State.ENDED)


async def test_what_is_updated_and_ended_with_words_while_the_database_is_dead_is_in_it_later(place: Place):
    place.break_database()
    async with place.service(direct=True) as service:
        (message,) = service.snapshot.live
        await service.update(message.id, "changing the disk", ANNA)
    async with place.service(direct=True) as service:
        (shown_now,) = service.snapshot.board.notice(("erp",), NOON).shown
        assert shown_now.newest.text == "changing the disk"
        await service.end(message.id, ANNA, closing="works again")
    place.mend_database()
    async with place.service() as service:
        await until(lambda: not list((place.folder / "spool").iterdir()))
        stored = await service.message(message.id)
        assert [each.text for each in stored.updates] == ["changing the disk"]
        assert stored.closing is not None
        assert (stored.closing.text, state(stored, NOON)) == ("works again", State.ENDED)
        assert [each.id for each in service.snapshot.past] == [message.id]
    place.break_database()
    async with place.service() as service:
        assert [each.closing and each.closing.text for each in service.snapshot.past] == ["works again"]


async def test_a_message_that_colleagues_changed_meanwhile_is_updated_all_the_same(place: Place):
    async with place.service() as service:
        (message,) = service.snapshot.live
        changed = await service.update(message.id, "theirs", ANNA)
        later = NOON + timedelta(seconds=1)
        ours = replace(message, updates=(LaterText("ours", later),))
        Spool(place.folder / "spool").write(Spooled(ours, "updated", "anna", later))
        await until(lambda: not list((place.folder / "spool").iterdir()))
        stored = await service.message(message.id)
        assert [each.text for each in stored.updates] == ["ours", "theirs"]
        assert stored.revision == changed.revision + 1
