"""The service over a real store: what is shown follows messages, the clock and the configuration."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from errorhelp.config import ConfigurationError, Loaded, load
from errorhelp.messages.message import Severity, State, state
from errorhelp.people.people import NotAllowed, Person, Role
from errorhelp.service.drafts import Draft, InvalidDraft, MessageOver
from errorhelp.service.service import NothingToConfirm, Service
from errorhelp.store import StaleRevision, UnknownMessage
from errorhelp.store.message_filter import MessageFilter
from errorhelp.store.sqlite import SqliteStore

NOON = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ANN, BOB, CARL = (Person(name, Role.EDITOR) for name in ("ann", "bob", "carl"))
CONFIGURATION = """
time_zone: Europe/Moscow
help: {text: Call 112}
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: erp}, folder: /Production}
  - {id: payroll, name: Payroll, connect: {server: s, ref: zup}, folder: /Finance}
  - {id: accounting, name: Accounting, connect: {server: s, ref: bp}, folder: /Finance}
lists:
  - {id: office, folders: [/], carries_messages: true}
messages: {retention: 10d, longest: 2d, longest_text: 100}
"""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


def loaded(folder: Path, text: str = CONFIGURATION) -> Loaded:
    file = folder / "errorhelp.yaml"
    file.write_text(text, "utf-8")
    return load(file)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def service(tmp_path: Path, clock: Clock) -> AsyncIterator[Service]:
    service = Service(loaded(tmp_path), SqliteStore(tmp_path / "errorhelp.db"), clock)
    await service.start()
    yield service
    await service.stop()


def draft(
    *targets: str, minutes: float = 60, text: str = "Updating", starts_in: float | None = None
) -> Draft:
    starts_at = None if starts_in is None else NOON + timedelta(minutes=starts_in)
    return Draft(targets or ("erp",), text, NOON + timedelta(minutes=minutes), Severity.OUTAGE, starts_at)


def user_message(service: Service, infobase: str) -> str:
    answer = service.snapshot.find(f"/help/{infobase}.json", service.now().timestamp())
    assert answer is not None
    return str(json.loads(answer.body)["userMessage"])


async def test_a_posted_message_is_shown_to_the_users_it_targets_and_to_no_others(service: Service) -> None:
    await service.post(draft("/Finance"), ANN)

    assert user_message(service, "payroll") == user_message(service, "accounting") == "Updating"
    assert user_message(service, "erp") == ""


async def test_a_message_is_gone_at_the_second_of_its_end(service: Service, clock: Clock) -> None:
    await service.post(draft("erp", minutes=60), ANN)

    clock.pass_by(minutes=60, seconds=-1)
    await service.catch_up()
    assert user_message(service, "erp") == "Updating"
    clock.pass_by(seconds=1)
    assert user_message(service, "erp") == ""
    await service.catch_up()
    assert user_message(service, "erp") == ""


async def test_a_scheduled_message_appears_at_its_start(service: Service, clock: Clock) -> None:
    message = await service.post(draft("erp", starts_in=30), ANN)
    assert state(message, clock()) is State.SCHEDULED
    assert user_message(service, "erp") == ""

    clock.pass_by(minutes=30)
    await service.catch_up()

    assert user_message(service, "erp") == "Updating"


async def test_ending_takes_a_message_away_at_once_and_ending_again_changes_nothing(
    service: Service, clock: Clock
) -> None:
    message = await service.post(draft("erp"), ANN)
    ended = await service.end(message.id, BOB)

    assert state(ended, clock()) is State.ENDED
    assert user_message(service, "erp") == ""
    clock.pass_by(minutes=5)
    assert await service.end(message.id, CARL) == ended
    assert [(event.what, event.who) for event in await service.events(message.id)] == [
        ("posted", "ann"),
        ("ended", "bob"),
    ]


async def test_an_extended_message_is_shown_until_its_new_end(service: Service, clock: Clock) -> None:
    message = await service.post(draft("erp", minutes=60), ANN)
    await service.extend(message.id, timedelta(minutes=30), ANN)

    clock.pass_by(minutes=75)
    await service.catch_up()
    assert user_message(service, "erp") == "Updating"
    clock.pass_by(minutes=15)
    assert user_message(service, "erp") == ""


async def test_what_is_over_stays_over(service: Service, clock: Clock) -> None:
    message = await service.post(draft("erp", minutes=60), ANN)
    clock.pass_by(hours=2)

    with pytest.raises(MessageOver, match="post a new one"):
        await service.extend(message.id, timedelta(hours=2), ANN)
    with pytest.raises(MessageOver):
        await service.change(message.id, draft("erp", minutes=300), message.revision, ANN)


async def test_a_change_from_an_old_revision_is_refused_and_shows_the_present_one(service: Service) -> None:
    message = await service.post(draft("erp"), ANN)
    changed = await service.change(message.id, draft("erp", text="Nearly done"), message.revision, BOB)

    with pytest.raises(StaleRevision) as refused:
        await service.change(message.id, draft("erp", text="Other"), message.revision, CARL)

    assert refused.value.current == changed
    assert user_message(service, "erp") == "Nearly done"


async def test_a_changed_target_moves_the_message(service: Service) -> None:
    message = await service.post(draft("erp"), ANN)
    await service.change(message.id, draft("payroll"), message.revision, ANN)

    assert (user_message(service, "erp"), user_message(service, "payroll")) == ("", "Updating")


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        (draft("epr"), "targets", "did you mean 'erp'"),
        (draft("/Finanse"), "targets", "did you mean '/Finance'"),
        (draft("erp", text="  "), "text", "it is empty"),
        (draft("erp", text="x" * 101), "text", "100 is the most"),
        (draft("erp", text="a\x07b"), "text", "U+0007"),
        (draft("erp", minutes=-1), "ends_at", "has passed"),
        (draft("erp", minutes=10, starts_in=20), "ends_at", "later than the start"),
        (draft("erp", minutes=3000), "ends_at", "longer than 2d"),
        (
            Draft(("erp",), {"de": "Hallo"}, NOON + timedelta(hours=1)),
            "text",
            "'de' is not one of the languages",
        ),
        (Draft((), "Hi", NOON + timedelta(hours=1)), "targets", "at least one"),
    ],
)
async def test_a_draft_that_cannot_be_shown_says_why(
    service: Service, wrong: Draft, field: str, says: str
) -> None:
    with pytest.raises(InvalidDraft) as refused:
        await service.post(wrong, ANN)

    assert [(name, says in text) for name, text in refused.value.errors] == [(field, True)]
    assert await service.find_messages(MessageFilter(), 1000) == []


async def test_nobody_changes_what_is_not_for_them_to_write_not_even_in_a_message_of_their_own(
    service: Service,
) -> None:
    of_finance, viewer = Person("fay", Role.EDITOR, ("/Finance",)), Person("vic", Role.VIEWER)
    message = await service.post(draft("payroll", "erp"), ANN)
    own = await service.post(draft("payroll"), of_finance)

    for refused in (
        service.post(draft("erp"), of_finance),
        service.post(draft("payroll"), viewer),
        service.end(message.id, of_finance),
        service.end(own.id, viewer),
        service.extend(message.id, timedelta(hours=1), of_finance),
        service.change(message.id, draft("payroll"), 1, of_finance),
        service.change(own.id, draft("erp"), 1, of_finance),
    ):
        with pytest.raises(NotAllowed):
            await refused
    assert sorted([message, own], key=str) == sorted(
        await service.find_messages(MessageFilter(), 1000), key=str
    )
    assert state(await service.end(own.id, of_finance), service.now()) is State.ENDED


async def test_a_preview_shows_what_would_be_read_and_posts_nothing(service: Service) -> None:
    await service.post(draft("payroll", text="Payroll is slow"), ANN)
    preview = service.preview(draft("/Finance", text="Updating"))

    assert [infobase.id for infobase in preview.infobases] == ["payroll", "accounting"]
    assert "Updating" in json.loads(preview.documents["ru"])["userMessage"]
    assert user_message(service, "accounting") == ""
    assert len(await service.find_messages(MessageFilter(), 1000)) == 1


async def test_messages_are_there_again_after_a_restart(
    service: Service, tmp_path: Path, clock: Clock
) -> None:
    await service.post(draft("erp"), ANN)
    await service.stop()

    again = Service(loaded(tmp_path), SqliteStore(tmp_path / "errorhelp.db"), clock)
    await again.start()
    assert user_message(again, "erp") == "Updating"
    await again.stop()
    await service.start()


async def test_what_another_process_writes_to_the_store_is_shown(service: Service, tmp_path: Path) -> None:
    other = Service(service.loaded, SqliteStore(tmp_path / "errorhelp.db"), service.now)
    await other.start()
    await other.post(draft("erp", text="From elsewhere"), ANN)

    async with asyncio.timeout(10):
        while user_message(service, "erp") == "":
            await asyncio.sleep(0)
    assert user_message(service, "erp") == "From elsewhere"
    await other.stop()


async def test_a_clock_that_is_set_back_shows_a_message_again_that_had_ended(
    service: Service, clock: Clock
) -> None:
    await service.post(draft("erp", minutes=60), ANN)
    clock.pass_by(hours=2)
    await service.catch_up()

    clock.pass_by(hours=-2)
    await service.catch_up()

    assert user_message(service, "erp") == "Updating"


async def test_messages_past_their_retention_are_removed_and_others_kept(
    service: Service, clock: Clock
) -> None:
    old = await service.post(draft("erp", minutes=60), ANN)
    clock.pass_by(days=9)
    await service.catch_up()
    assert (await service.message(old.id)).id == old.id

    clock.pass_by(days=2)
    await service.catch_up()

    with pytest.raises(UnknownMessage):
        await service.message(old.id)


async def test_a_new_configuration_is_in_the_answers_at_once_and_messages_stay(
    service: Service, tmp_path: Path
) -> None:
    await service.post(draft("erp"), ANN)
    await service.use(loaded(tmp_path, CONFIGURATION.replace("id: erp", "id: erp8, aliases: [erp]")))

    assert user_message(service, "erp8") == "Updating"
    assert user_message(service, "erp") == "Updating"


async def test_a_bad_configuration_leaves_the_old_in_force_and_is_logged(
    service: Service, tmp_path: Path
) -> None:
    before = service.configuration.digest
    with pytest.raises(ConfigurationError) as error:
        loaded(tmp_path, CONFIGURATION + "colour: red\n")
    service.refuse(error.value)

    assert service.configuration.digest == before
    assert "unknown key 'colour'" in (service.configuration.refused or "")
    await service.use(loaded(tmp_path))
    assert service.configuration.refused is None


async def test_a_configuration_that_loses_most_infobases_waits_until_it_is_confirmed(
    service: Service, tmp_path: Path
) -> None:
    lines = CONFIGURATION.splitlines()
    half_written = loaded(tmp_path, "\n".join(line for line in lines if "/Finance}" not in line))
    await service.use(half_written)

    assert len(service.catalog.infobases) == 3
    assert "loses 2 of 3" in (service.configuration.refused or "")
    with pytest.raises(NothingToConfirm):
        await service.confirm("another")
    await service.confirm(half_written.digest)
    assert list(service.catalog.infobases) == ["erp"]
