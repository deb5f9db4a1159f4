"""Reading the organisation's logo, a file beside the configuration."""

import stat
from pathlib import Path

from errorhelp.catalog.organisation import LARGEST_LOGO, Logo, logo_of
from errorhelp.config.diagnostics import Diagnostics
from errorhelp.config.yaml_tree import Location


def read_logo(file: Path, here: Location, diagnostics: Diagnostics) -> Logo | None:
    """The logo in the file; None where it cannot be used, which is an error at `here`."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            # Reading a pipe would wait for ever.
            diagnostics.error(here, f"{file} is not a file; name a PNG or SVG")
            return None
        with file.open("rb") as opened:
            content = opened.read(LARGEST_LOGO + 1)
    except OSError as error:
        diagnostics.error(here, f"{file} cannot be read: {error.strerror}")
        return None
    try:
        return logo_of(content)
    except ValueError as error:
        diagnostics.error(here, f"{file} {error}")
        return None
