"""What the pages of installing and operating show is there: commands, files, settings and markup."""

import re
import shlex
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from configurations import read
from typer.core import TyperGroup
from typer.main import get_command

from errorhelp.cli import app

ROOT = Path(__file__).parents[2]
PAGES = ("install.md", "install-without-internet.md", "first-day.md", "nginx.md", "operating.md")
TEXTS = {
    language: "\n".join((ROOT / "docs" / language / page).read_text("utf-8") for page in PAGES)
    for language in ("en", "ru")
}
# Lines of examples that hold words for people, or their language, or a drawing.
WORDS = ("<description>", 'text: "', '--text "', "languages: [", "name: Payroll", "name: Зарплата", "──")
LANGUAGES = pytest.mark.parametrize("language", TEXTS)


def code(language: str) -> list[str]:
    """The indented lines."""
    return [line.strip() for line in TEXTS[language].splitlines() if line.startswith("    ")]


@LANGUAGES
def test_every_command_can_be_given_so(language: str) -> None:
    # What another command follows on the next line is a command, too.
    given = [re.match(r"(?:docker .*|/\S*/)?errorhelp (.*?)(?: \|\| \\)?$", line) for line in code(language)]
    commands = [found[1] for found in given if found]
    assert len(commands) >= 20
    for line in commands:
        command: Any = get_command(app)
        arguments = shlex.split(line)
        while isinstance(command, TyperGroup):
            command = command.commands[arguments.pop(0)]
        command.make_context(line, arguments)


@LANGUAGES
def test_every_file_of_deploy_is_there(language: str) -> None:
    named = set(re.findall(r"deploy/[\w.-]+\w", TEXTS[language]))
    assert len(named) >= 6
    assert all((ROOT / name).exists() for name in named)


@LANGUAGES
def test_the_windows_service_and_the_scrape_configuration_are_well_formed(language: str) -> None:
    text = "\n".join(line[4:] if line.startswith("    ") else "" for line in TEXTS[language].splitlines())
    (service,) = re.findall(r"<service>.*</service>", text, re.S)
    assert ElementTree.fromstring(service).findtext("id") == "errorhelp"  # noqa: S314 - ours
    (scrape,) = re.findall(r"scrape_configs:\n(?: .*\n)+", text)
    assert yaml.safe_load(scrape)["scrape_configs"][0]["job_name"] == "errorhelp"


@LANGUAGES
def test_the_settings_are_taken(tmp_path: Path, language: str) -> None:
    (metrics,) = re.findall(r"`(admin: \{metrics_from: .*?\})`", TEXTS[language])
    (store,) = re.findall(r"`(store: postgresql:.*?)`", TEXTS[language])
    assert read(tmp_path, f"{metrics}\n{store}\n").settings.admin.metrics_from == ("10.0.0.9",)


def test_both_languages_show_the_same() -> None:
    def without_words(lines: list[str]) -> list[str]:
        shown = [line for line in lines if not any(words in line for words in WORDS)]
        # The Russian example has the same directives.
        return [line.replace("nginx.conf.example.ru", "nginx.conf.example") for line in shown]

    assert without_words(code("en")) == without_words(code("ru"))
