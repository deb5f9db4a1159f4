"""The reference of the command line, from its commands."""

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup

from docs.reference.markdown import table
from errorhelp.cli import app


def cli_page() -> str:
    """Every command as Markdown, with its arguments and options."""
    lines = [
        "# Command line reference",
        "",
        "What `errorhelp COMMAND --help` says, generated from the code. Options that several commands share: "
        "`--server` and `--token` (or `ERRORHELP_SERVER`, `ERRORHELP_TOKEN`) name a service that runs elsewhere; "
        "`--state` names the state directory, where the local service leaves its address and token.",
        "",
    ]
    return "\n".join((*lines, *_sections(typer.main.get_command(app), "errorhelp")))


def _sections(command: Any, name: str) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for word, each in command.commands.items():
            yield from _sections(each, f"{name} {word}")
        return
    context = typer.Context(command, info_name=name)
    yield f"## {name}"
    yield ""
    yield f"    {name} {' '.join(command.collect_usage_pieces(context))}"
    yield ""
    for part in (command.help or "").split("\n\n"):
        yield " ".join(part.split())
        yield ""
    records = (each.get_help_record(context) for each in command.get_params(context) if each.name != "help")
    if rows := [(f"`{' '.join(name.split())}`", meaning) for name, meaning in filter(None, records)]:
        yield from table(("argument or option", "meaning"), rows)
