"""A disk that takes nothing below a folder: what the operating system says of one that is full, read-only or broken.

As a program, `failing_disk.py FOLDER ERROR ARGUMENTS`, it runs `errorhelp ARGUMENTS` with such a disk.
"""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def failing(folder: Path, error: int) -> dict[str, Callable[..., Any]]:
    """What to put in the place of functions of `os`."""
    real_open, real_mkdir = os.open, os.mkdir

    def refuse(path: object) -> None:
        if isinstance(path, str | os.PathLike) and Path(path).is_relative_to(folder):
            raise OSError(error, os.strerror(error), str(path))

    def open_(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if flags & _WRITES:
            refuse(path)
        return real_open(path, flags, *more, **named)

    def mkdir(path: Any, *more: Any, **named: Any) -> None:
        if not Path(path).exists():
            refuse(path)
        real_mkdir(path, *more, **named)

    return {"open": open_, "mkdir": mkdir}


if __name__ == "__main__":
    for name, function in failing(Path(sys.argv[1]), errno.__dict__[sys.argv[2]]).items():
        setattr(os, name, function)
    from errorhelp.cli import main

    sys.argv = ["errorhelp", *sys.argv[3:]]
    main()
