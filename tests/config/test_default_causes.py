"""Causes in a configuration: they add to what errorhelp says by itself, and errors have their place."""

from pathlib import Path

import pytest
from configurations import errors_in, read

ERP = "infobases: [{id: erp, name: ERP, connect: {server: srv1c, ref: ERP}, folder: /Finance%s}]\n"


def causes(folder: Path, text: str) -> dict[str, tuple[object, object]]:
    """Title and text of each cause that the infobase has."""
    catalog = read(folder, text).catalog
    help_ = catalog.inherited_help(catalog.infobases["erp"])
    return {each.id: (each.title, each.text) for each in help_.causes}


def test_without_any_there_are_those_that_errorhelp_brings(tmp_path: Path) -> None:
    assert list(causes(tmp_path, ERP % "")) == [
        "no-connection", "wrong-password", "no-licence", "sessions-locked", "infobase-not-found", "browser-error",
    ]  # fmt: skip


def test_each_layer_adds_and_changes_some_by_title_and_text(tmp_path: Path) -> None:
    found = causes(
        tmp_path,
        "help: {causes: [{id: vpn, title: {ru: Нет VPN, en: No VPN}, text: Включите.}]}\n"
        "folders: [{path: /Finance, help: {causes: [{id: vpn, text: Позвоните.}, {id: no-licence, text: ''}]}}]\n"
        + ERP
        % ", help: {causes: [{id: no-licence, title: Лицензия}]}",
    )
    assert found["vpn"] == ({"ru": "Нет VPN", "en": "No VPN"}, "Позвоните.")
    assert found["no-licence"] == ("Лицензия", "")
    assert list(found)[-1] == "vpn"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "help: {causes: [{id: vpn}]}\n",
            "1:17: help.causes[0]: 'vpn' is a new cause and needs a title and a text",
        ),
        (
            "help: {causes: [{id: vpn, text: a}]}\n",
            "1:17: help.causes[0]: 'vpn' is a new cause and needs a title",
        ),
        (
            "help: {causes: [{title: a, text: a}]}\n",
            "1:17: help.causes[0].id: is missing; expected: its anchor",
        ),
        (
            "help: {causes: [{id: No VPN}]}\n",
            "1:22: help.causes[0].id: 'No VPN' must be lower-case words with '-'",
        ),
        (
            "help:\n  causes:\n    - {id: no-licence}\n    - {id: no-licence}\n",
            "4:12: help.causes[1].id: 'no-licence' is already the id of a cause here (errorhelp.yaml:3:12)",
        ),
        ("help: {causes: [{id: no-licence, title: ''}]}\n", "1:41: help.causes[0].title: must not be empty"),
        (
            "help: {causes: [{id: no-licence, title: {de: a}}]}\n",
            "1:42: help.causes[0].title.de: 'de' is not one of the languages",
        ),
        (
            "help: {causes: [{id: no-licence, text: {ru: a, en: '<b>'}}]}\n",
            "1:40: help.causes[0].text: '<b>' is HTML, which is not shown; write Markdown (e.g. **bold**)",
        ),
        (
            "help: {causes: [{id: no-licence, txt: a}]}\n",
            "1:34: help.causes[0].txt: unknown key 'txt'; did you mean",
        ),
        ("help: {causes: no-licence}\n", "1:16: help.causes: "),
        (
            "folders: [{path: /Finance, help: {causes: [{id: vpn, title: a}]}}]\n",
            "1:44: folders[0].help.causes[0]: 'vpn' is a new cause and needs a text",
        ),
        (
            ERP % ", help: {causes: [{id: vpn, title: a}]}",
            "1:104: infobases[0].help.causes[0]: 'vpn' is a new cause and needs a text",
        ),
        ("public: {overview: maybe}\n", "1:20: public.overview: 'maybe' must be true or false"),
    ],
)
def test_an_error_is_reported_with_its_place_and_what_to_write(tmp_path: Path, text: str, said: str) -> None:
    (found,) = errors_in(tmp_path, text)
    assert found.startswith(said)


@pytest.mark.parametrize("setting", ["on", "true", "yes"])
def test_the_overview_is_switched_on_and_off(tmp_path: Path, setting: str) -> None:
    assert read(tmp_path, f"public: {{overview: {setting}}}\n").catalog.overview
    assert not read(tmp_path, "public: {overview: off}\n").catalog.overview
    assert read(tmp_path, ERP % "").catalog.overview


def test_who_guards_every_list_is_warned_that_the_overview_shows_all_names(tmp_path: Path) -> None:
    url = "https://help.example.com"
    guarded = ERP % "" + "lists: [{id: office, folders: [/], access: proxy}]\n"
    (warning,) = read(tmp_path, f"public: {{url: '{url}'}}\n" + guarded).warnings
    assert "shows everybody the names of all infobases" in str(warning)
    for said in ("on", "off"):
        assert read(tmp_path, f"public: {{url: '{url}', overview: {said}}}\n" + guarded).warnings == ()
    assert read(tmp_path, f"public: {{url: '{url}'}}\n" + guarded.replace("proxy", "public")).warnings == ()
