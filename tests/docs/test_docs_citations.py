"""What the code, its tests and the files beside it cite of the documentation is there."""

import re
from pathlib import Path

import pytest

from docs.reference.markdown import anchors

ROOT = Path(__file__).parents[2]
PLACES = ("errorhelp", "tests", "benchmarks", "deploy", "config", "docs", "service-worker", "static")
SUFFIXES = {".py", ".yaml", ".html", ".js", ".css", ".conf", ".config", ".service", ".timer", ".wsdl", ""}
# `docs/*/operating.md` and `docs/{language}/operating.md` mean that of each language.
CITATION = re.compile(
    r"(?<!tests/)docs/(?P<path>(?:[\w*.-]+/|\{\w+\}/)*[\w-]+\.(?:md|py|po|svg|png))(?:#(?P<anchor>[\w-]+))?"
)


def citations() -> dict[tuple[str, str], str]:
    """Each path below `docs/` with its anchor or "", and a file that cites it."""
    files = [*ROOT.glob("nginx.conf.example*"), ROOT / "Makefile", ROOT / "pyproject.toml"]
    for place in PLACES:
        files += (each for each in (ROOT / place).rglob("*") if each.is_file() and each.suffix in SUFFIXES)
    return {
        (re.sub(r"\{\w+\}", "*", found["path"]), found["anchor"] or ""): file.relative_to(ROOT).as_posix()
        for file in files
        for found in CITATION.finditer(file.read_text("utf-8", "replace"))
    }


CITED = citations()


def test_the_formats_of_1c_are_cited_where_they_are_read_and_written() -> None:
    cited = {anchor for path, anchor in CITED if path == "en/1c-formats.md"}
    assert {
        "connection-lists",
        "1cestartcfg",
        "lists-for-launchers",
        "error-reports",
        "session-locks",
    } <= cited


@pytest.mark.parametrize("citation", CITED, ids=lambda each: "#".join(filter(None, each)))
def test_what_is_cited_is_there(citation: tuple[str, str]) -> None:
    path, anchor = citation
    pages = sorted((ROOT / "docs").glob(path))
    assert pages, f"{CITED[citation]} cites docs/{path}, which is not there"
    for page in pages if anchor else ():
        assert anchor in anchors(page.read_text("utf-8")), (
            f"{CITED[citation]} cites a section that {page.name} lacks"
        )
