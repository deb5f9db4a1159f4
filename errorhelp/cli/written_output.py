"""What a command makes as a whole: into the file that `--output` names, else onto standard output."""

import sys
from pathlib import Path

from errorhelp.cli.client import CommandFailed


def write_out(output: Path | None, data: bytes) -> None:
    """Write it; CommandFailed says why a file cannot be written."""
    from errorhelp.system import atomic_files

    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        atomic_files.write(output, data)
    except OSError as error:
        raise CommandFailed(f"{output} cannot be written: {error.strerror}") from None
