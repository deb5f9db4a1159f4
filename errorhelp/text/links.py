"""Addresses and phone numbers in plain text, made links; everything else is escaped. Pure."""

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from errorhelp.text.texts import readable

_FOUND = re.compile(
    r"""
    (?P<url>\bhttps?://[^\s<>"«»“”]+)
  | (?P<mail>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})
  | (?P<phone>(?<![\w.,+/‑-])(?:
        \+\d[\d ()‑-]{5,22}\d                     # +7 (495) 123-45-67
      | 8[ (‑-][\d ()‑-]{8,16}\d                  # 8 (800) 555-35-35
      | \(\d{3,5}\)[ ]?\d[\d ‑-]{3,8}\d           # (495) 123-45-67
      | \d{3}[‑-]\d\d[‑-]\d\d                     # 123-45-67
    )(?![\w‑-]))
    (?:,?[ ](?:доб|вн|ext|дад|дод)(?:\.[ ]?|[ ])(?P<extension>\d{1,6})(?!\w))?
  | \b(?:тел|доб|вн|звоните|позвоните|tel|ext|phone|call|dial
      |тэл|дад|дод|ішкі|патэлефануйце|зателефонуйте|tālr|daxili|ichki|durchwahl|helistage|zvaniet|skambinkite|nazovite
    )(?:[.:]{1,2}[ ]?|[ ])
    (?P<short>\d(?:[ ‑-]?\d){2,14}+)(?![\w:/‑-]|[.,]\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)
# What fits none of the formats is a date, a time, an amount. No number has more digits (ITU-T E.164).
_DIGITS = range(3, 16)
_BEHIND_ADDRESSES = ".,:;!?…)]}'’"


@lru_cache(maxsize=1000)
def linked(text: str) -> Markup:
    """The text as HTML: web and e-mail addresses and phone numbers are links (RFC 6068, RFC 3966)."""
    text = readable(text)
    parts: list[str] = []
    end = 0
    for match in _FOUND.finditer(text):
        start, stop = match.span()
        match match.lastgroup:
            case "url":
                target = _address(match["url"])
                stop = start + len(target)
            case "mail":
                target = "mailto:" + quote(match["mail"], safe="@+")
            case "short":
                target, start = _tel(match["short"]), match.start("short")
            case _:
                target = _tel(match["phone"], match["extension"])
        if target:
            parts += escape(text[end:start]), Markup('<a href="{}">{}</a>').format(target, text[start:stop])
            end = stop
    return Markup("").join((*parts, text[end:]))


@lru_cache(maxsize=1000)
def unbroken(text: str) -> Markup:
    """The text as HTML in which each phone number is a `span` of the class `phone`, for a style to keep on one line."""
    text = readable(text)
    parts: list[str] = []
    end = 0
    for match in _FOUND.finditer(text):
        group = match.lastgroup or ""
        start = match.start("short" if group == "short" else 0)
        if group in ("phone", "extension", "short"):
            parts += (
                escape(text[end:start]),
                Markup('<span class="phone">{}</span>').format(text[start : match.end()]),
            )
            end = match.end()
    return Markup("").join((*parts, text[end:]))


def _address(found: str) -> str:
    """The address without what ends the sentence behind it; "" if it is none."""
    address = found.rstrip(_BEHIND_ADDRESSES)
    if "(" in address and found.startswith(address + ")"):
        address += ")"
    try:
        return address if urlsplit(address).hostname else ""
    except ValueError:
        return ""


def _tel(number: str, extension: str | None = None) -> str:
    """The number as RFC 3966 has it; "" if it has too few or too many digits."""
    digits = re.sub(r"\D", "", number)
    if len(digits) not in _DIGITS:
        return ""
    plus = "+" if number.startswith("+") else ""
    return f"tel:{plus}{digits}" + (f";ext={extension}" if extension else "")
