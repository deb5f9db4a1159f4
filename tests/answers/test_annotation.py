from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.answers.annotation import Annotated, annotate
from errorhelp.answers.list_answers import compile_list, list_answer
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.message_texts import with_text
from errorhelp.config import load
from errorhelp.messages.board import Board
from errorhelp.messages.message import Message, Severity

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

CONFIGURATION = r"""
time_zone: Europe/Moscow
public: {url: https://help.example.com}
help: {text: {ru: Звоните 112, en: Call 112}, url: "https://help.example.com/{language}/{infobase}"}
infobases:
  - {id: erp, name: ERP, connect: {server: srv1c, ref: ERP}, v8i: {ID: AAAA-1}, folder: /F}
  - {id: payroll, name: Payroll, connect: {file: 'C:\Bases\Pay'}, help: {text: Payroll office}}
  - {id: shop, aliases: store, name: Shop, connect: {server: srv1c, ref: SHOP}, publications: https://w/shop}
  - {id: twin, name: Twin, connect: {server: srv1c, ref: TWIN}}
  - {id: twin_thin, name: Twin too, connect: {server: srv1c, ref: TWIN}, v8i: {ID: BBBB-2}}
"""


def load_text(folder: Path, text: str) -> Catalog:
    file = folder / "errorhelp.yaml"
    file.write_text(text, "utf-8")
    return load(file).catalog


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return load_text(tmp_path_factory.mktemp("config"), CONFIGURATION)


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """A catalog that knows ERP and has no help for it."""
    text = "infobases:\n  - {id: erp, name: ERP, connect: {server: s, ref: E}}\n"
    return load_text(tmp_path_factory.mktemp("config"), text)


def annotated(catalog: Catalog, data: bytes, board: Board | None = None, language: str = "ru") -> Annotated:
    return annotate(data, catalog, language, NOON, board)


def message(text: str, *, starts_at: datetime = NOON, hours: int = 2) -> Message:
    ends_at = starts_at + timedelta(hours=hours)
    return Message("m", ("*",), text, Severity.OUTAGE, starts_at, ends_at, created_at=starts_at)


def known(result: Annotated) -> list[tuple[str, str]]:
    """The id of each infobase of the list and by what it was known, or why it was not."""
    return [(each.infobase.id, each.by) if each.infobase else ("", each.why) for each in result.matches]


def test_help_text_and_url_go_behind_the_last_key_and_every_other_byte_stays(catalog: Catalog):
    before = '\ufeff; \u0436\n[Папка]\n[E R P]\r\nid={aaaa-1}\nConnect=File="x"\n\n#end'.encode() + b"\xff"
    after = annotated(catalog, before).data
    added = "StartupErrorHelpText=Звоните 112\nStartupErrorHelpURL=https://help.example.com/ru/erp\n".encode()
    assert after == before.replace(b'"x"\n', b'"x"\n' + added)


def test_texts_are_in_the_language_asked_for(catalog: Catalog):
    after = annotated(catalog, b"[A]\nID=aaaa-1\nConnect=", language="en").data.decode()
    assert "StartupErrorHelpText=Call 112\n" in after
    assert "StartupErrorHelpURL=https://help.example.com/en/erp" in after


def test_an_id_wins_over_a_connection(catalog: Catalog):
    result = annotated(catalog, b'[A]\nID=AAAA-1\nConnect=Srvr="srv1c";Ref="SHOP";')
    assert known(result) == [("erp", "ID")]


def test_a_connection_is_known_however_it_is_spelt(catalog: Catalog):
    data = rb"""
[1]
Connect=Srvr="SRV1C:1541";Ref="erp";
[2]
Connect=File="c:/bases/PAY/";
[3]
Connect=ws="https://W/shop/";
[4]
Connect=https://w:443/shop
"""
    assert known(annotated(catalog, data)) == [
        ("erp", "connection"),
        ("payroll", "connection"),
        ("shop", "connection"),
        ("shop", "connection"),
    ]


def test_entries_of_our_own_lists_are_known_by_the_id_that_these_gave_them(catalog: Catalog, tmp_path: Path):
    text = "infobases: [{id: store, name: A, connect: {file: old}}]\nlists: [{id: all, folders: /}]"
    earlier = load_text(tmp_path, text)
    of_all = earlier.lists["all"]
    data = list_answer(earlier, of_all, compile_list(earlier, of_all, Board(()), NOON)).body
    assert known(annotated(catalog, data)) == [("shop", "ID")]


def test_what_is_not_known_or_not_certain_is_left_as_it_is_and_says_why(catalog: Catalog):
    data = b'[A]\nConnect=Srvr="x";Ref="y";\n[B]\nConnect=\n[C]\nConnect=Srvr="srv1c";Ref="Twin";\n'
    result = annotated(catalog, data)
    assert result.data == data
    assert [(each.line, each.name, each.why) for each in result.matches] == [
        (1, "A", "the configuration has neither its ID nor its connection"),
        (3, "B", "its ID is not in the configuration and its Connect cannot be read"),
        (5, "C", "several infobases have its connection; give the one that is meant its v8i ID"),
    ]


def test_of_two_with_one_connection_the_id_decides(catalog: Catalog):
    assert known(annotated(catalog, b'[C]\nID=bbbb-2\nConnect=Srvr="srv1c";Ref="Twin";')) == [
        ("twin_thin", "ID")
    ]


def test_help_that_is_right_already_changes_nothing(catalog: Catalog):
    once = annotated(catalog, b"[A]\nID=aaaa-1\nConnect=\nVersion=8.3")
    twice = annotated(catalog, once.data)
    assert twice.data == once.data
    assert [each.changed for each in once.matches + twice.matches] == [True, False]


def test_without_help_in_the_configuration_what_the_file_says_stays(silent: Catalog):
    data = b'[A]\nConnect=Srvr="s";Ref="e";\nStartupErrorHelpText=mine\nStartupErrorHelpURL=http://mine'
    assert annotated(silent, data).data == data


def test_a_message_stands_in_front_until_its_end_and_is_gone_at_that_second(catalog: Catalog):
    board = Board([message("ERP\nобновляется.")])
    shown = annotated(catalog, b"[A]\nID=aaaa-1\nConnect=\n", board)
    assert (
        "StartupErrorHelpText=До 21.11.2026 17:00 (UTC+3): ERP. обновляется. Звоните 112\n"
        in shown.data.decode()
    )
    after = annotate(shown.data, catalog, "ru", NOON + timedelta(hours=2), board).data.decode()
    assert "StartupErrorHelpText=Звоните 112\n" in after


def test_a_message_names_the_infobase_of_each_entry(catalog: Catalog):
    board = Board([with_text(message(""), "{infobase}: до {until}", catalog)])
    shown = annotated(catalog, b"[A]\nID=aaaa-1\nConnect=\n", board).data.decode()
    assert ": ERP: до 17:00. Звоните 112\n" in shown


def test_a_message_to_come_is_not_shown_yet(catalog: Catalog):
    board = Board([message("Soon", starts_at=NOON + timedelta(seconds=1))])
    assert b"Soon" not in annotated(catalog, b"[A]\nID=aaaa-1\nConnect=\n", board).data


def test_a_message_does_not_outlive_its_end_where_the_configuration_has_no_help(silent: Catalog):
    entry = b'[A]\nConnect=Srvr="s";Ref="e";\n'
    board = Board([message("Wait")])
    shown = annotated(silent, entry, board).data
    assert b"Wait" in shown
    assert annotated(silent, shown, Board([])).data == entry + b"StartupErrorHelpText=\n"


def test_a_list_without_help_gets_no_empty_key(silent: Catalog):
    entry = b'[A]\nConnect=Srvr="s";Ref="e";\n'
    assert annotated(silent, entry, Board([])).data == entry


def test_a_list_in_windows_1251_is_read_as_that_and_stays_it(tmp_path: Path):
    catalog = load_text(
        tmp_path,
        "languages: [ru]\nhelp: {text: Звоните 112}\n"
        "infobases: [{id: erp, name: Учёт, connect: {server: s, ref: e}}]",
    )
    listed = '[Учёт]\r\nConnect=Srvr="s";Ref="e";\r\n'
    result = annotated(catalog, listed.encode("cp1251"))
    assert result.is_windows_1251
    assert [match.name for match in result.matches] == ["Учёт"]
    assert result.data.decode("cp1251") == f"{listed}StartupErrorHelpText=Звоните 112\r\n"


def test_a_list_in_windows_1251_that_lacks_a_character_of_the_help_is_refused(tmp_path: Path):
    catalog = load_text(
        tmp_path, "help: {text: ☎ 112}\ninfobases: [{id: erp, name: E, connect: {server: s, ref: e}}]"
    )
    with pytest.raises(ValueError, match="lacks '☎' of the help; save the list as UTF-8"):
        annotated(catalog, '[Учёт]\nConnect=Srvr="s";Ref="e";\n'.encode("cp1251"))


def test_a_file_in_utf_16_is_refused(catalog: Catalog):
    with pytest.raises(ValueError, match="UTF-16"):
        annotated(catalog, "[A]".encode("utf-16"))


@given(
    st.lists(
        st.sampled_from([b"[A]", b"ID=aaaa-1", b"Connect=", b"StartupErrorHelpText=x", b"\xff", b";", b""])
    )
)
def test_only_help_lines_differ_and_a_second_time_changes_nothing(catalog: Catalog, lines: list[bytes]):
    data = b"\n".join(lines)
    once = annotated(catalog, data).data

    def others(text: bytes) -> list[bytes]:
        return [line for line in text.split(b"\n") if not line.startswith(b"StartupErrorHelp")]

    assert others(once) == others(data)
    assert annotated(catalog, once).data == once
