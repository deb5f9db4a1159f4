"""`errorhelp store`: moving between SQLite and PostgreSQL, and preparing the latter."""

import asyncio
from typing import Annotated

import typer

from errorhelp.cli.client import CommandFailed
from errorhelp.cli.direct_client import errors_for_people
from errorhelp.cli.json_output import print_json
from errorhelp.cli.language import translated
from errorhelp.cli.options import Output, check_output
from errorhelp.cli.progress import counted, progress

app = typer.Typer(help="Move between databases, and prepare one.", no_args_is_help=True)

_ADDRESS = "postgresql://user@host/database, or an SQLite file."


@app.command()
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help=_ADDRESS)],
    target: Annotated[str, typer.Argument(metavar="TO", help=_ADDRESS)],
    replace: Annotated[bool, typer.Option("--replace", help="Delete what TO holds first.")] = False,
    output: Output = "text",
) -> None:
    """Copy all of a database into another, in one transaction. Stop the service on FROM first.

    What a running service writes meanwhile is not copied. Passwords are read from PGPASSWORD or ~/.pgpass.
    """
    from errorhelp.store.backup_file import copy_store
    from errorhelp.store.database_copy import NotEmpty

    check_output(output)
    with errors_for_people():
        try:
            rows = asyncio.run(copy_store(source, target, replace=replace, progress=progress()))
        except NotEmpty as error:
            raise CommandFailed(f"{error}; if that may go: --replace") from None
    if output == "json":
        print_json({"rows": rows})
    else:
        print(translated(f"copied: {counted(rows)}"))


@app.command()
def prepare(
    address: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS", help="postgresql://owner@host/database, as the owner of the tables."
        ),
    ],
    role: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The role of the service, which gets the rights that it needs."),
    ] = None,
    output: Output = "text",
) -> None:
    """Make the tables in a PostgreSQL database, or bring them to this version, as their owner.

    The service then needs no right to make any. Do it before the first start, and before each upgrade.
    """
    from errorhelp.store.store_choice import prepare as prepare_tables

    check_output(output)
    with errors_for_people():
        asyncio.run(prepare_tables(address, role))
    if output == "json":
        print_json({"role": role})
        return
    print(translated("the tables are there, as this version of errorhelp wants them"))
    if role is not None:
        print(translated(f"{role} may read and write what is in them"))
