"""The body of `pushReport`: a zip, as it is or in any part of `multipart/form-data` (RFC 7578). Pure."""

import re

from errorhelp.reports.report_reading import Unreadable

_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE)
_ZIP = b"PK\x03\x04"
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
    parts = (b"\r\n" + body).split(delimiter, _MOST_PARTS)[1:-1]
    for part in parts:
        _, _, content = part.partition(b"\r\n\r\n")
        if content.startswith(_ZIP):
            return content
    raise Unreadable("no part of it is a zip")
