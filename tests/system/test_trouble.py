"""Trouble that comes again and again is logged once, and once when it is over."""

import logging

import pytest

from errorhelp.system.trouble import Trouble

log = logging.getLogger("a test")


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def fail(error: Exception) -> Exception:
    try:
        raise error
    except Exception as raised:
        return raised


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [f"{each.levelname} {each.getMessage()}" for each in caplog.records]


def test_the_same_trouble_is_logged_once_and_once_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    trouble = Trouble(log)
    for number in range(9):
        trouble.note(fail(ValueError(str(number))), "%d reports cannot be written", number)
    trouble.over()
    trouble.over()
    assert lines(caplog) == ["ERROR 0 reports cannot be written", "WARNING over: 0 reports cannot be written"]
    assert caplog.records[0].exc_info
    trouble.note(fail(ValueError()), "%d reports cannot be written", 7)
    assert lines(caplog)[2:] == ["ERROR 7 reports cannot be written"], "or a second time would go unnoticed"


def test_another_error_meanwhile_is_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    trouble = Trouble(log)
    for _ in range(2):
        trouble.note(fail(ValueError()), "it fails")
        trouble.note(fail(KeyError("a")), "it fails")
        trouble.note_reason(OSError("the disk is full"), "nothing is kept")
    trouble.over()
    begun = ["ERROR it fails", "ERROR it fails", "WARNING nothing is kept"]
    assert lines(caplog) == [*begun, *(f"WARNING over: {each.split(' ', 1)[1]}" for each in begun)]


def test_what_fails_now_and_then_is_one_trouble(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    trouble = Trouble(log, calm=60, clock=clock)
    for _ in range(9):
        trouble.note(fail(ValueError()), "a request is bad")
        clock.now += 59
        trouble.over()
    clock.now += 1
    trouble.over()
    assert lines(caplog) == ["ERROR a request is bad", "WARNING over: a request is bad"]
