"""Files that come with errorhelp: inside the installed package, or beside it in a working copy."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def shipped(name: str) -> Path:
    """The shipped folder of that name, such as `service-worker`."""
    installed = _PACKAGE / "shipped" / name
    return installed if installed.exists() else _PACKAGE.parent / name
