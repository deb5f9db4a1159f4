"""What a good configuration means: values are read as they were typed, whatever YAML 1.1 makes of them."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from configurations import read
from jsonschema import Draft202012Validator

from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Folder, Infobase
from errorhelp.catalog.lists import Access
from errorhelp.config.json_schema import schema_json
from errorhelp.formats.connect_string import Connection, FileConnection, ServerConnection, WebConnection
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.messages.message import Severity


def one(folder: Path, settings: str) -> Infobase:
    """The infobase of a configuration, with further settings."""
    text = f"infobases:\n  - {{id: erp, name: ERP, connect: {{server: srv1c, ref: ERP}}, {settings}}}\n"
    return read(folder, text).catalog.infobases["erp"]


@pytest.mark.parametrize(
    "text", ["", "# nothing yet\n", "---\n", "---\n...\n", "{}", "\ufeff", "infobases:\n", "infobases: []\n"]
)
def test_an_empty_configuration_is_all_defaults_and_says_that_infobases_are_missing(
    tmp_path: Path, text: str
) -> None:
    loaded = read(tmp_path, text)
    assert loaded.settings.public.listen == "127.0.0.1:8080"
    assert loaded.settings.admin.listen == "127.0.0.1:8081"
    assert loaded.catalog.languages == ("ru", "en")
    assert loaded.catalog.help_json == HelpJsonFormat()
    assert [warning.message for warning in loaded.warnings] == [
        "there are no infobases yet; add some, or import a *.v8i"
    ]


def test_a_setting_with_nothing_behind_it_is_left_at_its_default(tmp_path: Path) -> None:
    text = (
        "public:\n  # listen: 0.0.0.0:80\nhelp:\n  text:\n  url: ~\nlanguages:\nmessages: {retention: null}\n"
    )
    loaded = read(tmp_path, text)
    assert loaded.settings.public.listen == "127.0.0.1:8080"
    assert loaded.catalog.help == Help()
    assert loaded.settings.messages.retention == timedelta(days=365)


@pytest.mark.parametrize(
    "typed", ["on", "off", "yes", "010", "0x1f", "1e3", "1_000", "22:30", "12345678901234567890"]
)
def test_texts_stay_as_they_were_typed(tmp_path: Path, typed: str) -> None:
    connect, more = (
        f"{{server: {typed}, ref: {typed}}}",
        f"v8i: {{Version: {typed}}}, help: {{text: {typed}}}",
    )
    text = f"infobases: [{{id: erp, name: {typed}, connect: {connect}, {more}}}]"
    infobase = read(tmp_path, text).catalog.infobases["erp"]
    assert infobase.name == typed
    assert infobase.connection == ServerConnection(typed, typed)
    assert infobase.v8i == (("Version", typed),)
    assert infobase.help.text == typed


@pytest.mark.parametrize("typed", ["on", "010", "y"])
def test_ids_stay_as_they_were_typed(tmp_path: Path, typed: str) -> None:
    assert list(
        read(tmp_path, f"infobases: [{{id: {typed}, name: A, connect: {{file: x}}}}]").catalog.infobases
    ) == [typed]


def test_a_quoted_null_is_a_text(tmp_path: Path) -> None:
    assert one(tmp_path, "help: {text: 'null'}").help.text == "null"
    assert one(tmp_path, "help: {text: ''}").help.text == ""


@pytest.mark.parametrize(
    ("typed", "meant"), [("on", True), ("yes", True), ("true", True), ("off", False), ("no", False)]
)
def test_yes_and_no_mean_what_they_say_where_that_is_asked(tmp_path: Path, typed: str, meant: bool) -> None:
    text = f"lists: [{{id: office, carries_messages: {typed}}}]"
    assert read(tmp_path, text).catalog.lists["office"].carries_messages is meant


def test_a_number_with_a_leading_zero_is_decimal(tmp_path: Path) -> None:
    assert read(tmp_path, "messages: {longest_text: 010}").settings.messages.longest_text == 10


@pytest.mark.parametrize(
    ("typed", "connection"),
    [
        ("{server: 'srv1c:1641', ref: ERP}", ServerConnection("srv1c:1641", "ERP")),
        (r"{file: '\\fs\bases\erp'}", FileConnection(r"\\fs\bases\erp")),
        (r"{file: C:\new}", FileConnection(r"C:\new")),
        ("{url: https://1c.example.com/erp}", WebConnection("https://1c.example.com/erp")),
        ('\'Srvr="srv1c";Ref="ERP";\'', ServerConnection("srv1c", "ERP")),
        ('Srvr="srv1c";Ref="ERP";', ServerConnection("srv1c", "ERP")),
        ("'File=\"C:\\new\";'", FileConnection("C:\\new")),
        ("https://1c.example.com/erp", WebConnection("https://1c.example.com/erp")),
    ],
)
def test_a_connection_is_settings_or_a_connect_string(
    tmp_path: Path, typed: str, connection: Connection
) -> None:
    text = f"infobases:\n  - id: erp\n    name: ERP\n    connect: {typed}\n"
    assert read(tmp_path, text).catalog.infobases["erp"].connection == connection


def test_an_infobase_has_all_that_is_said_of_it(tmp_path: Path) -> None:
    infobase = one(
        tmp_path,
        "aliases: [erp_old, erp-1], folder: /Finance//Payroll/, language: en, "
        "help: {text: {ru: Звоните, en: Call}, url: 'https://help.example.com/{language}/{infobase}'}, "
        "v8i: {Version: 8.3.27, OrderInTree: 16384, External: }",
    )
    assert infobase.aliases == ("erp_old", "erp-1")
    assert infobase.folder == "/Finance/Payroll"
    assert infobase.language == "en"
    assert infobase.help == Help(
        {"ru": "Звоните", "en": "Call"}, "https://help.example.com/{language}/{infobase}"
    )
    assert infobase.v8i == (("Version", "8.3.27"), ("OrderInTree", "16384"), ("External", ""))


def test_where_a_list_is_asked_for_one_text_will_do(tmp_path: Path) -> None:
    text = """\
languages: ru
infobases: [{id: erp, name: ERP, connect: {file: x}, aliases: old}]
lists: [{id: l1, folders: /}]
"""
    catalog = read(tmp_path, text).catalog
    assert catalog.languages == ("ru",)
    assert catalog.infobases["erp"].aliases == ("old",)
    assert catalog.lists["l1"].folders == ("/",)


def test_folders_and_lists_mean_what_is_said(tmp_path: Path) -> None:
    text = """\
folders:
  - {path: /Finance/, help: {text: Доб. 4400}, v8i: {OrderInTree: 1}}
infobases:
  - {id: erp, aliases: [old], name: ERP, connect: {file: x}, folder: /Production}
lists:
  - {id: office, folders: [/Finance, /Production/], infobases: [old], language: en, access: proxy}
"""
    catalog = read(tmp_path, text).catalog
    assert catalog.folders == {"/Finance": Folder("/Finance", Help("Доб. 4400"), (("OrderInTree", "1"),))}
    office = catalog.lists["office"]
    assert (office.folders, office.infobases) == (("/Finance", "/Production"), ("erp",))
    assert (office.language, office.access, office.carries_messages) == ("en", Access.PROXY, False)


def test_a_window_recurs_in_the_configured_zone(tmp_path: Path) -> None:
    text = """\
time_zone: Europe/Berlin
infobases: [{id: erp, name: ERP, connect: {file: x}, folder: /Finance}]
maintenance_windows:
  - id: backup
    targets: [/Finance, erp]
    text: {ru: Копия, en: Backup}
    starts_at: 2026-11-22 02:00
    duration: 1h30m
    rule: FREQ=WEEKLY;BYDAY=SU
    note: agreed
"""
    (window,) = read(tmp_path, text).catalog.windows
    assert window.starts_at == datetime(2026, 11, 22, 2)  # noqa: DTZ001
    assert window.zone == ZoneInfo("Europe/Berlin")
    assert window.duration == timedelta(minutes=90)
    assert window.targets == ("/Finance", "erp")
    assert window.severity is Severity.MAINTENANCE
    assert window.note == "agreed"


def test_names_of_the_help_json_can_be_changed_or_left_out(tmp_path: Path) -> None:
    catalog = read(tmp_path, "help_json: {help_text: text, help_url: '', time_format: unix}").catalog
    assert catalog.help_json == HelpJsonFormat(help_text="text", help_url=None, time_format="unix")


def test_an_anchor_stands_for_what_it_names(tmp_path: Path) -> None:
    text = """\
folders: [{path: /A, help: &phones {text: Доб. 4400}}, {path: /B, help: *phones}]
infobases:
  - {id: erp, name: ERP, connect: &there {server: srv1c, ref: ERP}}
  - {id: copy, name: Copy, connect: *there}
"""
    catalog = read(tmp_path, text).catalog
    assert catalog.folders["/A"].help == catalog.folders["/B"].help == Help("Доб. 4400")
    assert catalog.infobases["erp"].connection == catalog.infobases["copy"].connection


def test_a_block_text_does_not_end_in_the_line_break_that_yaml_adds(tmp_path: Path) -> None:
    text = "help:\n  text:\n    ru: |\n      Звоните\n\n      112\n    en: |+\n      Call 112\n\n"
    assert read(tmp_path, text).catalog.help == Help({"ru": "Звоните\n\n112", "en": "Call 112"})


def test_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    text = "help:\n  text: |\n    Звоните\n    112\n"
    plain = read(tmp_path, text).catalog.help
    assert plain == Help("Звоните\n112")
    assert read(tmp_path, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()).catalog.help == plain


def test_the_public_address_is_known_to_the_catalog(tmp_path: Path) -> None:
    assert (
        read(tmp_path, "public: {url: https://help.example.com}").catalog.public_url
        == "https://help.example.com"
    )


def test_what_an_admin_should_look_at_is_a_warning_that_repeats_no_secret(tmp_path: Path) -> None:
    text = """\
public: {url: https://help.example.com}
folders:
  - {path: /Finance, v8i: {PPasswd: qwerty}}
infobases:
  - {id: erp, name: ERP, connect: {file: x}, v8i: {ID: 5A, PPasswd: qwerty}}
  - {id: crm, name: ERP, connect: {file: x}, v8i: {ID: 5a}}
"""
    warnings = read(tmp_path, text).warnings
    assert [(each.place.line, each.place.column, f"{each.path}: {each.message}") for each in warnings] == [
        (3, 27, "folders[0].v8i: holds a secret, PPasswd; lists leave it out, so remove it here"),
        (5, 51, "infobases[0].v8i: holds a secret, PPasswd; lists leave it out, so remove it here"),
        (6, 21, "infobases[1].name: 'ERP' is also the name of 'erp' in the same folder"),
        (6, 56, "infobases[1].v8i.ID: '5a' is also the ID of 'erp'"),
    ]


def test_the_digest_names_exactly_these_contents(tmp_path: Path) -> None:
    digests = [
        read(tmp_path, text).digest
        for text in ("languages: ru", "languages: ru", "languages: ru\n", "languages: en")
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_the_schema_for_editors_names_every_setting() -> None:
    schema = schema_json().decode()
    for name in ("infobases", "maintenance_windows", "carries_messages", "starts_at", "time_format"):
        assert f'"{name}"' in schema


def test_the_schema_for_editors_takes_the_worked_example() -> None:
    example = (Path(__file__).parents[2] / "config" / "errorhelp.yaml").read_text("utf-8")
    assert mistakes(json.loads(schema_json()), yaml.safe_load(example)) == []


def test_the_schema_for_editors_takes_each_example_that_it_has_itself() -> None:
    schema = json.loads(schema_json())
    tried = 0
    for section in (schema, *schema["$defs"].values()):
        for name, setting in section.get("properties", {}).items():
            for example in setting.get("examples", ()):
                try:
                    value = yaml.safe_load(example)
                except yaml.YAMLError:
                    value = example
                assert mistakes({**setting, "$defs": schema["$defs"]}, value) == [], (name, example)
                tried += 1
    assert tried > 100


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("publications", ["https://1c.example.com/erp", [{"url": "https://1c.example.com/erp"}]]),
        ("aliases", ["old", ["old", 1]]),
        ("connect", ["File=x;", {"file": "x"}]),
    ],
)
def test_the_schema_for_editors_takes_one_text_for_a_list_of_them_and_any_scalar_for_a_text(
    setting: str, values: list[object]
) -> None:
    schema = json.loads(schema_json())
    infobase = {"$ref": "#/$defs/InfobaseSettings", "$defs": schema["$defs"]}
    for value in values:
        assert mistakes(infobase, {"id": "erp", "name": "ERP", "connect": "File=x;", setting: value}) == []
    assert mistakes(infobase, {"id": "erp", "name": "ERP", "connect": "File=x;", setting: {"no": "such"}})


def mistakes(schema: object, value: object) -> list[str]:
    """What a JSON schema finds wrong with a value, dates in it as texts."""
    found = Draft202012Validator(schema).iter_errors(json.loads(json.dumps(value, default=str)))
    return [f"{list(each.absolute_path)}: {each.message}" for each in found]


def test_a_public_url_may_end_in_a_slash(tmp_path: Path) -> None:
    loaded = read(tmp_path, "public: {url: https://help.example.com/}")
    assert loaded.catalog.public_url == "https://help.example.com"


def test_a_list_that_names_no_infobases_is_a_warning(tmp_path: Path) -> None:
    base = "public: {url: https://help.example.com}\ninfobases: [{id: erp, name: ERP, connect: {file: 'C:\\x'}}]\n"
    (warning,) = read(tmp_path, f"{base}lists: [{{id: office}}]").warnings
    assert (warning.path, "folders: [/]" in warning.message) == ("lists[0]", True)
    assert read(tmp_path, f"{base}lists: [{{id: office, folders: [/]}}]").warnings == ()


@pytest.mark.parametrize(
    ("more", "lacking"),
    [
        ("", "service addresses, links in the feed"),
        ("lists: [{id: office, folders: [/]}]", "addresses of lists"),
        ("publications: [{url: 'https://1c.example.com/erp'}]", "what offline pages ask"),
    ],
)
def test_a_missing_public_url_is_a_warning_that_names_what_lacks_it(
    tmp_path: Path, more: str, lacking: str
) -> None:
    inside, beside = (f", {more}", "") if more.startswith("publications") else ("", more)
    text = f"infobases: [{{id: erp, name: ERP, connect: {{file: x}}{inside}}}]\n{beside}\n"
    (warning,) = read(tmp_path, text).warnings
    assert warning.path == "public.url"
    assert lacking in warning.message
    assert read(tmp_path, f"public: {{url: https://help.example.com}}\n{text}").warnings == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("languages: [ru, kz]\n", "1:17: languages[1]: 'kz' is the code of a country; its language is 'kk'"),
        ("languages: ua\n", "1:12: languages[0]: 'ua' is the code of a country; its language is 'uk'"),
    ],
)
def test_the_code_of_a_country_in_place_of_a_language_is_warned_of(
    tmp_path: Path, text: str, said: str
) -> None:
    assert any(str(each).endswith(said) for each in read(tmp_path, text).warnings)
    known = read(tmp_path, "languages: [kk, uk, be, et, ro, ru, en, fi, ru-kz]\n").warnings
    assert "code of a country" not in " ".join(map(str, known))
