"""Grouping: which problem a report belongs to. Pure."""

import re
from hashlib import blake2b

from errorhelp.reports.report import Kind, Report

# What differs from one report of a problem to the next, or from one user to another.
_VARYING = re.compile(
    r"""
    [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}     # GUID
    | "[^"\n]{0,200}" | «[^«»\n]{0,200}»            # a name, a value
    | [a-z]:\\[^\s"<>|]{1,200}                      # a file on Windows
    | 0x[0-9a-f]{1,16}
    | \d+(?:[.,:/\ T-]\d+)*                         # times, dates, addresses, numbers
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SPACES = re.compile(r"\s+")
_LONGEST_READ = 4000
_LONGEST_COMPARED = 2000


def problem_id(infobase: str, kind: Kind, stack_hash: str) -> str:
    """The id of a problem: 16 hexadecimal digits of its infobase, kind and stack hash."""
    key = "\0".join((infobase, kind, stack_hash))
    return blake2b(key.encode("utf-8", "replace"), digest_size=8).hexdigest()


def stack_hash_of(report: Report) -> str:
    """The platform's stack hash, else one of the stack, else one of the text, else "".

    Two texts have the same one when they differ in times, numbers, GUIDs and names only.
    """
    if report.stack_hash:
        return report.stack_hash
    text = report.stack or report.text
    if not text.strip():
        return ""
    return blake2b(pattern(text, report.user).encode("utf-8", "replace"), digest_size=8).hexdigest()


def pattern(text: str, user: str = "") -> str:
    """The text without what varies, in lower case; a `user` of at least three letters varies too."""
    read = text[:_LONGEST_READ].casefold()
    if len(user) > 2:
        read = read.replace(user.casefold(), "#")
    # Cut where what varies is gone, so that two texts are cut at the same word.
    return _SPACES.sub(" ", _VARYING.sub("#", read)).strip()[:_LONGEST_COMPARED]
