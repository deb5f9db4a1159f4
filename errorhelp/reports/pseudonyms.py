"""Masking: user names and addresses in a report, made unreadable where they are not to be kept. Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from ipaddress import IPv6Address
from typing import Any

from errorhelp.formats.secret_masking import MASK, mask_text, mask_values
from errorhelp.people.proxies import read_address
from errorhelp.reports.report import Report

# As `reading` looks for them, and what else is a person's or a machine's name in report.json; there, under
# `configInfo` and `extensions`, a name is a program's. Of a value the last two names that lead to it.
_USER_NAMES = re.compile(
    r"user_?name|\.user$|\.login$|пользователь|computer_?name|host_?name|"
    r"(?<!\.configinfo)(?<!\.extensions)\.name$|\.mail$",
    re.I,
)
_ADDRESSES = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}\b", re.I)
_HOME = re.compile(r"(?<=\\users\\)[^\\\s\"]+|(?<=/home/)[^/\s\"]+", re.I)
_SHORTEST_NAME = 3


def who(report: Report) -> str:
    """Stands for the affected user, told apart by name or else by address; "" where there is neither.

    A pseudonym of 16 hexadecimal digits, different in each infobase.
    """
    name = report.user.casefold() or report.address
    if not name:
        return ""
    return blake2b(f"{report.infobase}\0{name}".encode("utf-8", "replace"), digest_size=8).hexdigest()


def masked(report: Report, *, user_names: bool, addresses: bool) -> Report:
    """The report as it may be kept; `user_names` and `addresses` say whether those are. Secrets never are."""

    def mask(text: str) -> str:
        text = mask_text(text)
        if not user_names:
            text = _HOME.sub(MASK, text)
            if len(report.user) >= _SHORTEST_NAME:
                text = re.sub(re.escape(report.user), MASK, text, flags=re.I)
        return text if addresses else _ADDRESSES.sub(_network, text)

    def mask_all(value: object, names: str = "") -> Any:
        match value:
            case Mapping():
                above = names.rpartition(".")[2]
                return {mask(str(key)): mask_all(below, f".{above}.{key}") for key, below in value.items()}
            case list() | tuple():
                return [mask_all(below, names) for below in value]
            case str() if value and not user_names and _USER_NAMES.search(names):
                return MASK
            case str():
                return mask(value)
            case _:
                return value

    return replace(
        report,
        text=mask(report.text),
        stack=mask(report.stack),
        user=report.user if user_names else "",
        address=report.address if addresses else _network_of(report.address),
        details=mask_all(mask_values(report.details)),
        # A picture may show anything.
        screenshot=report.screenshot if user_names else None,
    )


def _network(found: re.Match[str]) -> str:
    return _network_of(found[0])


def _network_of(address: str) -> str:
    """The address without the part that tells machines apart; a text that is none stays."""
    found = read_address(address)
    if found is None:
        return address
    if isinstance(found, IPv6Address):
        return ":".join(found.exploded.split(":")[:3]) + "::x"
    return str(found).rpartition(".")[0] + ".x"
