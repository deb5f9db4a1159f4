import pytest
import yaml
from fixture_files import BRANCH_UTF8_BOM, BRANCH_UTF16, BRANCH_WINDOWS_1251, OFFICE, SECRETS

from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Folder
from errorhelp.formats.connect_string import (
    FileConnection,
    ServerConnection,
    WebConnection,
    parse_connect,
    says_all,
)
from errorhelp.importing import Imported, import_files, suggested_pattern, to_yaml


def imported(text: str) -> Imported:
    return import_files([("my.v8i", text.encode())])


def imported_office() -> Imported:
    return import_files([("office.v8i", OFFICE.read_bytes())])


def test_the_office_list_gives_seven_infobases_and_six_folders():
    office = imported_office()
    assert [infobase.id for infobase in office.infobases] == [
        "trade",
        "kassa_no_3",
        "payroll_2",
        "kabinet_sotrudnika",
        "zayavki_v_otdel_kadrov",
        "td_kedr_uchet_do_2019",
        "roznitsa_obuchenie",
    ]
    assert [folder.path for folder in office.folders] == [
        "/Торговля",
        "/Торговля/Розница",
        "/Торговля/Розница/Магазины",
        "/Кадры",
        "/Архив",
        "/Новые базы",
    ]
    assert (office.report.infobases, office.report.folders) == (7, 6)


def test_an_infobase_keeps_its_connection_folder_and_further_keys_in_order():
    trade, till, *_, archived, _ = imported_office().infobases
    assert trade.name == "Управление торговлей 11.5"
    assert trade.connection == ServerConnection("app1.kedr.example", "Trade")
    assert trade.folder == "/Торговля"
    assert [key for key, _ in trade.v8i][:4] == ["ID", "OrderInTree", "External", "Version"]
    assert dict(trade.v8i)["DutyPhone"] == "2-14, после 18:00 — 2-00"
    assert "Connect" not in dict(trade.v8i)
    assert till.connection == FileConnection(r"\\files.kedr.example\1c\Касса № 3")
    assert till.folder == "/Торговля/Розница/Магазины"
    assert archived.connection == FileConnection(r'D:\Bases\"Kedr" 2019')
    assert archived.folder == "/Архив"
    assert dict(archived.v8i)["AdditionalParameters"] == '/N "Ревизор" /C "режим=""только чтение"""'


def test_a_connect_that_says_more_than_the_settings_is_kept_whole_and_named():
    office = imported_office()
    kept = {
        infobase.id: value for infobase in office.infobases for key, value in infobase.v8i if key == "Connect"
    }
    assert kept == {
        "payroll_2": 'Srvr="app2.kedr.example:2541,app3.kedr.example:2541";Ref="Payroll_2";Prmod=1;',
        "kabinet_sotrudnika": 'ws="https://1c.kedr.example/cabinet";WSTimeout=30;',
        "zayavki_v_otdel_kadrov": "http://old.kedr.example:8090/requests;Browser=any",
    }
    named = [note.split(":")[1] for note in office.report.notes if "kept whole" in note]
    assert named == ["49", "57", "64"]


@pytest.mark.parametrize(
    ("connect", "all_said"),
    [
        ('Srvr="a";Ref="b";', True),
        ("ref=b ; SRVR=a", True),
        ('File="C:\\a ""b"""', True),
        ("https://host/base", True),
        ("https://host/base;", True),
        ('ws="https://host/base"', True),
        ("https://host/base;WA=1", False),
        ('ws="https://host/base";WA=1', False),
        ('File="a";File="b"', False),
        ('Srvr="a";Ref="b";File="c"', False),
    ],
)
def test_a_connect_is_said_by_its_connection_or_says_more(connect: str, all_said: bool):
    assert says_all(parse_connect(connect), connect) is all_said


def test_a_connect_with_a_control_character_is_left_out_and_named():
    imported = import_files([("x.v8i", b'[A]\nConnect=File="a\x00b";\n')])
    assert imported.infobases == ()
    assert "x.v8i:1: A: left out: its Connect holds a control character; its lines are kept as comments" in (
        imported.report.notes
    )


def test_help_becomes_the_help_setting_and_an_empty_one_is_inherited():
    first, second = imported(
        '[A]\nConnect=File="a"\nStartupErrorHelpText=Call 112\nStartupErrorHelpURL=https://help.example.com/a\n'
        '[B]\nConnect=File="b"\nStartupErrorHelpText=\nStartupErrorHelpURL=\n'
    ).infobases
    assert first.help == Help("Call 112", "https://help.example.com/a")
    assert first.v8i == ()
    assert (second.help, second.v8i) == (Help(), ())


@pytest.mark.parametrize(
    "url",
    ["ftp://x/y", "javascript:alert(1)", "https://", "https://h:99999/", "http://h/{x}", "http://h/<b>"],
)
def test_a_help_url_that_the_settings_refuse_is_kept_as_a_further_key_and_named(url: str):
    kept = imported(f'[A]\nConnect=File="a"\nstartuperrorhelpurl={url}\n')
    assert kept.infobases[0].help == Help()
    assert kept.infobases[0].v8i == (("StartupErrorHelpURL", url),)
    assert [note for note in kept.report.notes if note.startswith("my.v8i:1: A: its help URL")]


def test_a_formatted_help_text_is_kept_as_a_further_key_and_named():
    xml = "<FormattedString><item>Call</item></FormattedString>"
    kept = imported(f'[A]\nConnect=File="a"\nStartupErrorHelpText={xml}\n')
    assert kept.infobases[0].v8i == (("StartupErrorHelpText", xml),)
    assert "formatted" in kept.report.notes[0]


def test_secrets_are_kept_and_named_without_their_value():
    kept = imported(
        '[A]\nConnect=Srvr="s";Ref="r";Usr="u";Pwd="hush1"\n'
        "AdditionalParameters=/N u /P hush2 /UC hush3\nPPasswd=hush4\n"
    )
    assert [value for key, value in kept.infobases[0].v8i if key == "PPasswd"] == ["hush4"]
    secret, *_ = kept.report.notes
    assert secret.startswith(
        "my.v8i:1: A: SECRET: Connect Pwd, AdditionalParameters /P, AdditionalParameters /UC, PPasswd"
    )
    assert "hush" not in "".join(kept.report.notes)


def test_a_list_full_of_secrets_is_imported_and_none_of_them_is_shown():
    kept = import_files([("secrets.v8i", SECRETS.read_bytes())])
    assert [note.split(" can now")[0] for note in kept.report.notes if "SECRET" in note] == [
        "secrets.v8i:2: Stock: SECRET: Connect Pwd, AdditionalParameters /P, AdditionalParameters /UC",
        "secrets.v8i:7: Reports: SECRET: PPasswd",
    ]
    assert to_yaml(kept).count(b"hush-") == 4
    assert "hush-" not in "".join(kept.report.notes)


@pytest.mark.parametrize(
    "connect", ["", "Srvr=only", 'File="C:\\a', "ws=portal/base", "ws=ftp://x", "?;Pwd=hush"]
)
def test_an_entry_whose_connect_cannot_be_read_is_named_and_kept_as_a_comment(connect: str):
    left = imported(f"[Bad]\nConnect={connect}\nVersion=8.3\n\n[Good]\nConnect=File=a\n")
    assert [infobase.name for infobase in left.infobases] == ["Good"]
    assert left.report.notes[0].startswith("my.v8i:1: Bad: left out: ") or "SECRET" in left.report.notes[0]
    assert "hush" not in "".join(left.report.notes)
    text = to_yaml(left).decode()
    for line in ("my.v8i:1: [Bad]", f"my.v8i:2: Connect={connect}", "my.v8i:3: Version=8.3"):
        assert f"# {line}\n" in text


def test_lines_that_nobody_understands_and_comments_are_kept_as_comments():
    left = imported("\ufeffstray\n; Отдел продаж\n[A]\nConnect=File=a\nVersion=8.3\nno key\nversion=8.5\n")
    assert left.infobases[0].v8i == (("Version", "8.3"),)
    assert (
        to_yaml(left)
        .decode()
        .endswith(
            "# my.v8i:1: stray\n# my.v8i:2: ; Отдел продаж\n# my.v8i:6: no key\n# my.v8i:7: version=8.5\n"
        )
    )
    assert [note.split(": ")[0] for note in left.report.notes] == [
        "my.v8i:2",
        "my.v8i:1",
        "my.v8i:6",
        "my.v8i:7",
    ]


def test_a_comment_within_an_entry_that_is_left_out_is_kept_once():
    left = imported("[Bad]\n; why\nConnect=\n")
    assert sorted(left.left_over) == ["my.v8i:1: [Bad]", "my.v8i:2: ; why", "my.v8i:3: Connect="]


def test_an_empty_connect_is_named_and_how_the_entry_becomes_a_folder():
    listed = imported("[Sales]\nConnect=\n")
    assert listed.report.notes == (
        "my.v8i:1: Sales: left out: its Connect is empty; if this is a folder, take the line out; "
        "its lines are kept as comments",
    )
    assert [folder.path for folder in imported("[Sales]\n").folders] == ["/Sales"]


def test_a_missing_empty_or_odd_folder_is_put_right():
    listed = imported(
        "".join(f"[A]\nConnect=File=a\n{line}\n" for line in ("", "Folder=", "Folder=/", "Folder=B /C/"))
    )
    assert [infobase.folder for infobase in listed.infobases] == ["/", "/", "/", "/B/C"]
    assert [note for note in listed.report.notes if "folder" in note] == [
        "my.v8i:10: A: its folder 'B /C/' is now written '/B/C'"
    ]


@pytest.mark.parametrize(
    ("folder", "expected", "said"),
    [
        ("Sub", "/Dev/Sub", "its folder 'Sub' is taken for '/Dev/Sub', the only one of that name"),
        ("Sub/C/", "/Dev/Sub/C", "its folder 'Sub/C/' is taken for '/Dev/Sub/C', the only one of that name"),
        ("Dev", "/Dev", "its folder 'Dev' is now written '/Dev'"),
        ("New", "/New", "its folder 'New' is now written '/New'"),
        (
            "Twice",
            "/Twice",
            "its folder 'Twice' is taken for '/Twice', since several are called so: /Dev/Twice, /Twice",
        ),
        ("ub", "/ub", "its folder 'ub' is now written '/ub'"),
    ],
)  # fmt: skip
def test_a_folder_without_its_slash_is_the_only_one_of_that_name_else_one_at_the_root(
    folder: str, expected: str, said: str
):
    listed = imported(
        f"[A]\nConnect=File=a\nFolder={folder}\n[Dev]\nFolder=/\n[Sub]\nFolder=/Dev\n[Twice]\nFolder=/Dev\n"
        "[B]\nConnect=File=b\nFolder=/Dev/Sub/C\n[C]\nConnect=File=c\nFolder=/Twice/\n"
    )
    assert listed.infobases[0].folder == expected
    assert listed.report.notes == (f"my.v8i:1: A: {said}",)


@pytest.mark.parametrize(
    ("connects", "pattern"),
    [
        (['File="a"', "https://1c.firma.ru/x"], None),
        (['Srvr="s";Ref="ERP"'], "https://1c.example.com/{ref}"),
        (['Srvr="s";Ref="ERP"', "https://1c.firma.ru/pub/other"], "https://1c.firma.ru/pub/{ref}"),
        (['Srvr="s";Ref="ERP"', "https://1c.firma.ru/erp/"], "https://1c.firma.ru/{ref_lower}"),
        (['Srvr="s";Ref="ERP"', "https://a/b", "https://c/d", "https://c/e"], "https://c/{ref}"),
        (['Srvr="s";Ref="ERP"', "https://a/b", "https://a/c", "https://c/ERP"], "https://c/{ref}"),
        (['Srvr="s";Ref="ERP"', "https://bare"], "https://1c.example.com/{ref}"),
    ],
)
def test_a_pattern_of_publications_is_suggested_from_the_web_addresses_of_the_list(
    connects: list[str], pattern: str | None
):
    text = "".join(f"[N{number}]\nConnect={each}\n" for number, each in enumerate(connects))
    assert suggested_pattern(imported(text).infobases) == pattern


def test_a_folder_that_is_described_twice_is_written_once():
    same = "[B]\nFolder=/A\nOrderInTree=1\n"
    twice = imported(same + same)
    assert twice.folders == (Folder("/A/B", v8i=(("OrderInTree", "1"),)),)
    assert twice.report.notes == ()
    differing = imported(same + "[B]\nFolder=/A/\nOrderInTree=2\n[ ]\n")
    assert differing.folders == twice.folders
    assert [note.split(";")[0] for note in differing.report.notes] == [
        "my.v8i:4: B: left out: an entry before it describes the folder /A/B differently, and counts",
        "my.v8i:7: : left out: a folder needs a name",
    ]


def test_names_and_ids_that_repeat_are_both_kept_and_named():
    files = [("a.v8i", b"[A]\nConnect=File=a\nID=1-A\n"), ("b.v8i", b"[a]\nConnect=File=b\nid=1-a\n")]
    both = import_files(files)
    assert [(infobase.id, infobase.v8i) for infobase in both.infobases] == [
        ("a", (("ID", "1-A"),)),
        ("a_2", (("ID", "1-a"),)),
    ]
    assert both.report.notes == (
        "b.v8i:1: a: its name 'a' is also that of a.v8i:1; both are kept",
        "b.v8i:1: a: its ID '1-a' is also that of a.v8i:1; both are kept",
    )


@pytest.mark.parametrize(
    ("name", "connect", "infobase_id"),
    [
        ("any", "Srvr=s;Ref=ERP_Main-1", "erp_main-1"),
        ("any", "Srvr=s;Ref=УТ 11.5", "ut_11_5"),
        ("any", "Srvr=s;Ref=_x_", "x_"),
        ("Щука, ёж & Юля (объезд)", "File=a", "shchuka_ezh_yulya_obezd"),
        ("Café Zürich №5", "File=a", "cafe_zurich_no5"),
        ("Бухгалтерія Їжак", "ws=http://h/", "bukhgalteriya_yizhak"),
        ("ru", "File=a", "ru_2"),
        ("COM1", "File=a", "com1_2"),
        ("数据库", "File=a", "infobase"),
        ("", "File=a", "infobase"),
        ("x" * 70, "File=a", "x" * 64),
    ],
)
def test_an_id_is_made_from_the_ref_or_else_from_the_name(name: str, connect: str, infobase_id: str):
    assert imported(f"[{name}]\nConnect={connect}\n").infobases[0].id == infobase_id


def test_an_id_that_is_taken_gets_a_number_and_stays_within_its_length():
    listed = imported(
        "".join(f"[{name}]\nConnect=File=a\n" for name in ("x" * 64, "y", "x" * 65, "Y", "y", "?", "!"))
    )
    assert [infobase.id for infobase in listed.infobases] == [
        "x" * 64, "y", "x" * 62 + "_2", "y_2", "y_3", "infobase", "infobase_2",
    ]  # fmt: skip


def test_an_infobase_without_a_name_is_called_by_its_id():
    nameless = imported("[]\nConnect=Srvr=s;Ref=ERP\n")
    assert nameless.infobases[0].name == "erp"
    assert "no name" in nameless.report.notes[0]


def test_a_list_in_the_code_page_of_windows_is_read_as_such_and_said_to_be_looked_at():
    text = "\n[Сёмин и №1]\nConnect=File=a\nFolder=/Цех\n"
    listed = import_files([("old.v8i", text.encode("cp1251"))])
    assert (listed.infobases[0].name, listed.infobases[0].folder) == ("Сёмин и №1", "/Цех")
    note = listed.report.notes[0]
    assert note.startswith("old.v8i:2: this is not UTF-8 text and was read as Windows-1251; look whether")


def test_one_list_saved_in_two_encodings_gives_the_same_infobases_and_in_utf16_none():
    utf8, windows = (
        import_files([("branch.v8i", file.read_bytes())]) for file in (BRANCH_UTF8_BOM, BRANCH_WINDOWS_1251)
    )
    assert [(each.name, each.folder) for each in utf8.infobases] == [
        ("Склад № 2", "/Тверь"),
        ("Отчёты «Ёлка»", "/Тверь"),
    ]
    assert (windows.infobases, windows.folders) == (utf8.infobases, utf8.folders)
    with pytest.raises(ValueError, match=r"branch\.v8i: this is UTF-16 text"):
        import_files([("branch.v8i", BRANCH_UTF16.read_bytes())])


def test_utf8_text_with_a_broken_place_is_imported_as_far_as_it_can_be_read():
    listed = import_files(
        [("old.v8i", "[База 1]\nConnect=File=a\n[Сер".encode() + b"\xd0]\nConnect=File=b\n")]
    )
    assert [each.name for each in listed.infobases] == ["База 1", "Сер\ufffd"]
    assert listed.report.notes[0].startswith("old.v8i:3: this is not UTF-8 text; what cannot be read became")
    assert yaml.safe_load(to_yaml(listed))["infobases"][1]["name"] == "Сер\ufffd"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "my.v8i: holds no entry"),
        (b"PK\x03\x04\x00", "my.v8i: holds no entry"),
        (
            "[A]\r\nConnect=File=a".encode("utf-16"),
            "my.v8i: this is UTF-16 text; save the connection list as UTF-8",
        ),
    ],
)
def test_what_is_no_connection_list_is_refused_by_name(data: bytes, message: str):
    with pytest.raises(ValueError, match=message):
        import_files([("my.v8i", data)])


def test_the_configuration_is_laid_out_for_people():
    listed = import_files(
        [
            (
                "office.v8i",
                '[Финансы]\nOrderInTree=1\n\n[ERP]\nConnect=Srvr="srv";Ref="ERP";\nFolder=/Финансы\nVersion=8.3.27\n'
                "StartupErrorHelpText=Звоните: 112\n[🔥]\nConnect=File=C:\\b\n".encode(),
            )
        ]
    )
    assert to_yaml(listed).decode() == (
        "# Imported by `errorhelp v8i import` from office.v8i.\n"
        "# It is configuration like any other: change it as you like.\n"
        "\n"
        "folders:\n"
        "  - path: /Финансы\n"
        "    v8i:\n"
        "      OrderInTree: '1'\n"
        "\n"
        "infobases:\n"
        "  - id: erp\n"
        "    name: ERP\n"
        "    connect: {server: srv, ref: ERP}\n"
        "    folder: /Финансы\n"
        "    help:\n"
        "      text: 'Звоните: 112'\n"
        "    v8i:\n"
        "      Version: 8.3.27\n"
        "\n"
        "  - id: infobase\n"
        "    name: 🔥\n"
        "    connect: {file: 'C:\\b'}\n"
    )


@pytest.mark.parametrize(
    "text",
    ["", "~", "null", "8.3", "010", "0o17", "1e3", "on", "No", "y", "23:00", "2026-11-21", "0x1F", "<<", "="],
)
def test_what_yaml_readers_would_take_for_something_else_stands_in_quotes(text: str):
    listed = imported(f"[A]\nConnect=File=a\nKey={text}\n")
    assert f"      Key: '{text}'\n" in to_yaml(listed).decode()


def test_connections_of_each_kind_are_written_as_settings():
    listed = imported("[A]\nConnect=Srvr=s,t;Ref=r\n[B]\nConnect=File=\\\\fs\\b\n[C]\nConnect=https://h/c\n")
    assert [infobase.connection for infobase in listed.infobases] == [
        ServerConnection("s,t", "r"),
        FileConnection(r"\\fs\b"),
        WebConnection("https://h/c"),
    ]
    written = yaml.safe_load(to_yaml(listed))
    assert [infobase["connect"] for infobase in written["infobases"]] == [
        {"server": "s,t", "ref": "r"},
        {"file": r"\\fs\b"},
        {"url": "https://h/c"},
    ]
