"""The reference of the command line, from its commands."""

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup

from docs.reference.markdown import Translate, table
from errorhelp.cli import app


def cli_page(translate: Translate) -> str:
    """Every command as Markdown, with its arguments and options."""
    lines = [
        f"# {translate('Command line reference')}",
        "",
        translate(
            "What `errorhelp COMMAND --help` says, generated from the code. Options that several commands share: "
            "`--server` and `--token` (or `ERRORHELP_SERVER`, `ERRORHELP_TOKEN`) name a service that runs elsewhere; "
            "`--state` names the state directory, where the local service leaves its address and token. Commands speak "
            "English or Russian to people, by the locale (`LC_ALL`, `LC_MESSAGES`, `LANG`; on Windows the language of "
            "its interface), by `ERRORHELP_LANG`, or by `--lang en` or `--lang ru` in front of the command; JSON and "
            "the log are in English always."
        ),
        "",
        translate(
            "Exit codes: 0 is success; 1 what was asked failed; 2 arguments or values that are refused, a token too; 4 "
            "the service has nothing with that id; 5 no service answers. A command with codes of its own says so below."
        ),
        "",
        translate(
            "With `-o json` a command prints one JSON document, also when it fails: `error` then has `text`, "
            "`exit_code`, with several ids under `done` what was done before, and under `problem` what the API said "
            "([errors](errors.md)). The same stands on standard error in words."
        ),
        "",
    ]
    return "\n".join((*lines, *_sections(typer.main.get_command(app), "errorhelp", translate)))


def _sections(command: Any, name: str, translate: Translate) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for word, each in command.commands.items():
            yield from _sections(each, f"{name} {word}", translate)
        return
    context = typer.Context(command, info_name=name)
    yield f"## {name}"
    yield ""
    yield f"    {name} {' '.join(command.collect_usage_pieces(context))}"
    yield ""
    for part in (command.help or "").split("\n\n"):
        yield translate(" ".join(part.split()))
        yield ""
    if rows := list(_rows(command, context, translate)):
        yield from table([translate(each) for each in ("argument or option", "meaning")], rows)


def _rows(command: Any, context: typer.Context, translate: Translate) -> Iterator[tuple[str, str]]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if parameter.name == "help" or record is None:
            continue
        name, meaning = record
        text = parameter.help or ""
        facts = meaning.removeprefix(text).strip(" []")
        known = "; ".join(_fact(each, translate) for each in facts.split("; ") if each)
        yield f"`{' '.join(name.split())}`", translate(text) + (f" [{known}]" if known else "")


def _fact(text: str, translate: Translate) -> str:
    """`required`, `default: (now)` and the like; a value in parentheses is prose, any other is code."""
    if "<=" in text:
        return text
    label, colon, value = text.partition(": ")
    if value.startswith("("):
        value = f"({translate(value[1:-1])})"
    return translate(label) + colon + value
