"""Changing files that somebody else keeps: they are backed up first, and nobody's change to them is lost."""

from pathlib import Path

from errorhelp.system import atomic_files


class ChangedMeanwhile(Exception):
    """A file that is no longer what it was when its change was worked out."""


def backup_of(path: Path) -> Path:
    """Where the backup of a file is."""
    return path.with_name(f"{path.name}.bak")


def back_up(path: Path, data: bytes) -> bool:
    """Keep what the file holds beside it, as secret as it is; False if a backup is there already, which stays.

    So the backup is what the file was before its first change.
    """
    if backup_of(path).exists():
        return False
    atomic_files.write(backup_of(path), data, mode=path.stat().st_mode & 0o777)
    return True


def replace(path: Path, before: bytes, after: bytes) -> None:
    """Replace a file that holds `before` by one with `after`; ChangedMeanwhile if it holds anything else."""
    # Through a link to the file itself: the link stays.
    path = path.resolve()
    if path.read_bytes() != before:
        raise ChangedMeanwhile(f"{path} has changed meanwhile and stays as it is; try again")
    atomic_files.write(path, after)
