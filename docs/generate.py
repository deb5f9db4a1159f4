"""Writes the reference pages that come from the code: run `make docs` after changing a setting, command or route.

A test holds the written pages against what this would write.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from docs.reference.api import api_page  # noqa: E402 - found from any folder only now
from docs.reference.cli import cli_page  # noqa: E402
from docs.reference.configuration import configuration_page  # noqa: E402
from docs.reference.errors import errors_page  # noqa: E402
from errorhelp.config.schema import schema_json  # noqa: E402


def pages() -> dict[Path, bytes]:
    """Every generated file with its contents."""
    return {
        ROOT / "docs/en/api-reference.md": api_page(ROOT / "config/errorhelp.yaml").encode(),
        ROOT / "docs/en/cli-reference.md": cli_page().encode(),
        ROOT / "docs/en/configuration-reference.md": configuration_page().encode(),
        ROOT / "docs/en/errors.md": errors_page().encode(),
        ROOT / "config/errorhelp.schema.json": schema_json(),
    }


def main() -> None:
    """Write the pages that changed."""
    for file, contents in pages().items():
        if not file.exists() or file.read_bytes() != contents:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(contents)
            print(f"wrote {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
