"""`errorhelp reload`: read the configuration again, and confirm one that loses many infobases."""

from typing import Annotated

import typer

from errorhelp.cli.client import CommandFailed, connect
from errorhelp.cli.json_output import print_json
from errorhelp.cli.language import translated
from errorhelp.cli.options import Output, Server, State, Token, check_output


def reload(
    state: State,
    server: Server = None,
    token: Token = None,
    confirm: Annotated[
        str | None,
        typer.Option(metavar="DIGEST", help="Confirm the configuration that waits, by its digest."),
    ] = None,
    output: Output = "text",
) -> None:
    """Have the running service read its configuration again."""
    check_output(output)
    client = connect(state, server, token)
    answer = client.post("reload", {"confirm": confirm} if confirm else None)
    configuration = answer["configuration"]
    if configuration["refused"]:
        raise CommandFailed(
            f"configuration {configuration['digest']} stays: {configuration['refused']}",
            configuration=configuration,
        )
    if output == "json":
        print_json(answer)
        return
    print(translated(f"configuration {configuration['digest']} is in force"))
