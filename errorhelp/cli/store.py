"""`errorhelp store`: moving between SQLite and PostgreSQL."""

import asyncio
from typing import Annotated

import typer

from errorhelp.cli.client import CommandFailed
from errorhelp.cli.direct_client import errors_for_people
from errorhelp.cli.json_output import print_json
from errorhelp.cli.language import translated
from errorhelp.cli.options import Output, check_output
from errorhelp.cli.progress import counted, progress

app = typer.Typer(help="Move between databases.", no_args_is_help=True)

_ADDRESS = "postgresql://user@host/database, or an SQLite file."


@app.callback()
def _only_with_a_name() -> None:
    """A command of its own, also while it is the only one."""


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
