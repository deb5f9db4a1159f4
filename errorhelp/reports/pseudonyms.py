"""Masking: user names and addresses in a report, made unreadable where they are not to be kept. Pure."""

import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from ipaddress import IPv6Address

from errorhelp.formats.secret_masking import MASK, Bounds, mask_text, mask_values
from errorhelp.people.proxies import read_address
from errorhelp.reports.report import DEEPEST, LARGEST_DETAILS, LONGEST_TEXT, MOST_VALUES, Report
from errorhelp.text.texts import one_line

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
_LONGEST_TITLE = 200
# Of a text so much is looked at for its title.
_LONGEST_START = 1000


def who(report: Report) -> str:
    """Stands for the affected user, told apart by name or else by address; "" where there is neither.

    A pseudonym of 16 hexadecimal digits, different in each infobase.
    """
    name = report.user.casefold() or report.address
    if not name:
        return ""
    return blake2b(f"{report.infobase}\0{name}".encode("utf-8", "replace"), digest_size=8).hexdigest()


def masked(report: Report, *, user_names: bool, addresses: bool) -> Report:
    """The report as it may be kept; `user_names` and `addresses` say whether those are. Secrets never are.

    Its details are cut to `LARGEST_DETAILS` and `MOST_VALUES`.
    """
    mask = _mask(report.user, user_names=user_names, addresses=addresses)
    return replace(
        report,
        text=mask_text(report.text, LONGEST_TEXT, mask),
        stack=mask_text(report.stack, LONGEST_TEXT, mask),
        user=report.user if user_names else "",
        address=report.address if addresses else _network_of(report.address),
        details=mask_values(
            report.details,
            bounds=Bounds(MOST_VALUES, LARGEST_DETAILS, DEEPEST),
            mask=mask,
            is_personal=_never if user_names else _is_user_name,
        ),
        # A picture may show anything.
        screenshot=report.screenshot if user_names else None,
    )


def title_of(report: Report, *, user_names: bool, addresses: bool) -> str:
    """The beginning of the report's text as it may be kept, on one line."""
    mask = _mask(report.user, user_names=user_names, addresses=addresses)
    return one_line(mask_text(report.text, _LONGEST_START, mask))[:_LONGEST_TITLE]


def _mask(user: str, *, user_names: bool, addresses: bool) -> Callable[[str], str]:
    """What makes the user's name and addresses unreadable in a text, but for those that are kept."""
    name = _folded(user) if len(user) >= _SHORTEST_NAME else ""

    def mask(text: str) -> str:
        if not user_names:
            text = _without(_HOME.sub(MASK, text), name)
        return text if addresses else _ADDRESSES.sub(_network, text)

    return mask


def _never(_above: str, _name: str) -> bool:
    return False


def _is_user_name(above: str, name: str) -> bool:
    return _USER_NAMES.search(f".{above.rpartition('.')[2]}.{name}") is not None


def _without(text: str, name: str) -> str:
    """The text with a folded name masked wherever it stands in it, in any case.

    As `re.sub` would have it, whose time grows with the length of the name.
    """
    folded = _folded(text)
    if not name or name not in folded:
        return text
    parts, start = [], 0
    while (found := folded.find(name, start)) >= 0:
        parts += [text[start:found], MASK]
        start = found + len(name)
    return "".join([*parts, text[start:]])


def _folded(text: str) -> str:
    """The text without differences of case, character by character."""
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    return "".join(each if len(folded := each.casefold()) != 1 else folded for each in text)


def _network(found: re.Match[str]) -> str:
    """The same as `_network_of` for what looks like an address in a text: a text may be full of them."""
    if "." in found[0]:
        network, _, host = found[0].rpartition(".")
        is_address = all(int(each) < 256 for each in (*network.split("."), host))
        return f"{network}.x" if is_address else found[0]
    groups = found[0].split(":")
    return ":".join(each.zfill(4) for each in groups[:3]) + "::x" if len(groups) == 8 else found[0]


def _network_of(address: str) -> str:
    """The address without the part that tells machines apart; a text that is none stays."""
    found = read_address(address)
    if found is None:
        return address
    if isinstance(found, IPv6Address):
        return ":".join(found.exploded.split(":")[:3]) + "::x"
    return str(found).rpartition(".")[0] + ".x"
