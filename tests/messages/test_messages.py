"""User messages: their period, their state, and how several are read as one."""

from datetime import timedelta

import pytest
from samples import HOUR, MINUTE, NOON, SECOND, message

from errorhelp.messages.board import Board
from errorhelp.messages.message import (
    Message,
    Severity,
    State,
    covers,
    earliest_end,
    in_order,
    is_shown,
    join_texts,
    next_change,
    state,
)

MICROSECOND = timedelta(microseconds=1)


def test_a_message_is_shown_from_the_second_of_its_start() -> None:
    assert not is_shown(message(), NOON - MICROSECOND)
    assert is_shown(message(), NOON)


def test_a_message_is_gone_at_the_second_of_its_end() -> None:
    assert is_shown(message(), NOON + HOUR - MICROSECOND)
    assert not is_shown(message(), NOON + HOUR)


def test_a_period_without_length_holds_no_moment() -> None:
    assert not covers(NOON, NOON, NOON)


def test_a_message_that_was_ended_is_gone_at_that_second() -> None:
    ended = message(ended_at=NOON + 10 * MINUTE)
    assert is_shown(ended, NOON + 10 * MINUTE - SECOND)
    assert not is_shown(ended, NOON + 10 * MINUTE)


def test_a_message_ended_before_its_start_is_never_shown() -> None:
    ended = message(ended_at=NOON - HOUR)
    assert not any(is_shown(ended, NOON + minute * MINUTE) for minute in range(-120, 120))


@pytest.mark.parametrize(
    ("given", "minutes", "expected"),
    [
        (message(), -1, State.SCHEDULED),
        (message(), 0, State.ACTIVE),
        (message(), 59, State.ACTIVE),
        (message(), 60, State.EXPIRED),
        (message(ended_at=NOON + 10 * MINUTE), 9, State.ACTIVE),
        (message(ended_at=NOON + 10 * MINUTE), 10, State.ENDED),
        (message(ended_at=NOON + 10 * MINUTE), 600, State.ENDED),
        (message(ended_at=NOON - HOUR), -60, State.ENDED),
        (message(ended_at=NOON - HOUR), 10, State.ENDED),
        (message(ended_at=NOON + 2 * HOUR), 60, State.EXPIRED),
        (message(ended_at=NOON + 2 * HOUR), 120, State.EXPIRED),
    ],
)
def test_the_state_of_a_message_follows_from_the_time(given: Message, minutes: int, expected: State) -> None:
    assert state(given, NOON + minutes * MINUTE) is expected


def test_the_next_change_is_the_next_start_or_end() -> None:
    first, second = (
        message("a", ends_at=NOON + 2 * HOUR),
        message("b", starts_at=NOON + HOUR, ends_at=NOON + 3 * HOUR),
    )
    changes = [NOON - HOUR]
    while (change := next_change([first, second], changes[-1])) is not None:
        changes.append(change)
    assert changes[1:] == [NOON, NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR]


def test_a_message_that_is_never_shown_changes_nothing() -> None:
    assert next_change([message(ended_at=NOON - HOUR)], NOON - 2 * HOUR) is None


def test_the_most_severe_message_comes_first_then_the_one_that_started_first() -> None:
    info = message("a", severity=Severity.INFO, starts_at=NOON - HOUR)
    maintenance = message("b", severity=Severity.MAINTENANCE)
    late_outage = message("c", severity=Severity.OUTAGE, starts_at=NOON + MINUTE)
    outage = message("d", severity=Severity.OUTAGE)
    assert in_order([info, late_outage, maintenance, outage]) == [outage, late_outage, maintenance, info]


def test_texts_are_joined_with_a_blank_line() -> None:
    assert join_texts(["Outage", "Обновление"]) == "Outage\n\nОбновление"
    assert join_texts([]) == ""


def test_what_two_messages_say_alike_is_read_once() -> None:
    assert join_texts(["Сбой", "Обновление", "Сбой"]) == "Сбой\n\nОбновление"


def test_a_joined_text_is_right_until_the_earliest_end() -> None:
    shown = [message("a", ends_at=NOON + 2 * HOUR), message("b", ended_at=NOON + MINUTE)]
    assert earliest_end(shown) == NOON + MINUTE
    assert earliest_end([]) is None


def test_the_board_finds_the_messages_about_an_infobase_by_any_of_its_targets() -> None:
    about_all, about_it, about_another = message("a", "*"), message("b", "erp"), message("c", "crm")
    about_its_folder = message("d", "/Finance", "erp", severity=Severity.OUTAGE)
    board = Board([about_all, about_it, about_another, about_its_folder])
    notice = board.notice(("*", "/", "/Finance", "erp"), NOON)
    assert notice.shown == (about_its_folder, about_all, about_it)


def test_a_notice_says_when_it_changes_also_while_nothing_is_shown() -> None:
    board = Board([message("a", "erp"), message("b", "crm", starts_at=NOON - 30 * MINUTE)])
    notice = board.notice(("erp",), NOON - HOUR)
    assert notice.shown == ()
    assert notice.valid_until == NOON
    assert board.notice(("archive",), NOON).valid_until is None
