"""`errorhelp restore`: a backup in the place of all that the store holds."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from errorhelp.cli.client import BAD_INPUT, CommandFailed
from errorhelp.cli.direct_client import errors_for_people
from errorhelp.cli.json_output import print_json
from errorhelp.cli.language import translated
from errorhelp.cli.options import DEFAULT_CONFIG, Config, Output, State, check_output, configuration_file
from errorhelp.cli.plural_words import number
from errorhelp.cli.progress import counted, progress


def restore(
    state: State,
    file: Annotated[Path, typer.Argument(help="A file that errorhelp backup wrote.")],
    config: Config = DEFAULT_CONFIG,
    output: Output = "text",
) -> None:
    """Replace everything in the store with a backup; what was there before is kept in another file.

    The service that uses the state must be stopped; nodes that share a PostgreSQL database may run.
    """
    from errorhelp.publishing.without_service import usable_configuration
    from errorhelp.store.backup_file import restore as put_back
    from errorhelp.system.owner import become_owner
    from errorhelp.system.state_directory import StateDirectory, Work

    check_output(output)
    directory = StateDirectory(state)
    if file.with_name(f"{file.name}-wal").exists():
        raise CommandFailed(
            f"{file} is a database in use, not a backup; errorhelp backup makes one", BAD_INPUT
        )
    try:
        # Opened before this becomes the state's owner, who may not be allowed to.
        with file.open("rb") as backup, errors_for_people():
            become_owner(state)
            if directory.is_in_use:
                raise CommandFailed(
                    f"{state} is in use by a running errorhelp; stop the service, then restore"
                )
            with directory.locked(Work.RESTORE):
                address = usable_configuration(directory, configuration_file(config)).settings.store
                now = datetime.now(UTC)
                restored = asyncio.run(put_back(directory, address, backup, now, progress()))
    except OSError as error:
        raise CommandFailed(f"{error.filename or file}: {error.strerror or error}") from None
    if output == "json":
        kept = restored.kept and str(restored.kept)
        print_json({"file": str(file), "rows": restored.rows, "not_over": restored.not_over, "kept": kept})
        return
    print(translated(f"restored from {file}: {counted(restored.rows)}"))
    if restored.not_over:
        messages = number(restored.not_over, "message")
        print(
            translated(f"shown when the service runs: {messages} not over in the backup, also if ended since")
        )
    if restored.kept:
        print(translated(f"what was there before is in {restored.kept}"))
