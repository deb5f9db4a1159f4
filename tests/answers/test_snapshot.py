"""The snapshot: every public answer for a period of time."""

import json
from dataclasses import replace
from datetime import datetime
from itertools import chain

import pytest
from samples import DAY, HOUR, MINUTE, NOON, SECOND, catalog, infobase, message, utc, window

from errorhelp.answers.answer import NEVER, Answer
from errorhelp.answers.list_answers import infobase_pairs
from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Folder
from errorhelp.catalog.lists import Access, ConnectionList
from errorhelp.formats import v8i
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.messages.message import Message, Severity

FROM_DESIGN = (
    '{"helpText":"Позвоните дежурному администратору: +7 (495) 123-45-67",'
    '"helpUrl":"https://help.example.com/help/erp",'
    '"userMessage":"Сервер ERP обновляется. Вход откроется к 14:00, данные сохранены.",'
    '"userMessageUntil":"2026-11-21T14:00:00+03:00",'
    '"messages":[{"severity":"maintenance",'
    '"text":"Сервер ERP обновляется. Вход откроется к 14:00, данные сохранены.",'
    '"startsAt":"2026-11-21T13:30:00+03:00","endsAt":"2026-11-21T14:00:00+03:00",'
    '"updates":[],"firstText":null}]}'
)


def at(snapshot: Snapshot, path: str, now: datetime = NOON) -> Answer:
    found = snapshot.find(path, now.timestamp())
    assert found is not None
    return found


def answered(snapshot: Snapshot, path: str, now: datetime = NOON) -> dict:
    return json.loads(at(snapshot, path, now).body)


def entry(snapshot: Snapshot, name: str, path: str = "/lists/office.v8i", now: datetime = NOON) -> dict:
    """The keys and values of an entry of a list."""
    entries = v8i.parse(at(snapshot, path, now).body).entries
    return dict(next(each for each in entries if each.name == name).pairs)


def test_help_json_is_as_in_the_design_byte_for_byte() -> None:
    help_ = Help(
        {"ru": "Позвоните дежурному администратору: +7 (495) 123-45-67"},
        "https://help.example.com/help/{infobase}",
    )
    outage = message(
        text="Сервер ERP обновляется. Вход откроется к 14:00, данные сохранены.",
        starts_at=utc("2026-11-21 10:30"),
        ends_at=utc("2026-11-21 11:00"),
    )
    answer = at(
        compile(catalog(help_=help_), [outage], utc("2026-11-21 10:45")),
        "/help/erp.json",
        utc("2026-11-21 10:45"),
    )
    assert answer.body.decode() == FROM_DESIGN


def test_an_answer_carries_its_status_line_and_headers() -> None:
    answer = at(compile(catalog(), [], NOON), "/help/erp.json")
    assert answer.head == (
        b"HTTP/1.1 200 OK\r\n"
        b"Content-Type: application/json; charset=utf-8\r\n"
        b"Content-Length: %d\r\n"
        b"ETag: %s\r\n"
        b"Access-Control-Allow-Origin: *\r\n"
        b"Access-Control-Expose-Headers: Date, ETag\r\n"
        b"X-Content-Type-Options: nosniff\r\n"
    ) % (len(answer.body), answer.etag)
    assert answer.etag.startswith(b'"')


def test_an_etag_is_the_same_for_the_same_bytes_and_another_for_others() -> None:
    quiet, later = compile(catalog(), [], NOON), compile(catalog(), [], NOON + DAY)
    outage = compile(catalog(), [message()], NOON)
    assert at(quiet, "/help/erp.json").etag == at(later, "/help/erp.json").etag
    assert at(quiet, "/help/erp.json").etag != at(outage, "/help/erp.json").etag


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/help/erp.json", "Звоните 112"),
        ("/help/ru/erp.json", "Звоните 112"),
        ("/help/en/erp.json", "Call 112"),
        ("/help/portal.json", "Call 112"),
        ("/help/ru/portal.json", "Звоните 112"),
        ("/help/erp_old.json", "Звоните 112"),
        ("/help/en/erp_old.json", "Call 112"),
    ],
)
def test_help_is_found_in_each_language_by_id_and_alias(path: str, text: str) -> None:
    snapshot = compile(
        catalog(infobase("erp", aliases=("erp_old",)), infobase("portal", language="en")), [], NOON
    )
    assert answered(snapshot, path)["helpText"] == text


def test_a_help_url_names_the_infobase_and_the_language() -> None:
    help_ = Help(url="https://help.example.com/{language}/{infobase}?from={infobase}")
    snapshot = compile(catalog(infobase("erp", aliases=("old",)), help_=help_), [], NOON)
    assert answered(snapshot, "/help/en/old.json")["helpUrl"] == "https://help.example.com/en/erp?from=erp"


def test_several_messages_are_joined_the_most_severe_first_until_the_earliest_end() -> None:
    info = message("a", "*", text="Новый сервер", severity=Severity.INFO, ends_at=NOON + MINUTE)
    outage = message("b", "erp", text={"ru": "Сбой", "en": "Outage"}, severity=Severity.OUTAGE)
    snapshot = compile(catalog(), [info, outage], NOON)
    document = answered(snapshot, "/help/erp.json")
    assert document["userMessage"] == "Сбой\n\nНовый сервер"
    assert document["userMessageUntil"] == "2026-11-21T15:01:00+03:00"
    assert [each["severity"] for each in document["messages"]] == ["outage", "info"]
    assert answered(snapshot, "/help/en/erp.json")["userMessage"] == "Outage\n\nНовый сервер"


@pytest.mark.parametrize("target", ["*", "/", "/Finance", "/Finance/Payroll", "zup", "zup_old"])
def test_a_message_reaches_the_infobases_it_targets_and_no_other(target: str) -> None:
    company = catalog(
        infobase("zup", folder="/Finance/Payroll", aliases=("zup_old",)), infobase("crm", folder="/Sales")
    )
    snapshot = compile(company, [message("m1", target)], NOON)
    assert answered(snapshot, "/help/zup.json")["userMessage"]
    assert bool(answered(snapshot, "/help/crm.json")["userMessage"]) is (target in ("*", "/"))


def test_names_and_times_are_as_configured() -> None:
    names = HelpJsonFormat(help_url=None, messages=None, time_format="unix")
    snapshot = compile(catalog(help_json=names), [message()], NOON)
    assert answered(snapshot, "/help/erp.json") == {
        "helpText": "Звоните 112",
        "userMessage": "Сервер обновляется",
        "userMessageUntil": int((NOON + HOUR).timestamp()),
    }


def test_an_answer_is_good_until_the_next_message_about_its_infobase_starts_or_ends() -> None:
    snapshot = compile(
        catalog(infobase("erp"), infobase("crm"), infobase("zup")),
        [message("m1", "erp"), message("m2", "crm", starts_at=NOON + MINUTE)],
        NOON,
    )
    assert at(snapshot, "/help/erp.json").valid_until == (NOON + HOUR).timestamp()
    assert at(snapshot, "/help/crm.json").valid_until == (NOON + MINUTE).timestamp()
    assert at(snapshot, "/help/zup.json").valid_until == NEVER
    assert snapshot.valid_until == NOON + MINUTE


def test_an_answer_past_its_time_is_compiled_on_the_spot_to_the_second() -> None:
    snapshot = compile(catalog(), [message(starts_at=NOON + MINUTE, ends_at=NOON + HOUR)], NOON)
    path = "/help/erp.json"
    shown = {
        moment: answered(snapshot, path, moment)["userMessage"] != ""
        for moment in (NOON + MINUTE - SECOND, NOON + MINUTE, NOON + HOUR - SECOND, NOON + HOUR)
    }
    assert list(shown.values()) == [False, True, True, False]
    assert at(snapshot, path, NOON + MINUTE).valid_until == (NOON + HOUR).timestamp()


def test_a_window_is_shown_from_the_second_of_its_start_also_when_compiled_in_that_second() -> None:
    start = utc("2026-11-21 23:00")
    windows = catalog(windows=[window("FREQ=WEEKLY;BYDAY=SU", duration=2 * HOUR)])
    for now, shown in [
        (start - SECOND, False),
        (start, True),
        (start + HOUR, True),
        (start + 2 * HOUR, False),
    ]:
        document = answered(compile(windows, [], now), "/help/erp.json", now)
        assert bool(document["userMessage"]) is shown, now


def test_a_snapshot_that_nobody_replaces_still_shows_every_later_occurrence() -> None:
    snapshot = compile(catalog(windows=[window("FREQ=WEEKLY;BYDAY=SU", duration=2 * HOUR)]), [], NOON)
    for week in range(5):
        start = utc("2026-11-21 23:00") + week * 7 * DAY
        assert answered(snapshot, "/help/erp.json", start)["userMessage"] == "Идёт резервное копирование"
        assert answered(snapshot, "/help/erp.json", start + 2 * HOUR)["userMessage"] == ""
        assert at(snapshot, "/help/erp.json", start + 2 * HOUR).valid_until == (start + 7 * DAY).timestamp()


def test_a_window_longer_than_its_interval_says_its_text_once() -> None:
    snapshot = compile(
        catalog(windows=[window("FREQ=DAILY", duration=25 * HOUR)]), [], utc("2026-11-21 23:30")
    )
    assert (
        answered(snapshot, "/help/erp.json", utc("2026-11-21 23:30"))["userMessage"]
        == "Идёт резервное копирование"
    )


def test_an_unknown_infobase_is_a_404_that_still_helps() -> None:
    snapshot = compile(
        catalog(), [message("m1", "*", text={"ru": "Сбой", "en": "Outage"}), message("m2", "erp")], NOON
    )
    answer = at(snapshot, "/help/stale.json")
    assert answer.status == 404
    assert b"Content-Type: application/problem+json\r\n" in answer.head
    assert answer.head.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert json.loads(answer.body) == {
        "type": "urn:errorhelp:problem:unknown-infobase",
        "title": "No infobase has this address",
        "status": 404,
        "detail": "Ask the administrator for the infobase's new address.",
        "helpText": "Звоните 112",
        "helpUrl": "https://help.example.com",
        "userMessage": "Сбой",
        "userMessageUntil": "2026-11-21T16:00:00+03:00",
        "messages": [
            {
                "severity": "maintenance",
                "text": "Сбой",
                "startsAt": "2026-11-21T15:00:00+03:00",
                "endsAt": "2026-11-21T16:00:00+03:00",
                "updates": [],
                "firstText": None,
            }
        ],
    }
    assert answered(snapshot, "/help/en/stale.json")["userMessage"] == "Outage"
    assert answered(snapshot, "/help/de/erp.json")["helpText"] == "Звоните 112"


@pytest.mark.parametrize("target", ["*", "/"])
def test_what_is_for_everybody_is_also_said_about_an_unknown_infobase_until_its_end(target: str) -> None:
    snapshot = compile(catalog(), [message("m1", target)], NOON)
    assert answered(snapshot, "/help/stale.json")["userMessage"] == "Сервер обновляется"
    assert answered(snapshot, "/help/stale.json", NOON + HOUR)["userMessage"] == ""
    assert answered(compile(catalog(), [], NOON, snapshot), "/help/stale.json")["userMessage"] == ""


def test_a_help_url_with_the_infobase_in_it_leads_nowhere_for_an_unknown_one() -> None:
    help_ = Help("Звоните", "https://help.example.com/{language}/{infobase}")
    assert answered(compile(catalog(help_=help_), [], NOON), "/help/stale.json")["helpUrl"] == ""
    help_ = Help("Звоните", "https://help.example.com/{language}")
    assert (
        answered(compile(catalog(help_=help_), [], NOON), "/help/en/stale.json")["helpUrl"]
        == "https://help.example.com/en"
    )


@pytest.mark.parametrize(
    "path",
    [
        "/help/",
        "/help/erp",
        "/help/a/b/erp.json",
        "/lists/nothing.v8i",
        "/lists/office",
        "/help/RU/erp.json",
    ],
)
def test_there_is_nothing_at_other_paths(path: str) -> None:
    office = ConnectionList("office", folders=("/",))
    assert compile(catalog(lists=[office]), [], NOON).find(path, NOON.timestamp()) is None


def company(**settings: object) -> Catalog:
    office = ConnectionList("office", folders=("/",), **settings)  # type: ignore[arg-type]
    return catalog(
        infobase("zup", "Зарплата", folder="/Finance/Payroll"),
        infobase("crm", "CRM"),
        folders=[
            Folder("/Finance", Help(text={"ru": "Доб. 4400", "en": "Ext. 4400"}), v8i=(("OrderInTree", "7"),))
        ],
        lists=[office],
    )


def test_a_list_holds_folders_and_infobases_with_their_help() -> None:
    snapshot = compile(company(), [], NOON)
    answer = at(snapshot, "/lists/office.v8i")
    assert b"Content-Type: text/plain; charset=utf-8\r\n" in answer.head
    assert b'Content-Disposition: attachment; filename="office.v8i"\r\n' in answer.head
    assert [each.name for each in v8i.parse(answer.body).entries] == ["Finance", "Payroll", "Зарплата", "CRM"]
    zup = entry(snapshot, "Зарплата")
    assert zup.pop("ID")
    assert zup == {
        "Connect": 'Srvr="srv1c";Ref="zup";',
        "Folder": "/Finance/Payroll",
        "StartupErrorHelpText": "Доб. 4400",
        "StartupErrorHelpURL": "https://help.example.com",
    }
    assert entry(snapshot, "Payroll")["Folder"] == "/Finance"
    assert entry(snapshot, "Finance")["OrderInTree"] == "7"


def test_entries_keep_their_ids_and_no_two_share_one() -> None:
    entries = v8i.parse(at(compile(company(), [], NOON), "/lists/office.v8i").body).entries
    again = v8i.parse(at(compile(company(), [message()], NOON), "/lists/office.v8i").body).entries
    ids = [each.get("ID") for each in entries]
    assert ids == [each.get("ID") for each in again]
    assert len(set(ids)) == len(ids)


def test_a_list_speaks_its_own_language() -> None:
    snapshot = compile(
        company(language="en", carries_messages=True), [message(text={"ru": "Сбой", "en": "Outage"})], NOON
    )
    assert (
        entry(snapshot, "Зарплата")["StartupErrorHelpText"]
        == "Until 2026-11-21 16:00 (UTC+3): Outage. Ext. 4400"
    )


@pytest.mark.parametrize(
    ("language", "until"),
    [
        ("kk", "Аяқталуы 21.11.2026 16:00 (UTC+3)"),
        ("et", "Kuni 21.11.2026 16:00 (UTC+3)"),
        ("lt", "Iki 2026-11-21 16:00 (UTC+3)"),
    ],
)
def test_a_list_says_until_when_in_the_language_of_its_readers(language: str, until: str) -> None:
    there = replace(company(language=language, carries_messages=True), languages=(language, "ru", "en"))
    snapshot = compile(there, [message(text={"ru": "Сбой", language: "X"})], NOON)
    assert entry(snapshot, "CRM")["StartupErrorHelpText"].startswith(f"{until}: X. ")


def test_a_list_carries_messages_only_when_it_is_asked_to() -> None:
    outage = message(text="Сбой\nПозвоните", ends_at=utc("2026-11-21 14:00"))
    assert entry(compile(company(), [outage], NOON), "CRM")["StartupErrorHelpText"] == "Звоните 112"
    carrying = compile(company(carries_messages=True), [outage], NOON)
    assert entry(carrying, "CRM")["StartupErrorHelpText"] == (
        "До 21.11.2026 17:00 (UTC+3): Сбой. Позвоните. Звоните 112"
    )
    assert at(carrying, "/lists/office.v8i").valid_until == outage.ends_at.timestamp()
    assert at(compile(company(), [outage], NOON), "/lists/office.v8i").valid_until == NEVER


def test_a_list_that_carries_messages_is_right_past_its_time() -> None:
    snapshot = compile(company(carries_messages=True), [message("m1", "crm", ends_at=NOON + MINUTE)], NOON)
    assert "Сервер обновляется" in entry(snapshot, "CRM")["StartupErrorHelpText"]
    assert "Сервер" not in entry(snapshot, "Зарплата")["StartupErrorHelpText"]
    assert entry(snapshot, "CRM", now=NOON + MINUTE)["StartupErrorHelpText"] == "Звоните 112"


def test_configured_keys_win_over_written_ones_whatever_their_case() -> None:
    keys = (
        ("connect", 'Srvr="other";Ref="x";Zone=1;'),
        ("ID", "42"),
        ("startuperrorhelptext", "<formatted/>"),
        ("App", "Auto"),
    )
    mine = catalog(
        infobase("erp", v8i=keys), lists=[ConnectionList("office", folders=("/",), carries_messages=True)]
    )
    quiet = entry(compile(mine, [], NOON), "ERP")
    assert quiet == {"Folder": "/", "StartupErrorHelpURL": "https://help.example.com", **dict(keys)}
    outage_entry = entry(compile(mine, [message()], NOON), "ERP")
    assert outage_entry["StartupErrorHelpText"].startswith("До 21.11.2026 16:00 (UTC+3): Сервер")
    assert "startuperrorhelptext" not in outage_entry


def test_a_list_holds_no_passwords() -> None:
    secret = (("PPasswd", "qwerty"), ("AdditionalParameters", "/Nme /Pqwerty /L ru"))
    mine = catalog(
        infobase("erp", folder="/Finance", v8i=secret),
        folders=[Folder("/Finance", v8i=secret)],
        lists=[ConnectionList("office", folders=("/",))],
    )
    assert b"qwerty" not in at(compile(mine, [], NOON), "/lists/office.v8i").body


def test_infobases_of_one_name_are_told_apart_in_a_list() -> None:
    twins = catalog(
        infobase("erp", "ERP"),
        infobase("erp_test", "ERP", folder="/Test"),
        infobase("crm"),
        lists=[ConnectionList("office", folders=("/",))],
    )
    names = [each.name for each in v8i.parse(at(compile(twins, [], NOON), "/lists/office.v8i").body).entries]
    assert names == ["Test", "ERP (erp)", "ERP (erp_test)", "CRM"]


def test_an_empty_list_is_a_valid_list() -> None:
    empty = compile(catalog(lists=[ConnectionList("office", carries_messages=True)]), [message()], NOON)
    answer = at(empty, "/lists/office.v8i")
    assert v8i.parse(answer.body).entries == ()
    assert answer.valid_until == NEVER


@pytest.mark.parametrize("access", [Access.TOKEN, Access.PROXY])
def test_a_guarded_list_is_found_only_where_access_is_checked(access: Access) -> None:
    snapshot = compile(company(access=access, token="s3cret", carries_messages=True), [message()], NOON)
    assert snapshot.find("/lists/office.v8i", NOON.timestamp()) is None
    assert snapshot.compiled("/lists/office.v8i") is None
    assert "/lists/office.v8i" not in [
        *snapshot.every_path(),
        *chain.from_iterable(snapshot.changed_paths(None)),
    ]
    connection_list = snapshot.list_at("/lists/office.v8i")
    assert connection_list is not None
    assert connection_list.token == "s3cret"
    for now, shown in [(NOON, True), (NOON + HOUR, False)]:
        answer = snapshot.list_answer(connection_list, now.timestamp())
        assert answer.private
        assert ("Сервер обновляется".encode() in answer.body) is shown
        snapshot.keep_list(
            connection_list, *snapshot.compile_list(connection_list, NOON.timestamp()), NOON.timestamp()
        )
        assert "/lists/office.v8i" not in snapshot.kept.answers
    assert snapshot.list_at("/lists/other.v8i") is None


def test_an_open_list_is_for_every_cache() -> None:
    assert not at(compile(company(), [], NOON), "/lists/office.v8i").private


HOSTILE = [
    "[Fake]\r\nConnect=File=x",
    'a"b;c=d',
    "line\u2028two",
    "<svg onload=alert(1)>",
    "\x00\x1b[31m",
    "\u202eevil",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_its_place(text: str) -> None:
    mine = catalog(
        infobase("erp", name=text, help_=Help(text=text)),
        lists=[ConnectionList("office", folders=("/",), carries_messages=True)],
    )
    snapshot = compile(mine, [message(text=text)], NOON)
    document = answered(snapshot, "/help/erp.json")
    assert (document["helpText"], document["userMessage"]) == (text, text)
    (only,) = v8i.parse(at(snapshot, "/lists/office.v8i").body).entries
    assert only.get("Connect") == 'Srvr="srv1c";Ref="erp";'
    assert [key for key, _ in only.pairs] == [
        "Connect",
        "ID",
        "Folder",
        "StartupErrorHelpText",
        "StartupErrorHelpURL",
    ]


def changed(*messages: Message, before: tuple[Message, ...] = ()) -> set[str]:
    """The paths whose answers are made anew after messages changed, of those that were asked for."""
    whole = catalog(infobase("erp", folder="/Production"), infobase("zup", folder="/Finance"))
    previous = compile(whole, before, NOON)
    asked = {path for path in previous.every_path() if previous.help_to_keep(path, NOON.timestamp())}
    assert asked == {*previous.kept.answers}
    following = compile(whole, messages, NOON, previous)
    following.take_over(previous)
    return asked - {*following.kept.answers}


def test_only_what_a_change_touches_is_made_again() -> None:
    about_zup = {"/help/zup.json", "/help/ru/zup.json", "/help/en/zup.json"}
    assert changed(message("m1", "zup")) == about_zup
    assert changed(message("m1", "/Finance")) == about_zup
    assert changed(before=(message("m1", "zup"),)) == about_zup
    assert changed(message("m1", "zup", revision=2), before=(message("m1", "zup"),)) == about_zup
    assert len(changed(message("m1", "zup"), before=(message("m1", "erp"),))) == 6
    assert len(changed(message("m1", "*"))) == 6
    assert changed(message("m1", "zup"), before=(message("m1", "zup"),)) == set()


def test_what_another_catalog_kept_is_not_taken_over() -> None:
    previous = compile(catalog(infobase("erp", "old")), [], NOON)
    previous.help_to_keep("/help/erp.json", NOON.timestamp())
    following = compile(catalog(infobase("crm")), [message()], NOON, previous)
    following.take_over(previous)
    assert following.kept.answers == {}
    assert following.compiled("/help/erp.json") is None


def test_nothing_is_made_before_it_is_asked_for() -> None:
    snapshot = compile(catalog(infobase("erp"), infobase("zup")), [message("m1", "*")], NOON)
    assert snapshot.kept.answers == {}
    snapshot.help_to_keep("/help/erp.json", NOON.timestamp())
    assert [*snapshot.kept.answers] == ["/help/erp.json"]


@pytest.mark.parametrize(
    "path", ["/help/gone.json", "/help/de/erp.json", "/help/erp.html", "/lists/office.v8i", "/"]
)
def test_what_is_no_help_of_an_infobase_is_not_kept_as_such(path: str) -> None:
    snapshot = compile(company(), [message()], NOON)
    assert snapshot.help_to_keep(path, NOON.timestamp()) is None
    assert snapshot.kept.answers == {}


@pytest.mark.parametrize(
    "keys",
    [
        (),
        (("startuperrorhelptext", "Ours"),),
        (("StartupErrorHelpURL", "x"), ("ID", "y"), ("App", "ThinClient")),
    ],
)
@pytest.mark.parametrize("help_text", [None, "", "Call 112\nor wait", " 5-55 "])
@pytest.mark.parametrize("text", ["Down", "Down.\nBack soon", "\ufeff", "A = [b]"])
def test_a_list_has_an_entry_as_it_would_be_written_alone(
    keys: tuple[tuple[str, str], ...], help_text: str | None, text: str
) -> None:
    mine = catalog(
        replace(infobase("erp", help_=Help(text=help_text)), v8i=keys),
        lists=[ConnectionList("office", folders=("/",), carries_messages=True)],
    )
    for messages in ([], [message(text=text)]):
        snapshot = compile(mine, messages, NOON)
        notice = snapshot.board.notice(mine.infobases["erp"].target_keys, NOON)
        alone = v8i.entry_bytes("ERP", infobase_pairs(mine, mine.infobases["erp"], "ru", notice))
        assert at(snapshot, "/lists/office.v8i").body == v8i.new_list([alone])
