"""The zip of `pushReport`: `report.json` and a screenshot out of it, in memory. Pure.

Nothing of it is ever written to a disk, and of its other entries, such as a dump, only the first bytes are
looked at.
"""

import stat
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from errorhelp.reports.report_reading import ReadReport, Unreadable, read_report

MOST_ENTRIES = 50
LARGEST_REPORT = 2 * 1024 * 1024
LARGEST_SCREENSHOT = 2 * 1024 * 1024
MOST_EXPANDED = 200
"""How many times its size a zip may be when unpacked."""

LONGEST_ENTRY_NAME = 250

PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""The first bytes of what a screenshot may be, and its content type."""

_START = b"PK\x03\x04"
_CENTRAL_ENTRY = b"PK\x01\x02"
_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zX")
_ENCRYPTED = 0x1
_PIECE = 1024 * 1024
# What zipfile and zlib raise for bytes that are no proper zip.
_BROKEN = (BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a pushed zip holds; the screenshot, if it has one, is a PNG or JPEG."""

    read: ReadReport
    screenshot: bytes | None = None


def read_zip(data: bytes) -> Pushed:
    """The report in a zip; Unreadable says why it is none, or none that may be unpacked."""
    if not data.startswith(_START):
        raise Unreadable("it is not a zip")
    # A piece at a time: whoever else has something to do gets in between.
    pieces = range(0, len(data), _PIECE)
    if (
        sum(data.count(_CENTRAL_ENTRY, at, at + _PIECE + len(_CENTRAL_ENTRY) - 1) for at in pieces)
        > MOST_ENTRIES
    ):
        raise Unreadable(f"the zip has more than {MOST_ENTRIES} entries, or another zip in it")
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check(entries, len(data))
            return _pushed(archive, entries)
    except Unreadable:
        raise
    except _BROKEN:
        raise Unreadable("the zip is damaged") from None


def _check(entries: list[ZipInfo], size: int) -> None:
    if any(len(entry.orig_filename) > LONGEST_ENTRY_NAME for entry in entries):
        raise Unreadable("the name of an entry is too long")
    names = [entry.filename.casefold() for entry in entries]
    if len(set(names)) < len(names):
        raise Unreadable("two entries of the zip have the same name")
    if sum(entry.file_size for entry in entries) > MOST_EXPANDED * size:
        raise Unreadable(f"the zip unpacks to more than {MOST_EXPANDED} times its size")
    for entry in entries:
        if _leads_out(entry.orig_filename) or _leads_out(entry.filename):
            raise Unreadable("the name of an entry leads out of the zip")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise Unreadable("an entry of the zip is a symbolic link")
        if entry.flag_bits & _ENCRYPTED:
            raise Unreadable("an entry of the zip is encrypted")
        if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise Unreadable("an entry of the zip is packed in another way than deflate")


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name


def _pushed(archive: ZipFile, entries: list[ZipInfo]) -> Pushed:
    report, screenshot = None, None
    for entry in entries:
        first = _read(archive, entry, 8)
        if first.startswith(_PACKED):
            raise Unreadable("an entry of the zip is packed itself")
        name = PurePosixPath(entry.filename.replace("\\", "/")).name.casefold()
        if name == "report.json":
            report = _read(archive, entry, LARGEST_REPORT + 1)
        elif (
            screenshot is None and first.startswith(tuple(PICTURES)) and entry.file_size <= LARGEST_SCREENSHOT
        ):
            screenshot = _read(archive, entry, LARGEST_SCREENSHOT)
    if report is None:
        raise Unreadable("the zip has no report.json")
    if len(report) > LARGEST_REPORT:
        raise Unreadable(f"report.json is larger than {LARGEST_REPORT // 1024**2} MiB")
    return Pushed(read_report(report), screenshot)


def _read(archive: ZipFile, entry: ZipInfo, most: int) -> bytes:
    """The first bytes of an entry, however many it says it has."""
    with archive.open(entry) as stream:
        return stream.read(most)
