"""Writes what comes from the code, references and examples of web servers: run `make docs` after a change there.

Tests hold the written pages against what this would write, and `locale/` against the texts that are in them.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from docs.reference.api import api_page  # noqa: E402 - found from any folder only now
from docs.reference.cli import cli_page  # noqa: E402
from docs.reference.configuration import configuration_page  # noqa: E402
from docs.reference.errors import errors_page  # noqa: E402
from docs.reference.markdown import Translate  # noqa: E402
from docs.reference.measured import measured_page  # noqa: E402
from errorhelp.config import load  # noqa: E402
from errorhelp.config.json_schema import schema_json  # noqa: E402
from errorhelp.config.web_server_builder import build_front  # noqa: E402
from errorhelp.text.languages import INTERFACE_LANGUAGES  # noqa: E402
from errorhelp.text.translations import translations  # noqa: E402
from errorhelp.web_server import WebServer  # noqa: E402
from errorhelp.web_server.configuration_file import configuration_file  # noqa: E402
from errorhelp.web_server.sites import sites_of  # noqa: E402

IN_EACH_LANGUAGE = {
    "cli-reference.md": cli_page,
    "configuration-reference.md": configuration_page,
    "errors.md": errors_page,
    "measured.md": measured_page,
}
"""The pages that are written in each language, and what writes each.

`docs/locale/{language}/reference.po` translates their texts; those of commands stand in `errorhelp/text/locale/`.
"""

WEB_SERVERS = {
    "nginx.conf.example": (WebServer.NGINX, "en"),
    "nginx.conf.example.ru": (WebServer.NGINX, "ru"),
    "deploy/apache.conf": (WebServer.APACHE, "en"),
    "deploy/web.config": (WebServer.IIS, "en"),
}
"""The examples of web servers' configurations: what `errorhelp web-server` writes for the worked example."""


def pages() -> dict[Path, bytes]:
    """Every generated file with its contents."""
    written = {
        ROOT / "docs/en/api-reference.md": api_page(ROOT / "config/errorhelp.yaml").encode(),
        ROOT / "config/errorhelp.schema.json": schema_json(),
    }
    loaded = load(ROOT / "config/errorhelp.yaml", None)
    front = build_front(loaded.settings, loaded.tree)
    sites = sites_of(loaded.catalog.infobases.values(), loaded.catalog.public_url, front)
    for name, (kind, language) in WEB_SERVERS.items():
        written[ROOT / name] = configuration_file(kind, sites, language)
    for language in INTERFACE_LANGUAGES:
        for name, page in IN_EACH_LANGUAGE.items():
            written[ROOT / "docs" / language / name] = page(_translation(language)).encode()
    return written


def _translation(language: str) -> Translate:
    """The texts of pages, and those that commands have for people."""
    pages, commands = translations("reference", language, ROOT / "docs/locale"), translations("cli", language)
    return lambda text: commands.gettext(pages.gettext(text))


def main() -> None:
    """Write the pages that changed."""
    for file, contents in pages().items():
        if not file.exists() or file.read_bytes() != contents:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(contents)
            print(f"wrote {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
