"""What `docs/*/nginx.md` shows fits the nginx.conf.example of its language, and its settings can be used."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from configurations import read

ROOT = Path(__file__).parents[2]
NAMES = {"en": "nginx.conf.example", "ru": "nginx.conf.example.ru"}
EXAMPLES = {language: (ROOT / name).read_text("utf-8") for language, name in NAMES.items()}
TEXTS = {language: (ROOT / "docs" / language / "nginx.md").read_text("utf-8") for language in ("en", "ru")}
LANGUAGES = pytest.mark.parametrize("language", TEXTS)
TIMES = {"twice": 2, "два раза": 2, "three times": 3, "три раза": 3}


def locations(text: str, publication: str) -> list[list[str]]:
    """The two locations of a publication, line by line and without comments."""
    found = [
        re.search(rf"^( *)location {name} \{{\n.*?^\1\}}$", text, re.DOTALL | re.MULTILINE)
        for name in (rf"\^~ /{publication}/", f"@{publication}_page")
    ]
    return [
        [line.strip() for line in each[0].splitlines() if not line.strip().startswith("#")]
        for each in found
        if each
    ]


def step(language: str, number: int) -> str:
    """The section of a step."""
    return TEXTS[language].partition(f"\n## {number}. ")[2].partition("\n## ")[0]


@LANGUAGES
def test_no_page_names_the_example_of_another_language(language: str) -> None:
    pages = (ROOT / "docs" / language).glob("*.md")
    named = {
        name
        for page in pages
        for name in re.findall(r"nginx\.conf\.example(?:\.\w+)?\b", page.read_text("utf-8"))
    }
    assert named == {NAMES[language]}


@LANGUAGES
def test_a_further_publication_is_the_one_of_the_example_under_another_name_and_id(language: str) -> None:
    example = str(locations(EXAMPLES[language], "erp"))
    assert "register.js" in example and "client_max_body_size" in example
    ids = re.sub(r"(?<=offline)/erp/", "/payroll/", example)
    assert str(locations(TEXTS[language], "zup")) == ids.replace("/erp/", "/zup/").replace("@erp_", "@zup_")


@LANGUAGES
def test_everything_that_is_to_be_changed_stands_in_the_example_as_often_as_the_page_says(
    language: str,
) -> None:
    changes = re.findall(r"^\| (`[^|]*?) \| ", step(language, 3), re.MULTILINE)
    assert len(changes) == 6
    for change in changes:
        times = next((number for words, number in TIMES.items() if words in change), None)
        for named in re.findall(r"`([^`]+)`", change):
            assert named in EXAMPLES[language]
            assert times is None or EXAMPLES[language].count(named) == times, named


@LANGUAGES
def test_the_settings_can_be_used(tmp_path: Path, language: str) -> None:
    example = re.findall(r"(?:^    .*\n)+", step(language, 2), re.MULTILINE)[0]
    catalog = read(tmp_path, dedent(example)).catalog
    assert [each.url for each in catalog.infobases["payroll"].publications] == ["https://1c.example.com/zup"]
