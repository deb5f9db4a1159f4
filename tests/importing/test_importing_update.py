"""An earlier import brought up to date, with what an admin changed in between kept."""

import pytest
import yaml
from fixture_files import OFFICE
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.importing import Updated, import_files, to_yaml, update

LIST = """\
[ERP]
Connect=Srvr="srv";Ref="ERP";
ID=1
Folder=/F
Version=8.3.25
App=Auto
[Files]
Connect=File="C:/files"
ID=2
"""
IMPORTED = """\
# Imported by `errorhelp v8i import` from a.v8i.
# It is configuration like any other: change it as you like.

infobases:
  - id: erp
    name: ERP
    connect: {server: srv, ref: ERP}
    folder: /F
    v8i:
      ID: '1'
      Version: 8.3.25
      App: Auto

  - id: files
    name: Files
    connect: {file: 'C:/files'}
    v8i:
      ID: '2'
"""


def written(text: str) -> bytes:
    """What the import of a list writes."""
    return to_yaml(import_files([("a.v8i", text.encode())]))


def updated(mine: str, source: str, before: str | None = LIST) -> Updated:
    base = None if before is None else written(before)
    return update("infobases.yaml", mine.encode(), base, import_files([("a.v8i", source.encode())]))


def lines_changed(before: str, after: bytes) -> list[tuple[str, str]]:
    """Each line that differs, before and after, of texts of equal length."""
    pairs = zip(before.split("\n"), after.decode().split("\n"), strict=True)
    return [pair for pair in pairs if pair[0] != pair[1]]


def test_what_did_not_change_leaves_the_file_as_it_is_to_the_byte():
    assert written(LIST) == IMPORTED.encode()
    result = updated(IMPORTED, LIST)
    assert result.data == IMPORTED.encode()
    assert (result.new, result.changed, result.kept, result.gone) == ([], [], [], [])


def test_a_setting_that_the_source_changed_is_taken_and_nothing_else_is_touched():
    mine = IMPORTED.replace("    folder: /F", "    folder:   /F   # by us").replace(
        "Auto", "Auto\n      Own: x"
    )
    result = updated(mine, LIST.replace('"srv"', '"new"').replace("Folder=/F", "Folder=/G/H"))
    assert lines_changed(mine, result.data) == [
        ("    connect: {server: srv, ref: ERP}", "    connect: {server: new, ref: ERP}"),
        ("    folder:   /F   # by us", "    folder: /G/H   # by us"),
    ]
    assert result.changed == ["erp: connect, folder"]


def test_what_an_admin_changed_stays_and_is_reported_when_the_source_says_otherwise():
    mine = IMPORTED.replace("name: ERP", "name: Our ERP").replace("8.3.25", "8.3.27")
    assert updated(mine, LIST).data == mine.encode()
    source = (
        LIST.replace("[ERP]", "[ERP 2]").replace("8.3.25", "8.3.26").replace("App=Auto", "App=ThinClient")
    )
    result = updated(mine, source)
    assert lines_changed(mine, result.data) == [("      App: Auto", "      App: ThinClient")]
    assert (result.changed, result.kept) == (["erp: v8i App"], ["erp: name, v8i Version"])
    again = update("x", result.data, result.base, import_files([("a.v8i", source.encode())]))
    assert (again.data, again.kept) == (result.data, [])


def test_a_change_that_an_admin_made_too_is_no_difference():
    mine = IMPORTED.replace("8.3.25", "8.3.26")
    result = updated(mine, LIST.replace("8.3.25", "8.3.26"))
    assert (result.data, result.changed, result.kept) == (mine.encode(), [], [])


def test_settings_that_only_an_admin_has_stay():
    own = "    aliases: [old]\n    language: ru\n    help: {text: {ru: Звоните, en: Call}}\n"
    mine = IMPORTED.replace("    folder: /F\n", f"    folder: /F\n{own}")
    result = updated(mine, LIST.replace("8.3.25", "8.3.26"))
    assert lines_changed(mine, result.data) == [("      Version: 8.3.25", "      Version: 8.3.26")]


def test_an_infobase_keeps_the_id_that_an_admin_gave_it():
    mine = IMPORTED.replace("id: erp", "id: main").replace("id: files", "id: erp")
    result = updated(mine, LIST.replace("8.3.25", "8.3.26"))
    assert result.changed == ["main: v8i Version"]
    items = yaml.safe_load(result.base)["infobases"]
    assert [(item["id"], item["name"]) for item in items] == [("main", "ERP"), ("erp", "Files")]


def test_a_new_infobase_goes_to_the_end_with_an_id_that_nobody_has():
    mine = IMPORTED.replace("    folder: /F\n", "    folder: /F\n    aliases: erp_2\n") + "\n# The end.\n"
    result = updated(mine, LIST + "[ERP]\nConnect=Srvr=other;Ref=ERP\n")
    added = "\n\n  - id: erp_3\n    name: ERP\n    connect: {server: other, ref: ERP}\n"
    assert result.data.decode() == mine.replace("      ID: '2'\n", f"      ID: '2'{added}")
    assert result.new == ["erp_3"]


def test_an_infobase_that_is_gone_becomes_a_comment_with_all_that_an_admin_wrote():
    mine = IMPORTED.replace("    name: ERP\n", "    name: Mine  # by hand\n\n    # On paper: p. 5\n")
    result = updated(mine, LIST[LIST.index("[Files]") :])
    assert (result.gone, result.lost) == (["erp"], (1, 2))
    assert result.data.decode() == mine.replace(
        mine[mine.index("  - id: erp") : mine.index("\n\n  - id: files")],
        "  # Gone from the source:\n"
        "  # - id: erp\n"
        "  #   name: Mine  # by hand\n"
        "  #\n"
        "  #   # On paper: p. 5\n"
        "  #   connect: {server: srv, ref: ERP}\n"
        "  #   folder: /F\n"
        "  #   v8i:\n"
        "  #     ID: '1'\n"
        "  #     Version: 8.3.25\n"
        "  #     App: Auto",
    )
    again = update("x", result.data, result.base, import_files([("a.v8i", LIST.encode())]))
    assert again.new == ["erp"]


def test_an_infobase_that_an_admin_took_out_stays_out():
    mine = IMPORTED[: IMPORTED.index("  - id: files")]
    result = updated(mine, LIST.replace("C:/files", "D:/files"))
    assert (result.data, result.new, result.changed) == (mine.encode(), [], [])


def test_an_infobase_that_an_admin_added_stays_and_is_not_added_again():
    mine = IMPORTED + "\n  - {id: ours, name: Ours, connect: 'File=\"C:\\ours\"'}\n"
    result = updated(mine, LIST + '[Ours too]\nConnect=File="c:/OURS/"\nID=3\n')
    assert result.data == mine.encode()
    assert (result.new, result.kept) == ([], ["ours: name, connect, v8i ID"])
    again = update("x", result.data, result.base, import_files([("a.v8i", LIST.encode())]))
    assert again.gone == ["ours"]


def test_an_infobase_is_known_by_its_id_wherever_it_moves_and_by_its_connection_without():
    moved = LIST.replace('Srvr="srv";Ref="ERP";', 'Srvr="x";Ref="Y";').replace("ID=2\n", "ID=22\n")
    result = updated(IMPORTED, moved)
    assert (result.new, result.gone) == ([], [])
    assert result.changed == ["erp: connect", "files: v8i ID"]


def test_without_a_base_everything_in_the_file_is_the_admins():
    mine = IMPORTED.replace("8.3.25", "8.3.27")
    result = updated(mine, LIST.replace("[ERP]", "[ERP 2]") + "[New]\nConnect=File=n\n", before=None)
    assert (result.new, result.changed) == (["new"], [])
    assert result.kept == ["erp: name, v8i Version"]
    assert result.data.decode().startswith(mine.rstrip("\n"))


def test_a_key_that_the_source_dropped_goes_and_a_new_section_comes():
    result = updated(IMPORTED, LIST.replace("App=Auto\n", "") + "[F]\nOrderInTree=1\n")
    text = result.data.decode()
    assert "App" not in text
    assert text.endswith("      ID: '2'\n\nfolders:\n  - path: /F\n    v8i:\n      OrderInTree: '1'\n")
    assert (result.changed, result.new) == (["erp: v8i App"], ["/F"])


def test_a_setting_that_is_missing_is_added_to_its_infobase():
    result = updated(IMPORTED, LIST.replace("ID=2", "ID=2\nFolder=/F\nStartupErrorHelpText=Call 112"))
    assert result.data.decode() == IMPORTED + "    folder: /F\n    help:\n      text: Call 112\n"


def test_windows_line_ends_and_a_bom_stay():
    mine = "\ufeff" + IMPORTED.replace("\n", "\r\n")
    result = updated(mine, LIST.replace("8.3.25", "8.3.26") + "[New]\nConnect=File=new\n")
    text = result.data.decode()
    assert text.startswith("\ufeff#")
    assert text.count("\n") == text.count("\r\n")
    assert "Version: 8.3.26\r\n" in text
    assert text.endswith("\r\n\r\n  - id: new\r\n    name: New\r\n    connect: {file: new}\r\n")


@pytest.mark.parametrize(
    "nothing", ["", "infobases:\n", "infobases: []\n", "infobases:   # none\n", "languages: ru"]
)
def test_a_file_without_infobases_gets_them(nothing: str):
    result = updated(nothing, LIST, before=None)
    document = yaml.safe_load(result.data)
    assert [item["id"] for item in document["infobases"]] == ["erp", "files"]


def test_an_item_in_braces_is_written_out_when_it_changes():
    mine = "infobases:\n- {id: erp, name: ERP, connect: {server: srv, ref: ERP}, aliases: [a]} # c\n"
    before = '[ERP]\nConnect=Srvr="srv";Ref="ERP";\n'
    result = updated(mine, before.replace("[ERP]", "[ERP 2]"), before)
    assert result.data.decode() == (
        "infobases:\n- id: erp\n  name: ERP 2\n  connect:\n    server: srv\n    ref: ERP\n"
        "  aliases:\n  - a # c\n"
    )


@pytest.mark.parametrize(
    ("mine", "error"),
    [
        ("infobases: [", "infobases.yaml:2:1: not YAML"),
        ("infobases: [{id: a, name: A, connect: {file: a}}]", "infobases.yaml:1:12: stands in brackets"),
        ("infobases: {a: b}", "infobases.yaml:1:12: is no list"),
        ("infobases:\n  - a\n", "infobases.yaml:2:5: is no mapping of settings"),
        ("x: &x ERP\ninfobases:\n  - {id: e, name: *x, connect: {server: srv, ref: ERP}}\n", None),
        (
            "x: &x ERP\ninfobases:\n  - id: erp\n    name: *x\n    connect: {server: srv, ref: ERP}\n",
            "4:5: takes",
        ),
    ],
)
def test_a_file_that_cannot_be_changed_without_damage_is_refused_with_the_place(mine: str, error: str | None):
    source = LIST.replace("[ERP]", "[ERP 2]") + "[New]\nConnect=File=new\n"
    if error is None:
        assert b"name: ERP 2" in updated(mine, source).data
        return
    with pytest.raises(ValueError, match=error):
        updated(mine, source)


def test_a_list_that_did_not_change_updates_to_itself():
    imported = import_files([("a.v8i", OFFICE.read_bytes())])
    result = update("x", to_yaml(imported), to_yaml(imported), imported)
    assert result.data == result.base == to_yaml(imported)


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from("ABCDEF"),
        st.sampled_from(["File=a", "File=b", 'Srvr="s";Ref="A";', 'Srvr="t";Ref="A";', "https://h/b"]),
        st.sampled_from(["", "ID=1\n", "ID=2\n"]),
        st.sampled_from(["", "Folder=/F\n", "Folder=/G\n"]),
        st.sampled_from(["", "Version=1\n", "Version=2\nNote=жук: #\n"]),
    ),
    min_size=1,
    max_size=6,
).map(
    lambda entries: "".join(
        f"[{name}]\nConnect={connect}\n{more}{folder}{further}"
        for name, connect, more, folder, further in entries
    )
)


@given(ENTRIES, ENTRIES)
def test_a_file_that_nobody_changed_says_what_a_new_import_says(before: str, after: str):
    result = updated(written(before).decode(), after, before)

    def said(data: bytes) -> list[dict[str, object]]:
        items = yaml.load(data, yaml.BaseLoader)["infobases"] or []  # noqa: S506 - it makes texts only
        return sorted(({"folder": "/", "v8i": {}} | item for item in items), key=lambda item: str(item["id"]))

    assert said(result.data) == said(result.base)
    assert result.kept == []


@given(ENTRIES, ENTRIES, st.sampled_from(["A", "B", "C"]))
def test_no_name_that_an_admin_wrote_is_lost(before: str, after: str, name: str):
    mine = written(before).decode().replace(f"    name: {name}\n", "    name: by hand  # why\n")
    result = updated(mine, after, before).data.decode()
    assert result.count("name: by hand  # why\n") == mine.count("name: by hand  # why\n")
