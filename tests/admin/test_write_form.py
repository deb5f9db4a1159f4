"""The form of a message: its period, its targets, its texts, and what is wrong with them."""

from datetime import timedelta
from typing import Any

import pytest
from samples import DAY, HOUR, MINUTE, MOSCOW, NOON, SECOND, catalog, infobase, message, utc

from errorhelp.admin.pages.draft_preview import MOST_LOCKED, Drafting, lock
from errorhelp.admin.pages.write_form import MessageForm, Period, means_too_much, read_period
from errorhelp.formats.connect_string import FileConnection, ServerConnection
from errorhelp.formats.shells import Shell
from errorhelp.messages.message import Severity
from errorhelp.messages.session_locks import (
    Administration,
    ServerInfobase,
    denial_for,
    deny_script,
    lift_script,
    lock_for,
)
from errorhelp.service.drafts import MessageLimits

LIMITS = MessageLimits(30 * DAY, 4000)
BASES = catalog(
    infobase("erp", "ERP"),
    infobase("payroll", "Зарплата", folder="/Finance"),
    infobase("crm", folder="/Finance"),
    values={"phone": "112"},
)
TEXT = {"ru": "Ждите", "en": ""}


def form(**values: Any) -> MessageForm:
    return MessageForm(**({"targets": ("erp",), "texts": TEXT} | values))


def drafting(given: MessageForm, **values: Any) -> Drafting:
    return Drafting(given, BASES, LIMITS, NOON, **values)


def ends(now: Any = NOON, **values: Any) -> str:
    """The end in Moscow, three hours ahead of UTC."""
    period = read_period(form(**values), MOSCOW, now)
    assert isinstance(period, Period)
    return f"{period.ends_at.astimezone(MOSCOW):%d %H:%M:%S}"


def errors_in(**values: Any) -> list[tuple[str, str]]:
    return [(each.where, each.kind) for each in drafting(form(**values)).errors]


def test_a_duration_ends_at_a_full_minute() -> None:
    assert ends(end="30m") == "21 15:30:00"
    assert ends(NOON + 31 * SECOND, end="1h") == "21 16:01:00"


def test_a_time_of_day_is_the_first_one_to_come() -> None:
    assert ends(end="until", until="15:30") == "21 15:30:00"
    assert ends(end="until", until="14:00") == "22 14:00:00"
    assert ends(end="until", until="15:00") == "22 15:00:00", "it is 15:00 now"


def test_what_starts_later_ends_after_its_start() -> None:
    later = {"start": "later", "starts_at": "2026-11-23T22:00"}
    assert ends(**later, end="2h") == "24 00:00:00"
    assert ends(**later, end="until", until="06:00") == "24 06:00:00"
    assert ends(**later, end="day") == "23 23:59:00"


def test_the_end_of_the_day_is_a_minute_before_midnight() -> None:
    assert ends(end="day") == "21 23:59:00"
    assert ends(utc("2026-11-21 20:59"), end="day") == "22 23:59:00", "that minute has begun"


def test_a_day_and_time_are_local() -> None:
    assert ends(end="at", ends_at="2026-11-22T06:00") == "22 06:00:00"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"targets": ()}, ("to", "no targets")),
        ({"targets": ("gone",)}, ("to", "unknown target")),
        ({"texts": {"ru": " \n", "en": ""}}, ("text", "no text")),
        ({"texts": {"ru": "x" * 4001}}, ("text-ru", "text too long")),
        ({"note": "x" * 4001}, ("note", "text too long")),
        ({"start": "later"}, ("starts_at", "no start")),
        ({"start": "later", "starts_at": "soon"}, ("starts_at", "no start")),
        ({"end": "until", "until": "25:00"}, ("ends_at", "no time")),
        ({"end": "at", "ends_at": ""}, ("ends_at", "no end")),
        ({"end": "at", "ends_at": "9999-12-31T23:59"}, ("ends_at", "shown too long")),
        ({"end": "whenever"}, ("ends_at", "no end")),
        ({"end": "at", "ends_at": "2026-11-21T14:59"}, ("ends_at", "end has passed")),
        ({"end": "at", "ends_at": "2026-12-22T15:00"}, ("ends_at", "shown too long")),
        (
            {"start": "later", "starts_at": "2026-11-23T10:00", "end": "at", "ends_at": "2026-11-22T10:00"},
            ("ends_at", "end before start"),
        ),
    ],
)
def test_what_is_wrong_is_shown_at_its_field(values: dict[str, Any], expected: tuple[str, str]) -> None:
    assert errors_in(**values) == [expected]


def test_a_good_form_makes_a_draft_of_its_text_as_typed_and_shows_it_filled_in() -> None:
    texts = {"ru": "{infobase}: вход к {until}, {phone}", "en": "{infobase} until {until}"}
    good = drafting(form(targets=("erp", "/Finance"), texts=texts, end="until", until="16:30"))
    assert good.errors == []
    draft = good.draft()
    assert draft.text == texts
    assert good.is_live
    assert good.text == {"ru": "ERP, Finance: вход к 16:30, 112", "en": "ERP, Finance until 16:30"}
    assert draft.ends_at == NOON + 90 * MINUTE
    assert draft.starts_at is None
    assert draft.severity is Severity.OUTAGE


def test_the_end_is_filled_in_with_its_day_when_it_is_not_that_of_the_start() -> None:
    given = form(texts={"ru": "до {until}", "en": "until {until}"}, end="at", ends_at="2026-11-22T06:00")
    assert drafting(given).text == {"ru": "до 22 нояб. 06:00", "en": "until 22 Nov 06:00"}


def test_what_is_not_known_yet_stays_in_braces() -> None:
    given = drafting(form(targets=(), end="until", texts={"ru": "{infobase} с {from} до {until}, {phone}"}))
    assert given.text == {"ru": "{infobase} с 15:00 до {until}, 112"}


def test_a_message_to_be_changed_shows_its_braces_and_one_that_was_literal_is_not_filled_in() -> None:
    typed = {"ru": "до {until}"}
    live = message("m1", "erp", text={"ru": "до 16:00"}, live_text=typed)
    assert MessageForm.of(live, BASES, NOON).texts == {"ru": "до {until}", "en": ""}
    literal = message("m1", "erp", text=typed)
    given = drafting(MessageForm.of(literal, BASES, NOON), changes=literal)
    assert (given.is_live, given.text) == (False, typed)
    other = drafting(form(texts={"ru": "Ждём до {until}"}, end="1h"), changes=literal)
    assert (other.is_live, other.text) == (True, {"ru": "Ждём до 16:00"})


def test_names_without_a_value_stay_and_are_reported() -> None:
    given = drafting(form(texts={"ru": "{fone} {until}"}))
    assert given.unknown_names == ["fone"]
    assert given.text["ru"].startswith("{fone} ")


def test_a_language_without_text_is_left_out() -> None:
    assert drafting(form()).draft().text == {"ru": "Ждите"}


def test_a_message_to_be_changed_keeps_its_start_and_shows_its_end_to_the_second() -> None:
    shown = message(
        "m1", "erp", text={"ru": "Ждите"}, starts_at=NOON - HOUR, ends_at=NOON + 61 * SECOND, revision=4
    )
    given = MessageForm.of(shown, BASES, NOON)
    assert (given.start, given.ends_at, given.revision) == ("kept", "2026-11-21T15:01:01", 4)
    changed = drafting(given, changes=shown)
    assert changed.errors == []
    assert changed.starts_at == shown.starts_at
    assert changed.draft().starts_at is None, "as before"
    assert changed.draft().ends_at == shown.ends_at


def test_a_message_to_come_can_be_made_to_start_now() -> None:
    to_come = message("m1", "erp", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    given = MessageForm.of(to_come, BASES, NOON)
    assert (given.start, given.starts_at) == ("later", "2026-11-21T16:00")
    assert drafting(given, changes=to_come).draft().starts_at == NOON + HOUR
    from_now = MessageForm.read({"start": "now", "end": "1h", "text-ru": "Ждите"}, ["erp"], ["ru", "en"])
    assert drafting(from_now, changes=to_come).draft().starts_at == NOON


def test_a_copy_lasts_as_long_as_the_earlier_message_was_meant_to() -> None:
    earlier = message("m1", "erp", text="Ждите", starts_at=NOON - DAY, ends_at=NOON - DAY + 2 * HOUR)
    copied = MessageForm.copy(earlier, BASES)
    assert (copied.targets, copied.end, copied.texts) == (("erp",), "2h", {"ru": "Ждите", "en": ""})
    assert MessageForm.copy(message(ends_at=NOON + 7 * MINUTE), BASES).end == "1h"


def test_what_no_browser_sends_is_as_if_it_were_left_out() -> None:
    read = MessageForm.read({"severity": "awful", "revision": "-1", "start": "x"}, ["erp", "erp"], ["ru"])
    assert (read.severity, read.revision, read.targets) == (Severity.OUTAGE, 0, ("erp",))


@pytest.mark.parametrize(
    ("targets", "above", "asks"),
    [
        (("*",), 100, True),
        (("/",), 100, True),
        (("erp",), 50, False),
        (("/Finance",), 50, True),
        (("/Finance",), 67, False),
        (("erp",), 0, True),
    ],
)
def test_everything_or_more_than_a_share_is_asked_about(
    targets: tuple[str, ...], above: int, asks: bool
) -> None:
    assert means_too_much(targets, BASES.meant_by(targets), BASES, above) is asks


def test_the_only_infobase_is_not_asked_about() -> None:
    alone = catalog(infobase("erp"))
    assert not means_too_much(("*",), alone.meant_by(["*"]), alone, 50)


def test_the_session_lock_says_what_the_message_says_at_the_same_times() -> None:
    shown = message("m1", "erp", text={"ru": "Ждите до 16:00"}, starts_at=NOON, ends_at=NOON + HOUR)
    scripts = lock(shown, BASES.meant_by(["erp"]), BASES, "ru", Shell.SH)
    assert "Ждите до 16:00" in scripts.deny
    assert "2026-11-21T15:00:00" in scripts.deny
    assert "2026-11-21T16:00:00" in scripts.deny
    assert "sessions-deny=off" in scripts.lift
    assert "permission-code" not in scripts.deny + scripts.lift


def test_the_page_gives_the_script_of_the_command_which_finds_the_cluster_by_its_port() -> None:
    bases = catalog(infobase("test", connection=ServerConnection("srv1c:1641", "UPP")))
    shown = message("m1", "test", text={"ru": "Ждите"}, starts_at=NOON, ends_at=NOON + HOUR)
    server = ServerInfobase("test", bases.infobases["test"].name, ServerConnection("srv1c:1641", "UPP"))
    for shell in Shell:
        scripts = lock(shown, bases.meant_by(["test"]), bases, "ru", shell)
        denial = denial_for(shown, lock_for(shown, "Ждите", bases.zone))
        assert scripts.deny == deny_script(shell, [server], denial, Administration())
        assert scripts.lift == lift_script(shell, [server], Administration())
        assert "1641" in scripts.deny


def test_infobases_in_files_are_counted_and_too_many_on_servers_are_reported() -> None:
    files = [infobase("archive", connection=FileConnection(r"C:\archive"))]
    assert (
        lock(message(), files, BASES, "ru", Shell.CMD).left_out,
        lock(message(), files, BASES, "ru", Shell.CMD).deny,
    ) == (1, "")
    many = [infobase(f"base{number}") for number in range(MOST_LOCKED + 1)]
    assert lock(message(), many, BASES, "ru", Shell.SH).too_many


def test_nothing_is_previewed_without_text_or_with_an_end_that_has_passed() -> None:
    example = BASES.infobases["erp"]
    assert drafting(form()).message(example) is not None
    assert drafting(form(texts={})).message(example) is None
    assert drafting(form(end="at", ends_at="2026-11-21T14:00")).message(example) is None
    without_targets = drafting(form(targets=())).message(example)
    assert without_targets is not None
    assert without_targets.targets == ("erp",)
    assert without_targets.ends_at - without_targets.starts_at == timedelta(hours=1)
