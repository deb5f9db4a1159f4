"""The body of `pushReport`: a zip, as it is or in any part of `multipart/form-data` (RFC 7578). Pure."""

import re

from errorhelp.reports.report_reading import Unreadable

_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE)
_ZIP = b"PK\x03\x04"
_BLANK_LINE = b"\r\n\r\n"
_MOST_PARTS = 20


def zip_in(body: bytes, content_type: str) -> bytes:
    """The zip in a body; Unreadable if there is none."""
    if body.startswith(_ZIP):
        return body
    boundary = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/") or boundary is None:
        raise Unreadable("it is neither a zip nor multipart/form-data with one")
    delimiter = b"\r\n--" + (boundary[1] or boundary[2]).encode("ascii", "replace")
    # The first delimiter may stand at the very beginning; the last part ends before the last delimiter.
    end = 0 if body.startswith(delimiter[2:]) else body.find(delimiter)
    for _ in range(_MOST_PARTS):
        start, end = end, body.find(delimiter, end + 1)
        if start < 0 or end < 0:
            break
        content = body.find(_BLANK_LINE, start, end)
        if content >= 0 and body.startswith(_ZIP, content + len(_BLANK_LINE)):
            return body[content + len(_BLANK_LINE) : end]
    raise Unreadable("no part of it is a zip")
