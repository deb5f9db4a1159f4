"""Whoever ended, extended, changed or posted a message can take it back for some seconds."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing as closed
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import HOUR, MINUTE, NOON, SECOND, message

from errorhelp.config import load
from errorhelp.messages.message import LaterText, Message, Severity, State, is_shown, state
from errorhelp.messages.occurrences import UnknownOccurrence
from errorhelp.people.people import NotAllowed, Person, Role
from errorhelp.service.drafts import Draft
from errorhelp.service.service import Service
from errorhelp.service.undo import CannotUndo
from errorhelp.store import MessageEvent, UnknownMessage
from errorhelp.store.rows import event_row, message_of_event, unix_seconds
from errorhelp.store.sqlite import SqliteStore

ANN, BOB = (Person(name, Role.EDITOR) for name in ("ann", "bob"))
CONFIGURATION = """
time_zone: Europe/Moscow
help: {text: Call 112}
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: erp}, folder: /Production}
  - {id: payroll, name: Payroll, connect: {server: s, ref: zup}, folder: /Finance}
maintenance_windows:
  - {id: noon, targets: /Finance, text: Noon, starts_at: 2026-11-20 14:30, duration: 1h, rule: FREQ=DAILY}
"""


class Time:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def service(tmp_path: Path, time: Time) -> AsyncIterator[Service]:
    async for each in node(tmp_path, time):
        yield each


async def node(folder: Path, time: Time) -> AsyncIterator[Service]:
    """A service of its own on the one database in the folder."""
    file = folder / "errorhelp.yaml"
    file.write_text(CONFIGURATION, "utf-8")
    service = Service(load(file), SqliteStore(folder / "errorhelp.db"), time)
    await service.start()
    yield service
    await service.stop()


async def posted(
    service: Service, *targets: str, who: Person = ANN, starts_in: timedelta | None = None
) -> Message:
    starts_at = None if starts_in is None else NOON + starts_in
    return await service.post(
        Draft(targets or ("erp",), "Wait", NOON + HOUR, Severity.OUTAGE, starts_at), who
    )


async def test_what_was_ended_runs_again_with_its_old_end(service: Service, time: Time) -> None:
    before = await posted(service)
    time.now += MINUTE
    ended = await service.end(before.id, ANN)
    time.now += 9 * SECOND
    after = await service.undo(before.id, ended.revision, ANN)
    assert is_shown(after, time.now)
    assert (after.ends_at, after.ended_at, after.revision) == (before.ends_at, None, 3)
    assert [each.id for each in service.snapshot.live if each.window is None] == [before.id]


async def test_what_was_extended_has_its_old_end_again(service: Service) -> None:
    before = await posted(service)
    half = await service.extend(before.id, 30 * MINUTE, ANN)
    more = await service.extend(before.id, HOUR, ANN)
    after = await service.undo(before.id, more.revision, ANN)
    assert after.ends_at == half.ends_at == before.ends_at + 30 * MINUTE


async def test_a_text_that_moved_with_its_end_moves_back(service: Service) -> None:
    before = await service.post(Draft(("erp",), "Back by {until}", NOON + HOUR, Severity.OUTAGE), ANN)
    extended = await service.extend(before.id, HOUR, ANN)
    after = await service.undo(before.id, extended.revision, ANN)
    assert (before.text, extended.text, after.text) == ("Back by 16:00", "Back by 17:00", "Back by 16:00")
    assert after.live_text == before.live_text == "Back by {until}"


async def test_what_was_said_later_and_at_the_end_is_taken_back(service: Service) -> None:
    before = await posted(service)
    updated = await service.update(before.id, "Half is done", ANN)
    ended = await service.end(before.id, ANN, closing="All works again")
    after = await service.undo(before.id, ended.revision, ANN)
    assert (after.updates, after.closing, after.ended_at) == (updated.updates, None, None)
    more = await service.update(before.id, "Nearly done", ANN)
    assert (await service.undo(before.id, more.revision, ANN)).updates == updated.updates


async def test_what_was_changed_is_all_as_before(service: Service) -> None:
    before = await posted(service)
    draft = Draft(("payroll",), "Other", NOON + 2 * HOUR, Severity.INFO, note="4711")
    changed = await service.change(before.id, draft, before.revision, ANN)
    after = await service.undo(before.id, changed.revision, ANN)
    assert (after.targets, after.text, after.ends_at, after.severity, after.note) == (
        before.targets,
        before.text,
        before.ends_at,
        before.severity,
        before.note,
    )


@pytest.mark.parametrize("starts_in", [None, 30 * MINUTE])
async def test_what_was_posted_is_taken_back_as_if_it_had_never_been_shown(
    service: Service, time: Time, starts_in: timedelta | None
) -> None:
    message = await posted(service, starts_in=starts_in)
    time.now += 5 * SECOND
    after = await service.undo(message.id, message.revision, ANN)
    assert state(after, time.now) is State.ENDED
    shown = await service.shown_between(NOON - HOUR, NOON + 2 * HOUR)
    assert [each.window for each in shown] == ["noon"]


async def test_the_history_has_what_was_done_and_that_it_was_taken_back(service: Service) -> None:
    message = await posted(service)
    ended = await service.end(message.id, ANN)
    await service.undo(message.id, ended.revision, ANN)
    events = await service.events(message.id)
    assert [(each.who, each.what) for each in events] == [
        ("ann", "posted"),
        ("ann", "ended"),
        ("ann", "undone"),
    ]
    assert events[-1].data["ended_at"] is None


async def test_what_somebody_else_changed_meanwhile_stays(service: Service) -> None:
    message = await posted(service)
    extended = await service.extend(message.id, HOUR, ANN)
    by_bob = await service.extend(message.id, MINUTE, BOB)
    for revision in (extended.revision, by_bob.revision):
        with pytest.raises(CannotUndo) as refused:
            await service.undo(message.id, revision, ANN)
        assert refused.value.has_changed
    assert await service.message(message.id) == by_bob


async def test_nobody_takes_back_what_somebody_else_did(service: Service) -> None:
    message = await posted(service)
    ended = await service.end(message.id, ANN)
    with pytest.raises(CannotUndo):
        await service.undo(message.id, ended.revision, BOB)
    assert (await service.own_changes(BOB)) == {}


async def test_it_is_too_late_after_some_seconds(service: Service, time: Time) -> None:
    message = await posted(service)
    ended = await service.end(message.id, ANN)
    time.now += 20 * SECOND
    with pytest.raises(CannotUndo) as refused:
        await service.undo(message.id, ended.revision, ANN)
    assert not refused.value.has_changed
    assert await service.message(message.id) == ended


async def test_what_was_taken_back_is_not_brought_back(service: Service) -> None:
    message = await posted(service)
    undone = await service.undo(message.id, message.revision, ANN)
    with pytest.raises(CannotUndo):
        await service.undo(message.id, undone.revision, ANN)


async def test_whoever_may_not_write_there_any_more_takes_nothing_back(service: Service) -> None:
    message = await posted(service)
    ended = await service.end(message.id, ANN)
    elsewhere = Person("ann", Role.EDITOR, ("/Finance",))
    with pytest.raises(NotAllowed):
        await service.undo(message.id, ended.revision, elsewhere)
    with pytest.raises(NotAllowed):
        await service.undo(message.id, ended.revision, Person("ann", Role.VIEWER))


async def test_a_message_that_is_gone_is_unknown(service: Service) -> None:
    with pytest.raises(UnknownMessage):
        await service.undo("gone", 1, ANN)


async def test_it_is_offered_to_whoever_did_it_for_ten_seconds_where_it_was_the_last(
    service: Service, time: Time
) -> None:
    one, other = await posted(service), await posted(service, "payroll")
    ended = await service.end(one.id, ANN)
    await service.extend(other.id, HOUR, BOB)
    offered = await service.own_changes(ANN)
    assert {key: (each.what, each.message) for key, each in offered.items()} == {one.id: ("ended", ended)}
    assert offered[one.id].until == NOON + 10 * SECOND
    time.now += 10 * SECOND
    assert await service.own_changes(ANN) == {}


async def test_another_node_takes_it_back_that_has_not_heard_of_it_yet(
    tmp_path: Path, service: Service, time: Time
) -> None:
    message = await posted(service)
    async for other in node(tmp_path, time):
        await other.read_messages()
        ended = await service.end(message.id, ANN)
        # What it knows of the message is older than what is taken back.
        assert (await other.message(message.id)).revision == message.revision
        assert (await other.own_changes(ANN)).keys() == {message.id}
        after = await other.undo(message.id, ended.revision, ANN)
        assert (after.ended_at, after.revision) == (None, 3)


async def test_maintenance_that_was_ended_runs_again_as_planned(service: Service, time: Time) -> None:
    running, *_ = service.snapshot.live
    await service.maintenance.end(running.id, ANN)
    offered = await service.maintenance.own_ends(ANN)
    assert [(key, each.can_be_undone) for key, each in offered.items()] == [(running.id, True)]
    assert await service.maintenance.own_ends(BOB) == {}
    time.now += 9 * SECOND
    await service.maintenance.undo_end(running.id, ANN)
    assert running in service.snapshot.live
    assert not (await service.maintenance.own_ends(ANN))[running.id].can_be_undone


async def test_it_runs_again_where_it_had_been_moved_to(service: Service, time: Time) -> None:
    tomorrow = service.catalog.windows[0].next_occurrence(NOON)
    assert tomorrow is not None
    await service.maintenance.move(tomorrow.id, NOON + MINUTE, BOB)
    time.now += 5 * MINUTE
    await service.maintenance.end(tomorrow.id, ANN)
    await service.maintenance.undo_end(tomorrow.id, ANN)
    (again,) = (each for each in service.snapshot.live if each.id == tomorrow.id)
    assert (again.starts_at, again.ends_at) == (NOON + MINUTE, NOON + MINUTE + HOUR)


async def test_maintenance_stays_ended_when_it_is_too_late_or_was_not_ended_by_whoever_asks(
    service: Service, time: Time
) -> None:
    running, *_ = service.snapshot.live
    with pytest.raises(UnknownOccurrence):
        await service.maintenance.undo_end("gone@20261121T113000Z", ANN)
    with pytest.raises(UnknownOccurrence):
        await service.maintenance.undo_end(running.id, ANN)
    await service.maintenance.end(running.id, ANN)
    with pytest.raises(CannotUndo):
        await service.maintenance.undo_end(running.id, BOB)
    with pytest.raises(NotAllowed):
        await service.maintenance.undo_end(running.id, Person("ann", Role.EDITOR, ("/Production",)))
    time.now += MINUTE
    with pytest.raises(CannotUndo):
        await service.maintenance.undo_end(running.id, ANN)
    assert not any(is_shown(each, time.now) for each in service.snapshot.live)


async def test_the_last_of_very_many_changes_is_taken_back(tmp_path: Path, service: Service) -> None:
    message = await posted(service)
    with closed(sqlite3.connect(tmp_path / "errorhelp.db")) as database, database:
        more = "INSERT INTO events (at, who, what, message_id, data) SELECT at, who, what, message_id, data FROM events"
        for _ in range(10):
            database.execute(more)
    extended = await service.extend(message.id, HOUR, ANN)
    after = await service.undo(message.id, extended.revision, ANN)
    assert after.ends_at == message.ends_at


@given(
    text=st.one_of(
        st.just("Wait"), st.dictionaries(st.sampled_from(["ru", "en"]), st.just("Wait"), min_size=1)
    ),
    severity=st.sampled_from(Severity),
    ended_in=st.none() | st.integers(0, 3600),
    revision=st.integers(1, 9),
    updates=st.lists(st.builds(LaterText, st.just("Later"), st.just(NOON + SECOND)), max_size=2),
    closing=st.none() | st.just(LaterText("Done", NOON + HOUR)),
)
def test_an_event_gives_the_message_as_it_left_it(
    text: str | dict[str, str],
    severity: Severity,
    ended_in: int | None,
    revision: int,
    updates: list[LaterText],
    closing: LaterText | None,
) -> None:
    ended_at = None if ended_in is None else NOON + ended_in * SECOND
    left = message(
        "m1", "erp", "/Finance", text=text, severity=severity, ended_at=ended_at, revision=revision
    )
    left = replace(left, updates=tuple(updates), closing=closing)
    row = event_row(left, "changed", "ann", NOON)
    event = MessageEvent(1, NOON, row["who"], row["what"], row["message_id"], row["data"])
    assert message_of_event(event) == left
    assert unix_seconds(NOON) == row["at"]
