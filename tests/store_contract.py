"""What every store does, whichever database it keeps things in.

A test module derives a class from `StoreContract` and gives it the fixture `new_store`: each call makes one
more store, not yet open, on the same database.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.message import LaterText, Message, Severity, State, state
from errorhelp.messages.occurrences import Deed, Override, WindowChange
from errorhelp.store import RequestDone, StaleRevision, StaleWindow, UnknownMessage, UnknownWindow
from errorhelp.store.list_place import ListPlace
from errorhelp.store.message_filter import MessageFilter
from errorhelp.store.request_records import KNOWN_FOR, DoneRequest, RequestKey
from errorhelp.store.sql import Store
from errorhelp.store.sql_history import ChangesBefore
from errorhelp.store.sql_retention import KeptRetention
from errorhelp.text.texts import Text

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

# Any text a person can write; what is refused has a test of its own.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def a_message(
    message_id: str = "m1", *, starts_at: datetime = NOON, ends_at: datetime = NOON + HOUR
) -> Message:
    return Message(
        id=message_id,
        targets=("erp", "/Finance"),
        text={"ru": "Сервер обновляется", "en": "The server is being updated"},
        severity=Severity.MAINTENANCE,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=NOON - HOUR,
        author="anna",
        note="planned",
    )


def a_change(deed: Deed, starts_at: datetime, ends_at: datetime, *, window: str = "backup") -> WindowChange:
    """What somebody did to an occurrence that is planned from noon on for an hour."""
    return WindowChange(NOON - HOUR, "anna", deed, Override(window, NOON, NOON + HOUR, starts_at, ends_at))


def a_window(window_id: str = "w.1") -> MadeWindow:
    return MadeWindow(
        id=window_id,
        targets=("erp", "/Finance"),
        text={"ru": "Копирование", "en": "Backups"},
        severity=Severity.MAINTENANCE,
        starts_at=datetime.fromisoformat("2026-11-22 02:00"),
        duration=2 * HOUR,
        rule="FREQ=WEEKLY;BYDAY=SU",
        created_at=NOON - HOUR,
        author="anna",
        note="agreed",
    )


class Stores:
    """The stores of a contract: `store`, and `other` on the same database, as another process or node has it."""

    @pytest.fixture
    async def store(self, new_store: Callable[[], Store]) -> AsyncIterator[Store]:
        store = new_store()
        await store.open()
        yield store
        await store.close()

    @pytest.fixture
    async def other(self, new_store: Callable[[], Store], store: Store) -> AsyncIterator[Store]:
        other = new_store()
        await other.open()
        yield other
        await other.close()


class StoreContract(Stores):
    async def test_a_new_store_is_empty(self, store: Store) -> None:
        assert await store.messages() == []
        assert await store.events() == []

    async def test_an_added_message_is_found_among_all_and_by_its_id(self, store: Store) -> None:
        await store.add(a_message(), "anna", NOON)
        assert await store.messages() == [a_message()]
        assert await store.message("m1") == a_message()

    @pytest.mark.parametrize(
        ("text", "live_text"),
        [
            ("до 15:00", "до {until}"),
            ({"ru": "до 15:00", "en": "by 15:00"}, {"ru": "до {until}", "en": "by {until}"}),
        ],
    )
    async def test_a_text_with_braces_is_kept_beside_the_one_that_is_filled_in(
        self, store: Store, text: Text, live_text: Text
    ) -> None:
        live = replace(a_message(), text=text, live_text=live_text)
        await store.add(live, "anna", NOON)
        assert await store.message("m1") == live
        extended = replace(live, ends_at=NOON + 2 * HOUR)
        kept = await store.replace(extended, expected_revision=1, what="extended", who="anna", at=NOON)
        assert await store.messages() == [kept] == [replace(extended, revision=2)]
        literal = replace(kept, text="до 15:00", live_text=None)
        await store.replace(literal, expected_revision=2, what="changed", who="anna", at=NOON)
        assert (await store.message("m1")).live_text is None
        texts = [(each.data["text"], each.data["live_text"]) for each in await store.events()]
        assert texts == [(text, live_text), (text, live_text), ("до 15:00", None)]

    async def test_a_text_that_an_older_node_wrote_counts_more_than_the_braces_beside_it(
        self, store: Store
    ) -> None:
        await store.add(replace(a_message(), text="another text", live_text="до {until}"), "anna", NOON)
        found = await store.message("m1")
        assert (found.text, found.live_text) == ("another text", None)

    async def test_messages_come_in_the_order_of_their_starts(self, store: Store) -> None:
        later, sooner = a_message("a", starts_at=NOON + SECOND), a_message("b", starts_at=NOON)
        await store.add(later, "anna", NOON)
        await store.add(sooner, "anna", NOON)
        assert await store.messages() == [sooner, later]

    async def test_messages_that_are_over_lately_are_found_the_latest_end_in_front(
        self, store: Store
    ) -> None:
        for message_id, ended_at, values in (
            ("long ago", NOON - 2 * SECOND, {}),
            ("first", NOON - SECOND, {}),
            ("last", NOON + 2 * SECOND, {}),
            ("by itself", None, {"ends_at": NOON + SECOND}),
            ("planned end counts", NOON + 2 * HOUR, {"ends_at": NOON}),
            ("called off", NOON + MINUTE, {"starts_at": NOON + HOUR, "ends_at": NOON + 2 * HOUR}),
            ("still shown", NOON + 3 * SECOND, {}),
            ("not ended", None, {}),
        ):
            each = replace(a_message(message_id), starts_at=NOON - HOUR, ended_at=ended_at)
            await store.add(replace(each, **values), "anna", NOON)
        since, until = NOON - SECOND, NOON + 2 * SECOND
        assert [each.id for each in await store.past_messages(since, until)] == [
            "called off",
            "last",
            "by itself",
            "planned end counts",
            "first",
        ]
        assert [each.id for each in await store.past_messages(since, until, limit=1)] == ["called off"]

    async def test_updates_and_closing_words_are_kept_with_their_event(
        self, store: Store, other: Store
    ) -> None:
        await store.add(a_message(), "anna", NOON)
        updates = (
            LaterText({"ru": "Ещё час", "en": "One more hour"}, NOON + 2 * SECOND),
            LaterText("Ищем причину", NOON + SECOND),
        )
        updated = replace(a_message(), updates=updates)
        updated = await store.replace(updated, expected_revision=1, what="updated", who="boris", at=NOON)
        assert await other.message("m1") == updated
        assert await other.message("m1") == replace(a_message(), updates=updates, revision=2)
        closed = replace(
            updated, ended_at=NOON + MINUTE, closing=LaterText({"ru": "Всё работает"}, NOON + MINUTE)
        )
        closed = await store.replace(closed, expected_revision=2, what="ended", who="boris", at=NOON)
        assert await other.past_messages(NOON, NOON + MINUTE) == [closed]
        posted, update, end = await store.events("m1")
        assert (posted.data["updates"], posted.data["closing"]) == ([], None)
        assert update.data["updates"] == [
            {
                "text": {"ru": "Ещё час", "en": "One more hour"},
                "live_text": None,
                "at": "2026-11-21T12:00:02Z",
            },
            {"text": "Ищем причину", "live_text": None, "at": "2026-11-21T12:00:01Z"},
        ]
        assert (end.data["closing"]["text"], end.data["closing"]["at"]) == (
            {"ru": "Всё работает"},
            "2026-11-21T12:01:00Z",
        )

    @pytest.mark.parametrize("text", ["NUL \0", "half \ud800"])
    async def test_an_update_and_closing_words_that_no_database_keeps_are_refused(
        self, store: Store, text: str
    ) -> None:
        for each in (
            replace(a_message(), updates=(LaterText({"ru": text}, NOON),)),
            replace(a_message(), closing=LaterText(text, NOON)),
        ):
            with pytest.raises(ValueError, match="can't be kept"):
                await store.add(each, "anna", NOON)

    async def test_messages_are_found_by_state_target_and_author_the_newest_first(self, store: Store) -> None:
        over = replace(a_message("over"), starts_at=NOON - HOUR, ends_at=NOON, created_at=NOON - HOUR)
        ended = replace(
            a_message("ended"),
            starts_at=NOON - HOUR,
            ended_at=NOON,
            created_at=NOON - 2 * SECOND,
            author="oleg",
        )
        shown = replace(a_message("shown"), starts_at=NOON, targets=("crm", "/Финансы"), created_at=NOON)
        to_come = replace(
            a_message("later"),
            starts_at=NOON + SECOND,
            targets=('/A "crm"', "/finance"),
            created_at=NOON + SECOND,
        )
        for each in (over, ended, shown, to_come):
            await store.add(each, "anna", NOON)

        async def found(limit: int = 10, **wanted: object) -> list[str]:
            return [each.id for each in await store.find_messages(MessageFilter(**wanted), NOON, limit)]

        assert await found() == ["later", "shown", "ended", "over"]
        assert await found(limit=2) == ["later", "shown"]
        for wanted in State:
            assert await found(states=(wanted,)) == [
                each.id for each in (to_come, shown, ended, over) if state(each, NOON) is wanted
            ]
        assert await found(states=(State.ACTIVE, State.ENDED)) == ["shown", "ended"]
        assert await found(target="crm") == ["shown"]
        assert await found(target="/Финансы") == ["shown"]
        assert await found(target="/FINANCE") == await found(target="/Fin") == []
        assert await found(any_of=("/finance", "/Финансы", "crm")) == ["later", "shown"]
        assert await found(author="oleg") == ["ended"]
        assert await store.count_messages(NOON) == dict.fromkeys(State, 1)

    async def test_messages_follow_a_place_in_their_list_though_many_were_posted_in_a_second(
        self, store: Store
    ) -> None:
        for number in range(7):
            posted = replace(a_message(f"m{number}"), created_at=NOON + number // 3 * SECOND)
            await store.add(posted, "anna", NOON)

        async def after(place: ListPlace | None, limit: int = 10) -> list[str]:
            found = await store.find_messages(MessageFilter(), NOON, limit, place)
            return [each.id for each in found]

        assert await after(None, 2) == ["m6", "m5"]
        second = int((NOON + SECOND).timestamp())
        assert await after(ListPlace(second, "m5"), 3) == ["m4", "m3", "m2"]
        assert await after(ListPlace(second, "m4")) == ["m3", "m2", "m1", "m0"]
        assert await after(ListPlace(second - 1, "m0")) == []
        period = MessageFilter(since=NOON + SECOND, until=NOON + 2 * SECOND)
        assert [each.id for each in await store.find_messages(period, NOON, 10)] == ["m5", "m4", "m3"]
        assert (await store.count_found(period, NOON), await store.count_found(MessageFilter(), NOON)) == (
            3,
            7,
        )

    async def test_a_request_with_a_key_is_done_once_on_whichever_node(
        self, store: Store, other: Store
    ) -> None:
        key = RequestKey("a", "what")

        async def post(number: int) -> str:
            message = replace(a_message(f"m{number}"), changed_at=NOON)
            try:
                await (store, other)[number % 2].add(message, "anna", NOON, key)
            except RequestDone as error:
                assert error.done == DoneRequest("what", NOON, replace(message, id=error.done.message.id))
                return error.done.message.id
            return message.id

        ids = set(await asyncio.gather(*map(post, range(10))))
        assert [{each.id} for each in await store.messages()] == [ids]
        assert [each.what for each in await other.events()] == ["posted"]

    async def test_a_change_with_a_key_is_made_once_and_before_anybody_asks_for_its_revision(
        self, store: Store
    ) -> None:
        await store.add(a_message(), "anna", NOON)
        longer = a_message(ends_at=NOON + 2 * HOUR)
        key, what = RequestKey("a", "what"), {"expected_revision": 1, "who": "anna", "at": NOON}
        await store.replace(longer, what="extended", key=key, **what)
        for request in (
            store.replace(longer, what="extended", key=key, **what),
            store.done_requests.note(RequestKey("a", "other"), longer, NOON),
            store.done_requests.refuse_if_done(key, NOON),
        ):
            with pytest.raises(RequestDone) as refused:
                await request
            assert (refused.value.done.message.revision, refused.value.done.fingerprint) == (2, "what")
        assert len(await store.events()) == 2

    async def test_a_key_is_forgotten_after_a_day_and_one_of_a_change_that_failed_was_never_known(
        self, store: Store
    ) -> None:
        key = RequestKey("a", "what")
        with pytest.raises(StaleRevision):
            await store.add(a_message(), "anna", NOON)
            await store.replace(a_message(), expected_revision=7, what="ended", who="anna", at=NOON, key=key)
        await store.done_requests.note(key, a_message(), NOON)
        await store.done_requests.refuse_if_done(key, NOON + KNOWN_FOR)
        await store.done_requests.note(key, a_message(), NOON + KNOWN_FOR)
        await store.done_requests.collect(NOON + KNOWN_FOR)
        with pytest.raises(RequestDone):
            await store.done_requests.refuse_if_done(key, NOON + KNOWN_FOR)
        await store.done_requests.collect(NOON + KNOWN_FOR + SECOND)
        await store.done_requests.refuse_if_done(key, NOON + KNOWN_FOR)

    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
        deadline=None,
    )
    @given(text=TEXTS | st.dictionaries(st.sampled_from(["ru", "en", "de"]), TEXTS), note=TEXTS, author=TEXTS)
    async def test_any_text_comes_back_as_it_was_written(
        self, store: Store, text: str | dict[str, str], note: str, author: str
    ) -> None:
        written = replace(a_message(str(uuid.uuid4())), text=text, note=note, author=author)
        await store.add(written, author, NOON)
        assert await store.message(written.id) == written
        (event,) = await store.events(written.id)
        assert (event.who, event.data["text"], event.data["note"]) == (author, text, note)

    @pytest.mark.parametrize("character", ["\0", "\ud83d"])
    async def test_a_character_that_no_database_keeps_is_named_and_refused(
        self, store: Store, character: str
    ) -> None:
        text = f"until 14{character}00"
        for message in (
            replace(a_message(), text=text),
            replace(a_message(), text={"en": text}),
            replace(a_message(), note=text),
            replace(a_message(), author=text),
            replace(a_message(), targets=(text,)),
        ):
            with pytest.raises(ValueError, match=rf"U\+{ord(character):04X}"):
                await store.add(message, "anna", NOON)
        with pytest.raises(ValueError, match=rf"U\+{ord(character):04X}"):
            await store.add(a_message(), text, NOON)
        assert await store.messages() == []

    @pytest.mark.parametrize("year", [1, 1969, 2038, 9999])
    async def test_far_away_instants_come_back(self, store: Store, year: int) -> None:
        far = a_message(starts_at=NOON.replace(year=year), ends_at=NOON.replace(year=year) + HOUR)
        await store.add(far, "anna", NOON)
        assert await store.messages() == [far]

    async def test_each_change_leaves_an_event_with_who_what_when_and_the_values_after_it(
        self, store: Store
    ) -> None:
        extended = replace(a_message(), ends_at=NOON + 2 * HOUR)
        ended = replace(extended, ended_at=NOON + HOUR)
        await store.add(a_message(), "anna", NOON)
        await store.replace(extended, expected_revision=1, what="extended", who="boris", at=NOON + SECOND)
        await store.replace(ended, expected_revision=2, what="ended", who="olga", at=NOON + HOUR)

        posted, second, third = await store.events()
        assert (posted.what, posted.who, posted.at, posted.message_id) == ("posted", "anna", NOON, "m1")
        assert (second.what, second.who, second.at) == ("extended", "boris", NOON + SECOND)
        assert (third.what, third.who, third.at) == ("ended", "olga", NOON + HOUR)
        assert posted.seq < second.seq < third.seq
        assert [each.data["ends_at"] for each in (posted, second)] == [
            "2026-11-21T13:00:00Z",
            "2026-11-21T14:00:00Z",
        ]
        assert [each.data["ended_at"] for each in (second, third)] == [None, "2026-11-21T13:00:00Z"]
        assert [each.data["revision"] for each in (posted, second, third)] == [1, 2, 3]

    async def test_events_go_on_after_the_last_one_seen(self, store: Store) -> None:
        for number in range(5):
            await store.add(a_message(f"m{number}"), "anna", NOON)
        first = await store.events(limit=2)
        rest = await store.events(after_seq=first[-1].seq)
        assert [each.message_id for each in first + rest] == ["m0", "m1", "m2", "m3", "m4"]
        assert len(first) == 2

    async def test_the_events_of_one_message_are_its_own(self, store: Store) -> None:
        await store.add(a_message("m1"), "anna", NOON)
        await store.add(a_message("m2"), "anna", NOON)
        await store.replace(a_message("m1"), expected_revision=1, what="changed", who="boris", at=NOON)
        assert [each.what for each in await store.events("m1")] == ["posted", "changed"]

    async def test_a_change_is_kept_under_the_next_revision(self, store: Store) -> None:
        await store.add(a_message(), "anna", NOON)
        written = replace(a_message(), text="Back at 15:00", severity=Severity.OUTAGE, targets=("*",))
        changed = await store.replace(written, expected_revision=1, what="changed", who="boris", at=NOON)
        assert changed == replace(written, revision=2)
        assert await store.messages() == [changed]

    async def test_a_message_says_when_it_was_changed_last(self, store: Store) -> None:
        await store.add(a_message(), "anna", NOON)
        await store.add(a_message("m2"), "anna", NOON)
        assert (await store.message("m1")).changed_at == NOON
        await store.replace(a_message(), expected_revision=1, what="extended", who="boris", at=NOON + SECOND)
        for found in (await store.messages(), await store.latest_messages(2)):
            assert {each.id: each.changed_at for each in found} == {"m1": NOON + SECOND, "m2": NOON}

    async def test_a_change_of_a_stale_revision_is_refused_and_shows_the_current_one(
        self, store: Store, other: Store
    ) -> None:
        await store.add(a_message(), "anna", NOON)
        theirs = replace(a_message(), text="theirs")
        current = await other.replace(theirs, expected_revision=1, what="changed", who="olga", at=NOON)
        mine = replace(a_message(), text="mine")
        with pytest.raises(StaleRevision) as refused:
            await store.replace(mine, expected_revision=1, what="changed", who="boris", at=NOON)
        assert refused.value.current == current
        assert await store.messages() == [current]
        assert [each.who for each in await store.events()] == ["anna", "olga"]

    async def test_a_message_that_does_not_exist_is_named(self, store: Store) -> None:
        with pytest.raises(UnknownMessage, match="'m1'"):
            await store.message("m1")
        with pytest.raises(UnknownMessage, match="'m1'"):
            await store.replace(a_message(), expected_revision=1, what="changed", who="boris", at=NOON)
        assert await store.events() == []

    async def test_everything_is_there_after_reopening(
        self, store: Store, new_store: Callable[[], Store]
    ) -> None:
        await store.add(a_message(), "anna", NOON)
        await store.replace(a_message(), expected_revision=1, what="changed", who="boris", at=NOON)
        messages, events = await store.messages(), await store.events()
        await store.close()
        reopened = new_store()
        await reopened.open()
        assert (await reopened.messages(), await reopened.events()) == (messages, events)
        await reopened.close()

    async def test_many_writers_at_once_lose_nothing(self, store: Store, other: Store) -> None:
        ids = [f"m{number:03}" for number in range(100)]
        await asyncio.gather(
            *(
                (store, other)[number % 2].add(a_message(each), "anna", NOON)
                for number, each in enumerate(ids)
            )
        )
        assert [each.id for each in await store.messages()] == ids
        events = await other.events()
        assert sorted(each.message_id for each in events) == ids
        assert [each.seq for each in events] == sorted({each.seq for each in events})

    async def test_of_many_changes_of_one_revision_one_wins(self, store: Store, other: Store) -> None:
        await store.add(a_message(), "anna", NOON)

        async def change(number: int) -> str | None:
            text = f"text {number}"
            try:
                await (store, other)[number % 2].replace(
                    replace(a_message(), text=text), expected_revision=1, what="changed", who="anna", at=NOON
                )
            except StaleRevision:
                return None
            return text

        (winner,) = [text for text in await asyncio.gather(*map(change, range(20))) if text is not None]
        assert await store.messages() == [replace(a_message(), text=winner, revision=2)]
        assert len(await store.events()) == 2

    async def test_a_message_is_collected_once_its_end_is_before_the_limit(self, store: Store) -> None:
        await store.add(a_message(ends_at=NOON), "anna", NOON)
        assert await store.collect(NOON) == 0
        assert await store.messages() != []
        assert await store.collect(NOON + SECOND) == 1
        assert await store.messages() == []

    async def test_a_message_that_somebody_ended_is_collected_by_that_end(self, store: Store) -> None:
        await store.add(replace(a_message(ends_at=NOON + 9 * HOUR), ended_at=NOON), "anna", NOON)
        assert await store.collect(NOON) == 0
        assert await store.collect(NOON + SECOND) == 1

    async def test_a_message_ended_after_its_planned_end_is_collected_by_the_planned_one(
        self, store: Store
    ) -> None:
        await store.add(replace(a_message(ends_at=NOON), ended_at=NOON + HOUR), "anna", NOON)
        assert await store.collect(NOON + SECOND) == 1

    async def test_collecting_takes_the_events_of_what_it_deletes_and_no_others(self, store: Store) -> None:
        await store.add(a_message("over", ends_at=NOON), "anna", NOON - HOUR)
        await store.add(a_message("kept", ends_at=NOON + HOUR), "anna", NOON - HOUR)
        await store.replace(
            a_message("over", ends_at=NOON), expected_revision=1, what="changed", who="boris", at=NOON
        )
        assert await store.collect(NOON + HOUR) == 1
        assert await store.messages() == [a_message("kept", ends_at=NOON + HOUR)]
        assert [each.message_id for each in await store.events()] == ["kept"]

    async def test_how_long_messages_were_kept_last_and_what_was_confirmed_is_known_to_every_node(
        self, store: Store, other: Store
    ) -> None:
        assert await store.retention.kept() == KeptRetention()
        await store.retention.use(9 * HOUR, NOON)
        await other.retention.use(8 * HOUR, NOON)
        await other.retention.confirm(3 * HOUR, NOON)
        await other.retention.confirm(2 * HOUR, NOON + SECOND)
        assert await store.retention.kept() == KeptRetention(8 * HOUR, 2 * HOUR, NOON + SECOND)
        await store.retention.use(2 * HOUR, NOON + HOUR)
        assert await other.retention.kept() == KeptRetention(2 * HOUR)

    async def test_what_would_be_collected_is_counted(self, store: Store) -> None:
        assert await store.retention.count_over(NOON) == (0, 0)
        await store.add(a_message("over", ends_at=NOON), "anna", NOON)
        await store.add(replace(a_message("ended", ends_at=NOON + 9 * HOUR), ended_at=NOON), "anna", NOON)
        await store.add(a_message("kept", ends_at=NOON + HOUR), "anna", NOON)
        assert await store.retention.count_over(NOON) == (0, 3)
        assert await store.retention.count_over(NOON + SECOND) == (2, 3)
        assert await store.collect(NOON + SECOND) == 2

    async def test_the_number_of_a_collected_event_is_not_used_again(self, store: Store) -> None:
        await store.add(a_message("over", ends_at=NOON), "anna", NOON)
        (over,) = await store.events()
        await store.collect(NOON + SECOND)
        await store.add(a_message("new"), "anna", NOON)
        assert [each.message_id for each in await store.events(after_seq=over.seq)] == ["new"]

    async def test_the_latest_events_come_first_by_person_and_time_and_in_pieces(self, store: Store) -> None:
        for number, who in enumerate(["anna", "boris", "anna", "anna"]):
            await store.add(a_message(f"m{number}"), who, NOON + number * SECOND)

        async def ids(**wanted: Any) -> list[str]:
            limit = wanted.pop("limit", 1000)
            return [
                each.message_id for _, each in await store.history.of_messages(ChangesBefore(**wanted), limit)
            ]

        assert await ids() == ["m3", "m2", "m1", "m0"]
        assert await ids(who="anna", limit=2) == ["m3", "m2"]
        assert await ids(since=NOON + SECOND, until=NOON + 3 * SECOND) == ["m2", "m1"]
        seq, last = (await store.history.of_messages(ChangesBefore(), 2))[-1]
        assert await ids(at=int(last.at.timestamp()), seq=seq) == ["m1", "m0"]

    async def test_the_history_of_each_kind_goes_on_from_a_place_within_a_second(self, store: Store) -> None:
        for number in range(5):
            await store.add(a_message(f"m{number}"), "anna", NOON + number // 4 * SECOND)
        skip = a_change(Deed.SKIPPED, NOON, NOON)
        await store.add_window_change(skip)
        first = await store.history.of_messages(ChangesBefore(), 2)
        assert [each.message_id for _, each in first] == ["m4", "m3"]
        noon, last = int(NOON.timestamp()), first[-1][0]
        rest = await store.history.of_messages(ChangesBefore(at=noon, seq=last), 10)
        assert [each.message_id for _, each in rest] == ["m2", "m1", "m0"]
        assert len(await store.history.of_messages(ChangesBefore(who="anna", at=noon), 10)) == 4
        assert await store.history.of_messages(ChangesBefore(until=NOON), 10) == []
        ((_, change),) = await store.history.of_windows(ChangesBefore(since=NOON - HOUR), 10)
        assert change == skip
        assert await store.history.of_problems(ChangesBefore(), 10) == []

    async def test_the_latest_events_are_found_by_the_targets_that_they_left(self, store: Store) -> None:
        """Also those of a message that has others by now, and never by a part of a target."""
        crm = replace(a_message("m2"), targets=("crm", '/A "quoted" folder'))
        await store.add(a_message("m1"), "anna", NOON)
        await store.add(crm, "anna", NOON)
        changed = replace(crm, targets=("erp",))
        await store.replace(changed, expected_revision=1, what="changed", who="anna", at=NOON)

        async def found(*targets: str) -> list[tuple[str, str]]:
            found = await store.history.of_messages(ChangesBefore(targets=targets), 1000)
            return [(each.message_id, each.what) for _, each in found]

        assert await found("erp") == [("m2", "changed"), ("m1", "posted")]
        assert await found("crm", "/Finance") == [("m2", "posted"), ("m1", "posted")]
        assert await found('/A "quoted" folder') == [("m2", "posted")]
        assert await found("er", "quoted", "Finance") == []

    async def test_what_was_on_display_at_some_time_is_found_by_its_targets(self, store: Store) -> None:
        later, end = NOON + 2 * HOUR, NOON + 4 * HOUR
        messages = [
            a_message("over"),
            replace(a_message("ended", ends_at=end), ended_at=NOON + HOUR),
            a_message("running", ends_at=NOON + 3 * HOUR),
            replace(a_message("starts", starts_at=later, ends_at=end), targets=("crm",)),
            replace(a_message("taken back", starts_at=later, ends_at=end), ended_at=NOON),
            a_message("to come", starts_at=NOON + 3 * HOUR + SECOND, ends_at=end),
        ]
        for message in messages:
            await store.add(message, "anna", NOON)

        async def found(*targets: str) -> list[str]:
            since, until = NOON + HOUR, NOON + 3 * HOUR
            return [each.id for each in await store.shown_between(since, until, targets)]

        assert await found() == ["running", "starts"]
        assert await found("crm") == ["starts"]
        assert await found("erp", "*") == ["running"]
        assert (await store.shown_between(NOON, NOON))[0] == messages[1]

    async def test_the_latest_messages_are_those_posted_last(self, store: Store) -> None:
        for number in range(4):
            posted = replace(a_message(f"m{number}"), created_at=NOON + number * SECOND)
            await store.add(posted, "anna", NOON)
        assert [each.id for each in await store.latest_messages(2)] == ["m3", "m2"]

    async def test_changes_of_occurrences_are_kept_in_their_order(self, store: Store) -> None:
        skip, move = a_change(Deed.SKIPPED, NOON, NOON), a_change(Deed.MOVED, NOON + HOUR, NOON + 2 * HOUR)
        assert await store.window_changes() == []
        await store.add_window_change(skip)
        await store.add_window_change(move)
        assert await store.window_changes() == [skip, move]

    async def test_changes_of_an_occurrence_are_collected_together_when_all_of_it_is_over(
        self, store: Store
    ) -> None:
        move = a_change(Deed.MOVED, NOON + 8 * HOUR, NOON + 9 * HOUR)
        restore = a_change(Deed.RESTORED, NOON, NOON + HOUR)
        other = a_change(Deed.SKIPPED, NOON, NOON, window="other")
        for change in (move, restore, other):
            await store.add_window_change(change)
        await store.collect(NOON + 9 * HOUR)
        assert await store.window_changes() == [move, restore], "or the move would be in force again"
        await store.collect(NOON + 9 * HOUR + SECOND)
        assert await store.window_changes() == []

    async def test_changes_of_occurrences_that_are_over_are_left_out_where_only_others_count(
        self, store: Store
    ) -> None:
        move = a_change(Deed.MOVED, NOON + 8 * HOUR, NOON + 9 * HOUR)
        restore = a_change(Deed.RESTORED, NOON, NOON + HOUR)
        other = a_change(Deed.SKIPPED, NOON, NOON, window="other")
        for change in (move, restore, other):
            await store.add_window_change(change)
        assert await store.window_changes(NOON) == [move, restore, other]
        assert await store.window_changes(NOON + 2 * HOUR) == [move, restore], "or the move would be in force"
        assert await store.window_changes(NOON + 9 * HOUR) == []

    async def test_the_latest_changes_of_occurrences_come_first_by_person_time_and_window(
        self, store: Store
    ) -> None:
        first = a_change(Deed.SKIPPED, NOON, NOON)
        second = replace(a_change(Deed.SKIPPED, NOON, NOON, window="other"), who="boris", at=NOON)
        third = replace(a_change(Deed.RESTORED, NOON, NOON + HOUR), at=NOON + SECOND)
        for change in (first, second, third):
            await store.add_window_change(change)

        async def latest(limit: int = 1000, **wanted: Any) -> list[WindowChange]:
            return [each for _, each in await store.history.of_windows(ChangesBefore(**wanted), limit)]

        assert await latest() == [third, second, first]
        assert await latest(limit=2) == [third, second]
        assert await latest(who="anna") == [third, first]
        assert await latest(since=NOON, until=NOON + SECOND) == [second]
        assert await latest(windows=["other", "gone"]) == [second]
        assert await latest(windows=[]) == []

    async def test_a_made_window_is_kept_with_its_history_and_found(self, store: Store) -> None:
        window = a_window()
        await store.windows.add(window, "anna", NOON)
        assert await store.windows.all() == [window]
        found = await store.windows.window("w.1")
        assert (found, found.changed_at) == (window, NOON)
        changed = replace(window, text="Later", starts_at=window.starts_at.replace(second=30))
        stored = await store.windows.replace(
            changed, expected_revision=1, what="changed", who="boris", at=NOON + SECOND
        )
        assert stored == replace(changed, revision=2)
        assert await store.windows.all() == [stored]
        events = await store.windows.events("w.1")
        assert [(each.what, each.who, each.at) for each in events] == [
            ("made", "anna", NOON),
            ("changed", "boris", NOON + SECOND),
        ]
        assert events[1].data["text"] == "Later" and events[1].data["duration"] == "2h"
        ((_, first), (_, last)) = await store.history.of_made_windows(ChangesBefore(targets=["erp"]), 10)
        assert (first, last) == (events[1], events[0])
        assert await store.history.of_made_windows(ChangesBefore(targets=["er"]), 10) == []
        with pytest.raises(UnknownWindow):
            await store.windows.window("w.2")

    async def test_a_stale_change_of_a_made_window_changes_nothing(self, store: Store) -> None:
        window = a_window()
        await store.windows.add(window, "anna", NOON)
        newer = await store.windows.replace(
            replace(window, note="new"), expected_revision=1, what="changed", who="anna", at=NOON
        )
        skip = a_change(Deed.SKIPPED, NOON, NOON, window="w.1")
        with pytest.raises(StaleWindow) as stale:
            await store.windows.replace(
                window, expected_revision=1, what="changed", who="boris", at=NOON, changes=[skip]
            )
        assert stale.value.current == newer
        assert await store.windows.all() == [newer]
        assert await store.window_changes() == [] and len(await store.windows.events("w.1")) == 2
        with pytest.raises(UnknownWindow):
            await store.windows.replace(
                a_window("w.2"), expected_revision=1, what="changed", who="boris", at=NOON
            )

    async def test_what_becomes_of_occurrences_is_kept_with_the_change_of_a_window(
        self, store: Store
    ) -> None:
        await store.windows.add(a_window(), "anna", NOON)
        restore = a_change(Deed.RESTORED, NOON, NOON + HOUR, window="w.1")
        await store.windows.replace(
            a_window(), expected_revision=1, what="changed", who="anna", at=NOON, changes=[restore]
        )
        assert await store.window_changes() == [restore]

    async def test_an_ended_window_is_left_out_and_collected_when_it_is_past_the_retention(
        self, store: Store
    ) -> None:
        ended = replace(a_window(), ended_at=NOON)
        await store.windows.add(ended, "anna", NOON)
        await store.windows.add(a_window("w.2"), "anna", NOON)
        assert [each.id for each in await store.windows.all()] == ["w.2"]
        assert [each.id for each in await store.windows.all(ended=True)] == ["w.1", "w.2"]
        await store.collect(NOON)
        assert len(await store.windows.all(ended=True)) == 2
        await store.collect(NOON + SECOND)
        assert [each.id for each in await store.windows.all(ended=True)] == ["w.2"]
        assert await store.windows.events("w.1") == []

    async def test_a_made_window_is_signalled_to_others(self, store: Store, other: Store) -> None:
        async with asyncio.timeout(30), aclosing(store.changes()) as changes:
            await anext(changes)
            await other.windows.add(a_window(), "anna", NOON)
            await anext(changes)
            assert await store.windows.all() == [a_window()]

    async def test_every_change_by_another_store_is_signalled(self, store: Store, other: Store) -> None:
        async with asyncio.timeout(30), aclosing(store.changes()) as changes:
            await anext(changes)
            await other.add(a_message(), "anna", NOON)
            await anext(changes)
            assert await store.messages() == [a_message()]
            await other.replace(a_message(), expected_revision=1, what="ended", who="anna", at=NOON)
            await anext(changes)
            assert [each.revision for each in await store.messages()] == [2]
            await other.collect(NOON + 2 * HOUR)
            await anext(changes)
            assert await store.messages() == []
            await other.add_window_change(a_change(Deed.SKIPPED, NOON, NOON))
            await anext(changes)
            assert len(await store.window_changes()) == 1

    async def test_a_write_given_up_half_way_leaves_a_store_that_works(
        self, store: Store, other: Store
    ) -> None:
        writes = [
            asyncio.create_task(store.add(a_message(f"m{number}"), "anna", NOON)) for number in range(9)
        ]
        await other.add(a_message("theirs"), "olga", NOON)
        for write in writes:
            write.cancel()
        await asyncio.gather(*writes, return_exceptions=True)
        await store.add(a_message("after"), "anna", NOON)
        kept = {each.id for each in await store.messages()}
        assert {"theirs", "after"} <= kept
        assert {each.message_id for each in await store.events()} == kept
