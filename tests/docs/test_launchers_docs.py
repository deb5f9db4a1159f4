"""The logon script that docs/*/launchers.md gives to group policies, held by its text: PowerShell is not run here."""

import re
from pathlib import Path

import pytest

from errorhelp.formats import launcher_config

DOCS = Path(__file__).parents[2] / "docs"
TEXTS = {language: (DOCS / language / "launchers.md").read_text("utf-8") for language in ("en", "ru")}
ADDRESS = "https://help.example.com/lists/office"


def script(language: str) -> str:
    found = re.search(r"(?m)^ {4}\$file = .*\n(?:^ {4}.*\n)+", TEXTS[language])
    assert found is not None
    return found[0]


def quoted(name: str) -> str:
    """What a variable of the script is set to, in single quotes."""
    found = re.search(rf"\${name} = '(.*)'", script("en"))
    assert found is not None
    return found[1]


def run(lines: list[str]) -> list[str]:
    """The lines that the script leaves; -notmatch and -notcontains of PowerShell go by no case."""
    line, same = quoted("line"), re.compile(quoted("same"), re.IGNORECASE)
    others = [each for each in lines if not same.search(each)]
    if line.casefold() not in map(str.casefold, lines) or len(lines) != len(others) + 1:
        return [*others, line]
    return lines


def test_both_languages_give_the_same_script() -> None:
    assert script("en") == script("ru")
    assert "@($lines -notmatch $same)" in script("en")
    assert "if ($lines -notcontains $line -or $lines.Count -ne $others.Count + 1)" in script("en")


@pytest.mark.parametrize(
    "there",
    [
        [],
        ["UseHWLicenses=1"],
        [f"WebCommonInfoBases={ADDRESS}"],
        [f"WebCommonInfoBases={ADDRESS}", "A=1", f"InternetService={ADDRESS}"],
        [f"InternetService={ADDRESS}", f"InternetService={ADDRESS}/"],
        ["webcommoninfobases = http://old/lists/office/WebCommonInfoBases/ "],
    ],
)
def test_afterwards_the_list_is_there_once_and_stays_so(there: list[str]) -> None:
    after = run(there)
    assert after.count(f"InternetService={ADDRESS}") == 1
    assert sum("/lists/office" in line for line in after) == 1
    assert [line for line in there if "office" not in line] == after[:-1]
    assert run(after) == after


@pytest.mark.parametrize(
    "line",
    [
        "InternetService=https://help.example.com/lists/hr",
        "CommonInfoBases=\\\\files\\lists\\office",
        "A=/lists/office",
    ],
)
def test_other_lists_and_other_keys_stay(line: str) -> None:
    assert run([line]) == [line, f"InternetService={ADDRESS}"]


def test_the_script_knows_the_same_lines_for_the_list_as_the_command() -> None:
    for line in (
        f"WebCommonInfoBases={ADDRESS}",
        "InternetService=http://x/lists/Office/",
        f"InternetService={ADDRESS}2",
    ):
        merged = launcher_config.parse(f"{line}\n".encode()).with_list("InternetService", ADDRESS)
        assert merged.to_bytes().decode().splitlines() == run([line])
