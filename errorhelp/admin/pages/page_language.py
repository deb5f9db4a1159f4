"""The language of the pages: the one that somebody switched to, else the browser's. Pure."""

from collections.abc import Sequence

COOKIE = "language"
"""The cookie that remembers a switch."""

_MOST_RANGES = 50


def choose_language(switched_to: str, accept_language: str, offered: Sequence[str]) -> str:
    """One of the `offered` languages, the first if nothing else fits.

    `accept_language` is the header of that name (RFC 9110, 12.5.4), of which the first fifty ranges count.
    """
    if switched_to in offered:
        return switched_to
    for wanted in _wanted(accept_language):
        if wanted in offered:
            return wanted
    return offered[0]


def _wanted(accept_language: str) -> list[str]:
    """The primary subtags of the ranges, the most wanted first; those that are not wanted are left out."""
    weighed: list[tuple[float, str]] = []
    for part in accept_language.split(",", _MOST_RANGES)[:_MOST_RANGES]:
        language, _, parameter = part.strip().partition(";")
        weight = _weight(parameter)
        if weight > 0:
            weighed.append((weight, language.strip().lower().partition("-")[0]))
    # Python's sort keeps the order of those that are wanted alike.
    return [language for _, language in sorted(weighed, key=lambda pair: -pair[0])]


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1
    try:
        return float(value)
    except ValueError:
        return 0
