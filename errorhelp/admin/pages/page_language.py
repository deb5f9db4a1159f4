"""The language of the pages: the one that somebody switched to, else the browser's. Pure."""

from collections.abc import Sequence

from errorhelp.text.accepted_languages import accepted_languages

COOKIE = "language"
"""The cookie that remembers a switch."""


def choose_language(switched_to: str, accept_language: str, offered: Sequence[str]) -> str:
    """One of the `offered` languages, the first if nothing else fits.

    `accept_language` is the header of that name (RFC 9110, 12.5.4), of which the first fifty ranges count.
    """
    if switched_to in offered:
        return switched_to
    primary = (wanted.partition("-")[0] for wanted in accepted_languages(accept_language))
    return next((each for each in primary if each in offered), offered[0])
