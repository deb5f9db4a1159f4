from dataclasses import replace
from pathlib import Path

import pytest
from fixture_files import (
    BRANCH_UTF8_BOM,
    BRANCH_UTF16,
    BRANCH_WINDOWS_1251,
    OFFICE,
    SECRETS,
)

from errorhelp.formats import v8i


def only_entry(data: bytes) -> v8i.Entry:
    (entry,) = v8i.parse(data).entries
    return entry


def changed(data: bytes, key: str, value: str) -> bytes:
    """The file with the key set in its first entry."""
    listed = v8i.parse(data)
    first, *others = listed.entries
    return replace(listed, entries=(first.with_value(key, value), *others)).to_bytes()


@pytest.mark.parametrize(
    ("file", "start", "end", "entries", "infobases"),
    [
        (OFFICE, b"; \xd0", b"w\n", 13, 7),
        (BRANCH_UTF8_BOM, b"\xef\xbb\xbf;", b'"\r\n', 3, 2),
        (BRANCH_WINDOWS_1251, b"; \xd4", b'"\r\n', 3, 2),
        (SECRETS, b"; P", b"\r\n", 2, 2),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_list_is_read_whole_and_written_back_byte_for_byte(
    file: Path, start: bytes, end: bytes, entries: int, infobases: int
):
    data = file.read_bytes()
    # Whoever checks the files out may not change their encodings or line ends.
    assert data.startswith(start) and data.endswith(end)
    listed = v8i.parse(data)
    assert len(listed.entries) == entries
    assert sum(entry.is_infobase for entry in listed.entries) == infobases
    assert listed.findings == []
    assert listed.to_bytes() == data


def test_a_list_in_utf16_is_refused():
    data = BRANCH_UTF16.read_bytes()
    assert "№" in data.decode("utf-16")
    with pytest.raises(ValueError, match="this is UTF-16 text; save the connection list as UTF-8"):
        v8i.refuse_utf16(data)


def test_an_entry_knows_its_name_line_and_keys_in_order():
    trade = v8i.parse(OFFICE.read_bytes()).entries[6]
    assert trade.name == "Управление торговлей 11.5"
    assert OFFICE.read_text("utf-8").splitlines()[trade.line - 1] == f"[{trade.name}]"
    assert trade.pairs[0] == ("Connect", 'Srvr="app1.kedr.example";Ref="Trade";')
    assert trade.pairs[-1] == ("DutyPhone", "2-14, после 18:00 — 2-00")


def test_keys_are_found_in_any_case_and_the_first_equals_sign_splits():
    entry = only_entry(b'[A]\r\ncOnNeCt=File="C:\\a=b";\r\nEmpty=\r\n')
    assert entry.get("Connect") == 'File="C:\\a=b";'
    assert entry.get("EMPTY") == ""
    assert entry.get("Missing") is None


def test_a_file_may_start_with_a_bom_and_mix_line_ends_and_hold_broken_utf8():
    data = b"\xef\xbb\xbf[A]\r\nX=1\n\n; \xff\xfe\r\n#c\n[B]\nY=2\r\r\nZ"
    listed = v8i.parse(data)
    assert [entry.name for entry in listed.entries] == ["A", "B"]
    assert [entry.get("Y") for entry in listed.entries] == [None, "2"]
    assert listed.to_bytes() == data


def test_a_bom_inside_of_joined_files_does_not_hide_the_entry_behind_it():
    joined = 2 * v8i.new_list([v8i.entry_bytes("A", [("Connect", 'File="C:\\a";')])])
    assert [entry.name for entry in v8i.parse(joined).entries] == ["A", "A"]


def test_lines_that_mean_nothing_are_named_with_their_number():
    listed = v8i.parse(b"stray\n[A]\nConnect=1\n[broken\n=x\n;fine\n\nconnect=2\n")
    assert [(finding.line, finding.text.split(";")[0]) for finding in listed.findings] == [
        (1, "stands before the first entry"),
        (4, "is neither [Name], nor Key=Value, nor a comment, nor blank"),
        (5, "is neither [Name], nor Key=Value, nor a comment, nor blank"),
        (8, "key 'connect' stands here a second time"),
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_new_key_goes_behind_the_last_key_with_the_line_end_of_the_file(end: bytes):
    before = end.join((b"; c", b"[A]", b"X=1", b"; of A", b"", b"[B]", b"Y=2", b""))
    after = end.join((b"; c", b"[A]", b"X=1", b"Help=call 112", b"; of A", b"", b"[B]", b"Y=2", b""))
    assert changed(before, "Help", "call 112") == after


def test_a_new_key_fits_behind_a_last_line_without_an_end():
    assert changed(b"\n[A]", "Help", "call") == b"\n[A]\nHelp=call"
    assert changed(b"[A]\r\nX=1", "Help", "call") == b"[A]\r\nX=1\r\nHelp=call"
    assert changed(b"[A]", "Help", "call") == b"[A]\r\nHelp=call"


def test_replacing_a_value_keeps_the_spelling_of_the_key_and_every_other_byte():
    before = b"[A]\r\nX=1\nhelp = old\r\nZ=\xff\n"
    assert changed(before, "Help", "new") == b"[A]\r\nX=1\nhelp =new\r\nZ=\xff\n"
    assert changed(before, "Help", "old") == before


def test_a_key_that_repeats_is_replaced_everywhere_so_that_any_reader_finds_it():
    assert changed(b"[A]\nK=1\nX=0\nk=2\n", "K", "3") == b"[A]\nK=3\nX=0\nk=3\n"


def test_a_new_list_has_a_bom_and_windows_line_ends():
    entries = [
        v8i.entry_bytes("ERP", [("Connect", 'File="C:\\e";'), ("Folder", "/")]),
        v8i.entry_bytes("Ж", []),
    ]
    assert v8i.new_list(entries) == (
        b'\xef\xbb\xbf[ERP]\r\nConnect=File="C:\\e";\r\nFolder=/\r\n\r\n[\xd0\x96]\r\n\r\n'
    )


def test_a_help_text_of_two_lines_becomes_one():
    assert v8i.entry_bytes("A", [("StartupErrorHelpText", "Call 112.\nOr wait")]) == (
        b"[A]\r\nStartupErrorHelpText=Call 112. Or wait\r\n\r\n"
    )


@pytest.mark.parametrize("key", ["", " ", "a=b", "[a", ";a", "#a", "\n[a", "\ufeff;a", "\x00[a", "\u00a0#a"])
def test_what_cannot_be_a_key_is_refused(key: str):
    with pytest.raises(ValueError, match="cannot be a key"):
        v8i.entry_bytes("A", [(key, "1")])
    with pytest.raises(ValueError, match="cannot be a key"):
        only_entry(b"[A]\n").with_value(key, "1")


@pytest.mark.parametrize(
    ("parameters", "handed_out", "named"),
    [
        ('/N "Bob" /P secret /Z 1', '/N "Bob" /Z 1', "/P"),
        ('/N"Bob"/P"se cret"/Z1', '/N"Bob"/Z1', "/P"),
        ('/P"a""b c" /N Bob', "/N Bob", "/P"),
        ('/P "a" /N Bob', "/N Bob", "/P"),
        ('/Pse"cr et" /N Bob', "/N Bob", "/P"),
        ("/N Bob /psecret", "/N Bob", "/p"),
        ("/N Bob\t/P\tsecret", "/N Bob", "/P"),
        ("-P secret", "", "-P"),
        ("/UC 123 /WA+", "/WA+", "/UC"),
        ("/UCcode /WA+", "/WA+", "/UC"),
        ("/WSN n /WSP p /WSA-", "/WSN n /WSA-", "/WSP"),
        ("/AccessToken abc.def", "", "/AccessToken"),
        ("/ModifyPassword new /N a", "/N a", "/ModifyPassword"),
        (
            "/Proxy -PSrv h -PPort 3128 -PUser u -PPwd p /N a",
            "/Proxy -PSrv h -PPort 3128 -PUser u /N a",
            "-PPwd",
        ),
        ('/HttpsCert -file "c:\\my cert.p12" -pwd "x y"', '/HttpsCert -file "c:\\my cert.p12"', "-pwd"),
        ('/N "Bob /P secret', '/N "Bob', "/P"),
        ('/P "never closed', "", "/P"),
        ('/N "Bob /P "secret"', '/N "Bob', "/P"),
    ],
)
def test_passwords_are_cut_out_of_the_additional_parameters(parameters: str, handed_out: str, named: str):
    pairs = [("AdditionalParameters", parameters)]
    assert v8i.without_secrets(pairs) == [("AdditionalParameters", handed_out)]
    assert v8i.secrets_in(pairs) == [f"AdditionalParameters {named}"]


@pytest.mark.parametrize(
    "parameters",
    [
        '/N "Demo User"  /DisableStartupMessages ',
        "/Proxy -PSrv host -PPort 3128 -PUser u",
        "/NoProxy /WSA- /WSN n /WS https://host/Public",
        '/C "start /P now" /N Bob',
        '/C"/Path=1"',
        "/PUser u /N Bob",
        r"/F C:/P/UC /Out c:\P\x",
    ],
)
def test_parameters_without_a_password_stay_as_they_are(parameters: str):
    pairs = [("AdditionalParameters", parameters)]
    assert v8i.without_secrets(pairs) == pairs
    assert v8i.secrets_in(pairs) == []


def test_an_option_without_its_password_goes_too_so_that_no_other_word_becomes_one():
    pairs = [("AdditionalParameters", "/P /N Bob /P /UC code word")]
    assert v8i.without_secrets(pairs) == [("AdditionalParameters", "/N Bob word")]
    assert v8i.secrets_in(pairs) == ["AdditionalParameters /UC"]


def test_the_proxy_password_is_never_handed_out_however_its_key_is_written():
    pairs = [("PUser", "u"), ("PPasswd", "x"), (" ppasswd\r\n", "y"), ("PPASSWD", "")]
    assert v8i.without_secrets(pairs) == [("PUser", "u")]
    assert v8i.secrets_in(pairs) == ["PPasswd", "PPasswd"]


def test_passwords_are_cut_out_of_a_connect_string():
    pairs = [("Connect", 'Srvr="a";Ref="b;Pwd=kept";Usr="u";pwd="x;y";UC=1;Zn=2')]
    assert v8i.without_secrets(pairs) == [("Connect", 'Srvr="a";Ref="b;Pwd=kept";Usr="u";Zn=2')]
    assert v8i.secrets_in(pairs) == ["Connect pwd", "Connect UC"]
