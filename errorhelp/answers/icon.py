"""The icon that browsers ask for by themselves, for what is no page."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from errorhelp.answers.answer import Answer, answer
from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.board import Board

_PATH = "/favicon.ico"
_ICON = answer(Path(__file__).with_name("favicon.ico").read_bytes(), "image/x-icon")


def paths(catalog: Catalog) -> Iterator[str]:
    """The one path that there is."""
    yield _PATH


def page(catalog: Catalog, board: Board, path: str, now: datetime) -> Answer | None:
    """The icon, None for another path."""
    return _ICON if path == _PATH else None
