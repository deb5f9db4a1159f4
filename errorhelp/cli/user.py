"""`errorhelp user`: what a configuration needs to let somebody sign in."""

import getpass
import sys
from typing import Annotated

import typer

from errorhelp.cli.client import BAD_INPUT, CommandFailed
from errorhelp.cli.json_output import print_json
from errorhelp.cli.language import translated
from errorhelp.cli.options import Output, check_output

app = typer.Typer(help="Prepare users for the configuration.", no_args_is_help=True)

_SHORTEST = 8


@app.callback()
def _only_with_a_name() -> None:
    """A command of its own, also while it is the only one."""


@app.command("hash")
def hash_(
    from_stdin: Annotated[
        bool, typer.Option("--stdin", help="Read the password from standard input, one line.")
    ] = False,
    output: Output = "text",
) -> None:
    """Ask for a password twice and print its hash, for password_hash under admin.users."""
    from errorhelp.people.passwords import LONGEST_PASSWORD, hash_password

    check_output(output)
    password = _line_of_stdin() if from_stdin else _typed_twice()
    if not _SHORTEST <= len(password) <= LONGEST_PASSWORD:
        raise CommandFailed(f"a password has {_SHORTEST} to {LONGEST_PASSWORD} characters", BAD_INPUT)
    hashed = hash_password(password)
    if output == "json":
        print_json({"password_hash": hashed})
    else:
        print(hashed)


def _typed_twice() -> str:
    if not sys.stdin.isatty():
        raise CommandFailed("nobody is there to ask for the password; give it with --stdin", BAD_INPUT)
    password = getpass.getpass(translated("Password: "))
    if getpass.getpass(translated("Again: ")) != password:
        raise CommandFailed("the two are not the same; try again", BAD_INPUT)
    return password


def _line_of_stdin() -> str:
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandFailed("the password on standard input is not UTF-8", BAD_INPUT) from None
    line, _, rest = text.partition("\n")
    if rest:
        raise CommandFailed("a password is one line; standard input has more", BAD_INPUT)
    return line.removesuffix("\r")
