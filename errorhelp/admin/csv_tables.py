"""Tables as CSV (RFC 4180), for Excel and for scripts."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from itertools import chain

from aiohttp import hdrs, web

# Excel and LibreOffice would calculate what begins like this (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The table in UTF-8 with a byte order mark, by which Excel knows it; no cell is a formula."""
    return _written(head, rows).getvalue()


def rows_bytes(rows: Iterable[Iterable[object]]) -> bytes:
    """Further rows of such a table."""
    data = io.BytesIO()
    _write(data, rows)
    return data.getvalue()


def _written(head: Sequence[str], rows: Iterable[Sequence[object]]) -> io.BytesIO:
    data = io.BytesIO(BOM_UTF8)
    data.seek(0, io.SEEK_END)
    _write(data, chain([head], rows))
    data.seek(0)
    return data


def _write(data: io.BytesIO, rows: Iterable[Iterable[object]]) -> None:
    # Piece by piece, as turning all of it into bytes would keep every other thread waiting.
    text = io.TextIOWrapper(data, "utf-8", errors="replace", newline="")
    csv.writer(text).writerows([_plain(cell) for cell in row] for row in rows)
    text.detach()


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> web.Response:
    """The table as a file to download."""
    return web.Response(
        # A file is sent piece by piece.
        body=_written(head, rows),
        content_type="text/csv",
        charset="utf-8",
        headers={
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
            hdrs.CACHE_CONTROL: "no-store",
        },
    )


def local(instant: datetime, zone: tzinfo) -> str:
    """The instant as people read it in a table: `2026-11-21 14:00:00+03:00`."""
    return instant.astimezone(zone).isoformat(" ", "seconds")


def _plain(cell: object) -> str:
    """The cell as text; an apostrophe in front keeps what looks like a formula from being one."""
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
