"""Help JSON, byte for byte, with the default names and with others."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import HOUR, MOSCOW

from errorhelp.formats.help_json import (
    TIME_FORMATS,
    HelpJsonFormat,
    ShownMessage,
    help_json,
    read_time_value,
    time_value,
)
from errorhelp.formats.problem_detail import NOT_FOUND, to_json

UNTIL_TWO = datetime(2026, 11, 21, 11, tzinfo=UTC)


def document(names: HelpJsonFormat | None = None, *, shown: bool = True, text: str = "Сбой") -> bytes:
    messages = [ShownMessage("outage", text, UNTIL_TWO - HOUR, UNTIL_TWO)] if shown else []
    return help_json(
        names or HelpJsonFormat(),
        MOSCOW,
        help_text="Звоните 112",
        help_url="https://help.example.com/help/erp",
        user_message=text if shown else "",
        until=UNTIL_TWO if shown else None,
        shown=messages,
    )


def test_a_message_is_shown_with_its_end_in_the_configured_zone() -> None:
    assert document().decode() == (
        '{"helpText":"Звоните 112","helpUrl":"https://help.example.com/help/erp","userMessage":"Сбой",'
        '"userMessageUntil":"2026-11-21T14:00:00+03:00","messages":[{"severity":"outage","text":"Сбой",'
        '"startsAt":"2026-11-21T13:00:00+03:00","endsAt":"2026-11-21T14:00:00+03:00",'
        '"updates":[],"firstText":null}]}'
    )


def test_the_keys_are_the_same_without_a_message() -> None:
    assert document(shown=False).decode() == (
        '{"helpText":"Звоните 112","helpUrl":"https://help.example.com/help/erp","userMessage":"",'
        '"userMessageUntil":null,"messages":[]}'
    )


def test_fields_have_the_names_that_are_configured_and_can_be_left_out() -> None:
    names = HelpJsonFormat(help_text="text", help_url=None, user_message="userMessage", messages=None)
    assert json.loads(document(names)) == {
        "text": "Звоните 112",
        "userMessage": "Сбой",
        "userMessageUntil": "2026-11-21T14:00:00+03:00",
    }


@pytest.mark.parametrize("name", TIME_FORMATS)
def test_every_time_format_writes_the_time_that_its_description_shows(name: str) -> None:
    assert str(time_value(UNTIL_TWO, MOSCOW, name)) == TIME_FORMATS[name].split(",")[0]


def test_unix_times_are_numbers() -> None:
    until = json.loads(document(HelpJsonFormat(time_format="unix")))["userMessageUntil"]
    assert datetime.fromtimestamp(until, UTC) == UNTIL_TWO


@pytest.mark.parametrize("text", ['"quotes" and \\', "line\nbreak", "\x00", "<script>", "🙂", "\u202e"])
def test_any_text_comes_through_as_it_is(text: str) -> None:
    assert json.loads(document(text=text))["messages"][0]["text"] == text


def test_half_a_character_spoils_nothing_but_itself() -> None:
    assert json.loads(document(text="before \ud83d after"))["userMessage"] == "before ? after"
    assert json.loads(to_json(NOT_FOUND.document("\ud83d")))["detail"] == "?"


def test_a_problem_document_says_its_kind_and_what_to_do() -> None:
    assert json.loads(to_json(NOT_FOUND.document("Look at /help.", instance="42"))) == {
        "type": "urn:errorhelp:problem:not-found",
        "title": "There is nothing at this address",
        "status": 404,
        "detail": "Look at /help.",
        "instance": "42",
    }


@given(
    st.integers(946_684_800, 4_102_444_800),
    st.sampled_from(sorted(TIME_FORMATS)),
)
def test_a_time_is_read_back_as_it_was_written(seconds: int, time_format: str):
    zone, instant = timezone(timedelta(hours=3)), datetime.fromtimestamp(seconds, UTC)
    assert read_time_value(time_value(instant, zone, time_format), zone, time_format) == instant


@pytest.mark.parametrize("value", [None, "", "soon", 10**30, [], "2026-13-01T00:00:00"])
@pytest.mark.parametrize("time_format", TIME_FORMATS)
def test_what_is_no_time_is_none(value: object, time_format: str):
    assert read_time_value(value, UTC, time_format) is None
