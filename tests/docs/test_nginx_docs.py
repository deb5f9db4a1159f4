"""What `docs/*/nginx.md` has typed does what it says, from an empty machine to the offline page in a browser."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from guide_steps import ROOT, steps

NAMES = {"en": "nginx.conf.example", "ru": "nginx.conf.example.ru"}
LANGUAGES = pytest.mark.parametrize("language", NAMES)


@LANGUAGES
def test_no_page_names_the_example_of_another_language(language: str) -> None:
    pages = (ROOT / "docs" / language).glob("*.md")
    named = {
        name
        for page in pages
        for name in re.findall(r"nginx\.conf\.example(?:\.\w+)?\b", page.read_text("utf-8"))
    }
    assert named == {NAMES[language]}


def test_in_both_languages_the_same_is_typed() -> None:
    """But for texts that users read, and for the order of languages."""

    def typed(language: str) -> dict[int, list[str]]:
        return {
            number: [re.sub(r'"[^"]*[ :][^"{]*"|languages: .*', "…", block) for block in blocks]
            for number, blocks in steps(language).items()
        }

    assert typed("en") == typed("ru")
    assert [number for number, blocks in steps("en").items() if blocks] == [1, 2, 3, 4, 5, 7, 8, 9]


@pytest.mark.more
@LANGUAGES
def test_what_is_typed_leads_from_an_empty_machine_to_the_offline_page(tmp_path: Path, language: str) -> None:
    program = ROOT / "tests" / "empty_machine.py"
    done = subprocess.run(
        [sys.executable, program, language, tmp_path],
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
