"""`errorhelp backup`: all that the store holds in one file, while the service runs or not."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from errorhelp.cli.direct_client import errors_for_people
from errorhelp.cli.json_output import print_json
from errorhelp.cli.options import DEFAULT_CONFIG, Config, Output, State, check_output, configuration_file
from errorhelp.cli.progress import counted, progress


def backup(
    state: State,
    file: Annotated[Path, typer.Argument(help="The file to write; one that is there is replaced.")],
    config: Config = DEFAULT_CONFIG,
    output: Output = "text",
) -> None:
    """Write messages, history, tokens and reports into one file, of SQLite and PostgreSQL alike.

    The service may run. Sign-ins, the admin token and the configuration are not in it.
    """
    from errorhelp.publishing.without_service import usable_configuration
    from errorhelp.store.backup_file import back_up
    from errorhelp.system.state_directory import StateDirectory

    check_output(output)
    directory = StateDirectory(state)
    with errors_for_people():
        loaded = usable_configuration(directory, configuration_file(config))
        address, tree = loaded.settings.store, loaded.tree
        rows = asyncio.run(back_up(directory, address, file.absolute(), progress(), tree))
    if output == "json":
        print_json({"file": str(file), "rows": rows})
    else:
        print(f"{file}: {counted(rows)}")
