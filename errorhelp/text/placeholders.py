"""Wording of messages: what stands in braces is filled in, `{until}` with the end. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping

OWN_VALUES = ("infobase", "from", "until")
"""The values that every message has: the infobases it is for, its start and its end."""

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_IN_BRACES = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


def check_value_name(name: str) -> str:
    """The name of a value; ValueError if it cannot stand in braces."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} must be a name of a-z, 0-9 and '_' that starts with a letter (e.g. phone)"
        )
    return name


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """The text with `{name}` replaced by its value; names without one stay as they are."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def fill_in_live(text: str, filled: str, value_of: Callable[[str], str | None]) -> str:
    """The text with `{name}` replaced by its value now, or as it was `filled` earlier if a value is gone.

    A name without a value that stands in the earlier text as well never had one, and stays as it is.
    """
    values: dict[str, str] = {}
    for name in names_in(text):
        value = value_of(name)
        if value is not None:
            values[name] = value
        elif is_gone(name, filled):
            return filled
    return fill_in(text, values)


def is_gone(name: str, filled: str) -> bool:
    """Whether a name that has no value now had one when the text was `filled`."""
    return f"{{{name}}}" not in filled


def names_in(text: str) -> list[str]:
    """The names in braces that could have a value, each once, in order."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(text))) if "{" in text else []


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
