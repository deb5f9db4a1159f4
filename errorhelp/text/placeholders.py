"""Wording of messages: what stands in braces is filled in, `{until}` with the end. Pure."""

import re
from collections.abc import Iterable, Mapping

OWN_VALUES = ("infobase", "until")
"""The values that every message has: the infobases it is for, and its end."""

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_IN_BRACES = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


def check_value_name(name: str) -> str:
    """The name of a value; ValueError if it cannot stand in braces, or is one that every message has."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} must be a name of a-z, 0-9 and '_' that starts with a letter (e.g. phone)"
        )
    if name in OWN_VALUES:
        raise ValueError(f"{name!r} is filled in by errorhelp; choose another name (e.g. {name}_note)")
    return name


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """The text with `{name}` replaced by its value; names without one stay as they are."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def unknown_names(text: str, known: Iterable[str]) -> list[str]:
    """Whatever stands in braces and is no known name, in order."""
    known = set(known)
    return [name for name in dict.fromkeys(_IN_BRACES.findall(text)) if name not in known]


def is_made_from(text: str, template: str) -> bool:
    """Whether the text is the template with values filled in."""
    # Every second part is a name.
    first, *others = _PLACEHOLDER.split(template.strip())[::2]
    text = text.strip()
    if not others:
        return text == first
    if not text.startswith(first):
        return False
    *between, last = others
    place = len(first)
    for words in between:
        found = text.find(words, place)
        if found < 0:
            return False
        place = found + len(words)
    return text.endswith(last) and place + len(last) <= len(text)
