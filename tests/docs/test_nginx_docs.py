"""What `docs/*/nginx.md` shows can be used: its settings, and the commands that write nginx's configuration."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from command import run
from configurations import read

ROOT = Path(__file__).parents[2]
NAMES = {"en": "nginx.conf.example", "ru": "nginx.conf.example.ru"}
TEXTS = {language: (ROOT / "docs" / language / "nginx.md").read_text("utf-8") for language in ("en", "ru")}
LANGUAGES = pytest.mark.parametrize("language", TEXTS)


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
def test_the_settings_give_an_nginx_that_knows_both_publications(tmp_path: Path, language: str) -> None:
    example = re.findall(r"(?:^    .*\n)+", step(language, 2), re.MULTILINE)[0]
    (tmp_path / "errorhelp.yaml").write_text(dedent(example), "utf-8")
    catalog = read(tmp_path, dedent(example)).catalog
    assert {each.id: [one.url for one in each.publications] for each in catalog.infobases.values()} == {
        "erp": ["https://1c.example.com/erp"],
        "payroll": ["https://1c.example.com/zup"],
    }
    written = run(tmp_path, "--lang", language, "web-server", "nginx", "--config", tmp_path)
    assert (written.returncode, written.stderr) == (0, "")
    assert re.findall(r"location \^~ (/\w+)/ \{\n *set \$errorhelp_infobase (\w+);", written.stdout) == [
        ("/erp", "erp"),
        ("/zup", "payroll"),
    ]
    # What the page says of them is there.
    assert "include errorhelp.d/*.conf;" in written.stdout and "server 192.0.2.10:80;" in written.stdout


@LANGUAGES
def test_the_commands_of_the_page_write_the_file_and_find_it_up_to_date(
    tmp_path: Path, language: str
) -> None:
    example = re.findall(r"(?:^    .*\n)+", step(language, 2), re.MULTILINE)[0]
    (tmp_path / "errorhelp.yaml").write_text(dedent(example), "utf-8")
    commands = re.findall(
        r"^    /opt/errorhelp/bin/errorhelp (.*web-server.*)$", step(language, 3), re.MULTILINE
    )
    assert len(commands) == 2
    for command in commands:
        arguments = command.replace("/etc/nginx/conf.d", str(tmp_path)).split()
        done = run(tmp_path / "state", *arguments, "--config", tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), command
    assert (tmp_path / "errorhelp.conf").is_file()
