"""The publications and the web server that the documentation configures can be configured so."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from configurations import read

from errorhelp.config.web_server_builder import build_front

DOCS = Path(__file__).parents[2] / "docs"
LANGUAGES = pytest.mark.parametrize("language", ["en", "ru"])


def shown(language: str, page: str, begins_with: str) -> str:
    """The settings of a page that begin so."""
    text = (DOCS / language / page).read_text("utf-8")
    blocks = re.findall(r"(?:^    .*\n|^\n)+", text, re.MULTILINE)
    (found,) = (
        dedent(block).strip("\n") for block in blocks if dedent(block).lstrip("\n").startswith(begins_with)
    )
    return found


@LANGUAGES
def test_publications_come_from_the_nearest_place_as_the_page_shows(tmp_path: Path, language: str) -> None:
    more = """
  - {id: erp, name: ERP, connect: {server: s, ref: ERP}}
  - {id: staff, name: Staff, connect: {server: s, ref: HR}, folder: /HR/Sub}
  - {id: old, name: Old, connect: {server: s, ref: OLD}, folder: /Archive}
"""
    catalog = read(tmp_path, shown(language, "configuration.md", "publications:") + more).catalog
    found = {each.id: [one.url for one in each.publications] for each in catalog.infobases.values()}
    assert found == {
        "portal": ["https://portal.example.com/lk"],
        "erp": ["https://1c.example.com/ERP"],
        "staff": ["https://hr.example.com/hr"],
        "old": [],
    }


@LANGUAGES
def test_the_web_server_is_configured_as_the_page_shows(tmp_path: Path, language: str) -> None:
    loaded = read(tmp_path, "publish: tree\n" + shown(language, "publishing.md", "web_server:"))
    front = build_front(loaded.settings, loaded.tree)
    assert {name: host.backend for name, host in front.hosts.items()} == {
        "1c.example.com": "http://192.0.2.10",
        "hr.example.com": "http://192.0.2.11",
    }
    assert front.services == ("127.0.0.1:8080",)
