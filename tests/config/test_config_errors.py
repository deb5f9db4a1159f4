"""A configuration is read strictly: each error with its place, what was expected, and an example."""

from pathlib import Path

import pytest
from configurations import errors_in, read

from errorhelp.config import ConfigurationError, load

ERP = "infobases: [{id: erp, name: ERP, connect: {server: srv1c, ref: ERP}}]\n"


def infobase(**settings: str) -> str:
    """A configuration with one infobase; each setting begins in column 5."""
    lines = {"id": "erp", "name": "ERP", "connect": "{server: srv1c, ref: ERP}", **settings}
    return "infobases:\n  -\n" + "".join(f"    {name}: {value}\n" for name, value in lines.items())


def a_list(**settings: str) -> str:
    lines = {"id": "office", **settings}
    return ERP + "lists:\n  -\n" + "".join(f"    {name}: {value}\n" for name, value in lines.items())


def a_window(**settings: str) -> str:
    lines = {
        "id": "backup",
        "targets": "erp",
        "text": "Копия",
        "starts_at": "2026-11-22 02:00",
        "duration": "2h",
        "rule": "FREQ=WEEKLY;BYDAY=SU",
        **settings,
    }
    return (
        ERP
        + "maintenance_windows:\n  -\n"
        + "".join(f"    {name}: {value}\n" for name, value in lines.items())
    )


@pytest.mark.parametrize("whole", [infobase(), a_list(), a_window()])
def test_what_the_other_tests_spoil_is_good(tmp_path: Path, whole: str) -> None:
    assert list(read(tmp_path, whole).catalog.infobases) == ["erp"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # Keys
        ("foo: 1\n", "1:1: foo: unknown key 'foo'; known here: include, public, admin,"),
        ("foo:\n", "1:1: foo: unknown key 'foo'"),
        ("public:\n  lisen: x\n", "2:3: public.lisen: unknown key 'lisen'; did you mean 'listen'?"),
        (infobase(conect="x"), "6:5: infobases[0].conect: unknown key 'conect'; did you mean 'connect'?"),
        (infobase(connect="{server: a, ref: b, reff: c}"), "5:34: infobases[0].connect.reff: unknown key"),
        (infobase(help="{txt: a}"), "6:12: infobases[0].help.txt: unknown key 'txt'; did you mean 'text'?"),
        ("languages: [ru]\nlanguages: [en]\n", "2:1: languages: key 'languages' stands here a second time;"),
        (infobase() + "    name: other\n", "6:5: infobases[0].name: key 'name' stands here a second time;"),
        ("1: a\n", "1:1: 1: unknown key '1'"),
        # Where the database is
        ("store: db1\n", "1:8: store: must be postgresql://user@host/database"),
        ("store: postgresql://a:b@db1/errorhelp\n", "1:8: store: the password must not stand here;"),
        ("store: postgresql://db1/errorhelp?password=b\n", "1:8: store: the password must not stand here;"),
        ("store: postgresql://db1/errorhelp?sslmod=require\n", "1:8: store: 'sslmod' cannot stand here;"),
        (
            "store: postgresql://db1/errorhelp?sslmode=on\n",
            "1:8: store: sslmode cannot be 'on'; it may be dis",
        ),
        ("store: postgresql://db1:p,db2:p/errorhelp\n", "1:8: store: 'db1:p' is no host (e.g. postgresql://"),
        # Nothing and the wrong kind of thing
        ("infobases:\n  - name: ERP\n    connect: {file: x}\n", "2:5: infobases[0].id: is missing;"),
        (infobase(connect=""), "5:13: infobases[0].connect: is missing; expected: how clients reach it"),
        ("infobases: erp\n", "1:12: infobases: must be a list, each item behind a '- '"),
        ("infobases:\n  erp: {name: ERP}\n", "2:3: infobases: must be a list, each item behind a '- '"),
        ("infobases: [erp]\n", "1:13: infobases[0]: must be settings, one 'name: value' a line"),
        ("infobases:\n  - erp\n  -\n", "2:5: infobases[0]: must be settings"),
        ("public: yes\n", "1:9: public: must be settings, one 'name: value' a line; expected: the public"),
        ("languages: {ru: en}\n", "1:12: languages: must be a list; expected: the languages; the first is"),
        ("languages: []\n", "1:12: languages: must not be empty"),
        ("languages: [ru, en, ru]\n", "1:12: languages: 'ru' stands there twice; name each once"),
        ("time_zone: [Europe/Moscow]\n", "1:12: time_zone: ['Europe/Moscow'] must be a time zone"),
        (infobase(name="[ERP]"), "4:11: infobases[0].name: must be one text; expected: the name that people"),
        (infobase(name="''"), "4:11: infobases[0].name: must not be empty"),
        (infobase(v8i="App"), "6:10: infobases[0].v8i: must be settings"),
        # Ids
        (infobase(id="ERP"), "3:9: infobases[0].id: 'ERP' must be a lower-case id"),
        (infobase(id="no"), "3:9: infobases[0].id: 'no' is a language code"),
        (infobase(id="con"), "3:9: infobases[0].id: 'con' is a device name on Windows"),
        (infobase(id="tlh") + "languages: [ru, tlh]\n", "3:9: infobases[0].id: 'tlh' is a language of this"),
        (infobase(aliases="[old, OLD]"), "6:20: infobases[0].aliases[1]: 'OLD' must be a lower-case id"),
        (infobase(aliases="OLD"), "6:14: infobases[0].aliases[0]: 'OLD' must be a lower-case id"),
        (infobase(aliases="[erp]"), "6:15: infobases[0].aliases[0]: 'erp' is already the id or an alias of"),
        (infobase(aliases="[a, a]"), "6:18: infobases[0].aliases[1]: 'a' is already the id or an alias of"),
        (infobase() + "  - {id: erp, name: B, connect: {file: x}}\n", "6:10: infobases[1].id: 'erp' is"),
        (
            infobase(aliases="[old]") + "  - {id: old, name: B, connect: {file: x}}\n",
            "7:10: infobases[1].id: 'old' is already the id",
        ),
        ("lists: [{id: a1}, {id: a1}]\n", "1:24: lists[1].id: 'a1' is already the id of a list"),
        ("folders: [{path: /A}, {path: /A/}]\n", "1:30: folders[1].path: '/A' is already configured"),
        # Connections
        (infobase(connect="{server: srv}"), "5:14: infobases[0].connect: needs either server and ref, or"),
        (infobase(connect="{file: a, url: 'https://b'}"), "5:14: infobases[0].connect: needs either server"),
        (infobase(connect="{}"), "5:14: infobases[0].connect: needs either server and ref, or file, or url"),
        (infobase(connect='{file: "C:\\new"}'), "5:21: infobases[0].connect.file: 'C:\\new' holds a control"),
        (infobase(connect="{url: 'ws://host/base'}"), "5:20: infobases[0].connect.url: 'ws://host/base'"),
        (infobase(connect="'Srvr=\"a'"), "5:14: infobases[0].connect: cannot read 'Srvr=\"a' in the"),
        (infobase(connect='\'Srvr="a";Ref="b";Usr=me;\''), "5:14: infobases[0].connect: says more than"),
        # Addresses
        ("help: {url: ftp://example.com}\n", "1:13: help.url: 'ftp://example.com' must start with http://"),
        ("help: {url: 'javascript:alert(1)'}\n", "1:13: help.url: 'javascript:alert(1)' must start with"),
        ("help: {url: 'https://'}\n", "1:13: help.url: 'https://' must start with http"),
        ("help: {url: 'https://example.com:99999'}\n", "1:13: help.url: 'https://example.com:99999' must"),
        ("help: {url: 'https://example.com/a b'}\n", "1:13: help.url: 'https://example.com/a b' holds ' ',"),
        ("help: {url: 'https://example.com/{id}'}\n", "1:13: help.url: 'https://example.com/{id}' may hold"),
        ("public: {listen: 8080}\n", "1:18: public.listen: '8080' must be host:port (e.g. 127.0.0.1:8080)"),
        ("public: {listen: 'localhost:99999'}\n", "1:18: public.listen: 'localhost:99999' must be host:port"),
        (
            "public: {trusted_proxies: [10.0.0.0/24, 10.0.0.1/24]}\n",
            "1:41: public.trusted_proxies[1]: '10.0.0.1/24' must be an address or a network",
        ),
        # Texts and languages
        ("languages: [ru, RU]\n", "1:17: languages[1]: 'RU' must be a language code in lower case (e.g. ru)"),
        ("help: {text: {ru: а, de: b}}\n", "1:22: help.text.de: 'de' is not one of the languages (ru, en);"),
        ("help: {text: {ru: [а]}}\n", "1:14: help.text: must be a text, or texts by language (e.g. {ru:"),
        ("help: {text: [а]}\n", "1:14: help.text: must be a text, or texts by language"),
        (infobase(language="de"), "6:15: infobases[0].language: 'de' is not one of the languages (ru, en)"),
        (a_list(language="de"), "5:15: lists[0].language: 'de' is not one of the languages (ru, en)"),
        (a_window(text="{de: x}"), "6:12: maintenance_windows[0].text.de: 'de' is not one of the languages"),
        # Folders and lists
        (infobase(folder="Finance"), "6:13: infobases[0].folder: 'Finance' must be a folder path that"),
        (a_list(folders="[/, /Nowhere]"), "5:18: lists[0].folders[1]: there is no folder '/Nowhere'"),
        (a_list(infobases="[erpp]"), "5:17: lists[0].infobases[0]: 'erpp' is neither an infobase id, nor a"),
        (a_list(access="everybody"), "5:13: lists[0].access: 'everybody' must be 'public', 'token' or"),
        (a_list(carries_messages="perhaps"), "5:23: lists[0].carries_messages: 'perhaps' must be true or"),
        (infobase(v8i="{'a=b': c}"), "6:10: infobases[0].v8i: 'a=b' cannot be a key"),
        # Times and durations
        (a_window(starts_at="23:00"), "7:16: maintenance_windows[0].starts_at: '23:00' is not a local date"),
        (a_window(starts_at="2026-11-22"), "7:16: maintenance_windows[0].starts_at: '2026-11-22' has no"),
        (
            a_window(starts_at="2026-11-22T02:00:00+03:00"),
            "7:16: maintenance_windows[0].starts_at: '2026-11-22T02:00:00+03:00' must be local time,",
        ),
        (a_window(starts_at="2026-11-22 02:00:00Z"), "7:16: maintenance_windows[0].starts_at: '2026-11-22"),
        (a_window(duration="120"), "8:15: maintenance_windows[0].duration: '120' is not a duration (e.g."),
        (a_window(duration="2:00"), "8:15: maintenance_windows[0].duration: '2:00' is not a duration"),
        (a_window(duration="0m"), "8:15: maintenance_windows[0].duration: must be longer than nothing (e.g."),
        (a_window(rule="WEEKLY"), "9:11: maintenance_windows[0].rule: 'WEEKLY' must be a rule of NAME=VALUE"),
        (
            a_window(rule="FREQ=WEEKLY;INTERVAL=0"),
            "9:11: maintenance_windows[0].rule: 'FREQ=WEEKLY;INTERVAL=0': INTERVAL must be",
        ),
        (a_window(targets="[]"), "5:14: maintenance_windows[0].targets: must not be empty"),
        (
            a_window(targets="'/Nowhere'"),
            "5:14: maintenance_windows[0].targets[0]: there is no folder '/Nowhere'",
        ),
        (a_window(severity="bad"), "10:15: maintenance_windows[0].severity: 'bad' must be 'info',"),
        ("time_zone: MSK\n", "1:12: time_zone: 'MSK' must be a time zone of the tz database (e.g."),
        ("time_zone: ../../etc/passwd\n", "1:12: time_zone: '../../etc/passwd' must be a time zone"),
        ("public: {max_age: 10m}\n", "1:19: public.max_age: must be 5m at most, or a message ended early"),
        ("messages: {longest_text: 4k}\n", "1:26: messages.longest_text: '4k' must be a whole number"),
        ("messages: {longest_text: 0}\n", "1:26: messages.longest_text: '0' must be 1 or more"),
        ("help_json: {help_text: a, help_url: a}\n", "1:12: help_json: two fields are called 'a'"),
        ("help_json: {time_format: epoch}\n", "1:26: help_json.time_format: 'epoch' must be 'iso',"),
        ("log: {format: xml}\n", "1:15: log.format: 'xml' must be 'human' or 'json'"),
    ],
)
def test_an_error_is_reported_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    found = errors_in(tmp_path, text)
    assert any(each.startswith(said) for each in found), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "infobases:\n  - name: ERP\n    connect: {file: x}\n",
            "2:5: infobases[0].id: is missing; expected: its name in addresses and messages (e.g. erp)",
        ),
        (
            infobase() + "  - {id: erp, name: B, connect: {file: x}}\n",
            "6:10: infobases[1].id: 'erp' is already the id or an alias of an infobase (errorhelp.yaml:3:9)",
        ),
        (
            infobase(connect="{server: srv}"),
            "5:14: infobases[0].connect: needs either server and ref, or file, or url "
            "(e.g. {server: srv1c, ref: ERP}); it has server",
        ),
        (
            infobase(connect='\'Srvr="a";Ref="b";Usr=me;\''),
            "5:14: infobases[0].connect: says more than where the infobase is; "
            'write \'Srvr="a";Ref="b";\' here and the whole as the key Connect under v8i',
        ),
        (
            "help: {url: 'https://example.com/{id}'}\n",
            "1:13: help.url: 'https://example.com/{id}' may hold {infobase} and {language} and no other "
            "braces (e.g. https://help.example.com/help/{language}/{infobase}.html)",
        ),
        (
            a_list(infobases="[erpp]"),
            "5:17: lists[0].infobases[0]: 'erpp' is neither an infobase id, nor a folder path such as "
            "/Finance, nor a 1C server such as server:srv1c, nor '*'; did you mean 'erp'?",
        ),
        (
            a_list(access="everybody"),
            "5:13: lists[0].access: 'everybody' must be 'public', 'token' or 'proxy'; expected: who may read "
            "it: public, token, or proxy (a trusted proxy names the user) (e.g. public)",
        ),
        (
            a_window(starts_at="23:00"),
            "7:16: maintenance_windows[0].starts_at: '23:00' is not a local date and time "
            "(e.g. 2026-11-22 02:00 or 22.11.2026 02:00)",
        ),
        (
            "help:\n  text: Сервер: стоит\n",
            "2:15: not YAML: mapping values are not allowed in this context; check the indentation, "
            "and put a text with : # * & { [ @ or % in it in quotes",
        ),
        (
            'a: "C:\\Users"\n',
            "1:9: not YAML: while parsing a quoted scalar, did not find expected hexdecimal number; "
            "put a text with backslashes in single quotes (e.g. 'C:\\bases')",
        ),
        (
            "public:\n\tlisten: x\n",
            "2:1: not YAML: while scanning for the next token, found character that cannot start any token; "
            "indent with spaces, not with tabs",
        ),
        (
            "help: {text: 'x\n",
            "2:1: not YAML: while scanning a quoted scalar, found unexpected end of stream "
            "(it begins in line 1); check the indentation, and put a text with : # * & { [ @ or % in it in "
            "quotes",
        ),
    ],
)
def test_an_error_names_the_value_what_was_expected_and_an_example(
    tmp_path: Path, text: str, said: str
) -> None:
    assert errors_in(tmp_path, text) == [said]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("public:\n\tlisten: x\n", "2:1: not YAML: while scanning for the next token, found character that"),
        ("help: {text: Сервер: стоит}\n", "1:20: not YAML: "),
        ("help:\n  text: Сервер: стоит\n", "2:15: not YAML: mapping values are not allowed in this context;"),
        ("help: {text: @support}\n", "1:14: not YAML: "),
        ("lists: [{id: a1, infobases: [*]}]\n", "1:31: not YAML: "),
        ('a: "C:\\Users"\n', "1:9: not YAML: while parsing a quoted scalar, did not find expected"),
        ('a: "\\\\srv\\data"\n', "1:10: not YAML: while parsing a quoted scalar, found unknown escape"),
        ("a: 'x\nb: c\n", "3:1: not YAML: while scanning a quoted scalar, found unexpected end of stream"),
        ("a:\n  b: 1\n c: 2\n", "3:2: not YAML: "),
        ("a: *b\n", "1:4: not YAML: found undefined alias"),
        ("a: 1\n---\nb: 2\n", "2:1: not YAML: expected a single document in the stream, but found another"),
        ("# Сервер\na: Сер\x07вер\n", "2:7: the character U+0007 must not stand in YAML; remove it"),
        ("- a\n", "1:1: must hold settings, one 'name: value' a line (e.g. time_zone: Europe/Moscow)"),
        ("\n\n  just a text\n", "3:3: must hold settings"),
        ("a: &a [*a]\n", "1:4: a[0]: refers to itself"),
        ("a: &a\n  b: {c: *a}\n", "1:4: a.b.c: refers to itself"),
        ("? [a, b]\n: c\n", "1:3: a key must be a plain word"),
        ("x: &x {a: 1}\npublic:\n  <<: *x\n", "3:3: public.<<: cannot merge mappings; write the settings"),
        ("time_zone: !!python/object:os.system x\n", "1:12: time_zone: has the YAML tag"),
        ("messages: {longest_text: !!int 5}\n", "1:26: messages.longest_text: has the YAML tag"),
        ("a: " + "[" * 5000 + "]" * 5000, "1:24: a: is nested too deeply to be a configuration"),
        ("a:\n" + "".join(f"{' ' * depth}b:\n" for depth in range(1, 1200)), "22:22: a: is nested too"),
    ],
)
def test_what_is_no_configuration_at_all_is_reported_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    assert errors_in(tmp_path, text)[0].startswith(said)


def test_a_file_in_another_encoding_is_an_error_with_its_place(tmp_path: Path) -> None:
    text = "public:\n  url: https://example.com\nhelp:\n  text: Звоните"
    assert errors_in(tmp_path, text.encode("cp1251")) == [
        "4:9: this is not UTF-8 text; save the file as UTF-8"
    ]
    assert errors_in(tmp_path, text.encode("utf-16")) == [
        "1:1: this is not UTF-8 text; save the file as UTF-8"
    ]
    half = "# Сервер\nhelp: {text: Сер".encode() + "вер}".encode("cp1251")
    assert errors_in(tmp_path, half) == ["2:17: this is not UTF-8 text; save the file as UTF-8"]


def test_columns_count_characters_not_bytes_and_lines_end_as_the_file_ends_them(tmp_path: Path) -> None:
    text = "# Сервер\r\nhelp: {text: Сервер, url: ftp}\r\n"
    assert errors_in(tmp_path, b"\xef\xbb\xbf" + text.encode())[0].startswith("2:27: help.url: 'ftp'")


def test_all_errors_are_reported_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
time_zone: Moscow
languages: [ru]
languages: [en]
public: {listen: 80, max_age: 1y}
infobases:
  - {id: ERP, name: '', connect: {file: x}}
  - {id: crm, name: CRM, connect: {server: a}, helpp: {}}
  - {id: zup, name: ZUP, connect: {file: x}}
  - {id: zup, name: ZUP, connect: {file: x}}
lists:
  - {id: office, folders: [/Nowhere]}
"""
    assert [found.split(": ")[0] + " " + found.split(": ")[1] for found in errors_in(tmp_path, text)] == [
        "1:12 time_zone",
        "3:1 languages",
        "4:18 public.listen",
        "4:31 public.max_age",
        "6:10 infobases[0].id",
        "6:21 infobases[0].name",
        "7:35 infobases[1].connect",
        "7:48 infobases[1].helpp",
        "9:10 infobases[3].id",
        "11:28 lists[0].folders[0]",
    ]


def test_a_window_with_several_errors_has_them_all(tmp_path: Path) -> None:
    text = a_window(starts_at="31.11.2026 02:00", duration="0m", rule="FREQ=SOMETIMES", targets="[erp, epr]")
    assert [found.split(": ")[1] for found in errors_in(tmp_path, text)] == [
        "maintenance_windows[0].targets[1]",
        "maintenance_windows[0].starts_at",
        "maintenance_windows[0].duration",
        "maintenance_windows[0].rule",
    ]


def test_an_invalid_item_of_a_section_hides_no_error_of_the_others(tmp_path: Path) -> None:
    text = """\
admin:
  sign_in_idle: never
  users:
    - {name: anna, role: nobody}
    - {name: bert, role: editor, folders: [/nope]}
    - {name: Bert, role: viewer}
reports:
  forward:
    - {id: A!, targets: [nope]}
    - {id: desk, language: de, webhook: https://h}
    - {id: desk, webhook: https://h}
message_templates:
  - {id: t, name: A, text: B, severity: bad}
  - {id: u, name: A, text: "{huch}"}
  - {id: u, name: A, text: B}
help: {url: nope, text: {de: Hilfe}, causes: [{id: A!}, {id: new}]}
"""
    assert [found.split(": ")[1] for found in errors_in(tmp_path, text)] == [
        "admin.sign_in_idle",
        "admin.users[0].role",
        "admin.users[1]",
        "admin.users[1].folders[0]",
        "admin.users[2]",
        "admin.users[2].name",
        "reports.forward[0].id",
        "reports.forward[0].targets[0]",
        "reports.forward[1].language",
        "reports.forward[2].id",
        "message_templates[0].severity",
        "message_templates[1].text",
        "message_templates[2].id",
        "help.url",
        "help.text.de",
        "help.causes[0].id",
        "help.causes[1]",
    ]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (
            "admin: {user_header: 'a b', trusted_proxies: 127.0.0.1, users: [{name: anna, role: admin}]}",
            "admin.user_header",
        ),
        (
            "admin: {user_header: Remote-User, trusted_proxies: x, groups: [{group: it, role: admin}]}",
            "admin.trusted_proxies[0]",
        ),
        (
            "message_values: {'1': a, phone: b}\nmessage_templates: [{id: t, name: A, text: '{phone}'}]",
            "message_values",
        ),
        (
            "help: {causes: [{id: vpn, title: VPN, text: Connect, anchor: x}]}\n"
            "folders: [{path: /A, help: {causes: [{id: vpn, text: Reconnect}]}}]",
            "help.causes[0].anchor",
        ),
        (
            "folders: [{path: /A, x: 1, help: {causes: [{id: vpn, title: VPN, text: Connect}]}}]\n"
            "infobases: [{id: erp, name: E, folder: /A, connect: {server: a, ref: b}, "
            "help: {causes: [{id: vpn, text: Reconnect}]}}]",
            "folders[0].x",
        ),
    ],
)
def test_an_error_in_a_setting_is_no_second_error_in_what_builds_on_it(
    tmp_path: Path, text: str, wrong: str
) -> None:
    assert [found.split(": ")[1] for found in errors_in(tmp_path, text)] == [wrong]


def test_an_error_in_an_infobase_is_no_second_error_in_what_names_it(tmp_path: Path) -> None:
    text = """\
infobases:
  - {id: erp, aliases: [old], folder: /Finance/Payroll, name: ERP, connect: {server: a}}
lists:
  - {id: office, folders: [/Finance, /Finance/Payroll], infobases: [erp, old]}
"""
    assert [found.split(": ")[1] for found in errors_in(tmp_path, text)] == ["infobases[0].connect"]


def test_an_error_in_the_languages_is_no_second_error_in_the_texts(tmp_path: Path) -> None:
    text = "languages: [de, EN]\nhelp: {text: {de: Hilfe}}\n"
    assert [found.split(": ")[1] for found in errors_in(tmp_path, text)] == ["languages[1]"]


def test_an_error_behind_an_alias_is_shown_where_the_value_stands(tmp_path: Path) -> None:
    text = "help: {text: &phone [112]}\nfolders: [{path: /A, help: {text: *phone}}]\n"
    assert [found.split(": ")[0] for found in errors_in(tmp_path, text)] == ["1:14", "1:14"]


def test_a_secret_written_into_the_configuration_is_refused_without_repeating_it(tmp_path: Path) -> None:
    (found,) = errors_in(tmp_path, a_list(access="token", token="hunter2"))
    assert found.startswith("6:12: lists[0].token: must be settings, one 'name: value' a line")
    assert "(e.g. {env: OFFICE_LIST_TOKEN})" in found
    assert "hunter2" not in found


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path / "missing.yaml", {})
    assert str(refused.value).startswith(f"{tmp_path / 'missing.yaml'}:1:1: there is no such file; ")
