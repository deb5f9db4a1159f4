"""What a command makes as a whole: into the file that `--output` names, else onto standard output."""

import sys
from pathlib import Path

from errorhelp.cli.client import CommandFailed


def write_out(output: Path | None, data: bytes) -> None:
    """Write it; CommandFailed says why a file cannot be written."""
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        write_file(output, data)
    except OSError as error:
        raise CommandFailed(f"{output} cannot be written: {error.strerror}") from None


def write_file(output: Path, data: bytes) -> None:
    """Write the file, whole at any moment; of a link what it leads to, while a device or a pipe stays one."""
    from errorhelp.system import atomic_files

    if output.exists() and not output.is_file() and not output.is_dir():
        output.write_bytes(data)
    else:
        atomic_files.write(output.resolve() if output.is_symlink() else output, data)
