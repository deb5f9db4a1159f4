"""Typer's part of what commands say, help and complaints about arguments, in another language than English."""

import io
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from errorhelp.cli.language import LANGUAGES, spoken, translated

_SIGN = "Error: "
_Formatter: Any = typer.Context.formatter_class


class _TranslatedFormatter(_Formatter):  # type: ignore[misc]
    """Help with Typer's own words translated; what commands say of themselves is so already."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        words = " ".join(translated(each) for each in args.split(" "))
        super().write_usage(prog, words, translated("Usage: ") if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        super().write_heading(translated(heading))

    def write_dl(self, rows: Sequence[tuple[str, str]], *args: Any, **options: Any) -> None:
        super().write_dl([(name, _meaning(text)) for name, text in rows], *args, **options)


class _TranslatedContext(typer.Context):
    formatter_class = _TranslatedFormatter


def localized(command: Any) -> Any:
    """The command with its texts, and those of all below it, in the language that is spoken."""
    if spoken() == LANGUAGES[0]:
        return command
    command.context_class = _TranslatedContext
    command.help = paragraphs(command.help)
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = translated(parameter.help)
        if isinstance(shown := getattr(parameter, "show_default", None), str):
            parameter.show_default = translated(shown)
    # The top one imports its commands when they are called.
    if isinstance(command, TyperGroup) and isinstance(command.commands, dict):
        for each in command.commands.values():
            localized(each)
    return command


def paragraphs(text: str | None) -> str | None:
    """Each paragraph of a docstring, translated by itself."""
    return text and "\n\n".join(translated(" ".join(each.split())) for each in text.split("\n\n"))


def complain(error: Any) -> NoReturn:
    """Print what Typer does of arguments that cannot be used, and end."""
    shown = io.StringIO()
    # Help in place of a complaint is printed right away.
    error.show(shown)
    usage, sign, complaint = shown.getvalue().rpartition(_SIGN)
    for line in usage.splitlines():
        print(translated(line), file=sys.stderr)
    if complaint:
        print(f"{translated(sign)}{translated(complaint.rstrip())}", file=sys.stderr)
    raise typer.Exit(error.exit_code)


def _meaning(text: str) -> str:
    """What help says of an option: its text, and in brackets what Typer adds."""
    said, bracket, facts = text.rpartition("  [")
    if not bracket:
        return translated(text)
    return f"{said}{bracket}{'; '.join(_fact(each) for each in facts.removesuffix(']').split('; '))}]"


def _fact(text: str) -> str:
    """`required`, `default: (now)` and the like; what is in parentheses is translated already."""
    label, colon, value = text.partition(": ")
    return f"{translated(label)}{colon}{value}"
