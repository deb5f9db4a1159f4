"""Patterns of publications: one address for each infobase, out of its own values. Pure."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from errorhelp.catalog.infobase import Infobase
from errorhelp.formats.connect_string import ServerConnection

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NOT_IN_NAMES = re.compile(r"[^\w.~-]+")


def _ref(infobase: Infobase) -> str:
    connection = infobase.connection
    return connection.ref if isinstance(connection, ServerConnection) else ""


def _server(infobase: Infobase) -> str:
    connection = infobase.connection
    return connection.host if isinstance(connection, ServerConnection) else ""


_VALUES: Mapping[str, Callable[[Infobase], str]] = {
    "ref": _ref,
    "ref_lower": lambda infobase: _ref(infobase).lower(),
    "infobase": lambda infobase: infobase.id,
    "server": _server,
}

PATTERN_VALUES = tuple(_VALUES)
"""The names that may stand in braces in a pattern."""


def example_pattern(host: str = "https://1c.example.com", name: str = "ref") -> str:
    """The pattern of publications below an address that are called like a value."""
    return f"{host}/{{{name}}}"


def fill_in(pattern: str, infobase: Infobase) -> str | None:
    """The address that a pattern gives an infobase; None where the infobase lacks a value.

    Letters stay as they are, whatever the alphabet; what would end a part of an address is escaped.
    """
    values = {name: _VALUES[name](infobase) for name in set(_PLACEHOLDER.findall(pattern))}
    if not all(values.values()):
        return None
    return _PLACEHOLDER.sub(lambda match: _escaped(values[match[1]]), pattern)


def _escaped(value: str) -> str:
    return _NOT_IN_NAMES.sub(lambda match: quote(match.group(), safe=""), value)
