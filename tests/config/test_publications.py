"""Publications by pattern: which address each infobase gets, and what is refused."""

from pathlib import Path

import pytest
from configurations import errors_in, read
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.publication_pattern import fill_in
from errorhelp.config import Loaded
from errorhelp.formats.connect_string import ServerConnection

INFOBASES = r"""
public: {url: https://help.example.com}
infobases:
  - {id: erp, name: ERP, connect: {server: 'tcp://SRV1C:1541,srv2c', ref: ERP}}
  - {id: payroll, name: Payroll, connect: {server: srv2c, ref: ZUP}, folder: /HR/Pay}
  - {id: staff, name: Staff, connect: 'Srvr="srv2c";Ref="Кадры №1";', folder: /HR}
  - {id: archive, name: Archive, connect: {file: 'C:\archive'}}
  - {id: portal, name: Portal, connect: {url: https://portal.example.com/base}}
"""


def addresses(loaded: Loaded) -> dict[str, list[str]]:
    """The publications of each infobase that has some."""
    infobases = loaded.catalog.infobases.values()
    return {each.id: [one.url for one in each.publications] for each in infobases if each.publications}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("https://h/{ref}", {"erp": "https://h/ERP", "payroll": "https://h/ZUP", "staff": "https://h/Кадры%20%E2%84%961"}),
        ("https://h/{ref_lower}/", {"erp": "https://h/erp/", "payroll": "https://h/zup/", "staff": "https://h/кадры%20%E2%84%961/"}),
        ("https://{server}/x/{infobase}", {"erp": "https://srv1c/x/erp", "payroll": "https://srv2c/x/payroll", "staff": "https://srv2c/x/staff"}),
        (
            "https://h/{infobase}",
            {each: f"https://h/{each}" for each in ("erp", "payroll", "staff", "archive", "portal")},
        ),
    ],
)  # fmt: skip
def test_a_pattern_gives_an_address_to_each_infobase_that_has_its_values(
    tmp_path: Path, pattern: str, expected: dict[str, str]
):
    loaded = read(tmp_path, f"{INFOBASES}publications: [{{pattern: '{pattern}', worker: true}}]\n")
    assert addresses(loaded) == {infobase: [url] for infobase, url in expected.items()}
    assert all(each.publications[0].worker for each in loaded.catalog.infobases.values() if each.publications)
    assert loaded.warnings == ()


def test_the_nearest_publications_win_whole_and_an_empty_list_means_none(tmp_path: Path):
    loaded = read(
        tmp_path,
        """
publications: [{pattern: 'https://all/{ref}'}, {pattern: 'https://all/{ref}/again'}]
folders:
  - {path: /HR, publications: [{pattern: 'https://hr/{ref_lower}', worker: true}]}
  - {path: /HR/Pay}
  - {path: /Closed, publications: []}
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: ERP}}
  - {id: payroll, name: Payroll, connect: {server: s, ref: ZUP}, folder: /HR/Pay/Old}
  - {id: staff, name: Staff, connect: {server: s, ref: HR}, folder: /HR, publications: https://staff/own}
  - {id: hidden, name: Hidden, connect: {server: s, ref: H}, folder: /HR, publications: []}
  - {id: closed, name: Closed, connect: {server: s, ref: C}, folder: /Closed/Deep}
  - {id: opened, name: Opened, connect: {server: s, ref: O}, folder: /Closed, publications: [{pattern: 'https://o/{ref}'}]}
""",
    )
    assert addresses(loaded) == {
        "erp": ["https://all/ERP", "https://all/ERP/again"],
        "payroll": ["https://hr/zup"],
        "staff": ["https://staff/own"],
        "opened": ["https://o/O"],
    }


def test_two_infobases_with_one_address_are_refused_with_both_places(tmp_path: Path):
    text = """
publications: [{pattern: 'https://H/{ref_lower}'}]
infobases:
  - {id: erp, name: ERP, connect: {server: s1, ref: ERP}}
  - {id: erp2, name: ERP 2, connect: {server: s2, ref: erp}}
  - {id: other, name: Other, connect: {file: x}, publications: [https://o/x, 'https://h:443/erp/']}
"""
    second, third = errors_in(tmp_path, text)
    clash = "'https://h/erp' is already a publication of another infobase (errorhelp.yaml:4:5)"
    assert second == f"5:5: infobases[1]: {clash}"
    assert third == f"6:78: infobases[2].publications[1]: {clash}"


def test_an_address_that_an_infobase_has_twice_counts_once(tmp_path: Path):
    text = """
publications: [{pattern: 'https://h/{ref}', worker: true}, {pattern: 'https://h/{infobase}'}]
infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]
"""
    assert addresses(read(tmp_path, text)) == {"erp": ["https://h/erp"]}


def test_an_invalid_folder_is_the_only_error_though_its_infobases_would_get_other_addresses(tmp_path: Path):
    text = """
publications: [{pattern: 'https://all/{ref}'}]
folders: [{path: /HR, publications: [{pattern: 'https://hr/{name}'}]}]
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: ERP}}
  - {id: old, name: Old, connect: {server: s2, ref: ERP}, folder: /HR}
"""
    (error,) = errors_in(tmp_path, text)
    assert "folders[0].publications[0].pattern: 'https://hr/{name}' needs at least one of {ref}" in error


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("'https://h/{ref}'", "'https://h/{ref}' is a pattern; write it as one (e.g. {pattern: 'https://"),
        ("{url: 'https://h/{ref}'}", "'https://h/{ref}' is a pattern; write it as one"),
        ("{pattern: 'https://h/erp'}", "needs at least one of {ref}, {ref_lower}, {infobase}, {server}"),
        ("{pattern: 'https://h/{ref}{'}", "may hold no other braces"),
        ("{pattern: 'h/{ref}'}", "must start with http:// or https://"),
        ("{pattern: 'https://h/{ref}', url: 'https://h/x'}", "needs either url or pattern"),
        ("{worker: true}", "needs either url or pattern"),
    ],
)
@pytest.mark.parametrize("where", ["top", "folder", "infobase"])
def test_what_is_neither_address_nor_pattern_is_refused_with_a_remedy(
    tmp_path: Path, where: str, entry: str, expected: str
):
    lines = {
        "top": f"publications: [{entry}]",
        "folder": f"folders: [{{path: /A, publications: [{entry}]}}]",
        "infobase": f"infobases: [{{id: a, name: A, connect: {{server: s, ref: r}}, publications: [{entry}]}}]",
    }
    (error,) = errors_in(tmp_path, lines[where])
    assert expected in error


def test_an_infobases_own_pattern_that_gives_it_no_address_is_a_warning(tmp_path: Path):
    text = (
        "public: {url: https://help.example.com}\n"
        "infobases: [{id: a, name: A, connect: {file: x}, publications: [{pattern: 'https://h/{ref}'}]}]"
    )
    (warning,) = read(tmp_path, text).warnings
    assert (warning.path, "gives no address" in warning.message) == ("infobases[0].publications[0]", True)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_whatever_a_ref_is_it_stays_one_step_of_the_address(ref: str):
    url = fill_in("https://h/{ref}/x", Infobase("a", "A", ServerConnection("s", ref)))
    assert url is not None
    if ref.strip(".") or len(ref) > 2:
        assert URL(url).raw_path.count("/") == 2
        assert (URL(url).host, URL(url).query_string, URL(url).fragment) == ("h", "", "")
