"""Every text of the reference pages has a Russian translation, and no translation is left over."""

import re
from pathlib import Path

from babel.messages.pofile import read_po

from docs.generate import IN_EACH_LANGUAGE, ROOT

CATALOGUE = ROOT / "docs/locale/ru/reference.po"
# Those of commands, which the reference of the command line has too.
OF_COMMANDS = ROOT / "errorhelp/text/locale/ru/cli.po"
# What is typed, sent or written as it is: code, {placeholders}, --options, addresses, names_of_settings, numbers.
CODE = re.compile(r"`[^`]+`|\{\w+\}|--[a-z-]+|\w+://[\w@/.-]+|\]\([^)]+\)|\w+_\w*|\d+")


def texts() -> set[str]:
    """What the pages have translated."""
    asked: set[str] = set()

    def note(text: str) -> str:
        asked.add(text)
        return text

    for page in IN_EACH_LANGUAGE.values():
        page(note)
    return asked


def translated(catalogue: Path = CATALOGUE) -> dict[str, str]:
    with catalogue.open("rb") as file:
        return {
            str(each.id): str(each.string)
            for each in read_po(file, locale="ru")
            if each.id and not each.fuzzy
        }


def test_every_setting_command_and_option_is_described() -> None:
    assert "" not in texts(), "one of them has no text: look for the gap in the tables of docs/en"


def test_every_text_is_translated() -> None:
    russian = translated(OF_COMMANDS) | translated()
    missing = sorted(text for text in texts() if text and not russian.get(text))
    assert not missing, f"write a translation into {CATALOGUE}, then run make docs, for: {missing}"


def test_no_translation_is_left_over() -> None:
    left_over = sorted(translated().keys() - texts())
    assert not left_over, f"no page has these any more, delete or reword them in {CATALOGUE}: {left_over}"


def test_each_text_is_translated_once() -> None:
    twice = sorted(translated().keys() & translated(OF_COMMANDS).keys())
    assert not twice, f"delete these from {CATALOGUE}: {twice}"


def test_a_translation_leaves_code_and_numbers_as_they_are() -> None:
    for text, russian in translated().items():
        assert sorted(CODE.findall(russian)) == sorted(CODE.findall(text)), (
            f"keep code and numbers as they are, in {CATALOGUE}: {russian!r}"
        )
