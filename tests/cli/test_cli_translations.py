"""A Russian reader is spoken to in Russian, by every command; programs read English all the same."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from command import run, run_bytes
from spoken_texts import PACKAGE, texts_of
from typer.core import TyperGroup
from typer.main import get_command

from errorhelp.cli import app, language
from errorhelp.text.text_catalogue import TextCatalogue, read_po

CATALOGUE = PACKAGE / "text" / "locale" / "ru" / "cli.po"
ENTRIES = read_po(CATALOGUE.read_text("utf-8"))
SPEAKING = (
    *sorted((PACKAGE / "cli").glob("*.py")),
    *sorted((PACKAGE / "doctor").glob("*.py")),
    *(
        PACKAGE / name
        for name in (
            "answers/annotation.py",
            "catalog/names.py",
            "config/catalog_builder.py",
            "config/configuration_files.py",
            "config/cross_checks.py",
            "config/list_builder.py",
            "config/notification_target_builder.py",
            "config/people_builder.py",
            "config/publication_builder.py",
            "config/web_server_builder.py",
            "config/diagnostics.py",
            "config/secret_lookup.py",
            "config/yaml_tree.py",
            "formats/cluster_registry.py",
            "formats/connect_string.py",
            "formats/launcher_config.py",
            "formats/nested_list.py",
            "formats/postgres_address.py",
            "formats/rac.py",
            "formats/standard_webhooks.py",
            "formats/v8i.py",
            "formats/v8i_lint.py",
            "importing/edited_yaml.py",
            "importing/import_contents.py",
            "importing/v8i_import.py",
            "messages/recurrence.py",
            "people/passwords.py",
            "publishing/published_tree.py",
            "store/postgres_errors.py",
            "store/store_choice.py",
            "system/foreign_files.py",
            "system/owner.py",
            "system/state_directory.py",
            "text/markdown.py",
            "text/placeholders.py",
            "text/times.py",
            "web_server/sites.py",
        )
    ),
)
# Names of types, what programs read, what stands in every language, and what is only a part of a text.
NOT_SPOKEN = {
    "so far {{}} connections to the {listener} listener were closed",
    "{format} as one address had as many as it may; the log names one",
    "{format} as there were {most}, as many as there may be",
    " and a ",
    "; did you mean {join}?",
    "{rule} needs a FREQ: {join} {example}",
    "there is no folder {target}{hint}",
    "no infobase is on the 1C server {server}{hint}",
    "{target} is neither an infobase id, nor a folder path such as /Finance, nor a 1C server such as "
    "server:srv1c, nor '*'{hint}",
    "  errorhelp check --config {file}",
    "  errorhelp serve --config {file}",
    "  errorhelp v8i import LIST.v8i --output {value}",
    "The old name of errorhelp problem {name}, which goes away with 2.0.",
    "The service's own is in the file `token` of its state directory; errorhelp token make makes others.",
    "Value error, ",
    "errorhelp tree 1",
    "{first} is not {format}",
    "errorhelp: {said}",
    "errorhelp: {translated}",
    "imported from a session lock",
    "no service has left its address in {state}",
    "somebody without a name",
    "the service address",
    "tuple[Direct, AdminListener]",
    "tuple[datetime, ZoneInfo]",
    "tuple[str, list[Message]]",
    "what answers at {public} is no errorhelp",
    "{kind} {value} is already that of line {line}",
}
# What Typer, pydantic and the operating system say, names of fields, and what is put together of several texts.
OF_OTHERS = {
    "so far {count} connections to the {listener} listener were closed as one address had as many as it may; "
    "the log names one",
    "so far {count} connections to the {listener} listener were closed as there were {most}, as many as there may be",
    "Aborted!",
    "Address already in use",
    "Arguments",
    "COMMAND",
    "Cannot assign requested address",
    "Commands",
    "File exists",
    "Got unexpected extra argument(s) ({names})",
    "Input should be a valid integer, unable to parse string as an integer",
    "Invalid value for {name}: {text}",
    "Is a directory",
    "Missing argument {name}.",
    "Missing command.",
    "Missing option {name}.",
    "Missing option {name}. Choose from:\n\t{values}",
    "No space left on device",
    "No such command {name}.",
    "No such command {name}. Did you mean {names}?",
    "No such file or directory",
    "No such option: {name}",
    "No such option: {name} (Possible options: {names})",
    "Not a directory",
    "Option {name} does not take a value.",
    "Option {name} requires an argument.",
    "Permission denied",
    "Read-only file system",
    "Show this message and exit.",
    "Try '{command} --help' for help.",
    "[ARGS]...",
    "[OPTIONS]",
    "address already in use",
    "changed by",
    "ended by",
    "updated by",
    "extended by",
    "posted by",
    "author:",
    "cannot assign requested address",
    "ended_at:",
    "ends_at:",
    "env var",
    "permission denied",
    "revision:",
    "severity:",
    "starts_at:",
    "{good} ok, {doubtful} warning, {bad} broken",
    "{text} The service's own is in the file `token` of its state directory; errorhelp token make makes others.",
    "no infobase is on the 1C server {target}; did you mean {names}?",
    "unknown key {key}; known here: {join}",
    "{target} is neither an infobase id, nor a folder path such as /Finance, nor a 1C server such as server:srv1c, "
    "nor '*'; did you mean {names}?",
    "{rule} needs a FREQ: {join} (e.g. {example})",
    "{first} is not 'errorhelp tree 1'",
    "{value} is not one of {values}.",
    "{value} must be a list",
    "{value} must be true or false",
}
# What the parser of YAML says, `context, problem`.
OF_YAML = {
    "while parsing a flow sequence, did not find expected ',' or ']'",
    "while parsing a flow mapping, did not find expected ',' or {sign}",
    "while parsing a block mapping, did not find expected key",
    "while parsing a block collection, did not find expected '-' indicator",
    "while parsing a block node, did not find expected node content",
    "while scanning a simple key, could not find expected ':'",
    "while scanning for the next token, found character that cannot start any token",
    "while scanning a quoted scalar, found unexpected end of stream",
    "while scanning a block scalar, did not find expected comment or line break",
    "while scanning a block scalar, found a tab character where an indentation space is expected",
    "while parsing a quoted scalar, found unknown escape character",
    "while parsing a quoted scalar, did not find expected hexdecimal number",
    "while scanning an anchor, did not find expected alphabetic or numeric character",
    "mapping values are not allowed in this context",
    "block sequence entries are not allowed in this context",
    "found undefined alias",
    "expected a single document in the stream, but found another document",
}
# The description of a setting, which only its reference has in Russian.
LEFT_OUT = {"description"}
CODE = re.compile(r"`[^`]+`|--[a-z-]+|\w+://[\w@/.-]+|\w+_\w+|\d+")
RUSSIAN = {"LC_ALL": "ru_RU.UTF-8"}


def help_texts(command: Any = None) -> Iterator[str]:
    """What help says of a command, its parameters and all below it."""
    command = command or get_command(app)
    yield from (" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    for parameter in command.params:
        yield from (text for text in (parameter.help, parameter.show_default) if isinstance(text, str))
    if isinstance(command, TyperGroup):
        for each in command.commands.values():
            yield from help_texts(each)


@cache
def spoken() -> frozenset[str]:
    in_modules = (text for module in SPEAKING for text in texts_of(module))
    return frozenset(text for text in (*help_texts(), *in_modules) if text not in NOT_SPOKEN)


@cache
def literals() -> str:
    """All that stands in strings of the program, where short texts are found that no rule could tell from code."""
    files = (file for file in PACKAGE.rglob("*.py") if file.name != "text_catalogue.py")
    return "\n".join(
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def places(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def test_every_text_of_a_command_is_translated() -> None:
    plurals = set(re.findall(r'^msgid_plural "(.*)"$', CATALOGUE.read_text("utf-8"), re.MULTILINE))
    missing = sorted(
        text for text in spoken() if text.strip() and text not in ENTRIES and text not in plurals
    )
    assert not missing, f"write a translation into {CATALOGUE}, for: {missing}"


def test_no_translation_is_left_over() -> None:
    def is_there(text: str) -> bool:
        fixed = [part for part, _, _, _ in Formatter().parse(text)]
        return text in spoken() or all(part in literals() or part in OF_OTHERS for part in fixed)

    left_over = sorted(
        text for text in ENTRIES if text and text not in OF_OTHERS | OF_YAML and not is_there(text)
    )
    assert not left_over, f"nothing says these any more, delete or reword them in {CATALOGUE}: {left_over}"


def test_a_translation_has_the_same_places_code_and_numbers() -> None:
    for english, forms in ENTRIES.items():
        if english and len(forms) == 1 and english not in OF_OTHERS | OF_YAML:
            assert places(forms[0]) == [each for each in places(english) if each not in LEFT_OUT], english
            russian = forms[0].replace("docs/ru", "docs/en").replace("!t}", "}")
            assert sorted(set(CODE.findall(english))) == sorted(set(CODE.findall(russian))), english


def test_a_text_is_not_taken_for_another() -> None:
    """With something harmless in its places each is found by what it was made from."""
    catalogue = TextCatalogue(ENTRIES)
    for english, (russian, *_) in ENTRIES.items():
        if "{" in english:
            values = {name: f"<{number}>" for number, name in enumerate(places(english))}
            expected = russian.replace("!t}", "}").format(**values)
            assert catalogue.text(english.format(**values)) == expected, english


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], {}, "en"),
        ([], {"LANG": "ru_RU.UTF-8"}, "ru"),
        ([], {"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ([], {"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, "en"),
        ([], {"LANG": "ru_RU.UTF-8", "LC_ALL": ""}, "ru"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
        ([], {"LANG": "ru_RU.UTF-8", "ERRORHELP_LANG": "en"}, "en"),
        (["--lang", "ru", "check"], {"ERRORHELP_LANG": "en", "LC_ALL": "C"}, "ru"),
        (["--lang=ru", "check"], {}, "ru"),
        (["--help", "--lang", "ru"], {}, "ru"),
        # Behind the command it is the command's.
        (["message", "--lang", "ru"], {}, "en"),
        (["--lang"], {}, "en"),
    ],
)
def test_the_language_is_that_of_the_option_the_variable_or_the_locale(
    arguments: list[str], environment: dict[str, str], expected: str
) -> None:
    assert language.chosen(arguments, environment) == expected


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("message", "post"), "Не указан ключ '--to'."),
        (("token", "make", "x"), "Не указан ключ '--role'. Возможные значения:\n\tviewer,"),
        (("v8i", "build"), "Не указан аргумент 'LIST'."),
        (("mesage",), "Нет команды 'mesage'. Может быть, 'message'"),
        (("nothing",), "Нет команды 'nothing'."),
        (("check", "--unknown"), "Нет ключа --unknown"),
        (("check", "--confg", "x"), "Нет ключа --confg (есть --config"),
        (("check", "--config"), "Ключу '--config' нужно значение."),
        (("message", "end", "--direct=3"), "У ключа '--direct' не бывает значения."),
        (("check", "more"), "Лишние аргументы (more)"),
        (("problem", "list", "--limit", "x"), "Неверное значение '--limit': нужно целое число"),
        (
            ("message", "post", "--to", "erp", "--severity", "x"),
            "Неверное значение '--severity': 'x' не подходит; возможные значения: 'info', 'maintenance', 'outage'.",
        ),
    ],
)
def test_wrong_arguments_are_complained_of_in_russian(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    refused = run(tmp_path, "--lang", "ru", *arguments)
    assert refused.returncode == 2
    assert f"Ошибка: {complaint}" in refused.stderr
    assert not re.search("Usage|Error|Try", refused.stderr)


def test_help_is_in_russian_down_to_the_words_of_typer(tmp_path: Path) -> None:
    shown = run(tmp_path, "--lang", "ru", "message", "post", "--help").stdout
    assert shown.startswith("Использование: ")
    assert "errorhelp message post [КЛЮЧИ]\n\n  Публикует сообщение" in shown
    assert "по умолчанию: (сейчас)" in shown and "[обязательно]" in shown
    assert "Показать эту справку и выйти." in shown
    # What is English yet is typed so.
    assert not re.findall(r"\b(?:the|of|default|required|env var|Options)\b", shown)


def test_every_help_is_in_english_without_a_locale(tmp_path: Path) -> None:
    assert not re.search("[а-яё]", run(tmp_path, "message", "post", "--help").stdout, re.IGNORECASE)


def test_a_group_without_a_command_shows_its_help_in_russian(tmp_path: Path) -> None:
    shown = run(tmp_path, "--lang", "ru", "token")
    assert "Команды:" in shown.stdout + shown.stderr


def test_init_explains_in_russian_the_same_configuration(tmp_path: Path) -> None:
    run(tmp_path, "init", tmp_path / "en")
    printed = run(tmp_path, "--lang", "ru", "init", tmp_path / "ru")
    assert "записан" in printed.stdout and "дальше: впишите" in printed.stdout
    english, russian = ((tmp_path / each / "errorhelp.yaml").read_text("utf-8") for each in ("en", "ru"))
    assert "Настройки errorhelp." in russian
    assert yaml.safe_load(russian) == yaml.safe_load(english)

    def commented(text: str) -> list[str]:
        """The settings that are commented out, which are no sentences."""
        return [line for line in text.splitlines() if re.match(r" *# ( *- |[a-z_]+: |   )", line)]

    assert commented(russian) == commented(english)


def test_check_and_its_refusal_are_in_russian(tmp_path: Path) -> None:
    run(tmp_path, "init", tmp_path)
    file = tmp_path / "errorhelp.yaml"
    printed = run(tmp_path, "--lang", "ru", "check", "--config", file)
    assert re.search(r"настройки \w+ из .* верны\n$", printed.stdout)
    assert "список all: 0 баз, доступ public" in printed.stdout
    spoiled = file.read_text("utf-8").replace("Europe/Moscow", "Nowhere").replace("lists:", "list:")
    file.write_text(spoiled.replace("127.0.0.1:8081", "here").replace("[ru, en]", "7"), "utf-8")
    refused = run(tmp_path, "--lang", "ru", "check", "--config", file)
    assert refused.returncode == 2
    assert "time_zone: 'Nowhere': нужен часовой пояс из базы tz (например, Europe/Moscow)\n" in refused.stderr
    assert "list: неизвестный ключ 'list'; может быть, 'lists'?\n" in refused.stderr
    assert "admin.listen: 'here': нужно host:port (например, 127.0.0.1:8080)\n" in refused.stderr
    assert "expected" not in refused.stderr
    assert refused.stderr.endswith("errorhelp: 4 ошибки; ничего не изменено\n")


@pytest.mark.parametrize(
    "text",
    ["languages: [ru\n", "help: {text: x\n", "help: text: x\n", "a\nhelp:\n", "help: 'it's'\n", "help: @x\n"],
)
def test_what_is_no_yaml_is_said_in_russian(tmp_path: Path, text: str) -> None:
    file = tmp_path / "errorhelp.yaml"
    file.write_text(f"time_zone: Europe/Moscow\n{text}", "utf-8")
    first, _ = run(tmp_path, "--lang", "ru", "check", "--config", file).stderr.splitlines()
    assert ": не YAML: " in first
    assert not re.findall("[a-z]{2,}", first.removeprefix(str(file)))


def test_what_a_command_cannot_do_is_printed_in_russian(tmp_path: Path) -> None:
    refused = run(tmp_path / "none", "--lang", "ru", "status")
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"errorhelp: в {tmp_path / 'none'} нет адреса работающего сервиса")


@pytest.mark.integration
def test_doctor_speaks_russian_and_points_into_the_russian_documentation(tmp_path: Path) -> None:
    looking = ("doctor", "http://127.0.0.1:9", "--infobase", "erp", "--config", tmp_path / "none")
    printed = run(tmp_path, "--lang", "ru", *looking)
    assert printed.returncode == 1
    assert "СЛОМАНО    публичный адрес: http://127.0.0.1:9: там ничто не слушает" in printed.stdout
    assert "\n           → запустите там сервис или веб-сервер" in printed.stdout
    assert not re.search(r"\b(?:the|is|of|answers|ok|broken)\b", printed.stdout.replace(str(tmp_path), ""))
    findings = json.loads(run(tmp_path, "--lang", "ru", *looking, "--json").stdout)
    assert {"public address", "state directory", "TLS"} <= {each["subject"] for each in findings}
    catalogue = language.catalogue("ru")
    remedy = "errorhelp web-server --check says whether the web server's file is out of date; "
    assert "docs/ru/offline-page.md" in catalogue.text(f"{remedy}see docs/en/offline-page.md")


def test_the_schema_is_english_always(tmp_path: Path) -> None:
    with patch("command.environment", lambda state: {"ERRORHELP_STATE": str(state), **RUSSIAN}):
        russian = run_bytes(tmp_path, "schema")
    assert russian.stdout == run_bytes(tmp_path, "schema").stdout
