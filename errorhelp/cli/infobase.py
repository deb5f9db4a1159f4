"""`errorhelp infobase`: which infobases there are, and by which ids messages name them."""

import json
from typing import Annotated, Any

import typer

from errorhelp.cli.client import connect
from errorhelp.cli.options import Output, Server, State, Token, check_output
from errorhelp.text.texts import one_line

app = typer.Typer(help="List infobases and their ids.", no_args_is_help=True)

_COLUMNS = ("id", "name", "folder", "connect")


@app.callback()
def infobase() -> None:
    """List infobases and their ids."""


@app.command("list")
def list_(
    state: State,
    text: Annotated[
        str, typer.Argument(help="Only infobases with this text in their id, name, folder, server or file.")
    ] = "",
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """List infobases: id, name, folder, and the server or file they are on."""
    check_output(output)
    every = connect(state, server, token).all("infobases", "infobases")
    found = [each for each in every if _holds(each, text.casefold())]
    if output == "json":
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    widths = [max((len(each[name]) for each in found), default=0) for name in _COLUMNS[:-1]]
    for each in found:
        cells = [each[name].ljust(width) for name, width in zip(_COLUMNS, (*widths, 0), strict=True)]
        print(one_line("  ".join(cells)))


def _holds(infobase: dict[str, Any], folded: str) -> bool:
    return any(
        folded in part.casefold() for part in (*(infobase[name] for name in _COLUMNS), *infobase["aliases"])
    )
