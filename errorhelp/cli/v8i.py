"""`errorhelp v8i`: connection lists."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from errorhelp import atomic
from errorhelp.cli.client import BAD_INPUT, CommandFailed
from errorhelp.importing import Imported, infobases_from_v8i, to_yaml

app = typer.Typer(help="Connection lists (*.v8i).", no_args_is_help=True)


@app.callback()
def _v8i() -> None:
    """Connection lists (*.v8i)."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The connection list.")],
    output: Annotated[
        Path | None, typer.Option(help="The file to write, instead of standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file if it is there.")] = False,
) -> None:
    """Write the infobases and folders of a connection list as configuration (YAML).

    Standard error says what could not be written as settings, and names secrets.
    """
    imported = _read(file)
    if output is None:
        sys.stdout.buffer.write(to_yaml(imported))
        sys.stdout.buffer.flush()
    else:
        _write(output, to_yaml(imported), force=force)
    report = imported.report
    for note in report.notes:
        print(f"errorhelp: {note}", file=sys.stderr)
    print(f"errorhelp: {report.infobases} infobases, {report.folders} folders imported", file=sys.stderr)


def _read(file: Path) -> Imported:
    try:
        return infobases_from_v8i([(str(file), file.read_bytes())])
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}", BAD_INPUT) from None
    except ValueError as error:
        raise CommandFailed(str(error), BAD_INPUT) from None


def _write(output: Path, data: bytes, *, force: bool) -> None:
    if output.exists() and not force:
        raise CommandFailed(f"{output} is already there; --force replaces it", BAD_INPUT)
    try:
        atomic.write(output, data)
    except OSError as error:
        raise CommandFailed(f"{output} cannot be written: {error.strerror}", BAD_INPUT) from None
