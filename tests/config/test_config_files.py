"""A configuration in several files, and its secrets in yet other places."""

from pathlib import Path

import pytest
from configurations import errors_in, read, written

from errorhelp.config import load

ERP = "infobases: [{id: erp, name: ERP, connect: {server: srv1c, ref: ERP}}]\n"
CRM = "infobases: [{id: crm, name: CRM, connect: {server: srv1c, ref: CRM}}]\n"
BOTH = 'include: ["*.yaml"]\n'


def test_included_lists_add_up_in_the_order_of_the_files(tmp_path: Path) -> None:
    loaded = read(tmp_path, BOTH + ERP, crm=CRM, archive="folders: [{path: /Archive}]\n")
    assert list(loaded.catalog.infobases) == ["erp", "crm"]
    assert list(loaded.catalog.folders) == ["/Archive"]
    assert [file.name for file in loaded.files] == ["errorhelp.yaml", "archive.yaml", "crm.yaml"]


def test_a_list_may_name_what_another_file_holds(tmp_path: Path) -> None:
    loaded = read(tmp_path, BOTH + "lists: [{id: office, infobases: [crm]}]\n", crm=CRM)
    assert loaded.catalog.lists["office"].infobases == ("crm",)


def test_a_pattern_does_not_include_the_file_that_it_stands_in(tmp_path: Path) -> None:
    assert len(read(tmp_path, BOTH + ERP).files) == 1


def test_a_file_is_read_once_however_often_it_is_included(tmp_path: Path) -> None:
    loaded = read(tmp_path, 'include: [a.yaml, b.yaml, "*.yaml"]\n', a="include: b.yaml\n", b=BOTH + ERP)
    assert list(loaded.catalog.infobases) == ["erp"]


def test_an_included_file_includes_what_stands_beside_it(tmp_path: Path) -> None:
    (tmp_path / "branches").mkdir()
    (tmp_path / "branches" / "crm.yaml").write_text(CRM, "utf-8")
    (tmp_path / "branches" / "all.yaml").write_text("include: crm.yaml\n", "utf-8")
    assert list(read(tmp_path, "include: branches/all.yaml\n").catalog.infobases) == ["crm"]


def test_an_absolute_path_can_be_included(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "crm.yaml").write_text(CRM, "utf-8")
    assert list(read(tmp_path, f"include: ['{tmp_path}/shared/*.yaml']\n").catalog.infobases) == ["crm"]


def test_a_pattern_that_matches_nothing_is_fine(tmp_path: Path) -> None:
    assert read(tmp_path, 'include: ["infobases/*.yaml"]\n' + ERP).catalog.infobases


@pytest.mark.parametrize("nothing", ["include:\n", "include: []\n", "include: ~\n"])
def test_including_nothing_is_fine(tmp_path: Path, nothing: str) -> None:
    assert len(read(tmp_path, nothing + ERP).files) == 1


def test_an_included_list_may_be_empty(tmp_path: Path) -> None:
    loaded = read(tmp_path, BOTH + ERP, none="infobases:\n", neither="infobases: []\nlists:\n", nothing="")
    assert list(loaded.catalog.infobases) == ["erp"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (found,) = errors_in(tmp_path, "include: [crm.yaml]\n" + ERP)
    assert found.startswith("1:11: include: there is no file 'crm.yaml' beside ")


def test_what_is_no_file_name_is_refused(tmp_path: Path) -> None:
    (found,) = errors_in(tmp_path, "include: [{file: crm.yaml}]\n")
    assert found == '1:11: include: must be a file name or pattern, or a list of them (e.g. ["*.yaml"])'


def test_a_folder_cannot_be_included(tmp_path: Path) -> None:
    (tmp_path / "crm.yaml").mkdir()
    (found,) = errors_in(tmp_path, BOTH)
    assert found.startswith("crm.yaml:1:1: cannot be read: ")


def test_a_setting_in_two_files_is_refused_with_both_places(tmp_path: Path) -> None:
    found = errors_in(
        tmp_path, BOTH + "time_zone: Europe/Moscow\n", more="# here too\ntime_zone: Europe/Moscow\n"
    )
    assert found == [
        "more.yaml:2:1: time_zone: is already set at errorhelp.yaml:2:1; it can stand in one file only"
    ]


def test_ids_are_unique_over_all_files(tmp_path: Path) -> None:
    (found,) = errors_in(tmp_path, BOTH + ERP, more="# Imported\n" + ERP)
    assert found.startswith("more.yaml:2:18: infobases[0].id: 'erp' is already the id or an alias")
    assert found.endswith("(errorhelp.yaml:2:18)")


def test_an_error_in_an_included_file_is_reported_with_its_place_there(tmp_path: Path) -> None:
    more = """\
# Сервер
infobases:
  - {id: crm, name: CRM, connect: {server: a}, helpp: b}
lists:
  - {id: l1, infobases: [x]}
"""
    found = errors_in(tmp_path, BOTH + ERP + "folders: [{path: A}]\n", more=more)
    assert [each.split(": ")[:2] for each in found] == [
        ["3:18", "folders[0].path"],
        ["more.yaml:3:35", "infobases[0].connect"],
        ["more.yaml:3:48", "infobases[0].helpp"],
        ["more.yaml:5:26", "lists[0].infobases[0]"],
    ]


def test_a_broken_included_file_hides_no_other_error_and_makes_none(tmp_path: Path) -> None:
    found = errors_in(
        tmp_path,
        BOTH + "time_zone: Moscow\nlists: [{id: office, infobases: [crm]}]\n",
        crm=CRM + "\tx",
        other="- a\n",
        russian="# Сервер".encode("cp1251"),
    )
    assert [each.split(": ")[0] for each in found] == [
        "crm.yaml:2:1",
        "2:12",
        "other.yaml:1:1",
        "russian.yaml:1:3",
    ]


def test_a_list_that_is_none_is_refused_in_whichever_file_it_stands(tmp_path: Path) -> None:
    assert errors_in(tmp_path, BOTH + "infobases: {erp: x}\n", crm=CRM) == [
        "2:12: infobases: must be a list, each item behind a '- '"
    ]


def test_the_digest_depends_on_every_file(tmp_path: Path) -> None:
    before = read(tmp_path, BOTH + ERP, crm=CRM).digest
    assert load(tmp_path / "errorhelp.yaml", {}).digest == before
    written(tmp_path, BOTH + ERP, crm=CRM + "# changed\n")
    assert load(tmp_path / "errorhelp.yaml", {}).digest != before


def a_list(token: str) -> str:
    return f"lists:\n  - id: office\n    access: token\n    token: {token}\n"


def test_a_secret_comes_from_the_environment(tmp_path: Path) -> None:
    loaded = read(tmp_path, a_list("{env: OFFICE}"), {"OFFICE": " s3cret\n"})
    assert loaded.catalog.lists["office"].token == "s3cret"
    assert "s3cret" not in repr(loaded)


@pytest.mark.parametrize("content", [b"s3cret", b"s3cret\r\n", b"\xef\xbb\xbfs3cret\n"])
def test_a_secret_comes_from_a_file_beside_the_configuration(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "office.token").write_bytes(content)
    assert read(tmp_path, a_list("{file: office.token}")).catalog.lists["office"].token == "s3cret"


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("{env: OFFICE}", "4:18: lists[0].token.env: the environment variable OFFICE is not set"),
        ("{env: EMPTY}", "4:18: lists[0].token.env: the environment variable EMPTY is not set"),
        ("{file: nowhere}", "4:19: lists[0].token.file: nowhere cannot be read: No such file or directory"),
        ("{file: empty}", "4:19: lists[0].token.file: empty is empty"),
        ("{file: powershell}", "4:19: lists[0].token.file: powershell is not UTF-8 text; save it as UTF-8"),
        ("{}", "4:12: lists[0].token: needs either env or file (e.g. {env: OFFICE_LIST_TOKEN})"),
        (
            "{env: A, file: b}",
            "4:12: lists[0].token: needs either env or file (e.g. {env: OFFICE_LIST_TOKEN})",
        ),
        ("", "2:5: lists[0]: access: token needs a token (e.g. token: {env: OFFICE_LIST_TOKEN})"),
    ],
)
def test_a_secret_that_is_not_to_be_had_is_an_error(tmp_path: Path, token: str, said: str) -> None:
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "powershell").write_bytes("s3cret\r\n".encode("utf-16"))
    assert errors_in(tmp_path, a_list(token), {"EMPTY": " "}) == [said]


def test_a_token_without_token_access_is_refused(tmp_path: Path) -> None:
    text = "lists: [{id: office, token: {env: OFFICE}}]\n"
    assert errors_in(tmp_path, text, {"OFFICE": "s3cret"}) == [
        "1:29: lists[0].token: is of no use with access 'public'; set access: token"
    ]
