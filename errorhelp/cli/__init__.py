"""The command line: one file for each command, which is imported when it is called.

What a command needs for its work it imports when it does that, so that the others, and every `--help`, start at
once. `benchmarks/starting.py` measures it.
"""

import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from errorhelp import __version__
from errorhelp.cli import json_output
from errorhelp.cli.client import ASKED_WRONGLY, CommandFailed
from errorhelp.cli.language import LANGUAGES, VARIABLE, SpokenLanguage, chosen, spoken, translated, use

_COMMANDS = (
    "serve",
    "check",
    "init",
    "schema",
    "status",
    "doctor",
    "reload",
    "publish",
    "backup",
    "restore",
    "message",
    "template",
    "maintenance",
    "window",
    "infobase",
    "problem",
    "report",
    "v8i",
    "web-server",
    "store",
    "token",
    "user",
)


def _typer(**options: Any) -> typer.Typer:
    return typer.Typer(**options, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@cache
def _imported(name: str, language: str) -> Any:
    """The command of that name: its module has a function called so, or the `app` of a group."""
    identifier = name.replace("-", "_")
    module = import_module(f"errorhelp.cli.{identifier}")
    alone = _typer()
    if group := getattr(module, "app", None):
        alone.add_typer(group, name=name)
        return _localized(cast(TyperGroup, get_command(alone)).commands[name], language)
    alone.command(name)(getattr(module, identifier))
    return _localized(get_command(alone), language)


def _localized(command: Any, language: str) -> Any:
    if language == LANGUAGES[0]:
        return command
    # English needs none of it, and no time for it.
    from errorhelp.cli.localized_help import localized

    return localized(command)


class _Imported(Mapping[str, Any]):
    """All commands by name, each imported when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        if name not in _COMMANDS:
            raise KeyError(name)
        return _imported(name, spoken())

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)


class _Commands(TyperGroup):
    """Explains wrong values without the words that pydantic, which Typer checks them with, has for programmers."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast(dict[str, Any], _Imported())

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        with _complaints():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        with _complaints():
            return super().invoke(ctx)


@contextmanager
def _complaints() -> Iterator[None]:
    try:
        yield
    except TyperException as error:
        error.message = error.message.removeprefix("Value error, ")
        _complain(error)
        raise


def _complain(error: TyperException) -> None:
    if _named(sys.argv[1:]) == "status":
        # 2 would mean to monitoring that no service answers.
        error.exit_code = ASKED_WRONGLY
    if json_output.is_wanted(sys.argv[1:]):
        json_output.print_failure(error.format_message(), error.exit_code)
    _complain_in_another_language(error)


def _named(arguments: Sequence[str]) -> str:
    """The command that the arguments name, "" for none."""
    return next((each for each in arguments if each in _COMMANDS), "")


def _complain_in_another_language(error: TyperException) -> None:
    """Say in another language than English what is wrong with arguments, and end; English is Typer's own."""
    if spoken() == LANGUAGES[0]:
        return
    from errorhelp.cli.localized_help import complain

    complain(error)


app = _typer(cls=_Commands, no_args_is_help=True)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"errorhelp {__version__}")
        raise typer.Exit


@app.callback()
def errorhelp(
    lang: Annotated[
        SpokenLanguage | None,
        typer.Option(
            envvar=VARIABLE,
            help="The language of help and messages; stands before the command.",
            show_default="that of the system",
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Decides what a person reads when they cannot log in to their 1C infobase."""


def main() -> None:
    """Run a command; what it cannot do is printed in one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A pipe on Windows may be in a code page that lacks a character of a text.
            stream.reconfigure(errors="backslashreplace")
    as_json = json_output.is_wanted(sys.argv[1:])
    use(LANGUAGES[0] if as_json else chosen(sys.argv[1:], os.environ))
    try:
        _localized(get_command(app), spoken())()
        return
    except CommandFailed as error:
        failed = error
    except PermissionError as error:
        # Whether something is there is asked in many places, also in the folder of another account.
        failed = CommandFailed(f"{error.filename} cannot be used: {error.strerror}")
    if as_json:
        json_output.print_failure(str(failed), failed.exit_code, **failed.details)
    print(f"errorhelp: {translated(str(failed))}", file=sys.stderr)
    sys.exit(failed.exit_code)
