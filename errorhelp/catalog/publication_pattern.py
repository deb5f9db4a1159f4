"""Patterns of publications: one address for each infobase, out of its own values. Pure."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

from errorhelp.catalog.infobase import Infobase
from errorhelp.formats.connect_string import ServerConnection

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NOT_IN_NAMES = re.compile(r"[^\w.~-]+")


def _ref(infobase: Infobase) -> str:
    connection = infobase.connection
    return connection.ref if isinstance(connection, ServerConnection) else ""


_VALUES: Mapping[str, Callable[[Infobase], str]] = {
    "ref": _ref,
    "ref_lower": lambda infobase: _ref(infobase).lower(),
    "infobase": lambda infobase: infobase.id,
    "server": lambda infobase: next(iter(infobase.hosts), ""),
}

PATTERN_VALUES = tuple(_VALUES)
"""The names that may stand in braces in a pattern."""


def example_pattern(host: str = "https://1c.example.com", name: str = "ref") -> str:
    """The pattern of publications below an address that are called like a value."""
    return f"{host}/{{{name}}}"


def fill_in(pattern: str, infobase: Infobase) -> str | None:
    """The address that a pattern gives an infobase; None where the infobase lacks a value that can stand there.

    Letters stay as they are, whatever the alphabet; what would end a part of an address is escaped.
    """
    # What is fixed and what stands in braces take turns.
    parts = _PLACEHOLDER.split(pattern)
    for place in range(1, len(parts), 2):
        value = _VALUES[parts[place]](infobase)
        if not value:
            return None
        parts[place] = _NOT_IN_NAMES.sub(lambda match: quote(match.group(), safe=""), value)
    address = "".join(parts)
    # No name of a host is escaped: it was an address of IPv6, or a name with a space in it.
    return None if "%" in urlsplit(address).netloc else address
